"""Every form of operator in every mode against dense matrices: stored ones, and what is made."""

import operator

import numpy as np
import pytest

import windlass
from windlass import sparse

scipy_sparse = pytest.importorskip("scipy.sparse")
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


def numbers(rng, shape, dtype):
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def some(rng, shape, dtype, share=0.2):
    return np.where(rng.random(shape) < share, numbers(rng, shape, dtype), 0).astype(dtype)


def agree(op, M):
    """op and the dense M, by products in every mode with one vector and with many."""
    rng = np.random.default_rng(9)
    eps = 64 * np.finfo(M.dtype).eps
    assert op.shape == M.shape and op.dtype == M.dtype
    for k in (None, 1, 3, 11):
        x = numbers(rng, (M.shape[1],) if k is None else (M.shape[1], k), M.dtype)
        z = numbers(rng, (M.shape[0],) if k is None else (M.shape[0], k), M.dtype)
        products = (op @ x, M, x), (op.rmatmat(z), M.conj().T, z), ((z.T @ op).T, M.T, z)
        for came, N, v in products:
            assert came.shape == (N @ v).shape and came.dtype == M.dtype
            assert (abs(came - N @ v) <= eps * (abs(N) @ abs(v)) + 1e-300).all()


def stored(form, M, index=np.int32):
    """M as an operator of a form, and whether its memory is the caller's."""
    if form == "dense":
        return sparse.dense(M)
    if form == "diagonal":
        return sparse.diagonal(np.diag(M).copy())
    if form == "bsr":
        return sparse.aslinear(scipy_sparse.bsr_matrix(M, blocksize=(3, 2)))
    A = getattr(scipy_sparse, f"{form}_matrix")(M)
    if form in ("csr", "csc"):
        A.indptr, A.indices = A.indptr.astype(index), A.indices.astype(index)
    return sparse.aslinear(A)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dense", "diagonal", "dia", "lil"])
def test_stored(form, dtype):
    rng = np.random.default_rng(1)
    M = some(rng, (24, 24) if form == "diagonal" else (24, 36), dtype)
    M = np.diag(np.diag(M)) if form == "diagonal" else M
    op = stored(form, M)
    expected = {"dia": "csr", "lil": "csr"}.get(form, form)
    assert op.form == expected
    agree(op, M)
    agree(op.T, M.T)
    agree(op.H, M.conj().T)
    agree(op.H.T, M.conj())
    agree(op.T.H.T.H, M)


@pytest.mark.parametrize("form", ["csr", "csc"])
def test_wide_indices(form):
    M = some(np.random.default_rng(2), (30, 40), np.float64)
    op = stored(form, M, np.int64)
    assert op.nbytes == 0
    agree(op, M)


@pytest.mark.parametrize("length", [1, 5, 9, 10, 23, 24, 25, 31, 32, 33, 100, 574])
def test_long_rows(length):
    rng = np.random.default_rng(length)
    for dtype in DTYPES:
        M = some(rng, (7, 700), dtype, length / 700)
        M[3, :length] = numbers(rng, length, dtype)
        agree(sparse.aslinear(scipy_sparse.csr_matrix(M)), M)


def test_dense_of_any_layout():
    rng = np.random.default_rng(3)
    wide = numbers(rng, (80, 90), np.float64)
    for view in (wide, wide.T, wide[::2], wide[:, ::3], wide[::2, ::3], wide[::-1], wide[:, ::-1],
                 wide[:, :1], wide[:1], wide[:0], wide[:, :0], wide.T[::-2]):  # fmt: skip
        agree(sparse.dense(view), view)
    assert sparse.dense(wide[::2]).nbytes == 0 and sparse.dense(wide.T).nbytes == 0
    assert sparse.dense(wide[::2, ::3]).nbytes == 8 * 40 * 30


def test_values_of_all_stored_forms_may_change():
    rng = np.random.default_rng(4)
    M = some(rng, (12, 12), np.float64)
    for A in (scipy_sparse.csc_matrix(M), scipy_sparse.bsr_matrix(M, blocksize=(3, 2))):
        op = sparse.aslinear(A)
        agree(op, M)
        A.data *= 3
        agree(op, 3 * M)


@pytest.mark.parametrize("dtype", DTYPES)
def test_made_of_operators(dtype):
    rng = np.random.default_rng(5)
    M, N, P = some(rng, (24, 24), dtype), some(rng, (24, 24), dtype), some(rng, (24, 9), dtype)
    c = 2.5 - (1.5j if np.dtype(dtype).kind == "c" else 0)
    m, n, p = (sparse.aslinear(scipy_sparse.csr_matrix(one)) for one in (M, N, P))
    f = sparse.function(lambda x: N @ x, (24, 24), dtype, rmatvec=lambda x: N.conj().T @ x)
    as_dtype = np.dtype(dtype).type
    agree(m + n, M + N)
    agree(m - n, M - N)
    agree(c * m, as_dtype(c) * M)
    agree(-m / 2, -M / 2)
    agree(m.shift(c), M + c * np.eye(24, dtype=dtype))
    agree((m @ p), M @ P)
    agree((m @ n + c * n.H).shift(-1), M @ N + as_dtype(c) * N.conj().T - np.eye(24, dtype=dtype))
    x, z = numbers(rng, 24, dtype), numbers(rng, 24, dtype)
    tolerance = 500 * np.finfo(dtype).eps
    for op, D in ((m + f, M + N), (f @ m, N @ M), (f.shift(c), N + c * np.eye(24))):
        assert np.allclose(op @ x, D @ x, tolerance, tolerance * 10)
        assert np.allclose(op.rmatvec(z), D.conj().T @ z, tolerance, tolerance * 10)
    assert (m @ p).entries is None and (m + n).entries == m.entries + n.entries
    assert {one.form for one in (m.T, m.H, m + n, m @ n, m.shift(1), f)} == {
        "transpose", "adjoint", "sum", "product", "shift", "callback",
    }  # fmt: skip


def test_parts_live_on():
    M = some(np.random.default_rng(6), (30, 30), np.float64)
    op = sparse.aslinear(scipy_sparse.csr_matrix(M)).T @ sparse.dense(M.copy())
    agree(op, M.T @ M)


def test_refusals():
    a = sparse.dense(np.ones((3, 4)))
    b = sparse.dense(np.ones((3, 4), np.float32))
    with pytest.raises(windlass.WindlassTypeError, match="dtype f32, expected f64"):
        a + b
    with pytest.raises(windlass.WindlassValueError, match=r"b is \(3, 4\), expected as many rows"):
        a @ a
    with pytest.raises(windlass.WindlassValueError, match=r"b is \(4, 3\), expected \(3, 4\)"):
        a + a.T
    with pytest.raises(windlass.WindlassValueError, match="square"):
        a.shift(1)
    with pytest.raises(windlass.WindlassValueError, match="imaginary part 1"):
        a * 1j
    with pytest.raises(TypeError):
        operator.add(a, 1)
    with pytest.raises(windlass.WindlassValueError, match="do not divide 5 columns"):
        sparse.bsr([0, 1], [0], np.ones((1, 3, 2)), (3, 5))
    with pytest.raises(windlass.WindlassValueError, match="row has 3 as entry 1"):
        sparse.coo([0, 3], [0, 1], np.ones(2), (3, 5))
    op = one = sparse.dense(np.ones((3, 3)))
    with pytest.raises(windlass.WindlassUnsupportedError, match="operators within operators"):
        for _ in range(40):
            op = op + one
