"""SciPy's solvers: its signatures, what it returns, and when it calls back."""

import warnings

import numpy as np

from .._as_array import as_array
from ..sparse import aslinear
from ._solver import Solver
from ._system import System

_BROKEN = ("breakdown", "indefinite", "not_symmetric", "not_finite")


def _solution(method, A, b, x0, M, maxiter, told, **settings):
    """(x, info); told(step) is called after each step."""
    if isinstance(x0, str):  # "Mb": start from M b
        b = as_array(b, name="b").ravel()
        x0 = b if M is None or isinstance(M, tuple) else aslinear(M) @ b
    solver = Solver(method, M, max_steps=maxiter or 0, **settings)
    result = solver.solve(A, as_array(b, name="b"), x0, callback=told)
    if result.converged or result.reason == "least_squares":
        return result.x, 0
    if result.reason in _BROKEN:
        return result.x, -10
    return result.x, max(result.iterations, 1)


def _with_x(callback):
    if callback is None:
        return None
    return lambda step: callback(step.x) and False


def _simple(method, text):
    """A solver of the common signature."""

    def solver(A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None):
        told = _with_x(callback)
        return _solution(method, A, b, x0, M, maxiter, told, rtol=rtol, atol=atol)

    solver.__name__ = solver.__qualname__ = method
    solver.__doc__ = f"""{text}

    As scipy.sparse.linalg.{method}, which see; on all cores.

    Parameters
    ----------
    A : (n, n) sparse matrix, array or LinearOperator
    b : array_like (n,) or (n, 1)
    x0 : array_like (n,), optional
        Where to begin; zeros.
    rtol, atol : float
        Converged when ``||b - A x|| <= max(rtol ||b||, atol)``.
    maxiter : int, optional
        Most steps; ten times the unknowns.
    M : matrix or LinearOperator, optional
        About the inverse of A.
    callback : callable, optional
        Called as ``callback(xk)`` after each step.

    Returns
    -------
    x : ndarray (n,)
    info : int
        0: converged, on the residual computed anew. Above 0: the steps that were made without.
        Below 0: a breakdown; x is the best that was seen.
    """
    return solver


cg = _simple("cg", "Conjugate gradients, for Hermitian positive definite A.")
bicg = _simple("bicg", "Biconjugate gradients; needs the adjoint of A and of M.")
bicgstab = _simple("bicgstab", "Stabilised biconjugate gradients.")
cgs = _simple("cgs", "Conjugate gradients squared.")


def gmres(
    A,
    b,
    x0=None,
    *,
    rtol=1e-5,
    atol=0.0,
    restart=None,
    maxiter=None,
    M=None,
    callback=None,
    callback_type=None,
):
    """Generalised minimal residuals, restarted. As scipy.sparse.linalg.gmres; on all cores.

    Parameters
    ----------
    A : (n, n) sparse matrix, array or LinearOperator
    b : array_like (n,) or (n, 1)
    x0 : array_like (n,), optional
    rtol, atol : float
        Converged when ``||b - A x|| <= max(rtol ||b||, atol)``.
    restart : int, optional
        Steps of a cycle; the lesser of 20 and n.
    maxiter : int, optional
        Most cycles, 10 n; with a callback of type "legacy" most steps.
    M : matrix or LinearOperator, optional
        About the inverse of A; applied from the right.
    callback : callable, optional
    callback_type : {"x", "pr_norm", "legacy"}, optional
        "x": ``callback(xk)`` after each cycle. "pr_norm" and "legacy": ``callback(norm)`` after
        each step, the residual's norm over that of b.

    Returns
    -------
    x : ndarray (n,)
    info : int
        0: converged, on the residual computed anew; else see `cg`.
    """
    if callback is not None and callback_type is None:
        warnings.warn(
            "scipy.sparse.linalg.gmres called without specifying `callback_type`. The default "
            "value will be changed in a future release. For compatibility, specify a value for "
            "`callback_type` explicitly, e.g., ``gmres(..., callback_type='pr_norm')``, or to "
            "retain the old behavior ``gmres(..., callback_type='legacy')``",
            category=DeprecationWarning,
            stacklevel=2,
        )
    callback_type = callback_type or "legacy"
    if callback_type not in ("x", "pr_norm", "legacy"):
        raise ValueError(f"Unknown callback_type: {callback_type!r}")
    n = as_array(b, name="b").size
    restart = max(1, min(20 if restart is None else restart, n))
    steps = 10 * n if maxiter is None else maxiter
    if callback is None or callback_type != "legacy":
        steps *= restart
    told = _gmres_told(callback, callback_type, restart, np.linalg.norm(np.ravel(b)) or 1.0)
    settings = {"rtol": rtol, "atol": atol, "restart": restart}
    return _solution("gmres", A, b, x0, M, steps, told, **settings)


def _gmres_told(callback, callback_type, restart, norm_b):
    if callback is None:
        return None
    if callback_type == "x":
        return lambda step: step.step % restart == 0 and callback(step.x) and False
    return lambda step: callback(step.norm / norm_b) and False


def lgmres(
    A,
    b,
    x0=None,
    *,
    rtol=1e-5,
    atol=0.0,
    maxiter=1000,
    M=None,
    callback=None,
    inner_m=30,
    outer_k=3,
):
    """LGMRES: each cycle keeps errors of those before. As scipy.sparse.linalg.lgmres.

    `maxiter` counts cycles of `inner_m + outer_k` steps; the lists `outer_v`, `store_outer_Av` and
    `prepend_outer_v` of SciPy are not taken. The rest is as in `cg`.
    """
    settings = {"rtol": rtol, "atol": atol, "restart": inner_m, "augment": outer_k}
    steps = maxiter * (inner_m + outer_k)
    return _solution("lgmres", A, b, x0, M, steps, _with_x(callback), **settings)


def gcrotmk(
    A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=1000, M=None, callback=None, m=20, k=None
):
    """GCROT(m, k): flexible, with a recycled space. As scipy.sparse.linalg.gcrotmk.

    `maxiter` counts cycles of `m` steps; `CU`, `discard_C` and `truncate` of SciPy are not taken.
    The rest is as in `cg`.
    """
    settings = {"rtol": rtol, "atol": atol, "restart": m, "augment": m if k is None else k}
    return _solution("gcrotmk", A, b, x0, M, maxiter * m, _with_x(callback), **settings)


def minres(
    A,
    b,
    x0=None,
    *,
    rtol=1e-5,
    shift=0.0,
    maxiter=None,
    M=None,
    callback=None,
    show=False,
    check=False,
):
    """Minimal residuals for Hermitian A, which may be indefinite or singular.

    As scipy.sparse.linalg.minres, but converged means ``||b - (A - shift I) x|| <= rtol ||b||``.
    That A is Hermitian is looked at in any case, so `check` changes nothing; `show` prints nothing.
    The rest is as in `cg`.
    """
    n = as_array(b, name="b").size
    system = System(A, b)
    A = system.A if shift == 0 else system.A.shift(-shift)
    maxiter = 5 * n if maxiter is None else maxiter
    return _solution("minres", A, b, x0, M, maxiter, _with_x(callback), rtol=rtol, atol=0.0)


def qmr(
    A,
    b,
    x0=None,
    *,
    rtol=1e-5,
    atol=0.0,
    maxiter=None,
    M1=None,
    M2=None,
    callback=None,
):
    """Quasi-minimal residuals; needs the adjoints. As scipy.sparse.linalg.qmr.

    `M1` and `M2` precondition from the left and the right: ``M2 M1`` is about the inverse of A. The
    rest is as in `cg`.
    """
    told = _with_x(callback)
    return _solution("qmr", A, b, x0, (M1, M2), maxiter, told, rtol=rtol, atol=atol)


def tfqmr(
    A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None, show=False
):
    """Transpose-free quasi-minimal residuals. As scipy.sparse.linalg.tfqmr; see `cg`."""
    n = as_array(b, name="b").size
    maxiter = min(10000, n * 10) if maxiter is None else maxiter
    told = _with_x(callback)
    return _solution("tfqmr", A, b, x0, M, maxiter, told, rtol=rtol, atol=atol)
