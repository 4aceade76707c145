"""Columns of strings through the Arrow C data and stream interfaces, see `.._arrow`."""

import numpy as np

from .. import _arrow
from .._load import ffi
from ._operation import TRUSTED
from ._parts import Joined, Pieces, Taken, used

_VOID = ffi.typeof("void *")

# By format: what the texts are, and the dtype of offsets; None: views.
_FORMATS = {
    "u": ("str", np.int32),
    "U": ("str", np.int64),
    "vu": ("str", None),
    "z": ("bytes", np.int32),
    "Z": ("bytes", np.int64),
    "vz": ("bytes", None),
}
_INLINE = 12  # bytes that a view holds itself


class Chunk:
    """A part and which of its rows are null (bool, or None where none is)."""

    def __init__(self, part, nulls):
        self.part = part
        part.claimed = True
        self.nulls = nulls


def chunks(data):
    """The chunks of a column.

    Raises
    ------
    TypeError
        It holds something else than strings or binary.
    ValueError
        Its offsets or views do not fit.
    """
    schema, found = _arrow.arrays(data)
    return [_read(schema, array, keep) for array, keep in found]


def _read(schema, array, keep):
    """An array as a chunk that keeps its memory alive."""
    form = _arrow.form(schema)
    rows = array.length
    nulls = _arrow.nulls(array, array.offset, rows)
    if schema.dictionary:
        return _of_dictionary(schema, array, keep, nulls)
    if form == "n":
        empty = Joined(b"", 0, np.zeros(rows + 1, np.int64), "str", TRUSTED, keep)
        return Chunk(empty, np.ones(rows, bool))
    if form.startswith("w:"):
        width = int(form[2:])
        offsets = np.arange(array.offset, array.offset + rows + 1, dtype=np.int64) * width
        return _of_offsets(array.buffers[1], offsets, "bytes", keep, nulls)
    try:
        text, size = _FORMATS[form]
    except KeyError:
        raise TypeError(
            f"data is an Arrow column of format {form!r}, expected strings or binary"
        ) from None
    if size is None:
        return _of_views(array, rows, text, keep, nulls)
    offsets = _arrow.items(array.buffers[1], size, array.offset, rows + 1 if rows else 0)
    if not rows:
        offsets = np.zeros(1, size)
    return _of_offsets(array.buffers[2], offsets, text, keep, nulls)


def _of_offsets(data, offsets, text, keep, nulls):
    coding = TRUSTED if text == "str" else None
    last = int(offsets[-1])
    if nulls is not None:  # what lies behind a null row may be anything, and is not looked at
        hidden = np.flatnonzero(nulls)
        if np.any(offsets[hidden] != offsets[hidden + 1]):
            lengths = np.diff(offsets).astype(np.int64)
            if offsets[0] < 0 or lengths.min() < 0:
                raise ValueError("data: an Arrow column's offsets run backwards")
            lengths[hidden] = 0
            address = int(ffi.cast("uintptr_t", data))
            addresses = offsets[:-1].astype(np.uint64) + np.uint64(address)
            part = Pieces(addresses, lengths, text, (keep, offsets))
            part.coding = coding
            return Chunk(part, nulls)
    pointer = ffi.cast(_VOID, data) if data else b""
    return Chunk(Joined(pointer, last if data else 0, offsets, text, coding, keep), nulls)


def _of_views(array, rows, text, keep, nulls):
    """string_view and binary_view: 16 bytes a row, with the text itself where it is short."""
    views = _arrow.items(array.buffers[1], np.int32, 4 * array.offset, 4 * rows).reshape(rows, 4)
    lengths = views[:, 0].astype(np.int64)
    if nulls is not None:
        lengths[nulls] = 0
    if rows and lengths.min() < 0:
        raise ValueError("data: an Arrow view has a negative length")
    base = int(ffi.cast("uintptr_t", array.buffers[1])) + 16 * array.offset + 4 if rows else 0
    addresses = np.arange(base, base + 16 * rows, 16, dtype=np.uint64)
    near = lengths <= _INLINE
    if not near.all():
        far = _far_addresses(array, views, lengths, near)
        addresses = np.where(near, addresses, far)
    part = Pieces(addresses, lengths, text, keep)
    part.coding = TRUSTED if text == "str" else None
    return Chunk(part, nulls)


def _far_addresses(array, views, lengths, near):
    """Where texts lie that are not in their view; any address for those that are."""
    buffers = array.n_buffers - 3  # validity, views, and at the end the sizes of the others
    index, begin = np.where(near, 0, views[:, 2]), np.where(near, 0, views[:, 3])
    if buffers < 1 or index.min() < 0 or index.max() >= buffers:
        raise ValueError("data: an Arrow view is of a buffer that is not there")
    sizes = _arrow.items(array.buffers[array.n_buffers - 1], np.int64, 0, buffers)
    starts = [int(ffi.cast("uintptr_t", array.buffers[2 + i])) for i in range(buffers)]
    starts = np.array(starts, np.uint64)
    if buffers == 1:
        limits, starts = sizes[0], starts[0]
    else:
        limits, starts = sizes[index], starts[index]
    if begin.min() < 0 or ((begin + lengths > limits) & ~near).any():
        raise ValueError("data: an Arrow view runs past the end of its buffer")
    return starts + begin.astype(np.uint64)


def _of_dictionary(schema, array, keep, nulls):
    """Each distinct text is looked at once."""
    form = _arrow.form(schema)
    inner = _read(schema.dictionary, array.dictionary, keep)
    stored = _arrow.items(array.buffers[1], _arrow.INTEGERS[form], array.offset, array.length)
    indices = stored.astype(np.intp)
    if nulls is not None:
        indices[nulls] = 0
    given = indices if nulls is None else indices[~nulls]
    if given.size and (given.min() < 0 or given.max() >= inner.part.rows):
        raise ValueError("data: an Arrow column's index is none of its dictionary's")
    if inner.nulls is not None:
        hidden = inner.nulls[indices]
        nulls = hidden if nulls is None else nulls | hidden
    entries, indices, first = used(indices, nulls)
    part = inner.part
    if len(entries) and (len(entries) < part.rows or (np.diff(entries) < 0).any()):
        part = _entries(part, entries)
    return Chunk(Taken(part, indices, first), nulls)


def _entries(part, entries):
    """Some rows of a part."""
    if isinstance(part, Joined):
        begin, end = part.offsets[entries], part.offsets[entries + 1]
        lengths = end.astype(np.int64) - begin
        if begin.min() < 0 or lengths.min() < 0 or end.max() > part.length:
            raise ValueError("data: an Arrow column's offsets run backwards")
    else:
        lengths = part.lengths[entries]
    made = Pieces(part.starts()[entries], lengths, part.text, part)
    made.coding, made.claimed = part.coding, True
    return made
