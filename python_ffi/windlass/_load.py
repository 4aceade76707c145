"""Find the shared library and open it, once: `ffi` and `lib` for the rest of the package."""

import os
import pathlib
import sys
import sysconfig

from . import _abi

FILE_NAME = {"win32": "windlass.dll", "darwin": "libwindlass.dylib"}.get(
    sys.platform, "libwindlass.so"
)


def candidates():
    """Where the library may lie, most wanted first. WINDLASS_LIBRARY silences all others."""
    chosen = os.environ.get("WINDLASS_LIBRARY")
    if chosen:
        yield pathlib.Path(chosen)
        return
    package = pathlib.Path(__file__).parent
    yield package.resolve() / FILE_NAME
    # What meson-python makes of the libdir: beside the package, or in platlib where that differs.
    for site in (package.parent, pathlib.Path(sysconfig.get_path("platlib"))):
        yield site / ".windlass.mesonpy.libs" / FILE_NAME
    # An editable install: the generated _abi.py lies in the build folder, and so does the library.
    built = pathlib.Path(_abi.__file__).resolve().parent
    yield built / FILE_NAME
    yield built.parent / FILE_NAME


def find():
    """The library's path; ImportError says where it was looked for."""
    tried = []
    for path in candidates():
        if path.is_file():
            return path
        tried.append(str(path))
    raise ImportError("windlass: no shared library; looked for " + ", ".join(tried))


def open_library(path):
    """Open it and look for everything that the package's headers declare."""
    try:
        opened = _abi.ffi.dlopen(str(path))
    except OSError as problem:
        raise ImportError(f"windlass: {path} cannot be opened: {problem}") from problem
    try:
        for name in dir(opened):
            getattr(opened, name)
    except AttributeError as problem:
        raise ImportError(f"windlass: {path} is older than this package: {problem}") from problem
    return opened


ffi = _abi.ffi
path = find()
lib = open_library(path)
