"""The GoogleTest program: every suite, at every instruction-set level that the machine has."""

import json
import os
import subprocess

import pytest


def output(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{program} {arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def suites(program):
    """{suite: [test, ...]} as GoogleTest lists them: a suite, then its tests indented."""
    found = {}
    for line in output(program, "--gtest_list_tests").splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith(" "):
            found[suite].append(name.strip())
        elif name.endswith("."):
            suite = name[:-1]
            found[suite] = []
    return found


def cases(build):
    """[(program, filter, level)]; a suite whose tests carry a level's name runs each at its own."""
    program = build / "tests" / "windlass_tests"
    if not program.exists():
        raise pytest.UsageError(f"{program} is not built: run `make test`")
    levels = output(program, "--levels").split()
    options = json.loads((build / "meson-info" / "intro-buildoptions.json").read_text())
    if any(o["name"] == "b_sanitize" and "thread" in o["value"] for o in options):
        # A level changes nothing about threads, and this sanitizer is 20 times slower.
        levels = levels[-1:]
    for suite, tests in suites(program).items():
        by_level = all(test.rsplit("/", 1)[-1] in ("base", "v3", "v4") for test in tests)
        for level in levels:
            yield program, f"{suite}.*/{level}" if by_level else f"{suite}.*", level


def pytest_generate_tests(metafunc):
    found = list(cases(metafunc.config.windlass_build))
    assert found
    names = [f"{pattern.split('.')[0]}-{level}" for _, pattern, level in found]
    metafunc.parametrize(("program", "pattern", "level"), found, ids=names)


def test_suite(program, pattern, level):
    done = subprocess.run(
        [program, f"--gtest_filter={pattern}", "--gtest_brief=1"],
        env={**os.environ, "WINDLASS_ISA": level},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=600,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-20000:]}"
    assert "[  PASSED  ] 0 tests" not in done.stdout, f"{pattern} names no test"
