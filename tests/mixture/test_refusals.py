"""What a mixture refuses: input that breaks its definition, saved parameters that lie."""

import struct
import time
import zlib

import numpy as np
import pytest
import windlass
from windlass.mixture import GaussianMixture, e_step, m_step

pytestmark = pytest.mark.usefixtures("live_handles")

X = np.random.default_rng(0).normal(size=(200, 2))


@pytest.mark.parametrize("matrix", [[[1, 0], [5, 1]], [[1, 5], [0, 1]]])
def test_covariances_are_symmetric(matrix):
    with pytest.raises(ValueError, match=r"covariances\[0\] is not symmetric: entry 1, 0"):
        e_step(X, [1.0], [[0.0, 0.0]], [matrix])


def test_precisions_are_symmetric():
    precisions = [np.eye(2), [[1, 0.5], [-0.5, 1]]]
    with pytest.raises(ValueError, match="should be symmetric, positive-definite"):
        GaussianMixture(2, precisions_init=precisions).fit(X)


def test_covariances_beyond_double_precision():
    with pytest.raises(ValueError, match="beyond double precision: scale x"):
        m_step(X * 1e200, np.ones((200, 1)))


def test_names_suggest_the_nearest():
    with pytest.raises(windlass.WindlassError, match='the nearest is "mixture"'):
        windlass.describe("mixtures")


def test_as_many_components_as_rows_start_at_once():
    many = np.arange(200_000.0)[:, None]
    begin = time.perf_counter()
    options = {"init_params": "random_from_data", "max_iter": 1, "reg_covar": 1.0}
    model = GaussianMixture(200_000, random_state=0, **options)
    with windlass.time_limit(0.2):
        with pytest.raises(TimeoutError):
            model.fit(many)
    assert time.perf_counter() - begin < 5  # a quadratic draw took longer by itself


def test_starting_rows_are_distinct_and_random():
    rows = np.arange(50.0)[:, None]
    starts = set()
    for seed in range(20):
        options = {"init_params": "random_from_data", "max_iter": 0, "reg_covar": 1.0}
        model = GaussianMixture(50, random_state=seed, **options).fit(rows)
        means = model.means_[:, 0].round().astype(int)
        assert sorted(means) == list(range(50))
        starts.add(tuple(means))
    assert len(starts) == 20


def tampered(saved, name, axes, index, value):
    """A saved object with another number in one of its arrays, and the checksum to suit."""
    data = bytearray(saved)
    begin = data.index(struct.pack("<I", len(name)) + name) + 4 + len(name) + 4 + 8 + 8 * axes
    data[begin + 8 * index : begin + 8 * index + 8] = struct.pack("<d", value)
    data[12:16] = struct.pack("<I", zlib.crc32(data[24:]))
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "axes", "index", "value"),
    [
        (b"weights", 1, 0, 5.0),
        (b"weights", 1, 0, -0.5),
        (b"precisions_cholesky", 3, 0, -1.0),
        (b"precisions_cholesky", 3, 2, 0.5),
        (b"means", 2, 0, float("nan")),
    ],
)
def test_saved_parameters_that_lie(tmp_path, name, axes, index, value):
    path = tmp_path / "model.wdl"
    model = GaussianMixture(2, random_state=0).fit(X)
    model.save(path)
    assert np.array_equal(GaussianMixture.load(path).means_, model.means_)
    path.write_bytes(tampered(path.read_bytes(), name, axes, index, value))
    with pytest.raises(windlass.WindlassValueError):
        GaussianMixture.load(path)
