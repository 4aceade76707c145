"""SciPy's lists of vectors that one solve hands to the next."""

import numpy as np


def put(solver, pairs, system):
    """Give a solver pairs of a vector and its product with A, or None: the oldest first."""
    vectors = [np.ravel(u) for u, _ in pairs]
    if not vectors:
        return
    solver._object.set("recycled", _rows(vectors, system))
    products = [system.A.matvec(u.astype(system.b.dtype)) if c is None else np.ravel(c)
                for u, (_, c) in zip(vectors, pairs)]  # fmt: skip
    solver._object.set("recycled_products", _rows(products, system))


def taken(solver, system):
    """The pairs that a solver has kept; None for a product that it has not."""
    vectors = _vectors(solver, "recycled", system)
    products = _vectors(solver, "recycled_products", system)
    return list(zip(vectors, products or [None] * len(vectors)))


def _scalars(system):
    return np.complex128 if system.b.dtype.kind == "c" else np.float64


def _rows(vectors, system):
    for vector in vectors:
        if vector.shape != system.x.shape:
            raise ValueError(f"a vector has shape {vector.shape}, expected {system.x.shape}")
        if not np.can_cast(vector.dtype, _scalars(system), "same_kind"):
            raise TypeError(f"a vector has dtype {vector.dtype}, expected {system.b.dtype}")
    return np.array(vectors, _scalars(system)).view(np.float64)


def _vectors(solver, name, system):
    try:
        rows = solver.get(name)
    except AttributeError:
        return []
    return list(rows.view(_scalars(system)).astype(system.b.dtype))
