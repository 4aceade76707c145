"""From what the caller gives to results: `number` for one output, `numbers` for several.

One text that is bytes or a str of ASCII takes a short way, on which every 10 ns count: `doubles`,
`search` and `at_once`.
"""

import contextlib
import os
import stat

import numpy as np

from .. import _array, _progress
from .._context import Context, failure, own, threads_if_given
from .._load import ffi, lib
from .._strings import ascii
from ._inputs import One, normalise
from ._parts import LONG, invoke

_RUN = lib.wdl_text_run
_DOUBLES = lib.wdl_text_count_doubles
_UTF8, _BYTE = lib.WDL_TEXT_UTF8, lib.WDL_TEXT_BYTE
_CELL = ffi.typeof("int64_t *")
# Cells for a result. A call takes one away, so that no other thread or signal handler has it too.
_spare = []
_SHORT = 1024  # characters up to which a copy of ASCII is not felt
_in_force = Context.in_force
_new = ffi.new


class File:
    """A file's text, which is bytes, searched for either kind of needle."""

    size = LONG  # or less: reading may take long

    def __init__(self, path):
        self.path = path
        try:
            self.name = os.fsencode(path)
        except TypeError:
            raise TypeError(
                f"path is of type {type(path).__name__}, expected str, bytes or path-like"
            ) from None
        if b"\0" in self.name:
            raise ValueError(f"path is {path!r}, which holds a NUL")
        openable(path)

    def run(self, family, invalid, progress=None):
        operation = family.of(family.coding(invalid))
        out = _new(operation.cells)
        arguments = (operation.id, self.name, operation.outputs, out)
        invoke(self.size, progress, lib.wdl_text_run_file, *arguments)
        return ffi.unpack(out, operation.outputs)

    def present(self, results):
        return results


def openable(path):
    """Raise what `open` would raise, without opening: a pipe's text can be read only once."""
    folder = stat.S_ISDIR(os.stat(path).st_mode)
    if folder or not os.access(path, os.R_OK):
        with open(path, "rb"):
            pass


def source_of(family, data, path):
    """What there is to read, from the arguments `data` and `path`."""
    if path is None:
        if data is None:
            raise TypeError("data is missing: give a text, or path=")
        return normalise(data, family)
    if data is not None:
        raise TypeError("data and path are given, expected one of them")
    return File(path)


def one_source(family, data, path, what):
    """The same for functions that take one text only; of a file, its bytes in memory."""
    if path is not None:
        source_of(family, data, path)
        with open(path, "rb") as file:
            data = file.read()
        return One(data, data, len(data), "bytes")
    source = source_of(family, data, None)
    if not isinstance(source, One):
        raise TypeError(f"{what} takes one text; join the texts, or call it for each")
    return source


@contextlib.contextmanager
def limits(threads, progress):
    """Threads for the calls within, as `threads_if_given` has them, and what they report to."""
    with threads_if_given(threads), _progress.shown(progress, unit="B") as report:
        yield report


def numbers(family, data, invalid=None, threads=None, path=None, progress=None):
    """The source, and its results: a list of int, or an array of (rows, outputs)."""
    short = threads is None and not progress
    if short and path is None:
        results = at_once(family, data, invalid)
        if results is not None:
            return None, results
    family.coding(invalid)  # refuses what is no choice, also for texts that do not ask for it
    source = source_of(family, data, path)
    if short:
        return source, source.run(family, invalid)
    with limits(threads, progress) as report:
        return source, source.run(family, invalid, report)


def number(family, data, invalid=None, threads=None, path=None, progress=None):
    """The only result, presented as the caller's texts ask for: int for one text."""
    if threads is None and path is None and not progress:
        results = at_once(family, data, invalid)
        if results is not None:
            return results[0]
    source, results = numbers(family, data, invalid, threads, path, progress)
    return results[0] if type(results) is list else source.present(results[:, 0])


def columns(source, results):
    """The results of each output, presented."""
    if type(results) is list:
        return results
    return [source.present(column.copy()) for column in results.T]


def look(function, operation, one, report, arrays):
    """Let the library fill arrays with places in one text, NULL for none: how many places."""
    count = _new(_CELL)
    invoke(one.size, report, function, operation.id, one.data, one.length, *arrays, count)
    return count[0]


def filled(function, operation, one, report, *more):
    """Arrays of that many entries, and so many more."""
    half = (one.size + 1) // 2
    first = report and report.part(0, half, one.size)
    count = look(function, operation, one, first, [ffi.NULL] * len(more))
    arrays = [np.empty(count + extra, np.int64) for extra in more]
    second = report and report.part(half, one.size - half, one.size)
    look(function, operation, one, second, map(_array.borrow, arrays))
    return arrays


def at_once(family, data, invalid):
    """The results, a list of int, of bytes and str of ASCII that do not take long; else None."""
    kind = type(data)
    if kind is bytes and family.text != "str" and (invalid is None or type(invalid) is str):
        operation, text = family.of_bytes.get(invalid) or family.prepare(invalid), data
    elif kind is str and invalid is None and family.text != "bytes" and data.isascii():
        operation, text = family.of_ascii or family.prepare_ascii(), ascii(data)
    else:
        return None
    length = len(data)
    if length >= LONG:
        return None
    context = own() if _in_force else None
    try:
        out = operation.spare.pop()
    except IndexError:
        out = _new(operation.cells)
    outputs = operation.outputs
    status = _RUN(context.id if context else 0, operation.id, text, length, outputs, out)
    if status < 0:
        raise failure(context, status)
    results = [out[0]] if outputs == 1 else ffi.unpack(out, outputs)
    operation.spare.append(out)
    return results


def search(prepared, data, needle):
    """The position or number of a needle in such a text; `prepared` holds an `OfNeedle` a kind."""
    kind = type(data)
    if kind is not type(needle):
        return None
    of_bytes, of_ascii = prepared
    if kind is bytes:
        operation, text = of_bytes[needle], data
    elif kind is str and data.isascii():
        operation, text = of_ascii[needle], data.encode() if len(data) < _SHORT else ascii(data)
    else:
        return None
    length = len(data)
    if length >= LONG:
        return None
    context = own() if _in_force else None
    try:
        out = _spare.pop()
    except IndexError:
        out = _new(_CELL)
    status = _RUN(context.id if context else 0, operation.id, text, length, 1, out)
    if status < 0:
        raise failure(context, status)
    result = out[0]
    _spare.append(out)
    return result


def doubles(data, unit):
    """count_doubles of such a text, which needs no operation made for it."""
    kind = type(data)
    if kind is bytes:
        coding, text = _UTF8 if unit == "char" else _BYTE, data
    elif kind is str and data.isascii():
        coding, text = _BYTE, data.encode() if len(data) < _SHORT else ascii(data)
    else:
        return None
    length = len(data)
    if length >= LONG:
        return None
    context = own() if _in_force else None
    try:
        out = _spare.pop()
    except IndexError:
        out = _new(_CELL)
    status = _DOUBLES(context.id if context else 0, text, length, coding, out)
    if status < 0:
        raise failure(context, status)
    result = out[0]
    _spare.append(out)
    return result
