"""A valid call of every function of text.h."""

import pathlib

from .arrays import Array, out
from .values import (
    BAD_ARGUMENT, BAD_DATA, INT64_MAX, OK, TOO_SMALL, UNKNOWN_NAME, Bytes, Context, Id, Integer,
    Out, Text, Values,
)  # fmt: skip

# Memory behind a pointer is not to be seen, so a length that merely lies is not tried; one that no
# address space holds is.
LIES = (9, INT64_MAX - 1)

HERE = pathlib.Path(__file__)
NOT_UTF8 = (("not UTF-8", b"aa\xffbccdd", BAD_DATA),)
FILES = (
    (str(HERE.parent).encode(), BAD_ARGUMENT),
    (str(HERE / "below").encode(), BAD_ARGUMENT),
    (b"/dev/null", OK),
    (b"/dev/../dev/null", OK),
)
PIECES = (3, 2, 8)


def data(content=b"aabbccdd", damaged=NOT_UTF8):
    return Bytes(content, null=BAD_ARGUMENT, damaged=damaged)


def length(value):
    return Integer(value, 0, value, skip=LIES)


def capacity(outputs):
    return Integer(outputs, outputs, below=TOO_SMALL | BAD_ARGUMENT, extra=range(outputs))


def text(which, others):
    """An operation; the named ones are of another."""
    also = tuple((name, BAD_ARGUMENT) for name in (*others, "without_needle"))
    return Id(which, ("text",), also=also)


def any_text():
    return Id("text", ("text",), also=(("without_needle", BAD_ARGUMENT),))


def stream(which="stream", also=()):
    return Id(which, ("text_stream",), also=also)


def path():
    return Text(bytes(HERE), BAD_ARGUMENT, others=FILES)


def wrong_offsets():
    wrong = {
        "falls": (0, 5, 3, 8),
        "starts below 0": (-1, 3, 5, 8),
        "ends beyond the text": (0, 3, 5, 9),
        "huge": (0, 3, INT64_MAX, 8),
        "least": (0, 3, -INT64_MAX - 1, 8),
        "all least": (-INT64_MAX - 1,) * 4,
    }
    return tuple((label, values, BAD_ARGUMENT) for label, values in wrong.items())


def offsets():
    return Array("i64", (4,), (0, 3, 5, 8), also=("i32",), loose=BAD_ARGUMENT,
                 wrong=wrong_offsets())  # fmt: skip


def addresses(world):
    found = tuple(int(world.ffi.cast("uintptr_t", one)) for one in world.pieces)
    nowhere = ("one of them 0", (found[0], 0, found[2]), BAD_ARGUMENT, 2, 3)
    return Array("u64", (3,), found, torn=False, wrong=(nowhere,))


def lengths():
    wrong = {
        "one below 0": (3, -1, 8),
        "the least": (3, 2, -INT64_MAX - 1),
        "the most": (INT64_MAX, 2, 8),
        "more than memory together": (2**56, 2**56, 2**56),
        "wrapping together": (2**62, 2**62, 2**62),
    }
    cases = tuple((label, values, BAD_ARGUMENT) for label, values in wrong.items())
    return Array("i64", (3,), PIECES, torn=False, wrong=cases)


def places(count):
    """An array for as many entries as are found, or more."""
    return out("i64", count, free=(0,), contiguous=True, loose=TOO_SMALL, over=(2,))


TABLE = {
    "wdl_text_count_doubles": lambda w: [
        Context(), data(), length(8), Integer(2, 1, 5, skip=(3, 4)), Out(),
    ],
    "wdl_text_create": lambda w: [
        Context(),
        Text(b"count", others=(
            (b"wc", OK), (b"split", OK), (b"count|find", UNKNOWN_NAME), (b"|", UNKNOWN_NAME),
        )),
        Out(),
    ],
    "wdl_text_set_needles": lambda w: [
        Context(), Id("many", ("text",)), data(damaged=(("not UTF-8", b"aa\xffbccdd", OK),)),
        Integer(8, 8, 8, skip=LIES, places=(3, 4)),
        Values((0, 3, 5, 8), wrong_offsets()), Integer(3, 0, 3, skip=(4, 2**53)),
    ],
    "wdl_text_outputs": lambda w: [Context(), any_text(), Out(), Out()],
    "wdl_text_run": lambda w: [Context(), any_text(), data(), length(8), capacity(1), Out()],
    "wdl_text_run_many": lambda w: [
        Context(), any_text(), data(), Integer(8, 8, 8, skip=LIES, places=(3, 4)), offsets(),
        out("i64", 3, 1, over=(2,)),
    ],
    "wdl_text_run_rows": lambda w: [
        Context(), any_text(), Array("u8", (3, 4), tuple(b"aabbccddeeff"), free=(1,),
                                     loose=BAD_DATA),
        out("i64", 3, 1),
    ],
    "wdl_text_run_pieces": lambda w: [
        Context(), any_text(), addresses(w), lengths(), out("i64", 3, 1),
    ],
    "wdl_text_run_file": lambda w: [Context(), any_text(), path(), capacity(1), Out()],
    "wdl_text_find_all": lambda w: [
        Context(), text("text", ("words",)), data(), length(8), places(2), Out(),
    ],
    "wdl_text_line_counts": lambda w: [
        Context(), text("lines", ("text", "words")), data(b"ab\nbb\nc\n", NOT_UTF8), length(8),
        places(3), places(4), Out(),
    ],
    "wdl_text_split": lambda w: [
        Context(), text("splits", ("text", "words")), data(), length(8), places(3), places(3),
        Out(),
    ],
    "wdl_text_word_counts": lambda w: [
        Context(), text("words", ("text", "splits")), data(b"a b a cc"), length(8), Out(),
    ],
    "wdl_text_word_counts_file": lambda w: [
        Context(), text("words", ("text", "splits")), path(), Out(),
    ],
    "wdl_text_stream_create": lambda w: [Context(), any_text(), Out()],
    "wdl_text_feed": lambda w: [
        Context(), stream(), data(damaged=(("not UTF-8", b"aa\xffbccdd", OK),)), length(8),
    ],
    "wdl_text_merge": lambda w: [
        Context(), stream(also=(("line_stream", BAD_ARGUMENT, 2),)),
        stream("next_stream", (("stream", BAD_ARGUMENT), ("line_stream", BAD_ARGUMENT))),
    ],
    "wdl_text_result": lambda w: [
        Context(), stream(also=(("ill_stream", BAD_DATA),)), capacity(1), Out(),
    ],
    "wdl_text_stream_word_counts": lambda w: [
        Context(), stream("word_stream", (("stream", BAD_ARGUMENT),)), Out(),
    ],
}  # fmt: skip
