"""Gaussian mixtures by expectation-maximisation, with scikit-learn's names and meanings.

The algorithm is Dempster, Laird, Rubin 1977, doi 10.1111/j.2517-6161.1977.tb01600.x.
"""

import math
import operator
import pathlib
import warnings

import numpy as np

from . import _array, _long_call, _progress
from ._context import call
from ._errors import WindlassValueError
from ._load import ffi, lib
from ._object import Object, describe
from ._sklearn import Estimator, convergence_warning, draw_seed, not_fitted

__all__ = ["GaussianMixture", "e_step", "m_step"]

_KIND = "mixture"
_LONG = 10_000_000  # multiplications that take 20 ms on a slow machine's one core
_SEEDS = 2**53  # bounds of the property "seed", exact in a double

# The results that together are a fitted mixture's parameters, as wdl_mixture_set_parameters takes
# them; attributes of these names, with "_" at their end, make the object anew after unpickling.
_PARAMETERS = ("weights", "means", "covariances")


def m_step(X, resp, reg_covar=0.0):
    """The maximisation step: weights, means and covariances of given responsibilities.

    Parameters
    ----------
    X : array_like (n, d)
        Data; float64 and float32 of any strides are used as they lie.
    resp : array_like (n, k)
        Responsibilities, not negative. They are used as they are: rows need not sum to 1.
    reg_covar : float
        Added to the diagonals of the covariances.

    Returns
    -------
    weights : ndarray (k,)
        Sums of the columns of `resp`, over n.
    means : ndarray (k, d)
    covariances : ndarray (k, d, d)

    Raises
    ------
    WindlassValueError
        Shapes that do not match, values that are not finite (`position` is row and column).
    """
    X = _array.samples(X)
    resp = _array.reals(resp, "resp", 2)
    k, d = resp.shape[1], X.shape[1]
    weights, means, covariances = np.empty(k), np.empty((k, d)), np.empty((k, d, d))
    with _NamedAsPython(X):
        _runner(X, k)(
            lib.wdl_mixture_m_step,
            _array.borrow(X),
            _array.borrow(resp),
            float(reg_covar),
            _array.borrow(weights),
            _array.borrow(means),
            _array.borrow(covariances),
        )
    return weights, means, covariances


def e_step(X, weights, means, covariances):
    """The expectation step: responsibilities and log-likelihood under given parameters.

    Parameters
    ----------
    X : array_like (n, d)
        Data; float64 and float32 of any strides are used as they lie.
    weights : array_like (k,)
        Not negative, summing to 1.
    means : array_like (k, d)
    covariances : array_like (k, d, d)
        Symmetric, positive definite.

    Returns
    -------
    log_likelihood : float
        The mean over the rows of X.
    resp : ndarray (n, k)
        Responsibilities; rows sum to 1.

    Raises
    ------
    WindlassValueError
        Shapes that do not match, values that are not finite, a covariance that is not positive
        definite (`position` is the component).
    """
    X = _array.samples(X)
    weights = _array.reals(weights, "weights", 1)
    means = _array.reals(means, "means", 2)
    covariances = _array.reals(covariances, "covariances", 3)
    resp = np.empty((X.shape[0], means.shape[0]))
    out = ffi.new("double *")
    with _NamedAsPython(X):
        _runner(X, len(means))(
            lib.wdl_mixture_e_step,
            _array.borrow(X),
            _array.borrow(weights),
            _array.borrow(means),
            _array.borrow(covariances),
            _array.borrow(resp),
            out,
        )
    return out[0], resp


def _runner(X, k):
    """How to call what goes once over X with k components: may Ctrl-C have to end it?"""
    return _long_call.run if X.size * k * (X.shape[1] + 2) >= _LONG else call


class _NamedAsPython:
    """Says of NaN and infinity in X what scikit-learn says, before the library's own sentence."""

    def __init__(self, X):
        self.X = X

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not WindlassValueError or error.status != lib.WDL_BAD_DATA:
            return
        if len(error.position) == 2 and all(map(int.__lt__, error.position, self.X.shape)):
            value = self.X[error.position]
            if math.isnan(value):
                error.args = (f"Input X contains NaN. {error}",)
            elif math.isinf(value):
                kind = f"a value too large for dtype({self.X.dtype.name!r})"
                error.args = (f"Input X contains infinity or {kind}. {error}",)


class GaussianMixture(Estimator):
    """A mixture of Gaussians, fitted by expectation-maximisation.

    Names, meanings and results are those of sklearn.mixture.GaussianMixture, which need not be
    installed; from the same given start it takes the same iterations. What differs: other ways
    to start (`init_params`), `sample_weight` and `progress` in `fit`.

    Parameters
    ----------
    n_components : int
    covariance_type : {"full", "tied", "diag", "spherical"}
        A matrix for each component, one for all, the diagonals alone, a number for each.
    tol : float
        Converged when the mean log-likelihood changes by less.
    reg_covar : float
        Added to the diagonals of the covariances.
    max_iter : int
        Most iterations.
    n_init : int
        Starts, of which the best is kept.
    init_params : {"random_from_data", "dirichlet"}
        k rows of the data as means; or random responsibilities, uniform on the simplex in each row,
        by which components begin nearly alike (see docs/mixture.md).
    weights_init, means_init, precisions_init : array_like, optional
        (k,), (k, d), and in the shape of `covariances_`: to start from these.
    random_state : int, RandomState, Generator or None
    warm_start : bool
        A further fit starts from the present parameters.
    verbose : int
        1: a line on standard error for every `verbose_interval` iterations.
    verbose_interval : int

    Attributes
    ----------
    weights_, means_, covariances_, precisions_, precisions_cholesky_ : ndarray
        (k,), (k, d), and thrice (k, d, d); tied (d, d); diag (k, d); spherical (k,).
    converged_ : bool
    n_iter_ : int
    lower_bound_ : float
        Mean log-likelihood of the best start's last iteration, before its maximisation step.
    lower_bounds_ : ndarray (n_iter_,)
    n_features_in_ : int

    Notes
    -----
    `describe("mixture")` lists the parameters' bounds; they are checked by `fit`. Attributes may be
    replaced, not changed in place.

    Examples
    --------
    >>> model = GaussianMixture(3, random_state=1).fit(X)
    >>> labels = model.predict(X)
    """

    _estimator_type = "density_estimator"

    def __init__(
        self,
        n_components=1,
        *,
        covariance_type="full",
        tol=1e-3,
        reg_covar=1e-6,
        max_iter=100,
        n_init=1,
        init_params="random_from_data",
        weights_init=None,
        means_init=None,
        precisions_init=None,
        random_state=None,
        warm_start=False,
        verbose=0,
        verbose_interval=10,
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    def fit(self, X, y=None, sample_weight=None, *, progress=None):
        """Estimate the parameters.

        Parameters
        ----------
        X : array_like (n, d)
            float64 and float32 of any strides are used as they lie; all is computed in double.
        y : ignored
        sample_weight : array_like (n,), optional
            Weight w counts as the row w times; not negative, not all zero.
        progress : bool or callable, optional
            True: a bar (needs tqdm). A callable gets a `windlass.Progress` after each iteration;
            a true result ends the fit with the best so far, an exception ends it and is raised.

        Returns
        -------
        self

        Raises
        ------
        WindlassValueError, WindlassTypeError
            A parameter out of bounds, X that is not finite, a covariance that is not positive
            definite. The estimator is as it was before.
        KeyboardInterrupt
            After Ctrl-C, likewise.

        Warns
        -----
        ConvergenceWarning
            It did not converge within `max_iter`, or ran out of time (`windlass.time_limit`).
        """
        X = _array.samples(X)
        weights = None
        if sample_weight is not None:
            weights = _array.reals(sample_weight, "sample_weight", 1)
        model = self._configured()
        lent = ffi.NULL if weights is None else _array.borrow(weights, "sample_weight")
        shown = _progress.shown(progress, self.verbose, self.verbose_interval)
        with _NamedAsPython(X), shown as report:
            status = _long_call.run(
                lib.wdl_mixture_fit,
                model.id,
                _array.borrow(X),
                lent,
                progress=report,
                interval=report.interval if report else 0.0,
            )
        self._take(model)
        if status == lib.WDL_NOT_CONVERGED:
            warnings.warn(_NOT_CONVERGED, convergence_warning(), stacklevel=2)
        elif status == lib.WDL_STOPPED and not (report and report.stopped):
            warnings.warn("The fit ran out of time.", convergence_warning(), stacklevel=2)
        return self

    def _configured(self):
        """A new mixture object with this estimator's parameters: the library checks them."""
        model = Object.create(_KIND)
        for name, described in describe(_KIND).items():
            if described.settable and hasattr(self, name):
                model.set(name, getattr(self, name))
        model.set("seed", draw_seed(self.random_state, _SEEDS))
        if self.warm_start and self.__sklearn_is_fitted__():
            model.set("start", self._fitted())
        return model

    def _take(self, model):
        """Make a mixture object's results this estimator's."""
        self.lower_bound_, self.lower_bounds_ = -math.inf, np.empty(0)  # as after max_iter=0
        for name, value in model.results().items():
            setattr(self, _ATTRIBUTES.get(name, f"{name}_"), value)
        self.converged_ = bool(self.converged_)
        factors, matrices = self.precisions_cholesky_, self.covariance_type in ("full", "tied")
        self.precisions_ = factors @ factors.swapaxes(-1, -2) if matrices else factors**2
        self._model = model, self._present()

    def _present(self):
        try:
            return [getattr(self, f"{name}_") for name in _PARAMETERS]
        except AttributeError:
            raise not_fitted(self) from None

    def _fitted(self):
        """The object of the fit, made anew from the attributes where they are not its own."""
        present = self._present()
        model, its_own = self.__dict__.get("_model", (None, ()))
        if model is not None and all(map(operator.is_, present, its_own)):
            return model
        model = Object.create(_KIND)
        arrays = list(map(_array.reals, present, _PARAMETERS))
        _long_call.run(lib.wdl_mixture_set_parameters, model.id, *map(_array.borrow, arrays))
        self._model = model, present
        return model

    def _rows(self, X):
        """X as the library takes it, and the object; the number of features is checked."""
        model = self._fitted()
        X = _array.samples(X)
        expected = np.shape(self.means_)[1]
        if X.shape[1] != expected:
            raise ValueError(
                f"X has {X.shape[1]} features, but {type(self).__name__} is expecting {expected} "
                "features as input."
            )
        return X, model

    def _of_rows(self, function, X, shape, dtype=np.float64):
        X, model = self._rows(X)
        out = np.empty((len(X), *shape), dtype)
        with _NamedAsPython(X):
            run = _runner(X, len(self.weights_))
            run(function, model.id, _array.borrow(X), _array.borrow(out))
        return out

    def fit_predict(self, X, y=None, sample_weight=None, *, progress=None):
        """`fit`, then the labels of X under the parameters found, (n,) of int64."""
        return self.fit(X, y, sample_weight, progress=progress).predict(X)

    def predict(self, X):
        """The most probable component of each row: (n,) of int64."""
        return self._of_rows(lib.wdl_mixture_predict, X, (), np.int64)

    def predict_proba(self, X):
        """The probability of each component given each row: (n, k)."""
        self._fitted()
        return self._of_rows(lib.wdl_mixture_predict_proba, X, (len(self.weights_),))

    def score_samples(self, X):
        """The log-likelihood of each row: (n,)."""
        return self._of_rows(lib.wdl_mixture_score_samples, X, ())

    def score(self, X, y=None):
        """The mean log-likelihood of the rows of X."""
        X, model = self._rows(X)
        out = ffi.new("double *")
        with _NamedAsPython(X):
            run = _runner(X, len(self.weights_))
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
        X = np.empty((n_samples, np.shape(self.means_)[1]))
        y = np.empty(n_samples, np.int64)
        seed = draw_seed(self.random_state, _SEEDS)
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
        X, _ = self._rows(X)
        return -2 * self.score(X) * len(X) + self._n_parameters() * math.log(len(X))

    def aic(self, X):
        """Akaike's information criterion (1974, doi 10.1109/TAC.1974.1100705): the lower the
        better."""
        X, _ = self._rows(X)
        return -2 * self.score(X) * len(X) + 2 * self._n_parameters()

    def save(self, path):
        """Write parameters and results to a file that every windlass reads.

        `random_state`, `warm_start` and `verbose` stay behind.
        """
        model = self._fitted()
        pathlib.Path(path).write_bytes(model.save())

    @classmethod
    def load(cls, path):
        """An estimator from a file that `save`, or the library's wdl_save, has written.

        Raises
        ------
        WindlassValueError
            The file is damaged, of a newer version, or no mixture.
        """
        model = Object.load(pathlib.Path(path).read_bytes())
        if model.kind != _KIND:
            raise ValueError(f"{path} holds an object of kind {model.kind!r}, expected {_KIND!r}")
        found = model.settings()
        made = cls(**{name: found[name] for name in cls._parameters() if name in found})
        made._take(model)
        return made

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_model"}

    def __setstate__(self, state):
        self.__dict__.update(state)


# Results whose attribute is not the name with "_" at its end.
_ATTRIBUTES = {"n_features": "n_features_in_"}

_NOT_CONVERGED = (
    "Best performing initialization did not converge. Try different init parameters, or increase "
    "max_iter, tol, or check for degenerate data."
)
