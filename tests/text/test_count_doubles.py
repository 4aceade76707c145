"""count_doubles from Python, against the zip loop over everything it takes."""

import array
import itertools
import mmap
import re
import threading

import numpy as np
import pytest
import windlass
from windlass import _strings
from windlass.text import count_doubles

pytestmark = pytest.mark.usefixtures("live_handles")

# One for each width that CPython keeps, and their borders; lone surrogates; NUL.
TEXTS = [
    "",
    "a",
    "aaa",
    "bookkeeper",
    "no double",
    "\0\0",
    "été ééé",
    "ÿÿĀĀ",
    "ЖЖж",
    "中中文文字",
    "\ud800\ud800\udfff",
    "\uffff\uffff\U00010000\U00010000",
    "😀😀 a\U0010ffff\U0010ffff",
    "aa" + "é" * 5,
]


def doubles(units):
    """The definition."""
    return sum(a == b for a, b in itertools.pairwise(units))


def repeated(text, length):
    """`text` over and over, with doubles where two copies meet."""
    return (text * (length // max(len(text), 1) + 1))[:length] if text else text


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("length", [None, 3000, 300_000])
def test_str(text, length):
    text = text if length is None else repeated(text, length)
    expected = doubles(text)
    assert count_doubles(text) == expected
    assert count_doubles(text, unit="char") == expected
    assert count_doubles([text, text]).tolist() == [expected] * 2
    assert type(count_doubles(text)) is int


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_converted_str(text, monkeypatch):
    """What other Pythons do with a str."""
    monkeypatch.setattr(_strings, "_layout", None)
    monkeypatch.setattr(_strings, "_ascii_address", None)
    with windlass.time_limit(1000):  # not by the way for short texts, which reads them itself
        assert count_doubles(text) == doubles(text)
        assert count_doubles(repeated(text, 5000)) == doubles(repeated(text, 5000))


@pytest.mark.skipif("sys.implementation.name != 'cpython'", reason="how CPython keeps strings")
def test_layout_is_found():
    assert _strings._layout is not None


def test_str_that_knows_its_utf8():
    for text in ("éé" * 2000, "ЖЖ" * 2000, "中中" * 999, "😀😀" * 2000):
        text = "".join(text)
        _strings._ascii_address(text, None)  # CPython now keeps the UTF-8 beside the characters
        assert count_doubles(text) == doubles(text)


def test_interned_and_derived_str():
    class Name(str):
        pass

    assert count_doubles(Name("aab")) == 1
    assert count_doubles(Name("ЖЖа")) == 1
    assert count_doubles(np.str_("ééa")) == 1
    assert count_doubles(np.bytes_(b"aab")) == 1
    assert count_doubles("ЖЖ".__class__("ЖЖ")) == 1


@pytest.mark.parametrize("text", [t for t in TEXTS if "\ud800" not in t], ids=ascii)
@pytest.mark.parametrize("make", [bytes, bytearray, memoryview], ids=lambda make: make.__name__)
def test_bytes(text, make):
    for one in (text, repeated(text, 5000)):
        data = one.encode()
        assert count_doubles(make(data)) == doubles(one)
        assert count_doubles(make(data), unit="byte") == doubles(data)
        assert count_doubles(one, unit="byte") == doubles(data)


def test_mmap(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("ééa".encode() * 5000)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert count_doubles(mapped) == 5000
        assert count_doubles(mapped, unit="byte") == 0
    with mmap.mmap(-1, 4096) as mapped:
        assert count_doubles(mapped, unit="byte") == 4095


def test_views():
    data = bytes(range(256)) * 40
    view = memoryview(data)
    for part in (view[3:], view[::2], view[::-1], view[5:5], view[7:8], view.cast("B", (40, 256))):
        assert count_doubles(part, unit="byte") == doubles(part.tobytes())
    assert count_doubles(array.array("b", [1, 1, -1]), unit="byte") == 1
    grown = bytearray(b"aa")
    count_doubles(grown)
    grown += b"a"  # which an export that is still held would refuse
    assert count_doubles(grown) == 2


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", ">u2", ">u4"])
def test_arrays_of_numbers(dtype):
    rng = np.random.default_rng(1)
    for n in (0, 1, 2, 1000, 40_000):
        values = rng.integers(0, 3, n).astype(dtype)
        for one in (values, values[::2], values[::-1], values[1:]):
            assert count_doubles(one) == int((one[1:] == one[:-1]).sum())
    frozen = np.zeros(5, dtype)
    frozen.flags.writeable = False
    assert count_doubles(frozen) == 4


def test_unaligned_array():
    raw = np.zeros(4 * 100 + 1, np.uint8)[1:]
    assert count_doubles(raw.view("u4")) == 99


STRINGS = ["", "aab", "a\0\0b", "\0\0", "bb\0", "ЖЖ", "😀😀😀", "ééaa", "\0", "lllong enough"]


def test_arrays_of_str():
    for shape in ((10,), (2, 5), (5, 1, 2), (1, 10)):
        texts = np.array(STRINGS).reshape(shape)
        expected = np.array([doubles(t) for t in texts.ravel().tolist()]).reshape(shape)
        for unit in ("char", "byte"):
            if unit == "byte":
                coded = [doubles(t.encode()) for t in texts.ravel().tolist()]
                expected = np.array(coded).reshape(shape)
            swapped = texts.astype(texts.dtype.newbyteorder(">"))
            for one in (texts, swapped, np.asfortranarray(texts)):
                found = count_doubles(one, unit=unit)
                assert found.dtype == np.int64 and found.shape == shape
                np.testing.assert_array_equal(found, expected)
    part = texts[0, ::-2]
    np.testing.assert_array_equal(count_doubles(part), list(map(doubles, part.tolist())))


def test_arrays_of_bytes():
    texts = np.array([t.encode() for t in STRINGS])
    plain = texts.tolist()  # NumPy's own trimming
    np.testing.assert_array_equal(count_doubles(texts, unit="byte"), list(map(doubles, plain)))
    np.testing.assert_array_equal(count_doubles(texts), [doubles(t.decode()) for t in plain])
    grid = texts.reshape(5, 2)
    for one in (grid, grid[::-1], grid[:, 1], grid.T, grid[::2, ::-1]):
        found = count_doubles(one)
        assert found.shape == one.shape
        expected = [doubles(t.decode()) for t in one.ravel().tolist()]
        np.testing.assert_array_equal(found.ravel(), expected)
    fields = np.zeros(4, [("number", "i4"), ("name", "S5")])
    fields["name"] = [b"aab", b"", b"bbbb", b"abc"]
    np.testing.assert_array_equal(count_doubles(fields["name"]), [1, 0, 3, 0])


def test_empty_arrays():
    assert count_doubles(np.array([], "S5")).shape == (0,)
    assert count_doubles(np.zeros((0, 3), "U5")).shape == (0, 3)
    np.testing.assert_array_equal(count_doubles(np.zeros((2, 3), "U5")), np.zeros((2, 3)))
    assert count_doubles(np.array("aab")).shape == ()
    assert count_doubles(np.array("aab")) == 1


@pytest.mark.parametrize("kind", [list, tuple])
def test_lists(kind):
    texts = [t for t in TEXTS if "\ud800" not in t] * 3
    expected = [doubles(t) for t in texts]
    found = count_doubles(kind(texts))
    assert found.dtype == np.int64
    assert found.tolist() == expected
    coded = [t.encode() for t in texts]
    assert count_doubles(kind(coded)).tolist() == expected
    assert count_doubles(kind(coded), unit="byte").tolist() == list(map(doubles, coded))
    assert count_doubles(kind(texts), unit="byte").tolist() == list(map(doubles, coded))
    mixed = [t if i % 2 else c for i, (t, c) in enumerate(zip(texts, coded, strict=True))]
    assert count_doubles(kind(mixed)).tolist() == expected
    assert count_doubles(kind(mixed), unit="byte").tolist() == list(map(doubles, coded))
    wrapped = [bytearray(coded[1]), memoryview(coded[3]), coded[4], np.frombuffer(b"aa", "u1")]
    assert count_doubles(kind(wrapped)).tolist() == [expected[1], expected[3], expected[4], 1]
    assert count_doubles(kind([])).shape == (0,)
    assert count_doubles(kind(["\ud800\ud800", "a"])).tolist() == [1, 0]
    # what ends one text and begins the next is no double
    assert count_doubles(kind(["a", "a", "é", "é"])).tolist() == [0, 0, 0, 0]


def test_long_lists():
    texts = ["aab" * (i % 50) for i in range(3000)] + ["é" * 3_000_000, ""]
    assert count_doubles(texts).tolist() == [doubles(t) for t in texts[:-2]] + [2_999_999, 0]


def test_against_re_and_numpy():
    rng = np.random.default_rng(7)
    letters = rng.integers(97, 107, 1_000_003).astype(np.uint8)
    data = letters.tobytes()
    expected = int((letters[1:] == letters[:-1]).sum())
    assert expected == len(re.findall(rb"(?s)(.)(?=\1)", data))
    for one in (data, data.decode(), letters, bytearray(data)):
        assert count_doubles(one) == expected


def bad(data, **options):
    with pytest.raises(windlass.WindlassValueError) as caught:
        count_doubles(data, **options)
    assert caught.value.name == "WDL_BAD_DATA"
    return caught.value


def test_ill_formed():
    faults = [(0, b"\xff"), (2, b"aa\xc3"), (3, b"abc\xed\xa0\x80"), (1, b"a\xc0\x80")]
    for position, data in faults:
        error = bad(data)
        assert error.position == (position,)
        assert f"byte {position}" in str(error)
        with pytest.raises(UnicodeDecodeError) as caught:
            data.decode()
        assert caught.value.start == position
        assert bad([b"aa", data]).position == (1, position)
        assert "text 1" in str(bad([b"aa", data]))
        mixed = bad(["aa", b"", data])
        assert mixed.position == (2, position) and "2" in str(mixed)
        assert bad(np.array([[b"aa"], [data]])).position == (1, position)
        count_doubles(data, unit="byte")
    late = b"ab" * 3_000_000 + b"\x80"
    assert bad(late).position == (6_000_000,)


def test_refusals():
    with pytest.raises(ValueError, match="unit is 'word', expected 'char' or 'byte'"):
        count_doubles("aa", unit="word")
    with pytest.raises(ValueError, match="unit is"):
        count_doubles("aa", unit=[])
    with pytest.raises(TypeError, match="data is of type int"):
        count_doubles(5)
    with pytest.raises(TypeError, match=r"data\[1\] is of type float"):
        count_doubles([b"aa", 0.5])
    with pytest.raises(TypeError, match="dtype float64, expected uint8"):
        count_doubles(np.zeros(3))
    with pytest.raises(ValueError, match=r"shape \(2, 3\), expected 1 dimension"):
        count_doubles(np.zeros((2, 3), np.uint8))
    with pytest.raises(TypeError, match="items of 4 bytes"):
        count_doubles(memoryview(np.zeros(3, np.uint32)))
    with pytest.raises(ValueError, match="expected uint8 for unit='byte'"):
        count_doubles(np.zeros(3, np.uint32), unit="byte")
    with pytest.raises(UnicodeEncodeError):
        count_doubles("\ud800\ud800", unit="byte")
    with pytest.raises(ValueError, match="threads is -1, expected 0 to"):
        count_doubles("aa", threads=-1)
    with pytest.raises(TypeError, match="threads is a str"):
        count_doubles("aa", threads="2")


def test_threads_change_nothing():
    text = "aabé" * 2_000_000
    data = text.encode()
    for threads in (None, 0, 1, 2, 3, 8):
        assert count_doubles(text, threads=threads) == 2_000_000
        assert count_doubles(data, threads=threads) == 2_000_000
        with windlass.threads(threads):
            assert count_doubles(data) == 2_000_000


def test_many_threads_at_once():
    text = "aab" * 100_000
    found = []

    def work():
        found.append([count_doubles(text), count_doubles(["aa", "é"]).sum(), count_doubles(b"bb")])

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [[100_000, 1, 1]] * 8
