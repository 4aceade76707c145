"""The Arrow C data and stream interfaces: the arrays of a column or table where they lie.

Whatever has __arrow_c_array__ or __arrow_c_stream__ (pyarrow, polars, pandas, nanoarrow, DuckDB)
hands its memory over by a few structs; neither pyarrow nor anything else has to be installed, and
nothing is copied. The capsules of an array own it; what comes out of a stream is ours to release,
which happens once, with the last reference.
"""

import ctypes
import os

import numpy as np

from ._load import ffi

_SCHEMA = ffi.typeof("struct ArrowSchema *")
_ARRAY = ffi.typeof("struct ArrowArray *")
_STREAM = ffi.typeof("struct ArrowArrayStream *")
_CHAR = ffi.typeof("char *")

INTEGERS = dict(zip("cCsSiIlL", ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"), strict=True))
FLOATS = {"e": "f2", "f": "f4", "g": "f8"}


def offered(data):
    """Whether an object speaks one of the interfaces."""
    return hasattr(data, "__arrow_c_array__") or hasattr(data, "__arrow_c_stream__")


def arrays(data, name="data"):
    """(schema, [(array, keep), ...]): the chunks, which are there while `keep` is held."""
    if hasattr(data, "__arrow_c_array__"):
        schema, array = data.__arrow_c_array__()
        pointer = _pointer(schema, b"arrow_schema", _SCHEMA)
        return pointer, [(_pointer(array, b"arrow_array", _ARRAY), (schema, array))]
    capsule = data.__arrow_c_stream__()
    stream = _pointer(capsule, b"arrow_array_stream", _STREAM)
    schema = _owned(stream, stream.get_schema, _SCHEMA, name)
    found = []
    while (array := _owned(stream, stream.get_next, _ARRAY, name)) is not None:
        found.append((array, (schema, array)))
    return schema, found


def _pointer(capsule, name, ctype):
    """What a capsule holds. It owns that: keep it."""
    try:
        get = ctypes.pythonapi.PyCapsule_GetPointer
    except AttributeError:
        raise TypeError("Arrow data needs CPython; give a list, or a NumPy array") from None
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ffi.cast(ctype, get(capsule, name))


def _owned(stream, get, ctype, name):
    """What a stream gives, released with the last reference; None at its end."""
    given = ffi.new(ctype)
    failed = get(stream, given)
    if failed:
        text = stream.get_last_error(stream)
        said = ffi.string(text).decode("utf-8", "replace") if text else os.strerror(failed)
        raise ValueError(f"{name}: the Arrow stream failed: {said}")
    return ffi.gc(given, given.release) if given.release else None


def form(schema):
    """The format as text: "g" is float64, "u" strings, and so on."""
    return ffi.string(schema.format).decode()


def items(pointer, dtype, first, count):
    """Entries [first, first + count) of a buffer, where they lie."""
    dtype = np.dtype(dtype)
    if not count:
        return np.empty(0, dtype)
    start = ffi.cast(_CHAR, pointer) + first * dtype.itemsize
    return np.frombuffer(ffi.buffer(start, count * dtype.itemsize), dtype)


def bits(pointer, first, count):
    """Bits [first, first + count) of a bitmap, as bools."""
    begin, skipped = divmod(first, 8)
    bitmap = items(pointer, np.uint8, begin, (skipped + count + 7) // 8 if count else 0)
    return np.unpackbits(bitmap, count=skipped + count, bitorder="little")[skipped:] == 1


def nulls(array, first, count):
    """Which of entries [first, first + count) are null (a bit is 1 for a value); None: none is."""
    if array.null_count == 0 or array.n_buffers == 0 or not array.buffers[0] or not count:
        return None
    hidden = ~bits(array.buffers[0], first, count)
    return hidden if hidden.any() else None
