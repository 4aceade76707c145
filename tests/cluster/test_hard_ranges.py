"""Rows and centres of very different orders of magnitude, against NumPy's long doubles."""

import numpy as np
import pytest
from windlass.cluster import KMeans

pytestmark = pytest.mark.usefixtures("live_handles")

X = np.random.default_rng(0).normal(size=(300, 3)) + np.repeat([[0.0], [4.0]], 150, axis=0)


@pytest.mark.parametrize("exponent", [-700, -520, -200, 200, 480])
def test_rows_far_from_centres_of_another_order(exponent):
    model = KMeans(3, random_state=0).fit(np.ldexp(X, exponent))
    weights = np.arange(300) % 3
    rows = np.where(weights[:, None] > 0, X, np.nan)
    centers = model.cluster_centers_.astype(np.longdouble)
    squares = ((X.astype(np.longdouble)[:, None] - centers) ** 2).sum(axis=2)
    np.testing.assert_allclose(model.transform(X), np.sqrt(squares).astype(float), rtol=1e-12)
    nearest = squares.min(axis=1)
    assert model.score(X) == pytest.approx(-float(nearest.sum()), rel=1e-12)
    weighted = model.score(rows, sample_weight=weights)
    assert weighted == pytest.approx(-float((weights * nearest).sum()), rel=1e-12)
