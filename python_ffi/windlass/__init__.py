"""windlass: native numerical kernels.

Modules are loaded when they are first used:

text
    `count_doubles`, `count_runs`, `count`, `find`, `rfind`, `find_all`, `count_lines`,
    `count_many`, `wc`, `validate_utf8`, `word_counts`, `split`, `Stream`
cluster
    `KMeans`, `kmeans_plusplus`
krylov
    `solve`, `Solver`, SciPy's `cg`, `gmres`, ...
mixture
    `GaussianMixture`, `Statistics`, `e_step`, `m_step`
sparse
    `aslinear`, `function`, `csr`, `csc`, `coo`, `bsr`, `dense`, `diagonal`, `read`, `Operator`
precond
    `Jacobi`, `BlockJacobi`, `SSOR`, `ILU0`, `ILUT`, `IC0`, `Chebyshev`
ufunc
    `exp`, `expit`, `logaddexp`, ... as NumPy's ufuncs; `load`, `from_pointer`, `vectorize_c`
plot
    `ellipses`, `convergence`

`as_array` makes an ndarray of whatever holds numbers, without a copy where that can be.

Everything works on the caller's memory as it lies, without the GIL, on all cores, and gives the
same bits for any number of threads.
"""

import importlib

from . import _load, _threadpool
from ._context import threads, time_limit
from ._errors import (
    WindlassAttributeError,
    WindlassBusyError,
    WindlassCallbackError,
    WindlassCancelledError,
    WindlassError,
    WindlassKeyError,
    WindlassMemoryError,
    WindlassTimeoutError,
    WindlassTypeError,
    WindlassUnsupportedError,
    WindlassValueError,
)

# What is loaded on first use: modules, and names by the module that has them.
_MODULES = ("cluster", "krylov", "mixture", "plot", "precond", "sparse", "text", "ufunc")
_NAMES = {
    "as_array": "_as_array",
    "describe": "_object",
    "kinds": "_object",
    "info": "_info",
    "Progress": "_long_call",
}

__all__ = [
    "WindlassAttributeError",
    "WindlassBusyError",
    "WindlassCallbackError",
    "WindlassCancelledError",
    "WindlassError",
    "WindlassKeyError",
    "WindlassMemoryError",
    "WindlassTimeoutError",
    "WindlassTypeError",
    "WindlassUnsupportedError",
    "WindlassValueError",
    "threads",
    "time_limit",
    *_MODULES,
    *_NAMES,
]


def _version():
    number = _load.lib.wdl_version()
    return f"{number >> 16}.{number >> 8 & 255}.{number & 255}"


__version__ = _version()
_threadpool.register()


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _NAMES:
        value = getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
