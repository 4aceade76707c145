"""What the linker made: symbols, flags and sections of the library and of the objects in it."""

import json
import pathlib
import re
import shlex
import subprocess

import pytest

pytestmark = pytest.mark.no_sanitizer

# A guest in someone's process neither ends it nor writes to its terminal.
FORBIDDEN = re.compile(
    r"abort|_?_?exit|_Exit|quick_exit|__assert_fail|v?f?printf|__v?f?printf_chk|puts|putchar|perror"
    r"|fwrite|fputs|setlocale|signal|sigaction|srand|rand|strtod|_ZSt4c(out|err|log)|__cxa_atexit"
)
# The C and C++ runtimes and nothing else; without -static-libstdc++ (sanitizers) two more.
NEEDED = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def tool(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(path):
    """[(type letter of nm, name)] of an object or an archive; of a shared library, its exports."""
    dynamic = ["-D"] if ".so" in path.name else []
    lines = tool("nm", "--format=posix", *dynamic, path).splitlines()
    pairs = [line.split()[:2] for line in lines if not line.endswith(":")]
    return [(letter, name) for name, letter in pairs]


@pytest.fixture(scope="module")
def commands(build_dir):
    """The library's own C++ files: (source, object, command line)."""
    found = json.loads((build_dir / "compile_commands.json").read_text())
    return [
        (pathlib.Path(c["file"]), pathlib.Path(c["directory"], c["output"]), c["command"])
        for c in found
        if re.search(r"(^|/)lib(plain|compact|kernels-\w+)\.a\.p/", c["output"])
    ]


@pytest.fixture(scope="module")
def objects(commands):
    made = [output for _, output, _ in commands]
    assert made and all(path.exists() for path in made)
    return made


@pytest.fixture(scope="module")
def level_objects(build_dir):
    made = sorted(build_dir.glob("level-*.o"))
    assert [path.stem for path in made] == ["level-base", "level-v3", "level-v4"]
    return made


@pytest.fixture(params=["library", "python_library"])
def shared(request):
    return request.getfixturevalue(request.param)


def test_exports_only_the_c_interface(shared):
    exported = [name for letter, name in symbols(shared) if letter not in "Uwv"]
    assert exported and all(name.startswith("wdl_") for name in exported), exported


def test_archive_shows_only_the_c_interface(build_dir):
    shown = [(t, n) for t, n in symbols(build_dir / "libwindlass.a") if t.isupper() and t != "U"]
    assert shown and all(t in "TDRB" and n.startswith("wdl_") for t, n in shown), shown


def test_both_libraries_and_the_archive_export_the_same(library, python_library, build_dir):
    archive = symbols(build_dir / "libwindlass.a")
    sets = [
        {name for letter, name in found if letter.isupper() and letter != "U"}
        for found in (symbols(library), symbols(python_library), archive)
    ]
    assert sets[0] == sets[1] == sets[2]


def test_a_level_shows_only_its_tables(level_objects):
    for path in level_objects:
        level = path.stem.removeprefix("level-")
        table = re.compile(rf"_ZN8windlass(\d+[a-z_]+)+\d+{level}L?7kernelsE")
        shown = [(t, name) for t, name in symbols(path) if t.isupper() and t != "U"]
        assert shown and all(t in "RD" and table.fullmatch(name) for t, name in shown), shown
        assert not [name for t, name in symbols(path) if t in "vVwWu"]


def test_levels_call_nothing_of_the_cxx_runtime(level_objects):
    """Kernels neither allocate nor throw; what the compiler and libm ask for may stay open."""
    for path in level_objects:
        wanted = [name for letter, name in symbols(path) if letter == "U"]
        assert not [name for name in wanted if name.startswith(("_Z", "__cxa", "__gxx"))], path


def test_no_unique_symbols(objects, shared):
    for path in [*objects, shared]:
        assert not [name for letter, name in symbols(path) if letter == "u"], path


def test_no_static_constructors(objects):
    for path in objects:
        assert not [name for _, name in symbols(path) if name.startswith("_GLOBAL__")], path
        assert not re.search(r"\.(init|fini)_array|\.ctors|\.dtors", tool("objdump", "-h", path))


def test_objects_neither_end_the_process_nor_print(objects):
    for path in objects:
        wanted = [name for letter, name in symbols(path) if letter == "U"]
        assert not [name for name in wanted if FORBIDDEN.fullmatch(name)], path


def test_the_runtime_inside_does_not_print(shared):
    asked = {name.split("@")[0] for letter, name in symbols(shared) if letter in "Uwv"}
    assert asked and not asked & {"fputs", "fwrite", "puts", "printf", "stderr", "stdout"}


def test_flags(shared):
    dynamic = tool("readelf", "-dW", shared)
    assert re.search(r"\(FLAGS_1\).*\bNODELETE\b", dynamic)
    assert re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic)
    assert "TEXTREL" not in dynamic and "RPATH" not in dynamic and "RUNPATH" not in dynamic
    assert re.search(r"GNU_STACK.* RW ", tool("readelf", "-lW", shared))


def test_names(library, python_library):
    assert "soname: [libwindlass.so.0]" in tool("readelf", "-dW", library)
    assert "soname: [libwindlass.so]" in tool("readelf", "-dW", python_library)


def test_needs_the_c_library_alone(shared):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", tool("readelf", "-dW", shared))
    assert set(needed) <= NEEDED, needed


def test_the_python_library_is_stripped(python_library):
    assert ".symtab" not in tool("readelf", "-SW", python_library)


def test_no_fast_math(commands):
    for source, _, command in commands:
        words = shlex.split(command)
        unsafe = ("-ffast-math", "-Ofast", "-funsafe-math-optimizations", "-ffinite-math-only")
        assert not set(words).intersection(unsafe), source
        contract = "fast" if source.name.endswith(".simd.cpp") else "off"
        assert f"-ffp-contract={contract}" in words, source


@pytest.mark.parametrize("level", ["plain", "base"])
def test_the_baseline_has_no_wide_registers(build_dir, objects, level):
    """What runs before, or without, a choice of level must run on any x86-64."""
    if build_dir.joinpath("level-base.o").read_bytes()[18] != 62:  # e_machine
        pytest.skip("not x86-64")
    folder = "libplain.a.p" if level == "plain" else "libkernels-base.a.p"
    for path in objects:
        if folder in path.parts:
            code = tool("objdump", "-d", "--no-show-raw-insn", path)
            assert not re.search(r"%[yz]mm\d|\tv[a-z0-9]+ ", code), path
