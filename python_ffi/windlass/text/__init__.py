"""Kernels over text: bytes, UTF-8 characters and wider units, on every core.

Each function takes one text, many in one call, or a file by its `path`:

count_doubles, count_runs
    characters that repeat
count, find, rfind, find_all, count_lines, count_many
    needles
wc, validate_utf8
    bytes, characters, lines and words; what is no valid UTF-8
word_counts, split
    words
Stream
    the same for texts that come in pieces
"""

from ._counts import (
    Validation,
    Wc,
    count,
    count_doubles,
    count_many,
    count_runs,
    find,
    rfind,
    validate_utf8,
    wc,
)
from ._lines import LineCounts, count_lines, find_all
from ._split import Split, split
from ._stream import Stream
from ._words import WordCounts, word_counts

__all__ = [
    "LineCounts",
    "Split",
    "Stream",
    "Validation",
    "Wc",
    "WordCounts",
    "count",
    "count_doubles",
    "count_lines",
    "count_many",
    "count_runs",
    "find",
    "find_all",
    "rfind",
    "split",
    "validate_utf8",
    "wc",
    "word_counts",
]
