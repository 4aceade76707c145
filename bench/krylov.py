"""Steps of GMRES(30), CG and BiCGSTAB against SciPy and pyamg, and against what memory allows."""

from __future__ import annotations

import time

import numpy as np

from bench.harness import Case, Target, Way
from bench.mixture import threads_text

RESTART = 30
# Side of the grid, steps a solve, and how many times as fast as SciPy a step should be: by default,
# with the basis in single precision, by s-step (0: not said).
PROBLEMS = [
    (30, 300, 20, 0, 0),
    (100, 300, 10, 0, 0),
    (500, 60, 4.5, 7, 7.5),
    (1000, 30, 3, 5, 5.5),
]
QUICK_PROBLEMS = [(30, 60, 0, 0, 0)]
# Name, settings of the solver, and what a step moves, by the formulas in the heads of the methods'
# files with 14.5 columns in the basis: bytes of a row beside the matrix, and how often that.
FORMS = {
    "": ({}, 8 * (14.5 + 6), 1),
    "float basis": ({"basis": "single"}, 4 * 14.5 + 8 * 6, 1),
    "s-step": ({"orthogonalisation": "s-step"}, 8 * (2 * 14.5 / 5 + 7), 1 / 5),
    "cgs2": ({"orthogonalisation": "cgs2"}, 8 * (3 * 14.5 + 9), 1),
}
# Short recurrences: side of the cube or square, steps a solve, products and vectors a step, and how
# many times as fast as SciPy a step should be.
SHORT = [
    ("cg", "Poisson, 3-D", 70, 60, 1, 10, 5.5),
    ("cg", "scaled Poisson, 3-D", 70, 60, 1, 10, 0),
    ("bicgstab", "convection-diffusion", 1000, 30, 2, 19, 0),
    ("cg", "Poisson, 2-D", 1000, 60, 1, 10, 0),
]
QUICK_SHORT = [("cg", "Poisson, 3-D", 12, 20, 1, 11, 0)]
SLICED = 1  # byte a row of a stencil in the format that solvers go over to: its slices repeat
STREAMED = 0.8  # of what reading allows, once vectors leave the caches


class Problem:
    """-u'' - v'' + 200 u_x on a square, upwind: 5 entries a row."""

    sliced = SLICED

    def __init__(self, side: int, steps: int):
        import scipy.sparse as sparse

        wind = 200 / (side + 1)
        line = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(side, side))
        blown = sparse.diags([-1.0 - wind, 2.0 + wind, -1.0], [-1, 0, 1], shape=(side, side))
        one = sparse.identity(side)
        self.a = sparse.csr_matrix(sparse.kron(line, one) + sparse.kron(one, blown))
        self.a.sort_indices()
        self.n, self.steps = side * side, steps
        self.b = np.ones(self.n)

    def floor(self, rates, threads: int, row: float, products: float = 1) -> float:
        """Seconds of the steps, at the rate at which memory is read, or the L2 where all fits."""
        total = (products * self.sliced + row) * self.n
        rate = rates.read_l2 if total < threads << 20 else rates.read_dram
        return self.steps * total / rate[threads]

    @property
    def streams(self) -> bool:
        return self.n >= 1_000_000

    def __str__(self) -> str:
        return f"GMRES({RESTART}), convection-diffusion, {self.n:,} rows"


class Poisson(Problem):
    """-u'' in two or three dimensions: 5 or 7 entries a row. Scaled: by random numbers from both
    sides, so that no two rows are the same."""

    def __init__(self, side: int, steps: int, dimensions: int, scaled: bool = False):
        import scipy.sparse as sparse

        line = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(side, side), format="csr")
        self.a = line
        for _ in range(dimensions - 1):
            self.a = sparse.kronsum(self.a, line, format="csr")
        if scaled:
            roots = sparse.diags(np.random.default_rng(0).uniform(0.5, 1.5, self.a.shape[0]))
            self.a = sparse.csr_matrix(roots @ self.a @ roots)
            self.sliced = 8.5 * self.a.nnz / self.a.shape[0] + 1
        self.a.sort_indices()
        self.n, self.steps = side**dimensions, steps
        self.b = np.ones(self.n)


def short_case(windlass, rates, threads, method, name, side, steps, products, vectors, bound):
    """A method of short recurrences."""
    import scipy.sparse.linalg as linalg

    scaled = name.startswith("scaled")
    if "Poisson" in name:
        problem = Poisson(side, steps, int(name[-3]), scaled)
    else:
        problem = Problem(side, steps)
    operator = windlass.sparse.aslinear(problem.a)
    solver = windlass.krylov.Solver(method, rtol=0.0, max_steps=steps)

    def on(count):
        def call():
            with windlass.threads(count):
                result = solver.solve(operator, problem.b)
            assert result.iterations == steps
            return result.x

        floor = problem.floor(rates, count, 8 * vectors, products)
        return Way(f"windlass, {threads_text(count)}", call, own=True, floor=floor)

    def seconds(number):
        begin = time.perf_counter()
        for _ in range(number):
            getattr(linalg, method)(problem.a, problem.b, rtol=0.0, maxiter=steps)
        return time.perf_counter() - begin

    # These residuals wander: windlass gives the best x that was seen, SciPy the last one.
    peer = Way("SciPy", None, seconds, blas=True)
    targets = [Target("ratio", bound, "SciPy")] if bound else []
    return Case(
        "krylov",
        f"{method}, {name}, {problem.n:,} rows",
        [*map(on, threads), peer],
        count=steps,
        element="step",
        limit_name="reading what a step moves",
        targets=targets + [Target("fraction", STREAMED)] * problem.streams,
        same=close,
    )


def own(windlass, problem: Problem, rates, threads: int, form: str) -> Way:
    settings, row, products = FORMS[form]
    solver = windlass.krylov.Solver(
        "gmres", rtol=0.0, restart=RESTART, max_steps=problem.steps, **settings
    )
    operator = windlass.sparse.aslinear(problem.a)

    def call():
        with windlass.threads(threads):
            return solver.solve(operator, problem.b).x

    name = ", ".join(["windlass", threads_text(threads)] + [form] * bool(form))
    return Way(name, call, own=True, floor=problem.floor(rates, threads, row, products))


def scipy_way(problem: Problem) -> Way:
    from scipy.sparse.linalg import gmres

    def call():
        return gmres(
            problem.a, problem.b, rtol=0.0, restart=RESTART, maxiter=problem.steps // RESTART
        )[0]

    return Way("SciPy", call, blas=True)


def pyamg_way(problem: Problem) -> Way:
    from pyamg.krylov import gmres

    def seconds(number):
        begin = time.perf_counter()
        for _ in range(number):
            gmres(
                problem.a,
                problem.b,
                tol=1e-30,
                restart=RESTART,
                maxiter=problem.steps // RESTART,
            )
        return time.perf_counter() - begin

    return Way("pyamg", None, seconds, blas=True)


def close(left, right) -> bool:
    return np.linalg.norm(left - right) <= 1e-4 * np.linalg.norm(left)


def cases(notes: list[str], quick: bool, rates):
    try:
        import windlass
        import windlass.krylov
        import windlass.sparse
        import scipy.sparse.linalg  # noqa: F401
    except ImportError as missing:
        notes.append(f"solvers are left out: {missing}")
        return
    threads = sorted(rates.read_dram, reverse=True)
    for side, steps, *bounds in QUICK_PROBLEMS if quick else PROBLEMS:
        problem = Problem(side, steps)
        for form, bound in zip(FORMS, [*bounds, 0]):
            if form == "cgs2" and not problem.streams:
                continue
            ways = [own(windlass, problem, rates, count, form) for count in threads]
            ways.append(scipy_way(problem))
            if not form:
                try:
                    ways.append(pyamg_way(problem))
                except ImportError as missing:
                    notes.append(str(missing))
            yield Case(
                "krylov",
                f"{problem}" + (f", {form}" if form else ""),
                ways,
                count=steps,
                element="step",
                limit_name="reading what a step moves",
                targets=[Target("ratio", bound, "SciPy")] * bool(bound)
                + [Target("fraction", STREAMED)] * problem.streams,
                same=close,
                readme=not form,
            )
    for row in QUICK_SHORT if quick else SHORT:
        yield short_case(windlass, rates, threads, *row)
