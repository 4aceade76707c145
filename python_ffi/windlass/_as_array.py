"""Arrays from everywhere: whatever holds numbers as an ndarray over the same memory."""

import numpy as np

from . import _arrow, _pandas
from ._load import ffi
from ._numbers import KINDS, Nulls, check_kind, converted, native

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
        protocol or ``__array_interface__``; a pandas Series, Index, DataFrame or array; what has
        ``__array__``; a number or nested lists. Copied are bits, chunks, the columns of a table
        (to a Fortran-ordered array), integers with nulls, and what lies nowhere as an array.
    dtype : dtype, optional
        Of numbers: what it is converted to, by a copy, where it is of another one; of NumPy's
        kinds (integer, float, complex) never to a lesser one. Texts and objects need it. Default:
        its own, in the machine's byte order.
    writeable : bool
        The result is written to, so `x` has to let its own memory be written: no copy is made, of
        another dtype or byte order or of a list; an error says why instead.
    na_value : number, optional
        What stands for nulls (of Arrow, pandas' NA, masked entries, None among objects). Default:
        nulls are an error. `dtype`, or else the column's own, has to hold it; but NaN and
        fractions make float64 of integers that have nulls.
    name : str
        What messages call `x`.

    Returns
    -------
    ndarray
        Of bool, integers, floats or complex. It keeps the memory alive.

    Raises
    ------
    TypeError
        It holds something else than numbers, or ones of a greater kind than `dtype`; or `dtype`
        or `na_value` is not of numbers.
    ValueError
        It lies on another device, holds nulls, or cannot be written; `dtype` does not hold an
        integer of it, or `na_value`; an Arrow column's structs contradict each other.

    Examples
    --------
    >>> windlass.as_array(torch.ones(3))
    array([1., 1., 1.], dtype=float32)
    """
    if dtype is not None:
        dtype = np.dtype(dtype)
        if dtype.kind not in KINDS:
            raise TypeError(f"dtype is {dtype}, expected one of numbers")
    nulls = Nulls(na_value, dtype)
    array = _view(x, nulls, name)
    if writeable:
        return _output(x, array, dtype, name)
    if dtype is not None:
        if array.dtype.kind == "O":
            array = nulls.of_objects(array, name)
        return converted(array, dtype, name)
    if array.dtype.kind in "OSU":
        said = "expected numbers; dtype= converts what it can"
        raise TypeError(f"{name} has dtype {array.dtype}, {said}")
    check_kind(array.dtype, name)
    return native(array)


def offered(x):
    """Whether `x` speaks one of the interfaces, and so is an array, a column or a table."""
    return any(hasattr(x, name) for name in _INTERFACES) or _arrow.offered(x)


def view(x, na_value=None, name="x"):
    """The same, of whatever dtype and byte order it has."""
    return _view(x, Nulls(na_value), name)


def _view(x, nulls, name):
    if type(x) is np.ndarray:
        return x
    if isinstance(x, np.ndarray):
        return _unmasked(x, nulls, name)
    if _pandas.is_frame(x):
        return _of_frame(x, nulls, name)
    if _pandas.is_series(x) or _pandas.is_index(x):
        return _of_series(x, nulls, name)
    if _pandas.is_array(x):
        return _of_series(_pandas.series(x), nulls, name)
    if _arrow.offered(x):
        return _of_arrow(x, nulls, name)
    if hasattr(x, "__dlpack_device__"):
        return _of_dlpack(x, name)
    if hasattr(x, "__cuda_array_interface__") and not offered(x):
        raise _elsewhere(name, "CUDA")
    try:
        if isinstance(x, (bytes, bytearray)):  # which NumPy takes for a string
            x = memoryview(x)
        return np.asarray(x)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"{name}: {problem}") from None


def _output(x, array, dtype, name):
    check_kind(array.dtype, name)
    wanted = array.dtype.newbyteorder("=") if dtype is None else dtype
    if array.dtype != wanted:
        raise TypeError(f"{name} has dtype {array.dtype}, expected {wanted} for results")
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


def _unmasked(x, nulls, name):
    """An ndarray's subclass; of masked entries what stands for nulls."""
    mask = np.ma.getmask(x)
    if mask is np.ma.nomask:
        return np.asarray(x)
    check_kind(x.dtype, name, "O")
    return nulls.filled(np.asarray(x), mask, name) if mask.any() else np.asarray(x)


def _elsewhere(name, device):
    return ValueError(
        f"{name} lies on {device}, expected the CPU's memory: copy it there first"
    )


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
    raise _elsewhere(name, f"{where} device {number}")


# pandas -----------------------------------------------------------------------------------------


def _of_frame(frame, nulls, name):
    kinds = {dtype.kind for dtype in frame.dtypes}
    if all(isinstance(dtype, np.dtype) for dtype in frame.dtypes) and (
        kinds <= {"b"} or kinds <= set("iufcO")
    ):
        return frame.to_numpy()
    columns = []
    for i, label in enumerate(frame.columns):
        columns.append(_of_series(frame.iloc[:, i], nulls, f"{name}'s column {label!r}"))
        check_kind(columns[-1].dtype, f"{name}'s column {label!r}", "O")
    return _side_by_side(columns, len(frame))


def _of_series(series, nulls, name):
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return series.to_numpy()
    column = _pandas.arrow(series)
    if column is not None:
        return _of_arrow(column, nulls, name)
    stored = getattr(dtype, "numpy_dtype", None)  # of the nullable dtypes: Int64, Float32, boolean
    if stored is None and not _pandas.is_categorical(dtype):
        return series.to_numpy()
    hidden = np.asarray(series.isna(), bool)
    if not hidden.any():
        return series.to_numpy(stored)
    values = series.to_numpy(stored, na_value=stored.type(0)) if stored else series.to_numpy()
    return nulls.filled(values, hidden, name)


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


def _of_arrow(x, nulls, name):
    schema, chunks = _arrow.arrays(x, name)
    _check(schema, name)
    found = [
        _read(schema, array, array.offset, array.length, keep, nulls, name)
        for array, keep in chunks
    ]
    if not found:
        return _nothing(schema)
    return found[0] if len(found) == 1 else np.concatenate(found)


def _check(schema, name, flat=False):
    """That a column is of numbers, whatever it is made of; `flat`: a number in each row."""
    form = _arrow.form(schema)
    if not flat and (form == "+s" or form.startswith("+w:")):
        for i in range(schema.n_children):
            _check(schema.children[i], _part(schema, i, name), form == "+s")
    elif schema.dictionary or form not in _NUMBERS and form not in ("b", "n"):
        said = "a dictionary" if schema.dictionary else f"Arrow's format {form!r}"
        raise TypeError(f"{name} is {said}, expected numbers")


def _part(schema, i, name):
    """What messages call a child."""
    label = schema.children[i].name
    if not label or _arrow.form(schema) != "+s":
        return name
    return f"{name}'s column {ffi.string(label).decode('utf-8', 'replace')!r}"


def _nothing(schema):
    form = _arrow.form(schema)
    if form == "+s":
        return np.empty((0, schema.n_children))
    if form.startswith("+w:"):
        inner = _nothing(schema.children[0])
        return np.empty((0, int(form[3:]), *inner.shape[1:]), inner.dtype)
    return np.empty(0, bool if form == "b" else _NUMBERS.get(form, np.float64))


def _read(schema, array, first, count, keep, nulls, name):
    """Entries [first, first + count) of a chunk."""
    form = _arrow.form(schema)
    hidden = _arrow.nulls(array, first, count)
    if form == "+s":
        values = []
        for i in range(schema.n_children):
            part, label = array.children[i], _part(schema, i, name)
            begin = part.offset + first
            values.append(_read(schema.children[i], part, begin, count, keep, nulls, label))
        values = _side_by_side(values, count)
    elif form.startswith("+w:"):
        width, part = int(form[3:]), array.children[0]
        begin = part.offset + first * width
        inner = _read(schema.children[0], part, begin, count * width, keep, nulls, name)
        values = inner.reshape(count, width, *inner.shape[1:])
    elif not count:
        values = _nothing(schema)
    elif form == "n":
        values, hidden = np.zeros(count, bool), np.ones(count, bool)
    elif form == "b":
        values = _arrow.bits(array.buffers[1], first, count)
    else:
        start = _arrow.start(array.buffers[1])
        lent = _Lent(start, np.dtype(_NUMBERS[form]), first, count, keep)
        values = np.asarray(lent)
    if hidden is None:
        return values
    hidden = hidden.reshape(-1, *[1] * (values.ndim - 1))
    return nulls.filled(values, np.broadcast_to(hidden, values.shape), name)
