"""The texts that the benchmark reads: random letters, scripts, prose, Python's own source."""

from __future__ import annotations

import functools
import pathlib
import sysconfig

import numpy as np

from bench.machine import Missing

MILLION = 1_000_000
SCRIPTS = {
    "Latin-1 mix": "abcdefghijklmnopqrstuvwxyz      àâçéèêëîïôùûüß",
    "Cyrillic": "абвгдежзиклмнопрстуфхцчшщыьэюя    ",
    "CJK": "的一是不了人我在有他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生",
    "emoji mix": "abcdefghij    éèñöабвгд的一是不了😀😁😂🤣😃🚀",
}
RARE_CJK = "ASCII + 1 % CJK"
ALL_SCRIPTS = ("ASCII", RARE_CJK, *SCRIPTS)
# Parts of the standard library that are no prose of programmers, or not there everywhere.
LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "turtledemo"}


def letters(count: int, seed: int = 0) -> str:
    values = np.random.default_rng(seed).integers(97, 123, count, dtype=np.uint8)
    return values.tobytes().decode("ascii")


def script(name: str, seed: int = 0) -> bytes:
    """About a MiB of UTF-8 of random characters of the script."""
    generator = np.random.default_rng(seed)
    if name in SCRIPTS:
        characters = np.array(list(SCRIPTS[name]))
        return "".join(generator.choice(characters, 600_000)).encode()
    characters = np.array(list(letters(MILLION, seed)))
    if name == RARE_CJK:
        rare = generator.random(MILLION) < 0.01
        characters[rare] = generator.choice(np.array(list(SCRIPTS["CJK"])), int(rare.sum()))
    return "".join(characters).encode()


def filled(pattern: bytes, size: int) -> np.ndarray:
    """The pattern again and again, up to `size` bytes, whole characters only."""
    data = np.frombuffer(pattern, np.uint8)
    return np.tile(data, max(1, size // len(data)))


def repeated(pattern: str, size: int) -> str:
    """The same of a str, `size` characters or a little less."""
    return pattern * max(1, size // len(pattern))


@functools.cache
def manual() -> str:
    """English prose: the language's manual as `help()` shows it, 465,000 ASCII characters in lines
    of 40. What is not ASCII, a character in a thousand, becomes a question mark."""
    try:
        from pydoc_data import topics
    except ImportError:
        raise Missing("rows of prose are left out: this Python has no pydoc_data") from None
    text = "\n".join(topics.topics.values()) + "\n"
    return text.encode("ascii", "replace").decode()


@functools.cache
def library_source() -> str:
    """The standard library's modules in the order of their paths, some 10 MB, ASCII for the most
    part."""
    texts = []
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(root.rglob("*.py")):
        if LEFT_OUT.isdisjoint(path.relative_to(root).parts):
            try:
                texts.append(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError):
                continue
    if not texts:
        raise Missing("rows of Python's library are left out: it has no source here")
    return "".join(text.replace("\r", "") + "\n" for text in texts)


def spread(text: str, size: int) -> str:
    """The first part of a text, up to a line's end and about `size` characters."""
    return text if len(text) <= size else text[: text.rfind("\n", 0, size) + 1]


def zipf_words(count: int, vocabulary: int = 100_000, seed: int = 0) -> str:
    """Words of random letters in lines of ten. Their frequencies fall as 1 / (rank + 2.7), as
    Mandelbrot (1953) has it of English; the more frequent, the shorter: 5.6 letters on average, one
    in a thousand more than 16."""
    generator = np.random.default_rng(seed)
    ranks = np.arange(vocabulary)
    shares = np.cumsum(1 / (ranks + 2.7))
    lengths = (1 + 0.4 * np.log2(2 + ranks)).astype(int) + ranks % 4 + 8 * (ranks % 97 == 96)
    drawn, ends = letters(int(lengths.sum()), seed), np.cumsum(lengths)
    words = [drawn[end - length : end] for end, length in zip(ends.tolist(), lengths.tolist())]
    chosen = np.searchsorted(shares, generator.random(count) * shares[-1]).tolist()
    lines = [chosen[i : i + 10] for i in range(0, count, 10)]
    return "".join(" ".join([words[i] for i in line]) + "\n" for line in lines)


def rows(count: int, least: int, most: int, alphabet: str = "", seed: int = 2):
    """Offsets and the joined bytes of as many texts of random length: of letters, or of what the
    alphabet holds."""
    lengths = np.random.default_rng(seed).integers(least, most + 1, count)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    total = int(offsets[-1])
    if not alphabet:
        return offsets, letters(total).encode()
    units = np.frombuffer(alphabet.encode(), np.uint8)
    return offsets, np.random.default_rng(seed + 1).choice(units, total).tobytes()


def vocabulary(text: str, count: int, least: int = 4) -> list[bytes]:
    """Different words of the text, of ASCII letters, the most frequent ones first, none of which
    can overlap itself: so many hits, whether hits may overlap or not."""
    from collections import Counter

    found = []
    for word, _ in Counter(text.split()).most_common():
        if len(word) >= least and word.isascii() and word.isalpha() and not overlaps_itself(word):
            found.append(word.encode())
        if len(found) == count:
            break
    return found


def overlaps_itself(word: str) -> bool:
    return any(word.startswith(word[i:]) for i in range(1, len(word)))
