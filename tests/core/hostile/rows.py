"""A valid call of every exported function: the table that a new function must enter."""

from . import cluster_rows, cpython_rows, krylov_rows, precond_rows, sparse_rows, text_rows
from . import ufunc_rows
from .arrays import Array, out
from .values import (
    BAD_ARGUMENT, BAD_DATA, BAD_DTYPE, BAD_HANDLE, BAD_SHAPE, INT64_MAX, NO_VALUE, OK, TOO_SMALL,
    UNKNOWN_NAME, Bytes, Callback, Context, Fresh, Id, Integer, Out, Real, Room, Text, User,
    Values, refused,
)  # fmt: skip

UNSUPPORTED = refused("UNSUPPORTED")
OBJECTS = (
    "cg", "context", "buffer", "ilu0", "kmeans", "mixture", "mixture_statistics", "operator",
    "text", "text_stream", "word_counts",
)  # fmt: skip
ALL = (*OBJECTS, "process")

N, D, K = 6, 2, 2
ROWS = (0.0, 0.5, -0.25, 1.0, 1.0, 2.0, 1.5, 1.75, 0.5, 0.25, -1.0, 3.0)
SHARES = (0.75, 0.25, 0.5, 0.5, 0.0, 1.0, 0.25, 0.75, 1.0, 0.0, 0.125, 0.875)


def x(free=(), **options):
    """n x d rows to compute on."""
    chosen = {"position": True, **options}
    return Array("f64", (N, D), ROWS, also=("f32",), free=free, loose=BAD_DATA, **chosen)


def parameters():
    broken = BAD_ARGUMENT | BAD_DATA
    return [
        Array("f64", (K,), (0.25, 0.75), not_finite=broken, loose=broken),
        Array("f64", (K, D), (0.0, 0.0, 1.0, 2.0), not_finite=broken, loose=broken),
        Array("f64", (K, D, D), (1.0, 0.0, 0.0, 1.0, 2.0, 0.5, 0.5, 1.0), not_finite=broken,
              loose=broken),
    ]  # fmt: skip


def named(
    value, which="mixture", *, others=(), object_others=UNKNOWN_NAME | BAD_ARGUMENT, also=()
):
    """The object and the name of wdl_set_* and wdl_get_*; also: kinds that have it, too."""
    one = Id(which, ("mixture", *also), object_others, unfitted=OK | NO_VALUE)
    return [one, Text(value, others=others)]


def view_shapes():
    for axis in range(2):
        for extent in (-1, -INT64_MAX - 1, INT64_MAX, 2**62):
            values = [2, 3, 1, 1, 1, 1, 1, 1]
            values[axis] = extent
            yield f"shape[{axis}] = {extent}", tuple(values), BAD_SHAPE


def view_strides():
    for axis in range(2):
        for step in (-INT64_MAX - 1, INT64_MAX, 2**62, -(2**62)):
            values = [24, 8, 8, 8, 8, 8, 8, 8]
            values[axis] = step
            yield f"stride[{axis}] = {step}", tuple(values), BAD_SHAPE, 4, 5


def damaged(saved):
    """Every truncation is left to the length; here every byte is changed."""
    for at in range(len(saved)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytes([saved[at] ^ flip])
            yield f"byte {at} ^ {flip:#x}", saved[:at] + changed + saved[at + 1 :], BAD_DATA


FITTED = Id("mixture", unfitted=NO_VALUE)
STATISTICS = Id("statistics", ("mixture_statistics",))
SET_INT = (
    (b"tol", OK), (b"init_params", BAD_ARGUMENT, 2), (b"means_init", BAD_ARGUMENT, 2),
    (b"n_iter", BAD_ARGUMENT, 2), (b"means", BAD_ARGUMENT, 2), (b"threads", UNKNOWN_NAME),
)  # fmt: skip
SET_REAL = (
    (b"n_components", BAD_ARGUMENT, 2), (b"init_params", BAD_ARGUMENT, 2),
    (b"lower_bound", BAD_ARGUMENT, 2), (b"data", UNKNOWN_NAME),
)  # fmt: skip
SET_OTHER = ((b"tol", BAD_ARGUMENT, 2), (b"n_iter", BAD_ARGUMENT, 2), (b"data", UNKNOWN_NAME))
GET_OTHER = ((b"weights_init", BAD_ARGUMENT | NO_VALUE, 2), (b"threads", UNKNOWN_NAME))

TABLE = {
    "wdl_version": lambda w: [],
    "wdl_status_name": lambda w: [Integer(-1)],
    "wdl_error_get": lambda w: [Context(), Out()],
    "wdl_error_message": lambda w: [Context()],
    "wdl_context_create": lambda w: [Context(), Out()],
    "wdl_context_progress": lambda w: [
        Context(required=True), Callback(), User(), Real(0.5, 0.0, 1e9),
    ],
    "wdl_context_sum": lambda w: [Context(required=True), Callback(), User()],
    "wdl_cancel": lambda w: [Context(required=True), Integer(0)],
    "wdl_release": lambda w: [Id("spare", OBJECTS, none=OK)],
    "wdl_array_view": lambda w: [
        Context(), Bytes(bytes(48), null=BAD_ARGUMENT), Integer(10, 1, 12, BAD_DTYPE, BAD_DTYPE),
        Integer(2, 0, 8, BAD_SHAPE, BAD_SHAPE),
        Values((2, 3, 1, 1, 1, 1, 1, 1), tuple(view_shapes()), null=BAD_ARGUMENT),
        Values((24, 8) + (8,) * 6, tuple(view_strides())), Integer(0, 0, 1), Fresh(),
    ],
    "wdl_array_matrix": lambda w: [
        Context(), Bytes(bytes(48), null=BAD_ARGUMENT),
        Integer(10, 1, 12, BAD_DTYPE, BAD_DTYPE),
        Integer(2, 0, 2**51, BAD_SHAPE, BAD_SHAPE),
        Integer(3, 0, 2**51, BAD_SHAPE, BAD_SHAPE), Fresh(),
    ],
    "wdl_buffer_create": lambda w: [
        Context(), Array("f64", (2, 3), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), any=True, not_finite=OK),
        Callback(), User(), Out(),
    ],
    "wdl_kind_at": lambda w: [Context(), Integer(0, 0), Out()],
    "wdl_property_at": lambda w: [Context(), Text(b"mixture"), Integer(0, 0), Out()],
    "wdl_kind_of": lambda w: [Context(), Id("mixture", ALL), Out()],
    "wdl_set_int": lambda w: [
        Context(), *named(b"n_components", others=SET_INT), Integer(2, 1, 1 << 20),
    ],
    "wdl_set_real": lambda w: [
        Context(), *named(b"tol", also=("kmeans",), others=SET_REAL),
        Real(0.001, 0.0, finite=False),
    ],
    "wdl_set_text": lambda w: [
        Context(), *named(b"init_params", others=SET_OTHER),
        Text(b"dirichlet", BAD_ARGUMENT, others=(
            (b"random_from_data", OK), (b"dirichlet|random_from_data", BAD_ARGUMENT),
            (b"|", BAD_ARGUMENT), (b"dirichlet\nrandom_from_data", BAD_ARGUMENT),
        )),
    ],
    "wdl_set_array": lambda w: [
        Context(), *named(b"means_init", others=(*SET_OTHER, (b"means", BAD_ARGUMENT, 2))),
        Array("f64", (K, D), (0.0, 0.0, 1.0, 2.0), free=(0, 1)),
    ],
    "wdl_set_object": lambda w: [
        Context(), *named(b"start", others=SET_OTHER),
        Id("start", ("mixture",), none=OK, also=(("mixture", BAD_ARGUMENT),)),
    ],
    "wdl_get_int": lambda w: [
        Context(), *named(b"n_components", others=((b"tol", BAD_ARGUMENT, 2), *GET_OTHER)), Out(),
    ],
    "wdl_get_real": lambda w: [
        Context(),
        *named(b"tol", also=("kmeans",), others=((b"n_init", BAD_ARGUMENT, 2), *GET_OTHER)),
        Out(),
    ],
    "wdl_get_text": lambda w: [
        Context(), *named(b"init_params", others=((b"tol", BAD_ARGUMENT, 2), *GET_OTHER)),
        Room(10), Integer(10, 10, INT64_MAX, below=TOO_SMALL | BAD_ARGUMENT, extra=range(10)),
        Out(),
    ],
    "wdl_get_array": lambda w: [
        Context(),
        *named(b"means", also=("mixture_statistics",),
               others=((b"tol", BAD_ARGUMENT, 2), *GET_OTHER)),
        Array("f64", (K, D), written=True, asks=True),
    ],
    "wdl_save": lambda w: [
        Context(),
        Id("mixture", ("context", "buffer", "mixture"), UNSUPPORTED | BAD_HANDLE | TOO_SMALL | OK),
        Room(w.saved_size), Integer(w.saved_size, w.saved_size, below=TOO_SMALL | BAD_ARGUMENT,
                                    extra=(w.saved_size - 1, w.saved_size + 1)), Out(),
    ],
    "wdl_load": lambda w: [
        Context(), Bytes(w.small, damaged=tuple(damaged(w.small))),
        Integer(len(w.small), len(w.small), len(w.small), BAD_DATA | BAD_ARGUMENT, BAD_DATA,
                extra=range(len(w.small)), places=(1, 2)), Out(),
    ],
    "wdl_mixture_create": lambda w: [Context(), Out()],
    "wdl_mixture_fit": lambda w: [
        Context(), Id("mixture"), x(free=(1,)),
        Array("f64", (N,), (1.0, 2.0, 0.0, 1.0, 0.5, 1.0), not_finite=BAD_ARGUMENT | BAD_DATA,
              loose=BAD_ARGUMENT | BAD_DATA),
    ],
    "wdl_mixture_partial_fit": lambda w: [
        Context(), Id("mixture"), x(),
        Array("f64", (N,), (1.0, 2.0, 0.0, 1.0, 0.5, 1.0), not_finite=BAD_ARGUMENT | BAD_DATA,
              loose=BAD_ARGUMENT | BAD_DATA),
    ],
    "wdl_mixture_set_parameters": lambda w: [Context(), Id("mixture"), *parameters()],
    "wdl_mixture_predict": lambda w: [Context(), FITTED, x(), out("i64", N)],
    "wdl_mixture_predict_proba": lambda w: [Context(), FITTED, x(), out("f64", N, K)],
    "wdl_mixture_score_samples": lambda w: [Context(), FITTED, x(), out("f64", N)],
    "wdl_mixture_score": lambda w: [Context(), FITTED, x(free=(0,)), Out()],
    "wdl_mixture_sample": lambda w: [
        Context(), FITTED, Integer(3), out("f64", N, D), out("i64", N),
    ],
    "wdl_mixture_statistics_create": lambda w: [Context(), FITTED, Out()],
    "wdl_mixture_statistics_add": lambda w: [
        Context(), STATISTICS, x(),
        Array("f64", (N,), (1.0, 2.0, 0.0, 1.0, 0.5, 1.0), not_finite=BAD_ARGUMENT | BAD_DATA,
              loose=BAD_ARGUMENT | BAD_DATA),
    ],
    "wdl_mixture_statistics_merge": lambda w: [
        Context(), STATISTICS, Id("more_statistics", ("mixture_statistics",)),
    ],
    "wdl_mixture_statistics_set": lambda w: [
        Context(), STATISTICS, Array("f64", (14,), (6.0, -9.0) + (1.0,) * 12,
                                     not_finite=BAD_DATA, loose=BAD_DATA),
    ],
    "wdl_mixture_update": lambda w: [
        Context(), Id("mixture", unfitted=BAD_ARGUMENT),
        Id("statistics", ("mixture_statistics",)),
    ],
    "wdl_mixture_e_step": lambda w: [
        Context(), x(), *parameters(), out("f64", N, K), Out(),
    ],
    "wdl_mixture_m_step": lambda w: [
        Context(), x(),
        Array("f64", (N, K), SHARES, not_finite=BAD_ARGUMENT | BAD_DATA,
              loose=BAD_ARGUMENT | BAD_DATA),
        Real(1e-6, 0.0), out("f64", K), out("f64", K, D), out("f64", K, D, D),
    ],
    **cluster_rows.TABLE,
    **precond_rows.TABLE,
    **sparse_rows.TABLE,
    **krylov_rows.TABLE,
    **text_rows.TABLE,
    **ufunc_rows.TABLE,
    **cpython_rows.TABLE,
}  # fmt: skip

