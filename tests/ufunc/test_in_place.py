"""Outputs that are an input, or lie upon themselves, as NumPy's own ufuncs take them."""

import numpy as np
import pytest

from windlass import ufunc

GENERATOR = np.random.default_rng(3)
B = GENERATOR.normal(size=(40, 40))
L = np.tril(B[:17, :17]) + 20 * np.eye(17)
X, MEANS = GENERATOR.normal(size=(2, 17, 17))
COVARIANCES = np.stack([np.eye(17) * (1 + k) for k in range(17)])
ROWS = GENERATOR.normal(size=(5, 30))

# (function, arguments, which output is which argument)
CALLS = {
    "moving_mean": (ufunc.moving_mean, (np.arange(9.0), 3), {0: 0}),
    "rows of moving_mean": (ufunc.moving_mean, (ROWS, 4), {0: 0}),
    "sqdist": (ufunc.sqdist, (B, B), {0: 0}),
    "sqdist of others": (ufunc.sqdist, (B, B[::-1].copy()), {0: 1}),
    "softmax": (ufunc.softmax, (ROWS,), {0: 0}),
    "cumulative_moments": (ufunc.cumulative_moments, (ROWS,), {0: 0}),
    "its second": (ufunc.cumulative_moments, (ROWS,), {1: 0}),
    "cholesky_solve into b": (ufunc.cholesky_solve, (L, X), {0: 1}),
    "mvn_logpdf into x": (ufunc.mvn_logpdf, (X, MEANS, COVARIANCES), {0: 0}),
    "mvn_logpdf into means": (ufunc.mvn_logpdf, (X, MEANS, COVARIANCES), {0: 1}),
    "weighted_cov into x": (ufunc.weighted_cov, (X, np.arange(1.0, 18)), {1: 0}),
    "weighted_cov into w": (ufunc.weighted_cov, (X, np.arange(1.0, 18)), {0: 1}),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("function", "arguments", "same"), CALLS.values(), ids=CALLS)
def test_an_output_that_is_an_input(function, arguments, same, dtype):
    arguments = [np.array(a, dtype) if np.ndim(a) else a for a in arguments]
    expected = function(*[np.copy(a) for a in arguments])
    outputs = [None] * function.nout
    for output, argument in same.items():
        outputs[output] = arguments[argument]
    found = function(*arguments, out=tuple(outputs))
    pairs = [(found, expected)] if function.nout == 1 else zip(found, expected)
    for one, other in pairs:
        np.testing.assert_array_equal(one, other)


def test_outputs_that_lie_upon_themselves():
    x = np.linspace(0, 1, 300_001)
    for _ in range(20):
        one = np.zeros(1)
        ufunc.exp(x, out=np.lib.stride_tricks.as_strided(one, x.shape, (0,)))
        assert one[0] == ufunc.exp(x[-1:])[0]


def test_numbers_too_far_apart_for_their_difference():
    with np.errstate(all="ignore"):
        mean, variance = ufunc.cumulative_moments(np.array([1e308, -1e308]))
        _, covariance = ufunc.weighted_cov(np.array([[1e200], [2.0], [3.0]]), np.ones(3))
    assert mean.tolist() == [1e308, 0] and variance.tolist() == [0, np.inf]
    assert covariance.tolist() == [[np.inf]]
