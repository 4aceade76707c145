"""The library's own loops as ufuncs."""

import ctypes
import itertools

from .._context import call
from .._errors import WindlassError, WindlassValueError, plainly
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
        _placed(made[name])
    return made


def _placed(made):
    """Where a ufunc is found, for help, inspect and pickle, as NumPy's newer ones have it."""
    try:
        made.__module__, made.__qualname__ = __package__, made.__name__
    except AttributeError:
        pass


def _loop(row):
    address, data = (int(ffi.cast("uintptr_t", one)) for one in (row.loop, row.data))
    return Loop(_text(row.types), address, data)


def _text(pointer):
    return ffi.string(pointer).decode() if pointer else None


def _identity(text):
    return text if text in (None, "reorderable") else float(text)


# For callers that are compiled ------------------------------------------------------------------

_C_TYPES = {"f": ctypes.c_float, "d": ctypes.c_double}


def c_function(name, types=None):
    """One of the library's elementwise functions as a C function of numbers.

    It can be called from Numba's compiled code and be handed to scipy.LowLevelCallable, to other
    C, and called from Python; it holds no lock of Python's.

    Parameters
    ----------
    name : str
        One of `names`.
    types : str, optional
        "f->f", "ff->f", "d->d" or "dd->d". Default: double precision.

    Returns
    -------
    ctypes function

    Raises
    ------
    WindlassKeyError
        There is none of that name, or of those types.
    WindlassValueError
        It is not elementwise.

    Examples
    --------
    >>> erfc = scipy.LowLevelCallable(windlass.ufunc.c_function("erfc"))
    >>> scipy.integrate.quad(erfc, 0, 1)
    """
    row = _find(name, types)
    if row.signature:
        raise WindlassValueError(f"c_function: {name} is {_text(row.signature)}, not elementwise")
    types = _text(row.types)
    inputs, output = types.split("->")
    pointer = getattr(row, types.replace("->", "_"))
    kinds = [_C_TYPES[letter] for letter in output + inputs]
    return ctypes.CFUNCTYPE(*kinds)(int(ffi.cast("uintptr_t", pointer)))


def c_loop(name, types=None):
    """One of the library's loops as a C function, and what it gets as its last argument.

    As `c_function`, for arrays: the arguments are addresses of three arrays of int64, see
    `from_pointer`: where inputs and outputs begin, dimensions, and steps in bytes; then the data.

    Returns
    -------
    (ctypes function, int)
    """
    row = _find(name, types)
    where, data = (int(ffi.cast("uintptr_t", one)) for one in (row.loop, row.data))
    pointers = [ctypes.c_void_p] * 3
    return ctypes.CFUNCTYPE(None, *pointers, ctypes.c_size_t)(where), data


def _find(name, types):
    if types is None:
        known = [row for row in rows() if _text(row.name) == name and "d" in _text(row.types)]
        types = _text(known[0].types) if known else "d->d"
    if not isinstance(name, str) or not isinstance(types, str):
        raise TypeError(f"name is {name!r} and types {types!r}, expected a str each")
    given = [one.encode("utf-8", "replace").replace(b"\0", b"\\0") for one in (name, types)]
    out = ffi.new("const wdl_loop **")
    try:
        call(lib.wdl_ufunc_find, given[0], given[1].replace(b" ", b""), out)
    except WindlassError as error:
        text = str(plainly(error)).replace("one that wdl_ufunc_at lists", "one of ufunc.names")
        error.args = (text,)
        raise error from None
    return out[0]
