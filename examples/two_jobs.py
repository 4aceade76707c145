"""Two jobs through ctypes alone: counts the doubled characters of a text, fits three Gaussians.

    WINDLASS_LIBRARY=path/to/libwindlass.so.0 python two_jobs.py [TEXT-FILE [POINTS.csv]]

The package windlass does all of this for you; this is what any language with a dlopen can do.
"""

import os
import sys
from ctypes import CDLL, byref, c_char_p, c_double, c_int64, c_uint64

lib = CDLL(os.environ.get("WINDLASS_LIBRARY", "libwindlass.so.0"))
lib.wdl_error_message.restype = c_char_p
UTF8, F64, gmm, x, out, bound = 2, 10, c_uint64(), (c_uint64 * 19)(), c_int64(), c_double()


def call(name, *arguments):
    status = lib["wdl_" + name](c_uint64(0), *arguments)
    return status if status >= 0 else sys.exit(lib.wdl_error_message(c_uint64(0)).decode())


text = open(sys.argv[1], "rb").read() if len(sys.argv) > 1 else b"a bookkeeper's committee"
call("text_count_doubles", text, c_int64(len(text)), UTF8, byref(out))
print("doubled characters:", out.value)

made = [f"{i % 3 * 6 + i % 41 / 20},{i % 3 % 2 * 6 + i % 29 / 14}" for i in range(600)]
rows = [line.split(",") for line in (open(sys.argv[2]) if len(sys.argv) > 2 else made)]
n, d = len(rows), len(rows[0])
points = (c_double * (n * d))(*(float(cell) for row in rows for cell in row))
call("array_matrix", points, F64, c_int64(n), c_int64(d), byref(x))
call("mixture_create", byref(gmm))
call("set_int", gmm, b"n_components", c_int64(3))
end = "not converged" if call("mixture_fit", gmm, byref(x), None) else "converged"
call("get_int", gmm, b"n_iter", byref(out))
call("get_real", gmm, b"lower_bound", byref(bound))
print(f"points: {n} x {d}\n{end} after {out.value} iterations, mean log-likelihood {bound.value:f}")
