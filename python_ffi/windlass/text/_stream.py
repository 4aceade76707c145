"""Texts that come in pieces."""

import numpy as np

from .._context import threads_if_given
from .._load import ffi, lib
from .._object import Object
from . import _operation
from ._counts import Validation, Wc
from ._inputs import bytes_of
from ._lines import LineCounts
from ._operation import BYTE, TRUSTED
from ._parts import invoke
from ._words import _most, table_of

_NEEDLE = ("needle", "ignore_case", "whole_words")
_SETTINGS = {
    "count_doubles": ("unit", "ignore_case"),
    "count_runs": ("unit", "ignore_case"),
    "count": (*_NEEDLE, "overlapping"),
    "find": _NEEDLE,
    "rfind": _NEEDLE,
    "count_lines": (*_NEEDLE, "overlapping"),
    "count_many": ("needles", "match", "overlapping", "ignore_case"),
    "wc": ("whitespace",),
    "validate_utf8": (),
    "word_counts": ("whitespace", "lower", "top"),
}
_UNITS = ("count_doubles", "count_runs")
_OUTPUTS = {"count_lines": 2, "wc": 5, "word_counts": 2}
_POSITIONS = ("find", "rfind")
_OBJECT = ffi.typeof("wdl_object *")


def _family(operation, settings):
    if not isinstance(operation, str) or operation not in _SETTINGS:
        raise ValueError(f"operation is {operation!r}, expected one of {', '.join(_SETTINGS)}")
    for name in settings:
        if name not in _SETTINGS[operation]:
            known = ", ".join(_SETTINGS[operation]) or "none"
            raise TypeError(f"{operation} has no setting {name}, expected some of: {known}")
    if operation in ("count_doubles", "count_runs"):
        return _operation.doubles(operation, **settings)
    if "needle" in _SETTINGS[operation]:
        settings = {"needle": None, **settings}
        if "overlapping" not in _SETTINGS[operation]:
            settings["overlapping"] = None
        return _operation.needle(operation, **settings)
    if operation == "count_many":
        return _operation.needles(**{"needles": (), **settings})
    if operation == "validate_utf8":
        return _operation.plain_family(operation)
    if "top" in settings:
        settings = {**settings, "top": _most(settings["top"])}
    return _operation.whitespace(operation, **settings)


class Stream:
    """A text that comes in pieces, cut anywhere: its results are those of the whole.

    Parameters
    ----------
    operation : str
        "count_doubles", "count_runs", "count", "find", "rfind", "count_lines", "count_many", "wc",
        "validate_utf8" or "word_counts".
    invalid : {"strict", "lossy", "bytes"}, optional
        As the function of that name has it.
    **settings
        The function's other settings: needle, needles, unit, ignore_case, overlapping,
        whole_words, match, whitespace, lower, top.

    Raises
    ------
    ValueError, TypeError
        No such operation or setting, or no value for it.

    Notes
    -----
    All pieces are str, or all are bytes-like, as the needles or else the first piece; pieces of
    bytes may end within a character. No text is kept but some bytes at the ends, and the words of
    word_counts. A stream is used by one thread at a time. It can be pickled and copied.

    Examples
    --------
    >>> stream = Stream("count", needle="na")
    >>> stream.feed("ban").feed("ana").result()
    2
    """

    def __init__(self, operation, *, invalid=None, **settings):
        self.operation = operation
        self._family = _family(operation, settings)
        self._family.coding(invalid)
        self._invalid = invalid
        self._settings = settings
        self._text = self._family.text  # what the pieces are, once it is known
        self._object = None
        self._outputs = len(self._family.needles or ()) if operation == "count_many" else None
        if self._text is not None:
            self._make(self._text)

    def _made(self, text):
        """A new stream of the library, for pieces of a kind."""
        if self.operation in _POSITIONS and text == "str":
            raise TypeError(
                f"{self.operation} in a stream says where in bytes: give bytes as needle"
            )
        coding = self._family.coding(self._invalid)
        if text == "str":
            coding = BYTE if self._family.strings == "bytes" else TRUSTED
        made = ffi.new(_OBJECT)
        operation = self._family.of(coding)
        invoke(0, None, lib.wdl_text_stream_create, operation.id, made)
        return Object._owner(made[0], "text_stream")

    def _make(self, text):
        self._object = self._made(text)
        self._text = text

    def _there(self, text="bytes"):
        """The library's stream; for one that no piece has come to, another such one."""
        return self._made(text) if self._object is None else self._object

    def feed(self, data, *, threads=None):
        """Take the next piece; the stream itself.

        Parameters
        ----------
        data : str or bytes-like
            It may be empty, and begin and end anywhere.
        threads : int, optional
            As in `count_doubles`.

        Raises
        ------
        TypeError
            It is no piece, or the others are not of its kind.
        """
        with threads_if_given(threads):
            self._take(data)
        return self

    def _take(self, data):
        text = "str" if isinstance(data, str) else "bytes"
        if text == "str":
            strict = self._counts_bytes()
            pointer = data.encode("utf-8", "strict" if strict else "surrogatepass")
            length = len(pointer)
        else:
            pointer, length = bytes_of(data, "data", "expected str or bytes-like")
        if self._object is None:
            self._make(text)
        elif self._text is None:
            self._text = text
        elif self._text != text:
            raise TypeError(f"data is {text}, and the stream is of {self._text}")
        invoke(length, None, lib.wdl_text_feed, self._object.id, pointer, length)

    def _counts_bytes(self):
        """Whether a str is counted in bytes, which it cannot be where it has lone surrogates."""
        if self._family is not None:
            return self._family.strings == "bytes"
        return self.operation in _UNITS and self._object.get("unit") == "byte"

    def result(self):
        """What the function gives for the text so far, as if it ended here.

        Returns
        -------
        int, Wc, LineCounts, Validation, WordCounts or ndarray
            Positions are in bytes.

        Raises
        ------
        WindlassValueError
            The text is no valid UTF-8: `position` is (byte,).
        """
        stream = self._there()
        if self.operation == "word_counts":
            table = ffi.new(_OBJECT)
            invoke(0, None, lib.wdl_text_stream_word_counts, stream.id, table)
            return table_of(table, self._text or "bytes")
        outputs = _OUTPUTS.get(self.operation, 1) if self._outputs is None else self._outputs
        out = ffi.new(f"int64_t[{max(outputs, 1)}]")
        invoke(0, None, lib.wdl_text_result, stream.id, outputs, out)
        results = ffi.unpack(out, outputs)
        if self.operation == "count_many":
            return np.array(results, np.int64)
        if self.operation == "wc":
            return Wc(*results)
        if self.operation == "count_lines":
            return LineCounts(*results)
        if self.operation == "validate_utf8":
            return Validation(results[0] < 0, results[0])
        return results[0]

    def merge(self, following):
        """Take in a stream that was fed what follows, which stays as it was; this one itself.

        Raises
        ------
        WindlassValueError
            It has another operation or other settings, or is this stream.
        TypeError
            It is no stream, or of the other kind of text.
        """
        if not isinstance(following, Stream):
            raise TypeError(f"following is of type {type(following).__name__}, expected a Stream")
        kinds = {self._text, following._text} - {None}
        if len(kinds) > 1:
            raise TypeError(f"following is of {following._text}, and the stream of {self._text}")
        kind = kinds.pop() if kinds else None
        first = self._there(kind or "bytes")
        second = first if following is self else following._there(kind or "bytes")
        invoke(0, None, lib.wdl_text_merge, first.id, second.id)
        if following._object is not None:
            self._object, self._text = first, kind
        return self

    def save(self):
        """The stream as bytes, for `load` on any machine, and for wdl_load."""
        return self._there().save()

    @classmethod
    def load(cls, data):
        """The stream that `save` made these bytes of.

        Raises
        ------
        WindlassValueError
            They are damaged, of a newer version, or no stream's.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data is of type {type(data).__name__}, expected bytes-like")
        loaded = Object.load(bytes(data))
        if loaded.kind != "text_stream":
            raise ValueError(f"data is a saved {loaded.kind}, expected a text_stream")
        made = cls.__new__(cls)
        made._object = loaded
        made._family = None
        made._invalid = None
        made._settings = {}
        made.operation = loaded.get("operation")
        made._text = "str" if loaded.get("invalid") == "trusted" else "bytes"
        if made.operation in _UNITS and loaded.get("unit") == "byte":
            made._text = None  # of either kind, which the next piece says
        made._outputs = None
        if made.operation == "count_many":
            made._outputs = len(loaded.get("needle_offsets")) - 1
        return made

    def __reduce__(self):
        if self._object is None:
            return _unfed, (self.operation, self._invalid, self._settings)
        return _fed, (self.save(), self._text)

    def __repr__(self):
        return f"<Stream of {self.operation}>"


def _fed(saved, text):
    made = Stream.load(saved)
    made._text = text
    return made


def _unfed(operation, invalid, settings):
    return Stream(operation, invalid=invalid, **settings)
