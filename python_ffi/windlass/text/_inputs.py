"""Whatever the caller has as one text or as rows of texts: `normalise`."""

import numpy as np

from .. import _array, _strings
from .._arrow import offered
from .._errors import WindlassValueError
from .._load import ffi, lib
from .._pandas import arrow, is_index, is_series
from . import _arrow, _pandas
from ._operation import BYTE, TRUSTED, U16, U32
from ._parts import CHARS, FixedRows, Joined, Pieces, Taken, counter, invoke, used

_CODING_OF_UNIT = {lib.WDL_TEXT_BYTE: BYTE, lib.WDL_TEXT_U16: U16, lib.WDL_TEXT_U32: U32}
_CODING_OF_SIZE = {1: BYTE, 2: U16, 4: U32}
_SIZE = {BYTE: 1, U16: 2, U32: 4, TRUSTED: 1}

_FILL = {"S": b"", "U": "", "O": None}  # for what is masked in an array, by its kind
# Bytes a text, on average, from which a list is read where it lies: below, joining costs less
# than asking every object for its address.
_APART = 1024

_EXPECTED = "expected str, bytes-like, ndarray, a list or a column of them"


class One:
    """One text.

    Attributes
    ----------
    data, length
        For the library, in units.
    text : str
        "str" or "bytes".
    coding : tuple or None
        None: as the caller's `invalid` says.
    ascii : bool
        Positions in bytes are positions in the caller's text.
    source : object
        What the caller gave, a str or something bytes-like.
    """

    def __init__(self, source, data, length, text, coding=None, ascii=True):
        self.source, self.data, self.length = source, data, length
        self.text, self.coding, self.ascii = text, coding, ascii
        self.size = length * _SIZE.get(coding, 1)

    def operation(self, family, invalid):
        return family.for_texts(self.coding, invalid)

    def run(self, family, invalid, progress=None):
        """The results, a list of int."""
        operation = self.operation(family, invalid)
        out = ffi.new(operation.cells)
        count, text = operation.outputs, (self.data, self.length)
        invoke(self.size, progress, lib.wdl_text_run, operation.id, *text, count, out)
        if family.positions and not self.ascii and out[0] > 0:
            before, counts = counter(), ffi.new(counter().cells)
            arguments = (before.id, self.data, out[0], before.outputs, counts)
            invoke(out[0], None, lib.wdl_text_run, *arguments)
            return [counts[CHARS]]
        return ffi.unpack(out, count)

    def present(self, results):
        return results


class Many:
    """Rows of texts: parts, and which rows of all each has."""

    def __init__(self, parts, rows, nulls=None, shape=None, series=None):
        self.parts = parts  # (part, slice or array of row numbers)
        self.rows = rows
        self.nulls = nulls
        self.text = parts[0][0].text if parts else "str"
        self.size = sum(part.size for part, _ in parts)
        self.shape = (rows,) if shape is None else shape
        self.series = series

    def run(self, family, invalid, progress=None):
        """The results: int64 of (rows, outputs)."""
        if len(self.parts) == 1 and self.parts[0][0].rows == self.rows:
            return self._run(*self.parts[0], family, invalid, progress)
        outputs = family.of(TRUSTED).outputs
        out = np.zeros((self.rows, outputs), np.int64)
        before = 0
        for part, where in self.parts:
            report = progress and progress.part(before, part.size, self.size)
            out[where] = self._run(part, where, family, invalid, report)
            before += part.size
        return out

    def _run(self, part, where, family, invalid, progress):
        try:
            return part.run(family, invalid, progress)
        except WindlassValueError as error:
            if len(error.position) == 2:
                row = error.position[0]
                row = where.start + row if isinstance(where, slice) else int(where[row])
                if row != error.position[0]:
                    error.position = (row, error.position[1])
                    error.args = (f"{error} (row {row} of all)",)
            raise

    def present(self, results):
        """Results as the caller wants them: of one output (rows,), of more (rows, outputs)."""
        if self.series is not None:
            return _pandas.present(results, self.nulls, self.series)
        results = results.reshape(self.shape + results.shape[1:])
        if self.nulls is None:
            return results
        mask = self.nulls.reshape(self.shape + (1,) * (results.ndim - len(self.shape)))
        return np.ma.MaskedArray(results, np.broadcast_to(mask, results.shape).copy())

    def texts(self):
        """Every row as bytes, but those that are null."""
        for part, where in self.parts:
            rows = range(self.rows)[where] if isinstance(where, slice) else where.tolist()
            for row, text in zip(rows, part.texts(), strict=True):
                if self.nulls is None or not self.nulls[row]:
                    yield text


def check(family, text, name="data"):
    """A text has to be what the needles are."""
    if family.text is not None and family.text != text:
        needle = "sep" if family.name == "split" else "the needle"
        raise TypeError(f"{name} is {text} and {needle} is {family.text}: both must be the same")


def normalise(data, family):
    """`data` as `One` or `Many`, for a family's operations."""
    if isinstance(data, str):
        check(family, "str")
        return _of_str(data, family)
    if isinstance(data, np.ndarray):
        return _of_array(data, family)
    if isinstance(data, (list, tuple)):
        return _of_list(data, family)
    if isinstance(data, bytes):
        check(family, "bytes")
        return One(data, data, len(data), "bytes")
    if is_series(data):
        return _of_series(data, family)
    if is_index(data):
        return _of_list(_pandas.texts(data.to_series()), family)
    if offered(data):
        return _of_chunks(_arrow.chunks(data), family)
    pointer, length = bytes_of(data, "data")
    check(family, "bytes")
    return One(data, pointer, length, "bytes")


def encode(text, family):
    """A str's UTF-8. Lone surrogates are characters like others, but have no bytes to count."""
    return text.encode("utf-8", "strict" if family.strings == "bytes" else "surrogatepass")


def _of_str(text, family):
    if text.isascii():
        coding = TRUSTED if family.strings == "utf8" else BYTE
        return One(text, _strings.ascii(text), len(text), "str", coding)
    if family.strings == "units":
        data, unit = _strings.units(text)
        return One(text, data, len(text), "str", _CODING_OF_UNIT[unit])
    coded = encode(text, family)
    return One(text, coded, len(coded), "str", TRUSTED, ascii=False)


def bytes_of(data, name, expected=_EXPECTED):
    """A bytes-like object's memory (held while the result lives) and its length."""
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"{name} is of type {type(data).__name__}, {expected}") from None
    if view.itemsize != 1:
        raise TypeError(
            f"{name} has items of {view.itemsize} bytes (format {view.format!r}); "
            "give numpy.asarray of it to count items, memoryview.cast('B') to count bytes"
        )
    if not view.c_contiguous:
        view = view.tobytes()
    return ffi.from_buffer(view), len(view) if isinstance(view, bytes) else view.nbytes


def whole(part, rows, nulls=None, **presented):
    """A part that is all."""
    return Many([(part, slice(0, rows))], rows, nulls, **presented)


# Arrays -----------------------------------------------------------------------------------------


def _of_array(array, family):
    kind = array.dtype.kind
    if isinstance(array, np.ma.MaskedArray) and kind in _FILL:
        many = _of_array(array.filled(_FILL[kind]), family)
        masked = np.ma.getmaskarray(array).reshape(-1)
        many.nulls = masked if many.nulls is None else many.nulls | masked
        return many
    if kind in "OT":
        many = _of_list(_objects(array), family)
        many.shape = array.shape
        return many
    if kind == "S":
        check(family, "bytes")
        return _of_rows(FixedRows(array.reshape(-1), "bytes"), array)
    if kind == "U":
        check(family, "str")
        return _of_characters(array, family)
    if np.ma.is_masked(array):
        raise TypeError(f"data is masked and of dtype {array.dtype}: one text cannot have gaps")
    if kind != "u" or array.itemsize not in _CODING_OF_SIZE:
        raise TypeError(f"data has dtype {array.dtype}, expected uint8, uint16, uint32, S or U")
    if array.ndim != 1:
        raise ValueError(f"data has shape {array.shape}, expected 1 dimension for {array.dtype}")
    if array.itemsize > 1 and family.strings != "units":
        what = "unit='byte'" if family.strings == "bytes" else family.name
        raise ValueError(f"data has dtype {array.dtype}, expected uint8 for {what}")
    array = np.ascontiguousarray(array)  # in either byte order, equal items are equal
    check(family, "bytes")
    coding = _CODING_OF_SIZE[array.itemsize] if family.strings == "units" else None
    return One(array, _array.address(array), len(array), "bytes", coding)


def _objects(array):
    """Items of object and StringDType arrays as a list, None for those that are missing."""
    texts = array.ravel().tolist()
    if array.dtype.kind == "T" and hasattr(array.dtype, "na_object"):
        missing = array.dtype.na_object
        texts = [None if text is missing else text for text in texts]
    return texts


def _of_rows(part, array):
    if not part.width:
        part = _nothing(array.size, part.text)
    return whole(part, array.size, shape=array.shape)


def _nothing(rows, text):
    coding = TRUSTED if text == "str" else None
    return Joined(b"", 0, np.zeros(rows + 1, np.int64), text, coding)


def _of_characters(array, family):
    """An array of U: its 4 bytes a character as they are, or for most operations UTF-8."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    items = array.reshape(-1)
    if family.strings == "units":
        return _of_rows(FixedRows(items, "str", U32), array)
    width = items.itemsize // 4
    points = np.ascontiguousarray(items).view(np.uint32) if width and items.size else None
    if points is None:
        return whole(_nothing(array.size, "str"), array.size, shape=array.shape)
    if points.max() < 128:
        part = FixedRows(points.astype(np.uint8).view(f"S{width}"), "str", TRUSTED)
        part.ascii = True
        return _of_rows(part, array)
    part = _coded([encode(text, family) for text in items.tolist()])
    return whole(part, array.size, shape=array.shape)


# Lists ------------------------------------------------------------------------------------------


def _of_list(texts, family, rows=None):
    """Texts, whose numbers in messages are `rows` where they are given."""
    texts = tuple(texts)  # ours, so that no one can take the texts away meanwhile
    kinds = set(map(type, texts))
    if kinds == {bytes}:
        check(family, "bytes", f"data[{0 if rows is None else rows[0]}]")
        return whole(_of_bytes(texts), len(texts))
    if kinds == {str}:
        check(family, "str", f"data[{0 if rows is None else rows[0]}]")
        return whole(_of_strings(texts, family), len(texts))
    return _of_mixed(texts, family, rows)


def _of_mixed(texts, family, rows=None):
    """A list of any of str, bytes-like and what is missing."""
    strings, others, nulls, keep = [], [], [], []
    for i, text in enumerate(texts):
        row = i if rows is None else rows[i]
        if isinstance(text, str):
            check(family, "str", f"data[{row}]")
            strings.append(i)
        elif text is None or _pandas.is_missing(text):
            nulls.append(i)
        else:
            if not isinstance(text, bytes):
                pointer, length = bytes_of(text, f"data[{row}]")
                text = ffi.buffer(pointer, length)
            check(family, "bytes", f"data[{row}]")
            others.append(i)
            keep.append(text)
    parts = []
    if strings:
        part = _of_strings([texts[i] for i in strings], family)
        parts.append((part, np.array(strings)))
    if others:
        parts.append((_joined_bytes(keep), np.array(others)))
    hidden = None
    if nulls:
        hidden = np.zeros(len(texts), bool)
        hidden[nulls] = True
    return Many(parts, len(texts), hidden)


def lengths_of(texts):
    return np.fromiter(map(len, texts), np.int64, len(texts))


def _offsets(lengths):
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _addresses(texts, header):
    """Of objects that hold their bytes right behind a header."""
    return np.fromiter(map(id, texts), np.uint64, len(texts)) + np.uint64(header)


def _joined_bytes(texts):
    offsets = _offsets(lengths_of(texts))
    return Joined(b"".join(texts), int(offsets[-1]), offsets, "bytes")


def _of_bytes(texts):
    """A tuple of bytes."""
    lengths = lengths_of(texts)
    if _headers and lengths.sum() >= _APART * len(texts):
        return Pieces(_addresses(texts, _headers[0]), lengths, "bytes", texts)
    offsets = _offsets(lengths)
    return Joined(b"".join(texts), int(offsets[-1]), offsets, "bytes")


def _coded(texts):
    """Bytes that are the UTF-8 of str."""
    part = _of_bytes(texts)
    part.text, part.coding = "str", TRUSTED
    return part


def _of_strings(texts, family):
    """A tuple or list of str, and of subclasses."""
    ascii_coding = TRUSTED if family.strings == "utf8" else BYTE
    lengths = lengths_of(texts)
    total = int(lengths.sum())
    if _headers and total >= _APART * len(texts) and _all_plain_ascii(texts, total):
        part = Pieces(_addresses(texts, _headers[1]), lengths, "str", texts)
        part.coding, part.ascii = ascii_coding, True
        return part
    joined = "".join(texts)
    if not joined.isascii() and family.strings != "units":
        return _coded([encode(text, family) for text in texts])
    data, unit = _strings.units(joined)
    coding = ascii_coding if joined.isascii() else _CODING_OF_UNIT[unit]
    part = Joined(data, total, _offsets(lengths), "str", coding, joined, _SIZE[coding])
    part.ascii = True
    return part


def _all_plain_ascii(texts, total):
    """Whether texts of so many characters in all hold ASCII, right behind their headers.

    No str takes less room than such a one of as many characters, so the sum tells of each.
    """
    return sum(map(str.__sizeof__, texts)) == total + (_headers[1] + 1) * len(texts)


def _find_headers():
    """Bytes of the headers of bytes and of ASCII str, by looking at some; None where unknown."""
    if _strings._layout is None or _strings._ascii_address is None:
        return None
    of_bytes, of_ascii = bytes.__basicsize__ - 1, "".__sizeof__() - 1
    for length in (1, 2, 9, 100):
        text = "".join(chr(33 + i % 90) for i in range(length))
        data = text.encode()
        if _strings._read(id(text) + of_ascii, length) != data:
            return None
        if _strings._read(id(data) + of_bytes, length) != data:
            return None
    return of_bytes, of_ascii


_headers = _find_headers()


# Columns ----------------------------------------------------------------------------------------


def _of_chunks(chunks, family, series=None):
    parts, nulls, rows = [], [], 0
    for chunk in chunks:
        part = chunk.part
        if chunk.nulls is None or not chunk.nulls.all():  # no text that could be of another kind
            check(family, part.text)
        parts.append((part, slice(rows, rows + part.rows)))
        nulls.append(chunk.nulls)
        rows += part.rows
    hidden = None
    if any(one is not None for one in nulls):
        hidden = np.zeros(rows, bool)
        for (_, where), one in zip(parts, nulls, strict=True):
            if one is not None:
                hidden[where] = one
    parts = [(part, where) for part, where in parts if part.rows]
    return Many(parts, rows, hidden, series=series)


def _of_series(series, family):
    if _pandas.is_categorical(series):
        distinct, indices, nulls = _pandas.categories(series)
        entries, indices, first = used(indices, nulls)
        inner = _of_list([distinct[i] for i in entries.tolist()], family, first.tolist())
        parts = []
        if len(indices):
            parts = [(Taken(inner, indices, first), slice(0, len(indices)))]
        return Many(parts, len(series), nulls, series=series)
    column = arrow(series)
    if column is not None:
        return _of_chunks(_arrow.chunks(column), family, series)
    many = _of_list(_pandas.texts(series), family)
    many.series = series
    return many
