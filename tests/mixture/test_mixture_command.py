"""windlass mixture fit|predict|sample."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from windlass import _mixture_command, _tables
from windlass.__main__ import main
from windlass.mixture import GaussianMixture

pytestmark = pytest.mark.usefixtures("live_handles")

rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(size=(60, 2)), rng.normal(size=(40, 2)) + 9]).round(3)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", X)
    np.savetxt("x.csv", X, delimiter=",", header="width,height", comments="", fmt="%.3f")
    np.savetxt("bare.csv", X, delimiter=",", fmt="%.3f")
    np.savetxt("x.tsv", X, delimiter="\t", header="width\theight", comments="", fmt="%.3f")
    return tmp_path


@pytest.fixture
def run(here, capsys):
    def run(command, status=0):
        assert main(["mixture", *command.split()]) == status
        return capsys.readouterr()

    return run


@pytest.fixture(params=["pandas", "csv"])
def reader(request, monkeypatch):
    if request.param == "csv":
        monkeypatch.setitem(sys.modules, "pandas", None)
    else:
        pytest.importorskip("pandas")


def as_json(done):
    return json.loads(done.out)


FIT = "--components 2 --seed 1 --tol 1e-6"


def expected(**options):
    return GaussianMixture(2, random_state=1, tol=1e-6, **options).fit(X)


# Fitting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["x.csv", "x.npy", "x.tsv", "bare.csv"])
def test_fit(run, reader, file):
    told, model = as_json(run(f"fit {file} {FIT} --json")), expected()
    assert told["weights"] == model.weights_.tolist() and told["means"] == model.means_.tolist()
    assert told["covariances"] == model.covariances_.tolist()
    assert (told["score"], told["aic"]) == (model.score(X), model.aic(X))
    assert (told["rows"], told["iterations"], told["converged"]) == (100, model.n_iter_, True)
    named = file in ("x.csv", "x.tsv")
    assert told["columns"] == (["width", "height"] if named else ["0", "1"])


def test_fit_tells(run):
    lines = run(f"fit x.csv {FIT}").out.splitlines()
    told = dict(line.split(maxsplit=1) for line in lines[:9])
    assert (told["rows"], told["columns"], told["covariance"]) == ("100", "width height", "full")
    assert lines[9].split() == ["weight", "width", "height"]
    rows = np.array([line.split() for line in lines[10:]], float)
    np.testing.assert_allclose(rows[:, 0], expected().weights_, rtol=1e-5)
    np.testing.assert_allclose(rows[:, 1:], expected().means_, rtol=1e-5)


def test_options_of_a_fit(run):
    told = as_json(run(f"fit x.csv {FIT} --covariance tied --init random --n-init 3 --json"))
    model = expected(covariance_type="tied", init_params="random", n_init=3)
    assert told["means"] == model.means_.tolist() and told["covariance"] == "tied"
    told = as_json(run(f"fit x.csv {FIT} --reg-covar 0.5 --threads 1 --starving drop --json"))
    assert told["means"] == expected(reg_covar=0.5).means_.tolist()
    one = as_json(run("fit x.csv --columns height --json"))
    assert one["columns"] == ["height"] and one["means"] == [[pytest.approx(X[:, 1].mean())]]


def test_columns_in_their_order(run):
    told = as_json(run(f"fit x.csv {FIT} --columns height,width --json"))
    swapped = GaussianMixture(2, random_state=1, tol=1e-6).fit(X[:, ::-1])
    assert told["means"] == swapped.means_.tolist()


def test_weights_are_a_column(run):
    weight = rng.integers(0, 3, len(X))
    np.savetxt("w.csv", np.c_[X, weight], delimiter=",", header="a,b,n", comments="")
    told = as_json(run("fit w.csv --weights n --json"))
    assert told["columns"] == ["a", "b"]
    np.testing.assert_allclose(told["means"][0], np.average(X, axis=0, weights=weight))


def test_what_has_not_converged_is_told(run):
    done = run("fit x.csv --components 3 --max-iter 1 --tol 0")
    assert "did not converge" in done.err
    assert "converged   False" in done.out


def test_a_bar_on_a_terminal(run, monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(_mixture_command, "_bar", lambda: True)
    assert "fit" in run(f"fit x.csv {FIT}").err


def test_plots(run, here):
    pytest.importorskip("matplotlib")
    run(f"fit x.csv {FIT} --plot out.png --save m.wdl")
    run("predict x.npy --model m.wdl --plot again.png --labels l.csv")
    for name in ("out.png", "again.png"):
        assert (here / name).read_bytes().startswith(b"\x89PNG")
    done = run("fit x.csv --columns width --plot out.png", status=1)
    assert done.err == "windlass: --plot needs two columns\n"


def test_plot_without_matplotlib(run, here, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done = run("fit x.csv --plot out.png --save m.wdl", status=1)
    assert "pip install matplotlib" in done.err and not (here / "m.wdl").exists()


# Labels and samples -----------------------------------------------------------------------------


def test_predict(run, here):
    run(f"fit x.csv {FIT} --save m.wdl --labels own.csv")
    model = expected()
    labels = model.predict(X)
    assert np.loadtxt("own.csv", skiprows=1).tolist() == labels.tolist()
    lines = run("predict x.npy --model m.wdl").out.splitlines()
    assert lines[0] == "label" and [int(line) for line in lines[1:]] == labels.tolist()
    told = as_json(run("predict x.csv --model m.wdl --proba --json"))
    assert told["label"] == labels.tolist() and told["score"] == model.score(X)
    np.testing.assert_array_equal(np.c_[told["p0"], told["p1"]], model.predict_proba(X))
    quiet = run("predict x.csv --model m.wdl --proba --labels p.csv")
    assert quiet.out == ""
    written = np.loadtxt("p.csv", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(written, np.c_[labels, model.predict_proba(X)])
    told = as_json(run("predict x.csv --model m.wdl --labels l.npy --json"))
    assert set(told) == {"rows", "score"} and np.load("l.npy").tolist() == labels.tolist()


def test_sample(run):
    run(f"fit x.csv {FIT} --save m.wdl")
    rows, labels = expected().set_params(random_state=7).sample(50)
    sample = "sample --model m.wdl --rows 50 --seed 7"
    text = io.StringIO(run(sample).out)
    np.testing.assert_array_equal(np.loadtxt(text, delimiter=",", skiprows=1), rows)
    told = as_json(run(f"{sample} --json --with-labels"))
    assert list(told) == ["x0", "x1", "label"] and told["label"] == labels.tolist()
    for name in ("s.npy", "s.csv", "s.tsv"):
        run(f"{sample.replace('sample', f'sample {name}')} --with-labels")
        again = _tables.read(name).take(["0", "1", "2"] if name == "s.npy" else list(told))
        np.testing.assert_array_equal(again, np.c_[rows, labels])


def test_parquet(run, monkeypatch):
    pytest.importorskip("pyarrow")
    run(f"fit x.csv {FIT} --save m.wdl")
    run("sample s.parquet --model m.wdl --rows 40 --with-labels")
    told = as_json(run("fit s.parquet --columns x1,x0 --json"))
    rows, _ = expected().set_params(random_state=0).sample(40)
    assert told["columns"] == ["x1", "x0"]
    np.testing.assert_allclose(told["means"][0], rows.mean(axis=0)[::-1])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for command in ("fit s.parquet", "sample s.parquet --model m.wdl"):
        assert "needs pyarrow: pip install pyarrow" in run(command, status=1).err


# What is refused --------------------------------------------------------------------------------

FILES = {
    "text.csv": ("a,name\n1,x\n2,y\n", "column 'name' holds text: 'x' in row 1; --columns"),
    "late.csv": ("a,b\n1,2\n3,4\n5,six\n", "column 'b' holds text: 'six' in row 3"),
    "hole.csv": ("a,b\n1,2\n3,\n", "column 'b' has no number in row 2"),
    "nan.csv": ("1,2\nnan,3\n", "column '0' has no number in row 2"),
    "inf.csv": ("1,2\n3,-inf\n", "column '1' has -inf in row 2"),
    "ragged.csv": ("a,b\n1,2\n3,4,5\n", ""),
    "head.csv": ("a,b\n", "it has no rows"),
    "empty.csv": ("", "it has no rows"),
    "one.csv": ("a,b\n1,2\n", "Found array with 1 sample(s)"),
    "some.xlsx": ("", "its name ends in '.xlsx', expected one of .csv .tsv .npy .parquet"),
    "not.npy": ("abc", ""),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_refused(run, reader, here, name):
    content, said = FILES[name]
    (here / name).write_text(content)
    done = run(f"fit {name}", status=1)
    assert done.err.startswith(f"windlass: {name}: ") and said in done.err
    assert done.err.count("\n") == 1 and "wdl_" not in done.err and not done.out


def test_complex_numbers_are_refused(run, here):
    np.save("z.npy", np.ones((5, 2), complex))
    assert "z.npy: column '0' holds complex numbers" in run("fit z.npy", status=1).err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("fit nothing.csv", "windlass: nothing.csv: No such file"),
        ("fit x.csv --columns width,depth", "there is no column 'depth', but: width, height"),
        ("fit x.csv --weights n", "x.csv: there is no column 'n'"),
        ("fit x.csv --components 101", "Expected n_samples >= n_components"),
        ("fit x.csv --covariance round", "'covariance_type' parameter of GaussianMixture must be"),
        ("fit x.csv --save no/where.wdl", "no/where.wdl: No such file"),
        ("fit x.csv --labels l.txt", "l.txt: its name ends in '.txt'"),
        ("predict x.csv --model x.npy", "windlass: x.npy: "),
        ("predict x.csv --model none.wdl", "windlass: none.wdl: No such file"),
        ("predict x.csv --columns width --model m.wdl", "x.csv: X has 1 features, but Gaussian"),
        ("sample no/where.csv --model m.wdl", "no/where.csv: No such file"),
    ],
)
def test_commands_that_fail(run, command, said):
    expected().save("m.wdl")
    done = run(command, status=1)
    assert said in done.err and not done.out


@pytest.mark.parametrize(
    "command",
    [
        "fit",
        "fit x.csv --components 0",
        "fit x.csv --tol -1",
        "fit x.csv --tol nan",
        "fit x.csv --columns a,,b",
        "predict x.csv",
        "sample --model m.wdl --rows 0",
        "",
    ],
)
def test_usage(here, capsys, command):
    with pytest.raises(SystemExit) as caught:
        main(["mixture", *command.split()])
    assert caught.value.code == 2 and "usage: windlass mixture" in capsys.readouterr().err


def test_names_with_spaces_and_a_byte_order_mark(run, here, reader):
    lines = "".join(f"{a},{b}\n" for a, b in X)
    (here / "marked.csv").write_text("\ufeff width ,the height\n" + lines, encoding="utf-8")
    assert as_json(run("fit marked.csv --json"))["columns"] == ["width", "the height"]


def test_from_a_shell(here):
    command = [sys.executable, "-m", "windlass", "mixture", "fit", "x.csv", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 100 and done.stderr == ""
