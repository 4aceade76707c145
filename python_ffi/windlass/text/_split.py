"""The pieces of one text, as offsets into it."""

import collections.abc

from .._load import ffi, lib
from . import _operation
from ._evaluate import filled, limits, one_source
from ._indexes import spans


class Split(collections.abc.Sequence):
    """The pieces of a text: a sequence of str or bytes that cuts each out when it is asked for.

    Attributes
    ----------
    offsets, lengths : ndarray of int64
        (pieces,): where each begins and how long it is, in characters of a str, in bytes of bytes.
    """

    def __init__(self, text, offsets, lengths):
        self._text = text
        self.offsets = offsets
        self.lengths = lengths

    def __len__(self):
        return len(self.offsets)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Split(self._text, self.offsets[index], self.lengths[index])
        begin = int(self.offsets[index])
        return self._text[begin : begin + int(self.lengths[index])]

    def __iter__(self):
        text = self._text
        ends = self.offsets + self.lengths
        return (text[a:b] for a, b in zip(self.offsets.tolist(), ends.tolist(), strict=True))

    def __eq__(self, other):
        if not isinstance(other, (Split, list, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None

    def __reduce__(self):
        text = self._text[:] if isinstance(self._text, Slices) else self._text
        return Split, (text, self.offsets, self.lengths)

    def __repr__(self):
        shown = ", ".join(map(repr, self[:5])) + (", ..." if len(self) > 5 else "")
        return f"<Split of {len(self)} pieces: [{shown}]>"


def sliceable(one):
    """A text that slices of are str or bytes: the caller's own where it is one."""
    source = one.source
    if isinstance(source, (str, bytes)):
        return source
    return Slices(one.data, one.length)


class Slices:
    """Memory whose slices are bytes."""

    def __init__(self, data, length):
        self._memory = ffi.buffer(data, length)
        self._keep = data

    def __getitem__(self, part):
        return self._memory[part]


def split(
    data=None,
    sep=None,
    *,
    whitespace="unicode",
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Split one text at whitespace or at a separator, without copying it.

    Parameters
    ----------
    data, threads, progress
        As in `count_doubles`, but one text only.
    sep : str or bytes-like, optional
        Pieces are what is between its hits, and may be empty, as str.split has them. None: pieces
        are words, runs of characters that are not whitespace, and never empty.
    whitespace : {"unicode", "ascii", "python"}
        As in `wc`.
    invalid : {"strict", "lossy", "bytes"}, optional
        As in `count_doubles`; None is "strict" without `sep` and "bytes" with it.
    path : str or path-like, optional
        A file instead of `data`, which is read into memory.

    Returns
    -------
    Split
        A sequence of the pieces, with arrays `offsets` and `lengths`. It keeps `data`, which must
        not change while pieces are asked for.

    Raises
    ------
    ValueError
        `sep` is empty.
    WindlassValueError, TypeError, OSError
        As `count`.

    Examples
    --------
    >>> list(split("to be\\nor"))
    ['to', 'be', 'or']
    >>> split(b"a,b,,c", b",").offsets
    array([0, 2, 4, 5])
    """
    if sep is None:
        family = _operation.whitespace("split", whitespace)
    else:
        sep = _operation.plain(sep, "sep")
        if not sep:
            raise ValueError("sep is empty")
        family = _operation.needle("split", sep, None)
    family.coding(invalid)
    one = one_source(family, data, path, "split")
    operation = one.operation(family, invalid)
    with limits(threads, progress) as report:
        places = filled(lib.wdl_text_split, operation, one, report, 0, 0)
        return Split(sliceable(one), *spans(one, *places))
