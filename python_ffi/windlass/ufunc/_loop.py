"""Loops in the form of NumPy's, and the two texts that describe them."""

import dataclasses
import re

LETTERS = "?bBhHiIlLqQefdgFDG"  # NumPy's dtypes that are numbers, by their letters
_AXES = re.compile(r"\((?:\w+(?:,\w+)*)?\)", re.ASCII)
MOST_ARGUMENTS = 32  # of a ufunc up to NumPy 1.26


@dataclasses.dataclass(frozen=True)
class Loop:
    """One loop of a ufunc.

    Attributes
    ----------
    types : str
        "dd->d".
    address, data : int
        Of the C function, see `wdl_loop_fn` in ufunc.h, and of what it gets as its last argument.
    """

    types: str
    address: int
    data: int = 0

    @property
    def inputs(self):
        return self.types.split("->")[0]

    @property
    def outputs(self):
        return self.types.split("->")[1]


def check_types(types):
    """`types` where it is the description of a loop.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(types, str):
        raise TypeError(f"types is a {type(types).__name__}, expected a str such as 'dd->d'")
    plain = types.replace(" ", "")
    if not re.fullmatch(rf"[{re.escape(LETTERS)}]+->[{re.escape(LETTERS)}]+", plain):
        raise ValueError(
            f"types is {types!r}, expected a letter for each input, '->' and one for each output, "
            f"such as 'dd->d', with NumPy's letters {LETTERS}"
        )
    if len(plain) - 2 > MOST_ARGUMENTS:
        raise ValueError(
            f"types has {len(plain) - 2} arguments, expected at most {MOST_ARGUMENTS}"
        )
    return plain


def parse_signature(signature, inputs, outputs):
    """The names of the core's axes of each input and of each output, "(n,d)->(n)".

    None stands for scalars everywhere.

    Raises
    ------
    TypeError, ValueError
        It is no signature, or one of another number of arguments.
    """
    if signature is None:
        return ((),) * inputs, ((),) * outputs
    if not isinstance(signature, str):
        raise TypeError(f"signature is a {type(signature).__name__}, expected a str or None")
    sides = signature.replace(" ", "").split("->")
    lists = [_AXES.findall(side) for side in sides]
    if len(sides) != 2 or any(",".join(axes) != side for axes, side in zip(lists, sides)):
        raise ValueError(f"signature is {signature!r}, expected one such as '(n,d),(d)->(n)'")
    if (len(lists[0]), len(lists[1])) != (inputs, outputs):
        raise ValueError(
            f"signature {signature!r} has {len(lists[0])} inputs and {len(lists[1])} outputs, "
            f"types have {inputs} and {outputs}"
        )
    sides = tuple(tuple(map(_names, side)) for side in lists)
    for axis in {axis for side in sides for axes in side for axis in axes}:
        if not axis.isidentifier() and not (axis.isdigit() and int(axis)):
            raise ValueError(
                f"signature {signature!r} has an axis {axis!r}, expected a name or a size"
            )
    return sides


def _names(axes):
    return tuple(filter(None, axes[1:-1].split(",")))
