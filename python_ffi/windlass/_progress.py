"""What shows the progress of a long call: a bar, lines, or the caller's own function."""

import contextlib
import sys

_BAR_INTERVAL = 0.1  # seconds; more often than eyes notice


class Report:
    """A callback for `_long_call.run`: what shows, and whether that has asked to stop."""

    def __init__(self, show, interval=0.0):
        self.show = show
        self.interval = interval
        self.stopped = False

    def __call__(self, now):
        self.stopped = bool(self.show(now))
        return self.stopped

    def part(self, before, size, whole):
        """A callback for the part of a call's work that comes after `before`."""

        def show(now):
            done = before + size * now.done // max(now.total, 1)
            return self(now._replace(done=done, total=whole))

        return Report(show, self.interval)


@contextlib.contextmanager
def shown(progress, verbose=0, every=10, unit="it"):
    """A `Report` for the calls within, or None where nothing is to be shown.

    Parameters
    ----------
    progress : None, bool or callable
        True: a bar by tqdm. A callable gets each `Progress` itself.
    verbose : int
        Above 0: lines on standard error, one for `every` steps.
    unit : str
        What the bar counts; "B": bytes, and no quantity converges.
    """
    if callable(progress):
        yield Report(progress)
    elif progress:
        with _bar(unit) as bar:
            yield Report(bar, _BAR_INTERVAL)
    elif verbose:
        lines = _Lines(int(every))
        yield Report(lines)
        lines.finish()
    else:
        yield None


@contextlib.contextmanager
def _bar(unit):
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError("progress=True needs tqdm: pip install tqdm") from None

    with tqdm(total=0, unit=unit, unit_scale=unit == "B") as bar:

        def show(now):
            if now.total >= 0:
                bar.total = now.total
            bar.set_description(now.phase, refresh=False)
            if unit != "B":
                bar.set_postfix(value=f"{now.value:.6g}", refresh=False)
            bar.update(now.done - bar.n)

        yield show
        bar.total = bar.n  # what converges does less than it may, and is complete all the same
        bar.refresh()


class _Lines:
    """A line for the first of every so many steps, and for the last."""

    def __init__(self, every):
        self.every = max(every, 1)
        self.shown = 0
        self.unshown = None

    def __call__(self, now):
        self.unshown = now
        if now.done - self.shown >= self.every:
            self.shown = now.done - now.done % self.every
            self.finish()

    def finish(self):
        """Show the latest step, unless it has been."""
        now, self.unshown = self.unshown, None
        if now is not None:
            of = f" of at most {now.total}" if now.total >= 0 else ""
            line = f"{now.phase}: {now.done}{of}, value {now.value:.8g}, {now.seconds:.2f} s"
            print(line, file=sys.stderr)
