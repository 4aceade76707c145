"""From byte offsets in the UTF-8 of a str to the indexes of its characters."""

import numpy as np

from .. import _array
from .._load import lib
from ._parts import CHARS, counter, invoke

_BLOCK = 1 << 16  # positions at a time: the memory that the counts between them take


def characters(one, positions):
    """How many characters of a text lie before each of some byte offsets, which never fall."""
    if one.ascii or not len(positions):
        return positions
    operation = counter()
    found = np.empty(len(positions), np.int64)
    begin = before = 0
    for first in range(0, len(positions), _BLOCK):
        block = positions[first : first + _BLOCK]
        offsets = np.empty(len(block) + 1, np.int64)
        offsets[0], offsets[1:] = begin, block
        counts = np.empty((len(block), operation.outputs), np.int64)
        arguments = (one.data, one.length, _array.borrow(offsets), _array.borrow(counts))
        size = int(offsets[-1]) - begin
        invoke(size, None, lib.wdl_text_run_many, operation.id, *arguments)
        ends = before + np.cumsum(counts[:, CHARS])
        found[first : first + len(block)] = ends
        begin, before = int(block[-1]), int(ends[-1])
    return found


def spans(one, starts, lengths):
    """Starts and lengths in characters of pieces that follow one another."""
    if one.ascii or not len(starts):
        return starts, lengths
    both = np.empty(2 * len(starts), np.int64)
    both[::2], both[1::2] = starts, starts + lengths
    both = characters(one, both)
    return both[::2].copy(), both[1::2] - both[::2]


def spans_anywhere(one, starts, lengths):
    """The same of pieces in any order."""
    if one.ascii or not len(starts):
        return starts, lengths
    order = np.argsort(starts, kind="stable")
    found = spans(one, starts[order], lengths[order])
    made = tuple(np.empty_like(starts) for _ in found)
    for target, values in zip(made, found, strict=True):
        target[order] = values
    return made
