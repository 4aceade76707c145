"""The GoogleTest program: every suite, at every instruction-set level that the machine has."""

import json
import os
import re
import subprocess

import pytest


def output(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{program} {arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def pytest_generate_tests(metafunc):
    build = metafunc.config.windlass_build
    program = build / "tests" / "windlass_tests"
    if not program.exists():
        raise pytest.UsageError(f"{program} is not built: run `make test`")
    suites = re.findall(r"^(\S+)\.", output(program, "--gtest_list_tests"), re.MULTILINE)
    levels = output(program, "--levels").split()
    assert suites and levels
    options = json.loads((build / "meson-info" / "intro-buildoptions.json").read_text())
    if any(o["name"] == "b_sanitize" and "thread" in o["value"] for o in options):
        # A level changes nothing about threads, and this sanitizer is 20 times slower.
        levels = levels[-1:]
    metafunc.parametrize(
        ("program", "suite", "level"),
        [(program, suite, level) for suite in suites for level in levels],
        ids=[f"{suite}-{level}" for suite in suites for level in levels],
    )


def test_suite(program, suite, level):
    done = subprocess.run(
        [program, f"--gtest_filter={suite}.*", "--gtest_brief=1"],
        env={**os.environ, "WINDLASS_ISA": level},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=600,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-20000:]}"
