#include "samples.hpp"

#include <cmath>
#include <string>

#include "error.hpp"

namespace windlass {
namespace {

constexpr double least_sum = 1e-280;  // sums of weighted rows keep their digits

}  // namespace

double value(const Matrix &x, int64_t row, int64_t column) noexcept {
  return x.dtype == WDL_F32 ? double(x.get<float>(row, column)) : x.get<double>(row, column);
}

void check_weights(const Samples &samples, int32_t argument) {
  if (!samples.weights.data) return;
  double sum = 0;
  for (int64_t i = 0; i < samples.weights.size; i++) {
    const double w = samples.weights.get<double>(i);
    sum += w;
    if (!(w >= 0 && std::isfinite(w)))
      throw Error(WDL_BAD_DATA, argument,
                  "weights has " + number_text(w) + " as entry " + std::to_string(i) +
                      ", expected finite and 0 or more",
                  i);
  }
  if (!(sum > 0))
    throw Error(WDL_BAD_ARGUMENT, argument, "weights are all zero, expected one above 0");
  if (!(sum >= least_sum && std::isfinite(sum)))
    throw Error(WDL_BAD_ARGUMENT, argument,
                "weights has the sum " + number_text(sum) + ", expected " + number_text(least_sum) +
                    " or more, and finite");
}

void throw_not_finite(const Samples &samples, int64_t row, int64_t column) {
  throw Error(WDL_BAD_DATA, samples.argument,
              "x[" + std::to_string(row) + ", " + std::to_string(column) + "] is " +
                  (std::isnan(value(samples.x, row, column)) ? "NaN" : "infinite") +
                  ", expected finite values",
              row, column);
}

void throw_cancelled(const Run &run) {
  throw Error(WDL_CANCELLED, -1, std::string(run.reason()) + " before there was a result");
}

}  // namespace windlass
