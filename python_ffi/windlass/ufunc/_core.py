"""Arguments of one call of a plain ufunc: from how they come to (count, *core), and back."""

import numpy as np


class Core:
    """The arguments of one call.

    Attributes
    ----------
    count : int
        How often the loop computes its core.
    sizes : tuple of int
        Of the core's axes, in the order in which they are named.
    """

    def __init__(self, ufunc, inputs, outs, where, axes, axis, keepdims):
        self.ufunc, self.keepdims = ufunc, keepdims
        self.names = (*ufunc.axes_in, *ufunc.axes_out)
        self.axes = self._placed(axes, axis)
        self.arrays = [self._core_last(i, np.asarray(one)) for i, one in enumerate(inputs)]
        self.outs = outs or (None,) * ufunc.nout
        self.seen = [
            None if out is None else self._core_last(ufunc.nin + i, out)
            for i, out in enumerate(self.outs)
        ]
        self._size = self._measured()
        self.sizes = tuple(self._size.values())
        given = [(i, array) for i, array in enumerate([*self.arrays, *self.seen])]
        outer = [a.shape[: a.ndim - len(self.names[i])] for i, a in given if a is not None]
        self.shape = np.broadcast_shapes(*outer, np.shape(where))
        self.count, self.mask = int(np.prod(self.shape)), None
        if where is not True:
            if isinstance(where, np.ndarray) and where.dtype != bool:
                raise TypeError(f"where has dtype {where.dtype}, expected bool")
            self.mask = np.broadcast_to(np.asarray(where, bool), self.shape)
            self.count = int(np.count_nonzero(self.mask))

    def _placed(self, axes, axis):
        """Where each argument's core axes are: the last ones, where nothing is said."""
        ufunc, name = self.ufunc, self.ufunc.__name__
        counts = [len(names) for names in self.names]
        if self.keepdims:
            if any(ufunc.axes_out) or len(set(counts[: ufunc.nin])) > 1:
                raise TypeError(f"{name} does not support keepdims: {ufunc.signature}")
            counts[ufunc.nin :] = counts[:1] * ufunc.nout  # of size 1, wherever they are put
        last = [tuple(range(-count, 0)) for count in counts]
        if axis is not None:
            if axes is not None:
                raise TypeError("cannot specify both 'axis' and 'axes'")
            if max(counts) > 1:
                raise TypeError(f"{name}: axis can only be used with one core axis")
            return [(axis,) * count for count in counts]
        if axes is None:
            return last
        if not isinstance(axes, list):
            raise TypeError("axes should be a list.")
        placed = [(one,) if hasattr(one, "__index__") else tuple(one) for one in axes]
        if len(placed) == ufunc.nin and not any(ufunc.axes_out):
            placed += last[ufunc.nin :]
        if [len(one) for one in placed] != counts:
            raise ValueError(f"{name}: axes {axes} do not fit the signature {ufunc.signature}")
        return placed

    def _core_last(self, i, array):
        """An argument as seen with its core's axes at the end, or without those that were kept."""
        axes, ufunc = self.axes[i], self.ufunc
        if array.ndim < len(axes):
            raise ValueError(
                f"{ufunc.__name__}: argument {i} does not have enough dimensions (has "
                f"{array.ndim}, gufunc core with signature {ufunc.signature} requires {len(axes)})"
            )
        if self.keepdims and i >= ufunc.nin:
            return np.squeeze(array, axes)
        return np.moveaxis(array, axes, range(-len(axes), 0)) if axes else array

    def _measured(self):
        """Sizes of the core's axes by name."""
        ufunc = self.ufunc
        found = {n: int(n) if n.isdigit() else None for names in self.names for n in names}
        for i, array in enumerate([*self.arrays, *self.seen]):
            if array is None:
                continue
            names = self.names[i]
            for j, (name, size) in enumerate(zip(names, array.shape[array.ndim - len(names) :])):
                if found[name] is None:
                    found[name] = size
                elif found[name] != size:
                    raise ValueError(
                        f"{ufunc.__name__}: Operand {i} has a mismatch in its core dimension {j}, "
                        f"with gufunc signature {ufunc.signature} (size {size} is different from "
                        f"{found[name]})"
                    )
        if None in found.values():
            raise ValueError(f"{ufunc.__name__}: a size is known of an output only: give out")
        return found

    def _core(self, i):
        return tuple(self._size[name] for name in self.names[i])

    def inputs(self, loop):
        """Each input as (count, *core) of the loop's dtype."""
        found = []
        for i, (array, letter) in enumerate(zip(self.arrays, loop.inputs)):
            lent = np.require(array, np.dtype(letter), "A")
            lent = np.broadcast_to(lent, self.shape + self._core(i))
            if self.mask is None:
                found.append(lent.reshape(self.count, *self._core(i)))
            else:
                found.append(lent[self.mask])
        return found

    def results(self, loop):
        """Memory for each output, (count, *core)."""
        shapes = [(self.count, *self._core(self.ufunc.nin + i)) for i in range(self.ufunc.nout)]
        return [np.empty(*one) for one in zip(shapes, loop.outputs)]

    def deliver(self, results, casting):
        """Results in the shape of the call, in `out` where that was given."""
        return tuple(
            self._made(i, result) if out is None else self._filled(i, result, casting)
            for i, (out, result) in enumerate(zip(self.outs, results))
        )

    def _made(self, i, result):
        shape, axes = self.shape + result.shape[1:], self.axes[self.ufunc.nin + i]
        made = np.empty(shape, result.dtype)
        made[True if self.mask is None else self.mask] = result.reshape(
            (1, *shape) if self.mask is None else result.shape
        )
        if self.keepdims:
            made = np.expand_dims(made, axes)
        elif axes:
            made = np.moveaxis(made, range(-len(axes), 0), axes)
        return made if made.ndim else made[()]

    def _filled(self, i, result, casting):
        seen, shape = self.seen[i], self.shape + result.shape[1:]
        if seen.shape != shape:
            raise ValueError(
                f"non-broadcastable output operand with shape {self.outs[i].shape} doesn't match "
                f"the broadcast shape {shape}"
            )
        if self.mask is None:
            np.copyto(seen, result.reshape(shape), casting)
        else:
            seen[self.mask] = result
        return self.outs[i]
