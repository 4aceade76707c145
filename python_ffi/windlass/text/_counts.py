"""Characters that repeat, needles and where they are: one number a text."""

import sys
import typing

import numpy as np

from .._short_call import quick
from . import _operation
from ._evaluate import columns, doubles, number, numbers, search

_COUNT, _FIND, _RFIND = (
    (_operation.OfNeedle(name, bytes), _operation.OfNeedle(name, str))
    for name in ("count", "find", "rfind")
)
_module = sys.modules[__package__]


def _ids(prepared):
    return tuple(one.ids for one in prepared)


@quick(_module)
def count_doubles(
    data=None,
    *,
    unit="char",
    ignore_case=False,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Count the places where a character is followed by itself: "aaa" has 2.

    Parameters
    ----------
    data : str, bytes-like, ndarray, list or tuple, pandas Series, or Arrow column
        One text: a str, or something bytes-like (bytes, bytearray, mmap, contiguous memoryviews of
        single bytes), which is UTF-8 or just bytes (see `unit`, `invalid`). An array of uint8,
        uint16 or uint32 has one axis, and its items are what is counted, whatever `unit` says.

        Many texts: a list or tuple of str, bytes-like and None; an array of dtype S, U, object or
        StringDType, of any shape, where NULs at the end of an item of S or U are padding, as
        everywhere in NumPy; a Series of strings; whatever has ``__arrow_c_array__`` or
        ``__arrow_c_stream__`` and holds strings or binary, plain, large, views or dictionaries
        of them (pyarrow and polars among others).
    unit : {"char", "byte"}
        "char": Unicode characters, of bytes-like those of its UTF-8. "byte": bytes, of a str
        those of its UTF-8.
    ignore_case : bool
        ASCII letters equal their other case.
    invalid : {"strict", "lossy", "bytes"}, optional
        What bytes that are no valid UTF-8 are. "strict" (as None): an error. "lossy": each maximal
        ill-formed part is one character that equals nothing. "bytes": they are just bytes, and so
        is all the rest. A str, and strings of Arrow, are always valid.
    threads : int, optional
        Threads this call may use; None and 0: as `windlass.threads` says, else the process's.
    path : str or path-like, optional
        A file instead of `data`: mapped where nobody can shorten it meanwhile, else read by
        chunks. Its text is bytes.
    progress : bool or callable, optional
        True: a bar by tqdm. A callable gets a `windlass.Progress` now and then, in bytes of all
        texts; a true result ends the call. What is read more than once counts in equal parts.

    Returns
    -------
    int, ndarray, MaskedArray or Series of int64
        One number for one text. One a text for many: (n,) for lists and columns, its shape for an
        array, a Series of Int64 with its index for a Series. Texts that are None or null have no
        number: masked, <NA> in a Series.

    Raises
    ------
    WindlassValueError
        Bytes are no valid UTF-8: `position` is (byte,) or, of many, (text, byte). Offsets of an
        Arrow column run backwards: nothing is read.
    TypeError, ValueError
        An argument is something else.
    OSError
        `path` cannot be read.
    UnicodeEncodeError
        A str with a lone surrogate is to be counted in bytes. As characters they count like others.

    Notes
    -----
    Nothing is normalised; "é" may be one character or two, as it is written. NUL is a character
    like others. The bytes are read where they are, without the GIL and on all cores above 256 KiB:
    `data` must not change meanwhile. A str is read where CPython keeps its characters, 1, 2 or 4
    bytes each; other Pythons first convert one that is not ASCII, at some 0.5 ns a character (and
    4 bytes of memory). `unit="byte"` encodes such a str, at some 1 to 3 ns a character. Lists of
    short texts are joined first, at some 50 ns a text, and arrays of object and StringDType become
    lists, at some 100 ns a text; arrays of S and U and Arrow columns are read where they lie.

    Examples
    --------
    >>> count_doubles("bookkeeper")
    3
    >>> count_doubles(["ll", b"l", "été"])
    array([1, 0, 0])
    """
    if ignore_case is False and invalid is None and (unit == "char" or unit == "byte"):
        if threads is None and path is None and progress is None:
            found = doubles(data, unit)
            if found is not None:
                return found
    family = _operation.doubles("count_doubles", unit, ignore_case)
    return number(family, data, invalid, threads, path, progress)


def count_runs(
    data=None,
    *,
    unit="char",
    ignore_case=False,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Count the runs of two or more equal characters: "aaa" has 1, "aabb" 2.

    Parameters, results, errors and costs are those of `count_doubles`.

    Examples
    --------
    >>> count_runs("bookkeeper, aaa")
    4
    """
    family = _operation.doubles("count_runs", unit, ignore_case)
    return number(family, data, invalid, threads, path, progress)


@quick(_module, _ids(_COUNT))
def count(
    data=None,
    needle=None,
    *,
    overlapping=False,
    ignore_case=False,
    whole_words=None,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Count where a needle is, as str.count and bytes.count do.

    Parameters
    ----------
    data, threads, path, progress
        As in `count_doubles`.
    needle : str or bytes-like
        A str in texts that are str, bytes in bytes, either in a file. An empty one is before every
        unit and at the end.
    overlapping : bool
        Hits may share characters: "aa" is twice in "aaa", instead of once.
    ignore_case : bool
        ASCII letters equal their other case.
    whole_words : {None, "space", "ascii"}
        Only hits between whitespace of ASCII or the text's ends; or, "ascii", that do not have one
        of A-Z a-z 0-9 _ both just within and just outside an end.
    invalid : {"strict", "lossy", "bytes"}, optional
        As in `count_doubles`, but None is "bytes": they are compared and not looked at otherwise.

    Returns
    -------
    int, ndarray, MaskedArray or Series of int64
        As `count_doubles`.

    Raises
    ------
    TypeError
        `needle` is a str and a text is bytes, or the reverse.
    WindlassValueError, ValueError, OSError
        As `count_doubles`.

    Notes
    -----
    A str of ASCII is read where it lies. Another is encoded to UTF-8 first, at some 1 to 3 ns a
    character and its memory, also in lists; `count_doubles` says what else costs.

    Examples
    --------
    >>> count("to be or not to be", "to")
    2
    >>> count([b"a-a", b""], b"a")
    array([2, 0])
    """
    if overlapping is False and ignore_case is False and whole_words is None and invalid is None:
        if threads is None and path is None and progress is None:
            found = search(_COUNT, data, needle)
            if found is not None:
                return found
    family = _operation.needle("count", needle, overlapping, ignore_case, whole_words)
    return number(family, data, invalid, threads, path, progress)


@quick(_module, _ids(_FIND))
def find(
    data=None,
    needle=None,
    *,
    ignore_case=False,
    whole_words=None,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Where a needle is first, -1 for nowhere, as str.find and bytes.find say.

    Parameters, errors and costs are those of `count`.

    Returns
    -------
    int, ndarray, MaskedArray or Series of int64
        The index of a character in a str (and in rows of them, whoever holds them), of a byte in
        bytes and files. In a str that is not ASCII, the characters before the hit are counted
        for it.

    Examples
    --------
    >>> find("Straße", "ß"), find("Straße".encode(), b"e")
    (4, 6)
    """
    if ignore_case is False and whole_words is None and invalid is None:
        if threads is None and path is None and progress is None:
            found = search(_FIND, data, needle)
            if found is not None:
                return found
    family = _operation.needle("find", needle, None, ignore_case, whole_words)
    return number(family, data, invalid, threads, path, progress)


@quick(_module, _ids(_RFIND))
def rfind(
    data=None,
    needle=None,
    *,
    ignore_case=False,
    whole_words=None,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Where a needle is last, -1 for nowhere, as str.rfind and bytes.rfind say: see `find`.

    Examples
    --------
    >>> rfind("to be or not to be", "be")
    16
    """
    if ignore_case is False and whole_words is None and invalid is None:
        if threads is None and path is None and progress is None:
            found = search(_RFIND, data, needle)
            if found is not None:
                return found
    family = _operation.needle("rfind", needle, None, ignore_case, whole_words)
    return number(family, data, invalid, threads, path, progress)


def count_many(
    data=None,
    needles=None,
    *,
    match="each",
    overlapping=False,
    ignore_case=False,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Count each of many needles in one pass.

    Parameters
    ----------
    data, overlapping, ignore_case, invalid, threads, path, progress
        As in `count`.
    needles : sequence of str or of bytes-like
        All of one kind, that of the texts; none is empty.
    match : {"each", "leftmost_first"}
        "each": every needle on its own, as if the others were not there. "leftmost_first": as a
        regular expression's alternatives are found; no two hits overlap, and of those that begin
        together the first of `needles` counts.

    Returns
    -------
    ndarray of int64
        (needles,) for one text, in their order; (n, needles) for many, masked where texts are
        None or null. Of a Series a DataFrame with one column a needle.

    Raises
    ------
    TypeError
        `needles` mixes str and bytes, or is not what the texts are.
    WindlassValueError, ValueError, OSError
        As `count_doubles`.

    Examples
    --------
    >>> count_many("bookkeeper", ["e", "ke", "x"])
    array([3, 1, 0])
    """
    needles = _operation.listed(needles)
    family = _operation.needles(needles, match, overlapping, ignore_case)
    source, results = numbers(family, data, invalid, threads, path, progress)
    if type(results) is list:
        return np.array(results, np.int64)
    presented = source.present(results)
    if hasattr(presented, "columns"):
        presented.columns = list(needles)
    return presented


class Wc(typing.NamedTuple):
    """What `wc` counts: int of one text, arrays of many."""

    bytes: typing.Any  # of a str, those of its UTF-8
    chars: typing.Any
    lines: typing.Any  # line feeds
    words: typing.Any
    longest_line: typing.Any  # in characters, without its line feed


def wc(
    data=None,
    *,
    whitespace="unicode",
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Count bytes, characters, lines and words, and measure the longest line, in one pass.

    Parameters
    ----------
    data, threads, path, progress
        As in `count_doubles`.
    whitespace : {"unicode", "ascii", "python"}
        What separates words: characters with the property White_Space; the 6 of ASCII, as
        bytes.split has them; those of str.isspace, which adds U+001C to U+001F.
    invalid : {"strict", "lossy", "bytes"}, optional
        As in `count_doubles`; None is "strict". With "bytes" every byte is a character, and
        of `whitespace` only what is ASCII separates.

    Returns
    -------
    Wc
        bytes, chars, lines, words, longest_line: int for one text, arrays for many as
        `count_doubles` gives them. `lines` are line feeds, as the program wc counts them, so text
        after the last is no line, though it may be the longest.

    Raises
    ------
    WindlassValueError, TypeError, ValueError, OSError
        As `count_doubles`.

    Notes
    -----
    A str that is not ASCII is encoded first, at some 1 to 3 ns a character and its memory.

    Examples
    --------
    >>> wc("to be\\nor not")
    Wc(bytes=12, chars=12, lines=1, words=4, longest_line=6)
    """
    family = _operation.whitespace("wc", whitespace)
    return Wc(*columns(*numbers(family, data, invalid, threads, path, progress)))


class Validation(typing.NamedTuple):
    """Whether text is valid UTF-8, which is also what it is as a bool."""

    valid: typing.Any  # bool, or an array of bool
    position: typing.Any  # the first byte that is not valid; -1: none

    def __bool__(self):
        found = np.all(self.valid)
        return found is np.ma.masked or bool(found)  # masked: all texts are null


def validate_utf8(data=None, *, threads=None, path=None, progress=None):
    """Whether bytes are valid UTF-8, and if not, where.

    Parameters
    ----------
    data, threads, path, progress
        As in `count_doubles`.

    Returns
    -------
    Validation
        valid, and position: of the first byte that no valid text could have there, as
        UnicodeDecodeError.start; -1 when there is none. Arrays for many texts. True as a bool when
        all are valid. A str is valid unless it has a lone surrogate, whose index `position` is
        then. Strings of Arrow are looked at as bytes are.

    Raises
    ------
    TypeError, ValueError, OSError
        As `count_doubles`.

    Examples
    --------
    >>> validate_utf8(b"caf\\xe9")
    Validation(valid=False, position=3)
    """
    if isinstance(data, str) and path is None:
        try:
            data.encode()
        except UnicodeEncodeError as error:
            return Validation(False, error.start)
        return Validation(True, -1)
    family = _operation.plain_family("validate_utf8")
    source, results = numbers(family, data, None, threads, path, progress)
    if type(results) is list:
        return Validation(results[0] < 0, results[0])
    position = source.present(results[:, 0])
    return Validation(position < 0, position)
