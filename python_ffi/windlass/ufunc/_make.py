"""Ufuncs of loops: NumPy's own where they can be had, else plain objects with the same methods."""

import os

from ._numpy import NoTable, maker


def _chosen():
    if os.environ.get("WINDLASS_UFUNC") == "plain":
        return None, "WINDLASS_UFUNC=plain"
    try:
        return maker(), None
    except NoTable as problem:
        return None, str(problem)


make, plain = _chosen()
if make is None:
    from ._plain import Plain as make
