"""Progress and its true result, which ends the call, for every function over texts."""

import os
import signal
import threading

import numpy as np
import pytest
import windlass
from windlass.text import (
    count,
    count_doubles,
    count_lines,
    count_many,
    find,
    find_all,
    rfind,
    split,
    validate_utf8,
    wc,
    word_counts,
)

pytestmark = pytest.mark.usefixtures("live_handles")

SIZE = 40 << 20  # more chunks than are taken between two reports
TEXT = b"to be or not to be \xc3\xa9\n" * (SIZE // 22)
ROWS = [TEXT[i : i + 4400] for i in range(0, len(TEXT) // 10, 4400)]
LONG_ROWS = [b"a be", TEXT, b"", TEXT[: 9 << 20]]
FIXED = np.array([row[:40] for row in ROWS] * 20, "S40")

CALLS = {
    "count": lambda **more: count(TEXT, b"be", **more),
    "count_lines": lambda **more: count_lines(TEXT, b"be", **more),
    "count_many": lambda **more: count_many(TEXT, [b"be", b"to"], **more).tolist(),
    "count_many of str": lambda **more: count_many(TEXT.decode(), ["be", "to"], **more).tolist(),
    "doubles": lambda **more: count_doubles(TEXT, **more),
    "find": lambda **more: find(TEXT, b"nowhere", **more),
    "rfind": lambda **more: rfind(TEXT, b"nowhere", **more),
    "wc": lambda **more: wc(TEXT, **more),
    "validate": lambda **more: validate_utf8(TEXT, **more).valid,
    "word_counts": lambda **more: word_counts(TEXT, **more).most_common(3),
    "find_all": lambda **more: find_all(TEXT, b"be", **more).tolist(),
    "find_all strict": lambda **more: find_all(TEXT, b"be", invalid="strict", **more).tolist(),
    "find_all apart": lambda **more: find_all(TEXT, b"o be o", **more).tolist(),
    "find_all self": lambda **more: len(find_all(b"a" * SIZE, b"aa", **more)),
    "find_all empty": lambda **more: len(find_all(TEXT, b"", **more)),
    "split": lambda **more: len(split(TEXT, **more)),
    "split by": lambda **more: len(split(TEXT, b"be", **more)),
    "per line": lambda **more: count_lines(TEXT, b"be", per_line=True, **more).total,
    "rows": lambda **more: count(ROWS, b"be", **more).tolist(),
    "rows strict": lambda **more: count_doubles(ROWS, **more).tolist(),
    "long rows": lambda **more: count(LONG_ROWS, b"be", **more).tolist(),
    "mixed rows": lambda **more: count_doubles([*ROWS, "aa", None, "été"], **more).tolist(),
    "fixed rows": lambda **more: count(FIXED, b"be", **more).tolist(),
    "words of rows": lambda **more: word_counts([*ROWS, bytearray(b"a be")], **more).most_common(3),
}
calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@calls
def test_progress_rises_to_the_end(call):
    told = []
    assert call(progress=told.append) == call()
    assert len({now.phase for now in told}) == 1
    done = [now.done for now in told]
    assert done == sorted(done) and done[0] >= 0
    (whole,) = {now.total for now in told}
    assert done[-1] == whole


@calls
def test_a_true_result_ends_the_call(call):
    told = []

    def stop(now):
        told.append(now)
        return True

    with pytest.raises(windlass.WindlassCancelledError):
        call(progress=stop)
    assert len(told) == 1


@calls
def test_what_the_callback_raises_comes_out(call):
    with pytest.raises(ZeroDivisionError):
        call(progress=lambda now: 1 / 0)


def test_bytes_of_all():
    told = []
    find_all(TEXT, b"be", progress=told.append)
    assert told[-1].total == len(TEXT)
    assert len(told) > 2
    for rows in (ROWS, LONG_ROWS):
        told.clear()
        count(rows, b"be", progress=told.append)
        assert told[-1].total == sum(map(len, rows))
    told.clear()
    out = np.empty(TEXT.count(b"be"), np.int64)
    find_all(TEXT, b"be", out=out, threads=1, progress=told.append)
    assert told[-1].done == told[-1].total == len(TEXT)


def test_a_text_of_nothing():
    told = []
    assert find_all(b"", b"a", progress=told.append).size == 0
    assert split("", progress=told.append) == []
    assert count_lines("", "a", per_line=True, progress=told.append).lines == 0
    assert count([b"", b""], b"a", progress=told.append).tolist() == [0, 0]
    assert all(now.done == now.total == 0 for now in told)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("function", [wc, word_counts, validate_utf8])
def test_silent_pipes_can_be_left(function, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    told = []

    def stop(now):
        told.append((now.done, now.total))
        return len(told) == 3

    with pytest.raises(windlass.WindlassError, match="progress callback"):
        function(path=pipe, progress=stop)  # nobody has it open for writing
    with open(os.open(pipe, os.O_RDWR), "wb", buffering=0) as writer:
        writer.write(b"to be")
        told.clear()
        with pytest.raises(windlass.WindlassError, match="progress callback"):
            function(path=pipe, progress=stop)
    assert told[-1] == (5, -1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_ctrl_c_while_a_pipe_is_silent(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        wc(path=tmp_path / "pipe")
    timer.join()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_progress_of_pipes_is_of_all_that_came(tmp_path):
    pipe, told = tmp_path / "pipe", []
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(TEXT,))
    writer.start()
    assert wc(path=pipe, progress=lambda now: told.append((now.done, now.total))) == wc(TEXT)
    writer.join()
    assert told[-1] == (len(TEXT), len(TEXT)) and told == sorted(told)
    assert {total for _, total in told[:-1]} == {-1}
