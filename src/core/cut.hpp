// How the rows of vectors are cut: into panels, small enough that what is done to one after the
// other finds it in the cache, and groups of panels, whose sums are added in a fixed tree. The cut
// depends on the number of rows only.
#pragma once
#include <cstdint>

namespace windlass {

struct Panel {
  int64_t first, length;
};

struct Cut {
  static constexpr int64_t most_groups = 32;

  int64_t rows = 0, panel = 1, panels = 0, groups = 0;

  Cut() = default;
  // 512 rows of 30 vectors take an eighth of the L2.
  explicit Cut(int64_t n) noexcept : rows(n), panel(512) {
    panels = (n + panel - 1) / panel;
    const int64_t least = n < 4096 ? 512 : 4096;  // rows of a group: its sums cost 15 ns
    groups = 1;
    while (groups < most_groups && groups * least < n) groups *= 2;
    if (groups > panels) groups = panels;
  }
  int64_t first_panel(int64_t group) const noexcept { return panels * group / groups; }
  Panel operator[](int64_t p) const noexcept {
    const int64_t first = p * panel, left = rows - first;
    return {first, left < panel ? left : panel};
  }
  // The first row of a group; of the group behind the last: rows.
  int64_t first_row(int64_t group) const noexcept {
    return group < groups ? first_panel(group) * panel : rows;
  }
};

// From one vector to the next in memory: whole cache lines of any scalar, and not a whole number of
// pages, which would put the same rows of all vectors into the same few lines of the cache.
constexpr int64_t spaced(int64_t n) noexcept { return (n + 31) / 32 * 32 + 96; }

}  // namespace windlass
