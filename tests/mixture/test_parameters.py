"""The estimator's arguments: what they may be, and the sentences that refuse the rest."""

import inspect
import warnings

import numpy as np
import pytest
import windlass
from windlass.mixture import GaussianMixture

pytestmark = pytest.mark.usefixtures("live_handles")

X = np.random.default_rng(0).normal(size=(200, 2))

OUTSIDE_SCIKIT_LEARN = {"step_exponent", "responsibilities_init", "starving"}
NO_PROPERTIES = {"random_state", "warm_start", "verbose", "verbose_interval"}

BAD = [
    {"n_components": 0},
    {"n_components": 2.5},
    {"n_components": "3"},
    {"n_components": None},
    {"tol": -1.0},
    {"tol": float("nan")},
    {"tol": "small"},
    {"tol": float("inf")},
    {"max_iter": -1},
    {"max_iter": 10.0},
    {"n_init": 0},
    {"reg_covar": -1e-9},
    {"reg_covar": float("inf")},
    {"warm_start": 1},
    {"verbose": -1},
    {"verbose_interval": 0},
    {"weights_init": "equal"},
    {"means_init": 3},
    {"precisions_init": 1.0},
    {"n_components": 201},
    {"weights_init": [0.5, 0.2]},
    {"weights_init": [0.5, 0.2, 0.2]},
    {"means_init": np.zeros((3, 5))},
    {"precisions_init": np.zeros((3, 3, 3))},
    {"precisions_init": np.zeros((3, 2, 2))},
    {"precisions_init": np.array([[[1, 0.5], [-0.5, 1]]] * 3)},
    {"precisions_init": -np.ones((3, 2)), "covariance_type": "diag"},
    {"precisions_init": np.ones((2, 2)), "covariance_type": "spherical"},
    {"precisions_init": [1, 2, 0], "covariance_type": "spherical"},
    {"precisions_init": np.diag([1, -1]), "covariance_type": "tied"},
]


def refusal(model, data=X, **options):
    with pytest.raises(ValueError) as caught:
        model.fit(data, **options)
    return caught.value


@pytest.mark.parametrize("options", BAD, ids=str)
def test_refused_in_the_same_words(options):
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    options = {"n_components": 3, **options}
    model = GaussianMixture(**options)
    ours, other = refusal(model), refusal(theirs(**options))
    assert str(ours) == str(other)
    assert isinstance(ours, TypeError) == isinstance(other, TypeError)
    assert not any(name.endswith("_") and not name.startswith("_") for name in vars(model))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"init_params": "k-means"}, r"'init_params' .* must be a str among \{.*'random'.* or a c"),
        ({"covariance_type": "round"}, "'covariance_type' .* must be a str among {'full', 'tied'"),
        ({"random_state": "x"}, "'random_state' parameter of GaussianMixture must be an int in"),
        ({"random_state": -1}, "'random_state' parameter of GaussianMixture must be an int in"),
        ({"step_exponent": 1.5}, r"'step_exponent' .* a float in the range \[0.5, 1.0\]. Got 1.5"),
        ({"n_components": 10**9}, "Expected n_samples >= n_components"),
        ({"max_iter": 2**60}, "max_iter is 1152921504606846976, expected 0 to"),
        ({"weights_init": [1.5, -0.5]}, "range .0, 1., but got max value 1.5.*, min value -0.5"),
        ({"means_init": [[np.nan, 0], [1, 1]]}, "Input contains NaN or infinity"),
        ({"responsibilities_init": np.ones((3, 2))}, "responsibilities_init has shape"),
    ],
)
def test_refused(options, match):
    with pytest.raises(ValueError, match=match):
        GaussianMixture(**{"n_components": 2, **options}).fit(X)


SHAPES = [X[0], X[:1], X[:0], X[:, :0], X[0, 0], np.empty((0, 0)), X[None]]


@pytest.mark.parametrize("data", SHAPES, ids=lambda data: str(data.shape))
def test_shapes_are_refused_in_the_same_words(data):
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    assert str(refusal(GaussianMixture(), data)) == str(refusal(theirs(), data))


def test_data_that_is_none():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="Sparse data was passed, but dense data is required"):
        GaussianMixture().fit(sparse.csr_array(X))
    with pytest.raises(ValueError, match="Complex data not supported"):
        GaussianMixture().fit(X + 1j)
    with pytest.raises(ValueError, match="could not convert string to float"):
        GaussianMixture().fit([["a", "b"], ["c", "d"]])
    for value, said in ((np.nan, "Input X contains NaN"), (np.inf, "Input X contains infinity or")):
        broken = X.copy()
        broken[3, 1] = value
        with pytest.raises(windlass.WindlassValueError, match=said) as caught:
            GaussianMixture().fit(broken)
        assert caught.value.position == (3, 1)


def test_collapsed_data():
    with pytest.raises(ValueError, match="Fitting the mixture model failed because some") as caught:
        GaussianMixture(2, reg_covar=0, random_state=0).fit(np.zeros((50, 2)))
    assert "increase reg_covar" in str(caught.value)


def test_row_weights():
    one = np.ones(len(X))
    for wrong in (0 * one, -one, one[1:], np.full(len(X), np.nan), np.stack([one, one])):
        with pytest.raises(ValueError, match="weight"):
            GaussianMixture().fit(X, sample_weight=wrong)
    model = GaussianMixture().fit(X, sample_weight=2)
    np.testing.assert_allclose(model.means_, GaussianMixture().fit(X).means_)
    with pytest.raises(ValueError, match="sample_weight.shape == .199,., expected .200,.!"):
        model.score(X, sample_weight=one[1:])
    for wrong in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="^sample_weight has .* as entry 3, expected finite"):
            model.score(X, sample_weight=np.where(np.arange(len(X)) == 3, wrong, one))
    for unit in (1e-320, 1e308):
        assert model.score(X, sample_weight=unit * one) == pytest.approx(model.score(X))


def test_get_and_set():
    model = GaussianMixture(2, tol=0.5)
    assert model.get_params()["tol"] == 0.5 and model.get_params()["n_components"] == 2
    assert model.set_params(tol=0.25, n_init=3) is model
    assert (model.tol, model.n_init) == (0.25, 3)
    with pytest.raises(ValueError, match="Invalid parameter 'tolerance'"):
        model.set_params(tolerance=1)
    assert repr(model) == "GaussianMixture(n_components=2, n_init=3, tol=0.25)"
    assert repr(GaussianMixture()) == "GaussianMixture()"
    assert len(repr(GaussianMixture(means_init=np.zeros((100, 100))))) < 800


def test_the_constructor_is_scikit_learns():
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    ours = list(inspect.signature(GaussianMixture).parameters.values())
    other = list(inspect.signature(theirs).parameters.values())
    assert ours[: len(other)] == other
    assert {one.name for one in ours[len(other) :]} == OUTSIDE_SCIKIT_LEARN


def test_arguments_are_the_librarys():
    """Every setting of the library has its argument, with the same initial value but the start."""
    described = windlass.describe("mixture")
    settings = {name for name, p in described.items() if p.settable}
    arguments = GaussianMixture().get_params()
    assert set(arguments) - settings == NO_PROPERTIES
    assert settings - set(arguments) == {"seed", "start"}
    for name in set(arguments) - NO_PROPERTIES - {"init_params"}:
        value, initial = arguments[name], described[name].initial
        assert value == (None if initial is None else type(value)(initial))


def test_arguments_are_left_as_they_are():
    means = X[:2].tolist()
    model = GaussianMixture(2, means_init=means, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X)
    assert model.means_init is means
