"""Hypothesis: random compressed rows, with duplicates, in any order; what every ending promises."""

import numpy as np
import pytest

from windlass import krylov, sparse

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

NUMBERS = st.one_of(
    st.integers(-4, 4).map(float),
    st.floats(-1e3, 1e3),
    st.sampled_from([1e-30, 1e30, 1e-160, 1e160]),
)
DTYPES = st.sampled_from([np.float32, np.float64, np.complex64, np.complex128])


@st.composite
def systems(draw):
    n = draw(st.integers(1, 9))
    lengths = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    pointer = np.concatenate([[0], np.cumsum(lengths)])
    entries = int(pointer[-1])
    index = draw(st.lists(st.integers(0, n - 1), min_size=entries, max_size=entries))
    dtype = np.dtype(draw(DTYPES))

    def numbers(count):
        drawn = np.array(draw(st.lists(NUMBERS, min_size=count, max_size=count)))
        if dtype.kind == "c":
            drawn = drawn + 1j * np.array(draw(st.lists(NUMBERS, min_size=count, max_size=count)))
        most = np.finfo(dtype).max / 1e3
        return np.where(np.abs(drawn) < most, drawn, 1).astype(dtype)

    width = draw(st.sampled_from([np.int32, np.int64]))
    values = numbers(entries)
    if draw(st.booleans()):  # a diagonal that makes it regular, as a rule
        pointer = pointer + np.arange(n + 1)
        index = np.insert(index, np.cumsum([0, *lengths[:-1]]), np.arange(n))
        values = np.insert(values, np.cumsum([0, *lengths[:-1]]), 10)
    A = sparse.csr(pointer.astype(width), np.array(index, width), values.astype(dtype), (n, n))
    dense = np.zeros((n, n), np.clongdouble if dtype.kind == "c" else np.longdouble)
    whole = np.zeros((n, n), np.longdouble)  # duplicates may cancel, their roundings do not
    at = (np.repeat(np.arange(n), np.diff(pointer)), np.array(index, int))
    np.add.at(dense, at, values)
    np.add.at(whole, at, np.abs(values))
    start = numbers(n) if draw(st.booleans()) else None
    return A, dense, whole, numbers(n), start


@hypothesis.settings(max_examples=400, deadline=None)
@hypothesis.given(systems(), st.sampled_from(krylov.METHODS), st.sampled_from([0.0, 1e-3, 1e-10]))
def test_an_ending_is_true(system, method, rtol):
    A, dense, whole, b, start = system
    result = krylov.solve(A, b, method, M=None, rtol=rtol, maxiter=40, x0=start)
    assert np.isfinite(result.x).all() and result.reason not in ("none", "recurrence")
    x, eps = result.x.astype(dense.dtype), np.finfo(b.dtype).eps
    residual, norm_b = np.linalg.norm(b - dense @ x), np.linalg.norm(b.astype(dense.dtype))
    sizes = np.linalg.norm(np.abs(b) + whole @ np.abs(x))
    if np.isfinite(float(sizes)) and sizes < np.finfo(b.dtype).max / 1e6:
        tiny = 1e3 * np.finfo(b.dtype).tiny
        assert abs(residual - result.residual_norm) <= 20 * eps * sizes + tiny
        if result.converged:
            assert residual <= rtol * norm_b * (1 + 20 * eps) + 20 * eps * sizes + tiny
    assert result.converged == (result.reason == "converged")
