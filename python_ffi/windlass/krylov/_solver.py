"""`solve`, and the solver that keeps its memory."""

import dataclasses

import numpy as np

from .. import _array, _callback, _long_call, _progress
from .._context import call
from .._load import ffi, lib
from .._object import Object, describe
from ._arguments import count, real
from ._precondition import name_of, preconditioners, usual
from ._system import System

METHODS = (
    "cg",
    "minres",
    "gmres",
    "fgmres",
    "lgmres",
    "gcrotmk",
    "bicg",
    "bicgstab",
    "cgs",
    "qmr",
    "tfqmr",
    "idrs",
    "lsqr",
    "lsmr",
)


@dataclasses.dataclass
class Result:
    """How a solve ended.

    Attributes
    ----------
    x : ndarray (n,)
        The solution, or the best that was seen; always finite.
    converged : bool
        Whether ``residual_norm <= max(rtol * norm_b, atol)``.
    reason : str
        "converged", "max_steps", "stagnation" (the residual no longer falls), "breakdown",
        "indefinite", "not_symmetric", "not_finite", "cancelled", "time_limit", "callback",
        "least_squares" (``A^H r`` is small), "condition_limit" (lsqr, lsmr: A's is above it).
    iterations : int
        Steps of the method.
    residual_norm : float
        ``||b - A x||``, computed anew from the x that is returned.
    recurrence_norm : float
        The same as the method itself had it last.
    norm_b : float
    history : ndarray
        Norms of the residual, as the method has them, from the start on; the first 100000.
    products, preconditionings : int
        Applications of A (and its adjoint) and of M.
    bytes : int
        Memory that the solver keeps.
    seconds : float
    method, format : str
        The method; and what A was multiplied as: "given", or a faster copy.
    preconditioner : str, tuple or None
        The kind of M, "ilu0"; "operator" where it was applied as it is; two of these of a pair.
    """

    x: np.ndarray
    converged: bool
    reason: str
    iterations: int
    residual_norm: float
    recurrence_norm: float
    norm_b: float
    history: np.ndarray = dataclasses.field(repr=False)
    products: int
    preconditionings: int
    bytes: int
    seconds: float
    method: str
    format: str
    preconditioner: str | tuple | None


class Step:
    """One step, as a callback sees it.

    Attributes
    ----------
    step : int
        From 1.
    norm : float
        Of the residual, as the method's recurrence has it.
    kind : str
        Of `norm`: "recurrence".
    x : ndarray (n,)
        The solution as of this step, computed when it is asked for; within the callback only.
    """

    def __init__(self, now, shape, dtype):
        self.step = now.step
        self.norm = now.norm
        self.kind = ffi.string(now.kind).decode()
        self._now, self._shape, self._dtype = now, shape, dtype

    @property
    def x(self):
        out = np.empty(self._shape, self._dtype)
        call(lib.wdl_krylov_step_solution, self._now, _array.borrow(out))
        return out

    def __repr__(self):
        return f"<step {self.step}, norm {self.norm:.6g}>"


class Solver:
    """A method with its settings and its memory.

    The first `solve` takes what memory it needs; the next ones take none, of the same shape, of an
    Operator (`windlass.sparse.aslinear`) and an M that is set up. Other matrices are looked at
    anew by every solve, and a long one makes its faster copy of them again; an M by its name is
    made anew.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    M : optional
        What preconditions, see `solve`; None: nothing.
    **settings
        Properties of the method by name, ``rtol``, ``restart``: see ``windlass.describe(method)``.

    Examples
    --------
    >>> solver = windlass.krylov.Solver("cg", rtol=1e-8)
    >>> A = windlass.sparse.aslinear(A)
    >>> first = solver.solve(A, b)
    >>> second = solver.solve(A, 2 * b, x0=2 * first.x)
    """

    def __init__(self, method="gmres", M=None, **settings):
        self.method = method
        self.M = M
        out = ffi.new("wdl_solver *")
        call(lib.wdl_krylov_create, str(method).encode(), out)
        self._object = Object._owner(out[0], method)
        for name, value in settings.items():
            self._object.set(name, value)

    def set(self, **settings):
        """Change settings by name."""
        for name, value in settings.items():
            self._object.set(name, value)

    def get(self, name):
        """A setting or a result by name."""
        return self._object.get(name)

    def solve(self, A, b, x0=None, *, callback=None, progress=None):
        """Solve ``A x = b``.

        Parameters
        ----------
        A : (m, n) array, sparse matrix, LinearOperator, Operator
            A stored matrix is used where it lies.
        b : array_like (m,) or (m, 1)
        x0 : array_like (n,), optional
            Where to begin; zeros.
        callback : callable, optional
            Called with a `Step` after each step; a true result stops.
        progress : bool or callable, optional
            True: a bar by tqdm.

        Returns
        -------
        Result

        Raises
        ------
        WindlassValueError
            Shapes that do not match, NaN in `b`, and the like.
        """
        return self._solve(System(A, b, x0), callback, progress)

    def _solve(self, system, callback=None, progress=None):
        held = preconditioners(self.M, self.method, system)
        try:
            for name, m in held.items():
                self._object.set(name, m)
            self._run(system, callback, progress)
        finally:
            for name in held:
                self._object.set(name, None)
        return self._result(system.x)

    def _run(self, system, callback, progress):
        pointer = ffi.NULL
        if callback is not None:
            pointer = _step_function(callback, system)
        call(lib.wdl_krylov_callback, self._object.id, pointer, ffi.NULL)
        arguments = (system.A.id, _array.borrow(system.b, "b"), _array.borrow(system.x, "x"))
        try:
            with _progress.shown(progress) as report:
                interval = report.interval if report else 0.0
                _long_call.run(
                    lib.wdl_krylov_solve,
                    self._object.id,
                    *arguments,
                    progress=report,
                    interval=interval,
                )
        finally:
            call(lib.wdl_krylov_callback, self._object.id, ffi.NULL, ffi.NULL)
        raised = _callback.take_raised()
        if raised is not None:
            raise raised

    def _result(self, x):
        get = self._object.get
        return Result(
            x=x,
            converged=bool(get("converged")),
            reason=get("reason"),
            iterations=get("n_iter"),
            residual_norm=get("residual_norm"),
            recurrence_norm=get("recurrence_norm"),
            norm_b=get("norm_b"),
            history=get("history"),
            products=get("products"),
            preconditionings=get("preconditionings"),
            bytes=get("bytes"),
            seconds=get("seconds"),
            method=self.method,
            format=get("format"),
            preconditioner=name_of(self.M),
        )


def limited(solver, system, steps, callback=None, progress=None):
    """Solves in so many steps at most; None: as many as are usual; 0: none, the start is judged."""
    solver.set(max_steps=steps or 0)
    if steps != 0:
        return solver._solve(system, callback, progress)
    rtol, atol = solver.get("rtol"), solver.get("atol")
    solver.set(atol=np.inf)  # with which any start will do
    result = solver._solve(system)
    solver.set(atol=atol)
    result.converged = result.residual_norm <= max(rtol * result.norm_b, atol)
    result.reason = "converged" if result.converged else "max_steps"
    return result


def _step_function(callback, system):
    def tell(_user, now):
        return 1 if callback(Step(now, system.x.shape, system.x.dtype)) else 0

    return ffi.callback("wdl_step_fn", tell, error=1, onerror=_callback.failed)


def solve(
    A,
    b,
    method="gmres",
    M="auto",
    *,
    rtol=1e-8,
    atol=0.0,
    restart=None,
    maxiter=None,
    x0=None,
    callback=None,
    progress=None,
    **options,
):
    """Solve ``A x = b`` by an iterative method.

    Parameters
    ----------
    A : (m, n) array, sparse matrix, LinearOperator or Operator
    b : array_like (m,) or (m, 1)
    method : str
        One of `METHODS`.
    M : str, object, or a pair of them, optional
        What preconditions, about the inverse of A: a name ("jacobi", "block_jacobi", "ssor",
        "ilu0", "ilut", "ic0", "chebyshev"), an object of `windlass.precond`, or a matrix,
        LinearOperator or Operator that is applied as it is. None: nothing. "auto": "ilu0" where A
        is sparse and has entries, "ic0" for "cg", which then must be Hermitian and of a positive
        diagonal; nothing where there is no such M, as for a function or a dense matrix, and for
        "minres", "lsqr" and "lsmr". A pair ``(M1, M2)`` is
        split: the method is for ``M1 A M2 y = M1 b``, ``x = M2 y``, with ``M2 M1`` about the
        inverse of A; a part may be None. "cg" and "minres" take ``M2 M1``, which is the same for
        them where M2 is the adjoint of M1.
    rtol, atol : float
        Converged means ``||b - A x|| <= max(rtol ||b||, atol)``, computed anew at the end.
    restart : int, optional
        Steps of a cycle, of methods that have them; 30.
    maxiter : int, optional
        Most steps; ten times the unknowns. 0: none, x is x0.
    x0 : array_like (n,), optional
    callback : callable, optional
        Called with a `Step` after each step; a true result stops.
    progress : bool or callable, optional
    **options
        Other properties of the method, see ``windlass.describe(method)``.

    Returns
    -------
    Result

    Examples
    --------
    >>> result = windlass.krylov.solve(A, b, "cg", M="ic0", rtol=1e-8)
    >>> result.converged, result.iterations, result.reason
    (True, 42, 'converged')
    """
    steps = None if maxiter is None else count(maxiter, "maxiter")
    settings = {"rtol": real(rtol, "rtol"), "atol": real(atol, "atol"), **options}
    if maxiter is None:
        steps = settings.pop("max_steps", None) or None
    if restart is not None and "restart" in describe(method):
        settings["restart"] = restart
    solver = Solver(method, M, **settings)
    system = System(A, b, x0)
    if isinstance(M, str) and M == "auto":
        solver.M = usual(system.stored, method)
    return limited(solver, system, steps, callback, progress)
