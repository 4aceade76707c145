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


def own(windlass, threads: int, call, **options) -> Way:
    def seconds(number: int) -> float:
        with windlass.threads(threads):
            return Way("", call).time(number)

    return Way(f"windlass, {threads_text(threads)}", call, seconds, own=True, **options)


def rows_case(windlass, special, name: str, shape, dtype) -> Case:
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    function, peer = getattr(windlass.ufunc, name), getattr(special, name)
    short = shape[1] <= 16
    ratio = 3 if short else 10 if name == "logsumexp" else 2
    return Case(
        "ufunc", f"{name}, {shape[0]:,} x {shape[1]:,} {x.dtype.name}",
        [own(windlass, 1, lambda: function(x)), Way("SciPy", lambda: peer(x, axis=1))],
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
            own(windlass, 1, lambda: windlass.ufunc.sqdist(a, b, out=out), floor=floor),
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
            own(windlass, 1, lambda: windlass.ufunc.moving_mean(x, window)),
            Way("pandas", lambda: series.rolling(window).mean().to_numpy()),
        ],
        count=n, element="element", same=same,
    )  # fmt: skip


def densities_case(windlass, stats, n: int, d: int, k: int) -> Case:
    random = np.random.default_rng(0)
    x, means = random.normal(size=(n, d)), random.normal(size=(k, d))
    covariances = np.broadcast_to(np.eye(d) + 0.1, (k, d, d))
    peers = [stats.multivariate_normal(mean, covariances[0]).logpdf for mean in means]
    return Case(
        "ufunc", f"mvn_logpdf, {n:,} x {d}, {k} distributions, float64",
        [
            own(windlass, 1, lambda: windlass.ufunc.mvn_logpdf(x, means, covariances)),
            Way("SciPy", lambda: np.stack([logpdf(x) for logpdf in peers], axis=1), blas=True),
        ],
        count=n * k, element="density", same=close,
    )  # fmt: skip


def covariance_case(windlass, n: int, d: int) -> Case:
    random = np.random.default_rng(0)
    x, w = random.normal(size=(n, d)), random.random(n)
    return Case(
        "ufunc", f"weighted_cov, {n:,} x {d} float64",
        [
            own(windlass, 1, lambda: windlass.ufunc.weighted_cov(x, w)[1]),
            Way("numpy.cov", lambda: np.cov(x, rowvar=False, aweights=w, ddof=0), blas=True),
        ],
        count=n, element="point", same=close,
    )  # fmt: skip


def mahalanobis_case(windlass, distance, n: int, d: int) -> Case:
    random = np.random.default_rng(0)
    x, mean, inverse = random.normal(size=(n, d)), random.normal(size=d), np.eye(d) + 0.1
    return Case(
        "ufunc", f"mahalanobis, {n:,} x {d} float64",
        [
            own(windlass, 1, lambda: windlass.ufunc.mahalanobis(x, mean, inverse)),
            Way("cdist", lambda: distance.cdist(x, mean[None], "mahalanobis", VI=inverse)[:, 0]),
        ],
        count=n, element="distance", same=close,
    )  # fmt: skip


def solve_case(windlass, linalg, n: int, d: int) -> Case:
    random = np.random.default_rng(0)
    square = random.random((n, d, d))
    factors = np.linalg.cholesky(np.eye(d) + square @ np.swapaxes(square, 1, 2))
    b = random.normal(size=(n, d))
    return Case(
        "ufunc", f"cholesky_solve, {n:,} systems of {d} float64",
        [
            own(windlass, 1, lambda: windlass.ufunc.cholesky_solve(factors, b)),
            Way("SciPy", lambda: np.array([
                linalg.cho_solve((one, True), right, check_finite=False)
                for one, right in zip(factors, b, strict=True)
            ])),
        ],
        count=n, element="system", same=lambda left, right: np.allclose(left, right, rtol=1e-9),
    )  # fmt: skip


def so_far_case(windlass, pandas, n: int) -> Case:
    x = np.random.default_rng(0).normal(size=n)
    series = pandas.Series(x)

    def peer():
        so_far = series.expanding()
        return np.stack([so_far.mean(), so_far.var(ddof=0)])

    return Case(
        "ufunc", f"cumulative_moments, {n:,} float64",
        [
            own(windlass, 1, lambda: np.stack(windlass.ufunc.cumulative_moments(x))),
            Way("pandas", peer),
        ],
        count=n, element="element", same=lambda left, right: np.allclose(left, right, rtol=1e-9),
    )  # fmt: skip


def nearest_case(windlass, n: int, m: int, d: int) -> Case:
    from sklearn.metrics import pairwise_distances_argmin

    random = np.random.default_rng(0)
    a, b = random.normal(size=(n, d)), random.normal(size=(m, d))
    return Case(
        "ufunc", f"nearest, {n:,} x {m} x {d} float64",
        [
            own(windlass, 1, lambda: windlass.ufunc.nearest(a, b)[0]),
            Way("scikit-learn", lambda: pairwise_distances_argmin(a, b), blas=True),
        ],
        count=n * m, element="distance", same=np.array_equal,
    )  # fmt: skip


def cases(windlass, notes: list[str], rates):
    from scipy import linalg, special, stats
    from scipy.spatial import distance

    for name in ("logsumexp", "softmax"):
        for dtype in (np.float64, np.float32):
            for shape in ROWS:
                yield rows_case(windlass, special, name, shape, dtype)
    for dtype in (np.float64, np.float32):
        for shape in DISTANCES:
            yield distances_case(windlass, distance, shape, dtype, rates)
    for k in (1, 8):
        yield densities_case(windlass, stats, 10_000, 16, k)
    yield covariance_case(windlass, 10_000, 16)
    yield mahalanobis_case(windlass, distance, 10_000, 16)
    yield solve_case(windlass, linalg, 2000, 16)
    try:
        import pandas
    except ImportError as missing:
        notes.append(f"ufunc: not compared, {missing}")
    else:
        yield moving_case(windlass, pandas, 100_000, 50)
        yield so_far_case(windlass, pandas, 100_000)
    try:
        yield nearest_case(windlass, 10_000, 100, 16)
    except ImportError as missing:
        notes.append(f"ufunc: not compared, {missing}")
