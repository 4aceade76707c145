"""Arguments under the names that the caller gave them by."""

import operator

from .._errors import WindlassTypeError, WindlassValueError

MOST_STEPS = 2**40


def count(value, name, least=0, most=MOST_STEPS):
    """An int of these bounds."""
    try:
        number = operator.index(value)
    except TypeError:
        raise WindlassTypeError(f"{name} is {value!r}, expected an int") from None
    if not least <= number <= most:
        raise WindlassValueError(f"{name} is {number}, expected {least} to {most}")
    return number


def real(value, name, least=0.0):
    """A float that is no less."""
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise WindlassTypeError(f"{name} is {value!r}, expected a real number") from None
    if not number >= least:
        raise WindlassValueError(f"{name} is {number}, expected {least} or more")
    return number
