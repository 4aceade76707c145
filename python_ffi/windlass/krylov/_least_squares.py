"""SciPy's lsqr and lsmr: least squares of any shape."""

import typing

import numpy as np

from .._as_array import as_array
from .._errors import WindlassUnsupportedError
from ._arguments import count, real
from ._solver import Solver, limited
from ._system import System

_ISTOP = {"converged": 1, "least_squares": 2, "max_steps": 7, "stagnation": 6}
_UNKNOWN = float("nan")


class _Found(typing.NamedTuple):
    x: np.ndarray
    istop: int
    steps: int
    residual: float  # ||b - A x||
    whole: float  # the root of that squared plus damp^2 ||x - x0||^2
    gradient: float  # ||A^H (b - A x) - damp^2 (x - x0)||
    norm_a: float  # Frobenius
    columns: int


def _solved(method, A, b, x0, damp, atol, btol, steps):
    system, damp = System(A, b, x0), abs(real(damp, "damp", -np.inf))
    eps = float(np.finfo(system.b.dtype).eps)
    slope, rtol = max(real(atol, "atol"), eps), max(real(btol, "btol"), eps)
    start = system.x.copy()
    result = limited(Solver(method, rtol=rtol, slope_rtol=slope, damping=damp), system, steps)
    residual = system.b - system.A.matvec(result.x)
    way = result.x - start
    gradient = system.A.rmatvec(residual) - damp**2 * way
    norm = _norm(residual)
    return _Found(
        result.x,
        _ISTOP.get(result.reason, 7) if system.b.any() else 0,
        result.iterations,
        norm,
        float(np.hypot(norm, damp * _norm(way))),
        _norm(gradient),
        _norm_of(A),
        len(way),
    )


def _norm(values):
    return float(np.linalg.norm(values.ravel()))


def _norm_of(A):
    """The Frobenius norm of what is stored; NaN where it is not known."""
    if hasattr(A, "tocsr"):
        A = A.tocsr()
        if not A.has_canonical_format:
            A = A.copy()
            A.sum_duplicates()
        return _norm(A.data)
    if hasattr(A, "matvec"):
        return _UNKNOWN
    return _norm(as_array(A, name="A"))


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
    ||b||``, or where ``||A^H r|| <= atol ||A|| ||r||``, both computed anew. The condition is not
    estimated, so that `conlim` limits nothing; `show` prints nothing; x has the dtype of A and b,
    float32 where these have it.

    Parameters
    ----------
    A : (m, n) sparse matrix, array or LinearOperator with its adjoint
    b : array_like (m,) or (m, 1)
    damp : float
        Its sign is of no matter (SciPy's lsqr takes a negative one for 0).
    atol, btol : float
    iter_lim : int, optional
        Most steps; ten times the unknowns. 0: none, x is x0.
    calc_var : bool
        True is refused: variances are not computed.
    x0 : array_like (n,), optional
        Where to begin, and what `damp` holds x to; zeros.

    Returns
    -------
    x : ndarray (n,)
    istop : int
        0: b is 0. 1: A x = b. 2: least squares. 6: no further progress. 7: `iter_lim`, or stopped.
    itn : int
    r1norm, r2norm : float
        ``||b - A x||``, and the root of that squared plus ``damp^2 ||x - x0||^2``.
    anorm : float
        The Frobenius norm of A, over damp times the identity; NaN where A is an operator, whose
        entries are not known.
    acond : float
        NaN: not computed.
    arnorm : float
        ``||A^H r - damp^2 (x - x0)||``.
    xnorm : float
    var : None

    Raises
    ------
    WindlassUnsupportedError
        `calc_var` is true.
    """
    if calc_var:
        raise WindlassUnsupportedError(
            "calc_var is True, expected False: lsqr computes no variances; "
            "scipy.sparse.linalg.lsqr estimates them"
        )
    steps = None if iter_lim is None else count(iter_lim, "iter_lim")
    found = _solved("lsqr", A, b, x0, damp, atol, btol, steps)
    norm_a = float(np.hypot(found.norm_a, damp * np.sqrt(found.columns)))
    return (*found[:5], norm_a, _UNKNOWN, found.gradient, _norm(found.x), None)


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
    norma : float
        The Frobenius norm of A; NaN where A is an operator.
    conda : float
        NaN: not computed.
    normx : float
    """
    steps = None if maxiter is None else count(maxiter, "maxiter")
    found = _solved("lsmr", A, b, x0, damp, atol, btol, steps)
    return (*found[:3], found.whole, *found[5:7], _UNKNOWN, _norm(found.x))
