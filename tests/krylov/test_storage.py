"""The vectors that the pages say a method keeps are those that it allocates."""

import pathlib
import re

import numpy as np
import pytest

from windlass import krylov, sparse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/krylov.md").read_text()
TABLE = PAGE.partition("## Which method")[2].partition("\n## ")[0]
SETTINGS = {"restart": 7, "augment": 3, "s": 4}
WANDERING = ("bicg", "bicgstab", "cg", "cgs", "idrs", "qmr", "tfqmr")


def value(formula):
    return eval(re.sub(r"(\d) (?=[a-z])", r"\1*", formula.lstrip("+ ")), {}, SETTINGS)


def stated():
    """(method, vectors without M, with M) of the table of methods."""
    found = {}
    for row in re.findall(r"^\|[^|]*\| (`[^|]*) \|([^|]*)\|[^|]*\|$", TABLE, re.M):
        names = re.findall(r"`(\w+)`", row[0])
        if not set(names) <= set(krylov.METHODS):
            continue
        for name, text in zip(names, row[1].split(",")):
            alone, more = re.fullmatch(r"\s*([^(]*?)\s*(?:\((.*)\))?\s*", text).groups()
            base, extra = value(alone), value(more or "+ 0")
            found[name] = base, base + extra if (more or "+").startswith("+") else extra
    return found


def vectors(method, n, preconditioned, **options):
    """What of the bytes that a solver keeps grows with n, in vectors."""

    def size(length):
        A = sparse.diagonal(2.0 + np.arange(length) % 5)
        M = sparse.diagonal(np.full(length, 0.5)) if preconditioned else None
        solver = krylov.Solver(method, M, max_steps=3, **options)
        return solver.solve(A, np.ones(length)).bytes

    return (size(3 * n) - size(n)) / (2 * n * 8)


def options_of(method):
    options = {"gmres": ("restart",), "fgmres": ("restart",), "idrs": ("shadow",)}
    options |= dict.fromkeys(("lgmres", "gcrotmk"), ("restart", "augment"))
    values = {**SETTINGS, "shadow": SETTINGS["s"]}
    return {name: values[name] for name in options.get(method, ())}


def test_the_table_has_every_method():
    assert stated().keys() == set(krylov.METHODS)


@pytest.mark.parametrize("preconditioned", [False, True])
@pytest.mark.parametrize("method", krylov.METHODS)
def test_vectors_are_those_of_the_table(method, preconditioned):
    if preconditioned and method in ("lsqr", "lsmr"):
        pytest.skip("takes no M")
    beside = 2 + (method in WANDERING)  # the best x or two, and x itself
    kept = vectors(method, 40000, preconditioned, **options_of(method))
    assert round(kept - beside, 2) == stated()[method][preconditioned]


def test_what_else_takes_vectors():
    plain = vectors("gmres", 40000, False, restart=7)
    split = krylov.Solver("gmres", (sparse.diagonal(np.ones(9)),) * 2)
    assert split.solve(sparse.diagonal(np.ones(9)), np.ones(9)).converged
    assert vectors("gmres", 40000, False, restart=7, basis="single") == plain - 7 / 2
    assert vectors("gmres", 40000, False, restart=7, orthogonalisation="cgs2") == plain + 1
    kept = vectors("lgmres", 40000, False, restart=7, augment=3)
    with_products = {"restart": 7, "augment": 3, "augment_products": "keep"}
    assert vectors("lgmres", 40000, False, **with_products) == kept + 3
