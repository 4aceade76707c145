"""Numbers as those of another dtype, and in the place of nulls."""

import numpy as np

from . import _pandas

KINDS = "biufc"
_RANK = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}
_LOST = {"i": "numbers other than 0 and 1", "f": "fractions", "c": "imaginary parts"}
_LOST["u"] = _LOST["i"]


def check_kind(dtype, name, also=""):
    """That a dtype is one of numbers, or of the kinds `also`.

    Raises
    ------
    TypeError
    """
    if dtype.kind not in KINDS + also:
        raise TypeError(f"{name} has dtype {dtype}, expected numbers")


def native(array):
    """An ndarray in the machine's byte order, itself where it is."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def converted(array, dtype, name):
    """An ndarray as one of another dtype of numbers, itself where it has it.

    Raises
    ------
    TypeError
        It is of a greater kind, or of dates or records.
    ValueError
        It holds an integer that `dtype` does not hold, or a text that is no number.
    """
    dtype = np.dtype(dtype)
    if array.dtype == dtype:
        return array
    check_kind(array.dtype, name, "OSU")
    try:
        if dtype.kind in "biu" and array.dtype.kind == "O" and array.size:
            found = np.asarray(array.ravel().tolist()).reshape(array.shape)
            if found.dtype.kind in KINDS:
                array = found
            elif not all(isinstance(one, int) for one in array.flat):
                array = array.astype(np.float64)
        elif dtype.kind in "iu" and array.dtype.kind in "SU":
            array = array.astype(np.int64)
        _check_kept(array, dtype, name)
        return array.astype(dtype)
    except (TypeError, ValueError, OverflowError) as problem:
        said = str(problem) if str(problem).startswith(f"{name} ") else f"{name}: {problem}"
        raise (TypeError if isinstance(problem, TypeError) else ValueError)(said) from None


def _check_kept(array, dtype, name):
    """That numbers stay what they are, but for rounding."""
    given = array.dtype
    if given.kind not in KINDS or np.can_cast(given, dtype):
        return
    if given.kind in "iu" and dtype.kind in "iu":
        for one in (array.min(), array.max()) if array.size else ():
            if not _holds(dtype, int(one)):
                raise ValueError(f"{name} has {one}, which {dtype} does not hold")
    elif not np.can_cast(given, dtype, "same_kind"):
        lost = _LOST[given.kind]
        raise TypeError(f"{name} has dtype {given}, expected {dtype}: {lost} would be lost")


def _holds(dtype, value):
    """Whether a number of Python is one of a dtype, but for rounding."""
    if isinstance(value, complex) or dtype.kind not in KINDS:
        return dtype.kind not in "biuf"
    if dtype.kind == "b":
        return value in (0, 1)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return value % 1 == 0 and limits.min <= value <= limits.max
    return abs(value) <= float(np.finfo(dtype).max) or value in (np.inf, -np.inf) or value != value


class Nulls:
    """What stands for nulls, in arrays that become ones of `dtype`, or keep theirs where None.

    Raises
    ------
    TypeError
        `na_value` is no number.
    """

    def __init__(self, na_value=None, dtype=None):
        if not isinstance(na_value, (int, float, complex, np.number, np.bool_, type(None))):
            raise TypeError(f"na_value is {na_value!r}, expected a number")
        self.value = na_value.item() if isinstance(na_value, np.generic) else na_value
        self.dtype = dtype

    def filled(self, values, hidden, name):
        """A copy of `values` that has the number where `hidden` is true.

        Raises
        ------
        ValueError
            There is no number, or the dtype does not hold it.
        """
        if self.value is None:
            raise ValueError(
                f"{name} has nulls: {np.count_nonzero(hidden)} of {hidden.size} entries; with "
                "na_value a number takes their place"
            )
        check_kind(values.dtype, name, "O")
        dtype = self._dtype(values.dtype) if self.dtype is None else self.dtype
        if not _holds(dtype, self.value):
            raise ValueError(f"na_value is {self.value!r}, which {dtype} of {name} does not hold")
        values = np.where(hidden, values.dtype.type(0), values)  # whatever was there
        made = converted(values, dtype, name)
        made[hidden] = self.value
        return made

    def _dtype(self, given):
        """`given`, or where the number is of a greater kind what holds both."""
        own = np.asarray(self.value).dtype
        if given.kind == "O" or own.kind == "O" or _RANK[own.kind] <= _RANK[given.kind]:
            return given
        return np.result_type(given, own)

    def of_objects(self, array, name):
        """An array of objects without None and pandas' NA."""
        nulls = (None, _pandas.missing())
        hidden = np.array([any(one is null for null in nulls) for one in array.flat], bool)
        hidden = hidden.reshape(array.shape)
        return self.filled(array, hidden, name) if hidden.any() else array
