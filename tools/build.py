"""Configure, compile and install windlass into the environment this runs in.

    build.py [--tests] [--werror]                the release build in build/release, installed
    build.py --sanitize address,undefined NAME   a checked build in build/NAME, not installed

Nothing is done twice: a configured folder keeps its options, ninja compiles what changed, and the
package is installed again only when the content of what would be installed has changed.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MESON = [sys.executable, "-m", "mesonbuild.mesonmain"]


def environment():
    """The virtual environment's programs first; the compilers that toolchain.sh found."""
    values = dict(os.environ)
    values["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), values["PATH"]])
    record = ROOT / "build" / "toolchain"
    if record.exists():
        cc, cxx = record.read_text().split("\n", 1)[0].split()
        values.setdefault("CC", cc)
        values.setdefault("CXX", cxx)
    return values


def say(*words):
    print("windlass:", *words, flush=True)


def run(*command, silent=False):
    """A failed command ends the run; a silent one speaks only then."""
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if silent else {}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env=environment(), text=True, **out)
    if done.returncode:
        sys.stdout.write(done.stdout or "")
        sys.exit(done.returncode)


def configure(folder, options):
    """Set a build folder up, unless it is with these very options already."""
    record = folder / "configured.json"
    compilers = [environment().get(name) for name in ("CC", "CXX")]  # Meson keeps its first ones
    state = {"root": str(ROOT), "python": sys.executable, "compilers": compilers}
    state["options"] = options
    before = json.loads(record.read_text()) if record.exists() else {}
    if before == state and (folder / "build.ninja").exists():
        return
    moved = any(before.get(name) != state[name] for name in state if name != "options")
    if moved and folder.exists():
        shutil.rmtree(folder)
    again = ["--reconfigure"] if (folder / "build.ninja").exists() else []
    say("configuring", folder.relative_to(ROOT))
    run(*MESON, "setup", *again, folder, *options, silent=True)
    record.write_text(json.dumps(state, indent=1))


def compile_all(folder):
    # ninja itself: `meson compile` takes half a second to find out that there is nothing to do.
    ninja = shutil.which("ninja", path=environment()["PATH"])
    say("compiling in", folder.relative_to(ROOT))
    run(ninja, "-C", folder, *([] if sys.stdout.isatty() else ["--quiet"]))


def installed_content(folder):
    """A digest of everything that decides what the installed package is."""
    sources = [path for path in (ROOT / "python_ffi").rglob("*") if path.is_file()]
    sources = [path for path in sources if "__pycache__" not in path.parts]
    built = [folder / "python_ffi" / name for name in ("libwindlass.so", "_abi.py")]
    digest = hashlib.sha256(sys.version.encode())
    for path in [ROOT / "pyproject.toml", *sorted(sources), *built]:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()


def install(folder, options):
    record = pathlib.Path(sys.prefix, "windlass.sha256")
    content = installed_content(folder)
    if record.exists() and record.read_text() == content:
        return
    say("installing the package into", os.path.relpath(sys.prefix, ROOT))
    settings = [f"-Csetup-args={option}" for option in options]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall"]
    folder = folder.relative_to(ROOT)
    run(*pip, *offline, f"-Cbuild-dir={folder}", *settings, ".")
    record.write_text(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tests", action="store_true", help="build the test programs too")
    parser.add_argument("--werror", action="store_true", help="warnings are errors (new folder)")
    parser.add_argument("--sanitize", metavar="LIST", help="as Meson's b_sanitize")
    parser.add_argument("name", nargs="?", default="release")
    args = parser.parse_args()
    folder = ROOT / "build" / args.name
    # Once a folder has tests it keeps them, so that `make demo` and `make test` take turns freely.
    # Whether warnings are errors is settled when it is made.
    record = folder / "configured.json"
    before = record.read_text() if record.exists() else ""
    tests = args.tests or "-Dtests=enabled" in before
    werror = "-Dwerror=true" in before if before else args.werror
    options = [
        "-Dpython=true",
        "-Dtests=" + ("enabled" if tests else "disabled"),
        "-Dwerror=" + ("true" if werror else "false"),
    ]
    if args.sanitize:
        sanitize = ["-Dbuildtype=debugoptimized", "-Db_lundef=false"]
        options += [f"-Db_sanitize={args.sanitize}", *sanitize]
    configure(folder, options)
    compile_all(folder)
    if not args.sanitize:
        install(folder, options)


if __name__ == "__main__":
    main()
