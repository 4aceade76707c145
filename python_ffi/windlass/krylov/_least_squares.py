"""SciPy's lsqr and lsmr: least squares of any shape."""

import typing

import numpy as np

from ._arguments import count, real
from ._solver import Solver, limited
from ._system import System

_ISTOP = {"converged": 1, "least_squares": 2, "condition_limit": 3, "max_steps": 7, "stagnation": 6}


class _Found(typing.NamedTuple):
    x: np.ndarray
    istop: int
    steps: int
    residual: float  # ||b - A x||
    whole: float  # the root of that squared plus damp^2 ||x - x0||^2
    gradient: float  # ||A^H (b - A x) - damp^2 (x - x0)||
    norm_a: float  # estimates, as the methods make them
    condition: float
    variances: np.ndarray | None


def _solved(method, A, b, x0, damp, atol, btol, conlim, steps, **more):
    system, damp = System(A, b, x0), abs(real(damp, "damp", -np.inf))
    eps = float(np.finfo(system.b.dtype).eps)
    slope, rtol = max(real(atol, "atol"), eps), max(real(btol, "btol"), eps)
    limit = real(conlim, "conlim", -np.inf)
    far = min(limit, 1 / eps) if limit > 0 else 1 / eps
    start = system.x.copy()
    settings = {"rtol": rtol, "slope_rtol": slope, "damping": damp, "condition_limit": far, **more}
    solver = Solver(method, **settings)
    result = limited(solver, system, steps)
    residual = system.b - system.A.matvec(result.x)
    way = result.x - start
    gradient = system.A.rmatvec(residual) - damp**2 * way
    istop = _ISTOP.get(result.reason, 7) if system.b.any() else 0
    return _Found(
        result.x,
        6 if istop == 3 and far != limit else istop,
        result.iterations,
        _norm(residual),
        float(np.hypot(_norm(residual), damp * _norm(way))),
        _norm(gradient),
        solver.get("norm_a"),
        solver.get("condition"),
        solver.get("variances") if more.get("calc_var") else None,
    )


def _norm(values):
    return float(np.linalg.norm(values.ravel()))


def lsqr(
    A,
    b,
    damp=0.0,
    atol=1e-6,
    btol=1e-6,
    conlim=1e8,
    iter_lim=None,
    show=False,
    calc_var=False,
    x0=None,
):
    """Least squares by LSQR: x minimises ``||b - A x||^2 + damp^2 ||x - x0||^2``.

    As scipy.sparse.linalg.lsqr; on all cores. What differs: it ends where ``||b - A x|| <= btol
    ||b||``, or where ``||A^H r|| <= atol ||A|| ||r||``, both computed anew; `show` prints nothing;
    x has the dtype of A and b, float32 where these have it.

    Parameters
    ----------
    A : (m, n) sparse matrix, array or LinearOperator with its adjoint
    b : array_like (m,) or (m, 1)
    damp : float
        Its sign is of no matter (SciPy's lsqr takes a negative one for 0).
    atol, btol : float
    conlim : float
        It ends where the estimate of the condition is above; 0: where it is above 1 / eps.
    iter_lim : int, optional
        Most steps; ten times the unknowns. 0: none, x is x0.
    calc_var : bool
        Whether `var` is estimated.
    x0 : array_like (n,), optional
        Where to begin, and what `damp` holds x to; zeros.

    Returns
    -------
    x : ndarray (n,)
    istop : int
        0: b is 0. 1: A x = b. 2: least squares. 3: the condition is above `conlim`. 6: no further
        progress, or the condition is above 1 / eps. 7: `iter_lim`, or stopped.
    itn : int
    r1norm, r2norm : float
        ``||b - A x||``, and the root of that squared plus ``damp^2 ||x - x0||^2``.
    anorm, acond : float
        Estimates of the Frobenius norm and the condition of A over damp times the identity.
    arnorm : float
        ``||A^H r - damp^2 (x - x0)||``.
    xnorm : float
    var : ndarray (n,) or None
        Estimates of the diagonal of ``(A^H A + damp^2 I)^-1``.
    """
    steps = None if iter_lim is None else count(iter_lim, "iter_lim")
    wanted = {"calc_var": int(bool(calc_var))}
    found = _solved("lsqr", A, b, x0, damp, atol, btol, conlim, steps, **wanted)
    estimates = (found.norm_a, found.condition, found.gradient)
    return (*found[:5], *estimates, _norm(found.x), found.variances)


def lsmr(
    A, b, damp=0.0, atol=1e-6, btol=1e-6, conlim=1e8, maxiter=None, show=False, x0=None
):
    """Least squares by LSMR, whose ``||A^H r||`` falls in each step. See `lsqr`.

    As scipy.sparse.linalg.lsmr; on all cores. It differs as `lsqr` does.

    Returns
    -------
    x : ndarray (n,)
    istop, itn : int
    normr : float
        The root of ``||b - A x||^2 + damp^2 ||x - x0||^2``.
    normar : float
        ``||A^H r - damp^2 (x - x0)||``.
    norma, conda : float
        Estimates of the Frobenius norm of A and of the condition of A over damp times the identity.
    normx : float
    """
    steps = None if maxiter is None else count(maxiter, "maxiter")
    found = _solved("lsmr", A, b, x0, damp, atol, btol, conlim, steps)
    estimates = (found.gradient, found.norm_a, found.condition)
    return (*found[:3], found.whole, *estimates, _norm(found.x))
