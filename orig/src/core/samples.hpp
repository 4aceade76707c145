// Rows of data with weights: what mixtures and clusters are fitted to.
#pragma once
#include <cstdint>

#include "array.hpp"
#include "run.hpp"

namespace windlass {

// Rows in the caller's memory, f64 or f32. A row of weight w counts w times; rows of weight 0 are
// absent, whatever they hold.
struct Samples {
  Matrix x;
  Vector weights = {};    // f64, not negative; no data: all 1
  int32_t argument = -1;  // place of x in the C prototype

  double weight(int64_t row) const noexcept { return weights.data ? weights.get<double>(row) : 1; }
  bool counts(int64_t row) const noexcept { return weight(row) > 0; }
};

double value(const Matrix &x, int64_t row, int64_t column) noexcept;  // f64 or f32
// Throws WDL_BAD_DATA for weights that are negative or not finite, WDL_BAD_ARGUMENT for none above
// 0.
void check_weights(const Samples &, int32_t argument);
[[noreturn]] void throw_not_finite(const Samples &, int64_t row, int64_t column);
[[noreturn]] void throw_cancelled(const Run &);

}  // namespace windlass
