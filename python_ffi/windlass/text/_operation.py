"""Operations of the library with their settings, prepared once and kept for later calls."""

import functools

import numpy as np

from .._context import call
from .._errors import WindlassError, plainly
from .._load import ffi, lib, owned

# How texts are written: the properties "unit" and "invalid" of an operation.
STRICT = ("char", "strict")
LOSSY = ("char", "lossy")
TRUSTED = ("char", "trusted")
BYTE = ("byte", "strict")
U16 = ("u16", "strict")
U32 = ("u32", "strict")
_OF_INVALID = {"strict": STRICT, "lossy": LOSSY, "bytes": BYTE}

_KEPT = 128  # families of one kind, the latest used
_OFFSETS = ffi.typeof("int64_t[]")
_kept = []


class Operation:
    """A "text" of the library, prepared for texts of one coding.

    Attributes
    ----------
    id : int
        What the library knows it by; released with the last reference.
    outputs : int
        Results a text has.
    cells : ctype
        Of room for them.
    spare : list
        Such rooms. A call takes one away, so that no other thread or signal handler has it too.
    """

    __slots__ = ("_owned", "cells", "id", "outputs", "spare")

    def __init__(self, name, coding, needles, settings):
        try:
            self._prepare(name, coding, needles, settings)
        except WindlassError as error:
            raise plainly(error) from None

    def _prepare(self, name, coding, needles, settings):
        out = ffi.new("wdl_text *")
        call(lib.wdl_text_create, name.encode(), out)
        self.id = out[0]
        self._owned = owned(self.id)
        for key, value in (("unit", coding[0]), ("invalid", coding[1]), *settings):
            if isinstance(value, str):
                call(lib.wdl_set_text, self.id, key.encode(), value.encode())
            else:
                call(lib.wdl_set_int, self.id, key.encode(), value)
        if needles is not None:
            joined = b"".join(needles)
            offsets = ffi.new(_OFFSETS, [0, *np.cumsum([len(one) for one in needles]).tolist()])
            count = len(needles)
            call(lib.wdl_text_set_needles, self.id, joined, len(joined), offsets, count)
        count, names = ffi.new("int64_t *"), ffi.new("const char **")
        call(lib.wdl_text_outputs, self.id, count, names)
        self.outputs = count[0]
        self.cells = ffi.typeof(f"int64_t[{max(self.outputs, 1)}]")
        self.spare = []


class Family:
    """An operation and its settings, for texts of every coding.

    Attributes
    ----------
    name : str
        Of the operation.
    text : str or None
        "str" or "bytes": what its texts have to be, as its needles are. None: either.
    strings : str
        How a str is counted: "units" as CPython keeps it, "utf8" in its UTF-8, "bytes" as bytes.
    positions : bool
        Whether its results are positions, which are in characters in a str.
    """

    def __init__(self, name, settings, *, needles=None, text=None, invalid="bytes", strings="utf8"):
        self.name = name
        self.text = text
        self.needles = needles
        self.settings = settings
        self.invalid = invalid
        self.strings = strings
        self.positions = name in ("find", "rfind")
        self._made = {}
        self.of_bytes = {}  # operations by the caller's `invalid`, as far as they have been used
        self.of_ascii = None  # the operation for a str of ASCII

    def for_texts(self, coding, invalid):
        """The operation for texts of a coding, or, with None, for the caller's bytes."""
        if coding is None:
            coding = self.coding(invalid)
        elif coding is TRUSTED and self.strings == "bytes":
            coding = BYTE
        return self.of(coding)

    def of(self, coding):
        """The operation for texts of a coding."""
        made = self._made.get(coding)
        if made is None:
            made = Operation(self.name, coding, self.needles, self.settings)
            made = self._made.setdefault(coding, made)
        return made

    def coding(self, invalid):
        """Of bytes, by the caller's `invalid`."""
        chosen = self.invalid if invalid is None else invalid
        try:
            coding = _OF_INVALID[chosen]
        except (KeyError, TypeError):
            raise ValueError(
                f"invalid is {invalid!r}, expected 'strict', 'lossy' or 'bytes'"
            ) from None
        return BYTE if self.strings == "bytes" else coding

    def prepare(self, invalid):
        """The operation for bytes."""
        made = self.of_bytes[invalid] = self.of(self.coding(invalid))
        return made

    def prepare_ascii(self):
        """The operation for a str of ASCII."""
        self.of_ascii = self.of(TRUSTED if self.strings == "utf8" else BYTE)
        return self.of_ascii


def kept(function):
    """Keep the latest results of a function of hashable arguments."""
    cached = functools.lru_cache(_KEPT)(function)
    _kept.append(cached)
    return cached


def forget():
    """Release all operations that no call uses."""
    for cached in _kept:
        cached.cache_clear()


def _choice(name, value, choices):
    if not (value is None or isinstance(value, str)) or value not in choices:
        listed = ", ".join(map(repr, choices))
        raise ValueError(f"{name} is {value!r}, expected one of {listed}")


def _flag(name, value):
    """A bool, or 0 or 1, as an int."""
    if not isinstance(value, (bool, int, np.bool_, np.integer)):
        raise TypeError(f"{name} is of type {type(value).__name__}, expected a bool")
    if value not in (0, 1):
        raise ValueError(f"{name} is {value!r}, expected a bool")
    return int(value)


@kept
def _doubles(name, unit, ignore_case):
    strings = {"char": "units", "byte": "bytes"}[unit]
    return Family(name, (("ignore_case", ignore_case),), invalid="strict", strings=strings)


def doubles(name, unit="char", ignore_case=False):
    """Of count_doubles and count_runs."""
    if not isinstance(unit, str) or unit not in ("char", "byte"):
        raise ValueError(f"unit is {unit!r}, expected 'char' or 'byte'")
    return _doubles(name, unit, _flag("ignore_case", ignore_case))


@kept
def _needle(name, is_str, needle, overlapping, ignore_case, whole_words):
    settings = [("ignore_case", ignore_case), ("whole_words", whole_words or "no")]
    if overlapping is not None:
        settings.append(("overlapping", overlapping))
    coded = needle.encode("utf-8", "surrogatepass") if is_str else needle
    text = "str" if is_str else "bytes"
    return Family(name, tuple(settings), needles=(coded,), text=text)


def needle(name, needle, overlapping=False, ignore_case=False, whole_words=None):
    """Of count, find, rfind, count_lines and split; overlapping None: it is no setting of it."""
    kind = type(needle)
    if kind is not str and kind is not bytes:
        needle = plain(needle, "sep" if name == "split" else "needle")
        kind = type(needle)
    if ignore_case is not False:
        ignore_case = _flag("ignore_case", ignore_case)
    if overlapping is not False and overlapping is not None:
        overlapping = _flag("overlapping", overlapping)
    if whole_words is not None:
        _choice("whole_words", whole_words, (None, "space", "ascii"))
    return _needle(name, kind is str, needle, overlapping, ignore_case, whole_words)


class OfNeedle(dict):
    """Operations for one kind of text by their needle, which is all that is set; made when missing.

    Texts are bytes, which are compared and not looked at otherwise, or str of ASCII. `ids` has the
    operations' ids.
    """

    def __init__(self, name, kind):
        super().__init__()
        self.name, self.kind, self.ids = name, kind, {}
        _kept.append(self)

    def cache_clear(self):
        self.ids.clear()
        self.clear()

    def __missing__(self, sought):
        family = needle(self.name, sought, False if self.name == "count" else None)
        if len(self) >= _KEPT:
            self.cache_clear()
        made = self[sought] = family.prepare(None) if self.kind is bytes else family.prepare_ascii()
        self.ids[sought] = made.id
        return made


def plain(needle, name):
    """A needle as str or bytes."""
    if isinstance(needle, str):
        return "".join((needle, ""))
    try:
        view = memoryview(needle)
    except TypeError:
        view = None
    if view is None or view.itemsize != 1 or view.ndim != 1:
        raise TypeError(f"{name} is of type {type(needle).__name__}, expected str or bytes-like")
    return view.tobytes()


@kept
def _needles(is_str, needles, match, overlapping, ignore_case):
    settings = (("ignore_case", ignore_case), ("overlapping", overlapping), ("match", match))
    if is_str:
        needles = tuple(one.encode("utf-8", "surrogatepass") for one in needles)
    text = None if is_str is None else "str" if is_str else "bytes"
    return Family("count_many", settings, needles=needles, text=text)


def listed(needles):
    """Needles as a tuple of str and bytes."""
    alone = isinstance(needles, (str, bytes, bytearray, memoryview))
    if alone or not hasattr(needles, "__iter__"):
        raise TypeError(f"needles is of type {type(needles).__name__}, expected a list of them")
    return tuple(plain(one, f"needles[{i}]") for i, one in enumerate(needles))


def needles(needles, match="each", overlapping=False, ignore_case=False):
    """Of count_many."""
    needles = listed(needles)
    _choice("match", match, ("each", "leftmost_first"))
    overlapping = _flag("overlapping", overlapping)
    ignore_case = _flag("ignore_case", ignore_case)
    kinds = {isinstance(one, str) for one in needles}
    if len(kinds) > 1:
        raise TypeError("needles holds str and bytes, expected one of them")
    return _needles(kinds.pop() if kinds else None, needles, match, overlapping, ignore_case)


def whitespace(name, whitespace="unicode", lower=False, top=0):
    """Of wc, word_counts and split at whitespace."""
    _choice("whitespace", whitespace, ("unicode", "ascii", "python"))
    return _whitespace(name, whitespace, _flag("lower", lower), top)


@kept
def _whitespace(name, whitespace, lower, top):
    settings = [("whitespace", whitespace)]
    if name == "word_counts":
        settings += [("lower", lower), ("top", top)]
    return Family(name, tuple(settings), invalid="strict")


@kept
def plain_family(name):
    """Of validate_utf8."""
    return Family(name, (), invalid="strict")
