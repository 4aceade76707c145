"""Rows of texts as they lie in memory, each kind with the library's call for it.

A part has `rows`, what its texts are (`text`: "str" or "bytes"), their `coding` (None: as the
caller's `invalid` says of bytes), `ascii` (positions in bytes are positions in characters) and
`size`, the bytes to read. Parts keep alive what they point to.
"""

import ctypes
import itertools

import numpy as np

from .. import _array, _long_call
from .._context import call
from .._errors import WindlassValueError
from .._load import ffi, lib
from ._operation import STRICT, TRUSTED, whitespace

# Bytes from which a call may be felt: below, even at 1 GB/s, it ends before Ctrl-C needs to end it.
LONG = 16 << 20

CHARS = 1  # the place of the characters among the results of wc


def invoke(size, progress, function, *arguments):
    """Call a function of the library that reads so many bytes."""
    if progress is not None:
        _long_call.run(function, *arguments, progress=progress, interval=progress.interval)
    elif size >= LONG:
        _long_call.run(function, *arguments)
    else:
        call(function, *arguments)


def counter():
    """The operation that counts the characters of UTF-8."""
    return whitespace("wc").of(TRUSTED)


class Part:
    """What the kinds have in common."""

    coding = None
    ascii = False
    claimed = False  # to be valid UTF-8, by others; strings of Python's own cannot be otherwise

    def run(self, family, invalid, progress=None):
        """The results: int64 of (rows, outputs)."""
        validates = family.name == "validate_utf8" and self.text == "str"
        operation = family.for_texts(STRICT if validates else self.coding, invalid)
        out = np.empty((self.rows, operation.outputs), np.int64)
        if validates and self.ascii:
            out[...] = -1
        elif self.rows:
            self.call(operation, out, progress)
            positions = family.positions or (validates and not self.claimed)
            if positions and self.text == "str" and not self.ascii:
                self.in_characters(out[:, 0])
        return out

    def in_characters(self, positions):
        """Turn byte offsets within each row, in place, into numbers of characters."""
        found = np.flatnonzero(positions > 0)
        if found.size:
            before = Pieces(self.starts()[found], positions[found], "str", self)
            before.coding = TRUSTED
            out = np.empty((found.size, counter().outputs), np.int64)
            before.call(counter(), out, None)
            positions[found] = out[:, CHARS]


class Joined(Part):
    """Texts one after the other: text i is [offsets[i], offsets[i + 1]) of `data`, in units."""

    def __init__(self, data, length, offsets, text, coding=None, keep=None, unit=1):
        self.data, self.length, self.offsets, self.text = data, length, offsets, text
        self.coding, self.keep = coding, keep
        self.rows = len(offsets) - 1
        self.size = int(offsets[-1] - offsets[0]) * unit

    def call(self, operation, out, progress):
        where, into = _array.borrow(self.offsets), _array.borrow(out)
        function = lib.wdl_text_run_many
        invoke(self.size, progress, function, operation.id, self.data, self.length, where, into)

    def starts(self):
        base = ffi.from_buffer(self.data) if isinstance(self.data, bytes) else self.data
        address = int(ffi.cast("uintptr_t", base))
        return self.offsets[:-1].astype(np.uint64) + np.uint64(address)

    def memory(self):
        """The bytes up to the end of the last text, of parts in bytes only."""
        if isinstance(self.data, bytes):
            return self.data
        return ffi.buffer(ffi.cast("char *", self.data), int(self.offsets[-1]))

    def texts(self):
        """Each text as bytes; of parts in bytes only."""
        if self.rows:
            memory, borders = self.memory(), self.offsets.tolist()
            yield from (memory[a:b] for a, b in itertools.pairwise(borders))


class Pieces(Part):
    """Texts anywhere, by address and length in bytes."""

    def __init__(self, addresses, lengths, text, keep):
        self.addresses, self.lengths, self.text, self.keep = addresses, lengths, text, keep
        self.rows = len(lengths)
        self.size = int(lengths.sum())

    def call(self, operation, out, progress):
        where, lengths = _array.borrow(self.addresses), _array.borrow(self.lengths)
        function = lib.wdl_text_run_pieces
        invoke(self.size, progress, function, operation.id, where, lengths, _array.borrow(out))

    def starts(self):
        return self.addresses

    def texts(self):
        return map(ctypes.string_at, self.addresses.tolist(), self.lengths.tolist())


class FixedRows(Part):
    """Items of fixed width as NumPy keeps them: `items` has one axis, of S or U."""

    def __init__(self, items, text, coding=None):
        self.items, self.text, self.coding = items, text, coding
        self.rows = len(items)
        self.size = items.nbytes
        self.unit = 4 if items.dtype.kind == "U" else 1
        self.width = items.itemsize // self.unit

    def call(self, operation, out, progress):
        number = lib.WDL_U32 if self.unit == 4 else lib.WDL_U8
        shape, strides = (self.rows, self.width), (self.items.strides[0], self.unit)
        rows = _array.view(self.items, number, shape, strides)
        function = lib.wdl_text_run_rows
        invoke(self.size, progress, function, operation.id, rows, _array.borrow(out))

    def starts(self):
        first, stride = self.items.ctypes.data, self.items.strides[0]
        return (first + stride * np.arange(self.rows)).astype(np.uint64)

    def texts(self):
        return iter(self.items.tolist())


def used(indices, nulls=None):
    """The entries of a dictionary that rows use, in the order of their first use.

    Returns
    -------
    entries, indices, first : ndarray
        The entries, every row's place among them (0 where it is null), and the first row of each.
    """
    rows = np.arange(len(indices)) if nulls is None else np.flatnonzero(~nulls)
    given = indices if nulls is None else indices[rows]
    unused = len(indices)
    first = np.full(given.max() + 1 if given.size else 0, unused, np.intp)
    np.minimum.at(first, given, rows)
    entries = np.flatnonzero(first < unused)
    entries = entries[np.argsort(first[entries])]
    ranks = np.zeros(len(first), np.intp)
    ranks[entries] = np.arange(len(entries))
    found = np.zeros(len(indices), np.intp)
    found[rows] = ranks[given]
    return entries, found, first[entries]


class Taken(Part):
    """Rows that are taken out of other rows: indices into a dictionary's, all of which are used.

    `first` is the row where each of them is first.
    """

    def __init__(self, inner, indices, first):
        self.inner, self.indices, self.first = inner, indices, first
        self.rows = len(indices)
        self.text = inner.text
        self.size = inner.size // max(inner.rows, 1) * self.rows

    def run(self, family, invalid, progress=None):
        try:
            distinct = self.inner.run(family, invalid, progress)
        except WindlassValueError as error:
            if len(error.position) == 2:
                row, byte = int(self.first[error.position[0]]), error.position[1]
                error.position = (row, byte)
                error.args = (f"text {row} is not valid UTF-8 at byte {byte}",)
            raise
        if len(distinct):
            return distinct[self.indices]
        return np.zeros((self.rows, distinct.shape[1]), np.int64)

    def texts(self):
        words = list(self.inner.texts())
        return (words[i] if words else b"" for i in self.indices.tolist())
