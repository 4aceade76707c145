"""Many texts in one call: long ones among short ones, wide rows, and the time they may take."""

import time

import numpy as np
import pytest
import windlass
from windlass.text import count_doubles

pytestmark = pytest.mark.usefixtures("live_handles")

CHUNK = 256 << 10  # from this many bytes on a text is shared by the threads


def doubles(text):
    units = np.frombuffer(text, np.uint8)
    return int(np.count_nonzero(units[1:] == units[:-1]))


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("seed", range(4))
def test_long_and_short_texts_mixed(threads, seed):
    rng = np.random.default_rng(seed)
    near = [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 7]
    lengths = [*rng.choice(near, 6), *rng.integers(0, 40, 3000), 0, 0, 1]
    rng.shuffle(lengths)
    texts = [rng.integers(97, 100, n, np.uint8).tobytes() for n in lengths]
    expected = [doubles(text) for text in texts]
    for unit in ("byte", "char"):
        assert count_doubles(texts, unit=unit, threads=threads).tolist() == expected


@pytest.mark.parametrize("threads", [1, 8])
def test_the_first_fault_is_named(threads):
    good, bad = b"a" * (3 * CHUNK), b"a" * (2 * CHUNK) + b"\xff" + b"a" * CHUNK + b"\xff"
    with pytest.raises(windlass.WindlassValueError) as caught:
        count_doubles([good, b"ab", bad, b"\xff", bad], threads=threads)
    assert caught.value.position == (2, 2 * CHUNK)


@pytest.mark.parametrize("width", [1, 7, 8, 9, 63, 64, 65, 300, 3 * CHUNK])
@pytest.mark.parametrize("filled", [0.0, 0.3, 1.0])
def test_padding_of_wide_rows(width, filled):
    rng = np.random.default_rng(width)
    rows = rng.integers(97, 100, (5, width), np.uint8)
    rows[:, int(width * filled) :] = 0
    items = rows.view(f"S{width}")[:, 0]
    assert count_doubles(items, unit="byte").tolist() == [doubles(bytes(item)) for item in items]
    wide = rows.astype(np.uint32).view(f"U{width}")[:, 0]
    assert count_doubles(wide).tolist() == count_doubles(items, unit="byte").tolist()


def test_a_time_limit_ends_a_wide_row_and_a_skewed_batch():
    item = np.zeros(1, "S400000000")  # all padding
    skewed = [b"ab" * 200_000_000, *[b""] * 1000]
    with windlass.time_limit(1e-4):
        for data in (item, skewed):
            begin = time.perf_counter()
            with pytest.raises(TimeoutError):
                count_doubles(data, unit="byte")
            assert time.perf_counter() - begin < 5  # joining the list takes a while
