"""Exceptions: one for every negative status, each also what a Python user would catch."""

from ._load import ffi, lib


class WindlassError(Exception):
    """A call into the library failed.

    Attributes
    ----------
    status : int
        The status, negative; -1 to -99: refused before anything was touched.
    name : str
        The status as a word, "WDL_BAD_SHAPE".
    argument : int or None
        The place of the wrong argument in the C prototype, 0 the context.
    position : tuple of int
        Where in the data: (row, column), (text, byte), (byte,), ... or ().
    function : str
        The C function.
    callback_result : int
        What the callback that stopped or failed the call returned; else 0.
    """

    status = 0
    name = ""
    argument = None
    position = ()
    function = ""
    callback_result = 0

    def __str__(self):
        return str(self.args[0]) if self.args else ""


class WindlassValueError(WindlassError, ValueError):
    """A value, a shape or data that the call cannot work with."""


class WindlassTypeError(WindlassError, TypeError):
    """A type or dtype that the call does not take."""


class WindlassKeyError(WindlassError, KeyError):
    """No property or kind of this name; the message suggests the nearest."""


class WindlassAttributeError(WindlassError, AttributeError):
    """What was asked for has not been computed or set."""


class WindlassBusyError(WindlassError, RuntimeError):
    """Another thread's call uses the object."""


class WindlassUnsupportedError(WindlassError, NotImplementedError):
    """Not to be had on this machine or in this version."""


class WindlassMemoryError(WindlassError, MemoryError):
    """Out of memory; objects are as they were before the call."""


class WindlassCallbackError(WindlassError, RuntimeError):
    """A C function that the library called returned non-zero: `callback_result`."""


class WindlassCancelledError(WindlassError, RuntimeError):
    """The call was cancelled, and there is no partial result."""


class WindlassTimeoutError(WindlassCancelledError, TimeoutError):
    """The call ran into the time limit, and there is no partial result."""


CLASS_OF = {
    lib.WDL_BAD_ARGUMENT: WindlassValueError,
    lib.WDL_BAD_HANDLE: WindlassValueError,
    lib.WDL_BAD_DTYPE: WindlassTypeError,
    lib.WDL_BAD_SHAPE: WindlassValueError,
    lib.WDL_OVERLAP: WindlassValueError,
    lib.WDL_UNKNOWN_NAME: WindlassKeyError,
    lib.WDL_NO_VALUE: WindlassAttributeError,
    lib.WDL_TOO_SMALL: WindlassValueError,
    lib.WDL_BUSY: WindlassBusyError,
    lib.WDL_UNSUPPORTED: WindlassUnsupportedError,
    lib.WDL_OUT_OF_MEMORY: WindlassMemoryError,
    lib.WDL_CANCELLED: WindlassCancelledError,
    lib.WDL_CALLBACK_FAILED: WindlassCallbackError,
    lib.WDL_BAD_DATA: WindlassValueError,
}


def plainly(error):
    """The error without the name of the C function, for callers who called a Python one."""
    prefix = f"{error.function}: "
    if error.function and str(error).startswith(prefix):
        error.args = (str(error)[len(prefix) :],)
    return error


def status_name(status):
    """The name of a status: "WDL_OK"."""
    return ffi.string(lib.wdl_status_name(status)).decode()


def error_of(context, status, kind=None):
    """The exception for a status that a call on a context (an id) has just returned.

    Parameters
    ----------
    context : int
        The context's id, 0 for none.
    status : int
        What the call returned.
    kind : type, optional
        The class, where another one is wanted than the status's own.
    """
    record = ffi.new("wdl_error *")
    text = ""
    if lib.wdl_error_get(context, record) >= 0 and record.status == status:
        text = ffi.string(record.text).decode("utf-8", "replace")
    else:  # what is wrong with the context itself is recorded with the thread
        lib.wdl_error_get(0, record)
        if record.status == status:
            text = ffi.string(record.text).decode("utf-8", "replace")
    error = (kind or CLASS_OF.get(status, WindlassError))(text or status_name(status))
    error.status = status
    error.name = status_name(status)
    if text:
        error.function = ffi.string(record.function).decode()
        error.argument = record.argument if record.argument >= 0 else None
        error.position = tuple(at for at in record.position if at >= 0)
        error.callback_result = record.callback_result
    return error
