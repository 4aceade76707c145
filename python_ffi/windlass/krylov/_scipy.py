"""SciPy's solvers: its signatures, what it returns, and when it calls back."""

import warnings

import numpy as np

from .._as_array import as_array
from ..sparse import aslinear
from . import _recycled
from ._solver import Solver
from ._system import System

_BROKEN = ("breakdown", "indefinite", "not_symmetric", "not_finite")


def _solution(method, A, b, x0, M, maxiter, told, **settings):
    """(x, info); told(step) is called after each step."""
    b = as_array(b, name="b")
    x0 = _start(x0, b.ravel(), M)
    solver = Solver(method, M, max_steps=maxiter or 0, **settings)
    return _returned(solver.solve(A, b, x0, callback=told))


def _start(x0, b, M):
    if not isinstance(x0, str):
        return x0
    return b if M is None or isinstance(M, tuple) else aslinear(M) @ b  # "Mb"


def _returned(result):
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
    outer_v=None,
    store_outer_Av=True,
    prepend_outer_v=False,
):
    """LGMRES: each cycle keeps errors of those before. As scipy.sparse.linalg.lgmres.

    `maxiter` counts cycles of `inner_m + outer_k` steps. The rest is as in `cg`.

    Parameters
    ----------
    inner_m : int
        Krylov vectors of a cycle.
    outer_k : int
        Errors that are kept beside them.
    outer_v : list of (v, Av), optional
        Vectors to begin with, the newest last, and A times these (or None); in it are, afterwards,
        those that were kept, so that the next solve of a similar system begins with them.
    store_outer_Av : bool
        Whether A times the errors is kept too, which saves as many products a cycle.
    prepend_outer_v : bool
        Whether the errors stand before the Krylov vectors.
    """
    settings = {
        "rtol": rtol,
        "atol": atol,
        "max_steps": maxiter * (inner_m + outer_k),
        "restart": inner_m,
        "augment": outer_k,
        "augment_products": "keep" if store_outer_Av else "compute",
        "augment_place": "first" if prepend_outer_v else "last",
    }
    if outer_v is not None:
        settings["recycle"] = "products" if store_outer_Av else "vectors"
    return _recycling("lgmres", A, b, x0, M, _with_x(callback), settings, outer_v)


def _recycling(method, A, b, x0, M, told, settings, pairs):
    """(x, info), with pairs (u, A u or None) to begin with, which the list then gets."""
    solver, system = Solver(method, M, **settings), System(A, b, _start(x0, b, M))
    if pairs:
        _recycled.put(solver, pairs, system)
    result = solver.solve(system.A, system.b, system.x, callback=told)
    if pairs is not None:
        pairs[:] = _recycled.taken(solver, system)
    return _returned(result)


def gcrotmk(
    A,
    b,
    x0=None,
    *,
    rtol=1e-5,
    atol=0.0,
    maxiter=1000,
    M=None,
    callback=None,
    m=20,
    k=None,
    CU=None,
    discard_C=False,
    truncate="oldest",
):
    """GCROT(m, k): flexible, with a recycled space. As scipy.sparse.linalg.gcrotmk.

    `maxiter` counts cycles of `m` steps. The rest is as in `cg`.

    Parameters
    ----------
    m : int
        Steps of a cycle.
    k : int, optional
        Outer vectors that are kept; m.
    CU : list of (c, u), optional
        Vectors to begin with, the newest last: c is A u, or None. In it are, afterwards, those that
        were kept, and x, so that the next solve of a similar system begins with them.
    discard_C : bool
        Whether c is forgotten, before and after: for another A.
    truncate : {"oldest", "smallest"}
        What is given up for a new vector: the oldest, or the direction of the smallest singular
        value of what the last cycle took of them.
    """
    if truncate not in ("oldest", "smallest"):
        raise ValueError(f"Invalid value for 'truncate': {truncate!r}")
    settings = {
        "rtol": rtol,
        "atol": atol,
        "max_steps": maxiter * m,
        "restart": m,
        "augment": m if k is None else k,
        "truncate": truncate,
    }
    pairs = None
    if CU is not None:
        settings["recycle"] = "vectors" if discard_C else "products"
        pairs = [(u, None if discard_C else c) for c, u in CU]
    x, info = _recycling("gcrotmk", A, b, x0, M, _with_x(callback), settings, pairs)
    if CU is not None:
        CU[:] = [(c, u) for u, c in pairs] + [(None, x.copy())]
    return x, info


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
