"""Log-densities where rounding, overflow and underflow lie in wait, against mpmath.

Allowed is what exact arithmetic would say of a covariance, a row and a mean that are each off by a
few units in the last place: a covariance that is nearly singular loses as many digits as its
condition has, once its columns are scaled to variances of 1 (Demmel 1989, LAPACK Working Note 14).
"""

import numpy as np
import pytest
from windlass.mixture import GaussianMixture, e_step

mp = pytest.importorskip("mpmath").mp

pytestmark = pytest.mark.usefixtures("live_handles")

TYPES = ("full", "tied", "diag", "spherical")
every_type = pytest.mark.parametrize("covariance_type", TYPES)
every_dtype = pytest.mark.parametrize("dtype", [np.float64, np.float32])
UNITS = 4  # in the last place, for each column


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(60):
        yield


class Exact:
    """A mixture in mpmath, of one matrix for each component."""

    def __init__(self, model):
        self.means = model.means_
        self.offsets, self.summands, self.inverses, self.conditions = [], [], [], []
        for weight, matrix in zip(model.weights_, matrices(model)):
            inverse, logarithms = inverse_root(matrix)
            logarithms += [-len(matrix) * mp.log(2 * mp.pi) / 2, mp.log(mp.mpf(float(weight)))]
            self.inverses.append(inverse)
            self.offsets.append(mp.fsum(logarithms))
            self.summands.append(float(mp.fsum(logarithms, absolute=True)))
            root = np.sqrt(np.diag(matrix))
            self.conditions.append(np.linalg.cond(matrix / root / root[:, None]))

    def densities(self, row):
        """log(weight * density) of each component."""
        found = []
        for mean, offset, inverse in zip(self.means, self.offsets, self.inverses):
            t = [mp.mpf(float(x)) - mp.mpf(float(m)) for x, m in zip(row, mean)]
            square = mp.fsum(mp.fdot(line, t) ** 2 for line in inverse)
            found.append(offset - square / 2)
        return found

    def score(self, row):
        densities = self.densities(row)
        most = max(densities)
        return most + mp.log(mp.fsum(mp.exp(one - most) for one in densities))


def inverse_root(matrix):
    """Rows of L^-1 and the logarithms of its diagonal, of L L^T = matrix."""
    a, d = [[mp.mpf(float(v)) for v in row] for row in matrix], len(matrix)
    lower, inverse = [], []
    for i in range(d):
        line = []
        for j in range(i):
            line.append((a[i][j] - mp.fdot(line, lower[j][:j])) / lower[j][j])
        line.append(mp.sqrt(a[i][i] - mp.fdot(line, line)))
        lower.append(line)
        own = [-mp.fdot(line[j:i], [inverse[m][j] for m in range(j, i)]) for j in range(i)]
        inverse.append([v / line[i] for v in own] + [1 / line[i]])
    return inverse, [-mp.log(lower[i][i]) for i in range(d)]


def matrices(model):
    """The covariances as float64 matrices, one a component."""
    covariances = np.asarray(model.covariances_, dtype=np.float64)
    d = model.means_.shape[1]
    for c in range(len(model.weights_)):
        if model.covariance_type == "full":
            yield covariances[c]
        elif model.covariance_type == "tied":
            yield covariances
        else:
            yield np.diag(np.broadcast_to(covariances[c], d))


def mixture(covariance_type, d, k=3, seed=0, condition=100.0, spread=3.0):
    """Parameters of random directions: `condition` of the matrices, `spread` of the means."""
    rng = np.random.default_rng([seed, d])
    turns = np.linalg.qr(rng.normal(size=(k, d, d)))[0]
    values = np.geomspace(1, 1 / condition, d) if d > 1 else np.ones(1)
    full = (turns * values) @ turns.transpose(0, 2, 1)
    full = (full + full.transpose(0, 2, 1)) / 2
    model = GaussianMixture(k, covariance_type=covariance_type)
    model.weights_ = rng.dirichlet(np.full(k, 3.0))
    model.means_ = spread * rng.normal(size=(k, d))
    diagonals = np.diagonal(full, axis1=1, axis2=2)
    model.covariances_ = {
        "full": full, "tied": full[0], "diag": diagonals.copy(), "spherical": diagonals.mean(1)
    }[covariance_type]  # fmt: skip
    return model


def changed(model, scale=1.0, offset=0.0):
    """The same in other units; scale is a number, or one for each column."""
    scale = np.broadcast_to(np.asarray(scale, dtype=float), model.means_.shape[1:])
    other = GaussianMixture(len(model.weights_), covariance_type=model.covariance_type)
    other.weights_, other.means_ = model.weights_, model.means_ * scale + offset
    other.covariances_ = model.covariances_ * {
        "full": np.outer(scale, scale), "tied": np.outer(scale, scale), "diag": scale**2,
        "spherical": scale[0] ** 2,
    }[model.covariance_type]  # fmt: skip
    return other


def drawn(model, n=8, far=1.0):
    """Rows at `far` standard deviations from means."""
    rng = np.random.default_rng(1)
    labels, all_matrices = rng.integers(0, len(model.weights_), n), list(matrices(model))
    rows = []
    for c in labels:
        root = np.sqrt(np.diag(all_matrices[c]))
        lower = np.linalg.cholesky(all_matrices[c] / root / root[:, None])
        rows.append(model.means_[c] + far * (lower @ rng.normal(size=len(root))) * root)
    return np.array(rows)


def allowed(model, exact, row, densities, eps):
    """Of the component that counts: its normalisation, its matrix, and the differences of row and
    mean, which single precision and one matrix for all take about the middle of the means."""
    c = max(range(len(densities)), key=lambda i: densities[i])
    d = len(row)
    inverse = np.array([line + [mp.mpf(0)] * (d - len(line)) for line in exact.inverses[c]])
    t = np.array([mp.mpf(float(x)) - mp.mpf(float(m)) for x, m in zip(row, model.means_[c])])
    y, size = inverse @ t, abs(inverse)
    square = float(y @ y)
    moved = abs(t)
    if eps > 1e-10 or model.covariance_type == "tied":
        middle = model.means_.mean(axis=0)
        moved = moved + abs(model.means_[c] - middle) + abs(row.astype(float) - middle)
    differences = float(abs(y) @ (size @ moved))
    of_double = np.finfo(float).eps * exact.conditions[c] * d * (1 + square)
    return UNITS * (eps * (exact.summands[c] + d + square + differences) + of_double)


def assert_exact(model, x):
    eps = np.finfo(x.dtype).eps
    found = model.score_samples(x)
    exact = Exact(model)
    for row, got in zip(x, found):
        densities, expected = exact.densities(row), exact.score(row)
        error = abs(mp.mpf(float(got)) - expected)
        bound = allowed(model, exact, row, densities, eps)
        assert error <= bound, f"{got}, expected {mp.nstr(expected, 17)} to within {bound}"


@every_dtype
@every_type
@pytest.mark.parametrize("d", [1, 2, 3, 8, 9, 24, 25, 64])
def test_any_width(covariance_type, dtype, d):
    model = mixture(covariance_type, d)
    assert_exact(model, drawn(model, 5).astype(dtype))


@every_dtype
@every_type
@pytest.mark.parametrize("d", [1, 3, 26])
@pytest.mark.parametrize("far", [40.0, 1e3, 1e15])
def test_far_rows(covariance_type, dtype, d, far):
    """Where every density is 0 long since, its logarithm is not."""
    model = mixture(covariance_type, d)
    assert_exact(model, drawn(model, 5, far).astype(dtype))


@every_type
def test_rows_beyond_every_density(covariance_type):
    model = mixture(covariance_type, 3)
    for far, dtype in ((1e152, np.float64), (1e155, np.float64), (1e25, np.float32)):
        x = drawn(model, 5, far).astype(dtype)
        assert np.all(model.score_samples(x) == -np.inf)
        np.testing.assert_allclose(model.predict_proba(x).sum(axis=1), 1, rtol=1e-6)
    assert_exact(model, drawn(model, 5, 1e149))


@every_dtype
@every_type
@pytest.mark.parametrize("d", [1, 3, 26])
@pytest.mark.parametrize("offset", [1e4, 1e8])
def test_offsets(covariance_type, dtype, d, offset):
    model = changed(mixture(covariance_type, d), 1.0, offset)
    assert_exact(model, drawn(model, 5).astype(dtype))


@every_dtype
@every_type
@pytest.mark.parametrize("spread", [1e3, 1e5])
def test_means_far_apart(covariance_type, dtype, spread):
    model = mixture(covariance_type, 5, spread=spread)
    assert_exact(model, drawn(model).astype(dtype))


@every_type
@pytest.mark.parametrize("d", [1, 26])
@pytest.mark.parametrize(
    "scale, dtype",
    [(1e-150, np.float64), (1e-100, np.float64), (1e100, np.float64), (1e150, np.float64)]
    + [(1e-30, np.float32), (1e-17, np.float32), (1e17, np.float32), (1e30, np.float32)],
)
def test_scales(covariance_type, d, scale, dtype):
    model = changed(mixture(covariance_type, d), scale)
    assert_exact(model, drawn(model, 5).astype(dtype))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag"])
@pytest.mark.parametrize("largest, dtype", [(1e120, np.float64), (1e15, np.float32)])
def test_columns_of_different_scales(covariance_type, largest, dtype):
    scale = np.resize([1 / largest, largest, 1.0], 5)
    model = changed(mixture(covariance_type, 5), scale)
    assert_exact(model, drawn(model).astype(dtype))


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("d", [2, 30])
@pytest.mark.parametrize(
    "condition, dtype",
    [(1e6, np.float64), (1e10, np.float64), (1e13, np.float64)]
    + [(1e4, np.float32), (1e7, np.float32), (1e10, np.float32)],
)
def test_nearly_singular_covariances(covariance_type, d, condition, dtype):
    model = mixture(covariance_type, d, condition=condition)
    assert_exact(model, drawn(model, 5).astype(dtype))


@every_dtype
@pytest.mark.parametrize("d, far, offset", [(1, 1, 0), (3, 30, 1e4), (20, 3, 1e6), (64, 1, 0)])
def test_responsibilities(dtype, d, far, offset):
    """e_step: a responsibility is off, relatively, by what its density and the sum are."""
    model = changed(mixture("full", d, condition=10.0), 1.0, offset)
    x, exact, eps = drawn(model, 6, far).astype(dtype), Exact(model), np.finfo(dtype).eps
    mean, resp = e_step(x, model.weights_, model.means_, model.covariances_)
    scores, bounds = [], []
    for row, found in zip(x, resp):
        densities, score = exact.densities(row), exact.score(row)
        scores.append(score)
        bounds.append(allowed(model, exact, row, densities, eps))
        for c, density in enumerate(densities):
            alone = [one if i == c else mp.mpf(-mp.inf) for i, one in enumerate(densities)]
            bound = bounds[-1] + allowed(model, exact, row, alone, eps)
            expected = float(mp.exp(density - score))
            assert abs(found[c] - expected) <= expected * np.expm1(min(bound, 50.0)) + 1e-37
    assert abs(mean - mp.fsum(scores) / len(x)) <= max(bounds)
