"""The tests of ufuncs once more: on the oldest and the newest NumPy, and without its table."""

import os
import pathlib
import subprocess
import sys
import sysconfig

import pytest

pytestmark = pytest.mark.no_sanitizer
SUITE = ("test_ufuncs", "test_layouts", "test_reductions", "test_core_axes", "test_own")
SUITE += ("test_compiled_callers", "test_cores")


def python_with(numpy, build_dir):
    """The interpreter of an environment with that NumPy, made once in the build folder."""
    folder = build_dir / "environments" / numpy.translate({ord(one): None for one in "=.*"})
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True
        )
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
        options = ["--only-binary=:all:", "--retries=0", "--timeout=20"]
        done = subprocess.run([*pip, *options, numpy], capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["pip failed"]
            pytest.skip(f"{numpy} cannot be installed: {lines[-1]}")
        (folder / "ready").touch()
    return python


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with all that this environment has, but NumPy."""
    folder = tmp_path_factory.mktemp("packages")
    for site in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in pathlib.Path(site).iterdir():
            if not entry.name.startswith(("numpy", "pip", "__pycache__")):
                (folder / entry.name).symlink_to(entry)
    return folder


@pytest.mark.parametrize(
    ("numpy", "table"),
    [
        (None, "plain"),
        ("numpy==1.26.*", "plain"),
        ("numpy==1.26.*", "true"),
        ("numpy==2.*", "true"),
    ],
)
def test_suite(numpy, table, packages, build_dir, root):
    variables = dict(os.environ, WINDLASS_UFUNC=table, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    python = sys.executable
    if numpy is not None:
        python = python_with(numpy, build_dir)
        variables["PYTHONPATH"] = str(packages)
    files = [f"tests/ufunc/{name}.py" for name in SUITE]
    command = [python, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *files]
    command.append(f"--build-dir={os.path.relpath(build_dir, root)}")
    done = subprocess.run(
        command, cwd=root, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout.splitlines()[-1]
