"""Calls from inside a progress callback: with its context and with the object that is in use."""

from support import headers

from .judge import Judge
from .krylov_rows import OUTSIDE
from .rows import TABLE, N, D, ROWS
from .values import BAD_HANDLE, OK, Case, Id, refused
from .world import C

BUSY = refused("BUSY")


class ReentryJudge:
    def __init__(self, world, announce):
        self.world, self.announce = world, announce
        self.calls, self.failures = 0, []

    def fail(self, why):
        self.failures.append(why)

    def fit(self, inside, min_seconds=0.0):
        """A fit of the mixture during which `inside(progress)` runs; its status."""
        world, raised = self.world, []

        @world.ffi.callback("int32_t(void *, const wdl_progress *)")
        def progress(user, now):
            try:
                return inside(now) or 0
            except Exception as error:  # it must not be lost in C
                raised.append(error)
                return 1

        world.keep.append(progress)
        lib = world.lib
        assert lib.wdl_context_progress(world.ctx, progress, world.ffi.NULL, min_seconds) == 0
        x = world.array("f64", (N, D), ROWS)
        self.calls += 1
        status = lib.wdl_mixture_fit(world.ctx, world.mixture, x, world.ffi.NULL)
        for error in raised:
            raise error
        if lib.wdl_context_progress(world.ctx, world.ffi.NULL, world.ffi.NULL, 0.0) != 0:
            self.fail(f"the context is of no use after a callback: {world.message(0)}")
        return status

    def run(self):
        self.every_function()
        for answer in (1, -7, 2**31 - 1, -(2**31)):
            self.stop(answer)
        self.cancel()
        self.release()

    def every_function(self):
        before = self.world.saved(self.world.mixture)
        done = []

        def inside(now):
            if not done:
                done.append(True)
                for name in headers.functions():
                    self.call_inside(name)

        if self.fit(inside) < 0:
            self.fail(f"the fit failed: {self.world.message(self.world.ctx)}")
        if not done:
            self.fail("the callback was never called")
        if self.world.saved(self.world.mixture) == before:
            self.fail("the fit has changed nothing")

    def call_inside(self, name):
        row = TABLE[name](self.world)
        used = [p for p, v in enumerate(row) if isinstance(v, Id) and v.which == "mixture"]
        judge = Judge(self.world, headers.functions()[name], row, self.announce)
        place = used[0] if used else 1 if name in OUTSIDE else None
        case = Case("", None, BUSY if used else OUTSIDE.get(name, OK), tuple(used))
        judge.attempt("inside a callback", row, place, case)
        self.calls += judge.calls
        self.failures += judge.failures

    def stop(self, answer):
        calls = []
        status = self.fit(lambda now: calls.append(now.done) or answer)
        record = self.world.record(self.world.ctx)
        if status != C["WDL_STOPPED"] or len(calls) != 1:
            self.fail(f"a callback that answers {answer}: {status} after {len(calls)} calls")
        elif record.callback_result != answer or record.status != status:
            self.fail(f"a callback answers {answer}, recorded as {record.callback_result}")

    def cancel(self):
        lib, ctx = self.world.lib, self.world.ctx
        status = self.fit(lambda now: lib.wdl_cancel(ctx, 1))
        if status not in (C["WDL_STOPPED"], C["WDL_CANCELLED"]):
            self.fail(f"cancelled from its callback, a fit answers {status}")
        status = self.fit(lambda now: 0)
        if status not in (C["WDL_STOPPED"], C["WDL_CANCELLED"]):
            self.fail(f"cancel is sticky, but the next fit answers {status}")
        assert lib.wdl_cancel(ctx, 0) == 0
        if self.fit(lambda now: 0) < 0:
            self.fail(f"no longer cancelled, the fit fails: {self.world.message(ctx)}")

    def release(self):
        """What is in use may be released; it lives until the call is done."""
        world, answers = self.world, []
        spare, world.mixture = world.mixture, world.make("wdl_mixture_create")
        live = world.live()

        def inside(now):
            answers.append(world.lib.wdl_release(world.mixture))

        status = self.fit(inside)
        expected = [0] + [next(iter(BAD_HANDLE))] * (len(answers) - 1)
        if status < 0 or answers != expected or not answers:
            self.fail(f"released from its callback: fit {status}, releases {answers}")
        if world.live() != live - 1:
            self.fail("what was released from its callback has not gone")
        world.mixture = spare
