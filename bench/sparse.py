"""Products with sparse matrices beside SciPy's, and against the machine's reading. Ours go to an
array that is there; SciPy has no such argument, and a fresh one costs as much again where it is
large, in pages that the system clears."""

from __future__ import annotations

import numpy as np

from bench.harness import Case, Target, Way
from bench.mixture import threads_text

SIDES = [100, 500, 1000]  # of a square of points: five entries a row
QUICK_SIDES = [60]


def stencil(side: int, dtype):
    """Convection and diffusion on a square, upwind."""
    import scipy.sparse

    line = scipy.sparse.diags([-1.3, 2.3, -1.0], [-1, 0, 1], (side, side))
    return scipy.sparse.kronsum(line, line, format="csr").astype(dtype)


def scattered(n: int):
    """Rows of very different lengths, columns anywhere."""
    import scipy.sparse

    generator = np.random.default_rng(0)
    lengths = np.minimum(generator.pareto(1.2, n) * 4 + 1, 574).astype(np.int32)
    pointer = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    columns = generator.integers(0, n, pointer[-1]).astype(np.int32)
    return scipy.sparse.csr_matrix((generator.normal(size=pointer[-1]), columns, pointer), (n, n))


def bytes_of(A, vectors: int) -> int:
    """Read once: the matrix and x; written once, and read for that: y."""
    matrix = A.data.nbytes + A.indices.nbytes + A.indptr.nbytes
    return matrix + vectors * A.data.itemsize * (A.shape[1] + 2 * A.shape[0])


def product_case(windlass, rates, name: str, A, vectors: int, transposed: bool) -> Case:
    op = windlass.sparse.aslinear(A)
    shape = (A.shape[transposed - 1],) if vectors == 1 else (A.shape[1], vectors)
    x = np.random.default_rng(1).normal(size=shape).astype(A.dtype)
    B = A.T if transposed else A
    wanted = bytes_of(A, vectors)
    near = wanted < 1 << 20

    def on(threads):
        out = None if transposed else np.zeros((A.shape[0], *shape[1:]), A.dtype)

        def call():
            with windlass.threads(threads):
                return x @ op if transposed else op.matmat(x, out)

        rate = (rates.read_l2 if near else rates.read_dram)[threads]
        floor = None if transposed else wanted / rate
        return Way(f"windlass, {threads_text(threads)}", call, own=True, floor=floor)

    ways = [on(threads) for threads in sorted(rates.fma, reverse=True)]
    ways.append(Way("SciPy", lambda: B @ x))
    tolerance = 1e-4 if A.dtype == np.float32 else 1e-10
    return Case(
        "sparse",
        f"{name}, {A.shape[0]:,} rows, {A.dtype.name}",
        ways,
        count=wanted,
        element="byte",
        limit_name="L2 reading" if near else "DRAM reading",
        targets=[] if near or transposed else [Target("fraction", 0.9)],
        same=lambda a, b: np.allclose(a, b, tolerance, tolerance),
    )


def cases(notes: list[str], quick: bool, rates):
    try:
        import scipy.sparse  # noqa: F401
        import windlass
        import windlass.sparse
    except ImportError as missing:
        notes.append(f"sparse products are left out: {missing}")
        return
    for side in QUICK_SIDES if quick else SIDES:
        A = stencil(side, np.float64)
        yield product_case(windlass, rates, "A x, stencil", A, 1, False)
        yield product_case(windlass, rates, "A^T x, stencil", A, 1, True)
        yield product_case(windlass, rates, "A X of 8 vectors, stencil", A, 8, False)
    A = stencil((QUICK_SIDES if quick else SIDES)[-1], np.float32)
    yield product_case(windlass, rates, "A x, stencil", A, 1, False)
    A = scattered(2_000 if quick else 200_000)
    yield product_case(windlass, rates, "A x, scattered", A, 1, False)
