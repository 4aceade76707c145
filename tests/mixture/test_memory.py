"""What a fit takes beside X: tiles and sums, never an array of n x k."""

import json
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    not pathlib.Path("/proc/self/clear_refs").exists(), reason="needs Linux's peak of memory"
)

N, D, K = 200_000, 2, 64  # n x k is 102 MB, X 3.2 MB
PROGRAM = f"""
import json, warnings
import numpy as np
from windlass.mixture import GaussianMixture, Statistics

warnings.simplefilter("ignore")
X = np.random.default_rng(0).normal(size=({N}, {D}))

def peak(call):  # MB above what is there before
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = of("VmRSS")
    call()
    return of("VmHWM") - before

def of(name):
    for line in open("/proc/self/status"):
        if line.startswith(name):
            return int(line.split()[1]) / 1024

def fit(**options):
    return lambda: GaussianMixture({K}, random_state=0, max_iter=1, **options).fit(X)

model = fit(init_params="random_from_data")()
found = {{
    name: peak(fit(init_params=name))
    for name in ("kmeans", "k-means++", "random_from_data", "random", "dirichlet")
}}
for name in ("tied", "diag", "spherical"):
    found[name] = peak(fit(covariance_type=name, init_params="random_from_data"))
found["n_init"] = peak(fit(n_init=4, init_params="random_from_data"))
found["score"] = peak(lambda: model.score(X))
found["predict"] = peak(lambda: model.predict(X))
found["Statistics"] = peak(lambda: Statistics(model).add(X))
found["partial_fit"] = peak(lambda: GaussianMixture({K}, random_state=0).partial_fit(X))
found["predict_proba"] = peak(lambda: model.predict_proba(X))  # asked for
print(json.dumps(found))
"""


def test_never_rows_times_components():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("predict_proba") > 90  # the measure sees it
    assert max(found.values()) < 12, found
