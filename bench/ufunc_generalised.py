"""Functions over core axes against SciPy and pandas, and against the machine."""

from __future__ import annotations

import numpy as np

from bench.harness import Case, Target, Way
from bench.mixture import threads_text

ROWS = ((1, 30_000), (300, 1000), (300, 100), (3000, 16), (3000, 10), (10_000, 4))
DISTANCES = ((1000, 1000, 3), (1000, 1000, 16), (1000, 1000, 64), (500, 500, 256))


def close(left, right) -> bool:
    epsilon = np.finfo(left.dtype).eps
    return np.allclose(left, right, rtol=256 * epsilon, atol=256 * epsilon)


def own(threads: int, call, **options) -> Way:
    """Loops ask the process how many threads there are: NumPy calls them without a context."""
    from windlass._context import get_process
    from windlass._load import lib

    def on_threads():
        before = get_process("threads")
        lib.wdl_set_int(0, lib.WDL_PROCESS, b"threads", threads)
        try:
            return call()
        finally:
            lib.wdl_set_int(0, lib.WDL_PROCESS, b"threads", before)

    return Way(f"windlass, {threads_text(threads)}", on_threads, own=True, **options)


def rows_case(windlass, special, name: str, shape, dtype) -> Case:
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    function, peer = getattr(windlass.ufunc, name), getattr(special, name)
    short = shape[1] <= 16
    ratio = 3 if short else 10 if name == "logsumexp" else 2
    return Case(
        "ufunc", f"{name}, {shape[0]:,} x {shape[1]:,} {x.dtype.name}",
        [own(1, lambda: function(x)), Way("SciPy", lambda: peer(x, axis=1))],
        count=x.size, element="element", targets=[Target("ratio", ratio, "SciPy")], same=close,
    )  # fmt: skip


def distances_case(windlass, distance, shape, dtype, rates) -> Case:
    """The limit: three operations a term at the rate of fused multiplications and additions."""
    n, m, d = shape
    random = np.random.default_rng(0)
    a, b = random.normal(size=(n, d)).astype(dtype), random.normal(size=(m, d)).astype(dtype)
    out, wide = np.empty((n, m), dtype), np.empty((n, m))
    flops = 3 * n * m * d
    floor = flops / rates.fma[1] * a.itemsize / 8
    return Case(
        "ufunc", f"sqdist, {n} x {m} x {d} {a.dtype.name}",
        [
            own(1, lambda: windlass.ufunc.sqdist(a, b, out=out), floor=floor),
            Way("cdist", lambda: distance.cdist(a, b, "sqeuclidean", out=wide)),
        ],
        count=n * m, element="distance", flops=flops, limit_name="FMA peak",
        targets=[Target("ratio", 4, "cdist")] + [Target("fraction", 0.6)] * (d >= 32), same=close,
    )  # fmt: skip


def moving_case(windlass, pandas, n: int, window: int) -> Case:
    x = np.random.default_rng(0).normal(size=n)
    series = pandas.Series(x)

    def same(left, right):
        return close(left[window - 1 :], np.asarray(right)[window - 1 :])

    return Case(
        "ufunc", f"moving_mean, {n:,} float64, window {window}",
        [
            own(1, lambda: windlass.ufunc.moving_mean(x, window)),
            Way("pandas", lambda: series.rolling(window).mean().to_numpy()),
        ],
        count=n, element="element", same=same,
    )  # fmt: skip


def densities_case(windlass, stats, n: int, d: int) -> Case:
    random = np.random.default_rng(0)
    x, mean, covariance = random.normal(size=(n, d)), np.zeros((1, d)), np.eye(d)[None] + 0.1
    peer = stats.multivariate_normal(mean[0], covariance[0]).logpdf
    return Case(
        "ufunc", f"mvn_logpdf, {n:,} x {d} float64",
        [
            own(1, lambda: windlass.ufunc.mvn_logpdf(x, mean, covariance)[:, 0]),
            Way("SciPy", lambda: peer(x), blas=True),
        ],
        count=n, element="point", same=close,
    )  # fmt: skip


def cases(windlass, notes: list[str], rates):
    from scipy import special, stats
    from scipy.spatial import distance

    for name in ("logsumexp", "softmax"):
        for dtype in (np.float64, np.float32):
            for shape in ROWS:
                yield rows_case(windlass, special, name, shape, dtype)
    for dtype in (np.float64, np.float32):
        for shape in DISTANCES:
            yield distances_case(windlass, distance, shape, dtype, rates)
    yield densities_case(windlass, stats, 10_000, 16)
    try:
        import pandas
    except ImportError as missing:
        notes.append(f"ufunc: not compared, {missing}")
    else:
        yield moving_case(windlass, pandas, 100_000, 50)
