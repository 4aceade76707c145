"""Needles in many short rows, whose ways differ by length, end of the text and level."""

import random

import pytest
from windlass import text
from windlass._object import Object
from windlass.text import count

NEEDLES = (b"e", b"th", b"the", b"ee", b"hehe", b"thethet", b"aaaaaaaa", b"the the t")


def texts():
    chance = random.Random(5)
    rows = [bytes(chance.choice(b"theTHE a") for _ in range(n)) for n in range(140)] * 2
    chance.shuffle(rows)
    yield from (rows, rows[:7], [b"the"] * 3, [b""] * 5 + [b"e"])
    yield [b"x" * 64, b"the" * 21 + b"e", b"e" * 64, b"e" * 65, b"a" * 63]


@pytest.mark.parametrize("level", Object.process().get("isa_supported").split("|"))
def test_rows(level):
    process = Object.process()
    before = process.get("isa")
    process.set("isa", level)
    text._operation.forget()
    try:
        for rows in texts():
            for needle in NEEDLES:
                for ignore in (False, True):
                    plain = [row.lower() if ignore else row for row in rows]
                    expected = [row.count(needle) for row in plain]
                    assert count(rows, needle, ignore_case=ignore).tolist() == expected
                    expected = [
                        sum(row.startswith(needle, i) for i in range(len(row))) for row in plain
                    ]
                    found = count(rows, needle, ignore_case=ignore, overlapping=True)
                    assert found.tolist() == expected
    finally:
        process.set("isa", before)
        text._operation.forget()
