"""pandas Series of texts as they come, and of results as they go, see `.._pandas`."""

import sys

import numpy as np


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
