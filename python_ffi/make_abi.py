"""Turn the public headers into windlass/_abi.py, cffi's out-of-line ABI mode: Python text only.

    make_abi.py OUTPUT HEADER...      headers in the order of their dependencies
"""

import pathlib
import re
import sys

import cffi


def declarations(header):
    text = pathlib.Path(header).read_text(encoding="utf-8")
    text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"\bWDL_API\b", "", text)


def main(output, *headers):
    ffi = cffi.FFI()
    ffi.set_source("windlass._abi", None)
    ffi.cdef("\n".join(declarations(header) for header in headers))
    ffi.emit_python_code(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
