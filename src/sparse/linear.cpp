#include "linear.hpp"

#include <algorithm>

namespace windlass::sparse {

int32_t Linear::whole(Team::Member &member, Mode mode, const void *x, void *y,
                      void *) const noexcept {
  const Cut cut(length_out(mode));
  const Share share = share_of(member, cut, *this, mode);
  rows(mode, cut.first_row(share.begin), cut.first_row(share.end), x, y);
  member.meet();
  return 0;
}

Share share_of(const Team::Member &member, const Cut &cut, const Linear &linear,
               Mode mode) noexcept {
  const int64_t all = linear.cost_below(mode, cut.rows);
  const auto border = [&](int64_t part) {
    if (part == 0) return int64_t(0);
    if (part == member.count()) return cut.groups;
    const int64_t wanted = all / member.count() * part;
    int64_t low = 0, high = cut.groups;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (linear.cost_below(mode, cut.first_row(middle)) < wanted)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  };
  return {border(member.index()), border(member.index() + 1)};
}

}  // namespace windlass::sparse
