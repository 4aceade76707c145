"""A valid call of every function of cpython.h."""

from .values import OK, UNKNOWN_NAME, Context, Out, Struct, Text

LAYOUT = (("state", 32, -1), ("characters", 56, 8), ("ascii", 40, 32), ("shift", 2, 27))
TABLE = {
    "wdl_cpython_text": lambda w: [
        Context(), Text(b"rfind", others=((b"count_doubles", OK), (b"wc", UNKNOWN_NAME))),
        Struct("wdl_cpython", LAYOUT, optional=("shift",)), Out(),
    ],
}  # fmt: skip
