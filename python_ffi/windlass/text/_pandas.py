"""pandas Series as they come and go. pandas is never imported: who gives a Series has done so."""

import sys

import numpy as np


def is_series(data):
    """Whether it is a pandas Series."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.Series)


def is_index(data):
    """Whether it is a pandas Index of one level."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.Index) and data.nlevels == 1


def is_missing(value):
    """Whether it is NaN or pandas.NA, which stand for None in columns."""
    if isinstance(value, float):
        return value != value
    return value is getattr(sys.modules.get("pandas"), "NA", sys)


def is_categorical(series):
    return isinstance(series.dtype, sys.modules["pandas"].CategoricalDtype)


def categories(series):
    """The distinct texts, the number of each row's, and which rows are null."""
    codes = np.asarray(series.array.codes).astype(np.intp)
    nulls = codes < 0
    codes[nulls] = 0
    distinct = np.asarray(series.array.categories, dtype=object).tolist()
    return distinct, codes, nulls if nulls.any() else None


def arrow(series):
    """The Arrow column of a Series that is kept as one, else None."""
    dtype, pandas = series.dtype, sys.modules["pandas"]
    kept = getattr(dtype, "storage", None) == "pyarrow"
    if kept or isinstance(dtype, getattr(pandas, "ArrowDtype", ())):
        return series.array.__arrow_array__()
    return None


def texts(series):
    """The texts as a list, None for those that are null."""
    values = series.to_numpy(object)
    nulls = series.isna().to_numpy(bool)
    if nulls.any():
        values = values.copy()
        values[nulls] = None
    return values.tolist()


def present(results, nulls, series):
    """Results of the rows of a Series: Int64 with <NA>, and its index."""
    pandas = sys.modules["pandas"]
    nulls = np.zeros(len(results), bool) if nulls is None else nulls
    if results.ndim == 2:
        columns = range(results.shape[1])
        made = {i: pandas.arrays.IntegerArray(results[:, i].copy(), nulls.copy()) for i in columns}
        return pandas.DataFrame(made, index=series.index)
    values = pandas.arrays.IntegerArray(np.ascontiguousarray(results), nulls.copy())
    return pandas.Series(values, index=series.index, name=series.name)
