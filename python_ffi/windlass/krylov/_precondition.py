"""What preconditions, as an object that a solver can hold."""

import contextlib

from .. import precond
from .._errors import WindlassValueError
from ._system import operator


@contextlib.contextmanager
def preconditioner(M, system):
    """An object with an `id` for the solver's property, or None.

    A name is set up with the system's matrix; an object of `windlass.precond` too, unless it has
    been; anything else is taken for the operator itself.
    """
    if M is None:
        yield None
        return
    if isinstance(M, str):
        M = _named(M)
    if isinstance(M, precond.Preconditioner):
        if M.shape is None:
            M.setup(system.A)
        yield M
        return
    yield operator(M, system.b.dtype)


def _named(name):
    known = {one.kind: one for one in precond.Preconditioner.__subclasses__()}
    if name not in known:
        raise WindlassValueError(f"M is {name!r}, expected one of {', '.join(known)}")
    return known[name]()
