"""A valid call of every function of sparse.h."""

import dataclasses

from .arrays import Array, out
from .values import (
    BAD_ARGUMENT, BAD_DATA, BAD_DTYPE, OK, Callback, Context, Id, Integer, Out, Real, User, Value,
    null_case,
)  # fmt: skip

N, LONGEST = 3, 1 << 48
OPERATOR = Id("operator", ("operator",))
REAL = Real(0.0, 0.0, 0.0)  # the imaginary part of a real operator's coefficient


@dataclasses.dataclass(frozen=True)
class Apply(Value):
    """An operator's function."""

    roles = ("callback",)

    def give(self, call, place):
        return call.world.apply

    def cases(self, parameter, world):
        yield null_case(parameter)


def indices(*values, free=(0,), wrong=()):
    return Array(
        "i32", (len(values),), values, also=("i64",), free=free, loose=BAD_DATA, not_finite=OK,
        wrong=wrong,
    )  # fmt: skip


def pointers():
    wrong = [
        (f"pointers {values}", values, BAD_DATA)
        for values in ((1, 2, 2, 4), (0, 3, 2, 4), (0, 2, 2, 3), (0, 2, 2, 5), (0, -1, 2, 4))
    ]
    return indices(0, 2, 2, 4, wrong=tuple(wrong))


def places(values):
    least, most = -(1 << 31), (1 << 31) - 1
    wrong = [
        (f"index {bad}", (bad, *values[1:]), BAD_DATA) for bad in (-1, N, least, most)
    ]
    return indices(*values, free=(), wrong=tuple(wrong))


def values(*shape, free=()):
    count = 1
    for extent in shape:
        count *= extent
    numbers = tuple(float(n) for n in range(count))
    others = ("f32", "c64", "c128")
    return Array("f64", shape, numbers, also=others, free=free, not_finite=OK, loose=OK)


def extent(low):
    return Integer(N, low, LONGEST, below=BAD_DATA | BAD_ARGUMENT, places=(1, 2, 3, 4))


KEPT = [Callback(), User(), Out()]
STORED = (pointers, lambda: places((0, 2, 1, 0)))
VECTOR = {"also": (), "ranks": (2,), "not_finite": OK, "loose": OK}

TABLE = {
    "wdl_sparse_csr": lambda w: [
        Context(), extent(N), *(make() for make in STORED), values(4), *KEPT,
    ],
    "wdl_sparse_csc": lambda w: [
        Context(), extent(N), *(make() for make in STORED), values(4), *KEPT,
    ],
    "wdl_sparse_coo": lambda w: [
        Context(),
        dataclasses.replace(extent(N), skip=(1 << 20, LONGEST)),  # memory for that many
        extent(N), places((0, 2, 1, 0)), places((2, 2, 0, 0)), values(4), *KEPT,
    ],
    "wdl_sparse_bsr": lambda w: [
        Context(), extent(N), *(make() for make in STORED),
        values(4, 2, 1, free=(1, 2)), *KEPT,
    ],
    "wdl_sparse_dense": lambda w: [Context(), values(3, 2, free=(0, 1)), *KEPT],
    "wdl_sparse_diagonal": lambda w: [Context(), values(3, free=(0,)), *KEPT],
    "wdl_sparse_transpose": lambda w: [Context(), OPERATOR, Integer(1), Out()],
    "wdl_sparse_sum": lambda w: [
        Context(), Real(2.0), REAL, OPERATOR, Real(-1.0), REAL, OPERATOR, Out(),
    ],
    "wdl_sparse_product": lambda w: [Context(), OPERATOR, OPERATOR, Out()],
    "wdl_sparse_shift": lambda w: [Context(), OPERATOR, Real(2.0), REAL, Out()],
    "wdl_sparse_callback": lambda w: [
        Context(), Integer(N, 0, LONGEST), Integer(N, 0, LONGEST),
        Integer(10, 9, 12, BAD_DTYPE, BAD_DTYPE), Apply(), Integer(0, 0, 7), *KEPT,
    ],
    "wdl_sparse_apply": lambda w: [
        Context(), OPERATOR, Integer(0, 0, 2),
        Array("f64", (N,), (1.0, -1.0, 0.5), **VECTOR), out("f64", N, **VECTOR),
    ],
}  # fmt: skip
