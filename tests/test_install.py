"""What a C project gets: the installed headers, both libraries and the pkg-config file."""

import os
import shlex
import subprocess

import pytest

pytestmark = pytest.mark.no_sanitizer

# An id that is none is refused by a sentence, which the record behind the border carries.
PROGRAM = r"""
#include <stdio.h>
#include <windlass/windlass.h>
int main(void) {
  wdl_context context = 0;
  if (wdl_context_create(0, &context) != WDL_OK) return 1;
  if (wdl_set_int(context, context, "thredas", 2) != WDL_UNKNOWN_NAME) return 2;
  if (wdl_release(context) != WDL_OK || wdl_release(context) != WDL_BAD_HANDLE) return 3;
  printf("%u\n", (unsigned)wdl_version());
  return 0;
}
"""


@pytest.fixture(scope="module")
def pkg_config(c_prefix):
    (folder,) = c_prefix.rglob("pkgconfig")

    def words(*arguments):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}
        command = ["pkg-config", *arguments, "windlass"]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return shlex.split(done.stdout)

    return words


def build_and_run(tmp_path, compilers, version, arguments, **environment):
    (tmp_path / "main.c").write_text(PROGRAM)
    program = tmp_path / "main"
    compiler = [*compilers["c"], "-std=c99", "-pedantic", "-Werror"]
    subprocess.run([*compiler, "-o", program, tmp_path / "main.c", *arguments], check=True)
    done = subprocess.run(
        [program], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    major, minor, patch = map(int, version.split("."))
    assert int(done.stdout) == major << 16 | minor << 8 | patch
    return program


def test_headers(c_prefix, root):
    installed = {path.name for path in (c_prefix / "include" / "windlass").iterdir()}
    sources = {path.name for path in (root / "include" / "windlass").iterdir()}
    assert installed == sources - {"meson.build"}


def test_version(pkg_config, version):
    assert pkg_config("--modversion") == [version]


def test_shared(tmp_path, compilers, version, pkg_config, c_prefix):
    (library,) = c_prefix.rglob("libwindlass.so")
    arguments = pkg_config("--cflags", "--libs")
    build_and_run(tmp_path, compilers, version, arguments, LD_LIBRARY_PATH=str(library.parent))


@pytest.mark.parametrize("whole", [True, False], ids=["static", "shared-runtime"])
def test_static(tmp_path, compilers, version, pkg_config, whole):
    """Linked by the C compiler; pkg-config names what C++ needs."""
    arguments = pkg_config("--static", "--cflags", "--libs")
    if whole:
        arguments = ["-static", *arguments]
    else:
        arguments.insert(arguments.index("-lwindlass"), "-Wl,-Bstatic")
        arguments.insert(arguments.index("-lwindlass") + 1, "-Wl,-Bdynamic")
    program = build_and_run(tmp_path, compilers, version, arguments)
    dynamic = subprocess.run(["readelf", "-d", program], capture_output=True, text=True).stdout
    assert "libwindlass" not in dynamic
