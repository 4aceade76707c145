"""What the libraries export is what the headers declare, both ways."""

import os
import pathlib
import re
import subprocess

import pytest
from support import headers


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported(path):
    """The global symbols that are defined: of an archive, or dynamic ones of a shared library."""
    dynamic = [] if path.suffix == ".a" else ["-D"]
    lines = output("nm", "--format=posix", "--defined-only", "--extern-only", *dynamic, path)
    return sorted(line.split()[0] for line in lines.splitlines() if line and line[-1] != ":")


@pytest.fixture(scope="module", params=["library", "python_library", "archive", "environment"])
def binary(request, build_dir):
    if request.param == "archive":
        return build_dir / "libwindlass.a"
    if request.param == "environment":
        if "WINDLASS_LIBRARY" not in os.environ:
            pytest.skip("WINDLASS_LIBRARY is not set")
        return pathlib.Path(os.environ["WINDLASS_LIBRARY"])
    return request.getfixturevalue(request.param)


@pytest.mark.no_sanitizer
def test_exports_are_the_declared_functions(binary):
    found, declared = set(exported(binary)), set(headers.functions())
    assert not found - declared, f"exported, but in no header: {sorted(found - declared)}"
    assert not declared - found, f"declared, but not exported: {sorted(declared - found)}"


def test_exports_are_functions_without_versions(library):
    lines = output("readelf", "--dyn-syms", "--wide", library).splitlines()
    own = [line.split() for line in lines if re.search(r"\bwdl_\w+", line)]
    assert own
    for words in own:
        assert words[3] == "FUNC", f"{words[7]} is {words[3]}: data symbols cannot be relocated"
        assert words[5] == "DEFAULT" and "@" not in words[7], words


def test_soname(library):
    """0 and never another one after 1.0: functions are only ever added."""
    assert "soname: [libwindlass.so.0]" in output("readelf", "--dynamic", "--wide", library)
