"""Arrays of what pandas has: its own arrays, frames of several kinds, objects."""

import numpy as np
import pytest
from windlass import as_array

pandas = pytest.importorskip("pandas")


def test_arrays_of_pandas():
    kinds = ["Int64", "Float32"]
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        pass
    else:
        kinds += ["float64[pyarrow]", "int32[pyarrow]"]
    for kind in kinds:
        x = pandas.array([1, None], dtype=kind)
        with pytest.raises(ValueError, match="y has nulls: 1 of 2"):
            as_array(x, name="y")
        assert as_array(x, na_value=0).tolist() == [1, 0]
        whole = as_array(x[:1])
        assert whole.dtype == x.dtype.numpy_dtype and whole.tolist() == [1]
        assert as_array(x, np.float64, na_value=-1).tolist() == [1, -1]
    bits = pandas.array([True, None], dtype="boolean")
    assert as_array(bits, na_value=False).dtype == bool
    with pytest.raises(ValueError, match="x has nulls"):
        as_array(bits)
    x = pandas.array([1, 2], dtype="Int64")
    as_array(x, writeable=True)[0] = 9
    assert x[0] == 9


def test_frames_of_several_kinds():
    days = pandas.to_datetime(["2020-01-01", "2021-01-01"])
    whole = pandas.array([1, 2], dtype="Int64")
    found = as_array(pandas.DataFrame({"a": [1, 2], "b": [True, False]}))
    assert found.dtype == np.int64 and found.tolist() == [[1, 1], [2, 0]]
    found = as_array(pandas.DataFrame({"a": [0.5, 2], "b": [True, False], "c": whole}))
    assert found.tolist() == [[0.5, 1, 1], [2, 0, 2]]
    for first in (whole, [1, 2], [True, False]):
        with pytest.raises(TypeError, match="y's column 'b' has dtype datetime64.*, expected num"):
            as_array(pandas.DataFrame({"a": first, "b": days}), name="y")
    labels = pandas.Series([1, None, 2], dtype="category")
    with pytest.raises(ValueError, match="x has nulls: 1 of 3"):
        as_array(labels)
    assert as_array(labels, na_value=5).tolist() == [1, 5, 2]


def test_objects_of_pandas():
    x = pandas.Series([1, pandas.NA, None], dtype=object)
    assert as_array(x, float, na_value=0).tolist() == [1, 0, 0]
    with pytest.raises(ValueError, match="y has nulls: 2 of 3 entries"):
        as_array(x, float, name="y")
    with pytest.raises(TypeError, match="y has dtype object, expected numbers; dtype="):
        as_array(x, na_value=0, name="y")
    frame = pandas.DataFrame({"a": pandas.array([1, 2], dtype="Int64"), "b": x[:2]})
    assert as_array(frame, float, na_value=0).tolist() == [[1, 1], [2, 0]]
