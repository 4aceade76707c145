"""Slow preconditioners by the book, on dense matrices, and matrices to try them on."""

import gzip
import pathlib

import numpy as np
import scipy.io
import scipy.sparse as sp

DTYPES = [np.float32, np.float64, np.complex64, np.complex128]
EPS = {np.dtype(d): np.finfo(d).eps for d in DTYPES}


def numbers(rng, shape, dtype):
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def poisson(n, dtype=np.float64):
    """The five points, n x n."""
    line = sp.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(n, n))
    return (sp.kron(line, sp.eye(n)) + sp.kron(sp.eye(n), line)).tocsr().astype(dtype)


def convection(n, dtype=np.float64):
    """Not symmetric: upwind differences beside the five points."""
    wind = sp.diags([-1.0, 1.0], [-1, 0], shape=(n, n)) * 3
    A = poisson(n) + sp.kron(wind, sp.eye(n)) + 0.5 * sp.kron(sp.eye(n), wind)
    A = A.tocsr().astype(dtype)
    if A.dtype.kind == "c":
        A.data *= np.exp(0.3j * np.sin(np.arange(A.nnz))).astype(dtype)
    return A


def scattered(rng, n, entries, dtype):
    """Unsorted, with duplicates, and dominated by its diagonal."""
    rows, columns = rng.integers(0, n, (2, entries * n))
    values = numbers(rng, entries * n, np.complex128 if np.dtype(dtype).kind == "c" else float)
    A = sp.csr_matrix((values, (rows, columns)), shape=(n, n))
    A = (A + sp.diags(2.0 * entries + np.arange(n) % 3)).tocsr().astype(dtype)
    return A


def definite(rng, n, dtype):
    """Hermitian positive definite."""
    B = scattered(rng, n, 3, np.complex128 if np.dtype(dtype).kind == "c" else float)
    return (B + B.conj().T + sp.eye(n) * 4).tocsr().astype(dtype)


def blocks_of(n, blocks):
    """The borders of the library's blocks of rows."""
    count = max(1, min(blocks, n // 1024))
    return [n // count * i + n % count * i // count for i in range(count + 1)]


def decoupled(A, blocks):
    """The dense matrix without what lies between blocks, and its pattern with a full diagonal."""
    A = A.tocsr().copy()
    A.sum_duplicates()
    borders = blocks_of(A.shape[0], blocks)
    of_row = np.repeat(np.arange(len(borders) - 1), np.diff(borders))
    C = A.tocoo()
    kept = of_row[C.row] == of_row[C.col]
    wide = np.complex128 if A.dtype.kind == "c" else np.float64
    dense, pattern = np.zeros(A.shape, wide), np.eye(A.shape[0], dtype=bool)
    dense[C.row[kept], C.col[kept]] = C.data[kept]
    pattern[C.row[kept], C.col[kept]] = True
    return dense, pattern


def ilu0(dense, pattern):
    """L and U of algorithm 10.4 of Saad, row by row."""
    F = dense.copy()
    n = len(F)
    for i in range(n):
        for k in np.flatnonzero(pattern[i, :i]):
            F[i, k] /= F[k, k]
            right = pattern[i] & pattern[k]
            right[: k + 1] = False
            F[i, right] -= F[i, k] * F[k, right]
    return np.tril(F, -1) + np.eye(n), np.triu(F)


def ilut(dense, drop, fill):
    """Algorithm 10.6 of Saad; entries of L are compared before they are divided."""
    n = len(dense)
    L, U = np.eye(n, dtype=dense.dtype), np.zeros_like(dense)

    def largest(w, columns):
        order = sorted(columns, key=lambda c: (-abs(w[c]), c))
        return order[:fill]

    for i in range(n):
        w = dense[i].copy()
        bound = drop * np.linalg.norm(dense[i])
        for k in range(i):
            if abs(w[k]) < bound or w[k] == 0:
                w[k] = 0
                continue
            w[k] /= U[k, k]
            w[k + 1 :] -= w[k] * U[k, k + 1 :]
        for c in largest(w, [c for c in range(i) if w[c] != 0]):
            L[i, c] = w[c]
        U[i, i] = w[i]
        for c in largest(w, [c for c in range(i + 1, n) if abs(w[c]) >= bound and w[c] != 0]):
            U[i, c] = w[c]
    return L, U


def ssor(dense, omega):
    """The inverse of M."""
    D = np.diag(np.diag(dense))
    L, U = np.tril(dense, -1), np.triu(dense, 1)
    inverse = np.diag(1 / np.diag(dense))
    return (D + omega * L) @ inverse @ (D + omega * U) / (omega * (2 - omega))


def matrices():
    """Where real matrices lie, if they are here: a folder beside the project's."""
    for parent in pathlib.Path(__file__).resolve().parents:
        for folder in (parent / "shared", parent / "work" / "shared"):
            if (folder / "data" / "matrices").is_dir():
                return folder / "data" / "matrices"
    return None


def read(name):
    with gzip.open(matrices() / f"{name}.mtx.gz") as file:
        return scipy.io.mmread(file).tocsr()


def right_side(name):
    """The one that came with the matrix, or ones."""
    file = matrices() / f"{name}_b.mtx.gz"
    A = read(name)
    if not file.exists():
        return np.ones(A.shape[0], A.dtype)
    with gzip.open(file) as opened:
        return np.asarray(scipy.io.mmread(opened)).ravel().astype(A.dtype)
