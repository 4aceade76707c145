"""A context for each thread, with its settings, released with the thread."""

import threading
import time

import pytest
import windlass
from windlass import _context
from windlass._load import lib
from windlass._object import Object
from windlass.text import count_doubles

pytestmark = pytest.mark.usefixtures("live_handles")


def in_thread(function):
    """What a function returns in another thread."""
    found = []
    worker = threading.Thread(target=lambda: found.append(function()))
    worker.start()
    worker.join()
    return found[0]



def set_here():
    context = _context.current()
    made = Object(context.id, "context")
    return made.get("threads"), made.get("time_limit")


def test_threads_nest_and_restore():
    assert set_here() == (0, 0.0)
    with windlass.threads(3):
        assert set_here()[0] == 3
        with windlass.threads(1):
            assert set_here()[0] == 1
            assert count_doubles("aa", threads=2) == 1
            assert set_here()[0] == 1
        assert set_here()[0] == 3
        with windlass.threads(None):
            assert set_here()[0] == 0
        with pytest.raises(ZeroDivisionError), windlass.threads(5):
            1 / 0
        assert set_here()[0] == 3
        assert in_thread(set_here)[0] == 0
    assert set_here()[0] == 0


def test_threads_refuses():
    with pytest.raises(windlass.WindlassValueError, match="threads is -2"), windlass.threads(-2):
        pass
    with pytest.raises(TypeError, match="float"):
        windlass.threads(1.5)
    assert set_here()[0] == 0


def test_a_context_is_reused_and_ends_with_its_thread(live_handles):
    ids = in_thread(lambda: (_context.current().id, _context.current().id))
    assert ids[0] == ids[1] != _context.current().id
    before = _context.live_handles()
    for _ in range(20):
        in_thread(lambda: count_doubles("aab"))
    assert _context.live_handles() == before


def test_drop():
    before = _context.current().id
    with windlass.threads(2):
        _context.drop()
        assert _context.current().id != before


def test_time_limit():
    X = [[float(i % 7), float(i % 11)] for i in range(2000)]
    from windlass.mixture import GaussianMixture

    with windlass.time_limit(1e-9), pytest.raises(TimeoutError) as caught:
        GaussianMixture(3, random_state=1).fit(X)
    assert caught.value.status == lib.WDL_CANCELLED
    model = GaussianMixture(20, random_state=1, tol=0, max_iter=10**9)
    start = time.perf_counter()
    with windlass.time_limit(0.2), pytest.warns(UserWarning, match="out of time"):
        model.fit(X)
    assert time.perf_counter() - start < 20
    assert model.n_iter_ > 0 and not model.converged_
    assert set_here()[1] == 0.0


def test_cancel_from_another_thread():
    context = _context.current().id
    lib.wdl_cancel(context, 1)
    try:
        with pytest.raises(windlass.WindlassCancelledError):
            count_doubles("aa")
    finally:
        lib.wdl_cancel(context, 0)
    assert count_doubles("aa") == 1
