"""Loading: again and again, two copies in one process, and what loading leaves as it was."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest


@pytest.fixture(scope="module")
def chosen(library):
    return str(os.environ.get("WINDLASS_LIBRARY") or library)


def python(code, *arguments):
    """Runs code in a process of its own, which must end well."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}{done.stderr[-3000:]}"
    return done.stdout


OPEN = """
import ctypes, sys
dlopen, dlclose = ctypes.CDLL(None).dlopen, ctypes.CDLL(None).dlclose
dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
dlclose.argtypes = [ctypes.c_void_p]
u64, i64, p = ctypes.c_uint64, ctypes.c_int64, ctypes.c_char_p

def prepare(lib):
    lib.wdl_context_create.argtypes = [u64, ctypes.POINTER(u64)]
    lib.wdl_mixture_create.argtypes = [u64, ctypes.POINTER(u64)]
    lib.wdl_release.argtypes = [u64]
    lib.wdl_cancel.argtypes = [u64, ctypes.c_int32]
    lib.wdl_get_int.argtypes = [u64, u64, p, ctypes.POINTER(i64)]
    lib.wdl_set_int.argtypes = [u64, u64, p, i64]
    lib.wdl_text_count_doubles.argtypes = [u64, p, i64, ctypes.c_int32, ctypes.POINTER(i64)]
    return lib

def count(lib, text=b"aab" * 1000000):
    out = i64()
    assert lib.wdl_text_count_doubles(0, text, len(text), 1, ctypes.byref(out)) == 0
    return out.value
"""


def test_open_and_close_a_thousand_times(chosen):
    """Threads of the pool may sleep in code that dlclose would take away: it must stay."""
    python(
        OPEN
        + """
for i in range(1000):
    handle = dlopen(sys.argv[1].encode(), 2)
    assert handle
    if i % 100 == 0:
        lib = prepare(ctypes.CDLL(None, handle=handle))
        lib.wdl_set_int(0, 1, b"threads", 3)
        assert count(lib) == 1000000
    assert dlclose(handle) == 0
lib = prepare(ctypes.CDLL(sys.argv[1]))
assert count(lib) == 1000000
""",
        chosen,
    )


def test_loading_changes_no_floating_point_mode(chosen):
    python(
        """
import ctypes, sys
tiny = 5e-324
ctypes.CDLL(sys.argv[1])
assert tiny / 2 * 2 == 0.0 and tiny * 1.0 == 5e-324 and 2.5e-310 / 2 == 1.25e-310
assert 1.0 + 2.0 ** -53 == 1.0 and 1.0 + 3 * 2.0 ** -54 == 1.0 + 2.0 ** -52
""",
        chosen,
    )


@pytest.mark.no_sanitizer
def test_two_copies_know_their_own_ids_only(chosen, tmp_path):
    """Ids carry eight bits of the load, so of three copies two may agree by chance."""
    copies = [tmp_path / f"copy{n}.so" for n in range(3)]
    for copy in copies:
        shutil.copy(chosen, copy)
    python(
        OPEN
        + """
libs = [prepare(ctypes.CDLL(name)) for name in sys.argv[1:]]
ids, out = [], i64()
for lib in libs:
    made = [u64(), u64()]
    assert lib.wdl_context_create(0, ctypes.byref(made[0])) == 0
    assert lib.wdl_mixture_create(0, ctypes.byref(made[1])) == 0
    ids.append([one.value for one in made])
tags = [context >> 44 for context, _ in ids]
pairs = [(a, b) for a in range(3) for b in range(3) if tags[a] != tags[b]]
assert pairs, f"three loads with one tag: {tags}"
for mine, other in pairs:
    lib, (context, mixture) = libs[mine], ids[other]
    assert lib.wdl_release(mixture) == -2
    assert lib.wdl_cancel(context, 1) == -2
    assert lib.wdl_get_int(0, mixture, b"n_components", ctypes.byref(out)) == -2
    assert lib.wdl_get_int(context, 1, b"cores", ctypes.byref(out)) == -2
    assert lib.wdl_get_int(ids[mine][0], mixture, b"n_components", ctypes.byref(out)) == -2
for lib, made in zip(libs, ids):
    assert lib.wdl_set_int(0, 1, b"threads", 2 + libs.index(lib)) == 0
    assert count(lib) == 1000000
    assert lib.wdl_get_int(0, 1, b"live_handles", ctypes.byref(out)) == 0 and out.value == 2
    for one in made:
        assert lib.wdl_release(one) == 0
for n, lib in enumerate(libs):
    assert lib.wdl_get_int(0, 1, b"threads", ctypes.byref(out)) == 0 and out.value == 2 + n
""",
        *copies,
    )


def test_leaving_while_threads_work(chosen):
    """The process ends by exit() with the pool asleep, and with a call under way."""
    for last in ("pass", "threading.Thread(target=forever, daemon=True).start(); time.sleep(0.05)"):
        python(
            OPEN
            + f"""
import os, threading, time
lib = prepare(ctypes.CDLL(sys.argv[1]))
lib.wdl_set_int(0, 1, b"threads", 3)
assert count(lib) == 1000000
def forever():
    while True:
        count(lib)
{last}
ctypes.CDLL(None).exit(0)
""",
            chosen,
        )


def test_locale_is_of_no_matter(chosen):
    """Numbers in sentences are written with a point, whatever the process's locale says."""
    python(
        OPEN
        + """
import locale
for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C"):
    try:
        locale.setlocale(locale.LC_ALL, name)
        break
    except locale.Error:
        pass
lib = prepare(ctypes.CDLL(sys.argv[1]))
lib.wdl_error_message.restype, lib.wdl_error_message.argtypes = p, [u64]
lib.wdl_set_real.argtypes = [u64, u64, p, ctypes.c_double]
made = u64()
assert lib.wdl_context_create(0, ctypes.byref(made)) == 0
before = locale.setlocale(locale.LC_ALL)
assert lib.wdl_set_real(0, made.value, b"time_limit", -0.5) == -1
assert b"-0.5" in lib.wdl_error_message(0), lib.wdl_error_message(0)
assert locale.setlocale(locale.LC_ALL) == before
""",
        chosen,
    )
