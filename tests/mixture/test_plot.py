"""Pictures: what is drawn, against eigen-decompositions."""

import numpy as np
import pytest
from windlass import plot
from windlass.mixture import GaussianMixture

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.patches import Ellipse  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("live_handles"),
    pytest.mark.filterwarnings("ignore:Best performing"),
]

rng = np.random.default_rng(0)
TURNED = np.array([[3.0, 0, 0], [1.0, 0.5, 0], [0.2, 0.1, 0.3]])
X = np.concatenate([rng.normal(size=(300, 3)) @ TURNED.T, rng.normal(size=(200, 3)) + [0, 8, 4]])


@pytest.fixture
def ax():
    figure, axes = pyplot.subplots()
    yield axes
    pyplot.close(figure)


def fitted(covariance_type="full"):
    return GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)


def matrix(model, component):
    covariances, d = model.covariances_, model.n_features_in_
    return {
        "full": lambda: covariances[component],
        "tied": lambda: covariances,
        "diag": lambda: np.diag(covariances[component]),
        "spherical": lambda: covariances[component] * np.eye(d),
    }[model.covariance_type]()


@pytest.mark.parametrize("dims", [(0, 1), (2, 0)])
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_ellipses(ax, covariance_type, dims):
    model = fitted(covariance_type)
    assert plot.ellipses(model, X, dims, ax, deviations=(1, 2.5)) is ax
    drawn = [patch for patch in ax.patches if isinstance(patch, Ellipse)]
    assert len(drawn) == 4
    for number, one in enumerate(drawn):
        far, component = (1, 2.5)[number % 2], number // 2
        np.testing.assert_allclose(one.center, model.means_[component][list(dims)])
        covariance = matrix(model, component)[np.ix_(dims, dims)]
        np.testing.assert_allclose(
            np.sort([one.height, one.width]), 2 * far * np.sqrt(np.linalg.eigvalsh(covariance))
        )
        turn = np.radians(one.angle)
        turn = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        variances = np.diag([(one.width / 2) ** 2, (one.height / 2) ** 2]) / far**2
        np.testing.assert_allclose(turn @ variances @ turn.T, covariance, atol=1e-9)


def test_points_are_of_their_components_colour(ax):
    model = fitted()
    plot.ellipses(model, X, ax=ax)
    (points,) = ax.collections
    np.testing.assert_array_equal(points.get_offsets(), X[:, :2])
    colours, labels = points.get_facecolors()[:, :3], model.predict(X)
    edges = [patch.get_edgecolor()[:3] for patch in ax.patches[::2]]
    for component in range(2):
        own = colours[labels == component]
        np.testing.assert_allclose(own, np.broadcast_to(edges[component], own.shape))
    inside = ax.get_xlim()[0] < X[:, 0].min() and ax.get_xlim()[1] > X[:, 0].max()
    assert inside


def test_without_data_and_axes():
    model = fitted()
    figure = pyplot.figure()
    drawn = plot.ellipses(model)
    assert drawn.figure is figure and not drawn.collections and len(drawn.patches) == 4
    low, high = drawn.get_ylim()
    assert low < model.means_[:, 1].min() and high > model.means_[:, 1].max()
    pyplot.close(figure)


def test_many_components_differ_in_colour(ax):
    model = GaussianMixture(15, max_iter=1, random_state=0, reg_covar=1e-2).fit(X)
    plot.ellipses(model, ax=ax, deviations=[1])
    assert len({patch.get_edgecolor() for patch in ax.patches}) == 15


def test_names_of_columns(ax):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["height", "weight", "age"])
    model = GaussianMixture(2, random_state=0).fit(frame)
    plot.ellipses(model, frame, dims=(2, 1), ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "weight")
    plot.ellipses(fitted(), ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("column 0", "column 1")


def test_a_mixture_of_scikit_learns(ax):
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    plot.ellipses(theirs(2, random_state=0).fit(X), X, ax=ax)
    assert len(ax.patches) == 4


@pytest.mark.parametrize("dims", [(0, 3), (-1, 0), (0,), (0, 1, 2)])
def test_columns_that_are_not_there(ax, dims):
    with pytest.raises(ValueError, match="dims has"):
        plot.ellipses(fitted(), dims=dims, ax=ax)


def test_convergence(ax):
    model = fitted()
    assert plot.convergence(model, ax) is ax
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), np.arange(1, model.n_iter_ + 1))
    np.testing.assert_array_equal(line.get_ydata(), model.lower_bounds_)
    assert ax.get_title() == "converged"
    plot.convergence(GaussianMixture(3, tol=0, max_iter=2, random_state=0).fit(X), ax)
    assert ax.get_title() == "not converged" and len(ax.lines) == 2
