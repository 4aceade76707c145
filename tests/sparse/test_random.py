"""Hypothesis: random compressed rows, right and broken, against SciPy and against Python."""

import numpy as np
import pytest

import windlass
from windlass import sparse

scipy_sparse = pytest.importorskip("scipy.sparse")
hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies


@st.composite
def matrices(draw):
    rows, columns = draw(st.integers(0, 12)), draw(st.integers(1, 12))
    lengths = draw(st.lists(st.integers(0, 40), min_size=rows, max_size=rows))
    entries = sum(lengths)
    index = draw(st.sampled_from([np.int32, np.int64]))
    where = st.lists(st.integers(0, columns - 1), min_size=entries, max_size=entries)
    whole = st.integers(-8, 8)  # exact in every dtype, in any order
    values = draw(st.lists(whole, min_size=entries, max_size=entries))
    dtype = draw(st.sampled_from([np.float32, np.float64, np.complex64, np.complex128]))
    pointer = np.concatenate([[0], np.cumsum(lengths)]).astype(index)
    return pointer, np.array(draw(where), index), np.array(values, dtype), (rows, columns)


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(matrices(), st.integers(1, 20), st.randoms(use_true_random=False))
def test_products_of_whole_numbers_are_exact(matrix, k, dice):
    pointer, index, values, shape = matrix
    op = sparse.csr(pointer, index, values, shape)
    dense = np.zeros(shape, values.dtype)
    np.add.at(dense, (np.repeat(np.arange(shape[0]), np.diff(pointer)), index), values)
    X = np.array([[dice.randint(-8, 8) for _ in range(k)] for _ in range(shape[1])], values.dtype)
    Z = np.array([dice.randint(-8, 8) for _ in range(shape[0])], values.dtype)
    assert (op @ X == dense @ X).all()
    assert (op @ np.asfortranarray(X) == dense @ X).all()
    assert (Z @ op == dense.T @ Z).all()
    assert (op.T.H @ X == dense @ X).all()


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(
    st.lists(st.integers(-2, 6), min_size=1, max_size=5),
    st.lists(st.integers(-2, 5), max_size=6),
    st.integers(0, 5),
    st.sampled_from([np.int32, np.int64]),
)
def test_structure_is_taken_if_and_only_if_it_is_sound(pointer, index, columns, width):
    sound = pointer[0] == 0 and pointer[-1] == len(index) and sorted(pointer) == pointer
    sound = sound and all(0 <= one < columns for one in index)
    arrays = np.array(pointer, width), np.array(index, width), np.ones(len(index))
    shape = (len(pointer) - 1, columns)
    if sound:
        op = sparse.csr(*arrays, shape)
        assert (op @ np.ones(columns)).tolist() == np.diff(pointer).tolist()
    else:
        with pytest.raises(windlass.WindlassValueError, match="indptr|indices"):
            sparse.csr(*arrays, shape)
