"""The Arrow C data and stream interfaces: the arrays of a column or table where they lie.

Whatever has __arrow_c_array__ or __arrow_c_stream__ (pyarrow, polars, pandas, nanoarrow, DuckDB)
hands its memory over by a few structs; neither pyarrow nor anything else has to be installed, and
nothing is copied. The capsules of an array own it; what comes out of a stream is ours to release,
which happens once, with the last reference.
"""

import ctypes
import os
import re

import numpy as np

from ._load import ffi

_SCHEMA = ffi.typeof("struct ArrowSchema *")
_ARRAY = ffi.typeof("struct ArrowArray *")
_STREAM = ffi.typeof("struct ArrowArrayStream *")
_CHAR = ffi.typeof("char *")

INTEGERS = dict(zip("cCsSiIlL", ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"), strict=True))
FLOATS = {"e": "f2", "f": "f4", "g": "f8"}
# By how formats begin: how many buffers there are at least; of all others two.
_BUFFERS = (("n", 0), ("+", 0), ("vu", 3), ("vz", 3), ("u", 3), ("U", 3), ("z", 3), ("Z", 3))
_MOST = 2**60


def offered(data):
    """Whether an object speaks one of the interfaces."""
    return hasattr(data, "__arrow_c_array__") or hasattr(data, "__arrow_c_stream__")


def arrays(data, name="data"):
    """(schema, [(array, keep), ...]): the chunks, which are there while `keep` is held.

    Raises
    ------
    TypeError
        `data` gives something else than capsules of Arrow's.
    ValueError
        The stream failed, or the structs contradict each other or have been released.
    """
    if hasattr(data, "__arrow_c_array__"):
        capsules = data.__arrow_c_array__()
        if not isinstance(capsules, tuple) or len(capsules) != 2:
            raise TypeError(f"{name}: __arrow_c_array__ gives {capsules!r}, expected two capsules")
        schema = _pointer(capsules[0], b"arrow_schema", _SCHEMA, name)
        found = [(_pointer(capsules[1], b"arrow_array", _ARRAY, name), capsules)]
    else:
        capsule = data.__arrow_c_stream__()
        stream = _pointer(capsule, b"arrow_array_stream", _STREAM, name)
        if not stream.release:
            raise ValueError(f"{name}: its Arrow stream has been released")
        schema, found = _owned(stream, stream.get_schema, _SCHEMA, name), []
        while (array := _owned(stream, stream.get_next, _ARRAY, name)) is not None:
            found.append((array, (schema, array)))
    _check_schema(schema, name)
    for array, _ in found:
        _check_array(schema, array, name)
    return schema, found


def _pointer(capsule, name, ctype, called):
    """What a capsule holds. It owns that: keep it."""
    try:
        get = ctypes.pythonapi.PyCapsule_GetPointer
    except AttributeError:
        raise TypeError("Arrow data needs CPython; give a list, or a NumPy array") from None
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    try:
        return ffi.cast(ctype, get(capsule, name))
    except ValueError:
        raise TypeError(
            f"{called}: its Arrow data is {capsule!r}, expected a capsule {name.decode()}"
        ) from None


def _check_schema(schema, name):
    """That a schema and what is in it are there, with formats that are well formed."""
    if not schema or not schema.release:
        raise ValueError(f"{name}: its Arrow schema has been released")
    if not schema.format:
        raise ValueError(f"{name}: its Arrow schema has no format")
    written = form(schema)
    if written.startswith(("+w:", "w:")) and not re.fullmatch(r"\+?w:[0-9]{1,18}", written):
        raise ValueError(f"{name}: its Arrow format {written!r} has no width")
    if schema.n_children < 0 or schema.n_children and not schema.children:
        raise ValueError(f"{name}: its Arrow schema has {schema.n_children} children, at NULL")
    if written.startswith("+w:") and schema.n_children != 1:
        raise ValueError(f"{name}: its Arrow lists have {schema.n_children} children, expected 1")
    for i in range(schema.n_children):
        _check_schema(schema.children[i], name)
    if schema.dictionary:
        _check_schema(schema.dictionary, name)


def _check_array(schema, array, name):
    """That an array and what is in it are there, as its schema says, and long enough."""
    if not array or not array.release:
        raise ValueError(f"{name}: its Arrow array has been released")
    end, written = array.offset + array.length, form(schema)
    if array.length < 0 or array.offset < 0 or end > _MOST:
        raise ValueError(
            f"{name}: its Arrow array has length {array.length} and offset {array.offset}"
        )
    least = next((n for start, n in _BUFFERS if written.startswith(start)), 2)
    if array.n_buffers < least or array.n_buffers and not array.buffers:
        raise ValueError(
            f"{name}: its Arrow array of format {written!r} has {array.n_buffers} buffers, "
            f"expected {least}"
        )
    if array.n_children != schema.n_children or array.n_children and not array.children:
        raise ValueError(
            f"{name}: its Arrow array has {array.n_children} children, its schema "
            f"{schema.n_children}"
        )
    width = int(written[3:]) if written.startswith("+w:") else int(written == "+s")
    for i in range(array.n_children):
        _check_array(schema.children[i], array.children[i], name)
        if array.children[i].length < end * width:
            raise ValueError(
                f"{name}: a child of its Arrow array has {array.children[i].length} entries, "
                f"expected {end * width}"
            )
    if schema.dictionary:
        _check_array(schema.dictionary, array.dictionary, name)


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
    return ffi.string(schema.format).decode("ascii", "backslashreplace")


def start(pointer):
    """Where a buffer begins.

    Raises
    ------
    ValueError
        It is NULL, though the column has entries.
    """
    if not pointer:
        raise ValueError("an Arrow column has entries, and no memory for them")
    return ffi.cast(_CHAR, pointer)


def items(pointer, dtype, first, count):
    """Entries [first, first + count) of a buffer, where they lie."""
    dtype = np.dtype(dtype)
    if not count:
        return np.empty(0, dtype)
    begin = start(pointer) + first * dtype.itemsize
    return np.frombuffer(ffi.buffer(begin, count * dtype.itemsize), dtype)


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
