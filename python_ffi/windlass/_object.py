"""The library's objects, which describe themselves: kinds, properties, saving."""

import threading
import typing

from ._context import call
from ._errors import WindlassAttributeError
from ._load import ffi, lib, owned


class Property(typing.NamedTuple):
    """A property as the library describes it."""

    name: str
    type: str  # "int", "real", "text", "array", "object"
    help: str
    initial: str | None  # the value at creation; None: none
    choices: tuple[str, ...]  # of a text; the kind of an object
    minimum: float  # of an int, a real, and each element of an array
    maximum: float
    settable: bool
    result: bool
    dtype: int  # of an array, WDL_F64 and the like; 0 otherwise
    ndim: int


TYPE_NAMES = {
    lib.WDL_INT: "int",
    lib.WDL_REAL: "real",
    lib.WDL_TEXT: "text",
    lib.WDL_ARRAY: "array",
    lib.WDL_OBJECT: "object",
}


def _text(pointer):
    return ffi.string(pointer).decode() if pointer else None


def _listed(function, *arguments, out):
    """What a function of an index gives, until it gives NULL."""
    index = 0
    while True:
        call(function, *arguments, index, out)
        if not out[0]:
            return
        yield out[0]
        index += 1


def kinds():
    """The names of the kinds of objects: "process", "context", "mixture", ..."""
    return tuple(map(_text, _listed(lib.wdl_kind_at, out=ffi.new("const char **"))))


_described = {}
_describing = threading.Lock()


def describe(kind):
    """The properties of a kind of object, from the library itself.

    Parameters
    ----------
    kind : str
        One of `kinds()`, "mixture".

    Returns
    -------
    dict of str to Property
        By name, in the library's order.

    Raises
    ------
    WindlassKeyError
        No such kind.
    """
    return dict(_properties(kind))


def _properties(kind):
    """As `describe`, but the one dictionary that is kept."""
    if kind not in _described:
        with _describing:
            _described[kind] = {p.name: p for p in _read_properties(kind)}
    return _described[kind]


def _read_properties(kind):
    out = ffi.new("const wdl_property **")
    for p in _listed(lib.wdl_property_at, kind.encode(), out=out):
        yield Property(
            name=_text(p.name),
            type=TYPE_NAMES[p.type],
            help=_text(p.help),
            initial=_text(p.initial),
            choices=tuple(_text(p.choices).split("|")) if p.choices else (),
            minimum=p.minimum,
            maximum=p.maximum,
            settable=bool(p.flags & lib.WDL_SETTABLE),
            result=bool(p.flags & lib.WDL_RESULT),
            dtype=p.dtype,
            ndim=p.ndim,
        )


class Object:
    """An object of the library; one that is made here is released with the last reference.

    Attributes
    ----------
    id : int
        What the library knows it by.
    kind : str
        Its kind, whose properties `get` and `set` reach by name.
    """

    def __init__(self, identifier, kind):
        self.id = identifier
        self.kind = kind
        self._owned = None

    def release(self):
        """Release it now. Any later use is an error, not a crash."""
        if self._owned is not None:
            ffi.release(self._owned)

    @classmethod
    def process(cls):
        """The object of the process, which is always there."""
        return cls(lib.WDL_PROCESS, "process")

    @classmethod
    def create(cls, kind):
        """A new object of a kind that can be made: by its wdl_<kind>_create."""
        out = ffi.new("wdl_object *")
        call(getattr(lib, f"wdl_{kind}_create"), out)
        return cls._owner(out[0], kind)

    @classmethod
    def _owner(cls, identifier, kind):
        made = cls(identifier, kind)
        made._owned = owned(identifier)
        return made

    @classmethod
    def load(cls, data):
        """The object that `save` made these bytes of."""
        out = ffi.new("wdl_object *")
        call(lib.wdl_load, ffi.from_buffer(data), len(data), out)
        kind = ffi.new("const char **")
        made = cls._owner(out[0], "")
        call(lib.wdl_kind_of, made.id, kind)
        made.kind = _text(kind[0])
        return made

    def save(self):
        """The object as bytes: the same for the same object, on any machine."""
        needed = ffi.new("int64_t *")
        call(lib.wdl_save, self.id, ffi.NULL, 0, needed)
        data = bytearray(needed[0])
        call(lib.wdl_save, self.id, ffi.from_buffer(data), len(data), needed)
        return bytes(data)

    def set(self, name, value):
        """Set a property; None takes an array or an object away, and else sets the initial."""
        described = _properties(self.kind).get(name)
        kind = described.type if described else "int"  # the library says what is wrong
        _SET[kind](self.id, name.encode(), name, value, described)

    def get(self, name):
        """A property's value: int, float, str or ndarray.

        Raises
        ------
        WindlassAttributeError
            It has no value (yet).
        """
        described = _properties(self.kind).get(name)
        return _GET[described.type if described else "int"](self.id, name.encode())

    def results(self):
        """All results that have a value, by name."""
        return self._values(lambda described: described.result)

    def settings(self):
        """All settings that have a value, by name; objects among them are left out."""
        return self._values(lambda described: described.settable)

    def _values(self, wanted):
        found = {}
        for name, described in _properties(self.kind).items():
            if described.type in _GET and wanted(described):
                try:
                    found[name] = self.get(name)
                except WindlassAttributeError:
                    continue
        return found


def _of_type(value, name, kind, convert):
    try:
        return convert(value)
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise TypeError(f"{name} is {value!r}, expected {kind}") from None


def _initial(value, described, convert):
    return convert(described.initial) if value is None and described else value


def _set_int(identifier, key, name, value, described):
    value = _initial(value, described, int)
    call(lib.wdl_set_int, identifier, key, _of_type(value, name, "an int", _index))


def _index(value):
    number = value.__index__()
    if not -(2**63) <= number < 2**63:
        raise OverflowError
    return number


def _set_real(identifier, key, name, value, described):
    value = _initial(value, described, float)
    call(lib.wdl_set_real, identifier, key, _of_type(value, name, "a real number", _real))


def _real(value):
    if isinstance(value, (str, bytes)):
        raise TypeError
    return float(value)


def _set_text(identifier, key, name, value, described):
    value = _initial(value, described, str)
    call(lib.wdl_set_text, identifier, key, _of_type(value, name, "a str", _ascii))


def _ascii(value):
    return value.encode("utf-8", "backslashreplace")


def _set_array(identifier, key, name, value, described):
    from . import _array

    if value is None:
        call(lib.wdl_set_array, identifier, key, ffi.NULL)
        return
    integers = described and described.dtype == lib.WDL_I64
    array = _array.integers(value, name) if integers else _array.reals(value, name)
    call(lib.wdl_set_array, identifier, key, _array.borrow(array, name))


def _set_object(identifier, key, name, value, described):
    call(lib.wdl_set_object, identifier, key, 0 if value is None else value.id)


def _get_int(identifier, key):
    out = ffi.new("int64_t *")
    call(lib.wdl_get_int, identifier, key, out)
    return out[0]


def _get_real(identifier, key):
    out = ffi.new("double *")
    call(lib.wdl_get_real, identifier, key, out)
    return out[0]


def _get_text(identifier, key):
    needed = ffi.new("int64_t *")
    call(lib.wdl_get_text, identifier, key, ffi.NULL, 0, needed)
    text = ffi.new("char[]", needed[0])
    call(lib.wdl_get_text, identifier, key, text, needed[0], needed)
    return ffi.string(text).decode()


def _get_array(identifier, key):
    import numpy as np

    from . import _array

    asked = ffi.new("wdl_array *")
    call(lib.wdl_get_array, identifier, key, asked)
    shape = tuple(asked.shape[0 : asked.ndim])
    value = np.empty(shape, _array.DTYPE_OF_NUMBER[asked.dtype])
    if value.size:
        call(lib.wdl_get_array, identifier, key, _array.borrow(value))
    return value


_SET = {
    "int": _set_int,
    "real": _set_real,
    "text": _set_text,
    "array": _set_array,
    "object": _set_object,
}
_GET = {"int": _get_int, "real": _get_real, "text": _get_text, "array": _get_array}
