"""Python functions that the library calls: what they raise comes out of the call that needed them,
and what they and operators live on is kept until the library has released it."""

import ctypes
import itertools
import threading

from ._load import ffi


class _Pending(threading.local):
    error = None


_pending = _Pending()


def failed(_kind, error, traceback):
    """The `onerror` of a callback: keeps the first exception for the call that runs."""
    if _pending.error is None:
        _pending.error = error.with_traceback(traceback)
    return 1


def take_raised():
    """The exception of a callback of this thread's last call, once; or None."""
    error, _pending.error = _pending.error, None
    return error


def address_of(function):
    """Where a C function is: of a pointer of cffi or ctypes, an int, or anything that has an
    `address` (Numba's cfunc); None of a Python one."""
    if isinstance(function, ffi.CData):
        return int(ffi.cast("uintptr_t", function)) or None
    if isinstance(function, (ctypes._CFuncPtr, ctypes.c_void_p)):
        return ctypes.cast(function, ctypes.c_void_p).value
    found = function if isinstance(function, int) else getattr(function, "address", None)
    return found if _is_address(found) and found > 0 else None


def _is_address(value):
    return isinstance(value, int) and not isinstance(value, bool)


_REFERENCE = type(ctypes.byref(ctypes.c_int()))
_POINTERS = (_REFERENCE, ctypes._Pointer, ctypes.Array, ctypes.c_void_p, ctypes.c_char_p)


def data_pointer(user, name):
    """What a C function gets as its own data, of cffi or ctypes or an address, as a `void *`."""
    if isinstance(user, _POINTERS):
        user = ctypes.cast(user, ctypes.c_void_p).value or 0
    if isinstance(user, ffi.CData) or (_is_address(user) and 0 <= user < 2**64):
        return ffi.cast("void *", user)
    raise TypeError(f"{name} is {user!r}, expected a pointer of cffi or ctypes, or an address")


_kept = {}  # by what `RELEASE` gets: how often it is still to come, and what is kept until then
_numbers = itertools.count(1)
_lock = threading.RLock()


# Its globals may be gone when the last objects are released as Python ends.
def _forget(user, kept=_kept, lock=_lock, cast=ffi.cast):
    key = int(cast("uintptr_t", user))
    with lock:
        kept[key][0] -= 1
        if not kept[key][0]:
            del kept[key]


RELEASE = ffi.callback("wdl_release_fn", _forget)
if ctypes.pythonapi is not None:  # PyPy has none, and leaves modules whole as it ends
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(RELEASE))  # it outlives every object of the library


class Keeping:
    """What an object of the library lives on, until that calls `RELEASE` with `user`.

    with Keeping(array, ...) as keeping:   # forgotten again where the body raises
        call(..., RELEASE, keeping.user, out)

    `user`: a pointer or an address that the object needs for something else as well.
    """

    def __init__(self, *what, user=None):
        self.user = ffi.cast("void *", next(_numbers) if user is None else user)
        key = int(ffi.cast("uintptr_t", self.user))
        with _lock:
            entry = _kept.setdefault(key, [0])
            entry[0] += 1
            entry.append(what)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None:
            _forget(self.user)
