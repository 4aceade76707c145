"""What numpy.errstate asks for, of functions that NumPy does not call."""

import ctypes
import platform
import warnings

import numpy as np

_X86 = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")
_BITS = (1, 4, 8, 16) if _X86 else (1, 2, 4, 8)  # FE_INVALID, DIVBYZERO, OVERFLOW, UNDERFLOW
_NAMES = {  # NumPy's, what it says, and the bit that it tells a function of numpy.seterrcall
    "invalid": ("invalid value", 8),
    "divide": ("divide by zero", 1),
    "over": ("overflow", 2),
    "under": ("underflow", 4),
}


def _functions():
    for name in (None, "libm.so.6"):
        library = ctypes.CDLL(name)
        if hasattr(library, "feclearexcept"):
            return library.feclearexcept, library.fetestexcept
    return None, None


_clear, _test = _functions()


class Watched:
    """with Watched("exp"): the flags that are raised within are dealt with as errstate says."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        if _clear is not None:
            _clear(sum(_BITS))

    def __exit__(self, kind, error, traceback):
        raised = _test(sum(_BITS)) if _test is not None and kind is None else 0
        if raised:
            wanted = np.geterr()
            for bit, (flag, told) in zip(_BITS, _NAMES.items(), strict=True):
                if raised & bit:
                    self._deal(wanted[flag], *told)

    def _deal(self, wanted, words, bit):
        text = f"{words} encountered in {self.name}"
        if wanted == "raise":
            raise FloatingPointError(text)
        if wanted == "warn":
            warnings.warn(text, RuntimeWarning, stacklevel=5)
        elif wanted == "print":
            print(f"Warning: {text}")
        elif wanted == "call":
            np.geterrcall()(words, bit)
        elif wanted == "log":
            np.geterrcall().write(f"Warning: {text}\n")
