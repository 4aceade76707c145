"""The estimator."""

import math
import warnings

import numpy as np

from .. import _array, _constraints, _long_call, _progress
from .._load import ffi, lib
from .._object import Object, describe
from .._sklearn import (
    UNUSED,
    BaseEstimator,
    ConvergenceWarning,
    DensityMixin,
    draw_seed,
    feature_names,
    keep_features,
    random_state_of,
)
from . import _starts
from ._calls import Explained
from ._fitted import KIND, SEEDS, FittedMixture

# Arguments that are no properties of the library's object, or may be more than these.
_ARGUMENTS = {
    "init_params": (
        _constraints.among(sorted(describe(KIND)["init_params"].choices)),
        _constraints.CALLABLE,
    ),
    "random_state": _constraints.RANDOM_STATE,
    "warm_start": _constraints.BOOLEAN,
    "verbose": _constraints.VERBOSE,
    "verbose_interval": (_constraints.integer(1),),
}


class GaussianMixture(FittedMixture, DensityMixin, BaseEstimator):
    """A mixture of Gaussians, fitted by expectation-maximisation.

    Names, meanings and results are those of sklearn.mixture.GaussianMixture, which need not be
    installed; from the same given start it takes the same iterations. `random_state` gives other
    starts and samples than scikit-learn's.

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
        Most iterations; 0 gives what a fit would begin with.
    n_init : int
        Starts, of which the best is kept.
    init_params : {"kmeans", "k-means++", "random", "random_from_data", "dirichlet"} or callable
        Groups of k-means; k rows of the data as means, drawn far from each other, or evenly; or
        random responsibilities, made to sum to 1, or uniform on the simplex, by which components
        begin nearly alike (see docs/mixture.md). A callable gets X, n_components and a
        RandomState (or `random_state` itself where that is a Generator), and gives
        responsibilities (n, k), labels (n,) or means (k, d).
    weights_init, means_init, precisions_init : array_like, optional
        (k,), (k, d), and in the shape of `covariances_`: to start from these.
    random_state : int, RandomState, Generator or None
    warm_start : bool
        A further fit starts from the present parameters.
    verbose : int
        1: a line on standard error for every `verbose_interval` iterations.
    verbose_interval : int
    responsibilities_init : array_like (n, k), optional
        To start from these. Not in scikit-learn, as what follows.
    step_exponent : float
        Of `partial_fit`, from 0.5 to 1: the less, the faster batches are forgotten.
    starving : {"error", "reseed", "drop"}
        What becomes of a component that has less weight than half a row, or a covariance that is
        not positive definite: the fit fails; it starts anew; it is left out. A start whose
        covariance is not positive definite goes on with that of all rows, but for "error".

    Attributes
    ----------
    weights_, means_, covariances_, precisions_, precisions_cholesky_ : ndarray
        (k,), (k, d), and thrice (k, d, d); tied (d, d); diag (k, d); spherical (k,). In single
        precision after a fit to float32.
    converged_ : bool
    n_iter_ : int
    lower_bound_ : float
        Mean log-likelihood of the best start's last iteration, before its maximisation step.
    lower_bounds_ : ndarray (n_iter_,)
    n_features_in_ : int
    feature_names_in_ : ndarray
        The columns' names, where X was a data frame whose names are all strings.

    Notes
    -----
    Of float32 rows, components that lie s standard deviations from the middle of the rows are
    computed as if each row were some s * 6e-8 standard deviations off, of every covariance type:
    beyond s = 1e4 give float64. An offset that all rows share costs nothing.

    `describe("mixture")` lists the parameters' bounds; they are checked by `fit`. Attributes may be
    replaced, not changed in place.

    Examples
    --------
    >>> model = GaussianMixture(3, random_state=1).fit(X)
    >>> labels = model.predict(X)
    """

    # What is no data is not to be routed to `fit`.
    __metadata_request__fit = {"progress": UNUSED}

    def __init__(
        self,
        n_components=1,
        *,
        covariance_type="full",
        tol=1e-3,
        reg_covar=1e-6,
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        weights_init=None,
        means_init=None,
        precisions_init=None,
        random_state=None,
        warm_start=False,
        verbose=0,
        verbose_interval=10,
        responsibilities_init=None,
        starving="error",
        step_exponent=0.6,
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
        self.responsibilities_init = responsibilities_init
        self.starving = starving
        self.step_exponent = step_exponent

    # Fitting ------------------------------------------------------------------------------------

    def fit(self, X, y=None, sample_weight=None, *, progress=None):
        """Estimate the parameters.

        Parameters
        ----------
        X : array_like (n, d)
            float64 and float32 of any strides are used as they lie; float32 is summed in double.
        y : ignored
        sample_weight : array_like (n,), optional
            Weight w counts as the row w times; not negative, not all zero, of any unit (their sum
            is 1e-280 or more).
        progress : bool or callable, optional
            True: a bar (needs tqdm). A callable gets a `windlass.Progress` after each iteration;
            a true result ends the fit with the best so far, an exception ends it and is raised.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            A parameter out of bounds, X that is not finite, a covariance that is not positive
            definite. The estimator is as it was before.
        KeyboardInterrupt
            After Ctrl-C, likewise.

        Warns
        -----
        ConvergenceWarning
            It did not converge within `max_iter`, or ran out of time (`windlass.time_limit`).
        """
        self._fit(X, sample_weight, progress)
        return self

    def fit_predict(self, X, y=None, sample_weight=None, *, progress=None):
        """`fit`, then the labels of X under the parameters found, (n,) of int64."""
        X = self._fit(X, sample_weight, progress)
        return self._of_rows(lib.wdl_mixture_predict, X, (), np.int64)

    def _fit(self, X, sample_weight, progress):
        """Fit; gives X as the library takes it."""
        _constraints.check(self, KIND, _ARGUMENTS)
        names = feature_names(X)
        X = _array.samples(X, type(self).__name__, 2)
        if len(X) < self.n_components:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                f"n_samples = {len(X)}"
            )
        weights = _array.row_weights(sample_weight, len(X))
        shown = _progress.shown(progress, self.verbose, self.verbose_interval)
        with Explained(X, weights), shown as report:
            model, status = self._best(X, weights, report)
        self._take(model, X.dtype)
        keep_features(self, X.shape[1], names)
        if status == lib.WDL_NOT_CONVERGED:
            warnings.warn(_NOT_CONVERGED, ConvergenceWarning, stacklevel=3)
        elif status == lib.WDL_STOPPED and not (report and report.stopped):
            warnings.warn("The fit ran out of time.", ConvergenceWarning, stacklevel=3)
        return X

    def partial_fit(self, X, y=None, sample_weight=None):
        """One step on a batch of the rows, for data that come in pieces.

        Stepwise expectation-maximisation (Cappé, Moulines 2009, doi
        10.1111/j.1467-9868.2009.00698.x): batch t counts t**-step_exponent, what came before the
        rest. The first batch is begun as `init_params` says. `n_iter_` counts the batches, and
        `lower_bounds_` are their mean log-likelihoods before the step. `starving` is for the start
        only: a component that starves later stays, with hardly any weight.

        Parameters
        ----------
        X : array_like (n, d)
        y : ignored
        sample_weight : array_like (n,), optional
            As in `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            As in `fit`; the estimator is as it was before.
        """
        _constraints.check(self, KIND, _ARGUMENTS)
        names = feature_names(X)
        if self._is_fitted():
            X, model = self._rows(X)
            weights = _array.row_weights(sample_weight, len(X))
            self._configured(model)
        else:
            X = _array.samples(X, type(self).__name__)
            weights = _array.row_weights(sample_weight, len(X))
            model = self._configured(Object.create(KIND))
            for name, value in self._start(X, weights).items():
                model.set(name, value)
            model.set("seed", draw_seed(self.random_state, SEEDS))
        lent = ffi.NULL if weights is None else _array.borrow(weights, "sample_weight")
        with Explained(X, weights):
            _long_call.run(lib.wdl_mixture_partial_fit, model.id, _array.borrow(X), lent)
        model.set("responsibilities_init", None)
        self._take(model, X.dtype)
        keep_features(self, X.shape[1], names)
        return self

    def _start(self, X, weights):
        """What a fit begins with besides `init_params`; of a callable one start."""
        given = _starts.checked(self, X.shape[1])
        whole = all(one is not None for one in given.values())
        given["responsibilities_init"] = self.responsibilities_init
        if not whole and self.responsibilities_init is None and callable(self.init_params):
            random_state = random_state_of(self.random_state)
            given["responsibilities_init"] = _starts.responsibilities(
                self.init_params, X, weights, self.n_components, random_state
            )
        return given

    def _best(self, X, weights, report):
        """A fitted object and its status: of a callable's starts the best."""
        given = _starts.checked(self, X.shape[1])
        if self.warm_start and self._is_fitted():
            return self._climb(X, weights, report, {}, self._fitted())
        whole = all(one is not None for one in given.values())
        if whole or self.responsibilities_init is not None or not callable(self.init_params):
            given["responsibilities_init"] = self.responsibilities_init
            return self._climb(X, weights, report, given)
        best, random_state = None, random_state_of(self.random_state)
        for _ in range(self.n_init):
            given["responsibilities_init"] = _starts.responsibilities(
                self.init_params, X, weights, self.n_components, random_state
            )
            found = self._climb(X, weights, report, given)
            bound = found[0].results().get("lower_bound", -math.inf)
            if best is None or bound > best[0]:
                best = bound, found
            if found[1] == lib.WDL_STOPPED:
                return best[1][0], lib.WDL_STOPPED
        return best[1]

    def _climb(self, X, weights, report, given, start=None):
        """A new object, fitted, and its status: the library does the restarts."""
        model = self._configured(Object.create(KIND))
        for name, value in given.items():
            model.set(name, value)
        model.set("seed", draw_seed(self.random_state, SEEDS))
        if start is not None:
            model.set("start", start)
            if self.starving == "drop":  # some may have been
                model.set("n_components", len(self.weights_))
        status = _long_call.run(
            lib.wdl_mixture_fit,
            model.id,
            _array.borrow(X),
            ffi.NULL if weights is None else _array.borrow(weights, "sample_weight"),
            progress=report,
            interval=report.interval if report else 0.0,
        )
        for name in ("start", "responsibilities_init"):  # what is large, and has served
            model.set(name, None)
        return model, status


GaussianMixture.__module__ = "windlass.mixture"  # where users and pickles find it

_NOT_CONVERGED = (
    "Best performing initialization did not converge. Try different init parameters, or increase "
    "max_iter, tol, or check for degenerate data."
)
