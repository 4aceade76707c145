"""From what the caller gives to results: `number` for one output, `numbers` for several."""

import os
import stat

from .. import _long_call, _progress, _strings
from .._context import _here, current, failure, thread_count
from .._load import ffi, lib
from ._inputs import One, normalise
from ._parts import LONG

_RUN = lib.wdl_text_run
_DOUBLES = lib.wdl_text_count_doubles
_UTF8, _BYTE = lib.WDL_TEXT_UTF8, lib.WDL_TEXT_BYTE
_CELL = ffi.typeof("int64_t *")
_spare = []  # cells for a result, each in one call at a time
_SHORT = 1024  # characters up to which a copy of ASCII is not felt
_new = ffi.new


class File:
    """A file's text, which is bytes, searched for either kind of needle."""

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
        interval = progress.interval if progress is not None else 0.0
        arguments = (operation.id, self.name, operation.outputs, out)
        _long_call.run(lib.wdl_text_run_file, *arguments, progress=progress, interval=interval)
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


def limited(threads, function, *arguments):
    """Call a function with this thread's calls limited to so many threads."""
    context = current()
    before = context.set("threads", thread_count(threads))
    try:
        return function(*arguments)
    finally:
        context.set("threads", before)


def numbers(family, data, invalid=None, threads=None, path=None, progress=None):
    """The source, and its results: a list of int, or an array of (rows, outputs)."""
    if threads is not None:
        return limited(threads, numbers, family, data, invalid, None, path, progress)
    family.coding(invalid)  # refuses what is no choice, also for texts that do not ask for it
    source = source_of(family, data, path)
    if not progress:
        return source, source.run(family, invalid)
    with _progress.shown(progress, unit="B") as report:
        return source, source.run(family, invalid, report)


def number(family, data, invalid=None, threads=None, path=None, progress=None):
    """The only result, presented as the caller's texts ask for: int for one text."""
    if threads is None and path is None and progress is None:
        kind, operation = type(data), None
        if kind is bytes and family.text != "str":
            operation = family.of_bytes.get(invalid) or family.prepare(invalid)
            pointer = data
        elif kind is str and invalid is None and family.text != "bytes" and data.isascii():
            operation = family.of_ascii or family.prepare_ascii()
            pointer = data.encode() if len(data) < _SHORT else _strings.ascii(data)
        if operation is not None and len(data) < LONG:
            try:
                out = operation.spare.pop()
            except IndexError:  # other threads' calls have them
                out = _new(operation.cells)
            context = _here.context or current()
            status = _RUN(context.id, operation.id, pointer, len(data), 1, out)
            if status < 0:
                raise failure(context, status)
            result = out[0]
            operation.spare.append(out)
            return result
    source, results = numbers(family, data, invalid, threads, path, progress)
    return results[0] if type(results) is list else source.present(results[:, 0])


def doubles(data, unit):
    """count_doubles of one text in memory that needs no operation made for it; else None."""
    kind = type(data)
    if kind is bytes:
        coding = _UTF8 if unit == "char" else _BYTE
        pointer = data
    elif kind is str and data.isascii():
        coding = _BYTE
        pointer = data.encode() if len(data) < _SHORT else _strings.ascii(data)
    else:
        return None
    if len(data) >= LONG:
        return None
    try:
        out = _spare.pop()
    except IndexError:
        out = _new(_CELL)
    context = _here.context or current()
    status = _DOUBLES(context.id, pointer, len(data), coding, out)
    if status < 0:
        raise failure(context, status)
    result = out[0]
    _spare.append(out)
    return result
