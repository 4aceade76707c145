"""Fits beside scikit-learn's, from the same starts, to data that scikit-learn ships; both on one
thread.

    python -m bench.mixture_results [FILE]

Prints a table; with a file, docs/mixture-results.md, it takes the place of the table there.
"""

from __future__ import annotations

import pathlib
import sys
import time
import warnings

import numpy as np

from bench import machine
from bench.harness import duration, times_as

BEGIN, END = "<!-- results:start -->\n", "<!-- results:end -->"
TYPES = ("full", "tied", "diag", "spherical")
PARAMETERS = ("weights_", "means_", "covariances_")
HEAD = [
    "data", "type", "iterations", "lower bound", "bound differs by", "parameters by", "labels",
    "windlass", "scikit-learn", "faster by",
]  # fmt: skip


def data_sets() -> list[tuple[str, np.ndarray, int, float]]:
    """Name, rows, components and reg_covar (digits have columns of zeros)."""
    from sklearn.datasets import load_digits, load_iris, load_sample_images, load_wine

    sets = [
        ("iris", load_iris().data, 3, 1e-6),
        ("wine", load_wine().data, 3, 1e-6),
        ("digits", load_digits().data / 16, 10, 1e-3),
    ]
    images = load_sample_images()
    for file, image in zip(images.filenames, images.images):
        rows = image[::4, ::4].reshape(-1, 3) / 255
        sets.append((pathlib.Path(file).stem, rows, 6, 1e-6))
    return sets


def start(x: np.ndarray, k: int, covariance_type: str, reg_covar: float) -> dict:
    """Rows as means, the covariance of all rows."""
    rows = np.random.default_rng(9).choice(len(x), k, replace=False)
    d = x.shape[1]
    precision = np.linalg.inv(np.cov(x.T).reshape(d, d) + 1e-3 * np.eye(d))
    precision = (precision + precision.T) / 2
    variances = x.var(axis=0) + 1e-3
    return {
        "covariance_type": covariance_type,
        "reg_covar": reg_covar,
        "tol": 1e-5,
        "max_iter": 300,
        "weights_init": np.full(k, 1 / k),
        "means_init": x[rows],
        "precisions_init": {
            "full": np.stack([precision] * k),
            "tied": precision,
            "diag": np.stack([1 / variances] * k),
            "spherical": np.full(k, 1 / variances.mean()),
        }[covariance_type],
    }


def fitted(estimator, x, k, options, rounds: int):
    """The model and the least seconds of a fit."""
    least = np.inf
    for _ in range(rounds):
        model = estimator(k, **options)
        begin = time.perf_counter()
        model.fit(x)
        least = min(least, time.perf_counter() - begin)
    return model, least


def difference(ours, theirs) -> float:
    """The largest of weights, means and covariances, over the largest entry of each."""
    pairs = [(getattr(ours, name), getattr(theirs, name)) for name in PARAMETERS]
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def row(name: str, x, k: int, reg_covar: float, covariance_type: str) -> list[str]:
    from sklearn.mixture import GaussianMixture as Peer
    from windlass.mixture import GaussianMixture

    options = start(x, k, covariance_type, reg_covar)
    ours, own_time = fitted(GaussianMixture, x, k, options, 5)
    theirs, peer_time = fitted(Peer, x, k, options, 3 if len(x) < 1_000 else 1)
    steps = sorted({ours.n_iter_, theirs.n_iter_})
    differ = int(np.sum(ours.predict(x) != theirs.predict(x)))
    return [
        f"{name}, {len(x)} x {x.shape[1]}, k = {k}",
        covariance_type,
        " and ".join(map(str, steps)),
        f"{ours.lower_bound_:.6g}",
        f"{abs(ours.lower_bound_ - theirs.lower_bound_):.0e}",
        f"{difference(ours, theirs):.0e}",
        f"{differ} differ" if differ else "equal",
        duration(own_time),
        duration(peer_time),
        f"{times_as(peer_time / own_time)} ×",
    ]


def results() -> str:
    import sklearn
    import windlass
    from threadpoolctl import threadpool_limits

    lines = [
        f"{machine.model()}, one thread each, scikit-learn {sklearn.__version__}.",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|" + "---|" * 2 + "---:|" * 4 + "---|" + "---:|" * 3,
    ]
    with warnings.catch_warnings(), windlass.threads(1), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore")
        for name, x, k, reg_covar in data_sets():
            for covariance_type in TYPES:
                cells = row(name, x, k, reg_covar, covariance_type)
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    found = results()
    print(found)
    for word in words:
        file = pathlib.Path(word)
        text = file.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        file.write_text(before + BEGIN + found + END + rest.split(END)[1], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
