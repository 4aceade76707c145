"""The library under attack, and live, stale and foreign objects to attack it with."""

import random
import struct

import cffi
from support import headers

FORMATS = {
    "u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i", "i64": "q",
    "f32": "f", "f64": "d", "c64": "2f", "c128": "2d",
}  # fmt: skip
C = headers.constants()


def load(library):
    ffi = cffi.FFI()
    ffi.cdef(headers.cdef())
    return ffi, ffi.dlopen(library)


def item_size(dtype):
    return struct.calcsize(FORMATS[dtype])


def dtype_id(dtype):
    return C["WDL_" + dtype.upper()]


class Memory:
    """Bytes between two guards; every byte of it is compared after a call."""

    GUARD, SLACK = 64, 4096

    def __init__(self, ffi, content, slack=0):
        self.ffi = ffi
        self.size = len(content)
        self.raw = ffi.new("char[]", 2 * self.GUARD + self.size + slack + 16)
        self.address = (int(ffi.cast("uintptr_t", self.raw)) + self.GUARD + 15) // 16 * 16
        self.start = self.address - int(ffi.cast("uintptr_t", self.raw))
        view = ffi.buffer(self.raw)
        view[:] = b"\xc5" * len(view)
        view[self.start : self.start + self.size] = content
        self.before = bytes(view)

    def pointer(self, type_, offset=0):
        return self.ffi.cast(type_, self.address + offset)

    def bytes(self):
        whole = self.ffi.buffer(self.raw)[:]
        return whole[self.start : self.start + self.size]

    def untouched(self):
        return self.ffi.buffer(self.raw)[:] == self.before

    def guards_untouched(self):
        now, end = self.ffi.buffer(self.raw)[:], self.start + self.size
        return now[: self.start] == self.before[: self.start] and now[end:] == self.before[end:]


class World:
    """One world a function: what a legal call changes in it stays in it."""

    def __init__(self, ffi, lib):
        self.ffi, self.lib = ffi, lib
        self.keep = []
        self.at_first = self.live()
        self.ctx = self.make("wdl_context_create")
        self.other_ctx = self.make("wdl_context_create")
        self.blank = self.make("wdl_mixture_create")
        self.mixture = self.make("wdl_mixture_create")
        self.start = self.make("wdl_mixture_create")
        self.buffer = self.make_buffer()
        self.fit_mixture()
        self.mine = [self.ctx, self.other_ctx, self.blank, self.mixture, self.start, self.buffer]
        self.make_kmeans()
        self.statistics, self.more_statistics = (self.make_statistics() for _ in range(2))
        self.make_texts()
        self.make_operator()
        self.make_solver()
        self.make_preconditioners()
        self.objects = {
            "context": self.other_ctx,
            "buffer": self.buffer,
            "mixture": self.mixture,
            "ilu0": self.precond,
            "kmeans": self.kmeans,
            "operator": self.operator,
            "cg": self.solver,
            "mixture_statistics": self.statistics,
            "text": self.text,
            "text_stream": self.stream,
            "word_counts": self.word_table,
            "process": C["WDL_PROCESS"],
        }
        self.stale = []
        for create in ("wdl_context_create", "wdl_mixture_create"):
            self.stale.append(self.make(create))
        self.stale.append(self.make_text(b"wc"))
        for one in self.stale:
            assert self.lib.wdl_release(one) == 0
        self.foreign = self.foreign_ids()
        self.small = self.saved(self.other_ctx)
        self.saved_size = len(self.saved(self.mixture))

    def end(self):
        """Releases all of it; the objects that are left over."""
        for one in self.mine:
            assert self.lib.wdl_release(one) == 0
        return self.live() - self.at_first

    @property
    def spare(self):
        return self.make("wdl_mixture_create")

    # Making things ------------------------------------------------------------------------------

    def make(self, create, *arguments):
        out = self.ffi.new("uint64_t *")
        assert getattr(self.lib, create)(0, *arguments, out) == 0, self.message(0)
        return out[0]

    def make_text(self, operation, needle=None):
        one = self.make("wdl_text_create", operation)
        if needle is not None:
            ends = self.ffi.new("int64_t[]", [0, len(needle)])
            assert self.lib.wdl_text_set_needles(0, one, needle, len(needle), ends, 1) == 0
        return one

    def make_stream(self, text, content):
        one = self.make("wdl_text_stream_create", text)
        assert self.lib.wdl_text_feed(0, one, content, len(content)) == 0
        return one

    def make_texts(self):
        """Operations, streams and tables of the text module, and texts that stay where they are."""
        self.text = self.make_text(b"count", b"b")
        self.without_needle = self.make_text(b"count")
        self.lines = self.make_text(b"count_lines", b"b")
        self.splits = self.make_text(b"split", b"b")
        self.words = self.make_text(b"word_counts")
        self.many = self.make_text(b"count_many", b"b")
        self.stream = self.make_stream(self.text, b"aab")
        self.next_stream = self.make_stream(self.text, b"bcb")
        self.ill_stream = self.make_stream(self.text, b"b\xffb")
        self.line_stream = self.make_stream(self.lines, b"ab\nb")
        self.word_stream = self.make_stream(self.words, b"a b a")
        self.word_table = self.make("wdl_text_word_counts", self.words, b"a b a", 5)
        self.pieces = [self.ffi.new("char[]", b"aabbccdd" * 4) for _ in range(3)]
        self.text_objects = [
            self.text, self.without_needle, self.lines, self.splits, self.words, self.many,
            self.stream, self.next_stream, self.ill_stream, self.line_stream, self.word_stream,
            self.word_table,
        ]  # fmt: skip
        self.mine += self.text_objects

    def array(self, dtype, shape, values=None):
        """A wdl_array over fresh memory, which the world keeps."""
        count = 1
        for extent in shape:
            count *= extent
        data = self.ffi.new("char[]", max(1, count * item_size(dtype)))
        if values is not None:
            struct.pack_into(f"{count}{FORMATS[dtype]}", self.ffi.buffer(data), 0, *values)
        made = self.ffi.new("wdl_array *")
        self.keep += [data, made]
        status = self.lib.wdl_array_view(
            0, data, dtype_id(dtype), len(shape), list(shape), self.ffi.NULL, 0, made
        )
        assert status == 0, self.message(0)
        return made

    def make_buffer(self):
        out = self.ffi.new("uint64_t *")
        view = self.array("f64", (2, 3), range(6))
        assert self.lib.wdl_buffer_create(0, view, self.ffi.NULL, self.ffi.NULL, out) == 0
        return out[0]

    def fit_mixture(self):
        for name, value in ((b"n_components", 2), (b"seed", 7), (b"max_iter", 3)):
            assert self.lib.wdl_set_int(0, self.mixture, name, value) == 0, self.message(0)
        for one in (self.blank, self.mixture):
            assert self.lib.wdl_set_text(0, one, b"init_params", b"dirichlet") == 0
        status = self.lib.wdl_mixture_set_parameters(
            0, self.mixture,
            self.array("f64", (2,), (0.25, 0.75)),
            self.array("f64", (2, 2), (0.0, 0.0, 1.0, 2.0)),
            self.array("f64", (2, 2, 2), (1.0, 0.0, 0.0, 1.0, 2.0, 0.5, 0.5, 1.0)),
        )  # fmt: skip
        assert status == 0, self.message(0)

    def make_kmeans(self):
        """One that is fitted, and one that is not."""
        self.kmeans, self.blank_kmeans = (self.make("wdl_kmeans_create") for _ in range(2))
        self.blanks = {"mixture": self.blank, "kmeans": self.blank_kmeans}
        for one in (self.kmeans, self.blank_kmeans):
            assert self.lib.wdl_set_int(0, one, b"n_clusters", 2) == 0, self.message(0)
        centers = self.array("f64", (2, 2), (0.0, 0.0, 1.0, 2.0))
        counts = self.array("f64", (2,), (3.0, 1.0))
        assert self.lib.wdl_kmeans_set_centers(0, self.kmeans, centers, counts) == 0
        self.mine += [self.kmeans, self.blank_kmeans]

    def make_operator(self):
        """Compressed rows, 3 x 3; and what an operator's function may be."""
        arrays = (
            self.array("i32", (4,), (0, 2, 2, 4)),
            self.array("i32", (4,), (0, 2, 1, 0)),
            self.array("f64", (4,), (1.0, 2.0, 3.0, 4.0)),
        )
        null = self.ffi.NULL
        self.operator = self.make("wdl_sparse_csr", 3, *arrays, null, null)
        self.apply = self.ffi.callback("wdl_apply_fn", lambda *arguments: 0)
        self.mine.append(self.operator)

    def make_solver(self):
        """One that has solved a system of three equations."""
        arrays = (
            self.array("i32", (4,), (0, 2, 5, 7)),
            self.array("i32", (7,), (0, 1, 0, 1, 2, 1, 2)),
            self.array("f64", (7,), (2.0, -1.0, -1.0, 2.0, -1.0, -1.0, 2.0)),
        )
        self.system = self.make("wdl_sparse_csr", 3, *arrays, self.ffi.NULL, self.ffi.NULL)
        self.solver = self.make("wdl_krylov_create", b"cg")
        self.step = None  # of the callback that runs
        self.mine += [self.system, self.solver]
        assert self.solve(0, self.solver) == 0, self.message(0)

    def solve(self, ctx, solver):
        b, x = self.array("f64", (3,), (1.0, -1.0, 0.5)), self.array("f64", (3,), (0.0,) * 3)
        return self.lib.wdl_krylov_solve(ctx, solver, self.system, b, x)

    def make_preconditioners(self):
        """Of a 3 x 3 matrix: one that is set up, and one that is not."""
        arrays = (
            self.array("i32", (4,), (0, 2, 4, 6)),
            self.array("i32", (6,), (0, 1, 0, 1, 1, 2)),
            self.array("f64", (6,), (4.0, 1.0, 1.0, 4.0, 2.0, 4.0)),
        )
        null = self.ffi.NULL
        self.matrix = self.make("wdl_sparse_csr", 3, *arrays, null, null)
        self.precond, self.blank_precond = (
            self.make("wdl_precond_create", b"ilu0") for _ in range(2)
        )
        assert self.lib.wdl_precond_setup(0, self.precond, self.matrix) == 0, self.message(0)
        self.blanks["ilu0"] = self.blank_precond
        self.mine += [self.matrix, self.precond, self.blank_precond]

    def make_statistics(self):
        """Of six rows, under the mixture's parameters."""
        one = self.make("wdl_mixture_statistics_create", self.mixture)
        rows = self.array("f64", (6, 2), range(12))
        assert self.lib.wdl_mixture_statistics_add(0, one, rows, self.ffi.NULL) == 0
        self.mine.append(one)
        return one

    def foreign_ids(self):
        """Ids that this copy of the library has never given away."""
        live = {*self.mine, 0, C["WDL_PROCESS"]}
        dice = random.Random(3)
        flipped = [one ^ 1 << bit for one in (self.ctx, self.mixture) for bit in range(64)]
        other_tag = [self.mixture ^ tag << 44 for tag in (1, 0x80, 0xFF)]
        noise = [dice.getrandbits(bits) for bits in (8, 21, 44, 53, 53, 60, 64, 64, 64)]
        edges = [2, 3, 2**20 - 1, 2**53, 2**63, 2**64 - 1]
        return [one for one in flipped + other_tag + noise + edges if one not in live]

    # Asking -------------------------------------------------------------------------------------

    def record(self, ctx):
        out = self.ffi.new("wdl_error *")
        status = self.lib.wdl_error_get(ctx, out)
        return out if status == 0 else None

    def record_bytes(self, ctx):
        out = self.record(ctx)
        return None if out is None else self.ffi.buffer(out)[:]

    def message(self, ctx):
        return self.ffi.string(self.lib.wdl_error_message(ctx)).decode("utf-8", "replace")

    def live(self):
        out = self.ffi.new("int64_t *")
        assert self.lib.wdl_get_int(0, C["WDL_PROCESS"], b"live_handles", out) == 0
        return out[0]

    def saved(self, one):
        needed = self.ffi.new("int64_t *")
        status = self.lib.wdl_save(0, one, self.ffi.NULL, 0, needed)
        if status != 0:
            return status
        data = self.ffi.new("char[]", needed[0])
        assert self.lib.wdl_save(0, one, data, needed[0], needed) == 0
        return self.ffi.buffer(data)[:]

    def state(self):
        """Everything that a refused or failed call must leave as it was."""
        objects = [
            self.other_ctx, self.blank, self.mixture, self.buffer, self.statistics,
            self.kmeans, self.blank_kmeans, self.solver, self.precond, self.blank_precond,
            *self.text_objects,
        ]  # fmt: skip
        return [self.saved(one) for one in objects]
