// The arguments (mode, x, y) of y <- A x, at the places 2 to 4 of a prototype.
#pragma once
#include <windlass/sparse.h>

#include "core/array.hpp"
#include "sparse/linear.hpp"

namespace windlass {

class ProductArguments {
 public:
  struct Named {
    const wdl_array *array;
    const char *name;
  };
  ProductArguments(Arguments &arrays, int32_t mode, Named x, Named y)
      : arrays_(arrays), mode_(mode), x_(x), y_(y) {
    arrays.in(x.array, 3, x.name, {}, Arguments::any_rank);
    check_array(y.array, 4, y.name);
    if (mode < WDL_PLAIN || mode > WDL_ADJOINT)
      throw Error(
          WDL_BAD_ARGUMENT, 2,
          "mode is " + std::to_string(mode) + ", expected WDL_PLAIN, WDL_TRANSPOSE or WDL_ADJOINT");
  }

  // x (n,) or (n, k) and y, as long as the sides of a, which messages call `whose`.
  void check(const sparse::Linear &a, const std::string &whose) const {
    const sparse::Mode mode{mode_};
    check_one(a, x_, 3, a.length_in(mode), x_.array->shape[1], x_.array->ndim, "to match " + whose,
              whose);
    check_one(a, y_, 4, a.length_out(mode), x_.array->shape[1], x_.array->ndim,
              "to match " + whose + " and " + x_.name, whose);
    arrays_.out(y_.array, 4, y_.name, {}, Arguments::any_rank);
  }

 private:
  static void check_one(const sparse::Linear &a, const Named &v, int32_t argument, int64_t length,
                        int64_t columns, int32_t ndim, const std::string &why,
                        const std::string &whose) {
    if (v.array->dtype != a.dtype())
      throw Error(WDL_BAD_DTYPE, argument,
                  std::string(v.name) + " has dtype " + find_dtype(v.array->dtype)->name +
                      ", expected " + find_dtype(a.dtype())->name + " as " + whose + " has");
    if (v.array->ndim != 1 && v.array->ndim != 2)
      throw Error(WDL_BAD_SHAPE, argument,
                  std::string(v.name) + " has shape " + shape_text(v.array->ndim, v.array->shape) +
                      ", expected 1 or 2 dimensions");
    const int64_t shape[2] = {length, columns};
    expect_shape(*v.array, argument, v.name, std::span(shape, size_t(ndim)), why.c_str());
  }

  Arguments &arrays_;
  int32_t mode_;
  Named x_, y_;
};

}  // namespace windlass
