// What calls that fit something to samples share: their arguments, and how they end.
#pragma once
#include <string_view>

#include "core/array.hpp"
#include "core/digits.hpp"
#include "core/error.hpp"
#include "core/samples.hpp"
#include "guard.hpp"

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

// kept: what is said of the results of a fit that was stopped.
inline wdl_status fit_outcome(const Call &call, Run &run, wdl_status status, int64_t n_iter,
                              std::string_view kept) {
  if (status == WDL_NOT_CONVERGED) {
    const Digits steps(n_iter);
    return call.outcome(status, {"the fit has not converged after ", steps.text(),
                                 n_iter == 1 ? " iteration" : " iterations"});
  }
  if (status == WDL_STOPPED)
    return call.outcome(status, {"the fit was ", run.reason(), kept}, &run);
  return status;
}

}  // namespace windlass
