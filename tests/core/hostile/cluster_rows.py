"""A valid call of every function of cluster.h."""

from .arrays import Array, out
from .values import BAD_ARGUMENT, BAD_DATA, NO_VALUE, Context, Id, Integer, Out

N, D, K = 6, 2, 2
ROWS = (0.0, 0.5, -0.25, 1.0, 1.0, 2.0, 1.5, 1.75, 0.5, 0.25, -1.0, 3.0)
BROKEN = BAD_ARGUMENT | BAD_DATA
KMEANS = Id("kmeans", ("kmeans",))
FITTED = Id("kmeans", ("kmeans",), unfitted=NO_VALUE)
LABELS = out("i64", N, also=("i32",))


def x(free=(), position=True):
    return Array(
        "f64", (N, D), ROWS, also=("f32",), free=free, loose=BROKEN, position=position
    )  # fmt: skip


def weights():
    return Array("f64", (N,), (1.0, 2.0, 0.0, 1.0, 0.5, 1.0), not_finite=BROKEN, loose=BROKEN)


TABLE = {
    "wdl_kmeans_create": lambda w: [Context(), Out()],
    "wdl_kmeans_fit": lambda w: [Context(), KMEANS, x((1,)), weights(), LABELS],
    "wdl_kmeans_partial_fit": lambda w: [Context(), KMEANS, x(), weights(), LABELS],
    "wdl_kmeans_set_centers": lambda w: [
        Context(), KMEANS,
        Array("f64", (K, D), (0.0, 0.0, 1.0, 2.0), free=(1,), loose=BROKEN),
        Array("f64", (K,), (1.0, 2.0), not_finite=BROKEN, loose=BROKEN),
    ],
    "wdl_kmeans_predict": lambda w: [Context(), FITTED, x(), LABELS],
    "wdl_kmeans_transform": lambda w: [Context(), FITTED, x(), out("f64", N, K, also=("f32",))],
    "wdl_kmeans_score": lambda w: [Context(), FITTED, x(), weights(), Out()],
    "wdl_kmeans_plusplus": lambda w: [
        Context(), x(), weights(), Integer(3), Integer(0, 0, 1 << 20),
        out("f64", K, D, also=("f32",)), out("i64", K),
    ],
}  # fmt: skip
