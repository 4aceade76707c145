"""Tables of numbers in files: .csv, .tsv, .npy and .parquet, read and written."""

import csv
import pathlib

import numpy as np

KINDS = (".csv", ".tsv", ".npy", ".parquet")


class Table:
    """Columns of numbers, and their names, which are "0", "1", ... where the file has none."""

    def __init__(self, columns, names=None):
        self.columns = columns
        self.names = names or [str(number) for number in range(len(columns))]

    def take(self, wanted):
        """The columns of these names, in this order, as an ndarray (n, d)."""
        for name in wanted:
            if name not in self.names:
                raise ValueError(f"there is no column {name!r}, but: {', '.join(self.names)}")
        taken = [_numbers(self.columns[self.names.index(name)], name) for name in wanted]
        return np.column_stack(taken) if taken else np.empty((0, 0))


def kind_of(path):
    """What the file is, by the end of its name."""
    suffix = pathlib.Path(path).suffix.lower()
    if suffix not in KINDS:
        raise ValueError(f"its name ends in {suffix!r}, expected one of {' '.join(KINDS)}")
    return suffix


def _numbers(column, name):
    """A column as finite floats; rows are counted from 1 in what is said of others."""
    if column.dtype.kind == "c":
        raise ValueError(f"column {name!r} holds complex numbers")
    if column.dtype.kind in "biuf":
        numbers = column if column.dtype in (np.float32, np.float64) else column.astype(float)
    else:
        numbers = np.array([_number(value, name, row) for row, value in enumerate(column, 1)])
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        what = "no number" if np.isnan(numbers[wrong[0]]) else str(numbers[wrong[0]])
        raise ValueError(f"column {name!r} has {what} in row {wrong[0] + 1}")
    return numbers


def _number(value, name, row):
    try:
        return np.nan if value is None or value == "" else float(value)
    except (TypeError, ValueError):
        said = f"column {name!r} holds text: {str(value)[:40]!r} in row {row}"
        raise ValueError(f"{said}; --columns chooses others") from None


# Reading ----------------------------------------------------------------------------------------


def read(path):
    """The table in a file.

    Raises
    ------
    ValueError, OSError, ImportError
        It is no table, cannot be read, or needs a package that is not there.
    """
    kind = kind_of(path)
    table = {".npy": _read_npy, ".parquet": _read_parquet}.get(kind, _read_text)(path)
    if not table.columns or not len(table.columns[0]):
        raise ValueError("it has no rows")
    return table


def _read_npy(path):
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.ndim != 2:
        raise ValueError(f"it has an array of shape {array.shape}, expected rows and columns")
    return Table(list(array.T))


def _read_parquet(path):
    try:
        from pyarrow import parquet
    except ImportError:
        raise ImportError(".parquet needs pyarrow: pip install pyarrow") from None
    table = parquet.read_table(path)
    columns = [column.to_numpy(zero_copy_only=False) for column in table.columns]
    return Table(columns, list(table.column_names))


def _read_text(path):
    separator = "\t" if kind_of(path) == ".tsv" else ","
    with open(path, newline="", encoding="utf-8-sig") as file:
        first = next((row for row in csv.reader(file, delimiter=separator) if row), [])
    header = not all(map(_is_number, first))
    try:
        import pandas
    except ImportError:
        return _read_lines(path, separator, header)
    if not first:
        return Table([])
    try:
        frame = pandas.read_csv(path, sep=separator, header=0 if header else None)
    except pandas.errors.ParserError as error:
        raise ValueError(str(error).strip()) from None
    names = [str(name).strip() for name in frame.columns] if header else None
    return Table([frame[name].to_numpy() for name in frame.columns], names)


def _read_lines(path, separator, header):
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file, delimiter=separator) if row]
    names = [name.strip() for name in rows.pop(0)] if header else None
    width = len(names or (rows[0] if rows else []))
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(f"row {number} has {len(row)} fields, expected {width}")
    columns = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
    return Table(columns, names)


def _is_number(text):
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


# Writing ----------------------------------------------------------------------------------------


def write(path, columns, names):
    """Columns of equal length to a file of the kind that its name says."""
    kind = kind_of(path)
    if kind == ".npy":
        np.save(path, columns[0] if len(columns) == 1 else np.column_stack(columns))
    elif kind == ".parquet":
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError:
            raise ImportError(".parquet needs pyarrow: pip install pyarrow") from None
        parquet.write_table(pyarrow.table(dict(zip(names, columns, strict=True))), path)
    else:
        with open(path, "w", newline="", encoding="utf-8") as file:
            write_text(file, columns, names, "\t" if kind == ".tsv" else ",")


def write_text(file, columns, names, separator=","):
    """Columns as lines of text below their names; each number is read back as it was."""
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
