"""Fixtures about the build under test. `--build-dir` names another one than build/release."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # tests/support

from live_handles import live_handles  # noqa: E402, F401


def pytest_addoption(parser):
    parser.addoption("--build-dir", default="build/release", help="Meson's build folder")


def pytest_configure(config):
    # A job in the background inherits that Ctrl-C is ignored; the programs that tests start and
    # interrupt must not inherit it in turn.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = (ROOT / config.getoption("--build-dir")).resolve()
    config.windlass_build = folder
    if not (folder / "build.ninja").exists():
        raise pytest.UsageError(f"{folder} is not built: run `make test`")


@pytest.fixture(scope="module")
def peers_alone():
    """Peers on one thread: their OpenMP spins where cores are shared, some ms an iteration."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    with threadpoolctl.threadpool_limits({"openmp": 1, "blas": 1}):
        yield


# Begun before all others: the longest at the end would leave the other cores idle.
LONGEST = ("test_wheel.py", "test_deep.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def root():
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def build_dir(pytestconfig):
    """Meson's build folder."""
    return pytestconfig.windlass_build


@pytest.fixture(scope="session")
def version(build_dir):
    """The project's version as the build file states it."""
    return json.loads((build_dir / "meson-info" / "intro-projectinfo.json").read_text())["version"]


@pytest.fixture(scope="session")
def sanitized(build_dir):
    """Whether the build carries a sanitizer."""
    options = json.loads((build_dir / "meson-info" / "intro-buildoptions.json").read_text())
    return next(o["value"] for o in options if o["name"] == "b_sanitize") not in ("none", "", [])


@pytest.fixture(scope="session")
def library(build_dir):
    """The shared library for system installs, with its version in the file name."""
    return build_dir / "libwindlass.so.0"


@pytest.fixture(scope="session")
def python_library(build_dir):
    """The shared library that goes into the wheel."""
    return build_dir / "python_ffi" / "libwindlass.so"


@pytest.fixture(scope="session")
def compilers(build_dir):
    """The commands of the build's own compilers, as lists of words: {"c": [...], "cpp": [...]}."""
    known = json.loads((build_dir / "meson-info" / "intro-compilers.json").read_text())
    return {language: entry["exelist"] for language, entry in known["host"].items()}


@pytest.fixture(scope="session")
def c_prefix(build_dir, tmp_path_factory):
    """Where a C program finds windlass installed: include/, lib/ and lib/pkgconfig/ below it."""
    stage = tmp_path_factory.mktemp("stage")
    meson = [sys.executable, "-m", "mesonbuild.mesonmain"]
    install = ["install", "-C", build_dir, "--no-rebuild", "--quiet", "--tags=runtime,devel"]
    subprocess.run([*meson, *install, f"--destdir={stage}"], check=True, stdout=subprocess.DEVNULL)
    (pc,) = stage.rglob("windlass.pc")
    prefix = next(folder for folder in pc.parents if (folder / "include" / "windlass").is_dir())
    os.makedirs(prefix / "lib", exist_ok=True)
    return prefix
