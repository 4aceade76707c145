"""windlass against its peers and against this machine.

    python -m bench [--only text,mixture,cluster,sparse,krylov,systems,ufunc,core]
                    [--match TEXT] [--quick] [--json FILE] [--markdown] [--plots FOLDER]

Run it from the repository's root on a machine that is otherwise idle.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import cluster, core, harness, krylov, machine, mixture, report, ufunc  # noqa: E402
from bench import scaling, sparse, systems, systems_plots, text, texts  # noqa: E402
from bench.library import Library  # noqa: E402

MODULES = ("text", "mixture", "cluster", "sparse", "krylov", "systems", "ufunc", "core")
PACES = {
    "text": harness.Pace(budget=0.9),  # of its many cases each a short one
    "systems": harness.Pace(rounds=2, fewest=2),  # of ways that measure themselves a few times
}


def arguments(words=None):
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", default=",".join(MODULES), help="modules, comma between them")
    parser.add_argument("--match", default="", metavar="TEXT", help="cases whose name holds it")
    parser.add_argument("--quick", action="store_true", help="a look: few rounds, small data")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write all figures")
    parser.add_argument("--markdown", action="store_true", help="print the README's table")
    parser.add_argument(
        "--plots",
        metavar="FOLDER",
        type=pathlib.Path,
        help="mixture.png: an iteration against threads, rows, columns, components; systems.png: "
        "steps against rows, time against threads",
    )
    args = parser.parse_args(words)
    args.only = args.only.split(",")
    unknown = set(args.only) - set(MODULES)
    if unknown:
        parser.error(f"unknown module {', '.join(sorted(unknown))}: of {', '.join(MODULES)}")
    return args


def busy() -> list[str]:
    """A warning where others are at work: their threads and ours, and above all spinning ones of a
    BLAS, wait for each other then."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load < 0.3 * machine.cores():
        return []
    return [f"the machine was busy at the start (load {load:.1f}): the figures are worth little"]


def limits(library, quick: bool) -> list[machine.Rates]:
    """Of each level, the library's last."""
    size = machine.DRAM_BYTES >> (2 if quick else 0)
    data = texts.filled(texts.letters(texts.MILLION).encode(), size)
    here = library.text("isa")
    order = sorted(machine.levels(), key=lambda level: level == here)
    return [machine.measure(level, data, 2 if quick else 5) for level in order]


def cases(module: str, rates: list[machine.Rates], notes: list[str], quick: bool):
    if module == "text":
        return text.cases(notes, quick)
    if module == "mixture":
        return mixture.cases(notes, quick, rates)
    if module == "cluster":
        return cluster.cases(notes, quick, rates[-1])
    if module == "ufunc":
        return ufunc.cases(notes, quick, rates[-1])
    if module == "krylov":
        return krylov.cases(notes, quick, rates[-1])
    if module == "systems":
        return systems.cases(notes, quick, rates[-1])
    if module == "sparse":
        return sparse.cases(notes, quick, rates[-1])
    return core.cases(notes)


def run(module, rates, notes, args, show):
    quick = args.quick
    pace = harness.QUICK if quick else PACES.get(module, harness.Pace())
    results = []
    for case in cases(module, rates, notes, quick):
        if args.match not in case.name:
            continue
        results.append(harness.measure(case, pace))
        show(report.result_text(results[-1]))
    if module == "core" and not args.match:
        for result in core.results(notes, quick):
            results.append(result)
            show(report.result_text(result))
    if module == "mixture" and args.plots:
        try:
            import windlass.mixture
        except ImportError as missing:
            notes.append(f"no plots: {missing}")
        else:
            scaling.plots(windlass, rates[-1], args.plots, quick, notes, show)
    if module == "systems" and args.plots:
        try:
            import windlass.krylov
        except ImportError as missing:
            notes.append(f"no plots: {missing}")
        else:
            systems_plots.plots(windlass, args.plots, quick, notes, show)
    return results


def main(words=None) -> int:
    args = arguments(words)
    library, notes, results = Library(), [], []
    about = report.describe(library)
    notes += busy()

    def show(block):
        print(block, end="\n\n", flush=True)

    rates = limits(library, args.quick)
    show(report.machine_text(about, rates))
    for module in args.only:
        results += run(module, rates, notes, args, show)
    show(report.summary(results))
    for note in dict.fromkeys(notes):
        print("note:", note)
    if args.markdown:
        print(report.markdown(results, about))
    if args.json:
        content = report.as_json(results, about, rates, list(dict.fromkeys(notes)))
        args.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
