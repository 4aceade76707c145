"""A valid call of every function of krylov.h."""

import dataclasses
import math

from .arrays import Array, out
from .values import (
    BAD_ARGUMENT, BAD_DATA, NO_VALUE, OK, Callback, Case, Context, Id, Null, Out, Text, User,
    Value,
)  # fmt: skip

N = 3
SOLVER = Id("solver", ("cg",))
OPERATOR = Id("system", ("operator",))


@dataclasses.dataclass(frozen=True)
class Step(Value):
    """What a callback is told; outside of one, a struct that no callback has been given."""

    roles = ("struct in",)
    inner: int | None = None
    copied: bool = False

    def give(self, call, place):
        world = call.world
        if world.step is not None and self.inner is None and not self.copied:
            return world.step
        made = call.memory(bytes(world.ffi.sizeof("wdl_step")), "in", slack=64)
        step = made.pointer("wdl_step *")
        if self.copied:
            step[0] = world.step[0]
        else:
            step.inner = world.ffi.cast("void *", self.inner or 0)
        made.before = world.ffi.buffer(made.raw)[:]
        return step

    def cases(self, parameter, world):
        yield Case("NULL", Null(), BAD_ARGUMENT)
        yield Case("a copy", Step(copied=True), OK)
        for inner in (0, 1, 8, 2**47, 2**64 - 1):
            yield Case(f"inner {inner:#x}", Step(inner=inner), NO_VALUE)


def start():
    wrong = [
        (f"{bad} at {place}", (0.0,) * place + (bad,) + (0.0,) * (N - 1 - place), BAD_DATA)
        for bad in (math.nan, math.inf, -math.inf)
        for place in (0, N - 1)
    ]
    return Array("f64", (N,), (0.5, 0.0, -0.5), written=True, wrong=tuple(wrong))


TABLE = {
    "wdl_krylov_create": lambda w: [Context(), Text(b"gmres"), Out()],
    "wdl_krylov_callback": lambda w: [Context(), SOLVER, Callback(), User()],
    "wdl_krylov_step_solution": lambda w: [Context(), Step(), out("f64", N)],
    "wdl_krylov_solve": lambda w: [
        Context(), SOLVER, OPERATOR, Array("f64", (N,), (1.0, -1.0, 0.5), position=True), start(),
    ],
}  # fmt: skip

# What else than success these answer where no solver's callback runs.
OUTSIDE = {"wdl_krylov_step_solution": NO_VALUE}
