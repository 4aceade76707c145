"""Ufuncs of the caller's own loops and functions."""

import ctypes
import os

from .._callback import address_of
from .._context import call
from .._load import ffi, lib
from ._loop import Loop, check_types, parse_signature
from ._make import make

_kept = []  # libraries and functions that ufuncs were made of, for as long as the process lives


def load(
    library,
    symbol,
    types,
    signature=None,
    *,
    identity=None,
    data=None,
    thread_safe=False,
    name=None,
    doc=None,
):
    """A ufunc of a loop in a shared library.

    The library is opened and stays open for as long as the process lives.

    Parameters
    ----------
    library : path
        Of the library; or the name of one that the system finds.
    symbol : str or list of str
        The loop's name, or names, one for each of `types`.
    types, signature, identity, data, thread_safe, name, doc
        See `from_pointer`; `name` is by default the first symbol.

    Raises
    ------
    OSError
        The file is not there, or no library.
    AttributeError
        The library has no such symbol.

    Examples
    --------
    >>> smooth = windlass.ufunc.load("libmine.so", "smooth", "dd->d")
    >>> smooth(np.arange(3.0), 0.5)
    """
    path = os.fsdecode(library)
    try:
        opened = ctypes.CDLL(os.path.abspath(path) if os.path.exists(path) else path)
    except OSError as problem:
        raise OSError(f"load: {path} cannot be opened as a library: {problem}") from None
    symbols = _listed(symbol, "symbol")
    pointers = []
    for one in symbols:
        try:
            pointers.append(opened[one])
        except AttributeError:
            raise AttributeError(f"load: {path} has no symbol {one!r}") from None
    return from_pointer(
        pointers,
        types,
        signature,
        identity=identity,
        data=data,
        thread_safe=thread_safe,
        name=name or symbols[0],
        doc=doc,
    )


def from_pointer(
    pointer,
    types,
    signature=None,
    *,
    identity=None,
    data=None,
    thread_safe=False,
    name="loop",
    doc=None,
):
    """A ufunc of a loop that is somewhere in the process.

    A loop is a C function ``void loop(char **args, const intptr_t *dimensions, const intptr_t
    *steps, void *data)``: ``args`` are the first elements of inputs and outputs, ``steps`` the
    bytes between elements of each, of any sign and zero, ``dimensions[0]`` their number; see
    `wdl_loop_fn` in ufunc.h. NumPy calls it without the GIL, from any thread, and from several at
    once where several threads call the ufunc.

    Parameters
    ----------
    pointer : pointer, int, or a list of them
        Of ctypes, of cffi, an address, or anything with an `address`, as Numba's cfunc has. What
        it belongs to is kept for as long as the process lives.
    types : str or list of str
        NumPy's letters, "dd->d"; one for each loop. The first one that a call's arguments can be
        cast to safely is taken, so narrow types come first.
    signature : str, optional
        Of what is not elementwise: "(n,d),(d)->(n)".
    identity : number or "reorderable", optional
        Of a reduction: its result over nothing; "reorderable": there is none, but several axes
        may be reduced at once.
    data : pointer or int, optional
        What the loop gets as its last argument.
    thread_safe : bool
        Of an elementwise loop, whether it may run on several threads at once: then large arrays
        are shared by all cores.
    name, doc : str, optional

    Returns
    -------
    numpy.ufunc
        An object with its methods where NumPy's table cannot be used, see `plain`.

    Raises
    ------
    TypeError, ValueError
        A text that describes no loop; a pointer that is none.
    """
    loops, width = [], None
    described = [check_types(one) for one in _listed(types, "types")]
    pointers = list(pointer) if isinstance(pointer, (list, tuple)) else [pointer]
    if len(pointers) != len(described):
        raise ValueError(f"there are {len(pointers)} loops and {len(described)} types")
    where = 0 if data is None else _address(data, "data")
    for one, text in zip(pointers, described, strict=True):
        loops.append(Loop(text, _address(one, "pointer"), where))
        if width not in (None, (len(loops[-1].inputs), len(loops[-1].outputs))):
            raise ValueError(f"types {described} differ in the number of arguments")
        width = len(loops[-1].inputs), len(loops[-1].outputs)
    parse_signature(signature, *width)
    if isinstance(identity, str) and identity != "reorderable":
        raise ValueError(f"identity is {identity!r}, expected a number, 'reorderable' or None")
    if thread_safe and signature is not None:
        raise ValueError("thread_safe is of elementwise loops, and there is a signature")
    _kept.append((pointer, data))
    if thread_safe:
        loops = [_on_threads(loop) for loop in loops]
    return make(name, loops, signature, identity, doc or f"A loop of {', '.join(described)}.")


def vectorize_c(pointer, types, *, thread_safe=False, name="function", doc=None):
    """A ufunc of a C function of numbers, ``double f(double, double)`` for "dd->d".

    Parameters
    ----------
    pointer : pointer or int
        As in `from_pointer`.
    types : str
        One to four inputs and an output, all "f" or all "d".
    thread_safe : bool
        Whether it may be called on several threads at once: then large arrays are computed on all
        cores. Otherwise its calls are in order, on the thread that calls the ufunc.
    name, doc : str, optional

    Raises
    ------
    TypeError, ValueError
        Other types; a pointer that is none.
    """
    types, address = check_types(types), _address(pointer, "pointer")
    driver = _driver(types, lib.WDL_THREAD_SAFE if thread_safe else 0)
    _kept.append(pointer)
    loops = [Loop(types, driver, address)]
    return make(name, loops, None, None, doc or f"A function of {types}, for each element.")


def _driver(types, flags):
    """The address of one of the library's loops around loops and functions."""
    out = ffi.new("const wdl_loop **")
    call(lib.wdl_ufunc_driver, types.encode(), flags, out)
    return int(ffi.cast("uintptr_t", out[0].loop))


def _on_threads(loop):
    """The loop that shares another one among threads."""
    types = ffi.new("char[]", loop.types.encode())
    own = ffi.new("wdl_loop *")
    own.types, own.inputs, own.outputs = types, len(loop.inputs), len(loop.outputs)
    own.loop, own.data = ffi.cast("wdl_loop_fn", loop.address), ffi.cast("void *", loop.data)
    _kept.append((types, own))
    data = int(ffi.cast("uintptr_t", own))
    return Loop(loop.types, _driver("*", lib.WDL_THREAD_SAFE), data)


def _listed(given, name):
    found = [given] if isinstance(given, str) else list(given)
    if not found or not all(isinstance(one, str) for one in found):
        raise TypeError(f"{name} is {given!r}, expected a str or a list of them")
    return found


def _address(pointer, name):
    found = address_of(pointer)
    if not found:
        raise TypeError(
            f"{name} is {pointer!r}, expected a pointer of ctypes or cffi, an address, or an "
            "object that has one"
        )
    return found
