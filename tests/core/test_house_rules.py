"""The house rules that a script can check, over every file that is or could be committed."""

import ast
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ITSELF = "tests/core/test_house_rules.py"
REGISTRY = "tests/core/registry.json"  # a line a name, by test_registry.py
MOST_LINES, MOST_FUNCTION_LINES, MOST_COLUMNS = 500, 60, 100
CXX = (".c", ".h", ".cpp", ".hpp")
CODE = (*CXX, ".py", ".sh", ".js", ".mjs", ".rs", ".go", ".java", ".build", ".options", ".map")
TEXT = (*CODE, ".md", ".toml", ".txt", ".yml", ".yaml", ".json", ".cfg", ".ini")
FORBIDDEN_STEMS = {"util", "utils", "helper", "helpers", "common", "misc", "impl"}
# Who may include whom: a module's own folder, and these.
MODULES = {
    "core": (),
    "text": ("core",),
    "cluster": ("core",),
    "sparse": ("core",),
    "precond": ("core", "sparse"),
    "krylov": ("core", "sparse", "precond"),
    "mixture": ("core", "cluster"),
    "ufunc": ("core",),
    "cpython": ("core",),
}
PLAIN_HEADERS = {"cfloat", "cstdint", "cstddef", "type_traits", "utility"}
PLAIN_HEADERS |= {"arm_neon.h", "immintrin.h"}  # with these, all that *.simd.* files may take
FORBIDDEN_CALLS = (
    r"\b(v?[fs]?n?printf|puts|putchar|fputs|fwrite|perror|abort|exit|_Exit|quick_exit|assert"
    r"|terminate|setlocale|strto[dfl]\w*|ato[fil]\w*|sto[dfil]\w*|srand|rand|signal|sigaction)\s*\("
    r"|\bstd::(cout|cerr|clog|mt19937|random_device|regex|locale)\b"
    r"|#\s*include\s*<(iostream|cassert)>"
)
# Spelt in pieces, so that this file does not speak of them.
TALK = re.compile(
    r"\b(clau" r"de|anth" r"ropic|open" r"ai|chat" r"gpt|co" r"pilot|\bll" r"m)\b"
    r"|\b(this|last|earlier|previous|next|a) ses" r"sion\b|\biss" r"ues? (show\b|#?\d)"
    r"|\b(the|your) br" r"ief\b|\.\./sha" r"red/|closing no" r"te|prompt" r"ed by",
    re.IGNORECASE,
)  # fmt: skip


def listed():
    """Paths below the root of what is committed or would be by `git add --all`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.check_output(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        names = names.splitlines()
    except (OSError, subprocess.CalledProcessError):  # no git, or an unpacked archive
        skipped = {"build", ".venv", "demo", "dist", ".git", "__pycache__", ".pytest_cache"}
        paths = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        names = [str(path) for path in paths if not skipped.intersection(path.parts)]
    return sorted({name for name in names if (ROOT / name).is_file()})


FILES = listed()


def of(suffixes, *folders):
    chosen = [name for name in FILES if name.endswith(suffixes) or name.endswith("Makefile")]
    return [name for name in chosen if not folders or name.startswith(folders)]


def lines(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines()


def code_only(text):
    """C or C++ without comments, and with strings emptied; lines stay where they are."""
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''

    def blank(found):
        if found[0][0] == "'" and found.start() and text[found.start() - 1].isalnum():
            return found[0]  # 1'000
        quoted = found[0][0] in "\"'R"
        return ('""' if quoted else "") + "\n" * found[0].count("\n")

    return re.sub(pattern, blank, text, flags=re.DOTALL)


def report(found, what_to_do):
    assert not found, what_to_do + ":\n" + "\n".join(sorted(found))


# Sizes ------------------------------------------------------------------------------------------


def test_files_are_short():
    written = [n for n in of(TEXT) if n != REGISTRY]
    long = [f"{n} has {len(lines(n))} lines" for n in written if len(lines(n)) > MOST_LINES]
    report(long, f"split by noun what has more than {MOST_LINES} lines")


def test_lines_are_short():
    wide = [
        f"{name}:{number} has {len(line)} columns"
        for name in of(CODE)
        for number, line in enumerate(lines(name), 1)
        if len(line) > MOST_COLUMNS
    ]
    report(wide, f"break lines after {MOST_COLUMNS} columns (clang-format does it)")


def python_functions(text):
    """(name, first line, lines without the docstring) of each function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            doc = node.body[0] if ast.get_docstring(node) else None
            documented = doc.end_lineno - doc.lineno + 1 if doc else 0
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1 - documented


SCOPE = re.compile(r"^\s*(inline\s+)?(namespace|struct|class|union|enum|extern\b)")
LABEL = re.compile(r"^\s*(public|private|protected)\s*:")


def kind_of_block(head):
    """What an opening brace begins, by the text before it."""
    if re.search(r"=\s*$", head):
        return "block"
    plain = LABEL.sub("", re.sub(r"^\s*template\s*<.*?>\s*(?=\w)", "", head, flags=re.DOTALL))
    if SCOPE.match(plain) and not re.search(r"\)\s*(const|noexcept)*\s*$", plain):
        return "scope"
    return "function" if ")" in plain else "block"


def cxx_functions(text):
    """(head, first line, lines) of each outermost function, by its braces."""
    text = re.sub(r"^[ \t]*#(\\\n|.)*$", "", code_only(text), flags=re.MULTILINE)
    stack, start, function = [], 0, None
    for at, letter in enumerate(text):
        if letter == "{":
            head = text[start:at]
            kind = "block" if function else kind_of_block(head)
            if kind == "function":
                function = (len(stack), start + len(head) - len(head.lstrip()))
            stack.append(kind)
            if kind == "scope":
                start = at + 1
        elif letter == "}" and stack:
            kind = stack.pop()
            if kind == "function":
                after = text[at + 1 :].lstrip()[:1]
                first, function = function[1], None
                if after not in (",", "{") or not re.search(r":[^:]", text[first:at]):
                    count = text.count("\n", first, at) + 1
                    head = " ".join(text[first : text.index("{", first)].split())
                    yield head[-60:], text.count("\n", 0, first) + 1, count
                    start = at + 1
            elif function is None:
                start = at + 1
        elif letter == ";" and function is None:
            start = at + 1


@pytest.mark.parametrize("suffixes", [(".py",), CXX], ids=["python", "c++"])
def test_functions_are_short(suffixes):
    functions = python_functions if suffixes == (".py",) else cxx_functions
    names = [name for name in FILES if name.endswith(suffixes)]
    texts = {name: (ROOT / name).read_text("utf-8") for name in names}
    found = [(name, *one) for name in names for one in functions(texts[name])]
    assert len(found) > len(names) // 2, "the scanner has gone blind"
    most = MOST_FUNCTION_LINES
    long = [f"{n}:{at} {f} has {count} lines" for n, f, at, count in found if count > most]
    report(long, f"split what has more than {MOST_FUNCTION_LINES} lines")


def test_the_scanner_of_functions():
    body = "".join(f"  x({n});\n" for n in range(70))
    text = (
        "#include <a>\nnamespace a {\nconstexpr int list[] = {1, 2};\nstruct S : T {\n"
        "  int f() const noexcept { return 1; }\n  explicit S(int a) : T{a}, b_{a} {\n"
        f"{body}  }}\n  int b_{{3}};\n}};\n"
        "template <class T, int n = sizeof(T)>\nvoid g(T x) {\n"
        f"  if (x) {{\n{body}  }}\n}}\nauto h = [] {{ return 1; }};\n}}\n"
    )
    assert [count for *_, count in cxx_functions(text)] == [1, 72, 75]


# Names and directions ---------------------------------------------------------------------------


def test_names_say_what_is_inside():
    vague = [
        name
        for name in FILES
        for part in pathlib.PurePath(name).parts
        if FORBIDDEN_STEMS.intersection(re.split(r"[._-]", part.lower()))
    ]
    report(vague, "name a file or folder after the noun that it holds")


def includes(name):
    """(quoted or not, what) of each #include."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", (ROOT / name).read_text("utf-8"), flags=re.S)
    for line in re.findall(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"\n]+)', text, flags=re.M):
        yield line[0] == '"', line[1:]


def module_of(name, what):
    """Which part of the house a quoted #include of this file reaches: "core", "capi", ..."""
    near = pathlib.PurePath(name).parent
    for folder in (near, pathlib.PurePath("src"), pathlib.PurePath("include")):
        path = pathlib.PurePath(*pathlib.Path(folder, what).parts)
        if (ROOT / path).exists():
            parts = (ROOT / path).resolve().relative_to(ROOT).parts
            return parts[1] if parts[0] == "src" else parts[0]
    return None


def test_includes_go_one_way():
    wrong = []
    for name in of(CXX, "src/"):
        own = name.split("/")[1]
        assert own in MODULES, f"enter the module {own} in MODULES of {ITSELF}"
        for quoted, what in includes(name):
            target = module_of(name, what) if quoted else None
            public = re.fullmatch(r"windlass/(\w+)\.h", what)
            if quoted and target not in (own, *MODULES[own]):
                wrong.append(f'{name} includes "{what}" of {target}')
            if public and public[1] not in (own, *MODULES[own]):
                wrong.append(f"{name} includes <{what}>")
    report(wrong, "capi -> {mixture, text} -> cluster -> core, and src never includes capi")


def test_public_headers_include_what_they_stand_on():
    wrong = []
    for name in of((".h",), "include/"):
        below = MODULES.get(pathlib.PurePath(name).stem, ())
        allowed = {f"windlass/{module}.h" for module in below} or {"stdint.h"}
        for _, what in includes(name):
            if not name.endswith("/windlass.h") and what not in allowed:
                wrong.append(f"{name} includes {what}")
    report(wrong, "a module's header needs those of MODULES, and core.h stdint.h, alone")


def test_kernels_take_nothing_from_the_standard_library():
    """A template instantiated at a higher level could be linked into the baseline's code."""
    wrong = []
    for name in of((".simd.cpp", ".simd.hpp"), "src/"):
        for quoted, what in includes(name):
            if not quoted and what not in PLAIN_HEADERS and not what.startswith("windlass/"):
                wrong.append(f"{name} includes <{what}>")
    for name in of(CXX, "src/", "capi/"):
        for _, what in includes(name):
            if what.endswith(".simd.hpp") and ".simd." not in name:
                wrong.append(f"{name} includes {what}")
    report(wrong, f"*.simd.* files take {sorted(PLAIN_HEADERS)} and each other, and stay apart")


def test_every_source_is_listed_in_its_folder():
    """A file that no meson.build names is neither compiled nor run."""
    wrong = []
    for name in of((".cpp",), "src/", "capi/", "tests/"):
        path = ROOT / name
        own = path.parent / "meson.build"
        if own.exists() and not re.search(rf"'{path.stem}(\.cpp)?'", own.read_text()):
            wrong.append(name)
    report(wrong, "enter in the meson.build beside it")


# What the library must not do -------------------------------------------------------------------


def test_no_function_like_macros():
    macro = re.compile(r"^[ \t]*#[ \t]*define[ \t]+\w+\(.*$", re.MULTILINE)
    names = of(CXX, "include/", "src/", "capi/")
    texts = [(ROOT / name).read_text("utf-8") for name in names]
    found = [f"{n}: {line}" for n, text in zip(names, texts) for line in macro.findall(text)]
    report(found, "write a template, a type list or data instead")


def test_a_guest_neither_prints_nor_ends_the_process():
    wrong = []
    for name in of(CXX, "src/", "capi/", "include/"):
        text = code_only((ROOT / name).read_text("utf-8"))
        for found in re.finditer(FORBIDDEN_CALLS, text):
            wrong.append(f"{name}:{text.count(chr(10), 0, found.start()) + 1} {found[0]}")
    report(wrong, "throw an Error; read and write numbers with from_chars and to_chars")


def test_headers_are_guarded():
    bare = [n for n in of((".hpp",), "src/", "capi/", "tests/") if "#pragma once" not in lines(n)]
    report(bare, "add #pragma once")


def test_no_fast_math():
    """At link time it changes the denormal mode of the whole process (GCC up to 12)."""
    names = [n for n in FILES if n.endswith((".build", "Makefile", ".toml", ".mk", ".ini"))]
    unsafe = r"-ffast-math|-Ofast|-funsafe-math-optimizations|-ffinite-math-only|fast-math"
    found = [
        f"{name}:{number} {line.strip()}"
        for name in names
        for number, line in enumerate(lines(name), 1)
        if re.search(unsafe, re.sub(r"#.*", "", line))
    ]
    report(found, "no flag that lets the compiler change what a number is")


# What the tree must not say ---------------------------------------------------------------------


def test_no_paths_of_one_machine():
    path = re.compile(r"(?<![\w.~$}/-])/(work|home|root|tmp|Users|mnt)/\w")
    found = [
        f"{name}:{number} {line.strip()[:80]}"
        for name in of(TEXT)
        if not name.startswith("tests/")
        for number, line in enumerate(lines(name), 1)
        if path.search(line)
    ]
    report(found, "take the path from the environment, the build or an argument")


def test_the_tree_speaks_of_the_library_only():
    found = [
        f"{name}:{number} {line.strip()[:80]}"
        for name in of(TEXT)
        if name != ITSELF
        for number, line in enumerate(lines(name), 1)
        if TALK.search(line)
    ]
    report(found, "say what the code does; how it came about belongs elsewhere")


def test_texts_are_clean():
    found = []
    for name in of(TEXT):
        content = (ROOT / name).read_bytes()
        if b"\r" in content or (content and not content.endswith(b"\n")):
            found.append(f"{name}: ends with no newline, or has carriage returns")
        if any(line != line.rstrip() for line in lines(name)) and not name.endswith(".md"):
            found.append(f"{name}: blanks at the end of a line")
    report(found, "clang-format, or an editor, mends this")
