"""windlass mixture fit|predict|sample: mixtures of Gaussians over tables in files."""

import argparse
import contextlib
import math
import os
import sys
import warnings

from ._text_command import _positive, complain, print_json, said_by, shown
from ._text_command import _threads as _not_negative

_TABLES = ".csv, .tsv, .npy or .parquet"


def add_to(parsers):
    """Add the command "mixture" to argparse's sub-parsers."""
    summary = "mixtures of Gaussians over tables in files: fit, labels, samples"
    mixture = parsers.add_parser("mixture", help=summary, description=summary)
    commands = mixture.add_subparsers(dest="what", required=True, metavar="COMMAND")
    for name, (help_text, add_options, function) in _COMMANDS.items():
        one = commands.add_parser(name, help=help_text, description=help_text + ".")
        add_options(one)
        one.add_argument("--json", action="store_true", help="for programs")
        wanted = "0: as many as there are cores"
        one.add_argument("--threads", type=_not_negative, metavar="N", help=wanted)
        one.set_defaults(function=_guarded, guarded=function)


def _guarded(args):
    """Run a command; what is wrong with its files goes to standard error."""
    import windlass

    try:
        with windlass.threads(args.threads):
            return args.guarded(args)
    except BrokenPipeError:
        raise
    except (OSError, ValueError, ImportError, MemoryError) as error:
        complain(_said(error))
        return 1


def _said(error):
    notes = " ".join(getattr(error, "notes", ()))
    return f"{notes} {said_by(error)}".strip()


@contextlib.contextmanager
def _about(path):
    """Name the file in what goes wrong with it."""
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        error.notes = (f"{shown(path)}:",)
        raise


# Tables and models ------------------------------------------------------------------------------


def _columns(text):
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError("it has an empty name")
    return names


def _real(text):
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return number


def _table_options(parser):
    parser.add_argument("file", metavar="FILE", help=f"{_TABLES}; a first line may name columns")
    wanted = "names, or numbers from 0 where there are none; initially all"
    parser.add_argument("--columns", type=_columns, metavar="A,B", help=wanted)
    wanted = "write the component of each row, as the file's name ends"
    parser.add_argument("--labels", metavar="FILE", help=wanted)
    parser.add_argument("--plot", metavar="PNG", help="draw the ellipses; needs matplotlib")


def _read(args, without=None):
    """The table of the command line: X, the names of its columns, and the column `without`."""
    from . import _tables

    if args.labels:  # refused now, not after a long fit
        with _about(args.labels):
            _tables.kind_of(args.labels)
    with _about(args.file):
        table = _tables.read(args.file)
        names = args.columns or [name for name in table.names if name != without]
        X = table.take(names)
        apart = None if without is None else table.take([without])[:, 0]
    return X, names, apart


def _load(path):
    from .mixture import GaussianMixture

    with _about(path):
        return GaussianMixture.load(path)


def _write(path, columns, names):
    from . import _tables

    with _about(path):
        _tables.write(path, columns, names)


def _plotter(args, X):
    """Refuse now what cannot be drawn later."""
    if args.plot is None:
        return None
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("--plot needs matplotlib: pip install matplotlib") from None
    if X.shape[1] < 2:
        raise ValueError("--plot needs two columns")
    return Figure


def _draw(args, make, model, X, names, convergence):
    from . import plot

    figure = make(figsize=(11 if convergence else 6, 5), layout="constrained")
    axes = figure.subplots(1, 2 if convergence else 1, squeeze=False)[0]
    plot.ellipses(model, X, ax=axes[0])
    axes[0].set(xlabel=names[0], ylabel=names[1])
    if convergence:
        plot.convergence(model, axes[1])
    with _about(args.plot):
        figure.savefig(args.plot)


# Commands ---------------------------------------------------------------------------------------


def _fit_options(parser):
    _table_options(parser)
    count = {"type": _positive, "metavar": "N"}
    parser.add_argument("--components", default=1, help="initially 1", **count)
    parser.add_argument("--covariance", default="full", metavar="TYPE", help="initially full")
    parser.add_argument("--init", default="kmeans", metavar="START", help="initially kmeans")
    parser.add_argument("--n-init", default=1, help="starts, of which the best is kept", **count)
    parser.add_argument("--max-iter", default=100, help="initially 100", **count)
    real = {"type": _real, "metavar": "X"}
    parser.add_argument("--tol", default=1e-3, help="initially 0.001", **real)
    parser.add_argument("--reg-covar", default=1e-6, help="initially 0.000001", **real)
    parser.add_argument("--starving", default="error", metavar="WHAT", help="error, reseed, drop")
    parser.add_argument("--seed", type=_not_negative, default=0, metavar="N", help="initially 0")
    parser.add_argument("--weights", metavar="COLUMN", help="how often each row counts")
    parser.add_argument("--save", metavar="FILE", help="write the mixture")


def _bar():
    """Whether someone looks at progress, and it can be shown."""
    try:
        looked_at = sys.stderr.isatty()
        import tqdm  # noqa: F401
    except (ImportError, AttributeError, ValueError):
        return None
    return looked_at or None


def fit(args):
    from .mixture import GaussianMixture

    X, names, weights = _read(args, args.weights)
    make = _plotter(args, X)
    model = GaussianMixture(
        args.components,
        covariance_type=args.covariance,
        init_params=args.init,
        n_init=args.n_init,
        max_iter=args.max_iter,
        tol=args.tol,
        reg_covar=args.reg_covar,
        starving=args.starving,
        random_state=args.seed,
    )
    with _about(args.file), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, sample_weight=weights, progress=_bar())
    for warning in caught:
        complain(warning.message)
    if args.save:
        with _about(args.save):
            model.save(args.save)
    if args.labels:
        _write(args.labels, [model.predict(X)], ["label"])
    if make:
        _draw(args, make, model, X, names, convergence=True)
    print_fit(args, model, X, names)


def print_fit(args, model, X, names):
    told = {
        "rows": len(X),
        "columns": names,
        "components": len(model.weights_),
        "covariance": model.covariance_type,
        "converged": model.converged_,
        "iterations": model.n_iter_,
        "score": model.score(X),
        "aic": model.aic(X),
        "bic": model.bic(X),
    }
    if args.json:
        for name in ("weights", "means", "covariances"):
            told[name] = getattr(model, f"{name}_").tolist()
        print_json(told)
        return
    for name, value in told.items():
        value = f"{value:.10g}" if isinstance(value, float) else value
        print(f"{name:<10}  {' '.join(value) if isinstance(value, list) else value}")
    print(*(f"{name:>12}" for name in ("weight", *names)))
    for weight, mean in zip(model.weights_, model.means_, strict=True):
        print(*(f"{number:>12.6g}" for number in (weight, *mean)))


def _predict_options(parser):
    _table_options(parser)
    parser.add_argument("--model", required=True, metavar="FILE", help="what fit --save wrote")
    wanted = "the probability of each component, too"
    parser.add_argument("--proba", action="store_true", help=wanted)


def predict(args):
    model = _load(args.model)
    X, names, _ = _read(args)
    make = _plotter(args, X)
    with _about(args.file):
        columns, heads = [model.predict(X)], ["label"]
        score = model.score(X)
        if args.proba:
            columns += list(model.predict_proba(X).T)
            heads += [f"p{number}" for number in range(len(model.weights_))]
    if make:
        _draw(args, make, model, X, names, convergence=False)
    if args.labels:
        _write(args.labels, columns, heads)
    if args.json:
        told = {"rows": len(X), "score": score}
        if not args.labels:
            told |= {head: column.tolist() for head, column in zip(heads, columns, strict=True)}
        print_json(told)
    elif not args.labels:
        _print_columns(columns, heads)


def _sample_options(parser):
    wanted = f"where to write, {_TABLES}; absent: text on standard output"
    parser.add_argument("file", nargs="?", metavar="FILE", help=wanted)
    parser.add_argument("--model", required=True, metavar="FILE", help="what fit --save wrote")
    count = {"type": _positive, "metavar": "N"}
    parser.add_argument("--rows", default=1, help="initially 1", **count)
    parser.add_argument("--seed", type=_not_negative, default=0, metavar="N", help="initially 0")
    wanted = "the component of each row in a last column"
    parser.add_argument("--with-labels", action="store_true", help=wanted)


def sample(args):
    model = _load(args.model).set_params(random_state=args.seed)
    rows, labels = model.sample(args.rows)
    columns, heads = list(rows.T), [f"x{number}" for number in range(rows.shape[1])]
    if args.with_labels:
        columns, heads = [*columns, labels], [*heads, "label"]
    if args.file:
        _write(args.file, columns, heads)
    elif args.json:
        print_json({head: column.tolist() for head, column in zip(heads, columns, strict=True)})
    else:
        _print_columns(columns, heads)


def _print_columns(columns, heads):
    from . import _tables

    if sys.stdout is None:
        raise OSError(os.strerror(9))
    _tables.write_text(sys.stdout, columns, heads)


_COMMANDS = {
    "fit": ("estimate a mixture from the rows of a table", _fit_options, fit),
    "predict": ("the most probable component of each row", _predict_options, predict),
    "sample": ("draw rows from a mixture", _sample_options, sample),
}
