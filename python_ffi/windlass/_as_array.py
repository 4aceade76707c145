"""Arrays from everywhere: whatever holds numbers as an ndarray over the same memory."""

import numpy as np

from . import _arrow, _pandas
from ._load import ffi

_HOSTS = (1, 3, 11, 13)  # DLPack's devices whose memory the CPU reads: CPU, pinned, managed
_DEVICES = {2: "CUDA", 4: "OpenCL", 7: "Vulkan", 8: "Metal", 9: "VPI", 10: "ROCm", 14: "oneAPI"}
_INTERFACES = ("__array__", "__array_interface__", "__dlpack__")
_NUMBERS = {**_arrow.INTEGERS, **_arrow.FLOATS}


def as_array(x, dtype=None, *, writeable=False, na_value=None, name="x"):
    """`x` as an ndarray of numbers: its own memory, without a copy, wherever its layout allows.

    Parameters
    ----------
    x : object
        A NumPy array; what speaks DLPack (PyTorch, JAX, CuPy and others, on the CPU), the Arrow C
        data or stream interface (pyarrow, polars: columns, tables, fixed-size lists), the buffer
        protocol or ``__array_interface__``; a pandas Series, Index or DataFrame; what has
        ``__array__``; a number or nested lists. Copied are bits, chunks, the columns of a table
        (to a Fortran-ordered array), integers with nulls, and what lies nowhere as an array.
    dtype : dtype, optional
        What it is converted to, by a copy, where it is of another one; of NumPy's kinds (integer,
        float, complex) never to a lesser one. Default: its own, in the machine's byte order.
    writeable : bool
        The result is written to, so `x` has to let its own memory be written: no copy is made, of
        another dtype or of a list; an error says why instead.
    na_value : number, optional
        What stands for nulls (of Arrow, pandas' NA, masked entries). Default: nulls are an error.
        NaN makes float64 of integers that have nulls.
    name : str
        What messages call `x`.

    Returns
    -------
    ndarray
        Of bool, integers, floats or complex. It keeps the memory alive.

    Raises
    ------
    TypeError
        It holds something else than numbers, or ones of a greater kind than `dtype`.
    ValueError
        It lies on another device, holds nulls, or cannot be written.

    Examples
    --------
    >>> windlass.as_array(torch.ones(3))
    array([1., 1., 1.], dtype=float32)
    """
    array = view(x, na_value, name)
    if writeable:
        return _output(x, array, dtype, name)
    if dtype is not None:
        return converted(array, dtype, name)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{name} has dtype {array.dtype}, expected numbers")
    return native(array)


def offered(x):
    """Whether `x` speaks one of the interfaces, and so is an array, a column or a table."""
    return any(hasattr(x, name) for name in _INTERFACES) or _arrow.offered(x)


def view(x, na_value=None, name="x"):
    """The same, of whatever dtype and byte order it has."""
    if type(x) is np.ndarray:
        return x
    if isinstance(x, np.ndarray):
        return _unmasked(x, na_value, name)
    if _pandas.is_frame(x):
        return _of_frame(x, na_value, name)
    if _pandas.is_series(x) or _pandas.is_index(x):
        return _of_series(x, na_value, name)
    if _arrow.offered(x):
        return _of_arrow(x, na_value, name)
    if hasattr(x, "__dlpack_device__"):
        return _of_dlpack(x, name)
    try:
        if isinstance(x, (bytes, bytearray)):  # which NumPy takes for a string
            x = memoryview(x)
        return np.asarray(x)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"{name}: {problem}") from None


def native(array):
    """An ndarray in the machine's byte order, itself where it is."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def converted(array, dtype, name):
    """An ndarray as one of another dtype, itself where it has it."""
    dtype = np.dtype(dtype)
    if array.dtype == dtype:
        return array
    if array.dtype.kind in "biufc" and not np.can_cast(array.dtype, dtype, "same_kind"):
        lost = "imaginary parts" if array.dtype.kind == "c" else "fractions"
        raise TypeError(f"{name} has dtype {array.dtype}, expected {dtype}: {lost} would be lost")
    try:
        return array.astype(dtype)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"{name}: {problem}") from None


def _output(x, array, dtype, name):
    if dtype is not None and array.dtype != np.dtype(dtype):
        raise TypeError(f"{name} has dtype {array.dtype}, expected {np.dtype(dtype)} for results")
    kind = type(x).__name__
    if array is not x and hasattr(x, "__array__") and not array.flags.writeable:
        array = np.asarray(x)  # DLPack before its version 1 does not say what may be written
    if array is not x and array.size and not np.shares_memory(array, view(x)):
        raise ValueError(
            f"{name} is a {kind}, of which there are copies only: no results go there"
        )
    if not array.flags.writeable:
        raise ValueError(f"{name} is a {kind} that may be read only: no results go there")
    return array


def _unmasked(x, na_value, name):
    """An ndarray's subclass; of masked entries what stands for nulls."""
    mask = np.ma.getmask(x)
    if mask is np.ma.nomask or not mask.any():
        return np.asarray(x)
    return _filled(np.asarray(x), mask, na_value, name)


def _filled(values, hidden, na_value, name):
    if na_value is None:
        raise ValueError(
            f"{name} has nulls: {np.count_nonzero(hidden)} of {hidden.size} entries; with na_value "
            "a number takes their place"
        )
    return np.where(hidden, na_value, values)


# DLPack -----------------------------------------------------------------------------------------


def _of_dlpack(x, name):
    try:
        device, number = x.__dlpack_device__()
        if int(device) in _HOSTS:
            return np.from_dlpack(x)
    except (AttributeError, BufferError, RuntimeError, TypeError, ValueError) as problem:
        kind, dtype = type(x).__name__, getattr(x, "dtype", None)
        of = f"{kind} of {dtype}" if dtype is not None else kind
        raise ValueError(f"{name} is a {of} that cannot be shared: {problem}") from None
    where = _DEVICES.get(int(device), f"DLPack's device type {int(device)}")
    raise ValueError(
        f"{name} lies on {where} device {number}, expected the CPU's memory: copy it there first"
    )


# pandas -----------------------------------------------------------------------------------------


def _of_frame(frame, na_value, name):
    if all(isinstance(dtype, np.dtype) for dtype in frame.dtypes):
        return _of_objects(frame, na_value)
    columns = [
        _of_series(frame.iloc[:, i], na_value, f"{name}'s column {label!r}")
        for i, label in enumerate(frame.columns)
    ]
    return _side_by_side(columns, len(frame))


def _of_series(series, na_value, name):
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return _of_objects(series, na_value)
    column = _pandas.arrow(series)
    if column is not None:
        return _of_arrow(column, na_value, name)
    stored = getattr(dtype, "numpy_dtype", None)  # of the nullable dtypes: Int64, Float32, boolean
    if stored is None:
        return series.to_numpy()
    hidden = np.asarray(series.isna(), bool)
    if not hidden.any():
        return series.to_numpy(stored)
    return _filled(series.to_numpy(stored, na_value=stored.type(0)), hidden, na_value, name)


def _of_objects(data, na_value):
    """Of NumPy's dtypes; objects may be pandas.NA."""
    array = data.to_numpy()
    if array.dtype == object and na_value is not None:
        return data.to_numpy(na_value=na_value)
    return array


def _side_by_side(columns, rows):
    """Columns as one array (rows, columns), each in one piece."""
    if not columns:
        return np.empty((rows, 0))
    made = np.empty((rows, len(columns)), np.result_type(*columns), order="F")
    for i, column in enumerate(columns):
        made[:, i] = column
    return made


# Arrow ------------------------------------------------------------------------------------------


class _Lent:
    """Memory as NumPy takes it, with what keeps it alive."""

    def __init__(self, pointer, dtype, first, count, keep):
        address = int(ffi.cast("uintptr_t", pointer)) + first * dtype.itemsize
        self.__array_interface__ = {
            "version": 3,
            "data": (address, True),
            "shape": (count,),
            "typestr": dtype.str,
        }
        self.keep = keep


def _of_arrow(x, na_value, name):
    schema, chunks = _arrow.arrays(x, name)
    _check(schema, name)
    found = [
        _read(schema, array, array.offset, array.length, keep, na_value, name)
        for array, keep in chunks
    ]
    if not found:
        return _nothing(schema)
    return found[0] if len(found) == 1 else np.concatenate(found)


def _check(schema, name):
    """That a column is of numbers, whatever it is made of."""
    form = _arrow.form(schema)
    if form == "+s" or form.startswith("+w:"):
        for i in range(schema.n_children):
            _check(schema.children[i], _part(schema, i, name))
    elif schema.dictionary or form not in _NUMBERS and form != "b":
        said = "a dictionary" if schema.dictionary else f"Arrow's format {form!r}"
        raise TypeError(f"{name} is {said}, expected numbers")


def _part(schema, i, name):
    """What messages call a child."""
    label = schema.children[i].name
    if not label or _arrow.form(schema) != "+s":
        return name
    return f"{name}'s column {ffi.string(label).decode()!r}"


def _nothing(schema):
    form = _arrow.form(schema)
    if form == "+s":
        return np.empty((0, schema.n_children))
    if form.startswith("+w:"):
        return np.empty((0, int(form[3:])), _nothing(schema.children[0]).dtype)
    return np.empty(0, _NUMBERS.get(form, bool))


def _read(schema, array, first, count, keep, na_value, name):
    """Entries [first, first + count) of a chunk."""
    form = _arrow.form(schema)
    hidden = _arrow.nulls(array, first, count)
    if form == "+s":
        values = [
            _read(schema.children[i], part, part.offset + first, count, keep, na_value, label)
            for i, part in enumerate(array.children[0 : array.n_children])
            for label in [_part(schema, i, name)]
        ]
        values = _side_by_side(values, count)
    elif form.startswith("+w:"):
        width, part = int(form[3:]), array.children[0]
        begin = part.offset + first * width
        inner = _read(schema.children[0], part, begin, count * width, keep, na_value, name)
        values = inner.reshape(count, width, *inner.shape[1:])
    elif form == "b":
        values = _arrow.bits(array.buffers[1], first, count)
    elif not count:
        values = np.empty(0, _NUMBERS[form])
    else:
        lent = _Lent(array.buffers[1], np.dtype(_NUMBERS[form]), first, count, keep)
        values = np.asarray(lent)
    if hidden is None:
        return values
    hidden = hidden.reshape(-1, *[1] * (values.ndim - 1))
    return _filled(values, np.broadcast_to(hidden, values.shape), na_value, name)
