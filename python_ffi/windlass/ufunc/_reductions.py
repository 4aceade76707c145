"""The methods of a plain ufunc of two inputs and one output, see numpy.ufunc."""

import math

import numpy as np

from ._flags import Watched

_UNSET = object()


class Reductions:
    """reduce, accumulate, reduceat, outer and at."""

    def reduce(
        self, array, axis=0, dtype=None, out=None, keepdims=False, initial=_UNSET, where=True
    ):
        array, loop = self._operand(array, dtype, out)
        axes = _axes(axis, array.ndim)
        if len(axes) > 1 and not self._reorderable:
            raise ValueError(
                f"reduction operation {self.__name__!r} is not reorderable, so at most one axis "
                "may be specified"
            )
        start = self.identity if initial is _UNSET else initial
        mask = None
        if where is not True:
            if start is None:
                raise ValueError(
                    f"reduction operation {self.__name__!r} does not have an identity, so to use "
                    "a where mask one has to specify 'initial'"
                )
            mask = _rows(np.broadcast_to(np.asarray(where, bool), array.shape), axes)
        made = self._folded(loop, _rows(array, axes), initial is not _UNSET, start, mask)
        if keepdims:
            made = np.expand_dims(made, axes)
        return _delivered(made, out)

    def _folded(self, loop, rows, given, start, mask=None):
        """Over the last axis, where `mask` is true; from `start` if that was given or has to be."""
        if start is None and not rows.shape[-1]:
            raise ValueError(
                f"zero-size array to reduction operation {self.__name__} which has no identity"
            )
        made = np.empty(rows.shape[:-1], rows.dtype)
        given = start is not None and (given or mask is not None or not rows.shape[-1])
        made[...] = start if given else rows[..., 0]
        rest = rows if given else rows[..., 1:]
        with Watched(self.__name__):
            for at in np.ndindex(made.shape) if rest.shape[-1] else ():
                row, to = rest[at] if mask is None else rest[at][mask[at]], made[at + (None,)]
                pointers = (to.ctypes.data, row.ctypes.data, to.ctypes.data)
                self.call(loop, pointers, (len(row),), (0, row.strides[0], 0))
        return made

    def accumulate(self, array, axis=0, dtype=None, out=None):
        array, loop = self._operand(array, dtype, out)
        made = np.moveaxis(array, axis, -1).copy()
        n = made.shape[-1]
        with Watched(self.__name__):
            for at in np.ndindex(made.shape[:-1]) if n > 1 else ():
                row = made[at]
                first, step = row.ctypes.data, row.strides[0]
                self.call(loop, (first, first + step, first + step), (n - 1,), (step,) * 3)
        return _delivered(np.moveaxis(made, -1, axis), out)

    def reduceat(self, array, indices, axis=0, dtype=None, out=None):
        array, loop = self._operand(array, dtype, out)
        rows, indices = np.moveaxis(array, axis, -1), np.asarray(indices)
        n = rows.shape[-1]
        for index in indices:
            if not 0 <= index < n:
                raise IndexError(
                    f"index {index} out-of-bounds in {self.__name__}.reduceat [0, {n})"
                )
        made = np.empty((*rows.shape[:-1], len(indices)), rows.dtype)
        for k, (begin, end) in enumerate(zip(indices, [*indices[1:], n])):
            made[..., k] = self._folded(loop, rows[..., begin : max(end, begin + 1)], False, None)
        return _delivered(np.moveaxis(made, -1, axis), out)

    def outer(self, A, B, /, **options):
        if (self.signature, self.nin) != (None, 2):
            raise ValueError("outer product only supported for binary functions")
        A, B = np.asarray(A), np.asarray(B)
        return self(A.reshape(A.shape + (1,) * B.ndim), B, **options)

    def at(self, array, indices, b=None, /):
        if self.signature is not None or self.nin > 2 or self.nout != 1:
            raise TypeError(f"{self.__name__}.at: only of one output, of one or two inputs")
        if not isinstance(array, np.ndarray):
            raise TypeError("first operand must be array")
        if (b is None) == (self.nin == 2):
            raise ValueError(
                f"second operand {'needed' if b is None else 'provided'} for {self.__name__}.at"
            )
        where = np.asarray(np.arange(array.size).reshape(array.shape)[indices])
        others = () if b is None else (np.broadcast_to(b, where.shape),)
        for at in np.ndindex(where.shape):
            one = array.flat[where[at]]
            array.flat[where[at]] = self(one, *[other[at] for other in others])

    def _operand(self, array, dtype, out):
        """An array of the dtype of the loop that reduces it, and that loop."""
        if self.signature is not None:
            raise RuntimeError("Reduction not defined on ufunc with signature")
        if (self.nin, self.nout) != (2, 1):
            raise ValueError("reduce only supported for binary functions")
        array = np.asarray(array)
        if dtype is None and isinstance(out, np.ndarray):
            dtype = out.dtype
        loop = self._choose((array, array), (), "same_kind", dtype)
        return np.require(array, np.dtype(loop.outputs), "A"), loop


def _axes(axis, ndim):
    """The axes of a reduction, from 0 on."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    if not ndim and given in ((0,), (-1,)):
        return ()
    found = tuple(one + ndim if one < 0 else one for one in given)
    if not all(0 <= one < ndim for one in found):
        raise ValueError(f"axis {axis} is out of bounds for array of dimension {ndim}")
    if len(set(found)) < len(found):
        raise ValueError("duplicate value in 'axis'")
    return found


def _rows(array, axes):
    """An array with these axes as its last one."""
    if not axes:
        return array[..., None]
    moved = np.moveaxis(array, axes, range(-len(axes), 0))
    kept = moved.shape[: array.ndim - len(axes)]
    return moved.reshape(*kept, math.prod(moved.shape[len(kept) :]))


def _delivered(made, out):
    if out is None:
        return made if made.ndim else made[()]
    (out,) = out if isinstance(out, tuple) else (out,)
    if out.shape != made.shape:
        raise ValueError(f"output has shape {out.shape}, expected {made.shape}")
    np.copyto(out, made, "same_kind")
    return out
