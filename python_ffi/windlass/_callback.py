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
