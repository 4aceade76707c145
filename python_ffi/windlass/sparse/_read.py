"""Matrices from files."""

import os
import zipfile
import zlib


def read(path):
    """The matrix or the vectors of a file.

    Parameters
    ----------
    path : str or path
        Matrix Market (.mtx, .mtx.gz, .mtx.bz2), read by fast_matrix_market where that is
        installed and else by SciPy; .npz of scipy.sparse.save_npz; .npy.

    Returns
    -------
    scipy.sparse matrix in CSR format, or ndarray
        A sparse matrix, or what the file stores as dense.

    Raises
    ------
    ImportError
        SciPy is not installed.
    ValueError
        The name has none of these endings, or what is in the file is not what it says.
    """
    name = os.fspath(path)
    read = next((_READERS[end] for end in _READERS if name.endswith(end)), None)
    if read is None:
        raise ValueError(f"{name} does not end in .mtx, .mtx.gz, .mtx.bz2, .npz or .npy")
    try:
        found = read(name)
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as problem:
        raise ValueError(f"{name} cannot be read: {problem}") from None
    if found.dtype.kind not in "biufc":
        raise ValueError(f"{name} has dtype {found.dtype}, expected numbers")
    return found.tocsr() if hasattr(found, "tocsr") else found


def _read_array(name):
    import numpy

    return numpy.load(name, allow_pickle=False)


def _read_sparse(name):
    import scipy.sparse

    return scipy.sparse.load_npz(name)


def _read_market(name):
    try:
        from fast_matrix_market import mmread
    except ImportError:
        from scipy.io import mmread

    return mmread(name)


_READERS = {
    ".npy": _read_array,
    ".npz": _read_sparse,
    ".mtx": _read_market,
    ".mtx.gz": _read_market,
    ".mtx.bz2": _read_market,
}
