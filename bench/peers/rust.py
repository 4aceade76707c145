"""Our own small Rust extension, as Rust programmers would write it; built by cargo."""

from __future__ import annotations

import ctypes
import functools
import importlib.machinery
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np

from bench.machine import BUILT, Missing


@functools.cache
def built() -> tuple[pathlib.Path, str]:
    """The library, or why there is none: one attempt a process."""
    crate, target = pathlib.Path(__file__).with_name("text_rs"), BUILT / "text_rs"
    cargo = shutil.which("cargo")
    if cargo is None:
        return target, "no cargo: the Rust peers are left out"
    command = [cargo, "build", "--release", "--locked", "--quiet", "--target-dir", str(target)]
    environment = {**os.environ, "PYO3_PYTHON": sys.executable}
    done = subprocess.run(command, cwd=crate, env=environment, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["cargo build failed"]
        return target, f"the Rust peers are left out: {lines[0]}"
    return target / "release" / "libtext_rs.so", ""


def build() -> pathlib.Path:
    path, missing = built()
    if missing:
        raise Missing(missing)
    return path


@functools.cache
def load():
    """The extension module of the crate; what it holds besides is a plain C function, m_step."""
    path = str(build())
    loader = importlib.machinery.ExtensionFileLoader("text_rs", path)
    specification = importlib.util.spec_from_loader("text_rs", loader)
    module = importlib.util.module_from_spec(specification)
    loader.exec_module(module)
    return module


def m_step(x: np.ndarray, resp: np.ndarray):
    """A call without arguments; resp is k × n."""
    function = ctypes.CDLL(str(build())).m_step
    (n, d), k = x.shape, len(resp)
    if resp.shape != (k, n) or not (x.flags.c_contiguous and resp.flags.c_contiguous):
        raise ValueError("x is n × d and resp k × n, both contiguous")
    outputs = np.empty(k), np.empty((k, d)), np.empty((k, d, d))
    sizes = [ctypes.c_size_t(size) for size in (n, d, k)]
    pointers = [ctypes.c_void_p(values.ctypes.data) for values in (x, resp, *outputs)]

    def call():
        function(*sizes, *pointers)
        return outputs

    return call
