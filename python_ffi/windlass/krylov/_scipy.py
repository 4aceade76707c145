"""SciPy's solvers: its signatures, what it returns, and when it calls back."""

import warnings

import numpy as np

from .._errors import WindlassValueError
from . import _recycled
from ._arguments import MOST_STEPS, count, real
from ._cycles import AfterCycles, Cycles
from ._precondition import prepared
from ._solver import Solver, limited
from ._system import System

_BROKEN = ("breakdown", "indefinite", "not_symmetric", "not_finite")


def _solution(method, A, b, x0, M, maxiter, callback, **settings):
    """(x, info) of a method without cycles."""
    steps = None if maxiter is None else count(maxiter, "maxiter")
    system, M = _system(A, b, x0, M)
    solver = _solver(method, M, settings)
    return _returned(limited(solver, system, steps, _with_x(callback)))


def _solver(method, M, settings):
    for name in {"rtol", "atol"} & settings.keys():
        settings[name] = real(settings[name], name)
    return Solver(method, M, **settings)


def _system(A, b, x0, M):
    """The system, and M; "Mb" as a start is M b."""
    if not isinstance(x0, str):
        return System(A, b, x0), M
    if x0 != "Mb":
        raise WindlassValueError(f"x0 is {x0!r}, expected an array or 'Mb'")
    system = System(A, b)
    pair = isinstance(M, tuple)  # of qmr, whose M is the identity for this in SciPy
    M = M if pair else prepared(M, system)
    system.x = system.b.copy() if pair or M is None else M @ system.b
    return system, M


def _returned(result, limit=None):
    """(x, info); limit: the cycles or steps that were allowed."""
    if result.converged or result.reason == "least_squares":
        return result.x, 0
    if result.reason in _BROKEN:
        return result.x, -10
    return result.x, max(result.iterations if limit is None else limit, 1)


def _with_x(callback):
    if callback is None:
        return None

    def told(step):
        callback(step.x)

    return told


def _simple(method, text):
    """A solver of the common signature."""

    def solver(A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None):
        return _solution(method, A, b, x0, M, maxiter, callback, rtol=rtol, atol=atol)

    solver.__name__ = solver.__qualname__ = method
    solver.__doc__ = f"""{text}

    As scipy.sparse.linalg.{method}, which see; on all cores.

    Parameters
    ----------
    A : (n, n) sparse matrix, array or LinearOperator
    b : array_like (n,) or (n, 1)
    x0 : array_like (n,) or "Mb", optional
        Where to begin; zeros. "Mb": M times b.
    rtol, atol : float
        Converged when ``||b - A x|| <= max(rtol ||b||, atol)``.
    maxiter : int, optional
        Most steps; ten times the unknowns. 0: none, x is x0.
    M : matrix, LinearOperator or callable, optional
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
        Most cycles, 10 n; with a callback of type "legacy" most steps. 0: none, x is x0.
    M : matrix, LinearOperator or callable, optional
        About the inverse of A; applied from the right.
    callback : callable, optional
    callback_type : {"x", "pr_norm", "legacy"}, optional
        "x": ``callback(xk)`` after each cycle. "pr_norm" and "legacy": ``callback(norm)`` after
        each step, the residual's norm over that of b.

    Returns
    -------
    x : ndarray (n,)
    info : int
        0: converged, on the residual computed anew. Above 0: `maxiter`, it did not. Below 0: a
        breakdown; x is the best that was seen.
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
    system, M = _system(A, b, x0, M)
    n = system.b.size
    restart = min(20 if restart is None else count(restart, "restart", 1), max(n, 1))
    maxiter = 10 * n if maxiter is None else count(maxiter, "maxiter")
    in_steps = callback is not None and callback_type == "legacy"
    steps = maxiter if in_steps else min(maxiter * restart, MOST_STEPS)
    solver = _solver("gmres", M, {"rtol": rtol, "atol": atol, "restart": restart})
    told = _gmres_told(callback, callback_type, restart, np.linalg.norm(system.b) or 1.0)
    result = limited(solver, system, steps, told)
    if isinstance(told, AfterCycles):
        told.finish(result.x)
    return _returned(result, maxiter)


def _gmres_told(callback, callback_type, restart, norm_b):
    if callback is None:
        return None
    if callback_type == "x":
        return AfterCycles(callback, Cycles(restart))

    def told(step):
        callback(step.norm / norm_b)

    return told


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

    `maxiter` counts cycles, of `inner_m` steps and one for each error that is kept by then, and is
    the `info` of a solve that does not converge. ``callback(xk)`` comes at the beginning and after
    each cycle but the last that is allowed. The rest is as in `cg`.

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
        "restart": count(inner_m, "inner_m", 1, 1 << 20),
        "augment": count(outer_k, "outer_k", 0, 1 << 16),
        "augment_products": "keep" if store_outer_Av else "compute",
        "augment_place": "first" if prepend_outer_v else "last",
    }
    if outer_v is not None:
        settings["recycle"] = "products" if store_outer_Av else "vectors"
    maxiter, system = count(maxiter, "maxiter"), _system(A, b, x0, M)
    held = min(len(outer_v or ()), outer_k)
    cycles = Cycles(min(inner_m, system[0].b.size) + held, 1, outer_k - held)
    return _recycling("lgmres", *system, settings, outer_v, maxiter, cycles, callback)


def _recycling(method, system, M, settings, pairs, maxiter, cycles, callback):
    """(x, info), with pairs (u, A u or None) to begin with, which the list then gets."""
    solver = _solver(method, M, settings)
    if pairs:
        _recycled.put(solver, pairs, system)
    told = None
    if callback is not None and maxiter and system.b.any():
        callback(system.x.copy())
        told = AfterCycles(callback, cycles, before=maxiter)
    result = limited(solver, system, min(cycles.steps(maxiter), MOST_STEPS), told)
    if told is not None:
        told.finish(result.x)
    if pairs is not None:
        pairs[:] = _recycled.taken(solver, system)
    return _returned(result, maxiter)


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

    `maxiter` counts cycles, of `m` steps and one for each of `k` vectors that is not there yet, and
    is the `info` of a solve that does not converge. ``callback(xk)`` comes at the beginning and
    after each cycle but the last that is allowed. The rest is as in `cg`.

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
    m = count(m, "m", 1, 1 << 20)
    k = min(m, 1 << 16) if k is None else count(k, "k", 0, 1 << 16)
    settings = {"rtol": rtol, "atol": atol, "restart": m, "augment": k, "truncate": truncate}
    pairs = None
    if CU is not None:
        settings["recycle"] = "vectors" if discard_C else "products"
        pairs = [(u, None if discard_C else c) for c, u in CU]
    maxiter, system = count(maxiter, "maxiter"), _system(A, b, x0, M)
    missing = max(k - len(pairs or ()), 0)
    cycles = Cycles(min(m, system[0].b.size) + missing, -1, missing)
    x, info = _recycling("gcrotmk", *system, settings, pairs, maxiter, cycles, callback)
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
    system, M = _system(A, b, x0, M)
    if shift != 0:
        system.shift(-shift)
    maxiter = 5 * system.b.size if maxiter is None else count(maxiter, "maxiter")
    solver = _solver("minres", M, {"rtol": rtol, "atol": 0.0})
    return _returned(limited(solver, system, maxiter, _with_x(callback)))


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
    return _solution("qmr", A, b, x0, (M1, M2), maxiter, callback, rtol=rtol, atol=atol)


def tfqmr(
    A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None, show=False
):
    """Transpose-free quasi-minimal residuals. As scipy.sparse.linalg.tfqmr; see `cg`."""
    if maxiter is None:
        maxiter = min(10000, np.size(b) * 10)
    return _solution("tfqmr", A, b, x0, M, maxiter, callback, rtol=rtol, atol=atol)
