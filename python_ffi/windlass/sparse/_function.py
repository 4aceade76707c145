"""A Python function as the library's wdl_apply_fn."""

import numpy as np

from .._load import ffi, lib


class Function:
    """matvec, and rmatvec or None, as one function of pointers."""

    def __init__(self, matvec, rmatvec, shape, dtype):
        self.of_mode = {lib.WDL_PLAIN: matvec, lib.WDL_ADJOINT: rmatvec}
        self.shape = shape
        self.dtype = dtype

    def apply(self, _user, mode, x, y):
        """Its exceptions are for the `onerror` of the callback."""
        x = self._view(x).copy()  # which the function may keep
        wanted = self._view(y)
        came = np.asarray(self.of_mode[mode](x))
        if came.size != wanted.size:
            name = "matvec" if mode == lib.WDL_PLAIN else "rmatvec"
            raise ValueError(
                f"{name} of an operator of shape {self.shape} returned shape {came.shape}, "
                f"expected {wanted.shape}"
            )
        np.copyto(wanted, came.reshape(wanted.shape), casting="same_kind")
        return 0

    def _view(self, array):
        size = array.shape[0] * self.dtype.itemsize
        if not size:
            return np.empty(0, self.dtype)
        return np.frombuffer(ffi.buffer(array.data, size), self.dtype)
