"""Objects describe themselves; what they are given is checked and comes back."""

import math

import numpy as np
import pytest
import windlass
from windlass._object import Object

pytestmark = pytest.mark.usefixtures("live_handles")


def test_kinds():
    assert {"process", "context", "buffer", "mixture"} <= set(windlass.kinds())


@pytest.mark.parametrize("kind", windlass.kinds())
def test_descriptions_are_complete(kind):
    for name, p in windlass.describe(kind).items():
        assert name == p.name and name.isidentifier()
        assert p.help and p.type in ("int", "real", "text", "array", "object")
        assert p.settable or p.result
        assert p.minimum <= p.maximum or p.type in ("text", "object")
        assert p.type != "text" or p.initial is None or p.initial in p.choices
        assert (p.ndim > 0) == (p.dtype > 0) or p.type == "array"


def test_initial_values_come_back():
    model = Object.create("mixture")
    for name, p in windlass.describe("mixture").items():
        if p.settable and p.initial is not None:
            assert str(model.get(name)) == p.initial or float(p.initial) == model.get(name)


def test_values_come_back():
    model = Object.create("mixture")
    for name, p in windlass.describe("mixture").items():
        if not p.settable:
            continue
        if p.type in ("int", "real"):
            value = {"int": int, "real": float}[p.type](min(p.maximum, 12345))
            model.set(name, value)
            assert model.get(name) == value
            for wrong in (p.minimum - 1, p.maximum + 1):
                if math.isfinite(wrong) and abs(wrong) < 2**53:
                    with pytest.raises(ValueError, match=name):
                        model.set(name, {"int": int, "real": float}[p.type](wrong))
            with pytest.raises(TypeError, match=name):
                model.set(name, "many")
            model.set(name, None)
            assert str(model.get(name)) == p.initial or float(p.initial) == model.get(name)
        elif p.type == "text":
            for choice in p.choices:
                model.set(name, choice)
                assert model.get(name) == choice
            with pytest.raises(ValueError, match=name):
                model.set(name, "none of them")
        elif p.type == "array":
            value = np.full((3,) * (p.ndim or 2), 0.25)
            model.set(name, value[::-1])
            np.testing.assert_array_equal(model.get(name), value)
            if p.ndim:
                with pytest.raises(ValueError, match=name):
                    model.set(name, np.zeros((2,) * (p.ndim + 1)))
            model.set(name, None)
            with pytest.raises(AttributeError, match=name):
                model.get(name)


def test_an_array_that_is_set_is_copied():
    model = Object.create("mixture")
    value = np.array([0.5, 0.5])
    model.set("weights_init", value)
    value[:] = 7
    assert model.get("weights_init").tolist() == [0.5, 0.5]


def test_numpy_scalars():
    model = Object.create("mixture")
    model.set("n_components", np.int32(4))
    model.set("tol", np.float32(0.5))
    assert (model.get("n_components"), model.get("tol")) == (4, 0.5)


def test_results_are_not_to_be_set():
    with pytest.raises(ValueError, match="n_iter"):
        Object.create("mixture").set("n_iter", 3)


def test_save_and_load():
    model = Object.create("mixture")
    model.set("n_components", 7)
    model.set("means_init", np.arange(14.0).reshape(7, 2))
    data = model.save()
    assert data == model.save()
    again = Object.load(data)
    assert again.kind == "mixture"
    assert again.get("n_components") == 7
    np.testing.assert_array_equal(again.get("means_init"), model.get("means_init"))
    assert again.save() == data
    for at in range(0, len(data), 7):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        with pytest.raises(windlass.WindlassValueError):
            Object.load(bytes(damaged))
    with pytest.raises(windlass.WindlassValueError):
        Object.load(data[:-1])
    with pytest.raises(windlass.WindlassValueError):
        Object.load(b"")


def test_released_with_the_last_reference(live_handles):
    before = live_handles()
    model = Object.create("mixture")
    assert live_handles() == before + 1
    del model
    assert live_handles() == before
