"""windlass text ... as programs: files, standard input, totals, JSON, what cannot be read."""

import json
import os
import subprocess
import sys

import pytest

CAT = "the cat sat on the mat\nthe dog é\n"
BELLS = "bell, book\nand candle"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cat").write_text(CAT, encoding="utf-8")
    (tmp_path / "bells").write_text(BELLS, encoding="utf-8")
    (tmp_path / "ill").write_bytes(b"the end\xff")
    return tmp_path


@pytest.fixture
def run(folder):
    def run(*arguments, given="", status=0, text=True):
        command = [sys.executable, "-m", "windlass", "text", *arguments]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        given = given if isinstance(given, bytes) else given.encode()
        done = subprocess.run(
            command, input=given, capture_output=True, cwd=folder, env=environment, timeout=60
        )
        assert done.returncode == status, done.stderr.decode()
        run.complaint = done.stderr.decode()
        return done.stdout.decode() if text else done.stdout

    return run


def test_wc(run):
    assert run("wc", "cat") == " 2  9 33 34 22 cat\n"
    assert run("wc", given=BELLS) == " 1  4 21 21 10\n"
    assert run("wc", "-", "cat", given="a b") == (
        " 0  2  3  3  3 -\n 2  9 33 34 22 cat\n 2 11 36 37 22 total\n"
    )
    found = json.loads(run("wc", "--json", "cat", "bells"))
    assert [one["file"] for one in found["files"]] == ["cat", "bells"]
    assert found["files"][0]["chars"] == 33 and found["files"][0]["bytes"] == 34
    assert found["total"]["words"] == 13 and found["total"]["longest_line"] == 22
    assert run("wc", "--whitespace", "ascii", given="a\u3000b") == "0 1 3 5 3\n"


def test_what_cannot_be_read(run, folder):
    lines = run("wc", "none", "ill", "cat", status=1).splitlines()
    assert lines == [" 2  9 33 34 22 cat", " 2  9 33 34 22 total"]
    assert "windlass: none: No such file" in run.complaint
    assert "windlass: ill: " in run.complaint and "byte 7" in run.complaint
    assert run("wc", "--invalid", "lossy", "ill") == "0 2 8 8 8 ill\n"
    assert run("words", "none", status=1) == ""
    assert "Traceback" not in run.complaint
    run("wc", str(folder), status=1)
    assert "directory" in run.complaint
    assert run("wc", given=b"a\xff", status=1) == ""
    assert "windlass: -: " in run.complaint and "byte 1" in run.complaint


def test_doubles(run):
    assert run("doubles", "bells") == "2 bells\n"
    assert run("doubles", "--runs", given="aaa bb") == "2\n"
    assert run("doubles", "--ignore-case", given="aA") == "1\n"
    assert run("doubles", "--unit", "byte", given=b"\xff\xff") == "1\n"


def test_count(run):
    assert run("count", "-e", "the", "cat") == "3 cat\n"
    assert run("count", "-e", "é", given=CAT) == "1\n"
    assert run("count", "-e", "THE", "--ignore-case", "cat", "bells") == "3 cat\n0 bells\n3 total\n"
    assert run("count", "-e", "a", "--whole-words", given="a cat a") == "2\n"
    assert run("count", "-e", "a", "--space-words", given="a, cat a") == "1\n"
    assert run("count", "-e", "aa", "--overlapping", given="aaa") == "2\n"
    assert run("count", "-e", "the", "-e", "at", "cat") == "the\tat\n3\t3 cat\n"
    assert run("count", "-e", "the", "-e", "at", given=CAT) == "the\tat\n3\t3\n"
    words = ("count", "-e", "the", "-e", "at", "--whole-words")
    assert run(*words, "cat") == "the\tat\n3\t0 cat\n"
    assert run(*words, given=CAT) == "the\tat\n3\t0\n"
    found = json.loads(run("count", "-e", "the", "-e", "at", "--json", "cat"))
    counts = {"counts": {"the": 3, "at": 3}}
    assert found == {"files": [{"file": "cat", **counts}], "total": counts}
    found = json.loads(run("count", "-e", "file", "-e", "at", "--json", "cat"))
    assert found["files"] == [{"file": "cat", "counts": {"file": 0, "at": 3}}]
    run("count", "cat", status=2)


def test_lines(run):
    assert run("lines", "-e", "the", "cat", "bells") == "2 3 cat\n0 0 bells\n2 3 total\n"
    assert run("lines", "-e", "b", given=BELLS) == "1 2\n"
    run("lines", "-e", "a\nb", "cat", status=2)
    assert "line feed" in run.complaint
    run("lines", "-e", "a", "-e", "b", "cat", status=2)
    assert "-e is given more than once" in run.complaint


def test_usage(run):
    run("count", "-e", "a", "--whole-words", "--space-words", "cat", status=2)
    run("wc", "--threads", "-1", "cat", status=2)
    run("wc", "--threads", "many", "cat", status=2)
    assert "argument --threads: 'many' is no whole number" in run.complaint
    run("count", "-e", "", "--whole-words", "cat", status=1)
    assert run.complaint == "windlass: cat: needle is empty, expected one with whole_words\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_can_be_read_once(run, folder):
    os.mkfifo(folder / "pipe")
    script = f"import sys; open({str(folder / 'pipe')!r}, 'w').write({CAT!r})"
    for words, counts in ((["--whole-words"], "3\t0"), ([], "3\t3")):
        with subprocess.Popen([sys.executable, "-X", "utf8", "-c", script]) as writer:
            found = run("count", "-e", "the", "-e", "at", *words, "pipe")
            assert found == f"the\tat\n{counts} pipe\n"
            assert writer.wait(60) == 0


def test_characters_that_cannot_be_printed(folder):
    command = [sys.executable, "-m", "windlass", "text", "words"]
    settings = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, input="é".encode(), capture_output=True, env=settings)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"1 \\xe9\n", b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_no_tracebacks(run, folder):
    program = f"{sys.executable} -m windlass text"
    for rest in ("wc cat > /dev/full", "wc <&-", "wc cat >&-", "words cat bells > /dev/full"):
        done = subprocess.run(
            f"{program} {rest}", shell=True, stderr=subprocess.PIPE, cwd=folder, timeout=60
        )
        said = done.stderr.decode()
        assert done.returncode == 1, rest
        assert said.startswith("windlass: ") and said.count("\n") == 1, said


def test_words(run, folder):
    assert run("words", "--top", "2", "cat") == "3 the\n1 cat\n"
    assert run("words", "--lower", given="A a B") == "2 a\n1 b\n"
    found = json.loads(run("words", "cat", "bells", "-", "--json", "--top", "2", given="the"))
    assert found == {"total": 14, "distinct": 11, "words": [["the", 4], ["cat", 1]]}
    assert json.loads(run("words", "cat", "ill", "--json", "--top", "1", status=1))["total"] == 9
    assert run("words", given="") == ""
    nothing = {"total": 0, "distinct": 0, "words": []}
    assert json.loads(run("words", "none", "--json", status=1)) == nothing
    run("words", "--top", "0", "cat", status=2)


def test_plot(run, folder):
    pytest.importorskip("matplotlib")
    run("words", "cat", "--plot", "words.png")
    assert (folder / "words.png").read_bytes().startswith(b"\x89PNG")
    for path in ("no/words.png", "words.none"):
        assert run("words", "cat", "--top", "1", "--plot", path, status=1) == "3 the\n"
        assert run.complaint.startswith(f"windlass: {path}: ")
        assert run.complaint.count("\n") == 1


def test_nobody_reads(folder):
    (folder / "long").write_text("\n".join(f"word{i}" for i in range(200_000)))
    command = [sys.executable, "-m", "windlass", "text", "words", "--top", "200000", "long"]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=folder, **pipe) as process:
        process.stdout.read(10)
        process.stdout.close()
        complaint = process.stderr.read().decode()
        assert process.wait(60) == 1
    assert complaint == ""


def test_help(run):
    assert "wc" in run("--help") and "--whitespace" in run("wc", "--help")
    run(status=2)
