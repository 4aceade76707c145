"""A valid call of every function of precond.h."""

from .arrays import Array, out
from .values import NO_VALUE, OK, UNKNOWN_NAME, Context, Id, Integer, Out, Text

N = 3
VECTOR = {"ranks": (2,), "not_finite": OK, "loose": OK}

TABLE = {
    "wdl_precond_create": lambda w: [
        Context(),
        Text(b"ilu0", others=(
            (b"jacobi", OK), (b"chebyshev", OK), (b"kmeans", UNKNOWN_NAME),
            (b"ilu0|ilut", UNKNOWN_NAME), (b"|", UNKNOWN_NAME),
        )),
        Out(),
    ],
    "wdl_precond_setup": lambda w: [
        Context(), Id("precond", ("ilu0",)), Id("matrix", ("operator",)),
    ],
    "wdl_precond_apply": lambda w: [
        Context(), Id("precond", ("ilu0",), unfitted=NO_VALUE), Integer(0, 0, 2),
        Array("f64", (N,), (1.0, -1.0, 0.5), **VECTOR), out("f64", N, **VECTOR),
    ],
}  # fmt: skip
