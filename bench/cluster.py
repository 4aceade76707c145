"""k-means against scikit-learn and faiss, and against the machine."""

from __future__ import annotations

import time
import warnings

import numpy as np

from bench.harness import Case, Target, Way
from bench.mixture import threads_text

# n, d, k, dtype and how many times as fast as scikit-learn an iteration, and k-means++, should be
# (0: not said).
PROBLEMS = [
    (200_000, 16, 64, np.float32, 4, 10),
    (200_000, 16, 64, np.float64, 0, 0),
    (200_000, 2, 20, np.float64, 0, 0),
    (20_000, 128, 256, np.float32, 0, 0),
]
QUICK_PROBLEMS = [(2_000, 4, 5, np.float64, 0, 0)]


class Problem:
    """Overlapping clouds, and rows of them to start from."""

    def __init__(self, n: int, d: int, k: int, dtype):
        generator = np.random.default_rng(0)
        places = 3 * generator.normal(size=(k, d))
        x = generator.normal(size=(n, d)) + places[generator.integers(0, k, n)]
        self.n, self.d, self.k = n, d, k
        self.x = x.astype(dtype)
        self.init = self.x[generator.choice(n, k, replace=False)].copy()

    @property
    def flops(self) -> float:
        """Products of rows and centres, and the sums of the rows."""
        return 2.0 * self.n * self.k * self.d + self.n * self.d

    def limit(self, rates, threads: int) -> float:
        """At the peak of fused multiply-add, if every row is compared with every centre; single
        precision has twice the peak of double."""
        return self.flops / rates.fma[threads] * self.x.itemsize / 8

    def __str__(self) -> str:
        return f"n = {self.n}, d = {self.d}, k = {self.k}, {self.x.dtype.name}"


def close(left, right) -> bool:
    """Labels, but for one in 10,000 whose centres are equally far, and centres."""
    same = np.mean(left[0] == right[0]) >= 1 - 1e-4
    tolerance = 1e-3 if left[1].dtype == np.float32 else 1e-9
    return same and np.allclose(left[1], right[1], rtol=tolerance, atol=tolerance)


def own_iteration(windlass, problem: Problem, threads: int, floor: float, algorithm: str) -> Way:
    """fit of 1 + m iterations less fit of 1, from the same start."""

    def fit(iterations):
        with windlass.threads(threads), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = windlass.cluster.KMeans(
                problem.k, init=problem.init, tol=0.0, max_iter=iterations, algorithm=algorithm
            )
            begin = time.perf_counter()
            model.fit(problem.x)
            return model, time.perf_counter() - begin

    def seconds(number):
        step = 12  # iterations for one that is asked for: the difference of two times is noisy
        short, long = fit(2), fit(2 + step * number)
        iterations = max(long[0].n_iter_ - 2, 1)  # it may converge before
        return max((long[1] - short[1]) / iterations * number, 1e-9)

    def result():
        model = fit(1)[0]
        return model.labels_, model.cluster_centers_

    name = f"windlass, {threads_text(threads)}" + (", elkan" if algorithm == "elkan" else "")
    return Way(name, result, seconds, own=True, floor=floor)


def sklearn_iteration(problem: Problem) -> Way:
    """Its iteration as its fit calls it, on all cores."""
    from sklearn.cluster import KMeans
    from sklearn.cluster._k_means_lloyd import lloyd_iter_chunked_dense
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
    from threadpoolctl import threadpool_limits

    x, k, threads = problem.x - problem.x.mean(axis=0), problem.k, _openmp_effective_n_threads()
    weights, counts, shift = (np.ones(size, x.dtype) for size in (len(x), k, k))
    old, new = problem.init - problem.x.mean(axis=0), np.empty_like(problem.init)
    labels = np.empty(len(x), np.int32)

    def seconds(number):
        with threadpool_limits(1, user_api="blas"):
            begin = time.perf_counter()
            for _ in range(number):
                lloyd_iter_chunked_dense(x, weights, old, new, counts, labels, shift, threads)
            return time.perf_counter() - begin

    def result():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = KMeans(k, init=problem.init, n_init=1, max_iter=1, tol=0.0).fit(problem.x)
        return model.labels_, model.cluster_centers_

    return Way("scikit-learn", result, seconds)


def faiss_iteration(problem: Problem) -> Way:
    import faiss

    def train(iterations):
        kmeans = faiss.Kmeans(
            problem.d, problem.k, niter=iterations, max_points_per_centroid=problem.n
        )
        begin = time.perf_counter()
        kmeans.train(problem.x, init_centroids=problem.init)
        return time.perf_counter() - begin

    return Way("faiss", None, lambda number: max(train(1 + number) - train(1), 1e-9))


def iteration_case(windlass, rates, problem: Problem, bound: float, notes) -> Case:
    most = max(rates.fma)
    ways = [
        own_iteration(windlass, problem, threads, problem.limit(rates, threads), "lloyd")
        for threads in sorted(rates.fma, reverse=True)
    ]
    ways.append(own_iteration(windlass, problem, most, problem.limit(rates, most), "elkan"))
    peers = [sklearn_iteration] + ([faiss_iteration] if problem.x.dtype == np.float32 else [])
    for peer in peers:
        try:
            ways.append(peer(problem))
        except ImportError as missing:
            notes.append(str(missing))
    return Case(
        "cluster",
        f"k-means iteration, {problem}",
        ways,
        flops=problem.flops,
        limit_name="FMA of all products",
        targets=[Target("ratio", bound, "scikit-learn")] if bound else [],
        same=close,
        readme=True,
    )


def plusplus_case(windlass, rates, problem: Problem, bound: float, notes) -> Case:
    choose = windlass.cluster.kmeans_plusplus

    def on(threads):
        def call():
            with windlass.threads(threads):
                choose(problem.x, problem.k, random_state=0)

        return Way(f"windlass, {threads_text(threads)}", call, own=True)

    ways = [on(threads) for threads in sorted(rates.fma, reverse=True)]
    try:
        from sklearn.cluster import kmeans_plusplus

        peer = lambda: kmeans_plusplus(problem.x, problem.k, random_state=0) and None  # noqa: E731
        ways.append(Way("scikit-learn", peer, blas=True))
    except ImportError as missing:
        notes.append(str(missing))
    return Case(
        "cluster",
        f"k-means++, {problem}",
        ways,
        targets=[Target("ratio", bound, "scikit-learn")] if bound else [],
    )


def cases(notes: list[str], quick: bool, rates):
    try:
        import windlass
        import windlass.cluster
    except ImportError as missing:
        notes.append(f"k-means from Python is left out: {missing}")
        return
    for n, d, k, dtype, faster, plus in QUICK_PROBLEMS if quick else PROBLEMS:
        problem = Problem(n, d, k, dtype)
        yield iteration_case(windlass, rates, problem, faster, notes)
        yield plusplus_case(windlass, rates, problem, plus, notes)
