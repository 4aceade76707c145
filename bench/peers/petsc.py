"""PETSc on two processes, by Debian's python3-petsc4py and mpirun: a program beside this one.

    petsc.py SYSTEM.npz METHOD PRECONDITIONER

Prints the seconds of set-up and solve, and writes x beside the system.
"""

from __future__ import annotations

import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

PROCESSES = 2
ROUNDS = 2  # the first one warms


class Missing(Exception):
    """Says what is not installed."""


def environment() -> dict[str, str]:
    """With PETSC_DIR where Debian has put it."""
    found = os.environ.get("PETSC_DIR") or max(glob.glob("/usr/lib/petscdir/*/*real*"), default="")
    module = pathlib.Path(found, "lib", "python3", "dist-packages")
    if not found or not (module / "petsc4py").is_dir() or not shutil.which("mpirun"):
        raise Missing("PETSc is left out: it takes Debian's python3-petsc4py and openmpi-bin")
    allowed = {f"OMPI_ALLOW_RUN_AS_ROOT{end}": "1" for end in ("", "_CONFIRM")}
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**os.environ, **allowed, **threads, "PYTHONPATH": str(module), "PETSC_DIR": found}


def way(system, method: str, preconditioner: str):
    """A name, and a function that solves the system there; what it took itself, without starting
    processes and handing over the matrix, is in the function's `seconds`."""
    import numpy as np

    settings = environment()

    def solve():
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "system.npz")
            a = system.a
            np.savez(file, data=a.data, indices=a.indices, indptr=a.indptr, b=system.b)
            words = ["mpirun", "-n", str(PROCESSES), "/usr/bin/python3", __file__]
            ran = subprocess.run(
                [*words, str(file), method, preconditioner],
                env=settings,
                capture_output=True,
                text=True,
            )
            if ran.returncode:
                raise RuntimeError(f"PETSc: {ran.stderr.strip()[-500:]}")
            solve.seconds = float(ran.stdout.split()[-1])
            return np.load(file.with_suffix(".npy"))

    return f"PETSc {method} + {preconditioner}, {PROCESSES} processes", solve


def solver(PETSc, matrix, method: str, preconditioner: str):
    ksp = PETSc.KSP().create()
    ksp.setOperators(matrix)
    ksp.setType(method)
    ksp.getPC().setType(preconditioner)
    if method != "cg":
        ksp.setPCSide(PETSc.PC.Side.RIGHT)
    ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
    ksp.setFromOptions()
    return ksp


def main(file: str, method: str, preconditioner: str) -> None:
    import numpy as np
    import petsc4py

    petsc4py.init([sys.argv[0], "-sub_pc_type", "icc" if method == "cg" else "ilu"])
    from petsc4py import PETSc

    system = np.load(file)
    indptr, n = system["indptr"], len(system["b"])
    rank, count = PETSc.COMM_WORLD.rank, PETSc.COMM_WORLD.size
    first, last = n * rank // count, n * (rank + 1) // count
    begin, end = indptr[first], indptr[last]
    rows = (
        (indptr[first : last + 1] - begin).astype(PETSc.IntType),
        system["indices"][begin:end].astype(PETSc.IntType),
        system["data"][begin:end],
    )
    matrix = PETSc.Mat().createAIJ(size=((last - first, n), (last - first, n)), csr=rows)
    matrix.assemble()
    x, b = matrix.createVecs()
    b.setArray(system["b"][first:last])
    residual = b.duplicate()
    for _ in range(ROUNDS):
        x.set(0)
        PETSc.COMM_WORLD.barrier()
        start = time.perf_counter()
        ksp = solver(PETSc, matrix, method, preconditioner)
        tolerance = 1e-8
        for _ in range(6):
            ksp.setTolerances(rtol=tolerance, atol=0, divtol=1e30, max_it=100_000)
            ksp.solve(b, x)
            matrix.mult(x, residual)
            residual.aypx(-1, b)
            if residual.norm() <= 1e-8 * b.norm():
                break
            ksp.setInitialGuessNonzero(True)
            tolerance /= 10
        seconds = time.perf_counter() - start
    scatter, whole = PETSc.Scatter.toZero(x)
    scatter.scatter(x, whole)
    if rank == 0:
        np.save(str(pathlib.Path(file).with_suffix(".npy")), whole.getArray())
        print(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
