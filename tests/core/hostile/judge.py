"""Makes hostile calls and judges what came of them."""

from .arrays import Array, overlaps
from .values import OK, OVERLAP, Case, Over, Pass, Raw
from .world import C

# These write no error record: asking for it, and what a signal handler may call.
SILENT = {"wdl_error_get", "wdl_error_message", "wdl_status_name", "wdl_version", "wdl_cancel"}
STATUS = {
    value: name
    for name, value in C.items()
    if name in ("WDL_OK", "WDL_NOT_CONVERGED", "WDL_STOPPED", "WDL_BREAKDOWN") or value < 0
}
FAILED = -100


def status_text(status):
    return STATUS.get(status, str(status))


def expected_text(expected):
    return " or ".join("ok" if one == "ok" else status_text(one) for one in expected)


def is_inside(value):
    return isinstance(value, Array) and value.inside is not None


class Judge:
    def __init__(self, world, function, row, announce):
        self.world, self.function, self.row = world, function, row
        self.announce = announce
        self.calls, self.failures = 0, []
        self.call = getattr(world.lib, function.name)
        self.returns_status = function.returns.base == "wdl_status" and function.returns.stars == 0

    def run(self):
        self.check_row()
        if self.failures:
            return
        self.attempt("a valid call", self.row, None, Case("", None, OK))
        for place, value in enumerate(self.row):
            for case in value.cases(self.function.parameters[place], self.world):
                values = [*self.row[:place], case.value, *self.row[place + 1 :]]
                label = f"{self.function.parameters[place].name}: {case.label}"
                self.attempt(label, values, place, case)
        arrays = {p: v for p, v in enumerate(self.row) if isinstance(v, Array)}
        for label, place, other, changed in overlaps(arrays):
            values = [*self.row[:place], changed, *self.row[place + 1 :]]
            label = f"{self.function.parameters[place].name}: {label}"
            self.attempt(label, values, place, Case(label, None, OVERLAP, (place, other)))
        if self.returns_status and self.function.parameters[0].role == "context":
            self.run_tired()

    def run_tired(self):
        """Cancelled, or out of time, from the start: done all the same, or said so."""
        expected = OK | {C["WDL_CANCELLED"]}
        lib, ctx = self.world.lib, self.world.ctx
        if self.function.name not in ("wdl_cancel", "wdl_error_get"):
            assert lib.wdl_cancel(ctx, 1) == 0
            self.attempt("cancelled", self.row, None, Case("", None, expected))
            assert lib.wdl_set_real(ctx, ctx, b"time_limit", 1e-9) == 0
            self.attempt("out of time", self.row, None, Case("", None, expected))
            assert lib.wdl_set_real(ctx, ctx, b"time_limit", 0.0) == 0

    def check_row(self):
        parameters = self.function.parameters
        if len(parameters) != len(self.row):
            self.fail("its row", f"has {len(self.row)} values for {len(parameters)} parameters")
            return
        for parameter, value in zip(parameters, self.row):
            if parameter.role not in value.roles:
                kind = type(value).__name__
                self.fail("its row", f"{kind} does not suit {parameter.role} {parameter.name}")

    def fail(self, label, why):
        self.failures.append(f"{self.function.name}, {label}: {why}")

    def prepare(self, values):
        call = Pass(self.world, self.function)
        given = {}
        late = [p for p, v in enumerate(values) if isinstance(v, Over) or is_inside(v)]
        for place in [*(p for p in range(len(values)) if p not in late), *late]:
            given[place] = values[place].give(call, place)
        call.arguments = [given[place] for place in range(len(values))]
        return call

    def attempt(self, label, values, place, case):
        world = self.world
        self.announce(f"{self.function.name}, {label}")
        live = world.live()
        call = self.prepare(values)
        state = world.state()
        records = world.record_bytes(0), world.record_bytes(world.ctx)
        result = self.call(*call.arguments)
        self.calls += 1
        if self.returns_status:
            self.judge_status(label, place, case, result, call)
            self.judge_memory(label, result, call)
            if result < 0:
                self.judge_state(label, state)
            self.judge_records(label, values, result, records)
            if result != 0 and self.function.name not in SILENT:
                self.judge_message(label, values, place, case, result)
        else:
            self.judge_other(label, result, call, records)
        for one in self.ids_out(call) if not self.returns_status or result >= 0 else []:
            world.lib.wdl_release(one)
        for one in call.ids:
            world.lib.wdl_release(one)
        world.lib.wdl_cancel(world.ctx, 1 if label == "cancelled" else 0)
        if label != "cancelled":
            world.lib.wdl_cancel(world.ctx, 0)
        if world.live() != live:
            self.fail(label, f"{world.live() - live:+} live handles")

    def ids_out(self, call):
        for memory, use in call.memories:
            if use == "id":
                yield int.from_bytes(memory.bytes(), "little")

    def judge_status(self, label, place, case, result, call):
        if result not in STATUS:
            self.fail(label, f"answered {result}, which core.h does not list")
        good = (result >= 0 and "ok" in case.expected) or result in case.expected
        if not good:
            said = self.world.message(self.world.ctx) if result else ""
            expected = expected_text(case.expected)
            self.fail(label, f"answered {status_text(result)}, expected {expected} ({said})")

    def judge_memory(self, label, result, call):
        for memory, use in call.memories:
            if use == "id" and result < 0:
                if any(memory.bytes()):
                    self.fail(label, f"{status_text(result)}, but the id that came out is not 0")
                if not memory.guards_untouched():
                    self.fail(label, "wrote beside the id")
            elif result >= 0 and use != "in":
                if not memory.guards_untouched():
                    self.fail(label, "wrote beside an output")
            elif result <= FAILED and use == "out":
                if not memory.guards_untouched():
                    self.fail(label, "wrote beside an output array, and failed")
            elif not memory.untouched():
                self.fail(label, f"{status_text(result)}, but memory that goes {use} has changed")

    def judge_state(self, label, state):
        if self.world.state() != state:
            self.fail(label, "an object is not as it was before the call")

    def judge_records(self, label, values, result, before):
        """Only a call that returns non-zero writes a record, and only one."""
        now = self.world.record_bytes(0), self.world.record_bytes(self.world.ctx)
        if self.function.name in SILENT or result == 0:
            if now != before:
                self.fail(label, f"{status_text(result)}, but it wrote an error record")
            return
        mine = 1 if self.recorded_on(values) else 0
        if now[1 - mine] != before[1 - mine]:
            self.fail(label, "it wrote the error record of " + ("the thread", "the context")[mine])

    def recorded_on(self, values):
        """The context whose record a call with these values writes; 0: the thread's."""
        first = self.function.parameters[0]
        hostile = first.role != "context" or isinstance(values[0], Raw)
        return 0 if hostile else self.world.ctx

    def judge_message(self, label, values, place, case, result):
        record = self.world.record(self.recorded_on(values))
        ffi, name = self.world.ffi, self.function.name
        text = ffi.buffer(record.text)[:].rstrip(b"\0")
        if record.status != result:
            noted = status_text(record.status)
            self.fail(label, f"answered {status_text(result)}, recorded {noted}")
        if ffi.string(record.function) != name.encode():
            self.fail(label, f"recorded as of {ffi.string(record.function)}")
        start = name.encode() + b": "
        if not text.startswith(start) or len(text) < len(start) + 8:
            self.fail(label, f"its message is {text!r}")
        if not self.world.message(self.recorded_on(values)).startswith(name):
            self.fail(label, "wdl_error_message tells of another call")
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            self.fail(label, f"its message is not UTF-8: {text!r}")
        if result < 0 and place is not None and result in case.expected:
            self.judge_place(label, place, case, record, text)

    def judge_place(self, label, place, case, record, text):
        places = case.places or (place,)
        if "arrays" in places:
            places = [p for p, v in enumerate(self.row) if isinstance(v, Array)]
            places += [p for p in case.places if p == -1]
        if record.argument not in places:
            wanted = " or ".join(str(p) for p in places)
            text = text.decode("utf-8", "replace")
            self.fail(label, f"blamed argument {record.argument}, expected {wanted} ({text})")
        if case.position and record.position[0] < 0:
            self.fail(label, f"does not say where in the data ({text.decode()})")

    def judge_other(self, label, result, call, before):
        """Functions that return something else: a text, or a number."""
        ffi = self.world.ffi
        if self.function.returns.stars:
            if result == ffi.NULL or not ffi.string(result).isascii():
                self.fail(label, "returned no text")
        if any(not memory.untouched() for memory, _ in call.memories):
            self.fail(label, "memory has changed")
        if (self.world.record_bytes(0), self.world.record_bytes(self.world.ctx)) != before:
            self.fail(label, "it wrote an error record")
