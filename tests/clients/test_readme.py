"""The programs in the README and in docs/: every Python block runs, every whole C program too."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.no_sanitizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


def programs(language, starts):
    """(page, text) of every block of a language with a whole program in it."""
    return [
        pytest.param(text, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, text in enumerate(blocks(page, language))
        if starts in text
    ]


def run(command, **environment):
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}"
    return done.stdout


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.stem)
def test_python(page, tmp_path):
    """The blocks of a page, one after the other in one interpreter."""
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks(page, "python")), "utf-8")
    run([sys.executable, script])


def compile_and_run(compiler, suffix, text, c_prefix, tmp_path):
    source, program = tmp_path / f"page.{suffix}", tmp_path / "page"
    source.write_text(text, "utf-8")
    (library,) = c_prefix.rglob("libwindlass.so")
    flags = [f"-I{c_prefix / 'include'}", f"-L{library.parent}", "-lwindlass"]
    run([*compiler, "-Wall", "-Werror", source, "-o", program, *flags])
    return run([program], LD_LIBRARY_PATH=str(library.parent))


@pytest.mark.parametrize("text", programs("c", "int main("))
def test_c(text, compilers, c_prefix, tmp_path):
    compile_and_run([*compilers["c"], "-std=c99"], "c", text, c_prefix, tmp_path)


@pytest.mark.parametrize("text", programs("cpp", "int main("))
def test_cpp(text, compilers, c_prefix, tmp_path):
    compile_and_run([*compilers["cpp"], "-std=c++17"], "cpp", text, c_prefix, tmp_path)


def test_readme_opens_with_both_languages():
    """The README shows the two jobs in C and in Python."""
    (c,), (python,) = blocks(ROOT / "README.md", "c"), blocks(ROOT / "README.md", "python")
    for text in (c, python):
        assert "count_doubles" in text and "fit(" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links(page):
    """What a page links to within the repository is there."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target
