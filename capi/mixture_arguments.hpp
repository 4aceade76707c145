// Arguments that the calls of mixture.h share.
#pragma once
#include <windlass/mixture.h>

#include "core/array.hpp"
#include "core/error.hpp"
#include "mixture/tiles.hpp"

namespace windlass {

inline const wdl_array &samples_in(Arguments &arrays, const wdl_array *x, int32_t argument) {
  const wdl_array &a = arrays.in(x, argument, "x", {WDL_F64, WDL_F32}, 2);
  if (a.shape[0] < 1 || a.shape[1] < 1)
    throw Error(WDL_BAD_SHAPE, argument,
                "x has shape " + shape_text(2, a.shape) + ", expected at least one row and column");
  return a;
}

inline Samples weighted_samples(Arguments &arrays, const wdl_array *x, int32_t argument,
                                const wdl_array *weights_or_null, int32_t weights_argument) {
  const wdl_array &rows = samples_in(arrays, x, argument);
  Samples samples{.x = matrix(rows), .argument = argument};
  if (weights_or_null) {
    arrays.in(weights_or_null, weights_argument, "weights", {WDL_F64}, 1);
    expect_shape(*weights_or_null, weights_argument, "weights", {rows.shape[0]}, "to match x");
    samples.weights = vector(*weights_or_null);
  }
  return samples;
}

}  // namespace windlass
