"""Ctrl-C and signals during long calls, each in a program of its own."""

import json
import os
import resource
import statistics
import subprocess
import sys
import textwrap

import pytest

# What is promised, where nobody else uses the machine; and what tells an answer from none.
PROMISED_SECONDS = 0.05
MOST_SECONDS = 1.0 if os.environ.get("CI") else 0.5

JOBS = {
    "fit": """
        X = np.random.default_rng(0).standard_normal((100_000, 8))
        def job(**options):
            GaussianMixture(16, tol=0, max_iter=10**9, random_state=0).fit(X, **options)
    """,
    "fit with progress": """
        X = np.random.default_rng(0).standard_normal((100_000, 8))
        def job():
            model = GaussianMixture(16, tol=0, max_iter=10**9, random_state=0)
            model.fit(X, progress=lambda now: None)
    """,
    "count": """
        text = nothing()
        def job():
            count_doubles(text, unit="byte", threads=1)
    """,
}

PRELUDE = """
    import asyncio, json, mmap, os, signal, socket, sys, threading, time
    import numpy as np
    import windlass
    from windlass.mixture import GaussianMixture
    from windlass.text import count_doubles

    sent = []
    def interrupt_after(seconds, number=signal.SIGINT):
        def work():
            time.sleep(seconds)
            sent.append(time.perf_counter())
            os.kill(os.getpid(), number)
        threading.Thread(target=work, daemon=True).start()

    def nothing():
        # 64 GB of zeros, which take seconds to read and no memory
        unreserved = 0x4000  # MAP_NORESERVE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | unreserved
        return mmap.mmap(-1, 1 << 36, flags=flags, prot=mmap.PROT_READ)

    def told(**found):
        print(json.dumps(found))
"""


def outcome(*parts):
    """What a program of these parts printed as its last line."""
    program = "\n".join(textwrap.dedent(part) for part in (PRELUDE, *parts))
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("job", JOBS)
def test_ctrl_c(job, record_property):
    """The best of three tries is held to the promise; of ten on a machine that is busy."""
    found = outcome(
        JOBS[job],
        f"PROMISED_SECONDS = {PROMISED_SECONDS}",
        """
        late = []
        while len(late) < 3 or min(late) >= PROMISED_SECONDS and len(late) < 10:
            interrupt_after(0.3)
            try:
                job()
            except KeyboardInterrupt:
                late.append(time.perf_counter() - sent[-1])
        told(seconds=late, after=count_doubles("aab"), fd=signal.set_wakeup_fd(-1))
        """,
    )
    record_property("seconds", found["seconds"])
    median = statistics.median(found["seconds"])
    print(f"{job}: ended {median * 1e3:.1f} ms after Ctrl-C, the median of {len(found['seconds'])}")
    assert min(found["seconds"]) < (MOST_SECONDS if os.environ.get("CI") else PROMISED_SECONDS)
    assert median < MOST_SECONDS
    assert found["after"] == 1
    assert found["fd"] == -1


def test_again_and_again():
    """Cancelling is switched off each time, and the watcher stays."""
    found = outcome(
        JOBS["fit"],
        """
        caught = 0
        for i in range(10):
            interrupt_after(0.1)
            try:
                job()
            except KeyboardInterrupt:
                caught += 1
            assert count_doubles("aab" * 10_000_000) == 10_000_000
        watchers = sum(t.name == "windlass-interrupt" for t in threading.enumerate())
        told(caught=caught, watchers=watchers)
        """,
    )
    assert found == {"caught": 10, "watchers": 1}


def test_with_more_files_open_than_select_takes():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.skip(f"no more than {hard} files may be open here")
    found = outcome(
        JOBS["fit"],
        """
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < 2048:
            resource.setrlimit(resource.RLIMIT_NOFILE, (2048, hard))
        files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
        interrupt_after(0.3)
        try:
            with windlass.time_limit(20):  # where nobody watches
                job()
        except KeyboardInterrupt:
            late = time.perf_counter() - sent[0]
        told(seconds=late, last=files[-1])
        """,
    )
    assert found["last"] > 1023
    assert found["seconds"] < MOST_SECONDS


def test_none_is_lost():
    """Signals that come before, within and after short fits all raise KeyboardInterrupt, once."""
    found = outcome(
        """
        X = np.random.default_rng(0).standard_normal((2000, 2))
        model = GaussianMixture(3, random_state=0)
        model.fit(X)
        caught = 0
        for i in range(200):
            end = time.perf_counter() + 5
            try:
                interrupt_after(i * 2e-5)
                while time.perf_counter() < end:
                    model.fit(X)
                    model.predict(X)
            except KeyboardInterrupt:
                caught += 1
            model.fit(X)
        told(caught=caught)
        """
    )
    assert found == {"caught": 200}


def test_a_descriptor_that_was_set_hears_of_every_signal():
    found = outcome(
        JOBS["fit"],
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        signal.set_wakeup_fd(theirs.fileno())
        signal.signal(signal.SIGUSR1, lambda *args: None)
        interrupt_after(0.2, signal.SIGUSR1)
        interrupt_after(0.4)
        try:
            job()
        except KeyboardInterrupt:
            pass
        time.sleep(0.2)
        told(heard=list(ours.recv(100)), kept=signal.set_wakeup_fd(-1) == theirs.fileno())
        """,
    )
    assert found["kept"]
    assert sorted(found["heard"]) == [2, 10]  # those that wait together come in any order


def test_asyncio_goes_on():
    found = outcome(
        JOBS["fit"],
        """
        async def main():
            loop = asyncio.get_running_loop()
            heard = []
            loop.add_signal_handler(signal.SIGUSR1, lambda: heard.append("usr1"))
            interrupt_after(0.1, signal.SIGUSR1)
            GaussianMixture(4, tol=0, max_iter=60, random_state=0).fit(X)
            for _ in range(200):
                await asyncio.sleep(0.01)
                if heard:
                    break
            return heard
        told(heard=asyncio.run(main()))
        """,
    )
    assert found == {"heard": ["usr1"]}


def test_a_handler_of_the_programs_own_decides():
    """It runs while the fit goes on; what it raises ends the fit."""
    found = outcome(
        JOBS["fit"],
        """
        class Enough(Exception):
            pass
        heard = []
        def handler(number, frame):
            heard.append(number)
            if len(heard) == 2:
                raise Enough
            interrupt_after(0.3)
        signal.signal(signal.SIGINT, handler)
        interrupt_after(0.3)
        try:
            job()
        except Enough:
            told(heard=heard, seconds=time.perf_counter() - sent[-1])
        """,
    )
    assert found["heard"] == [2, 2]
    assert found["seconds"] < 5


def test_other_threads_are_left_alone():
    found = outcome(
        """
        X = np.random.default_rng(0).standard_normal((20_000, 4))
        done = []
        def work():
            model = GaussianMixture(8, tol=0, max_iter=100, random_state=0)
            done.append(model.fit(X).n_iter_)
        worker = threading.Thread(target=work)
        worker.start()
        interrupt_after(0.05)
        interrupted = False
        try:
            time.sleep(5)
        except KeyboardInterrupt:
            interrupted = True
        while worker.is_alive():
            time.sleep(0.01)
        told(done=done, interrupted=interrupted)
        """
    )
    assert found == {"done": [100], "interrupted": True}


def test_a_nested_call_is_interrupted_as_the_outer_one():
    found = outcome(
        JOBS["fit"],
        """
        text = nothing()
        interrupt_after(0.5)
        try:
            job(progress=lambda now: count_doubles(text, unit="byte"))
        except KeyboardInterrupt:
            late = time.perf_counter() - sent[0]
        told(seconds=late, after=count_doubles("aab"), fd=signal.set_wakeup_fd(-1))
        """,
    )
    assert found["seconds"] < MOST_SECONDS
    assert (found["after"], found["fd"]) == (1, -1)
