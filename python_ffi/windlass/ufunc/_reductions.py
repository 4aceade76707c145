"""The methods of a plain ufunc of two inputs and one output, see numpy.ufunc."""

import numpy as np

from ._flags import Watched

_UNSET = object()


class Reductions:
    """reduce, accumulate, reduceat and outer."""

    def reduce(
        self, array, axis=0, dtype=None, out=None, keepdims=False, initial=_UNSET, where=True
    ):
        array, loop = self._operand(array, dtype, out)
        axes = tuple(range(array.ndim)) if axis is None else axis
        axes = axes if isinstance(axes, tuple) else (axes,)
        if len(axes) > 1 and not self._reorderable:
            raise ValueError(
                f"reduction operation {self.__name__!r} is not reorderable, so at most one axis "
                "may be specified"
            )
        rows = np.moveaxis(array, axes, range(-len(axes), 0)) if axes else array[..., None]
        rows = rows.reshape(*rows.shape[: array.ndim - len(axes)], -1)
        start = self.identity if initial is _UNSET or initial is None else initial
        if where is not True:
            if start is None:
                raise ValueError(
                    f"reduction operation {self.__name__!r} does not have an identity, so to use "
                    "a where mask one has to specify 'initial'"
                )
            mask = np.broadcast_to(np.asarray(where, bool), array.shape)
            mask = np.moveaxis(mask, axes, range(-len(axes), 0)).reshape(rows.shape)
            rows = np.where(mask, rows, np.asarray(self.identity, rows.dtype))
        made = self._folded(loop, rows, initial, start)
        if keepdims:
            made = np.expand_dims(made, axes)
        return _delivered(made, out)

    def _folded(self, loop, rows, initial, start):
        """Over the last axis."""
        n = rows.shape[-1]
        if n == 0 and start is None:
            raise ValueError(
                f"zero-size array to reduction operation {self.__name__} which has no identity"
            )
        given = n == 0 or (initial is not _UNSET and initial is not None)
        made = np.empty(rows.shape[:-1], rows.dtype)
        made[...] = start if given else rows[..., 0]
        rest = rows if given else rows[..., 1:]
        with Watched(self.__name__):
            for at in np.ndindex(made.shape) if rest.shape[-1] else ():
                row, to = rest[at], made[at + (None,)].ctypes.data
                steps = (0, row.strides[0], 0)
                self.call(loop, (to, row.ctypes.data, to), (len(row),), steps)
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
            made[..., k] = self._folded(loop, rows[..., begin : max(end, begin + 1)], _UNSET, None)
        return _delivered(np.moveaxis(made, -1, axis), out)

    def outer(self, A, B, /, **options):
        A, B = np.asarray(A), np.asarray(B)
        return self(A.reshape(A.shape + (1,) * B.ndim), B, **options)

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


def _delivered(made, out):
    if out is None:
        return made if made.ndim else made[()]
    (out,) = out if isinstance(out, tuple) else (out,)
    np.copyto(out, made, "same_kind")
    return out
