"""Constructors' arguments: what they may be, said in scikit-learn's sentences.

Bounds and choices are the library's own, by `describe`.
"""

import math
import numbers
import typing

import numpy as np

from ._object import describe
from ._sklearn import InvalidParameterError


class Constraint(typing.NamedTuple):
    """One of the things that an argument may be."""

    says: str
    accepts: typing.Callable


def _bracket(kind, least, most):
    return f"{kind} in the range [{least}, {'inf)' if most is None else f'{most}]'}"


def integer(least, most=None):
    """An int of `least` or more."""

    def accepts(value):
        whole = isinstance(value, numbers.Integral)
        return whole and value >= least and (most is None or value <= most)

    return Constraint(_bracket("an int", least, most), accepts)


def real(least, most=math.inf):
    """A finite float from `least` to `most`."""

    def accepts(value):
        return isinstance(value, numbers.Real) and least <= value <= most and value != math.inf

    return Constraint(
        _bracket("a float", float(least), most if math.isfinite(most) else None), accepts
    )


def among(choices):
    """One of some strings."""
    listed = ", ".join(map(repr, choices))
    return Constraint(
        f"a str among {{{listed}}}", lambda value: isinstance(value, str) and value in choices
    )


def instance(kind, name=None):
    """An object of a type."""
    name = name or (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    return Constraint(f"an instance of {name!r}", lambda value: isinstance(value, kind))


def _is_array_like(value):
    sized = any(hasattr(value, name) for name in ("__len__", "shape", "__array__"))
    return sized and not np.isscalar(value)


NONE = Constraint("None", lambda value: value is None)
CALLABLE = Constraint("a callable", callable)
ARRAY_LIKE = Constraint("an array-like", _is_array_like)
BOOLEAN = (instance(bool), instance(np.bool_, "numpy.bool"))
VERBOSE = (integer(0), *BOOLEAN)
RANDOM_STATE = (
    integer(0, 2**32 - 1),
    instance(np.random.RandomState),
    instance(np.random.Generator),
    Constraint("the module 'numpy.random'", lambda value: value is np.random),
    NONE,
)


def of_property(described):
    """What the library says of one of its properties."""
    if described.type == "int":
        return (integer(int(described.minimum)),)
    if described.type == "real":
        return (real(described.minimum, described.maximum),)
    if described.type == "text":
        return (among(described.choices),)
    return ARRAY_LIKE, NONE


def check(estimator, kind, others):
    """Refuse what an estimator's arguments cannot be.

    Parameters
    ----------
    kind : str
        The kind of object that has properties of the arguments' names.
    others : dict of str to tuple of Constraint
        For arguments that are no properties, or may be more than these.
    """
    properties = describe(kind)
    for name, value in estimator.get_params(deep=False).items():
        allowed = others.get(name)
        if allowed is None and name in properties:  # another is a subclass's own
            allowed = of_property(properties[name])
        if allowed:
            require(type(estimator).__name__, name, value, allowed)


def require(caller, name, value, allowed):
    """Refuse what the argument `name` of `caller` cannot be."""
    if not any(one.accepts(value) for one in allowed):
        *first, last = (one.says for one in allowed)
        said = f"{', '.join(first)} or {last}" if first else last
        raise InvalidParameterError(
            f"The {name!r} parameter of {caller} must be {said}. Got {value!r} instead."
        )
