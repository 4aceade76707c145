"""The public headers: every compiler and standard takes them alone, and the grammar holds."""

import itertools
import re
import shutil
import subprocess

import cffi
import pytest
from pycparser import c_ast
from support import headers

STANDARDS = {"c": ["c99", "c11", "c17"], "c++": ["c++11", "c++14", "c++17", "c++20"]}
COMPILERS = {"c": ["gcc", "clang"], "c++": ["g++", "clang++"]}
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
PUBLIC = [*headers.files(), headers.INCLUDE / "windlass.h"]
FUNCTIONS = headers.functions().values()
each_header = pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.name)
each_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.name)


def compile_text(command, language, standard, text):
    options = [f"-I{headers.INCLUDE.parent}", f"-std={standard}", f"-x{language}", *STRICT, "-"]
    done = subprocess.run([*command, *options], input=text, capture_output=True, text=True)
    assert done.returncode == 0, f"{command} {standard}:\n{text}\n{done.stderr}"


def test_compile_alone(compilers):
    """Each header by itself, twice, and in every order, by the build's compilers and the others."""
    several = [f"#include <windlass/{path.name}>\n" for path in PUBLIC]
    texts = [one * 2 for one in several] + ["".join(p) for p in itertools.permutations(several)][:6]
    for language, standards in STANDARDS.items():
        commands = [compilers["c" if language == "c" else "cpp"]]
        commands += [[name] for name in COMPILERS[language] if shutil.which(name)]
        for command in commands:
            for standard in standards:
                for text in texts[: len(several)]:
                    compile_text(command, language, standard, text)
            for text in texts[len(several) :]:
                compile_text(command, language, standards[0], text)


def test_cffi_reads_them():
    ffi = cffi.FFI()
    ffi.cdef(headers.cdef())
    assert ffi.sizeof("wdl_status") == 4 and ffi.sizeof("wdl_object") == 8


def test_windlass_h_includes_every_module():
    there = {path.name for path in headers.INCLUDE.glob("*.h")} - {"windlass.h"}
    assert {path.name for path in headers.files()} == there


@each_header
def test_lines(path):
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), 1):
        place = f"{path.name}:{number}"
        assert len(line) <= 100, f"{place} has {len(line)} columns, 100 is the most"
        assert "\t" not in line and line == line.rstrip(), f"{place}: tab or blank at the end"
        assert not line.endswith("\\"), f"{place}: no continuation lines, a parser reads this"
        assert "//" not in line.replace("https://", ""), f"{place}: C99 comments are /* */"


@each_header
def test_preprocessor_lines_stand_alone(path):
    text = headers.without_comments(path.read_text())
    for line in re.findall(r"^[ \t]*#.*$", text, re.MULTILINE):
        word = re.match(r"\s*#\s*(\w+)", line)[1]
        assert word in {"ifndef", "ifdef", "if", "elif", "else", "endif", "define", "include"}, line
        assert not re.match(r"\s*#\s*define\s+\w+\(", line), f"no function-like macros: {line}"
    for macro in re.findall(r"#\s*define\s+(\w+)", text):
        assert macro in {"WDL_API", "WDL_VISIBLE"} or macro.endswith("_H"), macro


@each_function
def test_shape_of_a_call(function):
    if function.name in headers.EXCEPTIONS:
        return
    why = f"{function.name}: a call returns wdl_status and takes the context first (core.h)"
    assert str(function.returns) == "wdl_status", why
    first = function.parameters[0]
    assert (first.name, str(first.type)) == ("ctx", "wdl_context"), why
    assert "context" not in [p.role for p in function.parameters[1:]], why


def test_exceptions_are_the_listed_ones():
    text = re.sub(r"\s+", " ", (headers.INCLUDE / "core.h").read_text())
    sentence = re.search(r"Exceptions, all of them: (.*?\.) ", text)[1]
    assert set(re.findall(r"\bwdl_\w+", sentence)) == headers.EXCEPTIONS
    assert headers.EXCEPTIONS <= set(headers.functions())


@each_function
def test_types(function):
    known = headers.FIXED | headers.ids() | {"double", "float", "void", "char", "wdl_status"}
    structs = {node.name for node in headers.ast_of(c_ast.Struct)}
    for p in function.parameters:
        place = f"{function.name}: {p.name}"
        assert p.name == p.name.lower() and p.name, place
        if p.type.base in structs:
            assert p.type.stars, f"{place}: no structs by value"
        elif not p.type.base.endswith("_fn"):
            assert p.type.base in known, f"{place}: {p.type} is not in the grammar's types"
        assert p.type.stars or p.type.base not in ("void", "char"), place
        if p.name.startswith("user"):
            assert str(p.type) == "void *", f"{place}: what the caller hands through is void *"
        if p.nullable:
            what = p.type.stars or p.type.base.endswith("_fn") or p.role == "id"
            assert what, f"{place}: only pointers, callbacks and ids may be NULL"


@each_function
def test_outputs_are_last(function):
    """A buffer that is filled is followed by its capacity; otherwise outputs end the list."""
    outputs = [p for p in function.parameters if p.output]
    if not outputs:
        return
    for p in function.parameters[outputs[0].place :]:
        fine = p.output or p.name == "capacity"
        assert fine, f"{function.name}: {p.name} goes in, so it stands before the outputs"


@each_function
def test_data_has_a_count(function):
    """A pointer to plain values or bytes that goes in is followed by what says how many."""
    counts = {"length", "count", "capacity", "ndim", "rows", "dtype", "shape_or_null"}
    names = [p.name for p in function.parameters]
    for p in function.parameters:
        if p.role in ("bytes in", "values in", "bytes out", "text out"):
            around = set(names[p.place + 1 : p.place + 3] + names[max(p.place - 2, 0) : p.place])
            assert around & counts, f"{function.name}: how many has {p.name}?"


def test_names():
    for function in FUNCTIONS:
        module = function.header.removesuffix(".h")
        prefix = {"core": "wdl_", "cluster": "wdl_kmeans_"}.get(module, f"wdl_{module}_")
        assert function.name.startswith(prefix), f"{function.name} stands in {function.header}"
    for name in headers.constants():
        assert name.startswith("WDL_") and name == name.upper(), name
    own = [n for n in headers.tree().ext if isinstance(n, c_ast.Typedef)]
    for node in own:
        assert node.name.startswith("wdl_") or node.name in headers.FIXED, node.name


def test_what_the_grammar_leaves_out():
    assert not list(headers.ast_of(c_ast.Union)), "no unions"
    for node in headers.ast_of(c_ast.Enum):
        assert node.name is None, f"enum {node.name}: constants stand in anonymous enums"
    for node in headers.ast_of(c_ast.Decl):
        assert node.bitsize is None, f"{node.name}: no bit-fields"
    for node in headers.ast_of(c_ast.IdentifierType):
        assert not {"bool", "_Bool", "size_t", "long", "short"}.intersection(node.names), node.names
    assert not list(headers.ast_of(c_ast.EllipsisParam)), "no varargs"


# Of the forms that NumPy and CPython call.
FOREIGN = ("wdl_loop_fn", "wdl_cpython_fn")


def test_callbacks():
    for node in headers.tree().ext:
        if not isinstance(node, c_ast.Typedef) or node.name in FOREIGN:
            continue
        if node.name.endswith("_fn"):
            function = node.type.type
            returns = headers.read_type(function.type)
            first = function.args.params[0]
            assert str(returns) in ("int32_t", "void"), f"{node.name} returns int32_t or nothing"
            assert first.name == "user" and str(headers.read_type(first.type)) == "void *"


def test_statuses_stand_in_their_bands():
    found = re.search(r"enum \{\s*WDL_OK.*?\}", headers.without_comments(headers.cdef()), re.S)[0]
    names = re.findall(r"WDL_\w+", found)
    values = [headers.constants()[name] for name in names]
    assert len(set(values)) == len(values), "a number stands for two statuses"
    refused = values[names.index("WDL_BAD_ARGUMENT") : names.index("WDL_OUT_OF_MEMORY")]
    assert all(-99 <= value <= -1 for value in refused)
    assert all(value <= -100 for value in values[names.index("WDL_OUT_OF_MEMORY") :])
