"""NumPy arrays as the library's `wdl_array`: the same memory, whatever its strides."""

import math

import numpy as np

from . import _as_array
from ._errors import WindlassError, WindlassTypeError, plainly
from ._load import ffi, lib

# By kind and size, for arrays in the machine's byte order.
NUMBER_OF_DTYPE = {
    np.dtype(name): number
    for name, number in {
        "u1": lib.WDL_U8,
        "u2": lib.WDL_U16,
        "u4": lib.WDL_U32,
        "u8": lib.WDL_U64,
        "i1": lib.WDL_I8,
        "i2": lib.WDL_I16,
        "i4": lib.WDL_I32,
        "i8": lib.WDL_I64,
        "f4": lib.WDL_F32,
        "f8": lib.WDL_F64,
        "c8": lib.WDL_C64,
        "c16": lib.WDL_C128,
    }.items()
}
DTYPE_OF_NUMBER = {number: dtype for dtype, number in NUMBER_OF_DTYPE.items()}

_ARRAY = ffi.typeof("wdl_array *")
_BYTES = ffi.typeof("char[]")
_VOID = ffi.typeof("void *")


def borrow(array, name="array"):
    """A `wdl_array *` of an ndarray's own memory.

    The caller keeps `array` alive over the call, as an argument or a local variable.

    Raises
    ------
    WindlassTypeError
        For a dtype that the library does not know, or of foreign byte order.
    """
    dtype = array.dtype
    number = NUMBER_OF_DTYPE.get(dtype)
    if number is None:  # of another byte order, too
        known = ", ".join(str(one) for one in NUMBER_OF_DTYPE)
        raise WindlassTypeError(f"{name} has dtype {dtype!s}, expected one of {known}")
    return view(array, number, array.shape, array.strides)


def view(array, number, shape, strides):
    """A `wdl_array *` of an ndarray's memory as something else than its own dtype and shape."""
    flags = 0 if array.flags.writeable else lib.WDL_READ_ONLY
    return ffi.new(_ARRAY, (address(array), shape, strides, number, len(shape), flags))


def address(array):
    """Where an ndarray's first element lies, as a pointer that cffi takes for void *."""
    if array.flags.c_contiguous and array.size:
        return ffi.from_buffer(_BYTES, array)
    return ffi.cast(_VOID, array.ctypes.data)


def reals(values, name, ndim=None):
    """`values`, see `as_array`, as an ndarray of float64: itself where it is one, else a copy.

    Raises
    ------
    TypeError, ValueError
        With `name` in front, for what cannot be made one; also of another number of dimensions.
    """
    array = _as_array.view(values, name=name)
    if array.dtype.kind == "c":
        raise ValueError(f"{name}: Complex data not supported")
    array = _as_array.converted(array, np.float64, name)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} has shape {array.shape}, expected {ndim} dimensions")
    return array


def integers(values, name):
    """`values` as an ndarray of int64.

    Raises
    ------
    TypeError
        They are no integers.
    """
    array = _as_array.view(values, name=name)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name} has dtype {array.dtype}, expected integers")
    return array.astype(np.int64)


def samples(values, caller=None, least=1):
    """`values` as an ndarray that the library takes for x: float64 or float32 as they are.

    The refusals are scikit-learn's, so that programs written for it understand them.

    Parameters
    ----------
    caller : str, optional
        Who takes them, for the messages.
    least : int
        Rows that there have to be.
    """
    if hasattr(values, "toarray"):
        raise TypeError(
            "Sparse data was passed, but dense data is required. Use '.toarray()' to convert to a "
            "dense numpy array."
        )
    array = _as_array.native(_as_array.view(values, np.nan, "X"))
    if array.dtype not in (np.float64, np.float32):
        array = reals(array, "X")
    by = f" by {caller}" if caller else ""
    if array.ndim > 2:
        raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required{by}.")
    if array.ndim != 2:
        expected = f"Expected 2D array, got {'scalar' if array.ndim == 0 else f'{array.ndim}D'} "
        raise ValueError(
            f"{expected}array instead:\narray={array}.\nReshape your data either using "
            "array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) if it "
            "contains a single sample."
        )
    wanted = ((array.shape[0], least, "sample"), (array.shape[1], 1, "feature"))
    for extent, minimum, thing in wanted:
        if extent < minimum:
            raise ValueError(
                f"Found array with {extent} {thing}(s) (shape={array.shape}) while a minimum of "
                f"{minimum} is required{by}."
            )
    return array


def not_finite(X, position):
    """What scikit-learn says of an entry of X that is NaN or infinite; None of any other."""
    if len(position) != 2 or not all(map(int.__lt__, position, X.shape)):
        return None
    value = X[position]
    if math.isnan(value):
        return "Input X contains NaN."
    if math.isinf(value):
        dtype = X.dtype.name
        return f"Input X contains infinity or a value too large for dtype({dtype!r})."
    return None


def row_weights(given, n):
    """`sample_weight` as n floats, or None; what is neither is refused in scikit-learn's words."""
    if given is None:
        return None
    weights = reals(given, "sample_weight")
    if weights.ndim == 0:
        weights = np.full(n, weights)
    if weights.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    if weights.shape != (n,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n,)}!")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


class Explained:
    """Says in a caller's words what the library refuses.

    Without the C function's name; `sample_weight` by that name; of NaN and infinity in X what
    scikit-learn says, before the library's own sentence.
    """

    def __init__(self, X, weights=None):
        self.X, self.weighted = X, weights is not None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, WindlassError):
            return
        own = str(plainly(error))
        if self.weighted and own.startswith("weights "):
            own = f"sample_weight {own.removeprefix('weights ')}"
        said = self.said(error) if error.status == lib.WDL_BAD_DATA else None
        error.args = (f"{said} ({own.partition(' (for instance')[0]})" if said else own,)

    def said(self, error):
        """scikit-learn's sentence for bad data, or None."""
        return not_finite(self.X, error.position)
