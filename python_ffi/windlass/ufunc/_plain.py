"""Ufuncs without NumPy's table: plain objects that call the same loops.

They have a ufunc's methods and results, but not its speed: arguments are brought into contiguous
arrays of one shape, and results into `out` in the end.
"""

import numpy as np

from .._load import ffi
from ._core import Core
from ._flags import Watched
from ._loop import parse_signature
from ._reductions import Reductions

_LOOP = ffi.typeof("wdl_loop_fn")
_WEAK = (bool, int, float, complex)


class Plain(Reductions):
    """See numpy.ufunc."""

    def __init__(self, name, loops, signature, identity, doc):
        self.__name__ = self.__qualname__ = name
        self.__doc__ = doc
        self.__module__ = None  # pickle then looks for the module that has it, as for NumPy's
        self._loops = loops
        self.types = [loop.types for loop in loops]
        self.nin, self.nout = len(loops[0].inputs), len(loops[0].outputs)
        self.nargs, self.ntypes = self.nin + self.nout, len(loops)
        self.signature = signature
        self.axes_in, self.axes_out = parse_signature(signature, self.nin, self.nout)
        self._reorderable = identity is not None
        self.identity = None if identity == "reorderable" else identity

    def __repr__(self):
        return f"<ufunc {self.__name__!r}>"

    def __reduce__(self):
        return self.__name__

    def __call__(self, *args, out=None, **options):
        inputs, outs = self._arguments(args, out)
        for one in (*inputs, *outs):
            if _overrides(one):
                given = {"out": outs, **options} if outs else options
                return one.__array_ufunc__(self, "__call__", *inputs, **given)
        self._check_options(options)
        return self._computed(inputs, outs, **options)

    def _check_options(self, options):
        for one in ("where",) if self.signature is not None else ("axes", "axis", "keepdims"):
            if one in options:
                raise TypeError(f"{self.__name__}() got an unexpected keyword argument {one!r}")

    def _computed(
        self,
        inputs,
        outs,
        where=True,
        casting="same_kind",
        order="K",
        dtype=None,
        subok=True,
        signature=None,
        axes=None,
        axis=None,
        keepdims=False,
    ):
        np.can_cast(np.float64, np.float64, casting)  # which refuses what is none
        loop = self._choose(inputs, outs, casting, dtype, signature)
        core = Core(self, inputs, outs, where, axes, axis, keepdims)
        arrays = core.inputs(loop)
        results = core.results(loop)
        if core.count:
            with Watched(self.__name__):
                self._run(loop, core.count, core.sizes, [*arrays, *results])
        given = core.deliver(results, casting)
        return given[0] if self.nout == 1 else given

    def _arguments(self, args, out):
        if len(args) < self.nin or len(args) > self.nargs:
            raise TypeError(
                f"{self.__name__}() takes from {self.nin} to {self.nargs} positional arguments but "
                f"{len(args)} were given"
            )
        inputs, outs = args[: self.nin], args[self.nin :]
        if out is not None:
            if outs:
                raise TypeError("cannot specify 'out' as both a positional and keyword argument")
            outs = out if isinstance(out, tuple) else (out,)
        if not any(one is not None for one in outs):
            return inputs, ()
        for one in outs:
            if one is not None and not isinstance(one, np.ndarray) and not _overrides(one):
                raise TypeError("return arrays must be of ArrayType")
        return inputs, (*outs, *[None] * (self.nout - len(outs)))

    def _choose(self, inputs, outs, casting, dtype, signature=None):
        """The first loop that inputs may be cast to safely, or to what the caller asks for."""
        asked = self._asked(dtype, signature)
        forced, dtypes = any(one is not None for one in asked), _dtypes(inputs)
        for loop in self._loops:
            pairs = zip(loop.inputs + loop.outputs, asked, strict=True)
            if not all(one is None or np.dtype(letter) == one for letter, one in pairs):
                continue
            rule = casting if forced or casting in ("no", "equiv") else "safe"
            if all(map(_fits, dtypes, loop.inputs, inputs, [rule] * self.nin)):
                self._check_outputs(loop, outs, casting)
                return loop
        kinds = ", ".join(str(np.dtype(one)) for one in dtypes)
        raise TypeError(
            f"ufunc {self.__name__!r} not supported for the input types ({kinds}), and the inputs "
            f"could not be safely coerced to any supported types according to the casting rule "
            f"'{casting if forced else 'safe'}'"
        )

    def _asked(self, dtype, signature):
        """The dtypes that the caller asks for, of inputs and outputs; None where any will do."""
        if signature is None:
            signature = (*[None] * self.nin, dtype, *[None] * (self.nout - 1))
        if isinstance(signature, str):
            signature = tuple(signature.replace("->", "", 1))
        if len(signature) != self.nargs:
            raise ValueError(
                f"signature is {signature!r}, expected {self.nin} dtypes before and {self.nout} "
                "after the -> sign"
            )
        return tuple(None if one is None else np.dtype(one) for one in signature)

    def _check_outputs(self, loop, outs, casting):
        for letter, out in zip(loop.outputs, outs):
            if out is not None and not np.can_cast(np.dtype(letter), out.dtype, casting):
                raise TypeError(
                    f"Cannot cast ufunc {self.__name__!r} output from {np.dtype(letter)!r} to "
                    f"{out.dtype!r} with casting rule {casting!r}"
                )

    def _run(self, loop, count, sizes, arrays):
        """The loop over arrays (count, *core)."""
        steps = [array.strides[0] for array in arrays]
        steps += [step for array in arrays for step in array.strides[1:]]
        pointers = [array.ctypes.data for array in arrays]
        self.call(loop, pointers, (count, *sizes), steps)

    @staticmethod
    def call(loop, pointers, dimensions, steps):
        """The loop itself."""
        ffi.cast(_LOOP, loop.address)(
            ffi.new("char *[]", [ffi.cast("char *", pointer) for pointer in pointers]),
            ffi.new("intptr_t[]", dimensions),
            ffi.new("intptr_t[]", steps),
            ffi.cast("void *", loop.data),
        )


def _overrides(one):
    override = getattr(type(one), "__array_ufunc__", None)
    return override is not None and override is not np.ndarray.__array_ufunc__


def _dtypes(inputs):
    """The dtypes of inputs; Python's numbers take part in the choice by their kind only."""
    arrays = [np.asarray(one) for one in inputs]
    strong = [a.dtype for a, one in zip(arrays, inputs, strict=True) if type(one) not in _WEAK]
    if not strong:
        return [array.dtype for array in arrays]
    common = np.result_type(*strong)
    found = []
    for array, one in zip(arrays, inputs, strict=True):
        weak = type(one) in _WEAK and array.dtype.kind in "biuf" and common.kind in "fc"
        found.append(common if weak else array.dtype)
    return found


def _fits(given, letter, one, rule):
    to = np.dtype(letter)
    return np.can_cast(given, to, rule) or (type(one) is int and to.kind == "i")
