// The arguments (mode, x, y) of y <- A x, at the places 2 to 4 of a prototype.
#pragma once
#include <windlass/sparse.h>

#include "core/array.hpp"
#include "sparse/linear.hpp"

namespace windlass {

struct NamedArray {
  const wdl_array *array;
  const char *name;
};

// x (n,) or (n, k) and y, of the dtype of a and as long as its sides; messages call it `whose`.
inline void check_product(Arguments &arrays, const sparse::Linear &a, const std::string &whose,
                          int32_t mode, const NamedArray &x, const NamedArray &y) {
  if (mode < WDL_PLAIN || mode > WDL_ADJOINT)
    throw Error(
        WDL_BAD_ARGUMENT, 2,
        "mode is " + std::to_string(mode) + ", expected WDL_PLAIN, WDL_TRANSPOSE or WDL_ADJOINT");
  arrays.in(x.array, 3, x.name, {a.dtype()}, Arguments::any_rank);
  arrays.out(y.array, 4, y.name, {a.dtype()}, Arguments::any_rank);
  const int32_t ndim = x.array->ndim;
  if (ndim != 1 && ndim != 2)
    throw Error(WDL_BAD_SHAPE, 3,
                std::string(x.name) + " has shape " + shape_text(ndim, x.array->shape) +
                    ", expected 1 or 2 dimensions");
  const sparse::Mode how{mode};
  const int64_t in[2] = {a.length_in(how), x.array->shape[1]},
                out[2] = {a.length_out(how), x.array->shape[1]};
  expect_shape(*x.array, 3, x.name, std::span(in, size_t(ndim)), ("to match " + whose).c_str());
  expect_shape(*y.array, 4, y.name, std::span(out, size_t(ndim)),
               ("to match " + whose + " and " + x.name).c_str());
  arrays.finish();
}

}  // namespace windlass
