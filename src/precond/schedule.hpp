// The order in which a strip's triangles are solved. A matter of the pattern, and kept while that
// stays. The strip's rows are cut into parts of consecutive rows, whose vectors stay in the cache;
// the rows of a part go by levels, of rows that depend on levels before and other parts only.
#pragma once
#include <memory>
#include <vector>

#include "core/made_once.hpp"
#include "kernels.hpp"
#include "strips.hpp"

namespace windlass::precond {

struct Schedule {
  // Before a chunk, so many chunks of another part are done.
  struct Wait {
    int32_t part, chunks;
  };

  bool sliced = false;  // else row by row, in one part of one chunk, and most of this is empty
  int64_t levels = 0;   // steps that depend on each other, were there one part
  std::vector<int64_t> first;
  std::vector<int32_t> at, index, from, source, row, count;
  std::vector<int32_t> slot;  // by row: where the work holds its result
  // A part is some chunks, a chunk some slices and waits, in the order of solving; each begins
  // where the one before ends.
  std::vector<int32_t> part, chunk, wait_end;
  std::vector<Wait> waits;

  int64_t parts() const noexcept { return part.empty() ? 0 : int64_t(part.size()) - 1; }
  int64_t slices() const noexcept { return int64_t(count.size()); }
  int64_t steps() const noexcept { return int64_t(at.size()); }
  int64_t work() const noexcept {  // its length
    return lanes * (1 + (sliced ? slices() : (int64_t(slot.size()) + lanes - 1) / lanes));
  }
  int64_t bytes() const noexcept;
};

// The transpose; order[k] <- the place of its entry k in the pattern.
Pattern turn(const Pattern &, std::vector<int64_t> &order);

struct StripPlan {
  int64_t first;  // row
  Pattern pattern;
  Schedule lower, upper;

  StripPlan(int64_t first_row, Pattern &&of);
  // Of the transposed pattern; made when it is first asked for, from any thread. Throws
  // std::bad_alloc.
  const StripPlan &turned() const;
  // By place in the pattern: where an entry of L or U stands in the slices, in scalars; -1 for the
  // others.
  std::vector<int64_t> places(bool of_upper) const;
  int64_t bytes() const noexcept;  // without turned()

 private:
  MadeOnce<StripPlan> turned_;
};

}  // namespace windlass::precond
