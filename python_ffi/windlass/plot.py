"""Pictures of fits and of solves, by matplotlib: ``pip install windlass[plot]``.

Each function draws into the axes that it is given, or the current ones, and returns them.
"""

import operator

import numpy as np

__all__ = ["convergence", "ellipses", "residuals"]


def ellipses(model, X=None, dims=(0, 1), ax=None, *, deviations=(1, 2)):
    """Each component of a mixture as ellipses, over the data.

    Parameters
    ----------
    model : GaussianMixture
        Fitted, of any covariance type.
    X : array_like (n, d), optional
        Rows to draw as points, in the colour of their component.
    dims : tuple of two int
        The columns to draw; the others are left out, as in the marginal distribution.
    ax : matplotlib.axes.Axes, optional
    deviations : sequence of float
        An ellipse for each: so many standard deviations from the mean.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.patches import Ellipse

    means, covariances = np.asarray(model.means_), _matrices(model)
    dims = _checked(dims, means.shape[1])
    ax = _axes(ax)
    colours = _colours(len(means))
    if X is not None:
        rows, labels = np.asarray(X)[:, dims], model.predict(X)
        ax.scatter(*rows.T, s=6, c=colours[labels], linewidths=0, alpha=0.6, zorder=1)
    for mean, covariance, colour in zip(means, covariances, colours, strict=True):
        values, vectors = np.linalg.eigh(covariance[np.ix_(dims, dims)])
        axis = vectors[:, 1]  # of the greatest variance
        angle = np.degrees(np.arctan2(axis[1], axis[0]))
        for far in deviations:
            height, width = 2 * far * np.sqrt(values.clip(0))
            ellipse = Ellipse(mean[dims], width, height, angle=angle, ec=colour, fill=False, lw=1.5)
            ax.add_patch(ellipse)
    ax.autoscale_view()
    for axis, column in zip((ax.xaxis, ax.yaxis), dims, strict=True):
        axis.set_label_text(_name(model, column))
    return ax


def residuals(results, ax=None):
    """The residual's norm over that of b, step by step, of one solve or several.

    Parameters
    ----------
    results : sequence of windlass.krylov.Result
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = _axes(ax)
    for result in results:
        label = f"{result.method}, {result.reason}"
        ax.semilogy(result.history / (result.norm_b or 1.0), lw=1.2, label=label)
    ax.set(xlabel="step", ylabel="norm of the residual over that of b")
    ax.legend()
    return ax


def convergence(model, ax=None):
    """The lower bound of each iteration of a fit.

    Parameters
    ----------
    model : GaussianMixture
        Fitted.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.ticker import MaxNLocator

    bounds = np.asarray(model.lower_bounds_)
    ax = _axes(ax)
    ax.plot(np.arange(1, len(bounds) + 1), bounds, marker=".")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("iteration")
    ax.set_ylabel("mean log-likelihood")
    ax.set_title("converged" if model.converged_ else "not converged")
    return ax


def _axes(ax):
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.gca()


def _colours(count):
    """As many colours as there are components, (count, 4), far from each other in hue."""
    import matplotlib

    if count <= 10:
        return np.array(matplotlib.colormaps["tab10"].colors)[:count]
    return matplotlib.colormaps["hsv"](np.arange(count) / count)


def _checked(dims, d):
    dims = [operator.index(one) for one in dims]
    if len(dims) != 2:
        raise ValueError(f"dims has {len(dims)} columns, expected two")
    for one in dims:
        if not 0 <= one < d:
            raise ValueError(f"dims has column {one}, expected 0 to {d - 1}")
    return dims


def _matrices(model):
    """The covariances as (k, d, d), whatever their type."""
    k, d = np.shape(model.means_)
    covariances = np.asarray(model.covariances_)
    match model.covariance_type:
        case "tied":
            return np.broadcast_to(covariances, (k, d, d))
        case "diag":
            return covariances[:, :, None] * np.eye(d)
        case "spherical":
            return covariances[:, None, None] * np.eye(d)
    return covariances


def _name(model, column):
    names = getattr(model, "feature_names_in_", None)
    return f"column {column}" if names is None else names[column]
