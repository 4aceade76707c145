"""What preconditioners do at the edges: threads, refreshes, bad pivots and input, SciPy."""

import numpy as np
import pytest

import windlass
from windlass import precond

sp = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")
from support import precond_reference as by  # noqa: E402

CLASSES = [
    precond.Jacobi, precond.BlockJacobi, precond.SSOR, precond.ILU0, precond.ILUT, precond.IC0,
    precond.Chebyshev,
]  # fmt: skip
FACTORED = [precond.SSOR, precond.ILU0, precond.ILUT, precond.IC0]
each_class = pytest.mark.parametrize("make", CLASSES)
each_dtype = pytest.mark.parametrize("dtype", by.DTYPES)


@each_class
@each_dtype
def test_the_same_bits_for_any_number_of_threads(make, dtype):
    A = by.poisson(120, dtype)
    r = by.numbers(np.random.default_rng(1), (120 * 120, 2), dtype)
    found = []
    for count in (1, 2, 3, 8):
        with windlass.threads(count):
            M = make().setup(A)
            found.append([M @ r, M.H @ r, M.T @ r, M @ r[:, 1]])
    for other in found[1:]:
        for one, two in zip(found[0], other):
            assert one.tobytes() == two.tobytes()
    assert found[0][0][:, 1].tobytes() == found[0][3].tobytes(), "nor for one column or two"


@each_class
@each_dtype
def test_the_adjoint(make, dtype):
    rng = np.random.default_rng(2)
    A = by.definite(rng, 400, dtype)
    M = make().setup(A)
    x, y = by.numbers(rng, (2, 400), dtype)
    left, right = np.vdot(M @ x, y), np.vdot(x, M.H @ y)
    scale = np.linalg.norm(M @ x) * np.linalg.norm(y)
    assert abs(left - right) <= 200 * by.EPS[M.dtype] * scale
    assert (M.T @ x).tobytes() == np.conj(M.H @ np.conj(x)).tobytes() or M.dtype.kind == "c"
    near = np.testing.assert_allclose
    near(M.T @ x, np.conj(M.H @ np.conj(x)), rtol=1e-3, atol=200 * by.EPS[M.dtype] * scale)
    near(M.H.T @ x, np.conj(M @ np.conj(x)), rtol=1e-3)
    assert M.T.T is M and M.H.H is M


@each_class
@each_dtype
def test_small_systems(make, dtype):
    empty = make().setup(sp.csr_matrix((0, 0), dtype=dtype))
    assert empty.shape == (0, 0) and (empty @ np.zeros(0, dtype)).shape == (0,)
    one = make().setup(sp.csr_matrix(np.array([[4]], dtype)))
    if make is precond.Chebyshev:
        assert 0 < (one @ np.array([2], dtype))[0].real < 1
    else:
        assert (one @ np.array([2], dtype))[0] == 0.5


@each_class
def test_a_refresh_is_a_new_set_up(make):
    A = by.poisson(40)
    M = make().setup(A)
    B = A.copy()
    B.data *= 1 + 0.1 * np.cos(A.indices + A.tocoo().row)  # symmetric
    r = np.random.default_rng(3).standard_normal(1600)
    before = M @ r
    refreshed, fresh = M.update(B) @ r, make().setup(B) @ r
    assert refreshed.tobytes() == fresh.tobytes() and (refreshed != before).any()
    if make in FACTORED and make is not precond.ILUT:
        assert M.analyses == 1
        M.update(by.convection(40) if make is not precond.IC0 else sp.eye(1600, format="csr"))
        assert M.analyses == (1 if make is not precond.IC0 else 2)
        assert M.update(sp.eye(1600, format="csr")).analyses == 2
        assert M.levels == 1 and M.entries == 1600


def test_a_failed_set_up_changes_nothing():
    M = precond.IC0().setup(by.poisson(10))
    r = np.ones(100)
    before, results = M @ r, M.results()
    with pytest.raises(ValueError, match="symmetric"):
        M.setup(by.convection(10))
    assert (M @ r).tobytes() == before.tobytes() and M.results() == results


def broken(kind, n=60):
    A = by.scattered(np.random.default_rng(4), n, 2, float).tolil()
    if kind == "zero":
        A[7, 7] = 0
        A = A.tocsr()
        A[7, 7] = 0.0
    elif kind == "missing":
        A[7, 7] = 0
        A = A.tocsr()
        A.eliminate_zeros()
    elif kind == "empty row":
        A[7, :] = 0
        A = A.tocsr()
        A.eliminate_zeros()
    elif kind == "singular":
        A[7, :] = A[6, :]
        A[7, 6] = A[7, 7] = A[6, 6] = A[6, 7] = 1.0
    elif kind == "all zero":
        A = A * 0
    elif kind == "tiny":
        A = A * 1e-300
    elif kind == "huge":
        A = A * 1e300
    return A.tocsr()


KINDS = ["zero", "missing", "empty row", "singular", "all zero", "tiny", "huge"]


@pytest.mark.parametrize("make", [precond.Jacobi, precond.BlockJacobi, *FACTORED[:3]])
@pytest.mark.parametrize("kind", KINDS)
def test_pivots_that_cannot_be_divided_by(make, kind):
    M = make().setup(broken(kind))
    r = np.random.default_rng(5).standard_normal(60)
    for z in (M @ r, M.T @ r):
        assert np.isfinite(z).all()
    if kind in ("zero", "missing", "empty row") and make in (precond.Jacobi, precond.SSOR):
        assert (M.pivots, M.first_pivot) == (1, 7)
    if kind in ("empty row", "all zero", "tiny"):
        assert M.pivots >= 1
    if kind == "huge" and make in FACTORED:
        assert M.stored_dtype == "f64", "single precision cannot hold them"


def test_a_zero_pivot_of_ilu_is_reported():
    A = sp.csr_matrix(np.array([[1.0, 2, 0], [2, 4, 1], [0, 1, 3]]))
    M = precond.ILU0().setup(A)
    assert (M.pivots, M.first_pivot) == (1, 1)
    assert precond.ILU0().setup(by.poisson(9)).pivots == 0
    with pytest.raises(AttributeError):
        _ = precond.ILU0().setup(by.poisson(9)).first_pivot


def test_ic0_shifts_what_breaks_down():
    # Positive definite, and IC(0) of it breaks down: D. S. Kershaw, 1978, doi
    # 10.1016/0021-9991(78)90098-0.
    A = np.array([[3.0, -2, 0, 2], [-2, 3, -2, 0], [0, -2, 3, -2], [2, 0, -2, 3]])
    assert np.linalg.eigvalsh(A).min() > 0
    M = precond.IC0(factor_dtype="f64").setup(sp.csr_matrix(A))
    assert M.shift > 0
    dense = A + M.shift * np.diag(np.diag(A))
    L, U = by.ilu0(dense, A != 0)
    np.testing.assert_allclose(M @ np.eye(4), np.linalg.inv(L @ U), rtol=1e-12, atol=1e-14)
    assert np.linalg.eigvalsh(M @ np.eye(4)).min() > 0


@pytest.mark.parametrize("make", [precond.IC0, precond.Chebyshev])
def test_what_is_not_positive_definite_is_named(make):
    A = by.poisson(5).tolil()
    A[3, 3] = -1
    with pytest.raises(ValueError, match=r"positive definite: entry \(3, 3\)"):
        make().setup(A.tocsr())
    A[3, 3], A[4, 3], A[3, 4] = 4, 9, 9
    if make is precond.IC0:
        with pytest.raises(ValueError, match=r"positive definite: .* \(3, 4\)"):
            make().setup(A.tocsr())
        A[3, 4] = 1
        with pytest.raises(ValueError, match=r"symmetric: entries \(3, 4\) and \(4, 3\)"):
            make().setup(A.tocsr())


@each_class
def test_refusals(make):
    with pytest.raises(ValueError, match=r"shape \(3, 4\)"):
        make().setup(sp.csr_matrix(np.ones((3, 4))))
    A = by.poisson(4)
    A.data[5] = np.nan
    with pytest.raises(ValueError, match="finite"):
        make().setup(A)
    with pytest.raises(AttributeError, match="not set up"):
        make() @ np.ones(3)
    with pytest.raises(KeyError):
        make(no_such_setting=1)
    M = make().setup(by.poisson(4))
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        M @ np.ones(3)
    if make is not precond.Chebyshev:
        with pytest.raises(windlass.WindlassUnsupportedError):
            make().setup(linalg.LinearOperator((4, 4), matvec=lambda x: x))


def test_partitions():
    A = by.poisson(4)
    for partition, what in (
        ([1, 16], "0 as the first"), ([0, 5, 5, 16], "more than"), ([0, 5], "16, the matrix's"),
        ([], "nothing"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=what):
            precond.BlockJacobi(partition=partition).setup(A)
    with pytest.raises(TypeError, match="integers"):
        precond.BlockJacobi(partition=[0.5, 16])


def test_chebyshev_of_a_function():
    A = by.poisson(20)
    M = precond.Chebyshev(scaling="none", degree=4).setup(linalg.aslinearoperator(A))
    expected = precond.Chebyshev(scaling="none", degree=4).setup(A)
    r = np.random.default_rng(6).standard_normal(400)
    np.testing.assert_allclose(M @ r, expected @ r, rtol=1e-12)

    def fail(x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        precond.Chebyshev(scaling="none").setup(linalg.LinearOperator((4, 4), matvec=fail))


@each_class
def test_in_the_solvers_of_scipy(make):
    A = by.poisson(30)
    b = np.random.default_rng(7).standard_normal(900)
    count = {}
    for name, M in (("none", None), ("with", make().setup(A))):
        steps = []
        x, info = linalg.cg(A, b, M=M, rtol=1e-8, callback=lambda _: steps.append(1))
        assert info == 0 and np.linalg.norm(b - A @ x) < 1e-6 * np.linalg.norm(b)
        count[name] = len(steps)
    if make is not precond.Jacobi:  # whose diagonal is constant
        assert count["with"] < count["none"]
    x, info = linalg.bicg(by.convection(30), b, M=make().setup(A), rtol=1e-8)
    assert info == 0


@pytest.mark.skipif(by.matrices() is None, reason="the real matrices are not here")
@pytest.mark.parametrize("name", ["memplus", "beam2475", "helmholtz2880", "bcsstk13"])
@pytest.mark.parametrize("make", [precond.Jacobi, precond.BlockJacobi, *FACTORED[:3]])
def test_real_matrices(name, make):
    A = by.read(name)
    r = by.numbers(np.random.default_rng(8), A.shape[0], A.dtype)
    M = make().setup(A)
    z = M @ r
    assert np.isfinite(z).all()
    x, y = r, by.numbers(np.random.default_rng(9), A.shape[0], A.dtype)
    left, right = np.vdot(M @ x, y), np.vdot(x, M.H @ y)
    assert abs(left - right) <= 1e-8 * np.linalg.norm(M @ x) * np.linalg.norm(y)


def test_the_words_of_an_object():
    M = precond.ILU0(blocks=4)
    assert repr(M) == "ILU0(blocks=4)" and repr(precond.Jacobi()) == "Jacobi()"
    assert "blocks : int, default 8" in precond.ILU0.__doc__
    assert M.set(blocks=2).blocks == 2


@pytest.mark.parametrize("make", [precond.IC0, precond.Chebyshev])
@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([[2, 1, 0], [0, 2, 1], [0, 0, 2]], r"not symmetric: entries \(0, 1\) and \(1, 0\)"),
        ([[0, 1, 0], [1, 0, 1], [0, 1, 0]], r"not positive definite: entry \(0, 0\)"),
        ([[1e308, 0, 0], [0, 1, 0], [0, 0, 1]], r"not within range: entry \(0, 0\)"),
    ],
)
def test_matrices_that_have_no_such(make, rows, sentence):
    with pytest.raises(windlass.WindlassValueError, match=sentence):
        make().setup(sp.csr_matrix(np.array(rows, float)))


def test_ssor_counts_a_row_once():
    M = precond.SSOR().setup(sp.csr_matrix([[1e308, 1e308], [1e308, 1.0]]))
    assert M.pivots <= 2
