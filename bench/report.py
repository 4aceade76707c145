"""The results as tables: aligned for a screen, Markdown for the README, JSON for programs."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import platform
import subprocess

from bench import machine
from bench.harness import Figure, Result, duration, times_as

PEERS = ("numpy", "scipy", "scikit-learn", "faiss-cpu", "polars", "pyarrow", "stringzilla")
PROGRAMS = ("rustc", "grep", "wc")


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PEERS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    for name in PROGRAMS:
        try:
            done = subprocess.run([name, "--version"], capture_output=True, text=True)
        except OSError:
            continue
        numbers = [word for word in done.stdout.split("\n", 1)[0].split() if word[0].isdigit()]
        if numbers:
            found[name] = numbers[0]
    return found


def describe(library) -> dict:
    """The machine and the programs."""
    return {
        "processor": machine.model(),
        "cores": machine.cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "level": library.text("isa"),
        "build": library.text("build"),
        "versions": versions(),
    }


def machine_text(about: dict, rates: list[machine.Rates]) -> str:
    listed = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    lines = [
        f"{about['processor']}, {about['cores']} cores, level {about['level']}, {about['build']}",
        listed,
        "",
    ]
    header = ["limit", *(f"{r.level}, {t} thr" for r in rates for t in r.fma)]
    rows = [
        ("FMA, Gflop/s", "fma", 1e9),
        ("exp, G/s", "exp", 1e9),
        ("read L2, GB/s", "read_l2", 1e9),
        ("read DRAM, GB/s", "read_dram", 1e9),
    ]
    table = [header]
    for title, field, unit in rows:
        values = [value for r in rates for value in getattr(r, field).values()]
        table.append([title, *(f"{value / unit:.3g}" for value in values)])
    return "\n".join(lines + aligned(table))


def aligned(rows: list[list[str]]) -> list[str]:
    """The first column to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return lines


def per_element(result: Result, figure: Figure) -> str:
    if result.case.flops:
        return f"{result.case.flops / figure.median / 1e9:.3g} Gflop/s"
    if result.case.count == 1:
        return ""
    each = figure.median / result.case.count
    rate = f", {1e-9 / each:.3g} GB/s" if result.case.element == "byte" else ""
    return f"{each * 1e9:.4g} ns/{result.case.element}{rate}"


def result_text(result: Result) -> str:
    limited = any(not math.isnan(figure.fraction) for figure in result.figures)
    limit = f"of {result.case.limit_name}" if limited else ""
    rows = [["", "median", "least", "each", "ratio", "of least", limit]]
    for figure in result.figures:
        fraction = "" if math.isnan(figure.fraction) else f"{figure.fraction:.2f}"
        name = ("* " if figure.way.own else "  ") + figure.way.name
        each = per_element(result, figure)
        times = [duration(figure.median), duration(figure.least)]
        ratios = [times_as(figure.ratio), times_as(figure.least_ratio)]
        rows.append([name, *times, each, *ratios, fraction])
    lines = [f"{result.case.module}: {result.case.name}", *aligned(rows)]
    return "\n".join(lines + [f"  {verdict_text(*verdict)}" for verdict in result.verdicts])


def verdict_text(target, value: float, met: bool) -> str:
    shown = duration(value) if target.kind == "seconds" else times_as(value)
    return f"target {target}: {shown}, {'met' if met else 'MISSED'}"


def summary(results: list[Result]) -> str:
    """The targets of all cases in one table."""
    rows = [["case", "target", "reached", ""]]
    for result in results:
        for target, value, met in result.verdicts:
            shown = duration(value) if target.kind == "seconds" else times_as(value)
            name = f"{result.case.module}: {result.case.name}"
            rows.append([name, str(target), shown, "met" if met else "MISSED"])
    return "\n".join(aligned(rows)) if len(rows) > 1 else "no targets in what was run"


def markdown(results: list[Result], about: dict) -> str:
    """The README's table of peers: for each job our first way, then everyone else."""
    lines = [
        f"{about['processor']}, {about['cores']} cores, level {about['level']}. "
        "Median of interleaved rounds.",
        "",
        "| job | way | time | windlass is faster by |",
        "| --- | --- | ---: | ---: |",
    ]
    for result in results:
        if not result.case.readme:
            continue
        own, *others = result.figures
        lines.append(f"| {result.case.name} | **{own.way.name}** | **{duration(own.median)}** | |")
        others = [f for f in others if not f.way.own and not f.way.limit]
        for figure in sorted(others, key=lambda f: f.ratio):
            ratio = f"{times_as(min(figure.ratio, figure.least_ratio))} ×"
            lines.append(f"| | {figure.way.name} | {duration(figure.median)} | {ratio} |")
    return "\n".join(lines)


def number(value: float) -> float | None:
    return None if math.isnan(value) else value


def as_json(results: list[Result], about: dict, rates: list[machine.Rates], notes) -> dict:
    cases = []
    for result in results:
        case = result.case
        ways = [
            {
                "name": figure.way.name,
                "own": figure.way.own,
                "limit": figure.way.limit,
                "seconds": figure.times,
                "median": figure.median,
                "least": figure.least,
                "ratio": number(figure.ratio),
                "least_ratio": number(figure.least_ratio),
                "fraction": number(figure.fraction),
            }
            for figure in result.figures
        ]
        targets = [
            {"kind": t.kind, "bound": t.bound, "peer": t.peer, "reached": value, "met": met}
            for t, value, met in result.verdicts
        ]
        head = {"module": case.module, "name": case.name, "count": case.count}
        head |= {"element": case.element, "flops": case.flops, "limit": case.limit_name}
        cases.append({**head, "ways": ways, "targets": targets})
    measured = [dataclasses.asdict(rate) for rate in rates]
    return {"machine": about, "limits": measured, "notes": notes, "cases": cases}
