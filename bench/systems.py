"""Whole systems to a true residual of 1e-8, set-up included, beside SciPy, pyamg and PETSc.

Every way begins with the matrix in SciPy's arrays and ends when ||b - A x||, computed here, is at
most 1e-8 ||b||; where a peer believed its recurrence too early it goes on from there.
"""

from __future__ import annotations

import time

import numpy as np

from bench.harness import Case, Target, Way
from bench.krylov import Problem as Convection
from bench.mixture import threads_text
from bench.peers import petsc

TOLERANCE = 1e-8


class System:
    """A x = b with a name."""

    def __init__(self, name: str, a, b=None):
        self.name, self.a = name, a
        self.b = np.ones(a.shape[0], a.dtype) if b is None else b

    def residual(self, x) -> float:
        return float(np.linalg.norm(self.b - self.a @ x) / np.linalg.norm(self.b))

    def solved(self, x) -> bool:
        return self.residual(x) <= TOLERANCE * (1 + 1e-6)  # it is summed in another order here

    def finished(self, solve):
        """solve(start, tolerance) -> x, again from there until it is true."""
        x, tolerance = None, TOLERANCE
        for _ in range(6):
            x = solve(x, tolerance)
            if self.solved(x):
                break
            tolerance /= 10
        return x

    def __str__(self) -> str:
        return f"{self.name}, {self.a.shape[0]:,} rows"


def timed(name: str, solve, most: int, **more) -> Way:
    """A way that is measured so many times at most, the comparison's included: the least of these
    is what later rounds are told. Where solve says its own seconds, those."""
    times: list[float] = []

    def call():
        begin = time.perf_counter()
        x = solve()
        times.append(getattr(solve, "seconds", time.perf_counter() - begin))
        return x

    def seconds(number):
        if len(times) < most:
            call()
            return number * times[-1]
        return number * min(times)

    return Way(name, call, seconds, **more)


def own(windlass, system: System, threads: int, method: str, make=None, **settings) -> Way:
    """make(windlass.precond) -> what preconditions."""
    from windlass import precond

    m = make(precond) if make else None
    label = f"{method}{' + ' + repr(m) if m else ''}"
    label += "".join(f", {value} {name}" for name, value in settings.items())

    def solve():
        with windlass.threads(threads):
            m = make(precond) if make else None
            return windlass.krylov.solve(
                system.a, system.b, method, M=m, rtol=TOLERANCE, **settings
            ).x

    return timed(f"windlass {label}, {threads_text(threads)}", solve, 4, own=True)


def scipy_ilu(system: System, **settings) -> Way:
    """SciPy's incomplete LU, and GMRES(30)."""
    import scipy.sparse.linalg as linalg

    def solve():
        factors = linalg.spilu(system.a.tocsc(), **settings)
        m = linalg.LinearOperator(system.a.shape, factors.solve, dtype=system.a.dtype)
        return system.finished(
            lambda x, tolerance: linalg.gmres(
                system.a, system.b, x, M=m, rtol=tolerance, restart=30, maxiter=200
            )[0]
        )

    return timed("SciPy spilu + gmres", solve, 1, blas=True)


def scipy_cg(system: System) -> Way:
    import scipy.sparse.linalg as linalg

    def solve():
        return system.finished(
            lambda x, tolerance: linalg.cg(system.a, system.b, x, rtol=tolerance)[0]
        )

    return timed("SciPy cg", solve, 1, blas=True)


def pyamg_way(system: System, symmetry: str, accelerator: str) -> Way:
    """Smoothed aggregation: a stronger preconditioner than those here."""
    import pyamg

    def solve():
        levels = pyamg.smoothed_aggregation_solver(system.a, symmetry=symmetry)
        return system.finished(
            lambda x, tolerance: levels.solve(
                system.b, x0=x, tol=tolerance, maxiter=500, accel=accelerator
            )
        )

    return timed(f"pyamg aggregation + {accelerator}", solve, 1, blas=True)


def peers(notes, makers) -> list[Way]:
    """Those that are installed."""
    ways = []
    for make in makers:
        try:
            ways.append(make())
        except (ImportError, petsc.Missing) as missing:
            notes.append(str(missing))
    return ways


def poisson(side: int, dimensions: int):
    import scipy.sparse as sparse

    line = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(side, side))
    a = line
    for _ in range(dimensions - 1):
        a = sparse.kronsum(a, line)
    return sparse.csr_matrix(a)


def ilu0(precond):
    return precond.ILU0()


def ic0(precond):
    return precond.IC0(blocks=1)


def convection(windlass, notes, side: int, threads, bound: float) -> Case:
    system = System("convection-diffusion", Convection(side, 0).a)
    ways = [own(windlass, system, threads[0], "bicgstab", ilu0)]
    ways += [own(windlass, system, t, "gmres", ilu0, basis="single") for t in threads]
    ways.append(
        own(windlass, system, threads[0], "gmres", lambda precond: precond.ILU0(blocks=1))
    )
    ways += peers(
        notes,
        [
            lambda: scipy_ilu(system),
            lambda: pyamg_way(system, "nonsymmetric", "bicgstab"),
            lambda: timed(*petsc.way(system, "gmres", "bjacobi"), 1),
        ],
    )
    return case_of(system, ways, [Target("ratio", bound, "SciPy spilu")] if bound else [])


def laplace(windlass, notes, side: int, dimensions: int, threads, bound: float) -> Case:
    system = System(f"Poisson {dimensions}-D", poisson(side, dimensions))
    ways = [own(windlass, system, t, "cg", ic0) for t in threads]
    ways.append(own(windlass, system, threads[0], "cg", lambda precond: precond.IC0()))
    ways.append(own(windlass, system, threads[0], "cg"))
    ways += peers(
        notes,
        [
            lambda: scipy_cg(system),
            lambda: pyamg_way(system, "symmetric", "cg"),
            lambda: timed(*petsc.way(system, "cg", "bjacobi"), 1),
        ],
    )
    return case_of(system, ways, [Target("ratio", bound, "SciPy cg")] if bound else [])


# Of the pairs that docs/krylov.md lists, a quick one for each matrix.
REAL = {
    "memplus": ("gmres", lambda precond: precond.SSOR(blocks=1)),
    "beam2475": ("cg", lambda precond: precond.IC0(blocks=1)),
    "helmholtz2880": ("bicgstab", lambda precond: precond.ILU0(blocks=1)),
}


def real(windlass, notes, name: str, threads) -> Case:
    from tests.support import precond_reference as reference

    if reference.matrices() is None:
        raise FileNotFoundError("the real matrices are not here")
    system = System(name, reference.read(name), reference.right_side(name))
    method, make = REAL[name]
    ways = [own(windlass, system, t, method, make) for t in threads]
    ways += peers(notes, [lambda: scipy_ilu(system, drop_tol=1e-4, fill_factor=5)])
    return case_of(system, ways, [])


def case_of(system: System, ways: list[Way], targets: list[Target]) -> Case:
    return Case(
        "systems",
        f"{system}, to a true residual of {TOLERANCE:g}",
        ways,
        element="solve",
        targets=targets,
        same=lambda left, right: system.solved(left) and system.solved(right),
        readme=bool(targets),
    )


def cases(notes: list[str], quick: bool, rates):
    try:
        import scipy.sparse.linalg  # noqa: F401
        import windlass
        import windlass.krylov
    except ImportError as missing:
        notes.append(f"systems are left out: {missing}")
        return
    threads = sorted(rates.read_dram, reverse=True)
    yield convection(windlass, notes, 60 if quick else 500, threads, 0 if quick else 30)
    yield laplace(windlass, notes, 60 if quick else 1000, 2, threads, 0 if quick else 4)
    yield laplace(windlass, notes, 15 if quick else 70, 3, threads, 0)
    for name in REAL:
        try:
            yield real(windlass, notes, name, threads)
        except FileNotFoundError as missing:
            notes.append(str(missing))
