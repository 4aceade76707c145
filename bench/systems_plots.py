"""Steps against rows, and time against threads: tables and a picture."""

from __future__ import annotations

import dataclasses
import pathlib
import time

from bench import harness, machine, report, systems
from bench.krylov import Problem as Convection

KINDS = ("none", "jacobi", "ssor", "chebyshev", "ic0", "ilu0", "ilut")
REPEATS = 3  # of which the fastest counts


@dataclasses.dataclass
class Panel:
    """One number for each value on the axis and each line."""

    title: str
    axis: str
    unit: str
    values: list[int]
    lines: dict[str, list[float]]


def solved(windlass, system, method: str, kind: str):
    """The solve with a preconditioner by name; None where it does not converge."""
    m = None if kind == "none" else kind
    result = windlass.krylov.solve(system.a, system.b, method, M=m, rtol=systems.TOLERANCE)
    return result if result.converged else None


def steps_panel(windlass, title: str, method: str, make, sides: list[int], kinds) -> Panel:
    lines: dict[str, list[float]] = {kind: [] for kind in kinds}
    rows = []
    for side in sides:
        system = systems.System(title, make(side))
        rows.append(system.a.shape[0])
        for kind, line in lines.items():
            result = solved(windlass, system, method, kind)
            line.append(result.iterations if result else float("nan"))
    return Panel(f"{title}, {method}", "rows", "steps", rows, lines)


def threads_panel(windlass, jobs) -> Panel:
    """jobs: name, system, method, preconditioner."""
    cores = machine.cores()
    counts = sorted({1, cores, *(1 << i for i in range(cores.bit_length()) if 1 << i <= cores)})
    lines: dict[str, list[float]] = {}
    for name, system, method, kind in jobs:
        line = lines[f"{name}, {method} + {kind}"] = []
        for count in counts:
            with windlass.threads(count):
                line.append(min(seconds(windlass, system, method, kind) for _ in range(REPEATS)))
    return Panel("time to a true residual of 1e-8", "threads", "s", counts, lines)


def seconds(windlass, system, method: str, kind: str) -> float:
    begin = time.perf_counter()
    solved(windlass, system, method, kind)
    return time.perf_counter() - begin


def panels(windlass, quick: bool):
    planes = [10, 20] if quick else [32, 64, 128, 256, 512]
    cubes = [6, 8] if quick else [10, 20, 40, 70]
    symmetric, general = KINDS[:5], ("jacobi", "ssor", "ilu0", "ilut")
    blown = lambda side: Convection(side, 0).a  # noqa: E731
    flat = lambda side: systems.poisson(side, 2)  # noqa: E731
    deep = lambda side: systems.poisson(side, 3)  # noqa: E731
    yield steps_panel(windlass, "Poisson 2-D", "cg", flat, planes, symmetric)
    yield steps_panel(windlass, "Poisson 3-D", "cg", deep, cubes, symmetric)
    yield steps_panel(windlass, "convection-diffusion", "bicgstab", blown, planes, general)
    yield threads_panel(
        windlass,
        [
            ("Poisson 2-D", systems.System("", flat(planes[-1])), "cg", "ic0"),
            ("Poisson 3-D", systems.System("", deep(cubes[-1])), "cg", "ic0"),
            ("convection", systems.System("", blown(planes[-1])), "bicgstab", "ilu0"),
            ("convection", systems.System("", blown(planes[-1])), "gmres", "ilu0"),
        ],
    )


def table(panel: Panel) -> str:
    show = harness.duration if panel.unit == "s" else "{:.0f}".format
    rows = [[panel.axis, *panel.lines]]
    for i, value in enumerate(panel.values):
        rows.append([f"{value:,}", *(show(line[i]) for line in panel.lines.values())])
    head = f"systems: {panel.title}" + (f": {panel.unit}" if panel.unit != "s" else "")
    return "\n".join([head, *report.aligned(rows)])


def draw(found: list[Panel], file: pathlib.Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 8), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, panel in zip(figure.subplots(2, 2).flat, found):
        for name, line in panel.lines.items():
            axes.loglog(panel.values, line, "o-", label=name)
        axes.set(xlabel=panel.axis, ylabel=panel.unit, title=panel.title)
        axes.set_xticks(panel.values, [f"{value:,}" for value in panel.values], minor=False)
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    figure.savefig(file, dpi=120)


def plots(windlass, folder: pathlib.Path, quick: bool, notes, show) -> None:
    """Shows a table for each panel, and writes systems.png."""
    found = []
    for panel in panels(windlass, quick):
        found.append(panel)
        show(table(panel))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draw(found, folder / "systems.png")
    except ImportError as missing:
        notes.append(f"no picture: {missing}")
