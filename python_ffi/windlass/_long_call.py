"""Calls that may take long: Ctrl-C ends them, and they report their progress."""

import signal
import threading
import typing

from . import _interrupt
from ._context import failure, own
from ._errors import error_of
from ._load import ffi, lib


class Progress(typing.NamedTuple):
    """What a progress callback gets."""

    phase: str  # "fit"
    done: int
    total: int  # the most there may be, as a fit may converge; -1: unknown
    value: float  # the quantity that converges: mean log-likelihood, residual norm
    seconds: float  # since the call began


# Seconds between the looks at Python's signal handlers where no progress is asked for.
HANDLER_INTERVAL = 0.02


class Reporter:
    """A Python callable as the library's progress callback: its exception is kept for later."""

    def __init__(self, report, interval):
        self.error = None
        self.report = report
        self.interval = interval
        self.pointer = ffi.callback("wdl_progress_fn", self.tell, error=1, onerror=self.failed)

    def tell(self, _user, now):
        if self.report is None:
            return 0
        phase = ffi.string(now.phase).decode()
        told = Progress(phase, now.done, now.total, now.value, now.seconds)
        return 1 if self.report(told) else 0

    def failed(self, _kind, error, traceback):
        if self.error is None:
            self.error = error.with_traceback(traceback)
        return 1


def own_handler():
    """Whether the program has a handler of its own for SIGINT, which only Python code can run."""
    if threading.get_ident() != threading.main_thread().ident:
        return False
    handler = signal.getsignal(signal.SIGINT)
    return callable(handler) and handler is not signal.default_int_handler


def report_to(context, reporter):
    """Make this, or None, the context's reporter. Nested calls do not report to the outer one's."""
    pointer, interval = (reporter.pointer, reporter.interval) if reporter else (ffi.NULL, 0.0)
    status = lib.wdl_context_progress(context.id, pointer, ffi.NULL, interval)
    if status < 0:
        raise error_of(context.id, status)
    context.reporter = reporter
    context.note()


def let_python_interrupt():
    """Give Python the chance to run its handler of a signal that has arrived."""
    for _ in range(3):  # a loop's jump back is where the interpreter looks
        pass


def run(function, *arguments, progress=None, interval=0.0):
    """Call function(context, *arguments) as `_context.call` does, for a call that may take long.

    Parameters
    ----------
    progress : callable, optional
        Called with a `Progress` on this thread; a true result stops the call.
    interval : float
        The least seconds between two calls of `progress`.

    Returns
    -------
    int
        The status, 0 or more.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C on the main thread.
    WindlassError
        For a negative status. What `progress` raised is raised as it was.
    """
    context = own()
    outer, reporter = context.reporter, None
    if progress is not None:
        reporter = Reporter(progress, interval)
    elif outer is None and own_handler():
        reporter = Reporter(None, HANDLER_INTERVAL)
    arms = _interrupt.may_arm()
    interrupted = False
    try:
        if reporter is not outer:
            report_to(context, reporter)
        if arms:
            _interrupt.arm(context.id)
        status = function(context.id, *arguments)
        error = failure(context, status) if status < 0 else None
    finally:
        if arms:
            interrupted = _interrupt.disarm()
        if reporter is not outer:
            report_to(context, outer)
    if reporter is not None and reporter.error is not None:
        raise reporter.error
    if interrupted and status in (lib.WDL_CANCELLED, lib.WDL_STOPPED):
        let_python_interrupt()
        raise KeyboardInterrupt
    if error is not None:
        raise error
    return status
