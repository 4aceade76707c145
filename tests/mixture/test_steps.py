"""e_step and m_step by themselves, against NumPy written from the equations."""

import os
import pathlib

import numpy as np
import pytest
import windlass
from windlass.mixture import e_step, m_step

pytestmark = pytest.mark.usefixtures("live_handles")

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("WINDLASS_DATA", ROOT.parent / "shared" / "data"))
NO_TUTORIAL = (
    f"the tutorial's arrays are not part of the project and not in {DATA / 'gmm-tutorial'}; "
    "WINDLASS_DATA names another folder"
)

SHAPES = [(1, 1, 1), (7, 1, 3), (50, 2, 4), (301, 3, 5), (1000, 8, 16), (64, 17, 2), (5000, 4, 1)]


def problem(n, d, k, seed=0):
    """Data, responsibilities, and parameters that fit neither in particular."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * 3 + 100
    resp = rng.dirichlet(np.ones(k), n)
    weights = rng.dirichlet(np.ones(k))
    means = rng.standard_normal((k, d)) + 100
    factors = rng.standard_normal((k, d, d))
    covariances = factors @ factors.transpose(0, 2, 1) + np.eye(d)
    return X, resp, weights, means, covariances


def m_reference(X, resp, reg_covar=0.0):
    X = X.astype(np.longdouble)
    sums = resp.sum(0)
    means = (resp.T @ X) / sums[:, None]
    centred = X[None] - means[:, None]
    covariances = np.einsum("nk,kni,knj->kij", resp, centred, centred) / sums[:, None, None]
    covariances += reg_covar * np.eye(X.shape[1])
    return sums / len(X), means, covariances


def e_reference(X, weights, means, covariances):
    d = X.shape[1]
    densities = np.empty((len(X), len(weights)))
    for j, (weight, mean, covariance) in enumerate(zip(weights, means, covariances, strict=True)):
        centred = X - mean
        distances = (centred * np.linalg.solve(covariance, centred.T).T).sum(1)
        normal = -0.5 * (d * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + distances)
        densities[:, j] = np.log(weight) + normal
    most = densities.max(1, keepdims=True)
    totals = most[:, 0] + np.log(np.exp(densities - most).sum(1))
    return totals.mean(), np.exp(densities - totals[:, None])


@pytest.mark.parametrize("shape", SHAPES)
def test_m_step(shape):
    X, resp, *_ = problem(*shape)
    for reg_covar in (0.0, 0.5):
        for found, expected in zip(
            m_step(X, resp, reg_covar), m_reference(X, resp, reg_covar), strict=True
        ):
            assert found.dtype == np.float64
            np.testing.assert_allclose(found, expected.astype(float), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shape", SHAPES)
def test_e_step(shape):
    X, _, *parameters = problem(*shape)
    found, resp = e_step(X, *parameters)
    expected, expected_resp = e_reference(X, *parameters)
    assert found == pytest.approx(expected, rel=1e-11)
    np.testing.assert_allclose(resp, expected_resp, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(resp.sum(1), 1, rtol=1e-12)


def test_against_scikit_learn():
    inside = pytest.importorskip("sklearn.mixture._gaussian_mixture")
    X, resp, weights, means, covariances = problem(2000, 5, 7)
    sums, *expected = inside._estimate_gaussian_parameters(X, resp, 1e-6, "full")
    found = m_step(X, resp, 1e-6)
    np.testing.assert_allclose(found[0], sums / len(X), rtol=1e-12)
    np.testing.assert_allclose(found[1], expected[0], rtol=1e-11)
    np.testing.assert_allclose(found[2], expected[1], rtol=1e-9, atol=1e-10)
    factors = inside._compute_precision_cholesky(covariances, "full")
    densities = inside._estimate_log_gaussian_prob(X, means, factors, "full") + np.log(weights)
    mean, resp = e_step(X, weights, means, covariances)
    totals = np.logaddexp.reduce(densities, axis=1)
    assert mean == pytest.approx(totals.mean(), rel=1e-11)
    np.testing.assert_allclose(resp, np.exp(densities - totals[:, None]), rtol=1e-8, atol=1e-12)


@pytest.mark.skipif(not (DATA / "gmm-tutorial").is_dir(), reason=NO_TUTORIAL)
def test_tutorial():
    names = ("data", "responsibilities", "weights", "means", "covs")
    X, resp, *expected = (np.load(DATA / "gmm-tutorial" / f"{name}.npy") for name in names)
    for found, one in zip(m_step(X, resp.T), expected, strict=True):
        np.testing.assert_allclose(found, one, rtol=0, atol=1e-9)


def layouts(array):
    """The same values in other memory."""
    yield array
    yield np.asfortranarray(array)
    wide = np.zeros((array.shape[0] * 2, array.shape[1] * 3))
    wide[::2, ::3] = array
    yield wide[::2, ::3]
    yield array[::-1].copy()[::-1]
    raw = np.zeros(array.nbytes + 1, np.uint8)[1:].view(np.float64).reshape(array.shape)
    raw[:] = array
    yield raw
    frozen = array.copy()
    frozen.flags.writeable = False
    yield frozen


def test_layouts_and_threads_change_no_bit():
    X, resp, *parameters = problem(10_001, 5, 6)
    expected = m_step(X, resp), e_step(X, *parameters)
    for one, own in zip(layouts(X), layouts(resp), strict=True):
        for threads in (1, 2, 3, 8):
            with windlass.threads(threads):
                for a, b in zip(m_step(one, own), expected[0], strict=True):
                    np.testing.assert_array_equal(a, b)
                mean, found = e_step(one, *parameters)
            assert mean == expected[1][0]
            np.testing.assert_array_equal(found, expected[1][1])


def test_dtypes():
    X, resp, *parameters = problem(200, 3, 2)
    single = X.astype(np.float32)
    expected = m_step(single.astype(float), resp)
    for one in (single, single.astype(">f4"), single[::-1].copy()[::-1]):
        for a, b in zip(m_step(one, resp), expected, strict=True):
            np.testing.assert_array_equal(a, b)
    whole = np.round(X).astype(np.int32)
    for one in (whole, whole.tolist(), whole.astype(">f8")):
        for a, b in zip(m_step(one, resp), m_step(whole.astype(float), resp), strict=True):
            np.testing.assert_array_equal(a, b)


def test_refusals():
    X, resp, weights, means, covariances = problem(20, 3, 2)
    with pytest.raises(ValueError, match=r"responsibilities has shape \(19, 2\), expected \(20"):
        m_step(X, resp[:-1])
    with pytest.raises(ValueError, match="resp has shape"):
        m_step(X, resp[:, 0])
    with pytest.raises(ValueError, match="^reg_covar is -1, expected"):
        m_step(X, resp, -1.0)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
        m_step(X[:, 0], resp)
    with pytest.raises(ValueError, match="Complex data not supported"):
        m_step(X + 1j, resp)
    with pytest.raises(ValueError, match="could not convert"):
        m_step([["a"]], [[1.0]])
    with pytest.raises(ValueError, match=r"means has shape \(2, 2\), expected \(2, 3\) to match x"):
        e_step(X, weights, means[:, :2], covariances[:, :2, :2])
    with pytest.raises(ValueError, match="covariances has shape"):
        e_step(X, weights, means[:, :2], covariances)
    with pytest.raises(ValueError, match="weights sums to"):
        e_step(X, weights * 2, means, covariances)
    with pytest.raises(ValueError, match="covariances has shape"):
        e_step(X, weights, means, covariances[:1])
    broken = covariances.copy()
    broken[1] = -np.eye(3)
    with pytest.raises(windlass.WindlassValueError, match="positive definite") as caught:
        e_step(X, weights, means, broken)
    assert caught.value.position[0] == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [(0, 0), (13, 2), (19, 1)])
def test_values_that_are_not_finite(value, at):
    X, resp, *parameters = problem(20, 3, 2)
    X[at] = value
    kind = "NaN" if np.isnan(value) else "infinity"
    for call in (lambda: m_step(X, resp), lambda: e_step(X, *parameters)):
        with pytest.raises(windlass.WindlassValueError, match=f"Input X contains {kind}") as caught:
            call()
        assert caught.value.position == at
