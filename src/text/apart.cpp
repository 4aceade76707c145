#include "apart.hpp"

#include <algorithm>
#include <array>

#include "search_kernels.hpp"

namespace windlass::text {
namespace {

constexpr int64_t part_bytes = 4096;

class Tracker {
 public:
  Tracker(const Pattern &pattern, const Range &range, int64_t reach)
      : p_(pattern), range_(range), reaches_(reach, 1), at_(range.first) {
    while (at_ < range.last && !reaches_.single(at_ - range.first)) {
      hit_part();
      if (!p_.whole && last_ >= 0) hit_run();
    }
    if (at_ < range.last) hit_rest();
  }
  Reach finish() { return reaches_.finish(std::max<int64_t>(0, range_.last - range_.first)); }

 private:
  const search::Kernels &k_ = search::kernels();
  const Pattern &p_;
  const Range &range_;
  Reaches reaches_;
  int64_t at_;
  int64_t last_ = -1;  // match
  std::array<int64_t, 512> found_;

  void hit(int64_t at) {
    reaches_.hit(at - range_.first, 0, p_.length);
    last_ = at;
  }
  void hit_part() {
    Range part{range_.text, range_.bytes, at_, std::min(at_ + part_bytes, range_.last)};
    last_ = -1;
    const int64_t count = k_.positions(p_, part, int64_t(found_.size()), found_.data(), &part.last);
    for (int64_t i = 0; i < count; i++) hit(found_[size_t(i)]);
    at_ = part.last;
  }
  // Matches that follow the last one at the period.
  void hit_run() {
    const int64_t period = p_.period, length = p_.length;
    if (range_.last - last_ < 8 * length) return;
    const int64_t until = k_.period_end(p_, range_.text, last_ + length, range_.last + length - 1);
    const int64_t count = (until - length - last_) / period;
    if (count < 1) return;
    reaches_.hits(last_ + period - range_.first, period, count, 0, length);
    last_ += count * period;
    at_ = std::max(at_, last_ + 1);
  }
  // One way is left.
  void hit_rest() {
    int64_t end = range_.first + reaches_.end;
    reaches_.counts()[0] += k_.count_apart(p_, {range_.text, range_.bytes, at_, range_.last}, &end);
    reaches_.end = end - range_.first;
  }
};

}  // namespace

Reach reach_of(const Pattern &pattern, const Range &range, int64_t reach) {
  return Tracker(pattern, range, reach).finish();
}

}  // namespace windlass::text
