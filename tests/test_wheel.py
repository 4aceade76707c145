"""The source distribution and the wheel made from it: name, size, content, and a run from there."""

import json
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.xdist_group("wheel")]  # built once

SNIPPET = """
import pathlib, sys
import windlass
assert windlass.text.count_doubles("aabb") == 2
place = pathlib.Path(windlass.__file__).resolve()
assert pathlib.Path(sys.prefix).resolve() in place.parents, place
print("works")
"""


def run(*command, **options):
    done = subprocess.run(command, text=True, capture_output=True, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("with space")


@pytest.fixture(scope="module")
def environment(folder, compilers):
    return {
        "PATH": f"{pathlib.Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "CC": " ".join(compilers["c"]),
        "CXX": " ".join(compilers["cpp"]),
    }


@pytest.fixture(scope="module")
def source(root, folder, environment):
    """The source distribution of a copy of the work tree, unpacked."""
    shutil.which("git") or pytest.skip("needs git: a source distribution is what git lists")
    tree = folder / "tree"
    unwanted = shutil.ignore_patterns(".git", ".venv", "build", "demo", "__pycache__", ".*_cache")
    shutil.copytree(root, tree, ignore=unwanted)
    # `meson dist` packs what git knows.
    git = ["git", "-c", "user.name=windlass", "-c", "user.email=windlass@localhost"]
    run(*git, "init", "--quiet", cwd=tree)
    run(*git, "add", ".", cwd=tree)
    run(*git, "commit", "--quiet", "-m", "copy", cwd=tree)
    backend = f"import mesonpy; print(mesonpy.build_sdist({str(folder)!r}))"
    name = run(sys.executable, "-c", backend, cwd=tree, env=environment).splitlines()[-1]
    assert name.startswith("windlass-") and name.endswith(".tar.gz")
    shutil.unpack_archive(folder / name, folder)
    return folder / name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(root, build_dir, folder, source, environment):
    """Built from the unpacked source distribution, without a network.

    It takes the objects of the build under test, which were made from the same files: ninja's log
    says of each by which command and its record from which headers, and ninja compiles again what
    it finds made otherwise, or from a file that is older, or is not there."""
    for path in source.rglob("*"):
        if (original := root / path.relative_to(source)).is_file():
            shutil.copystat(original, path)
    copy = source / build_dir.relative_to(root)
    for path in [*build_dir.glob("*.a.p/*.o"), *build_dir.glob(".ninja_*")]:
        to = copy / path.relative_to(build_dir)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to)
    options = json.loads((build_dir / "meson-info" / "intro-buildoptions.json").read_text())
    werror = next(str(o["value"]).lower() for o in options if o["name"] == "werror")
    settings = [f"-Cbuild-dir={copy}", f"-Csetup-args=-Dwerror={werror}"]
    pip = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index"]
    run(*pip, "--wheel-dir", folder, *settings, source, cwd=folder, env=environment)
    (built,) = folder.glob("*.whl")
    return built


def test_source_is_all_that_git_lists(root, folder, source):
    listed = run("git", "ls-files", cwd=folder / "tree").splitlines()
    packed = {str(p.relative_to(source)) for p in source.rglob("*") if p.is_file()}
    packed = {name for name in packed if not name.startswith("build/")}  # of the wheel
    assert packed == {*listed, "PKG-INFO"}
    assert all((source / name).read_bytes() == (root / name).read_bytes() for name in listed)


def test_name_is_for_any_python_on_this_platform(wheel, version):
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    assert wheel.name == f"windlass-{version}-py3-none-{platform}.whl"


def test_size(wheel):
    assert wheel.stat().st_size < 2_000_000  # of six modules, three levels each


def test_content(wheel, root):
    """Every Python file of the package, the generated one, one library, and nothing for C."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    metadata = {name for name in names if ".dist-info/" in name}
    sources = root / "python_ffi" / "windlass"
    package = {
        path.relative_to(sources).as_posix()
        for path in sources.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    expected = {f"windlass/{name}" for name in package - {"meson.build"} | {"_abi.py"}}
    expected.add(".windlass.mesonpy.libs/libwindlass.so")
    assert {name.split(".data/purelib/")[-1] for name in names - metadata} == expected
    assert any(name.endswith("licenses/LICENSE") for name in metadata)
    assert any(name.endswith("entry_points.txt") for name in metadata)


def test_runs_from_a_fresh_environment(wheel, version, tmp_path):
    fresh = tmp_path / "fresh"
    run(sys.executable, "-m", "venv", "--without-pip", fresh)
    python = fresh / "bin" / "python"
    offline = ["--no-index", "--no-deps", "--quiet"]
    run(sys.executable, "-m", "pip", "--python", python, "install", *offline, wheel)
    # The dependencies come from the environment of the tests; this one has windlass of its own.
    dependencies = tmp_path / "dependencies"
    dependencies.mkdir()
    for site in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in pathlib.Path(site).iterdir():
            if entry.name.startswith(("cffi", "_cffi_backend", "numpy", "pycparser")):
                (dependencies / entry.name).symlink_to(entry)
    environment = {"PYTHONPATH": str(dependencies), "PATH": "/usr/bin:/bin"}
    printed = run(python, "-c", SNIPPET, cwd=tmp_path, env=environment)
    assert printed.strip() == "works"
    printed = run(fresh / "bin" / "windlass", "info", cwd=tmp_path, env=environment)
    assert version in printed
