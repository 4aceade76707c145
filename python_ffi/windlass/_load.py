"""Find the shared library and open it, once: `ffi` and `lib` for the rest of the package."""

import os
import sys

from . import _abi

FILE_NAME = {"win32": "windlass.dll", "darwin": "libwindlass.dylib"}.get(
    sys.platform, "libwindlass.so"
)


def candidates():
    """Where the library may lie, most wanted first. WINDLASS_LIBRARY silences all others."""
    chosen = os.environ.get("WINDLASS_LIBRARY")
    if chosen:
        yield chosen
        return
    package = os.path.dirname(os.path.abspath(__file__))
    yield os.path.join(os.path.realpath(package), FILE_NAME)
    # What meson-python makes of the libdir: beside the package, or in platlib where that differs.
    yield os.path.join(os.path.dirname(package), ".windlass.mesonpy.libs", FILE_NAME)
    # An editable install: the generated _abi.py lies in the build folder, and so does the library.
    built = os.path.dirname(os.path.realpath(_abi.__file__))
    yield os.path.join(built, FILE_NAME)
    yield os.path.join(os.path.dirname(built), FILE_NAME)
    import sysconfig

    yield os.path.join(sysconfig.get_path("platlib"), ".windlass.mesonpy.libs", FILE_NAME)


def find():
    """The library's path; ImportError says where it was looked for."""
    tried = []
    for path in candidates():
        if os.path.isfile(path):
            return path
        tried.append(path)
    raise ImportError("windlass: no shared library; looked for " + ", ".join(tried))


def open_library(path):
    """Open it and look for everything that the package's headers declare."""
    try:
        opened = _abi.ffi.dlopen(path)
    except OSError as problem:
        raise ImportError(f"windlass: {path} cannot be opened: {problem}") from problem
    try:
        for name in dir(opened):
            getattr(opened, name)
    except (AttributeError, _abi.ffi.error) as problem:
        raise ImportError(f"windlass: {path} is older than this package: {problem}") from problem
    return opened


ffi = _abi.ffi
path = find()
lib = open_library(path)

# wdl_release as a function of a pointer, which 64-bit machines pass as they pass an integer.
_RELEASE = ffi.cast("void (*)(void *)", ffi.addressof(lib, "wdl_release"))


def owned(identifier):
    """An object's id as a value that releases the object when nothing refers to it any more.

    No line of Python runs for that, so a KeyboardInterrupt cannot be lost there, as it would be in
    a __del__ or in a weak reference's callback.
    """
    return ffi.gc(ffi.cast("void *", identifier), _RELEASE)
