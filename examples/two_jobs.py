"""Two jobs through ctypes alone: counts the doubled characters of a text, fits three Gaussians.

    LD_LIBRARY_PATH=folder/of/libwindlass.so.0 python two_jobs.py TEXT-FILE POINTS.csv

The package windlass does all of this for you; this is what any language with a dlopen can do.
"""

import sys
from ctypes import CDLL, byref, c_char_p, c_double, c_int64, c_uint64

lib = CDLL("libwindlass.so.0")
lib.wdl_error_message.restype = c_char_p
UTF8, F64, gmm, x, out, bound = 2, 10, c_uint64(), (c_uint64 * 19)(), c_int64(), c_double()


def call(name, *arguments):
    if lib["wdl_" + name](c_uint64(0), *arguments) != 0:
        sys.exit(lib.wdl_error_message(c_uint64(0)).decode())


text = open(sys.argv[1], "rb").read()
call("text_count_doubles", text, c_int64(len(text)), UTF8, byref(out))
rows = [tuple(map(float, line.split(","))) for line in open(sys.argv[2])]
points = (c_double * len(rows[0]) * len(rows))(*rows)
print(f"doubled characters: {out.value}\npoints: {len(rows)} x {len(rows[0])}")

call("array_matrix", points, F64, c_int64(len(rows)), c_int64(len(rows[0])), byref(x))
call("mixture_create", byref(gmm))
call("set_int", gmm, b"n_components", c_int64(3))
call("mixture_fit", gmm, byref(x), None)
call("get_int", gmm, b"n_iter", byref(out))
call("get_real", gmm, b"lower_bound", byref(bound))
print(f"converged after {out.value} iterations, mean log-likelihood {bound.value:f}")
