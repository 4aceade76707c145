"""The public headers as data: every function with its parameters, classified by the grammar.

Context first, ids by their typedef, `const T *` in, `T *` out, `_or_null` for what may be NULL;
include/windlass/core.h states it.
"""

import dataclasses
import functools
import pathlib
import re

import pycparser
from pycparser import c_ast, c_generator

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include" / "windlass"
# Functions that break the shape "a call returns wdl_status and takes the context first".
EXCEPTIONS = {
    "wdl_version",
    "wdl_status_name",
    "wdl_error_message",
    "wdl_cancel",
    "wdl_release",
}
FIXED = {f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)} | {"intptr_t"}


@dataclasses.dataclass(frozen=True)
class Type:
    base: str  # "wdl_array", "int64_t", "void"
    stars: int = 0
    const: bool = False  # what the first star points to

    def __str__(self):
        return ("const " if self.const else "") + self.base + (" " + "*" * self.stars).rstrip()


@dataclasses.dataclass(frozen=True)
class Parameter:
    name: str
    place: int
    type: Type

    @property
    def nullable(self):
        return self.name.endswith("_or_null")

    @property
    def output(self):
        written = self.type.stars == 2 or (self.type.stars == 1 and not self.type.const)
        return written and not self.name.startswith("user")

    @property
    def role(self):
        """What the grammar says it is: one word that a row of the hostile table must suit."""
        base, stars, const = self.type.base, self.type.stars, self.type.const
        if stars == 0:
            if base == "wdl_context":
                return "context"
            if base in ids():
                return "id"
            if base.endswith("_fn"):
                return "callback"
            return "real" if base == "double" else "integer"
        if self.name.startswith("user"):
            return "user"
        if stars == 2 or (base in ids() and not const):
            return "pointer out" if stars == 2 else "id out"
        if const and base.startswith("wdl_") and base != "wdl_array":
            return "struct in"
        kinds = {"wdl_array": "array", "char": "text", "void": "bytes"}
        return f"{kinds.get(base, 'values')} {'in' if const else 'out'}"


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    header: str
    returns: Type
    parameters: tuple


def files():
    """Every module's header that windlass.h includes, after those whose types it needs."""
    ordered = []

    def enter(path):
        for name in re.findall(r"#include <windlass/(\w+\.h)>", path.read_text()):
            enter(INCLUDE / name)
        if path not in ordered:
            ordered.append(path)

    enter(INCLUDE / "windlass.h")
    return ordered[:-1]


def declarations(path):
    """What a parser reads that drops `#` lines and the word WDL_API."""
    text = re.sub(r"^[ \t]*#.*$", "", path.read_text(encoding="ascii"), flags=re.MULTILINE)
    return re.sub(r"\bWDL_API\b", "", text)


def without_comments(text):
    return re.sub(r"/\*.*?\*/", lambda comment: re.sub(r"[^\n]", " ", comment[0]), text, flags=re.S)


@functools.cache
def cdef():
    return "\n".join(declarations(path) for path in files())


@functools.cache
def tree():
    fixed = "".join(f"typedef int {name};\n" for name in sorted(FIXED))
    return pycparser.CParser().parse(fixed + without_comments(cdef()))


@functools.cache
def ids():
    """The typedefs of an id: {"wdl_object", "wdl_context", "wdl_mixture", ...}."""
    found = {"wdl_object"}
    for node in tree().ext:
        if isinstance(node, c_ast.Typedef) and isinstance(node.type, c_ast.TypeDecl):
            if getattr(node.type.type, "names", [""])[0] in found:
                found.add(node.name)
    return found


def read_type(node):
    stars, const = 0, False
    while isinstance(node, c_ast.PtrDecl):
        stars += 1
        node = node.type
        if isinstance(node, c_ast.TypeDecl):
            const = "const" in node.quals
    assert isinstance(node, c_ast.TypeDecl), f"{type(node).__name__} is not in the grammar"
    assert isinstance(node.type, c_ast.IdentifierType), "a struct, union or enum by its tag"
    return Type(" ".join(node.type.names), stars, const)


def read_function(node, header):
    parameters = []
    for place, one in enumerate(node.type.args.params if node.type.args else []):
        assert not isinstance(one, c_ast.EllipsisParam), f"{node.name}: no varargs"
        found = read_type(one.type)
        if found != Type("void"):
            parameters.append(Parameter(one.name, place, found))
    return Function(node.name, header, read_type(node.type.type), tuple(parameters))


@functools.cache
def functions():
    """Every exported function, {name: Function}, in the headers' order."""
    where = {}
    for path in files():
        for name in re.findall(r"\b(wdl_\w+)\(", without_comments(declarations(path))):
            where.setdefault(name, path.name)
    found = {}
    for node in tree().ext:
        if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl):
            assert node.name not in found, f"{node.name} is declared twice"
            found[node.name] = read_function(node, where[node.name])
    return found


@functools.cache
def constants():
    """Every enumerator, {name: value}."""
    found = {}
    for node in ast_of(c_ast.Enumerator):
        found[node.name] = int(c_generator.CGenerator().visit(node.value))
    return found


def ast_of(kind):
    def walk(node):
        if isinstance(node, kind):
            yield node
        for _, child in node.children():
            yield from walk(child)

    yield from walk(tree())
