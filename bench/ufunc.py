"""Ufuncs against NumPy, scipy.special, numexpr, Numba and PyTorch, and against the machine."""

from __future__ import annotations

import contextlib
import functools
import importlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bench import ufunc_generalised
from bench.harness import Case, Target, Way
from bench.mixture import threads_text

IN_CACHE, IN_MEMORY, WINDOWS = 30_000, 8_000_000, 32
ROOT_2_PI = 0.9189385332046727  # log(2 pi) / 2

# Times as fast as NumPy or SciPy, in the second level of cache and on one thread.
DOUBLE = {
    "exp": 1, "expm1": 1.2, "expit": 3.8, "silu": 3.8, "logit": 6, "softplus": 9, "erf": 8,
    "erfc": 6, "norm_cdf": 6, "gelu": 6, "norm_logpdf": 3, "logaddexp": 7,
}  # fmt: skip
SINGLE = {
    "erf": 25, "softplus": 20, "norm_cdf": 14, "gelu": 14, "erfc": 14, "logit": 14, "expit": 5,
}  # fmt: skip
FROM_MEMORY = ("exp", "expm1", "norm_logpdf", "expit", "erf")
# What the same is elsewhere: an expression of numexpr, and of torch.
NUMEXPR = {
    "exp": "exp(x)", "expm1": "expm1(x)", "log": "log(x)", "log1p": "log1p(x)",
    "tanh": "tanh(x)", "expit": "1 / (1 + exp(-x))", "silu": "x / (1 + exp(-x))",
    "logit": "log(x / (1 - x))", "softplus": "log1p(exp(-abs(x))) + where(x > 0, x, 0)",
    "norm_logpdf": f"-{ROOT_2_PI} - x * x / 2", "rsqrt": "1 / sqrt(x)",
}  # fmt: skip
TORCH = {
    "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "tanh": "tanh",
    "expit": "sigmoid", "logit": "logit", "erf": "erf", "erfc": "erfc", "rsqrt": "rsqrt",
    "norm_cdf": "special.ndtr", "logaddexp": "logaddexp", "hypot": "hypot", "xlogy": "xlogy",
    "silu": "nn.functional.silu", "gelu": "nn.functional.gelu",
    "softplus": "nn.functional.softplus",
}  # fmt: skip
NUMBA = ("exp", "expm1", "log", "log1p", "tanh", "erf", "erfc", "hypot")  # of math


def peers():
    """{name: NumPy's or SciPy's way with an array for the result}"""
    from scipy import special

    return {
        "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "tanh": np.tanh,
        "expit": special.expit, "logit": special.logit, "erf": special.erf, "erfc": special.erfc,
        "norm_cdf": special.ndtr, "logaddexp": np.logaddexp, "xlogy": special.xlogy,
        "hypot": np.hypot,
        "silu": lambda x, out: np.multiply(x, special.expit(x, out=out), out=out),
        "gelu": lambda x, out: np.multiply(x, special.ndtr(x, out=out), out=out),
        "softplus": lambda x, out: np.logaddexp(x.dtype.type(0), x, out=out),
        "norm_logpdf": lambda x, out: np.subtract(-x.dtype.type(0.5) * x * x, ROOT_2_PI, out=out),
        "rsqrt": lambda x, out: np.divide(1, np.sqrt(x, out=out), out=out),
    }  # fmt: skip


class Problem:
    """Arguments of n elements. With several `windows` they are renewed before each call that is
    timed, from a pool of as many times n values, and the result is written once: both lie in the
    second level of cache then, as they would if one call were repeated, but branch predictors have
    not seen the values. They do learn the branches of 30,000, as a rule or not from run to run:
    SciPy's ndtr took 6.3 or 13.7 ns an element. The pool is in single precision, so that what is
    read of it leaves the others where they are. Nor is it timed how `around` is entered."""

    def __init__(self, name: str, dtype, n: int, inputs: int, windows: int = 1):
        random, size = np.random.default_rng(0), n * windows
        positive = name in ("log", "rsqrt", "log1p")
        x = random.uniform(1e-6, 1 - 1e-6, size) if name == "logit" else random.normal(size=size)
        x = np.abs(x) + 1e-3 if positive else x
        second = [np.abs(random.normal(size=size)) + 1e-3] if inputs == 2 else []
        self.name, self.dtype, self.n, self.windows = name, np.dtype(dtype), n, windows
        self.arguments = [one[:n].astype(dtype) for one in (x, *second)]
        self.pools = [one.astype(np.float32) for one in (x, *second)] if windows > 1 else []

    def renew(self, window: int) -> None:
        first = window % self.windows * self.n
        for pool, argument in zip(self.pools, self.arguments, strict=True):
            np.copyto(argument, pool[first : first + self.n])

    def way(self, name: str, function, around=contextlib.nullcontext, **options) -> Way:
        """function(*arguments, out=) within around()."""
        out, arguments, window = np.empty(self.n, self.dtype), self.arguments, 0

        def call():
            with around():
                return function(*arguments, out=out)

        def seconds(number: int) -> float:
            nonlocal window
            taken = 0.0
            with around():
                for _ in range(number):
                    window += 1
                    self.renew(window)
                    out.fill(0)
                    begin = time.perf_counter()
                    function(*arguments, out=out)
                    taken += time.perf_counter() - begin
            return taken

        return Way(name, call, seconds if self.pools else None, **options)


def own(windlass, problem: Problem, threads: int, **options) -> Way:
    return problem.way(
        f"windlass, {threads_text(threads)}", getattr(windlass.ufunc, problem.name),
        functools.partial(windlass.threads, threads), own=True, **options,
    )  # fmt: skip


def numexpr_way(problem: Problem) -> Way:
    import numexpr

    numexpr.set_num_threads(1)
    expression, (x, *_) = NUMEXPR[problem.name], problem.arguments
    return problem.way("numexpr", lambda *_, out: numexpr.evaluate(expression, {"x": x}, out=out))


def numba_way(problem: Problem) -> Way:
    import math

    import numba

    function = getattr(math, problem.name)
    if len(problem.arguments) == 2:
        made = numba.vectorize(lambda a, b: function(a, b))
    else:
        made = numba.vectorize(lambda x: function(x))
    return problem.way("Numba", made)


def torch_way(problem: Problem) -> Way:
    import torch

    torch.set_num_threads(1)
    function = torch
    for part in TORCH[problem.name].split("."):
        function = getattr(function, part)
    tensors = [torch.from_numpy(one) for one in problem.arguments]
    return problem.way("PyTorch", lambda *_, out: function(*tensors).numpy())


def others(problem: Problem, notes: list[str]) -> list[Way]:
    made = []
    for there, make in ((NUMEXPR, numexpr_way), (NUMBA, numba_way), (TORCH, torch_way)):
        if problem.name in there:
            try:
                made.append(make(problem))
            except ImportError as missing:
                note = f"ufunc: not compared, {missing}"
                if note not in notes:
                    notes.append(note)
    return made


def close(left, right) -> bool:
    """Within what the least exact peer gives: torch and f32 of NumPy some units, SciPy more."""
    epsilon = np.finfo(left.dtype).eps
    return np.allclose(left, right, rtol=64 * epsilon, atol=4 * epsilon)


def in_cache(windlass, name: str, dtype, peer, notes: list[str]) -> Case:
    inputs = getattr(windlass.ufunc, name).nin
    problem = Problem(name, dtype, IN_CACHE, inputs, WINDOWS)
    bound = (DOUBLE if dtype == np.float64 else SINGLE).get(name, 0)
    return Case(
        "ufunc", f"{name}, {problem.n:,} {problem.dtype.name}",
        [own(windlass, problem, 1), problem.way("NumPy, SciPy", peer), *others(problem, notes)],
        count=problem.n, element="element",
        targets=[Target("ratio", bound, "NumPy, SciPy")] if bound else [], same=close,
        readme=dtype == np.float64 and name in ("exp", "erf", "expit", "softplus", "logaddexp"),
    )  # fmt: skip


def copies(problem: Problem, threads: int) -> Way:
    """The machine's limit: as many bytes are read and written, by each thread its share."""
    pool = ThreadPoolExecutor(threads)
    (x,), out = problem.arguments, np.empty(problem.n)
    shares = list(zip(np.array_split(x, threads), np.array_split(out, threads), strict=True))

    def call():
        for done in [pool.submit(np.copyto, there, here) for here, there in shares]:
            done.result()

    return Way("np.copyto", call, limit=True)


def from_memory(windlass, name: str, threads: int, n: int) -> Case:
    problem = Problem(name, np.float64, n, 1)
    return Case(
        "ufunc", f"{name}, {problem.n:,} float64 from memory, {threads_text(threads)}",
        [own(windlass, problem, threads), copies(problem, threads)],
        count=problem.n, element="element", limit_name="a copy", same=close,
        targets=[Target("fraction", 0.9)] if name in FROM_MEMORY[:3] else [],
    )  # fmt: skip


def reduce_case(windlass, n: int) -> Case:
    problem = Problem("logaddexp", np.float64, n, 1)
    (x,) = problem.arguments

    def reduced(function):
        return lambda: np.array(function.reduce(x))

    def call():
        with windlass.threads(1):
            return np.array(windlass.ufunc.logaddexp.reduce(x))

    return Case(
        "ufunc", f"logaddexp.reduce, {n:,} float64",
        [Way("windlass, 1 thread", call, own=True), Way("NumPy", reduced(np.logaddexp))],
        count=n, element="element", targets=[Target("ratio", 7, "NumPy")], same=close,
    )  # fmt: skip


def cases(notes: list[str], quick: bool, rates):
    try:
        import windlass.ufunc

        importlib.import_module("scipy.special")
    except ImportError as missing:
        notes.append(f"no ufuncs: {missing}")
        return
    for name, peer in peers().items():
        for dtype in (np.float64, np.float32):
            yield in_cache(windlass, name, dtype, peer, notes)
    yield reduce_case(windlass, IN_CACHE)
    for name in FROM_MEMORY:
        for threads in sorted(rates.fma):
            yield from_memory(windlass, name, threads, IN_MEMORY >> (4 if quick else 0))
    yield from ufunc_generalised.cases(windlass, notes, rates)
