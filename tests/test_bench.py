"""The benchmark's arithmetic, and that its cases run and agree. No time is asserted."""

import collections
import json
import math
import pathlib
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import __main__ as program  # noqa: E402
from bench import core, harness, library, machine, mixture, report, text, texts  # noqa: E402
from bench import scaling, systems, systems_plots, text_ways, text_words  # noqa: E402
from bench.harness import Case, Pace, Target, Way  # noqa: E402
from bench.peers import petsc, rust  # noqa: E402

TINY = Pace(rounds=2, fewest=2, block=1e-6, budget=0.0)


def constant(name, seconds, **more):
    """A way that says how long it took."""
    return Way(name, lambda: 1, lambda number: number * seconds, **more)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """What is compiled goes where nobody looks for it later."""
    monkeypatch.setattr(machine, "BUILT", tmp_path / "with a space")


@pytest.fixture
def loaded(small):
    try:
        return library.Library()
    except machine.Missing as missing:
        pytest.skip(str(missing))


def measured(cases):
    results = [harness.measure(case, TINY) for case in cases]
    assert results
    assert all(figure.median > 0 for result in results for figure in result.figures)
    return results


def test_ratios_are_taken_round_by_round():
    case = Case("text", "x", [constant("a", 1), constant("b", 1)])
    figures = harness.figures_of(case, [[1.0, 10.0], [2.0, 40.0], [4.0, 120.0]])
    assert [figure.ratio for figure in figures] == [1.0, 20.0]
    assert [figure.least_ratio for figure in figures] == [1.0, 10.0]
    assert figures[1].median == 40.0
    assert math.isnan(figures[0].fraction)


def test_fraction_is_of_the_fastest_reader():
    ways = [constant("a", 1), constant("slow", 1, limit=True), constant("fast", 1, limit=True)]
    figures = harness.figures_of(Case("text", "x", ways), [[2.0, 3.0, 1.0], [4.0, 9.0, 3.0]])
    assert figures[0].fraction == (0.5 + 0.75) / 2
    assert figures[2].fraction == 1.0
    assert math.isnan(figures[1].ratio)


def test_floor_is_of_the_way():
    ways = [constant("a", 1, floor=1.0), constant("b", 1, floor=4.0), constant("c", 1)]
    figures = harness.figures_of(Case("text", "x", ways), [[2.0, 8.0, 8.0]])
    assert [figure.fraction for figure in figures[:2]] == [0.5, 0.5]
    assert math.isnan(figures[2].fraction)


def test_targets():
    targets = [
        Target("ratio", 10, "Rust"),
        Target("ratio", 10, "nobody"),
        Target("seconds", 1.0),
        Target("fraction", 0.5),
        Target("rate", 1.5),
    ]
    ways = [constant("a", 1, floor=0.25), constant("Rust x", 1), constant("Rust y", 1)]
    case = Case("text", "x", ways, 2e9, "byte", targets=targets)
    figures = harness.figures_of(case, [[1.0, 20.0, 9.0], [1.0, 20.0, 11.0]])
    verdicts = harness.verdicts_of(case, figures)
    reached = [(9.0, False), (1.0, True), (0.25, False), (2.0, True)]
    assert [(value, met) for _, value, met in verdicts] == reached
    assert [str(target) for target in targets] == [
        ">= 10 x Rust",
        ">= 10 x nobody",
        "<= 1 s",
        ">= 0.5 of the limit",
        ">= 1.5 GB/s",
    ]


def test_pause_between_blas_and_the_rest():
    pauses = []
    ways = [constant("blas", 1, blas=True), constant("own", 2), constant("other", 3)]
    sizes = {way.name: 1 for way in ways}
    assert harness.round_of(ways, sizes, TINY, pauses.append) == [1, 2, 3]
    assert pauses == [harness.BLAS_PAUSE]
    assert [way.name for way in harness.turns(ways)] == ["own", "other", "blas"]
    harness.round_of(ways[1:], sizes, TINY, pauses.append)
    assert len(pauses) == 1


def test_blocks_and_rounds():
    pace = Pace(rounds=9, fewest=3, block=1.0, budget=12.0)
    sizes = harness.block_sizes([constant("slow", 5.0), constant("fast", 0.01)], pace)
    assert sizes["slow"] == 1
    assert 100 <= sizes["fast"] <= 130
    assert [harness.rounds_within(total, pace) for total in (0.1, 2.0, 100.0)] == [9, 6, 3]


def test_different_results_are_not_timed():
    ways = [Way("a", lambda: 1), Way("b", lambda: 2), Way("reader", lambda: 3, limit=True)]
    with pytest.raises(harness.Mismatch, match="b differs from a"):
        harness.check(Case("text", "x", ways))
    harness.check(Case("text", "x", [ways[0], ways[2]]))


@pytest.mark.parametrize(
    "seconds, shown",
    [(2.5e-8, "25 ns"), (1.234e-6, "1.23 us"), (0.05, "50 ms"), (9.999e-4, "1 ms"), (12, "12 s")],
)
def test_durations(seconds, shown):
    assert harness.duration(seconds) == shown


def test_peers_agree():
    for count in (2, 3, 1000):
        letters = texts.letters(count)
        data = letters.encode()
        counts = [way.call() for way in text.pure_python(letters) + text.pure_python(data)]
        counts += [way.call() for way in text.numpy_ways(data)]
        assert len(set(counts)) == 1


def test_scripts_are_text():
    for name in texts.ALL_SCRIPTS:
        data = texts.filled(texts.script(name), 1 << 20)
        assert 0.5 * (1 << 20) < data.nbytes
        assert len(data.tobytes().decode()) > 100_000


def test_words_are_drawn_after_zipf():
    counts = sorted(collections.Counter(texts.zipf_words(20_000).split()).values(), reverse=True)
    assert sum(counts) == 20_000
    assert counts[0] > 4 * counts[10] > 4 * counts[100]


def test_words_that_cannot_overlap():
    assert [texts.overlaps_itself(word) for word in ("abcab", "aa", "abc")] == [True, True, False]
    assert texts.vocabulary("with with pop_ abab here from from", 2) == [b"with", b"from"]


def test_summaries_agree():
    counted = collections.Counter("a b a c".split())
    assert text_words.summary(counted) == (3, 4, (2, 1, 1))
    assert text_words.same_counts(counted, (3, 4, [2, 1, 1]))
    assert text_words.same_counts(counted, (3, 4))
    assert not text_words.same_counts(counted, (3, 5))


@pytest.mark.no_sanitizer
def test_limits(small):
    data = np.random.default_rng(0).integers(0, 255, 5000, dtype=np.uint8)
    x = np.linspace(-300.0, 0.0, 512)
    for level in machine.levels():
        limits = machine.Limits(level)
        for threads in (1, 2):
            for kind in range(3):
                assert limits.read(kind, data[:4096], threads, 1)[1] == words(data[:4096])
            seconds, found = limits.read(3, data, threads, 3)
            assert seconds > 0
            assert found == 3 * int(np.count_nonzero(data == 10))
            assert limits.fma_rate(threads, 1, 100) > 0
            assert limits.exp_rate(threads, 1, 2) > 0
        assert np.allclose(limits.exp_values(x), np.exp(x), rtol=5e-16, atol=0)
        assert machine.read_rate(limits, data, 1, 1, 2) > 0


def words(data):
    with np.errstate(over="ignore"):
        return int(data.view(np.uint64).sum())


@pytest.mark.no_sanitizer
def test_text_cases(loaded, monkeypatch):
    """All of them, beside those peers that are there; cargo is left alone."""
    pytest.importorskip("windlass.text")
    monkeypatch.setattr(rust, "built", lambda: (None, "no cargo"))
    notes = []
    bench = text_ways.Bench(notes, 1 << 21, 1 << 19, loaded, machine.Limits("base"))
    results = measured(text.every_case(bench))
    names = [result.case.name for result in results]
    assert len(set(names)) == len(names)
    assert "no cargo" in notes


@pytest.mark.no_sanitizer
def test_core_cases(loaded):
    results = measured(core.cases([]))
    assert any(result.verdicts for result in results)


def test_mixture_peers(loaded):
    generator = np.random.default_rng(0)
    x, resp = generator.normal(size=(300, 3)), generator.dirichlet(np.ones(4), 300).T
    expected = mixture.einsum_m_step(x, resp)
    assert mixture.close(mixture.loop_m_step(x, resp), expected)
    assert mixture.close(loaded.m_step(loaded.context(1), x, resp.T)(), expected)
    shifted = expected[0], expected[1] + 1e-6, expected[2]
    assert not mixture.close(shifted, expected)


def test_iterations(loaded):
    windlass = pytest.importorskip("windlass")
    pytest.importorskip("windlass.mixture")
    pytest.importorskip("sklearn")
    rates = machine.Rates("base", {1: 1e9, 2: 2e9}, {1: 1e8, 2: 2e8}, {}, {})
    shapes = [(500, 3, 4, kind, 0, 0) for kind in ("full", "diag", "tied", "spherical")]
    results = measured(mixture.iteration_cases(windlass, rates, shapes, []))
    about = report.describe(loaded)
    assert "scikit-learn" in report.result_text(results[0])
    assert "scikit-learn" in report.markdown(results, about)
    assert "EM iteration" in json.dumps(report.as_json(results, about, [rates], ["a note"]))
    exponentials = 500 * 5
    flops = [2 * 500 * 4 * 4 * 5, 8 * 500 * 4 * 3, 6 * 500 * 4 * 3 + 500 * 3 * 4, 6 * 500 * 4 * 3]
    for shape, each in zip(shapes, flops):
        limit = mixture.Problem(*shape[:4]).limit(rates, 2)
        assert limit == pytest.approx(each / 2e9 + exponentials / 2e8)


def test_single_precision_and_whole_fits(loaded):
    windlass = pytest.importorskip("windlass")
    pytest.importorskip("windlass.mixture")
    pytest.importorskip("sklearn")
    rates, notes = machine.Rates("base", {1: 1e9, 2: 2e9}, {1: 1e8, 2: 2e8}, {}, {}), []
    shape = (500, 3, 2)
    single, fit = measured(
        [mixture.single_case(windlass, rates, shape), mixture.fit_case(windlass, shape, notes)]
    )
    floors = [figure.way.floor for figure in single.figures]
    assert floors[2:] == pytest.approx([2 * floor for floor in floors[:2]])
    assert [len(result.verdicts) for result in (single, fit)] == [1, 1]
    assert len(notes) == 2 and "iterations" in notes[0]


def test_levels(loaded):
    windlass = pytest.importorskip("windlass")
    pytest.importorskip("windlass.mixture")
    if mixture.LEVEL not in machine.levels()[:-1]:
        pytest.skip("this machine has no better level")
    level, notes = loaded.text("isa"), []
    rates = [
        machine.Rates(name, {1: 1e9, 2: 2e9}, {1: 1e8, 2: 2e8}, {}, {})
        for name in (mixture.LEVEL, machine.levels()[-1])
    ]
    shapes = [(500, 3, 2, 0)]
    (result,) = measured(mixture.level_cases(windlass, loaded, rates, shapes, notes))
    assert result.figures[0].way.name == "v3, float64, 2 threads"
    assert loaded.text("isa") == level
    assert not list(mixture.level_cases(windlass, loaded, rates[1:], shapes, notes)) and notes


def test_scaling(loaded, tmp_path, monkeypatch):
    windlass = pytest.importorskip("windlass")
    pytest.importorskip("windlass.mixture")
    monkeypatch.setattr(scaling, "PACE", TINY)
    rates, shown = machine.Rates("base", {1: 1e9}, {1: 1e8}, {}, {}), []
    scaling.plots(windlass, rates, tmp_path / "new", True, [], shown.append)
    axes = ["threads", "n", "d", "k"]
    assert [table.splitlines()[1].split()[0] for table in shown] == axes
    pytest.importorskip("matplotlib")
    assert (tmp_path / "new" / "mixture.png").stat().st_size > 10_000


def absent():
    raise petsc.Missing("no PETSc")


def test_systems(loaded, monkeypatch):
    windlass = pytest.importorskip("windlass")
    pytest.importorskip("windlass.krylov")
    pytest.importorskip("scipy")
    monkeypatch.setattr(petsc, "environment", absent)
    rates, notes = machine.Rates("base", {}, {}, {}, {1: 1e9, 2: 1e9}), []
    results = measured(systems.cases(notes, True, rates))
    assert len(results) >= 3 and "no PETSc" in notes
    for result in results:
        names = [figure.way.name for figure in result.figures]
        assert names[0].startswith("windlass") and len(set(names)) == len(names)
        assert any(name.startswith("SciPy") for name in names)


def test_a_system_is_solved_when_its_residual_says_so():
    system = systems.System("two rows", np.diag([1.0, 2.0]), np.array([1.0, 0.0]))
    starts = []

    def solve(x, tolerance):
        starts.append((x, tolerance))
        return np.array([1 + tolerance * 100, 0.0])

    assert system.solved(system.finished(solve))
    assert [tolerance for _, tolerance in starts] == pytest.approx([1e-8, 1e-9, 1e-10])
    assert starts[0][0] is None and starts[1][0] is not None
    way = systems.timed("peer", lambda: 1, 2)
    assert way.time(1) > 0 and way.time(3) > 0
    assert way.time(4) == pytest.approx(4 * way.time(1)), "remembered"


def test_plots_of_systems(loaded, tmp_path):
    windlass = pytest.importorskip("windlass")
    pytest.importorskip("windlass.krylov")
    pytest.importorskip("scipy")
    shown = []
    systems_plots.plots(windlass, tmp_path / "new", True, [], shown.append)
    axes = ["rows", "rows", "rows", "threads"]
    assert [table.splitlines()[1].split()[0] for table in shown] == axes
    pytest.importorskip("matplotlib")
    assert (tmp_path / "new" / "systems.png").stat().st_size > 10_000


def test_tables():
    case = Case("text", "job", [constant("windlass", 1, own=True), constant("peer", 2)])
    case.count, case.element, case.targets = 10, "byte", [Target("ratio", 3, "peer")]
    case.readme = True
    result = harness.measure(case, TINY)
    assert "target >= 3 x peer: 2, MISSED" in report.result_text(result)
    assert report.summary([result]).splitlines()[1].split()[-2:] == ["2", "MISSED"]
    about = {"processor": "p", "cores": 2, "level": "base"}
    assert "| | peer | 2 s | 2 × |" in report.markdown([result], about)


def test_arguments(capsys):
    assert program.arguments(["--only", "core,text"]).only == ["core", "text"]
    assert program.arguments(["--match", "wc"]).match == "wc"
    with pytest.raises(SystemExit):
        program.arguments(["--only", "tax"])
    assert "unknown module tax" in capsys.readouterr().err
