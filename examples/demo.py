"""The main job on real input: what `make demo` runs.

Counts the doubled characters in the source of Python's standard library, and clusters the pixels of
a photograph that ships with scikit-learn, each beside its peers. Prints tables and writes three
pictures to demo/.
"""

import pathlib
import re
import sysconfig
import time
import warnings

import matplotlib
import numpy as np
from sklearn.cluster import kmeans_plusplus
from sklearn.datasets import load_sample_image
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as PeerMixture

import windlass.mixture
import windlass.text

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 (the backend comes first)

PICTURES = pathlib.Path(__file__).resolve().parent.parent / "demo"
SEED = 6
COMPONENTS = 8
ITERATIONS = 40  # at most, of both: bounds the time that scikit-learn takes
TOL = 1e-3
BLUE, GREY = "#1f6f9f", "#9a9a9a"


def timed(call, at_least=1, seconds=0.0):
    """(result, best time) of repeated calls."""
    best, began, runs = float("inf"), time.perf_counter(), 0
    while runs < at_least or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
        runs += 1
    return result, best


def in_words(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def print_table(title, head, rows):
    """Columns aligned: the first to the left, the others to the right."""
    cells = [head, *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(f"\n{title}\n")
    for number, row in enumerate(cells):
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "   ".join([row[0].ljust(widths[0]), *rest]))
        if number == 0:
            print("  " + "   ".join("-" * width for width in widths))


# Doubled characters -------------------------------------------------------------------------------


def standard_library():
    """Every .py file of Python's own library, one after the other: bytes, and their number."""
    folder = pathlib.Path(sysconfig.get_path("stdlib"))
    files = [p for p in sorted(folder.rglob("*.py")) if "site-packages" not in p.parts]
    return b"\n".join(p.read_bytes() for p in files), len(files)


def by_zip(text):
    return sum(a == b for a, b in zip(text, text[1:]))


def by_re(text):
    return sum(1 for _ in re.finditer(r"(?s)(.)(?=\1)", text))


def by_numpy(text):
    units = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return int(np.count_nonzero(units[1:] == units[:-1]))


def by_numpy_bytes(data):
    units = np.frombuffer(data, np.uint8)
    return int(np.count_nonzero(units[1:] == units[:-1]))


def windlass_bytes(data):
    return windlass.text.count_doubles(data, unit="byte")


def count_doubles():
    """[(who counted what, seconds)], after a table of it."""
    data, files = standard_library()
    text = data.decode("utf-8", errors="replace")  # some files test other encodings
    data = text.encode()
    contests = [
        (
            "str",
            text,
            [
                ("zip loop", by_zip, 0.0),
                ("re, lookahead", by_re, 0.0),
                ("NumPy, over UTF-32", by_numpy, 1.0),
                ("windlass", windlass.text.count_doubles, 1.0),
            ],
        ),
        (
            "bytes",
            data,
            [("NumPy", by_numpy_bytes, 1.0), ("windlass", windlass_bytes, 1.0)],
        ),
    ]
    results = []
    for what, source, peers in contests:
        counts = set()
        for who, count, seconds in peers:
            found, best = timed(lambda: count(source), seconds=seconds)
            counts.add(found)
            results.append((what, who, found, best))
        assert len(counts) == 1, f"the counts of {what} differ: {counts}"
    ours = {what: best for what, who, _, best in results if who == "windlass"}
    rows = []
    for what, who, found, best in results:
        faster = "" if who == "windlass" else ratio(best, ours[what])
        rows.append((who, what, f"{found:,}", in_words(best), faster))
    print_table(
        f"Doubled characters in {files} files of Python's library, {len(text):,} characters",
        ("", "input", "count", "time", "windlass is faster by"),
        rows,
    )
    return [(f"{who} ({what})", best) for what, who, _, best in results]


def ratio(peer, ours):
    times = peer / ours
    return f"{times:,.0f} ×" if times >= 10 else f"{times:.1f} ×"


# Clusters of pixels -------------------------------------------------------------------------------


def starting_parameters(x):
    """k-means++ centres, equal weights, and the covariance of all pixels for each."""
    centres, _ = kmeans_plusplus(x, COMPONENTS, random_state=SEED)
    precision = np.linalg.inv(np.cov(x.T))
    return {
        "weights_init": np.full(COMPONENTS, 1 / COMPONENTS),
        "means_init": centres,
        "precisions_init": np.repeat(precision[None], COMPONENTS, axis=0),
    }


def cluster_pixels():
    """(photograph, model of all pixels, (windlass's, scikit-learn's) of a quarter, their times)."""
    photo = load_sample_image("china.jpg") / 255.0
    pixels, quarter = photo.reshape(-1, 3), photo[::2, ::2].reshape(-1, 3)
    settings = {"n_components": COMPONENTS, "tol": TOL, "max_iter": ITERATIONS}
    settings.update(starting_parameters(quarter))
    whole = windlass.mixture.GaussianMixture(**settings)
    ours = windlass.mixture.GaussianMixture(**settings)
    peer = PeerMixture(**settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the table says so
        print(f"\nClustering {len(pixels):,} pixels with windlass", flush=True)
        _, whole_time = timed(lambda: whole.fit(pixels, progress=True))
        print("and a quarter of them with scikit-learn, which takes a while ...", flush=True)
        _, our_time = timed(lambda: ours.fit(quarter), at_least=3)
        _, peer_time = timed(lambda: peer.fit(quarter))
    fits = [
        ("scikit-learn", quarter, peer, peer_time),
        ("windlass", quarter, ours, our_time),
        ("windlass", pixels, whole, whole_time),
    ]
    report_clusters(fits, np.mean(ours.predict(pixels) == peer.predict(pixels)))
    return photo, whole, (ours, peer), (our_time, peer_time)


def report_clusters(fits, agreement):
    def row(name, x, model, seconds):
        end = "converged" if model.converged_ else "stopped at max_iter"
        bound, each = f"{model.lower_bound_:.12f}", in_words(seconds / model.n_iter_)
        return (name, f"{len(x):,}", f"{model.n_iter_}, {end}", bound, in_words(seconds), each)

    print_table(
        f"Gaussian mixture of {COMPONENTS} full covariances, from the same start, at most "
        f"{ITERATIONS} iterations, tol {TOL:g}",
        ("", "pixels", "iterations", "mean log-likelihood", "time", "an iteration"),
        [row(*fit) for fit in fits],
    )
    (_, _, peer, peer_time), (_, _, ours, our_time), _ = fits
    difference = abs(ours.lower_bound_ - peer.lower_bound_)
    faster = ratio(peer_time, our_time)
    print(f"\n  On the same pixels windlass is faster by {faster}. The two mean")
    print(f"  log-likelihoods differ by {difference:.0e}, and {agreement:.4%} of all labels agree.")
    assert ours.n_iter_ == peer.n_iter_ and difference < 1e-6 and agreement > 0.999


# Pictures -----------------------------------------------------------------------------------------


def draw_segments(photo, model):
    """The photograph, and every pixel in its component's mean colour."""
    labels = model.predict(photo.reshape(-1, 3))
    painted = np.clip(model.means_[labels], 0, 1).reshape(photo.shape)
    figure, axes = plt.subplots(1, 2, figsize=(14, 5.2), layout="constrained")
    axes[0].imshow(photo)
    axes[0].set_title("photograph (china.jpg)")
    axes[1].imshow(painted, interpolation="nearest")
    axes[1].set_title(f"{COMPONENTS} components, each in its mean colour")
    for axis in axes:
        axis.set_axis_off()
    return save(figure, "segmented.png")


def draw_convergence(ours, peer, times):
    """The lower bound by iteration and by time; iterations are taken as equally long."""
    figure, (by_step, by_time) = plt.subplots(
        1, 2, figsize=(12, 4.5), sharey=True, layout="constrained"
    )
    our_time, peer_time = times
    curves = [
        ("scikit-learn", peer, peer_time, {"color": GREY, "linewidth": 6, "alpha": 0.7}),
        ("windlass", ours, our_time, {"color": BLUE, "linewidth": 1.5, "marker": ".", "ms": 9}),
    ]
    for name, model, seconds, style in curves:
        bounds = getattr(model, "lower_bounds_", ())  # scikit-learn keeps them since 1.7
        steps = np.arange(1, len(bounds) + 1)
        by_step.plot(steps, bounds, label=name, **style)
        by_time.plot(steps * seconds / model.n_iter_, bounds, label=name, **style)
    by_step.set_xlabel("iteration")
    by_step.set_ylabel("mean log-likelihood of a pixel")
    by_step.set_title("the same iterations ...")
    by_time.set_xlabel("seconds (logarithmic)")
    by_time.set_xscale("log")
    by_time.set_title(f"... in {in_words(our_time)} instead of {in_words(peer_time)}")
    for axis in (by_step, by_time):
        axis.grid(alpha=0.3)
    by_step.legend(loc="lower right")
    return save(figure, "convergence.png")


def draw_speed(counting, times):
    """All times on one logarithmic axis."""
    fits = zip(("windlass (fit)", "scikit-learn (fit)"), times)
    rows = list(fits) + counting[::-1]
    figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
    colours = [BLUE if name.startswith("windlass") else GREY for name, _ in rows]
    bars = axis.barh([name for name, _ in rows], [value for _, value in rows], color=colours)
    axis.bar_label(bars, [in_words(value) for _, value in rows], padding=4)
    axis.axhline(1.5, color="black", linewidth=0.6)
    axis.set_xscale("log")
    axis.set_xlabel("seconds (logarithmic)")
    axis.margins(x=0.12)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_title("Counting doubled characters (above), fitting a mixture (below)")
    return save(figure, "speed.png")


def save(figure, name):
    PICTURES.mkdir(exist_ok=True)
    figure.savefig(PICTURES / name, dpi=110, bbox_inches="tight")
    plt.close(figure)
    return name


def main():
    began = time.perf_counter()
    counting = count_doubles()
    photo, whole, (ours, peer), times = cluster_pixels()
    pictures = [
        draw_segments(photo, whole),
        draw_convergence(ours, peer, times),
        draw_speed(counting, times),
    ]
    print(f"\nPictures in demo/: {', '.join(pictures)}")
    print(f"Took {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
