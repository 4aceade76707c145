"""Fixtures of the tests of ufuncs, which also run by themselves on other versions of NumPy."""

import importlib
import subprocess

import pytest


@pytest.fixture(scope="session")
def imported():
    """A function that imports a module, or skips where that is absent or not for this NumPy."""

    def found(name):
        try:
            return importlib.import_module(name)
        except ImportError as problem:
            pytest.skip(f"{name}: {problem}")

    return found


@pytest.fixture(scope="session")
def loops_of_c(root, compilers, tmp_path_factory):
    """The library of examples/ufunc/loops.c."""
    made = tmp_path_factory.mktemp("loops") / "libloops.so"
    source = root / "examples" / "ufunc" / "loops.c"
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*compilers["c"], *flags, source, "-o", made, "-lm"], check=True)
    return made
