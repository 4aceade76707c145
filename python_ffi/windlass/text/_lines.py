"""Where needles are in one text, and in which of its lines."""

import typing

import numpy as np

from .. import _array
from .._as_array import as_array
from .._errors import WindlassValueError, plainly
from .._load import lib
from . import _operation
from ._evaluate import columns, filled, limits, look, numbers, one_source
from ._indexes import characters


def find_all(
    data=None,
    needle=None,
    *,
    overlapping=False,
    ignore_case=False,
    whole_words=None,
    out=None,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Where all hits of a needle are, in rising order.

    Parameters
    ----------
    data, needle, overlapping, ignore_case, whole_words, invalid, threads, progress
        As in `count`, but one text only.
    out : array of int64, optional
        Where the positions go, contiguous, with as many entries as there are hits or more; what
        `as_array` can write to. The text is then read once; without, once more to count.
    path : str or path-like, optional
        A file instead of `data`, which is read into memory.

    Returns
    -------
    ndarray of int64
        (hits,), with `out` its beginning: indexes of characters in a str, of bytes in bytes.

    Raises
    ------
    WindlassValueError
        `out` is too small: the message says what is needed. As `count_doubles` else.
    TypeError
        More than one text, or as `count`.

    Examples
    --------
    >>> find_all("to be or not to be", "to")
    array([ 0, 13])
    """
    family = _operation.needle("count", needle, overlapping, ignore_case, whole_words)
    family.coding(invalid)
    out = _output(out)
    one = one_source(family, data, path, "find_all")
    operation = one.operation(family, invalid)
    with limits(threads, progress) as report:
        search = (lib.wdl_text_find_all, operation, one, report)
        if out is None:
            (out,) = filled(*search, 0)
        else:
            out = out[: _put(search, out)]
        if one.ascii:
            return out
        out[...] = characters(one, out)
        return out


def _put(search, out):
    """Let the library write positions to `out`: how many."""
    try:
        return look(*search, [_array.borrow(out, "out")])
    except WindlassValueError as error:
        said = str(plainly(error))
        error.args = (said.replace("positions ", "out ", 1),)
        raise


def _output(out):
    """`out` as the ndarray that is written to."""
    if out is None:
        return None
    array = as_array(out, np.int64, writeable=True, name="out")
    if array.ndim != 1 or not array.flags.c_contiguous:
        raise ValueError(
            f"out has shape {array.shape} and strides {array.strides}, "
            "expected 1 dimension, contiguous"
        )
    return array


class LineCounts(typing.NamedTuple):
    """What `count_lines` counts: int of one text, arrays of many."""

    lines: typing.Any  # that hold the needle
    total: typing.Any  # hits in all of them
    counts: typing.Any = None  # with per_line: hits of each line
    offsets: typing.Any = None  # with per_line: where each line begins, and the end


def count_lines(
    data=None,
    needle=None,
    *,
    per_line=False,
    overlapping=False,
    ignore_case=False,
    whole_words=None,
    invalid=None,
    threads=None,
    path=None,
    progress=None,
):
    """Count the lines that hold a needle, and all hits, in one pass.

    Parameters
    ----------
    data, needle, overlapping, ignore_case, whole_words, invalid, threads, path, progress
        As in `count`; needle may not hold a line feed. Lines end at line feeds only; a carriage
        return is text.
    per_line : bool
        The hits of every line, too: of one text only, and a file is read into memory for it.

    Returns
    -------
    LineCounts
        lines that hold the needle, total hits; with `per_line` also counts, (n,), and offsets,
        (n + 1,), where lines begin (indexes of characters in a str) and the end of the text. What
        follows the last line feed is a line unless it is empty.

    Raises
    ------
    WindlassValueError, TypeError, ValueError, OSError
        As `count`; a needle that holds a line feed.

    Examples
    --------
    >>> count_lines("to be\\nor\\nto to", "to")
    LineCounts(lines=2, total=3, counts=None, offsets=None)
    >>> count_lines("to be\\nor\\nto to", "to", per_line=True).counts
    array([1, 0, 2])
    """
    family = _operation.needle("count_lines", needle, overlapping, ignore_case, whole_words)
    if not per_line:
        return LineCounts(*columns(*numbers(family, data, invalid, threads, path, progress)))
    family.coding(invalid)
    one = one_source(family, data, path, "count_lines with per_line")
    operation = one.operation(family, invalid)
    with limits(threads, progress) as report:
        counts, offsets = filled(lib.wdl_text_line_counts, operation, one, report, 0, 1)
        offsets = characters(one, offsets)
    return LineCounts(int(np.count_nonzero(counts)), int(counts.sum()), counts, offsets)
