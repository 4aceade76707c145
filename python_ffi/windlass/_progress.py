"""What shows the progress of a long call: a bar, lines, or the caller's own function."""

import contextlib
import sys

_BAR_INTERVAL = 0.1  # seconds; more often than eyes notice


@contextlib.contextmanager
def shown(progress, verbose=0, every=10):
    """The callback and its least interval in seconds, for `_long_call.run`.

    Parameters
    ----------
    progress : None, bool or callable
        True: a bar by tqdm. A callable gets each `Progress` itself.
    verbose : int
        Above 0: lines on standard error, one for `every` steps.
    """
    if callable(progress):
        yield progress, 0.0
    elif progress:
        with _bar() as bar:
            yield bar, _BAR_INTERVAL
    elif verbose:
        yield _Lines(int(every)), 0.0
    else:
        yield None, 0.0


@contextlib.contextmanager
def _bar():
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError("progress=True needs tqdm: pip install tqdm") from None

    with tqdm(total=0, unit="it") as bar:

        def show(now):
            if now.total >= 0:
                bar.total = now.total
            bar.set_description(now.phase, refresh=False)
            bar.set_postfix(value=f"{now.value:.6g}", refresh=False)
            bar.update(now.done - bar.n)

        yield show


class _Lines:
    """A line for the first of every so many steps, and for the last."""

    def __init__(self, every):
        self.every = max(every, 1)
        self.shown = 0

    def __call__(self, now):
        if now.done - self.shown >= self.every or now.done == now.total:
            self.shown = now.done - now.done % self.every
            of = f" of {now.total}" if now.total >= 0 else ""
            line = f"{now.phase}: {now.done}{of}, value {now.value:.8g}, {now.seconds:.2f} s"
            print(line, file=sys.stderr)
