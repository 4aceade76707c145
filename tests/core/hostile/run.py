"""Every hostile call, in a process of its own, since a call that fails the test may end it.

    run.py LIBRARY NOTES [FUNCTION...]      "every property" and "inside a callback" are names too

Prints one JSON object a function: {"function", "calls", "failures"}. NOTES always holds the call
that is under way, for whoever finds this process dead.
"""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))  # tests/

from core.hostile import krylov_rows, rows, world  # noqa: E402
from core.hostile.judge import Judge  # noqa: E402
from core.hostile.properties import PropertyJudge  # noqa: E402
from core.hostile.reentry import ReentryJudge  # noqa: E402
from core.hostile.step import StepJudge  # noqa: E402
from support import headers  # noqa: E402


OTHERS = {"every property": PropertyJudge, "inside a callback": ReentryJudge}


def judge_of(name, here, announce):
    if name in OTHERS:
        return OTHERS[name](here, announce)
    judge = StepJudge if name in krylov_rows.OUTSIDE else Judge
    return judge(here, headers.functions()[name], rows.TABLE[name](here), announce)


def main(library, notes, *names):
    ffi, lib = world.load(library)
    note = os.open(notes, os.O_CREAT | os.O_WRONLY, 0o600)

    def announce(text):
        os.pwrite(note, text[:500].encode().ljust(2000), 0)

    for name in names or [*headers.functions(), *OTHERS]:
        announce(f"{name}, before the first call")
        here = world.World(ffi, lib)
        judge = judge_of(name, here, announce)
        judge.run()
        announce(f"{name}, after the last call")
        left = here.end()
        if left:
            judge.failures.append(f"{name}, at the end: {left:+} live handles")
        found = {"function": name, "calls": judge.calls, "failures": judge.failures}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
