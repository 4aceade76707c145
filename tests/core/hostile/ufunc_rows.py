"""A valid call of every function of ufunc.h."""

from .values import OK, Context, Integer, Out, Text

TABLE = {
    "wdl_ufunc_at": lambda w: [Context(), Integer(0, 0), Out()],
    "wdl_ufunc_find": lambda w: [
        Context(), Text(b"logaddexp", others=((b"hypot", OK),)), Text(b"dd->d"), Out(),
    ],
    "wdl_ufunc_driver": lambda w: [
        Context(), Text(b"dd->d", others=((b"f->f", OK),)), Integer(0, 0, 1), Out(),
    ],
}  # fmt: skip
