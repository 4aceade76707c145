// The order in which a strip's triangles are solved: by levels, of rows that depend on levels
// before only. A matter of the pattern, and kept while that stays.
#pragma once
#include <memory>
#include <vector>

#include "kernels.hpp"
#include "strips.hpp"

namespace windlass::precond {

struct Schedule {
  bool sliced = false;  // else row by row, and all below but source is empty
  int64_t levels = 0;
  std::vector<int64_t> first;
  std::vector<int32_t> at, index, source, row, count;
  std::vector<int32_t> slot;  // by row: where the work holds its result

  int64_t slices() const noexcept { return int64_t(count.size()); }
  int64_t steps() const noexcept { return int64_t(at.size()); }
  int64_t work() const noexcept {  // its length
    return lanes * (1 + (sliced ? slices() : (int64_t(slot.size()) + lanes - 1) / lanes));
  }
  int64_t bytes() const noexcept;
};

struct StripPlan {
  int64_t first;  // row
  Pattern pattern;
  Schedule lower, upper;

  StripPlan(int64_t first_row, Pattern &&of);
  int64_t bytes() const noexcept;
};

}  // namespace windlass::precond
