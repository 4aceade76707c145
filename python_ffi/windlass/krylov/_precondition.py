"""What preconditions, as objects that a solver can hold."""

from .. import precond
from .._errors import WindlassValueError
from .._object import describe
from ..sparse import aslinear
from ._system import operator


def preconditioners(M, method, system):
    """Objects with an `id`, or None, by the property of the solver that they are for.

    A name is set up with the system's matrix; an object of `windlass.precond` too, unless it has
    been; anything else is taken for the operator itself. A pair is one from the left and one from
    the right.
    """
    if not isinstance(M, (tuple, list)):
        return {"preconditioner": _one(M, system)}
    if len(M) != 2:
        raise WindlassValueError(f"M has {len(M)} parts, expected one or two: (M1, M2)")
    left, right = (_one(part, system) for part in M)
    if "left_preconditioner" in describe(method):
        return {"left_preconditioner": left, "preconditioner": right}
    if left is not None and right is not None:
        return {"preconditioner": aslinear(right) @ aslinear(left)}
    return {"preconditioner": right if left is None else left}


def _one(M, system):
    if isinstance(M, str):
        M = _named(M)
    if isinstance(M, precond.Preconditioner):
        if M.shape is None:
            M.setup(system.A)
        return M
    return None if M is None else operator(M, system.b.dtype)


def _named(name):
    known = {one.kind: one for one in precond.Preconditioner.__subclasses__()}
    if name not in known:
        raise WindlassValueError(f"M is {name!r}, expected one of {', '.join(known)}")
    return known[name]()
