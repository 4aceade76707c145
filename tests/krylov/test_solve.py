"""windlass.krylov.solve and Solver, against dense solutions; what they promise of every ending."""

import numpy as np
import pytest

import windlass
from windlass import krylov, sparse

scipy_sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")


def poisson(side, dtype=np.float64):
    line = scipy_sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], (side, side))
    return scipy_sparse.kronsum(line, line, format="csr").astype(dtype)


def convection(side, wind=0.6, dtype=np.float64):
    line = scipy_sparse.diags([-1.0 - wind, 2.0 + wind, -1.0], [-1, 0, 1], (side, side))
    return scipy_sparse.kronsum(line, poisson_line(side), format="csr").astype(dtype)


def poisson_line(side):
    return scipy_sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], (side, side))


SYMMETRIC = ("cg", "minres")
GENERAL = tuple(m for m in krylov.METHODS if m not in (*SYMMETRIC, "lsqr", "lsmr"))


@pytest.mark.parametrize("method", krylov.METHODS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_every_method_solves(method, dtype):
    A = poisson(12, dtype) if method in SYMMETRIC else convection(12, dtype=dtype)
    if np.dtype(dtype).kind == "c" and method not in SYMMETRIC:
        A = A + 0.2j * scipy_sparse.eye(A.shape[0], format="csr", dtype=dtype)
    rng = np.random.default_rng(3)
    b = rng.standard_normal(A.shape[0]).astype(dtype)
    rtol = 1e-4 if np.finfo(dtype).eps > 1e-8 else 1e-9
    result = krylov.solve(A, b, method, rtol=rtol, maxiter=2000)
    assert result.converged and result.reason in ("converged", "least_squares"), result
    wide = A.astype(np.complex128)
    true = np.linalg.norm(b - wide @ result.x)
    assert true <= 1.01 * rtol * np.linalg.norm(b)
    assert result.residual_norm == pytest.approx(true, rel=0.05)
    assert result.x.dtype == A.dtype
    assert result.history[0] == pytest.approx(np.linalg.norm(b), rel=1e-5)
    assert len(result.history) == result.iterations + 1


@pytest.mark.parametrize("method", ["cg", "gmres"])
def test_dtypes_meet_as_numpy_says(method):
    A = poisson(5)
    for a, b in (("f4", "f8"), ("i8", "f4"), ("f8", "c8"), ("i4", "i4")):
        x = krylov.solve(A.astype(a), np.ones(25, b), method).x
        wanted = np.result_type(a, b)
        assert x.dtype == (wanted if wanted.char in "fdFD" else np.float64)
        np.testing.assert_allclose(A @ x, np.ones(25), rtol=1e-3)


@pytest.mark.parametrize(
    "make",
    [
        lambda A: A,
        lambda A: A.tocsc(),
        lambda A: A.tocoo(),
        lambda A: A.toarray(),
        linalg.aslinearoperator,
        sparse.aslinear,
        lambda A: linalg.LinearOperator(A.shape, lambda x: A @ x, dtype=A.dtype),
        lambda A: sparse.function(lambda x: A @ x, A.shape),
    ],
)
def test_takes_what_scipy_takes(make):
    A = poisson(9)
    b = np.arange(81.0)
    result = krylov.solve(make(A), b, "cg", rtol=1e-10)
    np.testing.assert_allclose(result.x, linalg.spsolve(A.tocsc(), b), rtol=1e-7)


def test_a_callback_sees_each_step_and_its_solution():
    A, b = poisson(8), np.ones(64)
    seen = []

    def look(step):
        seen.append((step.step, step.norm, np.linalg.norm(b - A @ step.x)))

    for method in ("cg", "gmres"):
        seen.clear()
        result = krylov.solve(A, b, method, callback=look)
        assert [one[0] for one in seen] == list(range(1, result.iterations + 1))
        for _, norm, true in seen:
            assert norm == pytest.approx(true, rel=1e-6, abs=1e-9)


def test_a_callback_stops_by_a_true_value():
    result = krylov.solve(poisson(20), np.ones(400), "cg", callback=lambda step: step.step == 3)
    assert (result.reason, result.iterations, result.converged) == ("callback", 3, False)
    assert np.isfinite(result.x).all() and result.residual_norm < result.history[0] * 10


def test_what_functions_raise_comes_out():
    class Mine(Exception):
        pass

    def raising(_):
        raise Mine("here")

    with pytest.raises(Mine, match="here"):
        krylov.solve(sparse.function(raising, (4, 4)), np.ones(4), "cg")
    with pytest.raises(Mine, match="here"):
        krylov.solve(poisson(4), np.ones(16), "cg", callback=raising)
    M = linalg.LinearOperator((16, 16), matvec=raising, dtype=float)
    with pytest.raises(Mine, match="here"):
        krylov.solve(poisson(4), np.ones(16), "cg", M=M)


def test_the_starts_and_the_ends_of_a_solve():
    A, b = poisson(10), np.ones(100)
    exact = linalg.spsolve(A.tocsc(), b)
    result = krylov.solve(A, b, "cg", x0=exact, rtol=1e-10)
    assert result.converged and result.iterations == 0
    result = krylov.solve(A, np.zeros(100), "cg")
    assert result.converged and not result.x.any()
    start = np.ones(100)
    krylov.solve(A, b, "cg", x0=start)
    assert (start == 1).all()  # the caller's own is not written
    result = krylov.solve(A, b, "cg", rtol=1e-14, maxiter=3)
    assert (result.reason, result.iterations) == ("max_steps", 3)
    result = krylov.solve(A, b, "cg", rtol=1e-40)
    assert result.reason == "stagnation" and result.residual_norm < 1e-12


def test_nonsense_is_named():
    A, b = poisson(4), np.ones(16)
    with pytest.raises(ValueError, match="b has shape"):
        krylov.solve(A, np.ones(5), "cg")
    with pytest.raises(ValueError, match="x0 has shape"):
        krylov.solve(A, b, "cg", x0=np.ones(5))
    with pytest.raises(KeyError, match='nearest is "gmres"'):
        krylov.solve(A, b, "gmrse")
    with pytest.raises(ValueError, match="b is not finite at entry 3"):
        krylov.solve(A, np.where(np.arange(16) == 3, np.nan, 1.0), "cg")
    with pytest.raises((ValueError, AttributeError, KeyError), match="rtl"):
        krylov.Solver("cg", rtl=1)
    with pytest.raises(TypeError, match="A is a str"):
        krylov.solve("A", b, "cg")


def test_the_second_solve_keeps_the_memory_of_the_first():
    A, b = sparse.aslinear(poisson(30)), np.ones(900)
    solver = krylov.Solver("cg", rtol=1e-10)
    first = solver.solve(A, b)
    second = solver.solve(A, 2 * b, x0=2 * first.x)
    assert second.converged and second.iterations == 0 and second.bytes == first.bytes
    np.testing.assert_array_equal(solver.solve(A, b).x, first.x)


def test_a_faster_copy_is_kept_and_follows_the_values():
    A = poisson(40)
    b = np.arange(1600.0)
    op = sparse.aslinear(A)
    solver = krylov.Solver("cg", rtol=1e-10)
    first = solver.solve(op, b)
    assert first.format == "sell" and first.converged
    memory = first.bytes
    for factor in (1.0, 2.0):
        A.data *= factor  # in place: the operator sees it
        again = solver.solve(op, b)
        assert (again.format, again.bytes) == ("sell", memory)
        np.testing.assert_array_equal(again.x * factor, first.x)
        np.testing.assert_allclose(again.x, linalg.spsolve(A.tocsc(), b), rtol=1e-7)
    other = convection(40)
    result = solver.solve(sparse.aslinear(other + other.T), b)
    np.testing.assert_allclose(result.x, linalg.spsolve((other + other.T).tocsc(), b), rtol=1e-6)
    total = op + op  # a copy of this serves the first solve alone
    assert [solver.solve(total, b).format for _ in range(3)] == ["sell", "given", "given"]
    never = krylov.Solver("cg", rtol=1e-10, copy="never").solve(op, b)
    assert never.format == "given"


@pytest.mark.parametrize("method", ["cg", "gmres"])
def test_the_same_bits_for_any_number_of_threads(method):
    A, b = poisson(150), np.sin(np.arange(22500.0))
    with windlass.threads(1):
        one = krylov.solve(A, b, method, rtol=1e-4, maxiter=60).x
    for n in (2, 3, 8):
        with windlass.threads(n):
            np.testing.assert_array_equal(krylov.solve(A, b, method, rtol=1e-4, maxiter=60).x, one)


def test_a_time_limit_keeps_the_best():
    A, b = poisson(400), np.ones(160000)
    with windlass.time_limit(0.05):
        result = krylov.solve(A, b, "cg", rtol=1e-14)
    assert result.reason == "time_limit" and np.isfinite(result.x).all()
    assert result.residual_norm == pytest.approx(np.linalg.norm(b - A @ result.x), rel=1e-6)


def test_what_preconditions_unless_it_is_said():
    A, b = convection(20), np.ones(400)
    result = krylov.solve(A, b)
    alone = krylov.solve(A, b, M=None)
    assert (result.preconditioner, alone.preconditioner) == ("ilu0", None)
    assert result.converged and result.iterations < alone.iterations
    assert krylov.solve(poisson(9), np.ones(81), "cg").preconditioner == "ic0"
    assert krylov.solve(poisson(9), np.ones(81), "minres").preconditioner is None
    assert krylov.solve(A, b, "lsqr", maxiter=3).preconditioner is None
    assert krylov.solve(A.toarray(), b).preconditioner is None
    assert krylov.solve(sparse.function(lambda x: A @ x, A.shape), b).preconditioner is None
    assert krylov.solve(A, b, "cg", maxiter=3).preconditioner is None  # not symmetric
    assert krylov.solve(A, b, M="jacobi").preconditioner == "jacobi"
    assert krylov.solve(A, b, M=(None, A)).preconditioner == (None, "operator")
    with pytest.raises(NotImplementedError):
        krylov.solve(sparse.function(lambda x: A @ x, A.shape), b, M="ilu0")
    with pytest.raises(ValueError, match="expected a square one"):
        krylov.solve(scipy_sparse.random(5, 4, 0.9, format="csr"), np.ones(5))


def test_a_modified_basis_in_float_is_refused():
    A, b = convection(9), np.ones(81)
    options = {"orthogonalisation": "mgs", "basis": "single"}
    with pytest.raises(ValueError, match="orthogonalisation is"):
        krylov.solve(A, b, **options)
    assert krylov.solve(A.astype("f4"), b.astype("f4"), rtol=1e-3, **options).converged


@pytest.mark.parametrize("method", krylov.METHODS)
@pytest.mark.parametrize("exponent", [-1000, -500, 500, 1000])
def test_the_size_of_b_makes_no_difference(method, exponent):
    A = poisson(9)
    b = np.cos(np.arange(81.0))
    steps, seen = [], []
    plain = krylov.solve(
        A, b, method, None, maxiter=12, callback=lambda s: steps.append((s.norm, s.x))
    )
    result = krylov.solve(
        A,
        np.ldexp(b, exponent),
        method,
        None,
        maxiter=12,
        callback=lambda s: seen.append((s.norm, s.x)),
    )
    np.testing.assert_array_equal(result.x, np.ldexp(plain.x, exponent))
    np.testing.assert_array_equal(result.history, np.ldexp(plain.history, exponent))
    for (norm, x), (other, y) in zip(steps, seen, strict=True):
        assert other == np.ldexp(norm, exponent)
        np.testing.assert_array_equal(y, np.ldexp(x, exponent))
    assert result.residual_norm == np.ldexp(plain.residual_norm, exponent)


def test_x_that_is_no_number_of_its_type_is_not_given():
    A = scipy_sparse.diags([1e-200, 1.0]).tocsr()
    result = krylov.solve(A, np.array([1e200, 1e200]), M=None, rtol=1e-6)
    assert not result.converged and np.isfinite(result.x).all()
    tiny = krylov.solve(1e200 * poisson(5), np.full(25, 1e-120), M=None, rtol=1e-8)
    assert not tiny.converged and np.isfinite(tiny.x).all()
    true = np.linalg.norm(np.full(25, 1e-120) - 1e200 * (poisson(5) @ tiny.x))
    assert tiny.residual_norm == pytest.approx(true, rel=1e-8)


@pytest.mark.parametrize("method", krylov.METHODS)
def test_a_product_that_fails_once_costs_no_more_than_its_cycle(method):
    A = scipy_sparse.diags([-1.0, 2.1, -1.0], [-1, 0, 1], (100, 100)).tocsr()
    calls = []

    def multiply(x):
        calls.append(len(calls))
        return A @ x * (np.nan if len(calls) == 14 else 1)

    operator = sparse.function(multiply, A.shape, rmatvec=lambda x: A @ x)
    b = np.ones(100)
    result = krylov.solve(operator, b, method, M=None)
    assert result.converged and np.linalg.norm(A @ result.x - b) <= 1e-7


@pytest.mark.parametrize("method", ["gmres", "cg", "minres"])
@pytest.mark.parametrize(("size", "start"), [(1e-300, 1.0), (1.0, 1e200)])
def test_a_start_out_of_all_range_is_no_start(method, size, start):
    A, b = poisson(10), np.full(100, size)
    result = krylov.solve(A, b, method, M=None, x0=np.full(100, start))
    assert result.converged and np.abs(A @ result.x / size - 1).max() <= 1e-7


def test_a_method_may_crawl():
    line = scipy_sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], (150, 150)).tocsr()
    result = krylov.solve(line @ line, np.ones(150), "lgmres", M=None, rtol=1e-5, maxiter=40_000)
    assert result.converged
