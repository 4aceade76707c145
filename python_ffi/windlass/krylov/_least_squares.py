"""SciPy's lsqr and lsmr: least squares of any shape."""

import numpy as np

from ._solver import Solver
from ._system import System

_ISTOP = {"converged": 1, "least_squares": 2, "max_steps": 7}


def _solved(method, A, b, x0, damp, atol, btol, steps):
    system = System(A, b, x0)
    eps = np.finfo(system.b.dtype).eps
    solver = Solver(method, rtol=max(min(atol, btol), eps), damping=damp, max_steps=steps or 0)
    result = solver.solve(system.A, system.b, system.x)
    residual = system.b - system.A.matvec(result.x)
    gradient = system.A.rmatvec(residual) - damp**2 * result.x
    if not system.b.any():
        istop = 0
    else:
        istop = _ISTOP.get(result.reason, 6 if result.reason == "stagnation" else 7)
    return result, istop, float(np.linalg.norm(residual)), float(np.linalg.norm(gradient))


def _norm_of(A):
    """The Frobenius norm of what is stored; NaN where it is not known."""
    values = getattr(A, "data", A)
    if not isinstance(values, np.ndarray):
        return float("nan")
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
    """Least squares by LSQR: x that minimises ``||b - A x||^2 + damp^2 ||x||^2``.

    As scipy.sparse.linalg.lsqr; on all cores. It ends where ``||b - A x|| <= tol ||b||``, or where
    ``||A^H r|| <= tol ||A|| ||r||``, for the lesser of `atol` and `btol`, both of the residual
    computed anew. `conlim` limits nothing, `show` prints nothing, and there are no variances.

    Parameters
    ----------
    A : (m, n) sparse matrix, array or LinearOperator with its adjoint
    b : array_like (m,) or (m, 1)
    damp : float
    atol, btol : float
    iter_lim : int, optional
        Most steps; ten times the unknowns.
    x0 : array_like (n,), optional

    Returns
    -------
    x : ndarray (n,)
    istop : int
        0: b is 0. 1: A x = b. 2: least squares. 6: no further progress. 7: `iter_lim`, or stopped.
    itn : int
    r1norm, r2norm : float
        ``||b - A x||``, and the root of that squared plus ``damp^2 ||x||^2``.
    anorm : float
        The Frobenius norm of a stored A, else NaN.
    acond : float
        NaN: not computed.
    arnorm : float
        ``||A^H r - damp^2 x||``.
    xnorm : float
    var : None
    """
    found, istop, norm, gradient = _solved("lsqr", A, b, x0, damp, atol, btol, iter_lim)
    size = float(np.linalg.norm(found.x))
    nan = float("nan")
    whole = float(np.hypot(norm, damp * size))
    return found.x, istop, found.iterations, norm, whole, _norm_of(A), nan, gradient, size, None


def lsmr(
    A, b, damp=0.0, atol=1e-6, btol=1e-6, conlim=1e8, maxiter=None, show=False, x0=None
):
    """Least squares by LSMR, whose ``||A^H r||`` falls in each step. See `lsqr`.

    As scipy.sparse.linalg.lsmr; on all cores.

    Returns
    -------
    x : ndarray (n,)
    istop, itn : int
    normr, normar, norma, conda, normx : float
        ``||b - A x||``, ``||A^H r - damp^2 x||``, the Frobenius norm of a stored A (else NaN), NaN
        (not computed), ``||x||``.
    """
    found, istop, norm, gradient = _solved("lsmr", A, b, x0, damp, atol, btol, maxiter)
    size = float(np.linalg.norm(found.x))
    return found.x, istop, found.iterations, norm, gradient, _norm_of(A), float("nan"), size
