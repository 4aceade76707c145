"""Ufuncs of loops in a library: python own.py ./libloops.so"""

import ctypes
import sys

import numpy as np
from windlass import ufunc

path = sys.argv[1]
soft_threshold = ufunc.load(path, "soft_threshold", "dd->d")
horner = ufunc.load(path, "horner", "dd->d", "(n),()->()")
huber = ufunc.vectorize_c(ctypes.CDLL(path).huber, "dd->d", thread_safe=True, name="huber")

x = np.linspace(-2, 2, 5)
print(soft_threshold(x, 0.5))
print(soft_threshold.outer(x, [0.5, 1.5]).shape)
print(horner([1, 0, -2], x))
print(horner(np.ones((3, 2, 1)), x, axes=[1, (), ()]).shape)
print(huber(x, 1), huber(np.full(100_000, 3.0), 1).sum())
