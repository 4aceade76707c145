"""Kernels over text: bytes, UTF-8 characters and wider units, on every core."""

import numpy as np

from . import _array, _long_call, _strings
from ._context import _here, call, current, failure, thread_count
from ._errors import WindlassValueError
from ._load import ffi, lib

__all__ = ["count_doubles"]

_ONE = lib.wdl_text_count_doubles
_MANY = lib.wdl_text_count_doubles_many
_ROWS = lib.wdl_text_count_doubles_rows

# For bytes, by what the caller calls a unit.
_BYTE = lib.WDL_TEXT_BYTE
_UNITS = {"char": lib.WDL_TEXT_UTF8, "byte": _BYTE}
_UNITS_OF_SIZE = {1: _BYTE, 2: lib.WDL_TEXT_U16, 4: lib.WDL_TEXT_U32}

# Bytes from which a call may be felt: below, even at 1 GB/s, it ends before Ctrl-C needs to end it.
_LONG = 16 << 20

_OUT = ffi.typeof("int64_t *")
_spare = [ffi.new(_OUT)]  # cells for a result, each in one call at a time


def count_doubles(data, *, unit="char", threads=None):
    """Count the places where a character is followed by itself: "aaa" has 2.

    Parameters
    ----------
    data : str, bytes-like, ndarray, or list or tuple of str and bytes-like
        Bytes-like are bytes, bytearray, mmap and contiguous memoryviews of single bytes: UTF-8, or
        just bytes (see `unit`). An array of uint8, uint16 or uint32 has one axis, and its items are
        what is counted, whatever `unit` says. An array of dtype S (its items are bytes-like) or U
        (str) has any shape; NULs at the end of an item are padding, as everywhere in NumPy.
    unit : {"char", "byte"}
        "char": Unicode characters, of bytes-like those of its UTF-8. "byte": bytes, of a str
        those of its UTF-8.
    threads : int, optional
        Threads this call may use; None and 0: as `windlass.threads` says, else the process's.

    Returns
    -------
    int or ndarray of int64
        One number for one text. For a list (n,), for an array of S or U its shape.

    Raises
    ------
    WindlassValueError
        Bytes are no valid UTF-8: `position` is (byte,) or, in a list or array, (text, byte).
    TypeError, ValueError
        `data` or `unit` is something else.
    UnicodeEncodeError
        A str with a lone surrogate is to be counted in bytes. As characters they count like others.

    Notes
    -----
    Nothing is normalised; "é" may be one character or two, as it is written. NUL is a character
    like others. The bytes are read where they are, without the GIL and on all cores above 256 KiB:
    `data` must not change meanwhile. A str is read where CPython keeps its characters, 1, 2 or 4
    bytes each; other Pythons first convert one that is not ASCII, at some 0.5 ns a character (and
    4 bytes of memory). `unit="byte"` encodes such a str, at some 1 ns a character. Lists are joined
    first; arrays of S and U are not copied.

    Examples
    --------
    >>> count_doubles("bookkeeper")
    3
    >>> count_doubles(["ll", b"l", "été"])
    array([1, 0, 0])
    """
    if threads is not None:
        context = current()
        before = context.set("threads", thread_count(threads))
        try:
            return count_doubles(data, unit=unit)
        finally:
            context.set("threads", before)
    try:
        kind = _UNITS[unit]
    except (KeyError, TypeError):
        raise ValueError(f"unit is {unit!r}, expected 'char' or 'byte'") from None
    if isinstance(data, str):
        return _of_str(data, unit)
    if isinstance(data, bytes):
        return _count(data, len(data), kind)
    if isinstance(data, np.ndarray):
        return _of_array(data, unit)
    if isinstance(data, (list, tuple)):
        return _of_texts(data, unit)
    data, length = _bytes_of(data, "data")
    return _count(data, length, kind)


def _count(data, length, unit, size=1):
    """One text: `data` is bytes or a pointer, `length` in units of `size` bytes."""
    out = _spare.pop() if _spare else ffi.new(_OUT)
    if length * size >= _LONG:
        _long_call.run(_ONE, data, length, unit, out)
    else:
        context = _here.context or current()
        status = _ONE(context.id, data, length, unit, out)
        if status < 0:
            raise failure(context, status)
    result = out[0]
    _spare.append(out)
    return result


def _of_str(text, unit):
    if text.isascii():
        return _count(_strings.ascii(text), len(text), _BYTE)
    if unit == "byte":
        text = text.encode()
        return _count(text, len(text), _BYTE)
    data, kind = _strings.units(text)
    return _count(data, len(text), kind, 4)


def _bytes_of(data, name):
    """A bytes-like object's memory (held while the result lives) and its length."""
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(
            f"{name} is of type {type(data).__name__}, expected str, bytes-like, ndarray, or a list"
        ) from None
    if view.itemsize != 1:
        raise TypeError(
            f"{name} has items of {view.itemsize} bytes (format {view.format!r}); "
            "give numpy.asarray of it to count items, memoryview.cast('B') to count bytes"
        )
    if not view.c_contiguous:
        view = view.tobytes()
    return ffi.from_buffer(view), len(view) if isinstance(view, bytes) else view.nbytes


def _of_array(array, unit):
    kind = array.dtype.kind
    if kind == "S":
        return _of_rows(array, array.itemsize, 1, _UNITS[unit])
    if kind == "U":
        if unit == "byte":
            return _of_texts(array.ravel().tolist(), unit).reshape(array.shape)
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        return _of_rows(array, array.itemsize // 4, 4, lib.WDL_TEXT_U32)
    if kind != "u" or array.itemsize not in _UNITS_OF_SIZE:
        raise TypeError(f"data has dtype {array.dtype}, expected uint8, uint16, uint32, S or U")
    if array.ndim != 1:
        raise ValueError(f"data has shape {array.shape}, expected 1 dimension for {array.dtype}")
    if unit == "byte" and array.itemsize > 1:
        raise ValueError(f"data has dtype {array.dtype}, expected uint8 for unit='byte'")
    array = np.ascontiguousarray(array)  # in either byte order, equal items are equal
    size = array.itemsize
    return _count(_array.address(array), len(array), _UNITS_OF_SIZE[size], size)


def _of_rows(array, width, size, unit):
    """Each item of an array of S or U, `width` units of `size` bytes, as a text."""
    items = array.reshape(-1)
    counts = np.zeros(items.shape, np.int64)
    if width and items.size:
        number = lib.WDL_U8 if size == 1 else lib.WDL_U32
        rows = _array.view(items, number, (len(items), width), (items.strides[0], size))
        _call_for(items.nbytes)(_ROWS, rows, unit, _array.borrow(counts))
    return counts.reshape(array.shape)


def _call_for(size):
    """How to call a kernel that reads so many bytes."""
    return _long_call.run if size >= _LONG else call


def _of_texts(texts, unit):
    """Each of a list as a text, in one call unless str and bytes are mixed."""
    strings = sum(isinstance(text, str) for text in texts)
    if strings == len(texts):
        return _of_strings(texts, unit)
    if strings == 0:
        return _of_bytes(texts, unit)
    counts = np.empty(len(texts), np.int64)
    for i, text in enumerate(texts):
        counts[i] = (_of_strings if isinstance(text, str) else _of_bytes)([text], unit, i)[0]
    return counts


def _of_strings(texts, unit, _first=0):
    joined = "".join(texts)
    if unit == "byte" and not joined.isascii():
        return _of_bytes([text.encode() for text in texts], unit)
    data, kind = _strings.units(joined)
    return _of_joined(data, texts, kind, 4)


def _of_bytes(texts, unit, first=0):
    """Bytes-like texts; `first` is where in the caller's list they begin."""
    parts = [
        text if isinstance(text, bytes) else ffi.buffer(_bytes_of(text, f"data[{first + i}]")[0])
        for i, text in enumerate(texts)
    ]
    try:
        return _of_joined(b"".join(parts), parts, _UNITS[unit], 1)
    except WindlassValueError as error:
        if first and error.position:
            error.position = (first + error.position[0], *error.position[1:])
            error.args = (f"{error} (the list's entry {first})",)
        raise


def _of_joined(data, parts, unit, size):
    """Texts that lie one after the other in `data`, each as long as its part."""
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=offsets[1:])
    counts = np.zeros(len(parts), np.int64)
    length = int(offsets[-1])
    where, out = ffi.from_buffer(_OUT, offsets), ffi.from_buffer(_OUT, counts)
    if parts:
        _call_for(length * size)(_MANY, data, length, where, len(parts), unit, out)
    return counts
