"""Expectation-maximisation against NumPy, scikit-learn and Rust, and against the machine."""

from __future__ import annotations

import os
import pathlib
import time
import warnings

import numpy as np

from bench import machine
from bench.harness import Case, Target, Way
from bench.library import Library

REG_COVAR = 1e-6
# n, d, k, covariance_type, how many times as fast as scikit-learn an iteration should be (0: not
# said), and scikit-learn's ms where that was set, on two cores with two 512-bit units each. It is
# faster elsewhere and the limit lower, so both count: the ratio, and its time over the ratio.
PROBLEMS = [
    (10_000, 2, 20, "full", 90, 14.5),
    (200_000, 8, 16, "full", 70, 590),
    (100_000, 16, 16, "full", 30, 350),
    (50_000, 32, 16, "full", 16, 385),
    (50_000, 64, 16, "full", 12, 1070),
    (20_000, 128, 16, "full", 6, 615),
    (200_000, 10, 16, "diag", 25, 135),
    (200_000, 10, 16, "tied", 0, 0),
    (200_000, 10, 16, "spherical", 0, 0),
]
SINGLE_PROBLEM, SINGLE_BOUND = (200_000, 8, 16), 1.6  # float32 beside float64
# v3 may take 1.7 times as long as the best level
LEVEL_PROBLEMS = [(200_000, 8, 16, 70 / 1.7), (50_000, 32, 16, 16 / 1.7)]
FIT_PROBLEM, FIT_BOUND = (100_000, 8, 10), 10  # from its own start to convergence
QUICK_PROBLEMS = [(2_000, 2, 5, kind, 0, 0) for kind in ("full", "diag", "tied", "spherical")]
QUICK_PROBLEM = (2_000, 4, 3)
POMEGRANATE = (
    "pomegranate is left out: it needs torch, whose wheel on the package index takes 540 MB and "
    "does not import without some 3 GB of CUDA's libraries"
)
LEVEL = "v3"  # of machines with AVX2 and no AVX-512


def threads_text(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def close(left, right, tolerance: float = 1e-9) -> bool:
    """Weights, means, covariances and, where both have it, the bound: each within the tolerance,
    of its largest entry."""
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(left, right)]
    return all(np.max(np.abs(a - b)) <= tolerance * np.max(np.abs(b)) for a, b in pairs)


def single_close(left, right) -> bool:
    return close(left, right, 1e-4)


# ---- the M-step by itself ----


def tutorial() -> tuple[np.ndarray, np.ndarray, str]:
    """The tutorial's points and responsibilities (k × n), from $WINDLASS_TUTORIAL or the folder
    data/gmm-tutorial beside or above this one; arrays of the same shapes where there are none."""
    above = machine.ROOT.parent
    places = [machine.ROOT / "data", above / "data", above / "shared" / "data"]
    folders = [place / "gmm-tutorial" for place in places]
    if "WINDLASS_TUTORIAL" in os.environ:
        folders.insert(0, pathlib.Path(os.environ["WINDLASS_TUTORIAL"]))
    for folder in folders:
        if (folder / "data.npy").exists():
            x, resp = np.load(folder / "data.npy"), np.load(folder / "responsibilities.npy")
            return np.ascontiguousarray(x), np.ascontiguousarray(resp), "the tutorial's arrays"
    generator = np.random.default_rng(0)
    x = generator.normal(size=(10_000, 2)) + 10 * generator.integers(0, 10, (10_000, 1))
    resp = generator.dirichlet(np.ones(10), 10_000).T
    return x, np.ascontiguousarray(resp), "arrays of the tutorial's shape"


def einsum_m_step(x, resp):
    total = resp.sum(axis=1)
    means = np.einsum("kn,nd->kd", resp, x) / total[:, None]
    centred = x[None] - means[:, None]
    covariances = np.einsum("kn,knd,kne->kde", resp, centred, centred) / total[:, None, None]
    return total / len(x), means, covariances


def loop_m_step(x, resp):
    total = resp.sum(axis=1)
    means, covariances = (resp @ x) / total[:, None], np.empty((len(resp), x.shape[1], x.shape[1]))
    for component in range(len(resp)):
        centred = x - means[component]
        weighted = resp[component][:, None] * centred
        covariances[component] = weighted.T @ centred / total[component]
    return total / len(x), means, covariances


def sklearn_m_step(x, resp):
    from sklearn.mixture._gaussian_mixture import _estimate_gaussian_parameters as estimate

    tall = np.ascontiguousarray(resp.T)

    def call():
        total, means, covariances = estimate(x, tall, 0.0, "full")
        return total / len(x), means, covariances

    return call


def m_step_peers(x, resp, notes) -> list[Way]:
    ways = [
        Way("numpy einsum", lambda: einsum_m_step(x, resp), blas=True),
        Way("numpy loop", lambda: loop_m_step(x, resp), blas=True),
    ]
    try:
        ways.append(Way("scikit-learn", sklearn_m_step(x, resp), blas=True))
    except ImportError as missing:
        notes.append(str(missing))
    try:
        from bench.peers import rust

        ways.append(Way("Rust loops", rust.m_step(x, resp)))
    except machine.Missing as missing:
        notes.append(str(missing))
    return ways


def m_step_limit(rates, threads, n, d, k) -> float:
    """Half the flops of an iteration, or reading points and responsibilities once from L2."""
    flops, read = n * k * (d + 1) * (d + 2), 8 * n * (d + k)
    return max(flops / rates.fma[threads], read / rates.read_l2[threads])


def m_step_case(mixture, library, rates, notes) -> Case:
    x, resp, what = tutorial()
    (n, d), k = x.shape, len(resp)
    tall = np.ascontiguousarray(resp.T)
    floors = {t: m_step_limit(rates, t, n, d, k) for t in sorted(rates.fma)}
    most, ways = floors[max(floors)], []
    if mixture is not None:
        ways.append(Way("windlass", lambda: mixture.m_step(x, resp.T), own=True, floor=most))
        name = "windlass, resp n x k"
        ways.append(Way(name, lambda: mixture.m_step(x, tall), own=True, floor=most))
    for t, floor in floors.items():
        name, call = f"C, {threads_text(t)}", library.m_step(library.context(t), x, resp.T)
        ways.append(Way(name, call, own=True, floor=floor))
    return Case(
        "mixture",
        f"M-step, {n} x {d}, k = {k} ({what})",
        ways + m_step_peers(x, resp, notes),
        flops=n * k * (d + 1) * (d + 2),
        limit_name="FMA and L2",
        targets=[Target("seconds", 7e-5)],
        same=close,
        readme=True,
    )


# ---- a whole iteration ----


class Problem:
    """Overlapping components, so that nothing can be left out, and starting values near them."""

    def __init__(self, n: int, d: int, k: int, covariance_type: str = "full"):
        generator = np.random.default_rng(0)
        self.n, self.d, self.k, self.covariance_type = n, d, k, covariance_type
        centres = generator.normal(size=(k, d)) * (3 if d < 4 else 3 / np.sqrt(d))
        shapes = generator.normal(size=(k, d, d)) * (0.5 / np.sqrt(d)) + np.eye(d)
        label = generator.integers(0, k, n)
        self.x = generator.normal(size=(n, d))
        for component in range(k):
            rows = label == component
            self.x[rows] = centres[component] + self.x[rows] @ shapes[component].T
        covariances = shapes @ shapes.transpose(0, 2, 1) + 0.5 * np.eye(d)
        self.precisions = precisions_of(covariances, covariance_type)
        self.weights = generator.dirichlet(np.full(k, 5.0))
        self.means = centres + 0.2 * generator.normal(size=(k, d))

    @property
    def flops(self) -> float:
        """Useful ones of each pair of row and component. Full: triangular product and symmetric
        update. Otherwise squared distances and sums of rows; diag: sums of squares as well; tied:
        a triangular product for each row."""
        n, d, k = self.n, self.d, self.k
        if self.covariance_type == "full":
            return 2.0 * n * k * (d + 1) * (d + 2)
        if self.covariance_type == "diag":
            return 8.0 * n * k * d
        return 6.0 * n * k * d + (n * d * (d + 1) if self.covariance_type == "tied" else 0)

    def limit(self, rates, threads: int, itemsize: int = 8) -> float:
        """The flops at the peak of fused multiply-add, then an exponential for each pair and one
        more for each row; single precision has twice the rates of double."""
        exponentials = self.n * (self.k + 1)
        double = self.flops / rates.fma[threads] + exponentials / rates.exp[threads]
        return double * itemsize / 8

    def settings(self, max_iter: int) -> dict:
        return {
            "n_components": self.k,
            "covariance_type": self.covariance_type,
            "tol": 0.0,
            "reg_covar": REG_COVAR,
            "max_iter": max_iter,
            "weights_init": self.weights,
            "means_init": self.means,
            "precisions_init": self.precisions,
        }

    def __str__(self) -> str:
        kind = "" if self.covariance_type == "full" else f", {self.covariance_type}"
        return f"n = {self.n}, d = {self.d}, k = {self.k}{kind}"


def precisions_of(covariances: np.ndarray, covariance_type: str) -> np.ndarray:
    """In the shape of the type."""
    diagonals = np.diagonal(covariances, axis1=1, axis2=2)
    if covariance_type == "diag":
        return 1 / diagonals
    if covariance_type == "spherical":
        return 1 / diagonals.mean(axis=1)
    inverse = np.linalg.inv(covariances.mean(axis=0) if covariance_type == "tied" else covariances)
    return (inverse + inverse.swapaxes(-1, -2)) / 2


def found(model, bound: float):
    return model.weights_, model.means_, model.covariances_, bound


def own_iteration(windlass, problem: Problem, threads: int, rates, dtype=np.float64) -> Way:
    """fit of 1 + m iterations less fit of 1, from the same start: m iterations, and neither what
    comes before them nor what comes after."""
    x = problem.x.astype(dtype)

    def fit(iterations):
        with windlass.threads(threads), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = windlass.mixture.GaussianMixture(**problem.settings(iterations))
            begin = time.perf_counter()
            model.fit(x)
            return model, time.perf_counter() - begin

    def seconds(number):
        step = 4  # iterations for one that is asked for: the difference of two times is noisy
        short, long = fit(1)[1], fit(1 + step * number)[1]
        return max((long - short) / step, 1e-9)

    def result():
        model = fit(1)[0]
        return found(model, model.lower_bound_)

    floor = problem.limit(rates, threads, x.itemsize) if threads in rates.fma else None
    return Way(f"windlass, {threads_text(threads)}", result, seconds, own=True, floor=floor)


def sklearn_iteration(problem: Problem) -> Way:
    """Its E-step and M-step as its fit calls them."""
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(**problem.settings(1))
    if problem.covariance_type in ("full", "tied"):
        lower = np.linalg.cholesky(np.linalg.inv(problem.precisions))
        factors = np.ascontiguousarray(np.linalg.inv(lower).swapaxes(-1, -2))
    else:
        factors = np.sqrt(problem.precisions)

    def call():
        model.weights_, model.means_ = problem.weights.copy(), problem.means.copy()
        model.precisions_cholesky_ = factors
        bound, log_resp = model._e_step(problem.x)
        model._m_step(problem.x, log_resp)
        return found(model, bound)

    return Way("scikit-learn", call, blas=True)


def iteration_cases(windlass, rates, problems, notes):
    for *shape, bound, milliseconds in problems:
        problem = Problem(*shape)
        ways = [
            own_iteration(windlass, problem, threads, rates)
            for threads in sorted(rates.fma, reverse=True)
        ]
        try:
            ways.append(sklearn_iteration(problem))
        except ImportError as missing:
            notes.append(str(missing))
        targets = []
        if bound:
            targets = [Target("ratio", bound, "scikit-learn")]
            targets.append(Target("seconds", milliseconds / 1000 / bound))
        if problem.covariance_type == "full" and 8 <= problem.d <= 128:
            targets.append(Target("fraction", 0.6))
        yield Case(
            "mixture",
            f"EM iteration, {problem}",
            ways,
            flops=problem.flops,
            limit_name="T_lim",
            targets=targets,
            same=close,
            readme=True,
        )


def single_case(windlass, rates, shape) -> Case:
    """Samples of float32 beside the same of float64."""
    problem, ways = Problem(*shape), []
    for dtype in (np.float32, np.float64):
        for threads in sorted(rates.fma, reverse=True):
            way = own_iteration(windlass, problem, threads, rates, dtype)
            way.name = f"{np.dtype(dtype).name}, {threads_text(threads)}"
            ways.append(way)
    return Case(
        "mixture",
        f"EM iteration in single precision, {problem}",
        ways,
        flops=problem.flops,
        limit_name="T_lim",
        targets=[Target("ratio", SINGLE_BOUND, f"float64, {threads_text(max(rates.fma))}")],
        same=single_close,
        readme=True,
    )


def of_level(library, rates, way_of, dtype) -> Way:
    """A way of `own_iteration`, on the kernels of the rates' level."""
    way = way_of(rates, dtype)
    call, seconds = way.call, way.seconds

    def at_level(function, *arguments):
        with library.at_level(rates.level):
            return function(*arguments)

    way.name = f"{rates.level}, {np.dtype(dtype).name}, {threads_text(max(rates.fma))}"
    way.call, way.seconds = lambda: at_level(call), lambda number: at_level(seconds, number)
    return way


def level_case(windlass, library, all_rates, shape, bound, notes) -> Case:
    """The kernels of machines with AVX2, beside the best that this one has. What float32 gives is
    beside float64 within its own precision."""
    problem = Problem(*shape)

    def way_of(rates, dtype):
        return own_iteration(windlass, problem, max(rates.fma), rates, dtype)

    lower = next(rates for rates in all_rates if rates.level == LEVEL)
    levels = lower, all_rates[-1]
    each = [(rates, dtype) for dtype in (np.float64, np.float32) for rates in levels]
    ways = [of_level(library, rates, way_of, dtype) for rates, dtype in each]
    try:
        ways.append(sklearn_iteration(problem))
    except ImportError as missing:
        notes.append(str(missing))
    return Case(
        "mixture",
        f"EM iteration at level {LEVEL}, {problem}",
        ways,
        flops=problem.flops,
        limit_name="T_lim",
        targets=[Target("ratio", bound, "scikit-learn")] if bound else [],
        same=single_close,
        readme=True,
    )


def level_cases(windlass, library, all_rates, problems, notes):
    if LEVEL not in (rates.level for rates in all_rates[:-1]):
        notes.append(f"level {LEVEL} beside a better one is left out: this machine has none")
        return
    for *shape, bound in problems:
        yield level_case(windlass, library, all_rates, shape, bound, notes)


# ---- a whole fit ----


def fit_way(name: str, estimator, problem: Problem, notes, **more) -> Way:
    """A fit with everything as it is by default; its result is the mean log-likelihood. From this
    random_state both find the same maximum of FIT_PROBLEM, after as many iterations but one."""

    def fit():
        return estimator(problem.k, random_state=1).fit(problem.x)

    def score():
        model = fit()
        reached = model.score(problem.x)
        notes.append(f"a whole fit: {name} took {model.n_iter_} iterations to {reached:.4f}")
        return reached

    def seconds(number):
        begin = time.perf_counter()
        for _ in range(number):
            fit()
        return time.perf_counter() - begin

    return Way(name, score, seconds, **more)


def near(left: float, right: float) -> bool:
    """Starts differ: other versions of the peers may end at another maximum."""
    return abs(left - right) <= 0.01 * abs(right)


def fit_case(windlass, shape, notes) -> Case:
    problem = Problem(*shape)
    ways = [fit_way("windlass", windlass.mixture.GaussianMixture, problem, notes, own=True)]
    try:
        from sklearn.mixture import GaussianMixture

        ways.append(fit_way("scikit-learn", GaussianMixture, problem, notes, blas=True))
    except ImportError as missing:
        notes.append(str(missing))
    return Case(
        "mixture",
        f"a whole fit from k-means, {problem}",
        ways,
        targets=[Target("ratio", FIT_BOUND, "scikit-learn")],
        same=near,
        readme=True,
    )


def cases(notes: list[str], quick: bool, all_rates):
    """all_rates: of each level, the library's last."""
    library, rates = Library(), all_rates[-1]
    notes.append(POMEGRANATE)
    try:
        import windlass
        import windlass.mixture
    except ImportError as missing:
        notes.append(f"iterations and rows from Python are left out: {missing}")
        yield m_step_case(None, library, rates, notes)
    else:
        yield m_step_case(windlass.mixture, library, rates, notes)
        yield from iteration_cases(windlass, rates, QUICK_PROBLEMS if quick else PROBLEMS, notes)
        yield single_case(windlass, rates, QUICK_PROBLEM if quick else SINGLE_PROBLEM)
        levels = [(*QUICK_PROBLEM, 0)] if quick else LEVEL_PROBLEMS
        yield from level_cases(windlass, library, all_rates, levels, notes)
        yield fit_case(windlass, QUICK_PROBLEM if quick else FIT_PROBLEM, notes)
