"""Operators against SciPy: products of every dtype, layout and mode."""

import numpy as np
import pytest

from windlass import precond, sparse

scipy_sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")

DTYPES = [np.float32, np.float64, np.complex64, np.complex128]
each_dtype = pytest.mark.parametrize("dtype", DTYPES)
each_index = pytest.mark.parametrize("index", [np.int32, np.int64])


def numbers(rng, shape, dtype):
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def random_csr(rng, rows, columns, entries, dtype, index=np.int32):
    """Unsorted, with duplicates, stored zeros and empty rows."""
    at = np.sort(rng.integers(0, max(rows, 1), entries if rows * columns else 0))
    pointer = np.searchsorted(at, np.arange(rows + 1)).astype(index)
    columns_of = rng.integers(0, max(columns, 1), len(at)).astype(index)
    values = numbers(rng, len(at), dtype)
    values[::7] = 0
    A = scipy_sparse.csr_matrix((rows, columns), dtype=dtype)
    A.indptr, A.indices, A.data = pointer, columns_of, values
    return A


def close(came, A, x):
    """Within the rounding of sums, against the product in double."""
    A = A.copy()  # SciPy adds duplicates up in place when it feels like it
    wide = np.complex128 if np.iscomplexobj(came) else np.float64
    expected = A.astype(wide) @ x.astype(wide)
    bound = abs(A).astype(np.float64) @ abs(x).astype(np.float64)
    assert came.shape == expected.shape
    longest = 8 + max(np.diff(A.tocsr().indptr), default=0)
    eps = np.finfo(came.dtype).eps
    assert (abs(came - expected) <= longest * eps * bound + 1e-300).all()


@each_dtype
def test_products_go_to_an_array_that_is_there(dtype):
    rng = np.random.default_rng(3)
    A = random_csr(rng, 9, 7, 30, dtype)
    op = sparse.aslinear(A)
    X = numbers(rng, (7, 4), np.complex128)
    X = X.astype(np.result_type(dtype, np.complex64))  # of a real matrix two products
    for x in (X, X[:, 0]):
        Y = np.full((9, *x.shape[1:]), 7, x.dtype)
        assert op.matmat(x, out=Y) is Y and op.matvec(x, Y) is Y
        np.testing.assert_array_equal(Y, op @ x)
    with pytest.raises(ValueError, match="shape"):
        op.matmat(X, out=np.zeros((9, 5), X.dtype))
    with pytest.raises(TypeError, match="out is a list"):
        op.matvec(X[:, 0].real.astype(dtype), out=[0.0] * 9)


@pytest.mark.parametrize(
    "out, said", [([0.0] * 9, "out is a list"), (np.ones(9), "out has dtype float64")]
)
def test_complex_products_of_real_matrices_refuse_what_cannot_hold_them(out, said):
    with pytest.raises(TypeError, match=said):
        sparse.aslinear(np.eye(9)).matvec(np.full(9, 2j), out=out)
    assert not isinstance(out, np.ndarray) or (out == 1).all()



@each_dtype
@each_index
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (50, 40), (40, 50), (0, 4), (4, 0), (1000, 3)])
def test_products(dtype, index, shape):
    rng = np.random.default_rng(1)
    A = random_csr(rng, *shape, 8 * shape[0], dtype, index)
    op = sparse.aslinear(A)
    assert op.shape == shape and op.dtype == dtype and op.form == "csr"
    assert op.entries == A.nnz and (op.nbytes == 0 or 0 in A.shape), "nothing was copied"
    x, z = numbers(rng, shape[1], dtype), numbers(rng, shape[0], dtype)
    close(op @ x, A, x)
    close(op.matvec(x), A, x)
    close(op.rmatvec(z), A.conj().T, z)
    close(z @ op, A.T, z)


@each_dtype
def test_many_columns_of_any_layout(dtype):
    rng = np.random.default_rng(2)
    A = random_csr(rng, 60, 45, 400, dtype)
    op = sparse.aslinear(A)
    X = numbers(rng, (45, 6), dtype)
    wide = numbers(rng, (90, 13), dtype)
    wide[::2, 1::2] = X
    packed = np.zeros(X.size * X.itemsize + 1, np.uint8)
    odd = packed[1:].view(dtype).reshape(X.shape)
    odd[...] = X
    reverse = np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1]
    expected = op @ X
    close(expected, A, X)
    for layout in (np.asfortranarray(X), wide[::2, 1::2], odd, reverse):
        came = op @ layout
        assert came.tobytes() == expected.tobytes() or (came == expected).all()
    for k in range(6):
        assert (op @ X[:, k] == expected[:, k]).all(), "the same bits alone"
    close(op.rmatmat(X[:5].T.repeat(10, 0)), A.conj().T, X[:5].T.repeat(10, 0))
    assert (op @ X[:, :0]).shape == (60, 0)


def test_values_may_change_and_arrays_live_on():
    rng = np.random.default_rng(3)
    A = random_csr(rng, 30, 30, 200, np.float64)
    op = sparse.aslinear(A)
    x = rng.standard_normal(30)
    op @ x, x @ op
    A.data *= 2
    close(op @ x, A, x)
    close(x @ op, A.T, x)
    expected = A @ x
    del A
    numbers(rng, 10_000, np.float64)
    assert np.allclose(op @ x, expected)


def test_what_does_not_lie_as_wanted_is_copied():
    rng = np.random.default_rng(4)
    A = random_csr(rng, 30, 20, 100, np.float64)
    x = rng.standard_normal(20)
    expected = sparse.aslinear(A) @ x
    spread = np.repeat(A.data, 3)[::3]
    mixed = sparse.csr(A.indptr.astype(np.int64), A.indices, spread, A.shape)
    close(mixed @ x, A, x)
    assert mixed.nbytes == 8 * 100 + 8 * 100
    swapped = sparse.csr(A.indptr, A.indices.astype(">i4"), A.data.astype(">f8"), A.shape)
    assert (swapped @ x == expected).all()
    assert (sparse.aslinear(A.astype(np.int32)) @ x).dtype == np.float64


def test_the_same_bits_for_any_number_of_threads():
    import windlass

    rng = np.random.default_rng(5)
    A = random_csr(rng, 30_000, 20_000, 700_000, np.float64)
    op = sparse.aslinear(A)
    x, z = rng.standard_normal(20_000), rng.standard_normal(30_000)
    came = []
    for threads in (1, 2, 3):
        with windlass.threads(threads):
            came.append(((op @ x).tobytes(), (z @ op).tobytes()))
    assert came[0] == came[1] == came[2]
    close(op @ x, A, x)
    close(z @ op, A.T, z)


def test_complex_vectors_of_a_real_matrix():
    rng = np.random.default_rng(6)
    A = random_csr(rng, 30, 20, 100, np.float64)
    x = numbers(rng, 20, np.complex128)
    close(sparse.aslinear(A) @ x, A, x)


def test_as_a_linear_operator_of_scipy():
    rng = np.random.default_rng(7)
    A = random_csr(rng, 30, 20, 100, np.complex128)
    theirs = linalg.aslinearoperator(sparse.aslinear(A))
    x, z = numbers(rng, 20, np.complex128), numbers(rng, 30, np.complex128)
    close(theirs @ x, A, x)
    close(theirs.H @ z, A.conj().T, z)


@pytest.mark.parametrize(
    "pointer, indices, values, wrong",
    [
        ([1, 2, 3], [0, 1, 2], 3, "indptr has 1 as entry 0, expected 0"),
        ([0, 3, 2], [0, 1], 2, "indptr has 2 as entry 2, expected at least the 3 before it"),
        ([0, 1, 2], [0, 1, 2], 3, "indptr has 2 as entry 2, expected the number of indices, 3"),
        ([0, 1, 5], [0, 1, 2], 3, "indptr has 5 as entry 2, expected the number of indices, 3"),
        ([0, -1, 3], [0, 1, 2], 3, "indptr has -1 as entry 1, expected at least the 0 before it"),
        ([0, 1, 3], [0, 4, 2], 3, "indices has 4 as entry 1, expected 0 or more and less than 4"),
        ([0, 1, 3], [0, 1, -1], 3, "indices has -1 as entry 2, expected 0 or more and less than"),
        ([0, 1, 3], [0, 1, 2], 4, "values has shape (4,), expected (3,) to match indices"),
    ],
)
@each_index
def test_broken_structure(pointer, indices, values, wrong, index):
    import windlass

    arrays = np.array(pointer, index), np.array(indices, index), np.ones(values)
    with pytest.raises(windlass.WindlassValueError) as raised:
        sparse.csr(*arrays, (2, 4))
    assert wrong in str(raised.value)


def test_refusals():
    A = sparse.aslinear(scipy_sparse.eye(3, format="csr", dtype=np.float32))
    with pytest.raises(TypeError, match="x has dtype float64, expected float32"):
        A @ np.ones(3)
    with pytest.raises(ValueError, match=r"x has shape \(4,\), expected \(3,\)"):
        A @ np.ones(4, np.float32)
    with pytest.raises(ValueError, match="expected 1 or 2 dimensions"):
        A @ np.ones((3, 1, 1), np.float32)
    with pytest.raises(TypeError, match="A is a str"):
        sparse.aslinear("A")
    with pytest.raises(TypeError, match="longdouble|float128|values have dtype"):
        sparse.csr([0, 1], [0], np.ones(1, np.longdouble), (1, 1))
    with pytest.raises(ValueError, match=r"indptr has shape \(2,\), expected \(3,\)"):
        sparse.csr(np.array([0, 1]), np.array([0]), np.ones(1), (2, 2))


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "dia"])
def test_sparse_matrices_and_operators_multiply(form):
    rng = np.random.default_rng(8)
    A, B = (scipy_sparse.random(*shape, 0.5, random_state=rng) for shape in ((6, 4), (4, 5)))
    A, B, x = A.asformat(form), B.asformat(form), rng.standard_normal(5)
    expected = A.toarray() @ B.toarray() @ x
    for made in (A @ sparse.aslinear(B), sparse.aslinear(A) @ B):
        assert made.shape == (6, 5) and made.form == "product"
        np.testing.assert_allclose(made @ x, expected)
    square = scipy_sparse.diags([2.0, 4.0, 8.0]).tocsr()
    M = precond.Jacobi().setup(square)
    np.testing.assert_allclose((square @ M) @ np.ones(3), 1)
    np.testing.assert_allclose((M @ square) @ np.ones(3), 1)
