"""Ufuncs of the caller's own loops and functions."""

import re

import numpy as np

from .._context import call
from .._load import ffi, lib
from .._pointer import calls_python, of_data, of_function
from ._loop import Loop, check_types, parse_signature
from ._make import make
from ._open import opened

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
    TypeError, ValueError
        As `from_pointer`; or `library` is no path.

    Examples
    --------
    >>> smooth = windlass.ufunc.load("libmine.so", "smooth", "dd->d")
    >>> smooth(np.arange(3.0), 0.5)
    """
    found, path = opened(library)
    symbols = _listed(symbol, "symbol")
    pointers = []
    for one in symbols:
        try:
            pointers.append(found[_text(one, "symbol")])
        except AttributeError:
            raise AttributeError(f"load: {path} has no symbol {one!r}") from None
    return from_pointer(
        pointers,
        types,
        signature,
        identity=identity,
        data=data,
        thread_safe=thread_safe,
        name=symbols[0] if name is None else name,
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
    data : pointer, ctypes array or int, optional
        What the loop gets as its last argument; kept as `pointer` is. ``ctypes.byref(value)``
        and ``ctypes.pointer(value)`` are pointers.
    thread_safe : bool
        Of an elementwise loop, whether it may run on several threads at once: then large arrays
        are shared by all cores. It must not call Python, directly or not: threads would wait for
        the GIL, which the caller may hold. Callbacks of ctypes and cffi are refused.
    name, doc : str, optional

    Returns
    -------
    numpy.ufunc
        An object with its methods where NumPy's table cannot be used, see `plain`.

    Raises
    ------
    TypeError, ValueError
        A text that describes no loop; a pointer that is none; `thread_safe` of a Python function.
    """
    loops, width = [], None
    described = [check_types(one) for one in _listed(types, "types")]
    pointers = list(pointer) if isinstance(pointer, (list, tuple)) else [pointer]
    if len(pointers) != len(described):
        raise ValueError(f"there are {len(pointers)} loops and {len(described)} types")
    where = of_data(data)
    for one, text in zip(pointers, described, strict=True):
        loops.append(Loop(text, of_function(one), where))
        if width not in (None, (len(loops[-1].inputs), len(loops[-1].outputs))):
            raise ValueError(f"types {described} differ in the number of arguments")
        width = len(loops[-1].inputs), len(loops[-1].outputs)
    parse_signature(signature, *width)
    _check_identity(identity)
    if thread_safe and signature is not None:
        raise ValueError("thread_safe is of elementwise loops, and there is a signature")
    name, doc = _text(name, "name"), _text(doc or f"A loop of {', '.join(described)}.", "doc")
    _keep(pointers, data, thread_safe)
    if thread_safe:
        loops = [_on_threads(loop) for loop in loops]
    return make(name, loops, signature, identity, doc)


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
        cores, see `from_pointer`. Otherwise its calls are in order, on the thread that calls the
        ufunc.
    name, doc : str, optional

    Raises
    ------
    TypeError, ValueError
        Other types; a pointer that is none; `thread_safe` of a Python function.
    """
    types, address = check_types(types), of_function(pointer)
    if not re.fullmatch("f{1,4}->f|d{1,4}->d", types):
        raise ValueError(
            f"types is {types!r}, expected one to four inputs and an output, all 'f' or all 'd', "
            "such as 'dd->d'"
        )
    name = _text(name, "name")
    doc = _text(doc or f"A function of {types}, for each element.", "doc")
    _keep([pointer], None, thread_safe)
    driver = _driver(types, lib.WDL_THREAD_SAFE if thread_safe else 0)
    return make(name, [Loop(types, driver, address)], None, None, doc)


def _keep(pointers, data, thread_safe):
    """Functions and data for as long as the process lives.

    Python functions are not for threads. NumPy holds the GIL while it calls loops on objects that
    it casts, and waits for their end: a worker that needs it would wait for ever.
    """
    if thread_safe and any(map(calls_python, pointers)):
        raise ValueError(
            "thread_safe is of functions in C, and pointer is that of a Python function, which "
            "runs on one thread at a time"
        )
    _kept.append((pointers, data))


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
    found = list(given) if isinstance(given, (list, tuple)) else [given]
    if not found or not all(isinstance(one, str) for one in found):
        raise TypeError(f"{name} is {given!r}, expected a str or a list of them")
    return found


def _text(given, name):
    """`given` where it is one that C can have."""
    if not isinstance(given, str):
        raise TypeError(f"{name} is a {type(given).__name__}, expected a str")
    if re.search("[\0\ud800-\udfff]", given):
        raise ValueError(f"{name} is {given!r}, expected text without NUL and lone surrogates")
    return given


def _check_identity(identity):
    expected = f"identity is {identity!r}, expected a number, 'reorderable' or None"
    if isinstance(identity, str) and identity != "reorderable":
        raise ValueError(expected)
    if not isinstance(identity, (str, int, float, complex, np.number, np.bool_, type(None))):
        raise TypeError(expected)
