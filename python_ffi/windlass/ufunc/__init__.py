"""Functions of arrays as NumPy's ufuncs, on all cores for large arrays, and ufuncs of one's own.

    >>> from windlass import ufunc
    >>> ufunc.expit(x, out=x)
    >>> ufunc.logaddexp.reduce(x, axis=1)

`names` lists the library's own; each is a numpy.ufunc, so broadcasting, ``out=``, ``where=``,
``dtype=``, ``axis=``, ``reduce``, ``accumulate``, ``outer``, ``numpy.errstate``, pickling and
``__array_ufunc__`` are NumPy's. They compute in float32 and float64; integers are cast to float64,
and what float32 holds (float16, small integers) to float32.

`load`, `from_pointer`
    A ufunc of somebody's loop: C, Rust, a Numba cfunc.
`vectorize_c`
    A ufunc of a C function of numbers.
`c_function`, `c_loop`
    The library's functions and loops for compiled callers: Numba, SciPy.
`plain`
    Why these are plain objects with a ufunc's methods, where NumPy's table of ufuncs cannot be
    used (PyPy, an unknown NumPy); None: they are ufuncs.
"""

from ._library import c_function, c_loop, ufuncs
from ._make import plain
from ._own import from_pointer, load, vectorize_c

_made = ufuncs()
names = tuple(_made)
globals().update(_made)

__all__ = [
    "c_function",
    "c_loop",
    "from_pointer",
    "load",
    "names",
    "plain",
    "vectorize_c",
    *names,
]
