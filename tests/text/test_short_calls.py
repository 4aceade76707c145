"""Calls with one short text, which take a way of their own: they mean what all others mean."""

import inspect
import os
import pickle
import signal
import subprocess
import sys
import threading

import pytest
import windlass
from windlass import _context
from windlass.text import _operation, count, count_doubles, count_lines, find, rfind, wc

pytestmark = pytest.mark.usefixtures("live_handles")

CALLS = {
    "doubles": (lambda: count_doubles(b"bookkeeper"), 3),
    "doubles of str": (lambda: count_doubles("bookkeeper"), 3),
    "count": (lambda: count(b"bookkeeper", b"e"), 3),
    "count of str": (lambda: count("bookkeeper", "e"), 3),
    "find": (lambda: find("bookkeeper", "k"), 3),
    "rfind": (lambda: rfind(b"bookkeeper", b"k"), 4),
    "lines": (lambda: count_lines(b"a\nba", b"a")[:2], (2, 2)),
    "wc": (lambda: wc("to be\n")[:4], (6, 6, 1, 2)),
}
calls = pytest.mark.parametrize(("call", "expected"), CALLS.values(), ids=CALLS)


@calls
def test_results(call, expected):
    assert call() == expected
    assert call() == expected


@calls
def test_a_time_limit_holds(call, expected):
    with windlass.time_limit(1e-9), pytest.raises(windlass.WindlassTimeoutError):
        call()
    with windlass.time_limit(1e-9), windlass.time_limit(None), windlass.threads(1):
        assert call() == expected
    assert call() == expected


def test_contexts_are_in_force_while_something_is_set():
    _context.drop()
    before = set(_context.Context.in_force)
    with windlass.threads(1), windlass.threads(None):
        assert _context.Context.in_force == before
    with windlass.threads(2), windlass.time_limit(1):
        assert len(_context.Context.in_force) == len(before) + 1
    assert _context.Context.in_force == before
    inside = []

    def report(_):
        inside.append(len(_context.Context.in_force))

    count(b"a" * 1000, b"a", progress=report)
    count(b"a" * (1 << 20), b"a", progress=report)
    assert inside and set(inside) == {len(before) + 1}
    assert _context.Context.in_force == before


def test_an_error_is_the_calls_own():
    with windlass.threads(1), pytest.raises(windlass.WindlassValueError):
        count_doubles(b"abc\xff")
    with pytest.raises(windlass.WindlassValueError, match="at byte 1$") as caught:
        count_doubles(b"a\xff")
    assert caught.value.position == (1,)
    with pytest.raises(windlass.WindlassValueError, match="at byte 2$") as caught:
        wc(b"ab\xff")
    assert caught.value.position == (2,)
    assert count_doubles(b"aa") == 1


def test_needles_in_any_number():
    text = bytes(range(256)) * 2
    for _ in range(2):
        assert [count(text, bytes([i])) for i in range(256)] == [2] * 256
        assert [find(text, bytes([i])) for i in range(256)] == list(range(256))
    before = _context.live_handles()
    _operation.forget()
    assert _context.live_handles() < before
    assert count("abab", "ab") == count("abab", "ab", whole_words="space") + 2


def test_many_threads():
    wrong = []

    def work(letter):
        text = bytes([letter]) * (letter + 1)
        for _ in range(2000):
            if count_doubles(text) != letter or count(text, text[:1]) != letter + 1:
                wrong.append(letter)

    workers = [threading.Thread(target=work, args=(letter,)) for letter in range(65, 71)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers")
def test_a_signal_handler_may_call():
    """Between a call's end and the reading of its result, too."""
    told = []
    before = signal.signal(signal.SIGALRM, lambda *_: told.append(count_doubles(b"aaaaaaaa")))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0002)
    try:
        while len(told) < 100:
            assert count_doubles(b"aab") == 1
            assert count("abab", "ab") == 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert set(told) == {7}


# ---- functions that CPython calls as its own ----

FUNCTIONS = (count_doubles, count, find, rfind)
cpython = pytest.mark.skipif("sys.implementation.name != 'cpython'", reason="CPython's own calls")


class Str(str):
    pass


class Bytes(bytes):
    pass


TEXTS = ["", "bookkeeper", "e", "ééÿ", "ЖЖ中", "😀😀e", "\ud800\ud800", Str("ee")]
TEXTS += [b"", b"ee", b"\xff\xff", b"e\0\0", Bytes(b"ee")]
TEXTS += [bytearray(b"ee"), "e" * 65_536, "e" * 65_537, b"e" * 65_537]
TEXTS += [None, 7, ["ee", "e"], object()]
NEEDLES = ["e", "ee", "", "é", b"e", b"", b"\xff", Str("e"), bytearray(b"e"), None, 7, ["e"]]


def outcome(function, arguments, keywords):
    try:
        return str(function(*arguments, **keywords))
    except Exception as problem:
        return type(problem), str(problem)


def both(function, *arguments, **keywords):
    """What comes of it, and what does on the way of all other calls."""
    first, again = (outcome(function, arguments, keywords) for _ in range(2))
    assert first == again
    with windlass.time_limit(1000):
        assert outcome(function, arguments, keywords) == first
    return first


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:20])
def test_both_ways_agree(text):
    both(count_doubles, text)
    both(count_doubles, text, unit="byte")
    for needle in NEEDLES:
        for function in (count, find, rfind):
            both(function, text, needle)
            both(function, text, needle=needle)


def test_wrong_numbers_of_arguments():
    for function in FUNCTIONS:
        for arguments in ((), ("a",) * 3, ("a", "b", "c", "d")):
            kind, sentence = both(function, *arguments)
            assert kind is TypeError and sentence
        kind, sentence = both(function, "a", wrong=1)
        assert kind is TypeError and "wrong" in sentence


@cpython
@pytest.mark.parametrize("function", FUNCTIONS)
def test_they_are_functions_like_others(function):
    assert inspect.isbuiltin(function)
    assert pickle.loads(pickle.dumps(function)) is function
    names = list(inspect.signature(function).parameters)
    assert names[0] == "data" and names[-1] == "progress"
    assert ">>>" in inspect.getdoc(function)


@cpython
def test_calls_keep_no_references():
    text, needle, problem = "".join(["ab", "ba"]), "".join(["b", "b"]), bytes([97, 255])
    before = [sys.getrefcount(one) for one in (text, needle, problem, None)]
    for _ in range(1000):
        assert count_doubles(text) == 1 and find(text, needle) == 1
        with pytest.raises(windlass.WindlassValueError):
            count_doubles(problem)
    del _
    after = [sys.getrefcount(one) for one in (text, needle, problem, None)]
    assert max(b - a for a, b in zip(before, after)) < 100


def test_plain_functions_can_be_asked_for():
    program = "from windlass.text import count; print(type(count), count('abab', 'ab'))"
    environment = {**os.environ, "WINDLASS_CALLS": "plain"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "<class 'function'> 2\n"
