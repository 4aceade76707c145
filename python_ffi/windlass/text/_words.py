"""How often each word occurs: `word_counts` and the table it gives."""

import collections.abc
import itertools

import numpy as np

from .._errors import WindlassAttributeError, WindlassValueError
from .._load import ffi, lib
from .._object import Object
from . import _operation
from ._evaluate import File, limits, source_of
from ._indexes import spans_anywhere
from ._inputs import Many, One, normalise
from ._parts import Joined, invoke
from ._split import sliceable

_ROWS = 1 << 14  # rows that are joined at a time
_AT_ONCE = 256 << 20  # bytes of rows up to which all are joined: a stream takes longer
_MOST = 1 << 53  # what the property "top" takes
_OBJECT = ffi.typeof("wdl_object *")


class WordCounts(collections.abc.Mapping):
    """The words of a text and how often each occurs, the most frequent first.

    Words that occur as often as each other are in the order in which they appear. A mapping from
    word to count, as collections.Counter is, but that words that do not occur are a KeyError.

    Attributes
    ----------
    offsets, lengths, counts : ndarray of int64
        (words,): where each word is first, its length, in characters of a str and bytes of bytes,
        and its count.
    arena : bytes or None
        What `offsets` and `lengths` are of, in bytes, where they are not of `data`: the UTF-8 of
        the words of files, streams and lowered texts; many texts joined by line feeds.
    total : int
        Words in the text.
    distinct : int
        Different ones, also where only the `top` are listed.
    """

    def __init__(self, table, text, source=None):
        self.counts = table.get("counts")
        self.total = table.get("total")
        self.distinct = table.get("distinct")
        offsets, lengths = table.get("offsets"), table.get("lengths")
        self._is_str = text == "str"
        self._words = self._index = None
        try:
            self.arena = self._source = table.get("keys").tobytes()
        except WindlassAttributeError:
            self.arena = source if isinstance(source, bytes) else None
            self._source = source
            if isinstance(source, One):
                self._source = sliceable(source)
                if text == "str":
                    offsets, lengths = spans_anywhere(source, offsets, lengths)
                elif not isinstance(self._source, bytes):  # which may change, or be closed
                    self._words = self._cut(self._source, offsets, lengths)
                    self._source = None
        self.offsets, self.lengths = offsets, lengths

    @staticmethod
    def _cut(source, offsets, lengths):
        ends = offsets + lengths
        return [source[a:b] for a, b in zip(offsets.tolist(), ends.tolist(), strict=True)]

    def _all(self):
        """The words, cut out on first use."""
        if self._words is None:
            words = self._cut(self._source or b"", self.offsets, self.lengths)
            if self._is_str and self.arena is not None:
                words = [word.decode("utf-8", "surrogatepass") for word in words]
            self._words = words
        return self._words

    def _word(self, i):
        if self._words is not None:
            return self._words[i]
        begin = int(self.offsets[i])
        word = self._source[begin : begin + int(self.lengths[i])]
        if self._is_str and self.arena is not None:
            return word.decode("utf-8", "surrogatepass")
        return word

    def __len__(self):
        return len(self.counts)

    def __iter__(self):
        return iter(self._all())

    def __getitem__(self, word):
        if self._index is None:
            self._index = {word: i for i, word in enumerate(self._all())}
        return int(self.counts[self._index[word]])

    def items(self):
        """The words and their counts, in order."""
        return _Items(self)

    def values(self):
        """The counts, in order."""
        return self.counts.tolist()

    def most_common(self, n=None):
        """The `n` most frequent words, all for None, as a list of (word, count)."""
        if n is not None and not hasattr(n, "__index__"):
            raise TypeError(f"n is of type {type(n).__name__}, expected an int or None")
        shown = len(self) if n is None else max(min(n.__index__(), len(self)), 0)
        return [(self._word(i), count) for i, count in enumerate(self.counts[:shown].tolist())]

    def to_arrow(self):
        """A pyarrow.Table with the columns word (large_string, of bytes large_binary) and count."""
        try:
            import pyarrow
        except ImportError:
            raise ImportError("to_arrow needs pyarrow: pip install pyarrow") from None
        kind = pyarrow.large_string() if self._is_str else pyarrow.large_binary()
        words = pyarrow.array(self._all(), kind)
        return pyarrow.table({"word": words, "count": pyarrow.array(self.counts)})

    def to_pandas(self):
        """A pandas.Series "count" of the counts, with the words as its index."""
        try:
            import pandas
        except ImportError:
            raise ImportError("to_pandas needs pandas: pip install pandas") from None
        index = pandas.Index(self._all(), name="word")
        return pandas.Series(self.counts.copy(), index=index, name="count")

    def __repr__(self):
        shown = ", ".join(f"{word!r}: {count}" for word, count in self.most_common(5))
        more = ", ..." if len(self) > 5 else ""
        return f"<WordCounts of {self.total} words, {self.distinct} distinct: {{{shown}{more}}}>"


class _Items(collections.abc.ItemsView):
    """Pairs in order, without a look-up for each."""

    def __iter__(self):
        return zip(self._mapping._all(), self._mapping.counts.tolist(), strict=True)


def word_counts(
    data=None,
    *,
    lower=False,
    top=None,
    whitespace="unicode",
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Count how often each word occurs. A word is a run of characters that are not whitespace.

    Parameters
    ----------
    data : str, bytes-like, list or tuple, ndarray, pandas Series, or Arrow column
        As in `count_doubles`. Many texts are one corpus, in which no word goes from one text to the
        next; they are all str or all bytes, and what is None or null is left out.
    lower : bool
        ASCII letters are made small.
    top : int, optional
        Only the so many most frequent words.
    whitespace, invalid
        As in `wc`.
    threads, path, progress
        As in `count_doubles`.

    Returns
    -------
    WordCounts
        A mapping from word to count, the most frequent first. Words are str of str and of columns
        of strings, bytes of bytes and files.

    Raises
    ------
    WindlassValueError, TypeError, ValueError, OSError
        As `count_doubles`.

    Notes
    -----
    The table points into `data`, which it keeps; words are cut out when they are asked for, at
    some 100 ns each, and at once where bytes may change (bytearray, mmap). A str that is not ASCII
    is encoded first, at some 1 to 3 ns a character, and offsets are turned into characters. Many
    texts are joined, some MB at a time.

    Examples
    --------
    >>> word_counts("to be or not to be").most_common(2)
    [('to', 2), ('be', 2)]
    >>> word_counts(b"a b a")[b"a"]
    2
    """
    family = _operation.whitespace("word_counts", whitespace, lower, _most(top))
    family.coding(invalid)
    out = ffi.new(_OBJECT)
    with limits(threads, progress) as report:
        listed = _joined_list(data) if path is None else None
        if listed is not None:
            return _of_joined(*listed, data, family, invalid, report)
        source = source_of(family, data, path)
        if isinstance(source, File):
            operation = family.of(family.coding(invalid))
            arguments = (operation.id, source.name, out)
            invoke(source.size, report, lib.wdl_text_word_counts_file, *arguments)
            return table_of(out, "bytes")
        if not isinstance(source, One):
            return _of_many(source, family, invalid, report)
        operation = source.operation(family, invalid)
        arguments = (operation.id, source.data, source.length, out)
        invoke(source.size, report, lib.wdl_text_word_counts, *arguments)
        return table_of(out, source.text, source)


def _joined_list(data):
    """A list of nothing but str, or but bytes, joined by line feeds; None for all else."""
    kinds = set(map(type, data)) if isinstance(data, (list, tuple)) else ()
    if kinds == {str}:
        return "\n".join(data).encode("utf-8", "surrogatepass"), "str"
    if kinds == {bytes}:
        return b"\n".join(data), "bytes"
    return None


def _of_joined(joined, text, data, family, invalid, report):
    """The words of rows that have been joined by line feeds; `data` is the rows."""
    operation = family.of(_operation.TRUSTED if text == "str" else family.coding(invalid))
    out = ffi.new(_OBJECT)
    try:
        arguments = (operation.id, joined, len(joined), out)
        invoke(len(joined), report, lib.wdl_text_word_counts, *arguments)
    except WindlassValueError as error:
        raise _located(error, data) from None
    return table_of(out, text, joined)


def _most(top):
    if top is None:
        return 0
    try:
        most = top.__index__()
    except AttributeError:
        raise TypeError(f"top is a {type(top).__name__}, expected an int or None") from None
    if most < 1:
        raise ValueError(f"top is {most}, expected 1 or more, or None")
    if most > _MOST:
        raise ValueError(f"top is {most}, expected at most 2**53, or None")
    return most


def table_of(out, text, source=None):
    """The table of the library that a cell holds the id of; `source` is what it points into."""
    table = Object._owner(out[0], "word_counts")
    made = WordCounts(table, text, source)
    table.release()
    return made


def _of_many(many, family, invalid, report):
    """Rows as one corpus: they are joined by line feeds; many of them by and by, to a stream."""
    kinds = {part.text for part, _ in many.parts} or {"str"}
    if len(kinds) > 1:
        raise TypeError("data holds str and bytes, expected one of them")
    text = kinds.pop()
    if many.size <= _AT_ONCE:
        return _of_joined(b"".join(_blocks(many)), text, many, family, invalid, report)
    operation = family.of(_operation.TRUSTED if text == "str" else family.coding(invalid))
    out = ffi.new(_OBJECT)
    invoke(0, None, lib.wdl_text_stream_create, operation.id, out)
    stream = Object._owner(out[0], "text_stream")
    whole, before = many.size + sum(part.rows for part, _ in many.parts), 0
    for block in _blocks(many):
        data, size = ffi.from_buffer(block), len(block)
        told = report and report.part(before, size, whole)
        invoke(size, told, lib.wdl_text_feed, stream.id, data, size)
        before += size
    try:
        invoke(0, None, lib.wdl_text_stream_word_counts, stream.id, out)
    except WindlassValueError as error:
        raise _located(error, many) from None
    return table_of(out, text)


def _located(error, data):
    """An error about ill-formed text with the row it is in."""
    family = _operation.plain_family("validate_utf8")
    many = data if isinstance(data, Many) else normalise(data, family)
    found = many.run(family, "strict")[:, 0]
    bad = np.flatnonzero((found >= 0) if many.nulls is None else (found >= 0) & ~many.nulls)
    if bad.size:
        row = int(bad[0])
        error.position = (row, int(found[row]))
        error.args = (f"text {row} is not valid UTF-8 at byte {error.position[1]}",)
    return error


def _blocks(many):
    """The rows with a line feed behind each, some thousands at a time."""
    if len(many.parts) == 1 and type(many.parts[0][0]) is Joined:
        yield from _joined_blocks(many.parts[0][0])  # rows that are null are empty there
        return
    texts = iter(many.texts())
    while batch := list(itertools.islice(texts, _ROWS)):
        batch.append(b"")
        yield b"\n".join(batch)


def _joined_blocks(part):
    """The same of rows that lie one after the other, by a copy with gaps."""
    end = int(part.offsets[-1])
    if not end:
        return
    data = np.frombuffer(part.memory(), np.uint8)
    for first in range(0, part.rows, _ROWS):
        offsets = part.offsets[first : first + _ROWS + 1].astype(np.int64)
        rows = len(offsets) - 1
        if (np.diff(offsets) < 0).any() or offsets[0] < 0 or offsets[-1] > len(data):
            raise ValueError("data: the offsets of rows run backwards")
        block = np.full(int(offsets[-1] - offsets[0]) + rows, ord("\n"), np.uint8)
        kept = np.ones(len(block), bool)
        kept[offsets[1:] - offsets[0] + np.arange(rows)] = False
        block[kept] = data[offsets[0] : offsets[-1]]
        yield block
