"""What is of pandas, which is never imported: who gives a Series has done so."""

import sys


def _is(data, kind):
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, getattr(pandas, kind, ()))


def is_series(data):
    """Whether it is a pandas Series."""
    return _is(data, "Series")


def is_index(data):
    """Whether it is a pandas Index of one level."""
    return _is(data, "Index") and data.nlevels == 1


def is_frame(data):
    """Whether it is a pandas DataFrame."""
    return _is(data, "DataFrame")


def arrow(series):
    """The Arrow column of a Series that is kept as one, else None."""
    dtype = series.dtype
    if getattr(dtype, "storage", None) == "pyarrow" or _is(dtype, "ArrowDtype"):
        return series.array.__arrow_array__()
    return None


def is_array(data):
    """Whether it is what pandas.array makes."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.api.extensions.ExtensionArray)


def series(array):
    """A Series over the memory of such an array."""
    return sys.modules["pandas"].Series(array, copy=False)


def is_categorical(dtype):
    """Whether a dtype is one of categories."""
    return _is(dtype, "CategoricalDtype")


def missing():
    """pandas.NA, None where there is no pandas."""
    return getattr(sys.modules.get("pandas"), "NA", None)
