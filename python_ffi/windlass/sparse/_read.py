"""Matrices from files."""

import os


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
        The name has none of these endings.
    """
    name = os.fspath(path)
    if name.endswith(".npy"):
        import numpy

        return numpy.load(name, allow_pickle=False)
    if name.endswith(".npz"):
        import scipy.sparse

        return scipy.sparse.load_npz(name).tocsr()
    if not name.removesuffix(".gz").removesuffix(".bz2").endswith(".mtx"):
        raise ValueError(f"{name} does not end in .mtx, .mtx.gz, .mtx.bz2, .npz or .npy")
    found = _read_market(name)
    return found.tocsr() if hasattr(found, "tocsr") else found


def _read_market(name):
    try:
        from fast_matrix_market import mmread
    except ImportError:
        from scipy.io import mmread

    return mmread(name)
