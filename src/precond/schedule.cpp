#include "schedule.hpp"

#include <algorithm>

namespace windlass::precond {
namespace {

// One triangle of a pattern: the rows in the order of solving, and each row's entries.
struct Triangle {
  const Pattern &pattern;
  bool upper;

  int64_t rows() const noexcept { return pattern.rows(); }
  int64_t row(int64_t n) const noexcept { return upper ? rows() - 1 - n : n; }
  int64_t begin(int64_t row) const noexcept {
    return upper ? pattern.diagonal[size_t(row)] + 1 : pattern.pointer[size_t(row)];
  }
  int64_t end(int64_t row) const noexcept {
    return upper ? pattern.pointer[size_t(row) + 1] : pattern.diagonal[size_t(row)];
  }
};

// A row's level is one more than the highest that it depends on; returns how many there are.
int32_t find_levels(const Triangle &t, std::vector<int32_t> &level) {
  int32_t levels = 0;
  for (int64_t n = 0; n < t.rows(); n++) {
    const int64_t row = t.row(n), end = t.end(row);
    int32_t found = 0;
    for (int64_t k = t.begin(row); k < end; k++)
      found = std::max(found, level[size_t(t.pattern.index[size_t(k)])] + 1);
    level[size_t(row)] = found;
    levels = std::max(levels, found + 1);
  }
  return levels;
}

class Slicer {
 public:
  Slicer(const Triangle &t, Schedule &s) : t_(t), s_(s) {}

  // rows: of one level, rising.
  void slice(const int32_t *rows, int64_t count) {
    for (int64_t i = 0; i < count; i += lanes) {
      const int32_t used = int32_t(std::min<int64_t>(lanes, count - i));
      s_.count.push_back(used);
      for (int32_t j = 0; j < lanes; j++) s_.row.push_back(rows[i + std::min(j, used - 1)]);
      for (int32_t j = 0; j < used; j++)
        s_.slot[size_t(rows[i + j])] = int32_t(s_.slices() * lanes + j);
      steps(rows + i, used);
      s_.first.push_back(s_.steps());
    }
  }

 private:
  void steps(const int32_t *rows, int32_t used) {
    int64_t longest = 0;
    for (int32_t j = 0; j < used; j++)
      longest = std::max(longest, t_.end(rows[j]) - t_.begin(rows[j]));
    for (int64_t k = 0; k < longest; k++) {
      int32_t slot[lanes];
      bool follow = true;
      for (int32_t j = 0; j < used; j++) {
        slot[j] = read(rows[j], k);
        follow = follow && slot[j] == slot[0] + j;
      }
      // What lanes left over compute is not used: they read along.
      for (int32_t j = used; j < lanes; j++) slot[j] = follow ? slot[0] + j : slot[used - 1];
      if (follow) {
        s_.at.push_back(slot[0]);
      } else {
        s_.at.push_back(~int32_t(s_.index.size() / lanes));
        s_.index.insert(s_.index.end(), slot, slot + lanes);
      }
    }
  }
  // The slot that entry k of a row multiplies. A row that has fewer reads its last again, with the
  // value 0; one that has none, a zero.
  int32_t read(int32_t row, int64_t k) const noexcept {
    const int64_t begin = t_.begin(row), end = t_.end(row);
    if (begin == end) return 0;
    return s_.slot[size_t(t_.pattern.index[size_t(std::min(begin + k, end - 1))])];
  }
  const Triangle &t_;
  Schedule &s_;
};

// Slices fill this share of their lanes at least, or rows go one by one: a slice of one or two rows
// is slower than those rows by themselves, and larger.
constexpr int64_t least_filled = 3;

Schedule make_schedule(const Triangle &t) {
  Schedule s;
  const int64_t n = t.rows();
  std::vector<int32_t> level(static_cast<size_t>(n));
  const int32_t levels = find_levels(t, level);
  std::vector<int64_t> border(size_t(levels) + 1);
  for (int32_t l : level) border[size_t(l) + 1]++;
  int64_t slices = 0;
  for (size_t l = 0; l < size_t(levels); l++) {
    slices += (border[l + 1] + lanes - 1) / lanes;
    border[l + 1] += border[l];
  }
  s.levels = levels;
  s.sliced = slices * least_filled <= n;
  s.slot.resize(size_t(n));
  if (!s.sliced) {
    for (int64_t i = 0; i < n; i++) s.slot[size_t(i)] = int32_t(lanes + i);
    return s;
  }
  std::vector<int32_t> order(static_cast<size_t>(n));
  std::vector<int64_t> next(border.begin(), border.end() - 1);
  for (int64_t i = 0; i < n; i++) order[size_t(next[size_t(level[size_t(i)])]++)] = int32_t(i);
  s.first.reserve(size_t(slices) + 1), s.row.reserve(size_t(slices) * lanes);
  s.count.reserve(size_t(slices));
  s.first.push_back(0);
  Slicer slicer(t, s);
  for (size_t l = 0; l < size_t(levels); l++)
    slicer.slice(order.data() + border[l], border[l + 1] - border[l]);
  return s;
}

template <class T>
int64_t bytes_of(const std::vector<T> &v) noexcept {
  return int64_t(v.size() * sizeof(T));
}

// Where right-hand sides stand, of which row i's is at place(i).
template <class Place>
void set_sources(Schedule &s, Place place) {
  if (s.sliced) {
    s.source.reserve(s.row.size());
    for (int32_t row : s.row) s.source.push_back(place(row));
  } else {
    for (size_t row = 0; row < s.slot.size(); row++) s.source.push_back(place(int32_t(row)));
  }
}

}  // namespace

int64_t Schedule::bytes() const noexcept {
  return bytes_of(first) + bytes_of(at) + bytes_of(index) + bytes_of(source) + bytes_of(row) +
         bytes_of(count) + bytes_of(slot);
}

StripPlan::StripPlan(int64_t first_row, Pattern &&of)
    : first(first_row),
      pattern(std::move(of)),
      lower(make_schedule({pattern, false})),
      upper(make_schedule({pattern, true})) {
  set_sources(lower, [](int32_t row) { return row; });
  set_sources(upper, [this](int32_t row) { return lower.slot[size_t(row)]; });
}

int64_t StripPlan::bytes() const noexcept {
  return bytes_of(pattern.pointer) + bytes_of(pattern.diagonal) + bytes_of(pattern.index) +
         lower.bytes() + upper.bytes();
}

}  // namespace windlass::precond
