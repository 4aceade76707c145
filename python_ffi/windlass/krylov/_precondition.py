"""What preconditions, as objects that a solver can hold."""

from .. import precond
from .._errors import WindlassTimeoutError, WindlassUnsupportedError, WindlassValueError
from .._object import describe
from ..sparse import aslinear, function
from ._system import in_parts, operator


def preconditioners(M, method, system):
    """Objects with an `id`, or None, by the property of the solver that they are for.

    A name is set up with the system's matrix; an object of `windlass.precond` too, unless it has
    been; anything else is taken for the operator itself. A pair is one from the left and one from
    the right.
    """
    if not isinstance(M, (tuple, list)):
        return {"preconditioner": prepared(M, system)}
    if len(M) != 2:
        raise WindlassValueError(f"M has {len(M)} parts, expected one or two: (M1, M2)")
    left, right = (prepared(part, system) for part in M)
    if "left_preconditioner" in describe(method):
        return {"left_preconditioner": left, "preconditioner": right}
    if left is not None and right is not None:
        return {"preconditioner": aslinear(right) @ aslinear(left)}
    return {"preconditioner": right if left is None else left}


def name_of(M):
    """What a result calls it."""
    if isinstance(M, (tuple, list)):
        return tuple(map(name_of, M))
    return M if M is None or isinstance(M, str) else getattr(M, "kind", None) or "operator"


def prepared(M, system):
    """What a solver can hold of one M, or None."""
    if isinstance(M, str):
        M = _named(M)
    if isinstance(M, precond.Preconditioner):
        if M.shape is None:
            M.setup(system.stored)
        return in_parts(M, system.A.dtype)
    if isinstance(M, type):
        raise TypeError(f"M is the class {M.__name__}, expected an object of it")
    if callable(M) and not hasattr(M, "shape"):
        return function(M, system.A.shape, system.A.dtype)
    return None if M is None else operator(M, system.A.dtype, "M")


def usual(A, method):
    """What "auto" stands for: a preconditioner that is set up, or None."""
    names = {"cg": "ic0", "minres": None, "lsqr": None, "lsmr": None}
    name = names.get(method, "ilu0")
    if name is None or not A.entries or getattr(A, "form", "dense") in ("dense", "diagonal"):
        return None
    try:
        return _named(name).setup(A)
    except (WindlassValueError, WindlassUnsupportedError, WindlassTimeoutError):
        return None  # it has no rows or no such factors, or they take too long


def _named(name):
    known = {one.kind: one for one in precond.Preconditioner.__subclasses__()}
    if name not in known:
        raise WindlassValueError(f"M is {name!r}, expected one of {', '.join(known)}")
    return known[name]()
