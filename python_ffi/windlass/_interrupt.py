"""Ctrl-C during a long call: a watcher thread hears of the signal and cancels the call.

Python's C-level handler writes each signal's number to a file descriptor (signal.set_wakeup_fd) at
once, whatever the main thread does. While a long call runs on the main thread that descriptor is
ours; the watcher reads it, passes every byte on to the descriptor that was set before (asyncio's,
IPython's) and, on SIGINT, switches the context's cancel on. The call returns, Python runs its own
handler and raises KeyboardInterrupt. So a signal just before or after the call is Python's alone.

A program that has put its own handler for SIGINT in place decides itself what Ctrl-C means: then
nothing is cancelled, and its handler runs when the call returns or reports progress.
"""

import os
import select
import signal
import threading

from ._load import lib


class Watcher:
    """The thread, its pipe, and the context that a SIGINT cancels: 0 between calls."""

    def __init__(self):
        self.lock = threading.Lock()
        self.context = 0
        self.interrupted = False
        self.next_fd = -1
        self.read_fd, self.write_fd = os.pipe()
        os.set_blocking(self.read_fd, False)
        os.set_blocking(self.write_fd, False)
        threading.Thread(target=self.watch, name="windlass-interrupt", daemon=True).start()

    def watch(self):
        ready = select.poll()  # not select.select, which takes no descriptor from 1024 up
        ready.register(self.read_fd, select.POLLIN)
        while True:
            ready.poll()
            with self.lock:
                self.read()

    def read(self):
        """Take what has arrived, under the lock: pass it on, and cancel the call that runs."""
        try:
            numbers = os.read(self.read_fd, 4096)
        except BlockingIOError:
            return
        if self.next_fd >= 0:
            try:
                os.write(self.next_fd, numbers)
            except OSError:  # it is full or closed: its owner has been told, or is gone
                pass
        if self.context and signal.SIGINT in numbers:
            self.interrupted = True
            lib.wdl_cancel(self.context, 1)

    def arm(self, context):
        """Watch over a call on a context (an id)."""
        with self.lock:
            self.read()  # of a signal before this call, which is not to be cancelled for it
            self.context, self.interrupted = context, False
            before = signal.set_wakeup_fd(self.write_fd, warn_on_full_buffer=False)
            if before != self.write_fd:
                self.next_fd = before

    def disarm(self):
        """Put back what was before `arm`. Whether the call was cancelled."""
        with self.lock:
            context, self.context = self.context, 0
            if self.interrupted:
                lib.wdl_cancel(context, 0)
        signal.set_wakeup_fd(self.next_fd, warn_on_full_buffer=False)
        return self.interrupted


_watcher = None


def _watcher_here():
    global _watcher
    if _watcher is None:
        _watcher = Watcher()
    return _watcher


def _after_fork():
    """The child has the parent's pipe but not its thread: forget both."""
    global _watcher
    old, _watcher = _watcher, None
    if old is None:
        return
    if threading.current_thread() is threading.main_thread():
        found = signal.set_wakeup_fd(-1)
        wanted = old.next_fd if found == old.write_fd else found
        signal.set_wakeup_fd(wanted, warn_on_full_buffer=False)
    os.close(old.read_fd)
    os.close(old.write_fd)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def may_arm():
    """Whether a call that starts here is to be watched over: not one in another's callback."""
    if threading.get_ident() != threading.main_thread().ident:
        return False
    if _watcher is not None and _watcher.context:
        return False
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def arm(context):
    """Let Ctrl-C cancel a call on a context (an id). Needs `disarm`, also when interrupted."""
    try:
        _watcher_here().arm(context)
    except ValueError:  # not in the main interpreter
        _watcher.context = 0


def disarm():
    """Undo `arm`, whole or half. Whether the call was cancelled."""
    return _watcher is not None and bool(_watcher.context) and _watcher.disarm()
