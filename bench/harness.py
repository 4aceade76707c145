"""Paired timing: the ways to do one job take turns, round after round, in the same process.

A round times every way once, in the same order, so that whatever else the machine is doing meets
all of them. Ratios and fractions are taken within a round and their median is reported: they mean
something where the times themselves do not.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections.abc import Callable

# BLAS libraries leave threads spinning after a product (OpenBLAS some 25 ms), on a core that the
# next way may need.
BLAS_PAUSE = 0.1


class Mismatch(Exception):
    """Two ways gave different results: nothing is timed."""


@dataclasses.dataclass
class Way:
    """One way to do the job. `seconds(n)`, where given, does it n times and says how long it took;
    a way without `call` has no result to compare. `limit`: measures the machine, is no peer.
    `floor`: seconds that the machine needs at least."""

    name: str
    call: Callable[[], object] | None = None
    seconds: Callable[[int], float] | None = None
    own: bool = False
    limit: bool = False
    blas: bool = False
    floor: float | None = None

    def time(self, number: int) -> float:
        if self.seconds is not None:
            return self.seconds(number)
        call = self.call
        begin = time.perf_counter()
        for _ in range(number):
            call()
        return time.perf_counter() - begin


@dataclasses.dataclass
class Target:
    """What the case's first way should reach. kind "ratio": times as fast as the fastest peer whose
    name begins with `peer`; "fraction": of the machine's limit; "seconds": at most; "rate": GB/s,
    of a case whose elements are bytes."""

    kind: str
    bound: float
    peer: str = ""

    def met(self, value: float) -> bool:
        return value <= self.bound if self.kind == "seconds" else value >= self.bound

    def __str__(self) -> str:
        if self.kind == "seconds":
            return f"<= {duration(self.bound)}"
        if self.kind == "fraction":
            return f">= {self.bound:g} of the limit"
        if self.kind == "rate":
            return f">= {self.bound:g} GB/s"
        return f">= {self.bound:,g} x {self.peer}"


@dataclasses.dataclass
class Case:
    """A job: the first way is ours. Times are also given per element, of which it has `count`.
    The limit is each way's floor or, without one, the fastest of the ways marked `limit`."""

    module: str
    name: str
    ways: list[Way]
    count: float = 1
    element: str = "call"
    flops: float = 0
    limit_name: str = ""
    targets: list[Target] = dataclasses.field(default_factory=list)
    same: Callable[[object, object], bool] = lambda a, b: a == b
    readme: bool = False


@dataclasses.dataclass
class Pace:
    """How long to measure: rounds, the shortest block that is timed, seconds a case may take."""

    rounds: int = 21
    fewest: int = 3
    block: float = 0.005
    budget: float = 6.0


QUICK = Pace(rounds=3, fewest=2, block=0.001, budget=1.5)


@dataclasses.dataclass
class Figure:
    """What came out for one way."""

    way: Way
    times: list[float]  # seconds a call, one a round
    ratio: float = math.nan  # this way's time over the first way's, round by round
    least_ratio: float = math.nan  # of the least times, which a busy machine disturbs least
    fraction: float = math.nan  # the limit's time over this way's

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def least(self) -> float:
        return min(self.times)


@dataclasses.dataclass
class Result:
    case: Case
    figures: list[Figure]
    verdicts: list[tuple[Target, float, bool]]


def check(case: Case) -> None:
    """Every result equals the first way's."""
    results = [(way, way.call()) for way in case.ways if way.call is not None and not way.limit]
    for way, result in results[1:]:
        if not case.same(results[0][1], result):
            first = results[0][0].name
            raise Mismatch(f"{case.module}: {case.name}: {way.name} differs from {first}")


def turns(ways: list[Way]) -> list[Way]:
    """The order within a round: those that leave threads spinning come last, before one pause."""
    return sorted(ways, key=lambda way: way.blas)


def block_sizes(ways: list[Way], pace: Pace) -> dict[str, int]:
    """Calls a block, so that one lasts long enough for the clock."""
    sizes = {}
    for way in ways:
        way.time(1)  # warm
        number, once = 1, way.time(1)
        while once < pace.block and number < 1 << 22:
            # A first, cold time may be anything, so no step is taken further than ten times.
            wanted = int(1.2 * number * pace.block / max(once, 1e-9))
            number = min(1 << 22, max(number + 1, min(10 * number, wanted)))
            once = way.time(number)
        sizes[way.name] = number
    return sizes


def round_of(ways: list[Way], sizes: dict[str, int], pace: Pace, sleep=time.sleep) -> list[float]:
    """Seconds a call of each way, in the order of `ways`."""
    taken, spinning = {}, True
    for way in turns(ways):
        if spinning and not way.blas and any(other.blas for other in ways):
            sleep(BLAS_PAUSE)
        spinning = way.blas
        if sizes[way.name] > 1:
            way.time(1)  # wakes what slept and fetches what fell out of the cache meanwhile
        taken[way.name] = way.time(sizes[way.name]) / sizes[way.name]
    return [taken[way.name] for way in ways]


def rounds_within(total: float, pace: Pace) -> int:
    """As many rounds of `total` seconds as the pace allows."""
    return max(pace.fewest, min(pace.rounds, int(pace.budget / max(total, 1e-9))))


def paired(over: list[float], under: list[float]) -> float:
    """The median of the quotients, round by round."""
    return statistics.median(a / b for a, b in zip(over, under))


def figures_of(case: Case, times: list[list[float]]) -> list[Figure]:
    """times: one list a round, in the order of the ways."""
    figures = [Figure(way, list(column)) for way, column in zip(case.ways, zip(*times))]
    limits = [figure for figure in figures if figure.way.limit]
    fastest = min(limits, key=lambda figure: figure.median).times if limits else None
    for figure in figures:
        if not figure.way.limit:
            figure.ratio = paired(figure.times, figures[0].times)
            figure.least_ratio = figure.least / figures[0].least
        if figure.way.floor is not None:
            figure.fraction = figure.way.floor / figure.median
        elif fastest is not None:
            figure.fraction = paired(fastest, figure.times)
    return figures


def verdicts_of(case: Case, figures: list[Figure]) -> list[tuple[Target, float, bool]]:
    """Target, what was reached, whether that is enough; without a target whose peer is missing.
    Of the two ratios the smaller one counts."""
    verdicts = []
    for target in case.targets:
        value = math.nan
        if target.kind == "seconds":
            value = figures[0].median
        elif target.kind == "fraction":
            value = figures[0].fraction
        elif target.kind == "rate":
            value = 1e-9 * case.count / figures[0].median
        else:
            peers = [f for f in figures[1:] if f.way.name.startswith(target.peer)]
            value = min((min(f.ratio, f.least_ratio) for f in peers), default=math.nan)
        if not math.isnan(value):
            verdicts.append((target, value, target.met(value)))
    return verdicts


def measure(case: Case, pace: Pace) -> Result:
    check(case)
    sizes = block_sizes(turns(case.ways), pace)
    begin = time.perf_counter()
    times = [round_of(case.ways, sizes, pace)]
    rounds = rounds_within(time.perf_counter() - begin, pace)
    while len(times) < rounds:
        times.append(round_of(case.ways, sizes, pace))
    figures = figures_of(case, times)
    return Result(case, figures, verdicts_of(case, figures))


def duration(seconds: float) -> str:
    """Three figures and a unit."""
    for unit, size in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)):
        if abs(seconds) < 999.5 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def times_as(ratio: float) -> str:
    if math.isnan(ratio):
        return ""
    return f"{ratio:,.0f}" if ratio >= 99.5 else f"{ratio:.3g}"
