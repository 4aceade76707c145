"""The package as a whole: import, command line, fork, threadpoolctl."""

import json
import os
import statistics
import subprocess
import sys

import pytest
import windlass
from windlass import _load

pytestmark = pytest.mark.usefixtures("live_handles")

# Promised: 30 ms over NumPy's own. Twice that for a machine that does other things meanwhile.
MOST_IMPORT_SECONDS = 0.06


def run(*arguments, **options):
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def printed(program):
    done = run("-c", program)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.no_sanitizer
def test_import_is_quick(record_property):
    program = (
        "import json, time, numpy; start = time.perf_counter(); import windlass;"
        "print(json.dumps(time.perf_counter() - start))"
    )
    seconds = statistics.median(printed(program) for _ in range(5))
    record_property("seconds", seconds)
    print(f"import windlass: {seconds * 1e3:.1f} ms over NumPy's own")
    assert seconds < MOST_IMPORT_SECONDS


def test_import_brings_nothing_heavy():
    modules = "windlass, windlass.text, windlass.mixture"
    loaded = printed(f"import sys, json, {modules}; print(json.dumps([*sys.modules]))")
    heavy = {"sklearn", "scipy", "pandas", "tqdm", "threadpoolctl", "matplotlib", "cffi", "asyncio"}
    assert not heavy.intersection(loaded)


def test_modules_load_on_first_use():
    loaded = printed("import sys, json, windlass; print(json.dumps([*sys.modules]))")
    assert "numpy" not in loaded
    assert "windlass.text" not in loaded
    used = "import json, windlass; print(json.dumps(windlass.text.count_doubles('aab')))"
    assert printed(used) == 1


def test_all_names_exist():
    for name in windlass.__all__:
        assert getattr(windlass, name) is not None
        assert name in dir(windlass)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        windlass.nothing  # noqa: B018


def test_version():
    number = _load.lib.wdl_version()
    assert windlass.__version__ == f"{number >> 16}.{number >> 8 & 255}.{number & 255}"
    assert windlass.info()["version"] == windlass.__version__


def test_library_that_is_not_there():
    done = run("-c", "import windlass", env={**os.environ, "WINDLASS_LIBRARY": "/no/such/file.so"})
    assert "ImportError" in done.stderr and "/no/such/file.so" in done.stderr


def test_library_that_is_none(tmp_path):
    path = tmp_path / "library.so"
    path.write_text("no library")
    done = run("-c", "import windlass", env={**os.environ, "WINDLASS_LIBRARY": str(path)})
    assert "ImportError" in done.stderr and "cannot be opened" in done.stderr


def test_command_line():
    done = run("-m", "windlass", "info")
    assert done.returncode == 0, done.stderr
    for word in ("version", "library", "level", "levels", "threads", "cores", "build"):
        assert any(line.startswith(f"{word} ") for line in done.stdout.splitlines()), word
    found = json.loads(run("-m", "windlass", "info", "--json").stdout)
    assert found["level"] in found["levels"] and "base" in found["levels"]
    assert found["threads"] >= 1
    assert "mixture" in run("-m", "windlass", "describe").stdout
    assert "n_components: int" in run("-m", "windlass", "describe", "mixture").stdout
    wrong = run("-m", "windlass", "describe", "nothing")
    assert wrong.returncode == 1 and "nothing" in wrong.stderr
    assert run("-m", "windlass").returncode == 2


FORKS = """
    import json, os, warnings
    import numpy as np
    import windlass
    from windlass.mixture import GaussianMixture
    from windlass.text import count_doubles

    warnings.simplefilter("ignore")
    text = b"aab" * 3_000_000
    X = np.random.default_rng(0).standard_normal((20_000, 3))
    def work():
        with windlass.threads(4):
            model = GaussianMixture(3, random_state=0, max_iter=5).fit(X)
            return count_doubles(text), model.means_.tobytes()
    expected = work()
    right = 0
    for i in range(100):
        child = os.fork()
        if child == 0:
            os._exit(0 if work() == expected else 1)
        right += os.waitpid(child, 0)[1] == 0
    print(json.dumps([right, work() == expected]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork_after_use():
    """A hundred children use the threads that their parent has used, and so does the parent."""
    done = run("-c", "\n".join(line[4:] for line in FORKS.splitlines()))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [100, True]


POOL = """
import json, multiprocessing, sys
from windlass.text import count_doubles
def work(n):
    return count_doubles("aab" * n)
if __name__ == "__main__":
    work(3_000_000)
    sizes = range(0, 2_000_000, 100_000)
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(json.dumps(pool.map(work, sizes) == [*sizes]))
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(method, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(POOL)
    done = run(str(program), method)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) is True


CTRL_C_IN_CHILD = """
import json, os, signal, sys, threading, time
import numpy as np
from windlass.mixture import GaussianMixture

X = np.random.default_rng(0).standard_normal((50_000, 8))
def job():
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        GaussianMixture(16, tol=0, max_iter=10**9, random_state=0).fit(X)
    except KeyboardInterrupt:
        return 7
assert job() == 7
child = os.fork()
if child == 0:
    os._exit(job())
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), job()]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_ctrl_c_in_a_child():
    assert printed(CTRL_C_IN_CHILD) == [7, 7]


THREADPOOL = """
import json
{}
windlass.text.count_doubles("aab")
def threads():
    (found,) = [one for one in threadpoolctl.threadpool_info() if one["user_api"] == "windlass"]
    assert found["version"] == windlass.__version__ and found["internal_api"] == "windlass"
    assert found["filepath"] and found["prefix"]
    assert found["num_threads"] == windlass.info()["threads"]
    return found["num_threads"]
before = threads()
with threadpoolctl.threadpool_limits(5, user_api="windlass"):
    five = threads()
with threadpoolctl.threadpool_limits(1):
    one = threads()
print(json.dumps([five, one, threads() == before]))
"""


@pytest.mark.parametrize(
    "imports", ["import windlass, threadpoolctl", "import threadpoolctl, windlass"]
)
def test_threadpoolctl(imports):
    pytest.importorskip("threadpoolctl")
    assert printed(THREADPOOL.format(imports)) == [5, 1, True]


def test_threadpoolctl_that_is_not_there():
    program = """
import sys, json
import windlass
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name == "threadpoolctl":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(1, Blocker())
try:
    import threadpoolctl
except ModuleNotFoundError:
    print(json.dumps(True))
"""
    assert printed(program) is True
