"""Two jobs through ctypes alone: counts the doubled characters of a text, fits three Gaussians.

    WINDLASS_LIBRARY=path/to/libwindlass.so.0 python two_jobs.py [TEXT-FILE [POINTS.csv]]

The package windlass does all of this for you; this is what any language with a dlopen can do.
"""

import os
import random
import sys
from ctypes import CDLL, byref, c_char_p, c_double, c_int64, c_uint64

lib = CDLL(os.environ.get("WINDLASS_LIBRARY", "libwindlass.so.0"))
lib.wdl_error_message.restype = c_char_p
WDL_F64, WDL_TEXT_UTF8, no_context, wdl_array = 10, 2, c_uint64(0), c_uint64 * 19


def check(status):
    return status if status >= 0 else sys.exit(lib.wdl_error_message(no_context).decode())


text = open(sys.argv[1], "rb").read() if len(sys.argv) > 1 else b"a bookkeeper's committee"
count, length = c_int64(), c_int64(len(text))
check(lib.wdl_text_count_doubles(no_context, text, length, WDL_TEXT_UTF8, byref(count)))
print("doubled characters:", count.value)

made = [f"{random.gauss(i % 3 * 6, 1)},{random.gauss(i % 3 % 2 * 6, 1)}" for i in range(600)]
rows = [line.split(",") for line in (open(sys.argv[2]) if len(sys.argv) > 2 else made)]
values = [float(cell) for row in rows for cell in row]
points, x, gmm = (c_double * len(values))(*values), wdl_array(), c_uint64()
n, d, n_iter, bound = c_int64(len(rows)), c_int64(len(rows[0])), c_int64(), c_double()
check(lib.wdl_array_matrix(no_context, points, WDL_F64, n, d, byref(x)))
check(lib.wdl_mixture_create(no_context, byref(gmm)))
check(lib.wdl_set_int(no_context, gmm, b"n_components", c_int64(3)))
check(lib.wdl_set_int(no_context, gmm, b"n_init", c_int64(10)))
outcome = check(lib.wdl_mixture_fit(no_context, gmm, byref(x), None))
check(lib.wdl_get_int(no_context, gmm, b"n_iter", byref(n_iter)))
check(lib.wdl_get_real(no_context, gmm, b"lower_bound", byref(bound)))
check(lib.wdl_release(gmm))
print(f"points: {n.value} x {d.value}\n{'not ' if outcome else ''}converged", end=" ")
print(f"after {n_iter.value} iterations, mean log-likelihood {bound.value:.6f}")
