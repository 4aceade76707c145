"""Hostile calls, generated from the headers: whatever comes in, a status and a sentence go out.

The calls are made by hostile/run.py in another process. Each exported function has a row in
hostile/rows.py, a valid call; every argument of it is replaced by everything that may be wrong.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from core.hostile import rows
from support import headers

RUNNER = pathlib.Path(__file__).parent / "hostile" / "run.py"
NAMES = [*headers.functions(), "every property", "inside a callback"]
FEW = {"wdl_version": 1, "wdl_status_name": 20}  # nothing, and one number, to be hostile with
MOST_SHOWN = 12


def attack(library, folder, names):
    """What each function did; one that ended the process is judged by how."""
    found, left = {}, list(names)
    notes = folder / "under-way"
    while left:
        command = [sys.executable, RUNNER, library, notes, *left]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=600
        )
        for line in done.stdout.splitlines():
            one = json.loads(line)
            found[one["function"]] = one
        left = [name for name in left if name not in found]
        if not left:
            break
        call = notes.read_text().strip() if notes.exists() else "before any call"
        end = f"ended the process ({done.returncode}) in: {call}\n{done.stderr[-3000:]}"
        found[left[0]] = {"function": left[0], "calls": 0, "failures": [end]}
        left = left[1:]
    return found


@pytest.fixture(scope="module")
def attacked(library, tmp_path_factory):
    chosen = os.environ.get("WINDLASS_LIBRARY") or library
    return attack(chosen, tmp_path_factory.mktemp("hostile"), NAMES)


def test_every_function_has_a_row():
    missing = set(headers.functions()) - set(rows.TABLE)
    gone = set(rows.TABLE) - set(headers.functions())
    assert not missing, f"add to tests/core/hostile/rows.py a valid call of {sorted(missing)}"
    assert not gone, f"take out of tests/core/hostile/rows.py {sorted(gone)}"


@pytest.mark.parametrize("name", NAMES)
def test_function(attacked, name):
    one = attacked[name]
    failures = one["failures"]
    shown = "\n".join(failures[:MOST_SHOWN])
    assert not failures, f"{len(failures)} of {one['calls']} calls went wrong:\n{shown}"
    assert one["calls"] >= FEW.get(name, 25)


def test_their_number(attacked, capsys):
    calls = sum(one["calls"] for one in attacked.values())
    with capsys.disabled():
        print(f"\nhostile calls: {calls}")
    assert calls > 250 * len(headers.functions())
