"""Run the tests on builds with sanitizers: address and undefined behaviour, then threads."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ASAN = "detect_leaks=0:detect_stack_use_after_return=1:allocator_may_return_null=1"

# Folder under build/, Meson's b_sanitize, runtimes to load before Python, what pytest runs.
# Python itself is not built for the thread sanitizer, so there the C++ tests speak alone, without
# those of kernels and of pieces, which run on one thread.
ONE_THREAD = "not Characters and not Search and not Many and not Lines and not Wc and not fuzz"
BUILDS = [
    ("asan", "address,undefined", ["libasan.so", "libubsan.so"], ["tests"]),
    ("tsan", "thread", [], ["-k", ONE_THREAD, "tests/test_cpp.py", "tests/test_deep.py"]),
]


def runtime(compiler, name):
    """The sanitizer's shared library; Clang links its own statically and has none to load."""
    found = subprocess.run([*compiler, f"-print-file-name={name}"], capture_output=True, text=True)
    path = pathlib.Path(found.stdout.strip())
    return str(path.resolve()) if path.is_absolute() else None


def check(name, sanitize, preload, tests):
    build = [sys.executable, "tools/build.py", "--tests", "--sanitize", sanitize, name]
    subprocess.run(build, cwd=ROOT, check=True)
    compilers = (ROOT / "build" / "toolchain").read_text().split("\n", 1)[0].split()
    libraries = [runtime(compilers[:1], library) for library in preload]
    values = {
        **os.environ,
        "ASAN_OPTIONS": ASAN,
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
        "WINDLASS_LIBRARY": str(ROOT / "build" / name / "python_ffi" / "libwindlass.so"),
        "LD_PRELOAD": ":".join(library for library in libraries if library),
    }
    if libraries and None in libraries:
        tests = ["tests/test_cpp.py"]
    command = [sys.executable, "-m", "pytest", f"--build-dir=build/{name}"]
    command += ["-m", "not no_sanitizer", *tests]
    print(f"windlass: tests under {sanitize}", flush=True)
    return subprocess.run(command, cwd=ROOT, env=values).returncode


def main():
    failed = [name for name, *rest in BUILDS if check(name, *rest)]
    if failed:
        sys.exit("windlass: failed under the sanitizers: " + ", ".join(failed))


if __name__ == "__main__":
    main()
