"""The library's own loops as ufuncs."""

import itertools

from .._context import call
from .._load import ffi, lib
from ._loop import Loop
from ._make import make


def rows():
    """The table of loops, as structs."""
    out = ffi.new("const wdl_loop **")
    for index in itertools.count():
        call(lib.wdl_ufunc_at, index, out)
        if not out[0]:
            return
        yield out[0]


def ufuncs():
    """{name: ufunc} of all of them."""
    made = {}
    for name, loops in itertools.groupby(rows(), lambda row: ffi.string(row.name).decode()):
        loops = list(loops)
        first = loops[0]
        made[name] = make(
            name,
            [_loop(row) for row in loops],
            _text(first.signature),
            _identity(_text(first.identity)),
            _text(first.help),
        )
    return made


def _loop(row):
    address, data = (int(ffi.cast("uintptr_t", one)) for one in (row.loop, row.data))
    return Loop(_text(row.types), address, data)


def _text(pointer):
    return ffi.string(pointer).decode() if pointer else None


def _identity(text):
    return text if text in (None, "reorderable") else float(text)
