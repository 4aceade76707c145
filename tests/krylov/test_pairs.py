"""Split preconditioners, M = (M1, M2): beside dense algebra, and SciPy's QMR."""

import numpy as np
import pytest

from windlass import krylov, precond

scipy_sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")

FAMILY = ("gmres", "fgmres", "lgmres", "gcrotmk")
GENERAL = (*FAMILY, "bicg", "bicgstab", "cgs", "qmr", "tfqmr", "idrs")
N = 40


def system(seed=2, dtype=float):
    rng = np.random.default_rng(seed)
    A = np.eye(N) * 6 + rng.standard_normal((N, N))
    if dtype is complex:
        A = A + 1j * rng.standard_normal((N, N))
    left, right = (np.eye(N) + 0.1 * rng.standard_normal((N, N)) for _ in range(2))
    return A, left.astype(dtype), right.astype(dtype), rng.standard_normal(N).astype(dtype)


def least_residuals(A, b, steps):
    """min ||b - A x|| over the Krylov space of each step."""
    basis, norms = b[:, None] / np.linalg.norm(b), []
    for _ in range(steps):
        AV = A @ basis
        y = np.linalg.lstsq(AV, b, rcond=None)[0]
        norms.append(np.linalg.norm(b - AV @ y))
        w = AV[:, -1]
        for _ in range(2):
            w = w - basis @ (basis.conj().T @ w)
        basis = np.column_stack([basis, w / np.linalg.norm(w)])
    return norms


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("method", FAMILY)
@pytest.mark.parametrize("sides", ["both", "left", "right"])
def test_the_family_of_gmres_makes_the_turned_residual_least(method, sides, dtype):
    A, left, right, b = system(dtype=dtype)
    left = left if sides != "right" else np.eye(N)
    right = right if sides != "left" else np.eye(N)
    M = (left if sides != "right" else None, right if sides != "left" else None)
    seen = []

    def look(step):
        seen.append(np.linalg.norm(left @ (b - A @ step.x)))

    krylov.solve(A, b, method, M, rtol=0, restart=12, maxiter=10, callback=look)
    np.testing.assert_allclose(seen, least_residuals(left @ A @ right, left @ b, 10), rtol=1e-8)


@pytest.mark.parametrize("method", GENERAL)
@pytest.mark.parametrize("dtype", [float, complex])
def test_the_factors_of_a_as_a_pair_solve_it(method, dtype):
    A, _, _, b = system(dtype=dtype)
    lower = np.tril(A, -1) + np.eye(N) * 5
    upper = np.linalg.solve(lower, A)  # A = lower upper
    M = tuple(linalg.aslinearoperator(np.linalg.inv(half)) for half in (lower, upper))
    result = krylov.solve(A, b, method, M, rtol=1e-10)
    assert result.converged and result.iterations <= 5
    np.testing.assert_allclose(A @ result.x, b, atol=1e-8)


@pytest.mark.parametrize("dtype", [float, complex])
def test_qmr_takes_scipys_steps(dtype):
    A, left, right, b = system(dtype=dtype)
    ours, theirs = [], []
    M1, M2 = (linalg.aslinearoperator(half) for half in (left, right))
    one = linalg.aslinearoperator(np.eye(N, dtype=dtype))
    for given in ({"M1": M1, "M2": M2}, {"M1": M1, "M2": one}, {"M1": one, "M2": M2}, {}):
        ours.clear(), theirs.clear()
        krylov.qmr(A, b, rtol=1e-9, callback=lambda x: ours.append(x), **given)
        linalg.qmr(A, b, rtol=1e-9, callback=lambda x: theirs.append(x.copy()), **given)
        assert len(ours) <= 1.2 * len(theirs) + 3
        if not given:  # else the shadow vectors are others
            np.testing.assert_allclose(ours[:10], theirs[:10], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", ["cg", "minres"])
def test_symmetric_methods_take_the_product(method):
    A = scipy_sparse.diags([-1.0, 4.0, -1.0], [-1, 0, 1], (N, N)).tocsr()
    b = np.cos(np.arange(N))
    half = scipy_sparse.diags(1 / np.sqrt(1.0 + np.arange(N) % 3))
    pair = krylov.solve(A, b, method, (half, half), rtol=1e-10)
    product = krylov.solve(A, b, method, half @ half, rtol=1e-10)
    assert pair.converged and pair.iterations == product.iterations
    np.testing.assert_allclose(pair.x, product.x, rtol=1e-12)


def test_parts_have_names_and_may_be_missing():
    A, _, _, b = system()
    A *= 10.0 ** (np.arange(N) % 7)[:, None]
    by_name = krylov.solve(A, b, "gmres", ("jacobi", None), rtol=1e-10)
    from_left = krylov.solve(A, b, "gmres", "jacobi", side="left", rtol=1e-10)
    assert by_name.converged
    np.testing.assert_array_equal(by_name.x, from_left.x)
    from_right = krylov.solve(A, b, "gmres", (None, precond.Jacobi()), rtol=1e-10)
    np.testing.assert_array_equal(
        from_right.x, krylov.solve(A, b, "gmres", "jacobi", rtol=1e-10).x
    )


def test_what_makes_no_pair_is_refused():
    A, left, right, b = system()
    with pytest.raises(ValueError, match="M has 3 parts"):
        krylov.solve(A, b, "gmres", (left, right, left))
    with pytest.raises(ValueError, match="left_preconditioner"):
        krylov.solve(A, b, "gmres", (left, right), side="left")
    with pytest.raises(ValueError, match="the left_preconditioner has shape"):
        krylov.solve(A, b, "gmres", (left[:5, :5], right))
