"""A mixture that is fitted: what it says of rows, and how it is kept."""

import math
import operator
import pathlib

import numpy as np

from .. import _array, _long_call
from .._load import ffi, lib
from .._object import Object, describe
from .._sklearn import check_features, draw_seed, feature_names, not_fitted
from ._calls import Explained, caller
from ._statistics import expect_statistics

KIND = "mixture"
SEEDS = 2**53  # bounds of the property "seed", exact in a double

# Attributes, with "_" at their end, that make the object anew; the last two say the same.
_PARAMETERS = ("weights", "means", "covariances", "precisions_cholesky")


class FittedMixture:
    """The part of the estimator that needs its attributes, and no data to fit."""

    def _take(self, model, dtype):
        """Make a mixture object's results this estimator's."""
        found = model.results()
        factors = found["precisions_cholesky"]
        matrices = found["fitted_covariance_type"] in ("full", "tied")
        with np.errstate(over="ignore"):
            found["precisions"] = factors @ factors.swapaxes(-1, -2) if matrices else factors**2
        arrays = {name: _cast(found[name], dtype, name) for name in (*_PARAMETERS, "precisions")}
        for name, array in arrays.items():
            setattr(self, f"{name}_", array)
        self.n_features_in_ = found["n_features"]
        self.converged_ = bool(found["converged"])
        self.n_iter_ = found["n_iter"]
        self.lower_bound_ = found.get("lower_bound", -math.inf)  # none after max_iter=0
        self.lower_bounds_ = found.get("lower_bounds", np.empty(0))
        self._model = model, self._present()

    def update(self, statistics):
        """The maximisation step on a `Statistics`, of this mixture or one like it.

        `n_iter_` grows by one, `lower_bound_` is the mean log-likelihood before the step, and
        `converged_` says whether that changed by less than `tol`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            They are of another number of components or another type of covariances, or say that a
            covariance is not positive definite. The estimator is as it was before.
        """
        expect_statistics(statistics, "statistics")
        model = self._configured(self._fitted())
        _long_call.run(lib.wdl_mixture_update, model.id, statistics._object.id)
        del self._model  # it is the attributes' no more, until they are taken from it
        self._take(model, np.asarray(self.means_).dtype)
        return self

    # The fitted object --------------------------------------------------------------------------

    def _present(self):
        return [getattr(self, f"{name}_", None) for name in _PARAMETERS]

    def _is_fitted(self):
        weights, means, covariances, factors = self._present()
        given = covariances is not None or factors is not None
        return weights is not None and means is not None and given

    def _fitted(self):
        """The object of the fit, made anew from the attributes where they are not its own."""
        if not self._is_fitted():
            raise not_fitted(self)
        present = self._present()
        model, its_own = self.__dict__.get("_model", (None, (None,) * len(present)))
        if model is not None and all(map(operator.is_, present, its_own)):
            return model
        weights, means, covariances, factors = present
        if covariances is None or (covariances is its_own[2] and factors is not its_own[3]):
            covariances = _covariances_of(factors, self.covariance_type)
        arrays = list(map(_array.reals, (weights, means, covariances), _PARAMETERS))
        model = Object.create(KIND)
        model.set("n_components", len(arrays[0]))
        model.set("covariance_type", self.covariance_type)
        _long_call.run(lib.wdl_mixture_set_parameters, model.id, *map(_array.borrow, arrays))
        self._model = model, present
        return model

    def _rows(self, X):
        """X as the library takes it, and the object; the features are checked."""
        model = self._fitted()
        names = feature_names(X)
        X = _array.samples(X, type(self).__name__)
        check_features(self, X.shape[1], names, np.shape(self.means_)[1])
        return X, model

    def _of_rows(self, function, X, shape, dtype=np.float64):
        model = self._fitted()
        out = np.empty((len(X), *shape), dtype)
        with Explained(X):
            run = caller(X, len(self.weights_))
            run(function, model.id, _array.borrow(X), _array.borrow(out))
        return out

    def _reals_of_rows(self, function, X, *shape):
        """Single precision where both X and the parameters are."""
        out = self._of_rows(function, X, shape)
        dtype = np.result_type(X.dtype, np.asarray(self.means_).dtype)
        return out.astype(np.float32) if dtype == np.float32 else out

    # Using it -----------------------------------------------------------------------------------

    def predict(self, X):
        """The most probable component of each row: (n,) of int64."""
        X, _ = self._rows(X)
        return self._of_rows(lib.wdl_mixture_predict, X, (), np.int64)

    def predict_proba(self, X):
        """The probability of each component given each row: (n, k)."""
        X, _ = self._rows(X)
        return self._reals_of_rows(lib.wdl_mixture_predict_proba, X, len(self.weights_))

    def score_samples(self, X):
        """The log-likelihood of each row: (n,)."""
        X, _ = self._rows(X)
        return self._reals_of_rows(lib.wdl_mixture_score_samples, X)

    def score(self, X, y=None, sample_weight=None):
        """The mean log-likelihood of the rows of X; `sample_weight` as in `fit`."""
        X, model = self._rows(X)
        if sample_weight is not None:
            weights = _array.row_weights(sample_weight, len(X))
            wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
            if len(wrong):
                raise ValueError(
                    f"sample_weight has {weights[wrong[0]]:g} as entry {wrong[0]}, expected finite "
                    "and 0 or more"
                )
            rows = weights > 0
            values = self._of_rows(lib.wdl_mixture_score_samples, X[rows], ())
            return float(np.average(values, weights=weights[rows] / weights.max()))
        out = ffi.new("double *")
        with Explained(X):
            run = caller(X, len(self.weights_))
            run(lib.wdl_mixture_score, model.id, _array.borrow(X), out)
        return out[0]

    def sample(self, n_samples=1):
        """Draw rows from the mixture.

        Returns
        -------
        X : ndarray (n_samples, d)
        y : ndarray (n_samples,) of int64
            The components they come from, in rising order.

        Raises
        ------
        ValueError
            `n_samples` is below 1.
        """
        model = self._fitted()
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one "
                "sample."
            )
        X = np.empty((int(n_samples), np.shape(self.means_)[1]))
        y = np.empty(len(X), np.int64)
        seed = draw_seed(self.random_state, SEEDS)
        _long_call.run(
            lib.wdl_mixture_sample, model.id, seed, _array.borrow(X), _array.borrow(y)
        )
        order = np.argsort(y, kind="stable")
        return X[order], y[order]

    def _n_parameters(self):
        k, d = np.shape(self.means_)
        of_covariances = {"full": k * d * (d + 1) // 2, "tied": d * (d + 1) // 2, "diag": k * d}
        return of_covariances.get(self.covariance_type, k) + k * d + k - 1

    def bic(self, X):
        """Bayesian information criterion (Schwarz 1978, doi 10.1214/aos/1176344136): the lower
        the better."""
        n = len(X)
        return -2 * self.score(X) * n + self._n_parameters() * math.log(n)

    def aic(self, X):
        """Akaike's information criterion (1974, doi 10.1109/TAC.1974.1100705): the lower the
        better."""
        return -2 * self.score(X) * len(X) + 2 * self._n_parameters()

    # Keeping it ---------------------------------------------------------------------------------

    def _configured(self, model):
        """The object, with this estimator's numbers and texts among its settings."""
        for name, described in describe(KIND).items():
            if described.settable and described.type in ("int", "real", "text"):
                value = getattr(self, name, None)
                if value is not None and not callable(value):
                    model.set(name, value)
        return model

    def save(self, path):
        """Write parameters and results to a file that every windlass reads.

        `random_state`, `warm_start`, `verbose`, a callable and the names of features stay behind.
        """
        pathlib.Path(path).write_bytes(self._configured(self._fitted()).save())

    @classmethod
    def load(cls, path):
        """An estimator from a file that `save`, or the library's wdl_save, has written.

        Raises
        ------
        WindlassValueError
            The file is damaged, of a newer version, or no mixture.
        """
        model = Object.load(pathlib.Path(path).read_bytes())
        if model.kind != KIND:
            raise ValueError(f"{path} holds an object of kind {model.kind!r}, expected {KIND!r}")
        found = model.settings()
        made = cls(**{name: found[name] for name in cls._get_param_names() if name in found})
        made._take(model, np.float64)
        return made

    def __getstate__(self):
        """Attributes, and the object as bytes where it is theirs: the copy gives the same bits."""
        state = self.__dict__.copy()
        model, its_own = state.pop("_model", (None, ()))
        own = model is not None and all(map(operator.is_, self._present(), its_own))
        if own:
            state["_saved"] = model.save()
        return state

    def __setstate__(self, state):
        state = dict(state)
        saved = state.pop("_saved", None)
        self.__dict__.update(state)
        if saved is not None:
            self._model = Object.load(saved), self._present()


def _cast(array, dtype, name):
    with np.errstate(over="ignore"):
        cast = array.astype(dtype, copy=False)
    if not np.isfinite(cast).all():
        if dtype == np.float32:
            raise ValueError(f"{name} are beyond single precision: scale X, or give it as float64")
        raise ValueError(f"{name} are beyond double precision: scale X")
    return cast


def _covariances_of(factors, kind):
    """The inverses of the precisions that are F F^T."""
    factors = _array.reals(factors, "precisions_cholesky")
    if kind in ("diag", "spherical"):
        return 1 / factors**2
    half = np.linalg.inv(factors)
    return half.swapaxes(-1, -2) @ half
