"""windlass solve, as a program."""

import json
import subprocess
import sys

import numpy as np
import pytest

sparse = pytest.importorskip("scipy.sparse")
scipy_io = pytest.importorskip("scipy.io")


def windlass(*words, status=0):
    command = [sys.executable, "-m", "windlass", "solve", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture
def files(tmp_path):
    line = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], (12, 12))
    A = sparse.kronsum(line, line, format="csr")
    b = np.arange(144.0)
    scipy_io.mmwrite(tmp_path / "A.mtx", A)
    scipy_io.mmwrite(tmp_path / "b.mtx", b[:, None])
    sparse.save_npz(tmp_path / "A.npz", A)
    return tmp_path, A, b


@pytest.mark.parametrize("name", ["A.mtx", "A.npz"])
def test_solves_and_writes(files, name):
    folder, A, b = files
    words = (folder / name, folder / "b.mtx", "--method", "cg", "--precond", "ic0")
    told = json.loads(windlass(*words, "--json", "--output", folder / "x.npy").stdout)
    assert told["converged"] and told["method"] == "cg" and told["preconditionings"] > 0
    x = np.load(folder / "x.npy")
    assert np.linalg.norm(b - A @ x) <= 1.01e-8 * np.linalg.norm(b)


def test_the_preconditioner_is_said(files):
    folder, *_ = files
    assert "with M (ilu0)" in windlass(folder / "A.mtx").stdout
    told = json.loads(windlass(folder / "A.mtx", "--precond", "none", "--json").stdout)
    assert told["preconditioner"] is None and told["preconditionings"] == 0


def test_draws(files):
    pytest.importorskip("matplotlib")
    folder, *_ = files
    done = windlass(folder / "A.mtx", "--plot", folder / "r.png")
    assert "converged" in done.stdout and (folder / "r.png").stat().st_size > 1000


def test_what_is_wrong_is_said(files):
    folder, *_ = files
    assert "gmrse" in windlass(folder / "A.mtx", "--method", "gmrse", status=1).stderr
    assert "ilu9" in windlass(folder / "A.mtx", "--precond", "ilu9", status=1).stderr
    assert "none.mtx" in windlass(folder / "none.mtx", status=1).stderr
    assert "x.txt" in windlass(folder / "A.mtx", "--output", "x.txt", status=1).stderr
    done = windlass(folder / "A.mtx", "--maxiter", 2, status=2)
    assert "max_steps" in done.stdout


def test_a_least_squares_solution_is_one(files):
    folder, *_ = files
    A = sparse.random(30, 10, 0.5, random_state=np.random.default_rng(2), format="csr")
    sparse.save_npz(folder / "tall.npz", A)
    words = (folder / "tall.npz", "--method", "lsqr", "--output", folder / "x.npy")
    assert "least_squares" in windlass(*words).stdout
    exact = np.linalg.lstsq(A.toarray(), np.ones(30), rcond=None)[0]
    np.testing.assert_allclose(np.load(folder / "x.npy"), exact, atol=1e-6)


@pytest.mark.parametrize("option, name", [("--output", "x.npy"), ("--plot", "r.png")])
def test_a_missing_folder_is_found_before_the_solve(files, option, name):
    folder, *_ = files
    path = folder / "nowhere" / name
    # the matrix is not even read
    told = windlass(folder / "none.mtx", option, path, status=1).stderr
    assert f"{option} {path}: there is no folder" in told


def test_files_that_hold_something_else(files):
    folder, *_ = files
    (folder / "junk.npz").write_bytes(b"junk")
    (folder / "empty.npy").write_bytes(b"")
    (folder / "junk.mtx").write_text("junk")
    np.save(folder / "objects.npy", np.array([None, "a"]), allow_pickle=True)
    np.save(folder / "words.npy", np.array(["a", "b"]))
    np.savez(folder / "dense.npz", x=np.ones(3))
    for name in ("junk.npz", "junk.mtx", "dense.npz"):
        assert f"{name} cannot be read: " in windlass(folder / name, status=1).stderr
    for name in ("empty.npy", "objects.npy"):
        told = windlass(folder / "A.mtx", folder / name, status=1).stderr
        assert f"{name} cannot be read: " in told
    told = windlass(folder / "A.mtx", folder / "words.npy", status=1).stderr
    assert "words.npy has dtype <U1, expected numbers" in told
