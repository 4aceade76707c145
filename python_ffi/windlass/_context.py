"""One context a thread: its threads and time limit, its error record, and calls that use it."""

import contextlib
import threading

from . import _callback
from ._errors import WindlassTimeoutError, WindlassValueError, error_of, plainly
from ._load import ffi, lib, owned


class Context:
    """This thread's context of the library. `settings` is what was set on it, by name."""

    __slots__ = ("_owned", "id", "lent", "reporter", "settings")
    in_force = set()  # the ids of those that short calls have to use, too

    def __init__(self):
        out = ffi.new("wdl_context *")
        status = lib.wdl_context_create(0, out)
        if status < 0:
            raise error_of(0, status)
        self.id = out[0]
        self._owned = owned(self.id)
        self.lent = False  # by `current`, to someone who may cancel it
        self.reporter = None  # of the call that runs, see _long_call
        self.settings = {"threads": 0, "time_limit": 0.0}

    def set(self, name, value):
        """Set "threads" or "time_limit"; what it was before."""
        before = self.settings[name]
        if value == before:
            return before
        if name == "threads":
            status = lib.wdl_set_int(self.id, self.id, b"threads", value)
        else:
            status = lib.wdl_set_real(self.id, self.id, b"time_limit", value)
        if status < 0:
            raise plainly(error_of(self.id, status))
        if name == "threads":
            _set_loop_threads(value)
        self.settings[name] = value
        self.note()
        return before

    def note(self):
        """Note whether short calls have to use it."""
        if self.lent or self.reporter is not None or any(self.settings.values()):
            self.in_force.add(self.id)
        else:
            self.in_force.discard(self.id)


def _set_loop_threads(n):
    """For the loops of `windlass.ufunc`, which NumPy calls without a context."""
    lib.wdl_set_int(0, lib.WDL_PROCESS, b"loop_threads", n)


class _PerThread(threading.local):
    context = None


_here = _PerThread()


def own():
    """This thread's context, made on first use and released when the thread ends."""
    context = _here.context
    if context is None:
        context = _here.context = Context()
    return context


def current():
    """The same, for all calls to use from now on."""
    context = own()
    context.lent = True
    context.note()
    return context


def drop():
    """Release this thread's context and its settings; the next call makes another."""
    if _here.context is not None:
        Context.in_force.discard(_here.context.id)
        _set_loop_threads(0)
    _here.context = None


def live_handles():
    """The number of objects that exist in the library."""
    return get_process("live_handles")


def get_process(name):
    """An int property of the process."""
    out = ffi.new("int64_t *")
    status = lib.wdl_get_int(0, lib.WDL_PROCESS, name.encode(), out)
    if status < 0:
        raise error_of(0, status)
    return out[0]


def call(function, *arguments):
    """Call function(context, *arguments): its status when that is 0 or more, else an exception.

    For short calls; what may take more than some milliseconds goes through `_long_call.run`.
    """
    context = own()
    status = function(context.id, *arguments)
    if status < 0:
        raise failure(context, status)
    return status


def failure(context, status):
    """The exception for a negative status of a call on a context, or with None on the thread's."""
    if context is None:
        return error_of(0, status)
    raised = _callback.take_raised()
    if raised is not None and status == lib.WDL_CALLBACK_FAILED:
        return raised
    out_of_time = status == lib.WDL_CANCELLED and context.settings["time_limit"] > 0
    return error_of(context.id, status, WindlassTimeoutError if out_of_time else None)


@contextlib.contextmanager
def _setting(name, value):
    context = own()
    before = context.set(name, value)
    try:
        yield
    finally:
        context.set(name, before)


def threads(n):
    """Use at most `n` threads in this thread's calls, within a `with` block. Blocks may nest.

    Parameters
    ----------
    n : int or None
        0 and None: as many as the process's setting, which are the cores unless set.

    Raises
    ------
    WindlassValueError
        On entry, when `n` is negative or more than the library's most (see `describe`).

    Examples
    --------
    >>> with windlass.threads(1):
    ...     windlass.text.count_doubles("aabb")
    2
    """
    return _setting("threads", thread_count(n))


def threads_if_given(n):
    """The same, but None changes nothing."""
    return contextlib.nullcontext() if n is None else threads(n)


def thread_count(n):
    """`n` as the library takes it."""
    if n is None:
        return 0
    try:
        count = n.__index__()
    except AttributeError:
        raise TypeError(f"threads is a {type(n).__name__}, expected an int or None") from None
    if not -(1 << 63) <= count < 1 << 63:  # the library refuses others that are out of range
        raise WindlassValueError(f"threads is {count}, expected 0 to 256")
    return count


def time_limit(seconds):
    """Give this thread's calls at most `seconds` each, within a `with` block. Blocks may nest.

    A fit that runs out of time keeps the best so far and warns; a call without a partial result
    raises `WindlassTimeoutError`, a TimeoutError. 0 and None: no limit.
    """
    return _setting("time_limit", float(seconds or 0))
