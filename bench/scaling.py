"""Time of an iteration against threads, rows, columns and components: a table and a picture."""

from __future__ import annotations

import dataclasses
import pathlib

from bench import harness, machine, report
from bench.harness import Case, Way
from bench.mixture import Problem, close, own_iteration, sklearn_iteration

PACE = harness.Pace(rounds=7, fewest=3, block=0.005, budget=2.0)


@dataclasses.dataclass
class Panel:
    """What varies, over which values, and n, d and k otherwise."""

    axis: str
    values: list[int]
    shape: dict[str, int]

    def points(self):
        """Each value with its threads and its problem."""
        threads = machine.cores()
        for value in self.values:
            if self.axis == "threads":
                yield value, value, Problem(**self.shape)
            else:
                yield value, threads, Problem(**{**self.shape, self.axis: value})

    @property
    def title(self) -> str:
        kept = (f"{name} = {size:,}" for name, size in self.shape.items() if name != self.axis)
        return ", ".join(kept)


def panels(quick: bool) -> list[Panel]:
    cores = machine.cores()
    threads = sorted({1, cores, *(1 << i for i in range(cores.bit_length()) if 1 << i <= cores)})
    if quick:
        sizes = {"n": [300, 1_000], "d": [1, 2], "k": [1, 2]}
        common = [dict(n=1_000, d=2, k=3)] * 4
    else:
        sizes = {
            "n": [1_000, 3_000, 10_000, 30_000, 100_000, 300_000],
            "d": [1, 2, 4, 8, 16, 32, 64],
            "k": [1, 2, 4, 8, 16, 32, 64],
        }
        common = [
            dict(n=100_000, d=8, k=16),
            dict(n=0, d=8, k=16),
            dict(n=20_000, d=0, k=16),
            dict(n=50_000, d=8, k=0),
        ]
    axes = {"threads": threads, **sizes}
    return [Panel(axis, values, shape) for (axis, values), shape in zip(axes.items(), common)]


def on_threads(way: Way, threads: int) -> Way:
    """A peer whose threads are those of its BLAS."""
    from threadpoolctl import threadpool_limits

    def call(inner=way.call):
        with threadpool_limits(threads):
            return inner()

    way.call = call
    return way


def measured(windlass, rates, panel: Panel, notes) -> dict[str, list[float]]:
    """Least seconds of an iteration by way, in the order of the values: a busy machine disturbs
    these least."""
    times: dict[str, list[float]] = {}
    for value, threads, problem in panel.points():
        ways = [own_iteration(windlass, problem, threads, rates)]
        ways[0].name = "windlass"
        try:
            ways.append(on_threads(sklearn_iteration(problem), threads))
        except ImportError as missing:
            notes.append(str(missing))
        name = f"{panel.axis} = {value}"
        for figure in harness.measure(Case("mixture", name, ways, same=close), PACE).figures:
            times.setdefault(figure.way.name, []).append(figure.least)
    return times


def table(panel: Panel, times: dict[str, list[float]]) -> str:
    rows = [[panel.axis, *times, "ratio"]]
    for i, value in enumerate(panel.values):
        each = [column[i] for column in times.values()]
        ratio = harness.times_as(each[-1] / each[0]) if len(each) > 1 else ""
        rows.append([f"{value:,}", *map(harness.duration, each), ratio])
    lines = [f"mixture: time of an EM iteration against {panel.axis}, {panel.title}"]
    return "\n".join(lines + report.aligned(rows))


def draw(found: list[tuple[Panel, dict[str, list[float]]]], file: pathlib.Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (panel, times) in zip(figure.subplots(2, 2).flat, found):
        for name, column in times.items():
            axes.loglog(panel.values, [1e3 * seconds for seconds in column], "o-", label=name)
        axes.set(xlabel=panel.axis, ylabel="ms an iteration", title=panel.title)
        axes.set_xticks(panel.values, [f"{value:,}" for value in panel.values], minor=False)
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
    figure.savefig(file, dpi=120)


def plots(windlass, rates, folder: pathlib.Path, quick: bool, notes, show) -> None:
    """Shows a table for each panel, and writes mixture.png."""
    found = []
    for panel in panels(quick):
        found.append((panel, measured(windlass, rates, panel, notes)))
        show(table(*found[-1]))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draw(found, folder / "mixture.png")
    except ImportError as missing:
        notes.append(f"no picture: {missing}")
