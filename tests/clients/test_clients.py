"""The examples in other languages: compiled, run, and compared with Python's own answers."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.xdist_group("clients")]  # built once

STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror"]
TEXT = "Bookkeeping: ééé, 𝄞𝄞, aaa,\n\nzz\0\0 – committee"
CENTRES = np.array([[0.0, 0.0, 5.0], [6.0, 1.0, -5.0], [2.0, 7.0, 0.0]])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with text.txt and points.csv: three clouds that nobody can take for two."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "text.txt").write_bytes(TEXT.encode())
    random = np.random.default_rng(3)
    points = CENTRES[random.integers(0, 3, 900)] + random.normal(size=(900, 3))
    np.savetxt(folder / "points.csv", points, delimiter=",", fmt="%.17g")
    return folder


@pytest.fixture(scope="module")
def pkg_config(c_prefix):
    (folder,) = c_prefix.rglob("pkgconfig")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}

    def words(*arguments):
        command = ["pkg-config", *arguments, "windlass"]
        return shlex.split(subprocess.check_output(command, env=environment, text=True))

    return words


def run(command, **environment):
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def compiled(compiler, standard, source, program, flags):
    run([*compiler, f"-std={standard}", *STRICT, source, "-o", program, *flags])
    return program


def shared_flags(c_prefix, pkg_config):
    (library,) = c_prefix.rglob("libwindlass.so")
    return [*pkg_config("--cflags", "--libs"), f"-Wl,-rpath,{library.parent}"]


@pytest.fixture(scope="module", params=["c", "c-static", "cpp", "ctypes"])
def example(request, root, compilers, c_prefix, pkg_config, tmp_path_factory):
    """A function that runs one of the programs and returns what it prints."""
    examples, program = root / "examples", tmp_path_factory.mktemp("bin") / "two_jobs"
    if request.param == "ctypes":
        command = [sys.executable, examples / "two_jobs.py"]
    elif request.param == "cpp":
        flags = shared_flags(c_prefix, pkg_config)
        command = [compiled(compilers["cpp"], "c++17", examples / "two_jobs.cpp", program, flags)]
    elif request.param == "c":
        flags = shared_flags(c_prefix, pkg_config)
        command = [compiled(compilers["c"], "c99", examples / "two_jobs.c", program, flags)]
    else:
        flags = ["-static", *pkg_config("--static", "--cflags", "--libs")]
        command = [compiled(compilers["c"], "c99", examples / "two_jobs.c", program, flags)]
    (folder,) = {path.parent for path in c_prefix.rglob("libwindlass.so.0")}
    return lambda *files: run([*command, *files], LD_LIBRARY_PATH=str(folder))


def mean_log_likelihood(x, weights, means, covariances):
    densities = np.empty((len(x), len(weights)))
    for c, (weight, mean, covariance) in enumerate(zip(weights, means, covariances)):
        distance = np.linalg.solve(covariance, (x - mean).T).T
        _, log_determinant = np.linalg.slogdet(2 * np.pi * covariance)
        densities[:, c] = np.log(weight) - 0.5 * (
            log_determinant + np.einsum("ij,ij->i", distance, x - mean)
        )
    return np.logaddexp.reduce(densities, axis=1).mean()


def expected_bound(points):
    """Where expectation-maximisation ends: the clouds are far apart, so labels give it away."""
    labels = np.argmin(np.linalg.norm(points[:, None] - CENTRES, axis=2), axis=1)
    parts = [points[labels == c] for c in range(3)]
    weights = [len(part) / len(points) for part in parts]
    means = [part.mean(axis=0) for part in parts]
    covariances = [np.cov(part.T, bias=True) for part in parts]
    return mean_log_likelihood(points, weights, means, covariances), weights, means


def test_two_jobs(example, data):
    output = example(data / "text.txt", data / "points.csv")
    points = np.loadtxt(data / "points.csv", delimiter=",")
    bound, weights, means = expected_bound(points)

    doubles = sum(a == b for a, b in zip(TEXT, TEXT[1:]))
    assert re.search(r"^doubled characters: (\d+)$", output, re.M)[1] == str(doubles)
    assert re.search(r"^points: (\d+) x (\d+)$", output, re.M).groups() == ("900", "3")
    found = re.search(r"^converged after \d+ iterations, .* (\S+)$", output, re.M)[1]
    assert float(found) == pytest.approx(bound, abs=2e-3)  # tol is 1e-3
    rows = re.findall(r"^component \d: weight (\S+), mean (.*)$", output, re.M)
    for weight, mean in rows:
        mean = np.array(mean.split(), float)
        nearest = np.argmin(np.linalg.norm(means - mean, axis=1))
        np.testing.assert_allclose(mean, means[nearest], atol=0.02)
        assert float(weight) == pytest.approx(weights[nearest], abs=0.005)
    assert len(rows) in (0, 3)  # the ctypes script stops before


@pytest.mark.parametrize("example", ["c", "c-static", "cpp"], indirect=True)
def test_built_in_data(example):
    output = example()
    assert output.startswith("doubled characters: 6\npoints: 600 x 2")
    assert "\nconverged after " in output


def test_bad_text_is_a_sentence(example, tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"abc\xff")
    with pytest.raises(AssertionError, match="wdl_text_count_doubles: "):
        example(tmp_path / "bad.txt")


def test_same_answers(root, compilers, c_prefix, pkg_config, library, data, tmp_path):
    """The dynamic, the static and the C++ program print the same digits."""
    shared = shared_flags(c_prefix, pkg_config)
    static = ["-static", *pkg_config("--static", "--cflags", "--libs")]
    builds = [("c", "c99", "two_jobs.c", shared), ("c", "c99", "two_jobs.c", static)]
    builds += [("cpp", "c++17", "two_jobs.cpp", shared)]
    outputs = set()
    for number, (language, standard, source, flags) in enumerate(builds):
        program = tmp_path / str(number)
        compiled(compilers[language], standard, root / "examples" / source, program, flags)
        outputs.add(run([program, data / "text.txt", data / "points.csv"]))
    assert len(outputs) == 1


def convection(side):
    """The system of examples/solve.c, dense."""
    h = 1 / (side + 1)
    across = 2 * np.eye(side) - np.eye(side, k=1) - np.eye(side, k=-1)
    along = across + 10 * h * (np.eye(side, k=1) - np.eye(side, k=-1))
    matrix = np.kron(across, np.eye(side)) + np.kron(np.eye(side), along)
    return matrix, np.full(side * side, h * h)


def test_solve(root, compilers, c_prefix, pkg_config, tmp_path):
    flags = shared_flags(c_prefix, pkg_config)
    source = root / "examples" / "solve.c"
    output = run([compiled(compilers["c"], "c99", source, tmp_path / "solve", flags)])
    found = re.fullmatch(r"(\d+) steps, \S+ \S+ \S+ \S+ = (\S+), \S+ \S+ = (\S+)\n", output)
    matrix, b = convection(50)
    assert float(found[2]) <= 1e-10 * np.linalg.norm(b)
    assert float(found[3]) == pytest.approx(np.linalg.solve(matrix, b)[1250 + 25], abs=2e-9)


@pytest.mark.parametrize("standard", ["c++17", "c++20"])
def test_windlass_hpp(compilers, c_prefix, pkg_config, tmp_path, standard):
    source = pathlib.Path(__file__).with_name("test_hpp.cpp")
    flags = shared_flags(c_prefix, pkg_config)
    program = compiled(compilers["cpp"], standard, source, tmp_path / "test_hpp", flags)
    assert run([program]).endswith("all checks passed\n")
