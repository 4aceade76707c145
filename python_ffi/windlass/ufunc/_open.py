"""Opening shared libraries, none of which ends the process."""

import ctypes
import os
import struct
import sys

_LOADED = 1  # PT_LOAD, a segment that is mapped


def opened(library):
    """(the library as ctypes has it, its path).

    Raises
    ------
    TypeError, ValueError
        It is no path.
    OSError
        The file is not there, or no library.
    """
    if not isinstance(library, (str, bytes, os.PathLike)):
        raise TypeError(f"load: library is a {type(library).__name__}, expected a path")
    path = os.fsdecode(library)
    if not path or "\0" in path:
        raise ValueError(f"load: library is {path!r}, expected the path of a library")
    try:
        if sys.platform.startswith("linux") and os.path.isfile(path):
            _check_size(path)
        return ctypes.CDLL(os.path.abspath(path) if os.path.exists(path) else path), path
    except OSError as problem:
        raise OSError(f"load: {path} cannot be opened as a library: {problem}") from None


def _check_size(path):
    """That an ELF file holds all that it says is mapped: reading memory beyond it is a SIGBUS.

    Fields as in elf(5); what is not ELF at all is left to the system's loader.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        start = file.read(64)
        if start[:4] != b"\x7fELF" or len(start) < 64:
            return
        wide, order = start[4] == 2, "<>"[start[5] == 2]
        (table,) = struct.unpack_from(order + "IQ"[wide], start, 32 if wide else 28)
        width, count = struct.unpack_from(order + "HH", start, 54 if wide else 42)
        fields = struct.Struct(order + ("IIQQQQ" if wide else "IIIIII"))
        end, extent = table + width * count, 0
        file.seek(table)
        found = file.read(width * count) if end <= size and width >= fields.size else b""
    for i in range(len(found) // width if found else 0):
        row = fields.unpack_from(found, i * width)
        offset, bytes_there = (row[2], row[5]) if wide else (row[1], row[4])
        extent = max(extent, offset + bytes_there if row[0] == _LOADED else 0)
    if max(end, extent) > size:
        raise OSError(f"the file is cut off: {size} bytes of {max(end, extent)}")
