"""Statuses become exceptions that say what came, and that Python users already catch."""

import pickle
import threading

import numpy as np
import pytest
import windlass
from windlass import _context, _errors
from windlass._load import ffi, lib
from windlass._object import Object

pytestmark = pytest.mark.usefixtures("live_handles")


def negative_statuses():
    names = [name for name in dir(lib) if name.startswith("WDL_")]
    values = {getattr(lib, name) for name in names if not callable(getattr(lib, name))}
    return sorted(value for value in values if value < 0)


@pytest.mark.parametrize("status", negative_statuses())
def test_every_negative_status_has_a_class(status):
    error = _errors.error_of(0, status)
    assert isinstance(error, windlass.WindlassError)
    assert error.status == status
    assert error.name == ffi.string(lib.wdl_status_name(status)).decode()
    assert str(error)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (windlass.WindlassValueError, ValueError),
        (windlass.WindlassTypeError, TypeError),
        (windlass.WindlassKeyError, KeyError),
        (windlass.WindlassAttributeError, AttributeError),
        (windlass.WindlassMemoryError, MemoryError),
        (windlass.WindlassTimeoutError, TimeoutError),
        (windlass.WindlassUnsupportedError, NotImplementedError),
        (windlass.WindlassBusyError, RuntimeError),
    ],
)
def test_classes(ours, theirs):
    assert issubclass(ours, theirs) and issubclass(ours, windlass.WindlassError)
    error = ours("what came")
    error.status, error.position = -1, (3, 4)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is ours
    assert (str(again), again.status, again.position) == ("what came", -1, (3, 4))


def test_fields():
    with pytest.raises(windlass.WindlassValueError) as caught:
        windlass.text.count_doubles(b"ab\xff")
    error = caught.value
    assert error.name == "WDL_BAD_DATA" and error.status == lib.WDL_BAD_DATA
    assert error.function == "wdl_text_count_doubles"
    assert error.argument == 1
    assert error.position == (2,)


def test_unknown_names_suggest_the_nearest():
    model = Object.create("mixture")
    with pytest.raises(KeyError, match="n_component") as caught:
        model.set("n_component", 3)
    assert '"n_components"' in str(caught.value)
    with pytest.raises(KeyError, match="kind is"):
        windlass.describe("mixtures")


def test_no_value_yet():
    model = Object.create("mixture")
    with pytest.raises(AttributeError, match="no value yet"):
        model.get("means")


def test_released_object():
    model = Object.create("mixture")
    model.release()
    model.release()
    with pytest.raises(windlass.WindlassValueError, match="stale"):
        model.get("n_components")


def test_busy_object():
    """A writer while another thread's call uses the object."""
    from windlass.mixture import GaussianMixture

    X = np.random.default_rng(0).standard_normal((200, 2))
    seen = []

    def intrude(model):
        with pytest.raises(windlass.WindlassBusyError) as caught:
            model.set("tol", 1.0)
        seen.append(caught.value.name)

    estimator = GaussianMixture(2, random_state=0)
    made = []
    create = Object.create.__func__

    class Watched(Object):
        @classmethod
        def create(cls, kind):
            made.append(create(Object, kind))
            return made[-1]

    def progress(now):
        worker = threading.Thread(target=intrude, args=(made[-1],))
        worker.start()
        worker.join()
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("windlass.mixture._gaussian.Object", Watched)
        estimator.fit(X, progress=progress)
    assert seen == ["WDL_BUSY"]
    made.clear()


def test_errors_belong_to_their_thread():
    messages = {}

    def fail(n):
        for _ in range(200):
            with pytest.raises(ValueError) as caught:
                windlass.text.count_doubles(b"a" * n + b"\xff")
            assert caught.value.position == (n,)
        messages[n] = str(caught.value)

    workers = [threading.Thread(target=fail, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(f"byte {n}" in messages[n] for n in range(4))


def test_success_clears_nothing_and_writes_nothing():
    context = _context.current()
    with pytest.raises(ValueError):
        windlass.text.count_doubles(b"\xff")
    record = ffi.new("wdl_error *")
    windlass.text.count_doubles(b"aa")
    lib.wdl_error_get(context.id, record)
    assert record.status == lib.WDL_BAD_DATA
