"""Cycles of a method that restarts, which SciPy counts and calls back after."""


class Cycles:
    """How many steps cycles take: `first`, and in each later one `change` more, `changes` times."""

    def __init__(self, first, change=0, changes=0):
        self._first, self._change, self._changes = first, change, changes

    def steps(self, cycles):
        """Of so many cycles from the first on."""
        changing = min(cycles, self._changes)
        last = self._first + self._change * self._changes
        among = self._first * changing + self._change * changing * (changing - 1) // 2
        return among + last * (cycles - changing)


class AfterCycles:
    """Calls back with x after each cycle, as far as the steps tell where one ends: a cycle that
    the residual cut short counts as a part of one."""

    def __init__(self, callback, cycles, before=None):
        self._callback, self._cycles, self._before = callback, cycles, before
        self._ended = self._last = 0

    def __call__(self, step):
        self._last = step.step
        if step.step == self._cycles.steps(self._ended + 1):
            self._ended += 1
            self._tell(step.x)
        return False

    def finish(self, x):
        """After the solve, of a last cycle that was not whole."""
        if self._last > self._cycles.steps(self._ended):
            self._ended += 1
            self._tell(x)

    def _tell(self, x):
        if self._before is None or self._ended < self._before:
            self._callback(x)
