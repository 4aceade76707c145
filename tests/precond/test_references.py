"""Preconditioners against slow ones by the book."""

import numpy as np
import pytest

from windlass import precond

pytest.importorskip("scipy.sparse")
from support import precond_reference as by  # noqa: E402

each_dtype = pytest.mark.parametrize("dtype", by.DTYPES)


def agree(M, inverse, rng, loose=50):
    """M r, and with the transpose and adjoint: what the inverse of M makes of them is r."""
    r = by.numbers(rng, (M.shape[0], 3), M.dtype)
    for z, system in ((M @ r, inverse), (M.T @ r, inverse.T), (M.H @ r, inverse.conj().T)):
        bound = loose * by.EPS[M.dtype] * (abs(system) @ abs(z)).max()
        assert abs(system @ z - r).max() <= bound


@pytest.mark.parametrize(
    "dtype, blocks", [*((dtype, 1) for dtype in by.DTYPES), (np.float64, 8), (np.complex64, 8)]
)
def test_ilu0_of_a_grid(dtype, blocks):
    rng = np.random.default_rng(1)
    n = 47 if blocks > 1 else 20  # of 1024 rows, a block
    A = by.convection(n, dtype)
    dense, pattern = by.decoupled(A, blocks)
    L, U = by.ilu0(dense, pattern)
    M = precond.ILU0(blocks=blocks, factor_dtype="f64").setup(A)
    agree(M, L @ U, rng)
    assert abs((L @ U - dense)[pattern]).max() < 1e-5, "L U is A on its pattern"
    assert M.strips == blocks // 4 or 1
    assert M.pivots == 0 and M.entries == pattern.sum()
    assert M.stored_dtype == M.results()["dtype"]


@each_dtype
def test_ilu0_of_scattered_entries(dtype):
    rng = np.random.default_rng(2)
    A = by.scattered(rng, 300, 4, dtype)
    agree(precond.ILU0(factor_dtype="f64").setup(A), np.matmul(*by.ilu0(*by.decoupled(A, 1))), rng)


@each_dtype
@pytest.mark.parametrize("drop, fill", [(0.0, 1000), (0.01, 5), (0.05, 2), (0.0, 3), (0.1, 0)])
def test_ilut(dtype, drop, fill):
    rng = np.random.default_rng(3)
    A = by.scattered(rng, 120, 3, dtype)
    dense, _ = by.decoupled(A, 1)
    L, U = by.ilut(dense, drop, fill)
    M = precond.ILUT(drop_tolerance=drop, fill=fill, factor_dtype="f64").setup(A)
    agree(M, L @ U, rng)
    if drop == 0 and fill == 1000:
        r = by.numbers(rng, 120, dtype)
        assert abs(A @ (M @ r) - r).max() < 2000 * by.EPS[M.dtype], "nothing was dropped"


@each_dtype
@pytest.mark.parametrize("omega", [0.5, 1.0, 1.7])
def test_ssor(dtype, omega):
    rng = np.random.default_rng(4)
    A = by.scattered(rng, 200, 4, dtype)
    agree(precond.SSOR(omega=omega, factor_dtype="f64").setup(A),
          by.ssor(by.decoupled(A, 1)[0], omega), rng)  # fmt: skip


@pytest.mark.parametrize(
    "dtype, blocks", [*((dtype, 1) for dtype in by.DTYPES), (np.float64, 8)]
)
def test_ic0(dtype, blocks):
    rng = np.random.default_rng(5)
    A = by.definite(rng, 2100, dtype) if blocks > 1 else by.definite(rng, 200, dtype)
    dense, pattern = by.decoupled(A, blocks)
    L, U = by.ilu0(dense, pattern)
    M = precond.IC0(blocks=blocks, factor_dtype="f64").setup(A)
    assert M.shift == 0
    agree(M, L @ U, rng)
    r = by.numbers(rng, A.shape[0], dtype)
    assert np.vdot(r, M @ r).real > 0


@each_dtype
def test_jacobi_and_its_blocks(dtype):
    rng = np.random.default_rng(6)
    A = by.scattered(rng, 210, 6, dtype)
    dense = A.toarray()
    agree(precond.Jacobi().setup(A), np.diag(np.diag(dense)), rng)
    for options, borders in (
        ({}, [*range(0, 210, 4), 210]),
        ({"block_size": 50}, [0, 50, 100, 150, 200, 210]),
        ({"partition": [0, 1, 90, 210]}, [0, 1, 90, 210]),
        ({"block_size": 1000}, [0, 210]),
    ):
        of_row = np.repeat(np.arange(len(borders) - 1), np.diff(borders))
        kept = np.where(of_row[:, None] == of_row[None, :], dense, 0)
        agree(precond.BlockJacobi(**options).setup(A), kept, rng)


@each_dtype
@pytest.mark.parametrize("scaling", ["diagonal", "none"])
def test_chebyshev(dtype, scaling):
    rng = np.random.default_rng(7)
    A = by.definite(rng, 150, dtype)
    dense = A.toarray().astype(np.complex128 if A.dtype.kind == "c" else float)
    D = np.diag(np.diag(dense).real) if scaling == "diagonal" else np.eye(150)
    B = np.linalg.solve(D, dense)
    top = np.linalg.eigvals(B).real.max()
    M = precond.Chebyshev(scaling=scaling).setup(A)
    assert 0.95 * top < M.upper_used / 1.1 < 1.0001 * top
    assert M.lower_used == pytest.approx(M.upper_used / 30)
    lower, upper = 0.1 * top, 1.05 * top
    for degree in (1, 2, 5):
        M = precond.Chebyshev(scaling=scaling, degree=degree, lower=lower, upper=upper).setup(A)
        # 1 - x p(x) is the polynomial of Chebyshev of degree + 1 on [lower, upper], 1 at 0.
        values, vectors = np.linalg.eig(B)
        T = np.polynomial.Chebyshev.basis(degree + 1)
        width = upper - lower
        left = T((upper + lower - 2 * values) / width) / T((upper + lower) / width)
        p = vectors @ np.diag((1 - left) / values) @ np.linalg.inv(vectors) @ np.linalg.inv(D)
        agree(M, np.linalg.inv(p), rng)
    r = by.numbers(rng, 150, dtype)
    assert np.vdot(r, M @ r).real > 0


def test_scipy_agrees_where_nothing_fills_in():
    """Of a tridiagonal matrix the factors of SciPy's complete LU are those of ILU(0)."""
    splu = pytest.importorskip("scipy.sparse.linalg").splu
    sp = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(8)
    n = 5000
    A = sp.diags([rng.standard_normal(n - 1), 4 + rng.random(n), rng.standard_normal(n - 1)],
                 [-1, 0, 1]).tocsc()  # fmt: skip
    r = rng.standard_normal(n)
    expected = splu(A, "NATURAL").solve(r)
    M = precond.ILU0(blocks=1, factor_dtype="f64").setup(A.tocsr())
    assert M.levels == n
    np.testing.assert_allclose(M @ r, expected, rtol=1e-13, atol=1e-14)
