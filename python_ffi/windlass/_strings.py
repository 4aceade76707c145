"""The characters of a str where CPython keeps them, without a copy.

Since PEP 393 (2010) a str holds its characters right behind its header, 1, 2 or 4 bytes each, as
many as its largest needs. The header has grown between versions, so where things lie is found by
looking at strings made for it, and used only where every look agrees; elsewhere (PyPy) a str is
converted.
"""

import ctypes
import sys

from ._load import ffi, lib

_UNITS = {1: lib.WDL_TEXT_BYTE, 2: lib.WDL_TEXT_U16, 4: lib.WDL_TEXT_U32}
# One a width, with characters of every byte, none at the border of another width.
_SAMPLES = {1: "\xe9a\xff\x80z", 2: "\u0416a\uffff\u0100\ud800", 4: "\U0001f600a\U0010ffff\xe9\0"}
_ASCII = "the quick brown fox"
_SHORT = 2048  # characters up to which a copy of ASCII costs less than its address

_VOID = ffi.typeof("void *")
_WORD = ffi.typeof("uint32_t *")


def _read(at, size):
    return bytes(ffi.buffer(ffi.cast("char *", at), size))


class Layout:
    """Offsets within a str object, in bytes: of its state, whose bits from `shift` on are its
    width, of its characters (`offset`), and of these where all are ASCII."""

    def __init__(self):
        # object's header, then length and hash, then the bits of the state (unicodeobject.h)
        self.state = object.__basicsize__ + 2 * ctypes.sizeof(ctypes.c_ssize_t)
        self.data = {}
        shifts = {2, 8, 16}
        for width, sample in _SAMPLES.items():
            text = "".join(sample)  # a new object that nobody has asked for its UTF-8
            self.data[width] = text.__sizeof__() - (len(text) + 1) * width
            shifts = {s for s in shifts if self._describes(text, s, width)}
        (self.shift,) = shifts
        if len(set(self.data.values())) != 1 or not all(map(self._right, _SAMPLES.values())):
            raise ValueError
        self.offset = self.data[1]
        self.ascii = "".join(["a", "z"]).__sizeof__() - 3  # there the header is shorter
        if _read(id(_ASCII) + self.ascii, len(_ASCII)) != _ASCII.encode():
            raise ValueError

    def _word(self, text):
        return ffi.cast(_WORD, id(text) + self.state)[0]

    def _describes(self, text, shift, width):
        """Whether the state says: this width, compact, not ASCII."""
        return self._word(text) >> shift & 0b11111 == width | 0b01000

    def _right(self, sample):
        copied = "".join([sample, sample])
        width = self._word(copied) >> self.shift & 0b111
        coded = {1: "latin-1", 2: "utf-16", 4: "utf-32"}[width]
        coded += "" if width == 1 else "-le" if sys.byteorder == "little" else "-be"
        expected = copied.encode(coded, "strict" if width == 1 else "surrogatepass")
        return _read(id(copied) + self.data[width], len(expected)) == expected

    def look(self, text):
        """Address and unit of a str that is not ASCII; None for one that is not compact."""
        state = ffi.cast(_WORD, id(text) + self.state)[0] >> self.shift
        if state & 0b11000 != 0b01000:
            return None
        return ffi.cast(_VOID, id(text) + self.offset), _UNITS[state & 0b111]


def _find_layout():
    if sys.implementation.name != "cpython":
        return None
    try:
        return Layout()
    except (ValueError, KeyError, AttributeError):
        return None


def _find_ascii():
    try:
        function = ctypes.pythonapi.PyUnicode_AsUTF8AndSize
    except AttributeError:  # not CPython
        return None
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.py_object, ctypes.c_void_p]
    return function


_layout = _find_layout()
_ascii_address = _find_ascii()


def ascii(text):
    """The bytes of an ASCII str, or their address. The caller keeps `text` over the call."""
    if len(text) <= _SHORT or _ascii_address is None:
        return text.encode()
    return ffi.cast(_VOID, _ascii_address(text, None))


def units(text):
    """The characters of a str as (pointer or bytes, unit for the library).

    Lone surrogates are characters like others. The caller keeps `text` alive over the call.
    """
    if text.isascii():
        return ascii(text), lib.WDL_TEXT_BYTE
    found = _layout and _layout.look(text) if type(text) is str else None
    return found or converted(text)


def converted(text):
    """The same by a copy of 4 bytes a character."""
    coding = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    return text.encode(coding, "surrogatepass"), lib.WDL_TEXT_U32
