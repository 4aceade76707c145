#include "schedule.hpp"

#include <algorithm>

namespace windlass::precond {
namespace {

// One triangle of a pattern: the rows in the order of solving, and each row's entries.
struct Triangle {
  const Pattern &pattern;
  bool upper;

  int64_t begin(int64_t row) const noexcept {
    return upper ? pattern.diagonal[size_t(row)] + 1 : pattern.pointer[size_t(row)];
  }
  int64_t end(int64_t row) const noexcept {
    return upper ? pattern.pointer[size_t(row) + 1] : pattern.diagonal[size_t(row)];
  }
};

// The level of each row of [first, last), one more than the highest of those that it depends on
// there; returns how many there are.
int32_t find_levels(const Triangle &t, int64_t first, int64_t last, std::vector<int32_t> &level) {
  int32_t levels = 0;
  for (int64_t n = first; n < last; n++) {
    const int64_t row = t.upper ? first + last - 1 - n : n, end = t.end(row);
    int32_t found = 0;
    for (int64_t k = t.begin(row); k < end; k++) {
      const int64_t column = t.pattern.index[size_t(k)];
      if (column >= first && column < last) found = std::max(found, level[size_t(column)] + 1);
    }
    level[size_t(row)] = found;
    levels = std::max(levels, found + 1);
  }
  return levels;
}

// How many parts: of 16384 rows, or twice as many until a level of one has 24 rows, so that what a
// row depends on is some slices behind it. What a part reads and writes stays in a cache of 1 MB.
// Tried on the part in the middle. The number is even, for two threads.
int64_t find_parts(const Triangle &t) {
  constexpr int64_t least_rows = 16384, level_rows = 24;
  const int64_t n = t.pattern.rows();
  std::vector<int32_t> level(static_cast<size_t>(n));
  for (int64_t rows = least_rows; 2 * rows <= n; rows *= 2) {
    const int64_t first = (n - rows) / 2;
    if (rows >= level_rows * find_levels(t, first, first + rows, level))
      return (n / rows + 1) / 2 * 2;
  }
  return 1;
}

// Slices of the rows of one part after the other, and what chunks of them wait for.
class Slicer {
 public:
  Slicer(const Triangle &t, Schedule &s, int64_t parts)
      : t_(t), s_(s), needed_(static_cast<size_t>(parts)), done_(needed_.size()) {
    s_.first = {0}, s_.part = s_.chunk = {0};
  }

  // rows: of one level, rising.
  void slice(const int32_t *rows, int64_t count) {
    for (int64_t i = 0; i < count; i += lanes) {
      const int32_t used = int32_t(std::min<int64_t>(lanes, count - i));
      s_.count.push_back(used);
      place_.push_back({int32_t(s_.parts()), int32_t(s_.chunk.size()) - s_.part.back()});
      for (int32_t j = 0; j < lanes; j++) s_.row.push_back(rows[i + std::min(j, used - 1)]);
      for (int32_t j = 0; j < used; j++)
        s_.slot[size_t(rows[i + j])] = int32_t(s_.slices() * lanes + j);
      steps(rows + i, used);
      s_.first.push_back(s_.steps());
      if (s_.slices() - s_.chunk.back() == chunk_slices) end_chunk();
    }
  }
  void end_part() {
    if (s_.slices() > s_.chunk.back()) end_chunk();
    s_.part.push_back(int32_t(s_.chunk.size()) - 1);
    begin_ = int32_t((s_.slices() + 1) * lanes);
    std::fill(done_.begin(), done_.end(), 0);
  }

 private:
  // So many that passing the word (0.1 us) is little beside them.
  static constexpr int32_t chunk_slices = 32;

  void end_chunk() {
    s_.chunk.push_back(int32_t(s_.slices()));
    for (int32_t part : asked_) {
      int32_t &needed = needed_[size_t(part)], &done = done_[size_t(part)];
      if (needed > done) s_.waits.push_back({part, done = needed});
      needed = 0;
    }
    asked_.clear();
    s_.wait_end.push_back(int32_t(s_.waits.size()));
  }
  Schedule::Wait place(int32_t slot) const noexcept { return place_[size_t(slot / lanes - 1)]; }
  // Before this chunk.
  void need(int32_t slot) {
    if (slot < lanes || slot >= begin_) return;
    const Schedule::Wait w = place(slot);
    int32_t &needed = needed_[size_t(w.part)];
    if (!needed) asked_.push_back(w.part);
    needed = std::max(needed, w.chunks);
  }
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
      // What lanes left over compute is not used: they read along, but nothing that another thread
      // may be writing.
      if (used < lanes && slot[0] >= lanes && slot[0] < begin_)
        follow = follow && place(slot[0]).part == place(slot[0] + lanes - 1).part;
      for (int32_t j = used; j < lanes; j++) slot[j] = follow ? slot[0] + j : slot[used - 1];
      for (int32_t i : slot) need(i);
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
  int32_t begin_ = lanes;               // the part's first slot
  std::vector<Schedule::Wait> place_;   // by slice: its part, and the chunks up to it
  std::vector<int32_t> needed_, done_;  // by part: chunks, before this chunk and so far
  std::vector<int32_t> asked_;          // the parts of which some are needed
};

// Slices fill this share of their lanes at least, or rows go one by one: a slice of one or two rows
// is slower than those rows by themselves, and larger.
constexpr int64_t least_filled = 3;

Schedule make_schedule(const Triangle &t, int64_t parts) {
  Schedule s;
  const int64_t n = t.pattern.rows();
  std::vector<int32_t> level(static_cast<size_t>(n)), order(level.size());
  s.levels = find_levels(t, 0, n, level);
  std::vector<int64_t> border;  // of levels
  // Sorts the rows of [first, last) by level; returns how many slices they make.
  const auto sort = [&](int64_t first, int64_t last, int32_t levels) {
    border.assign(size_t(levels) + 1, 0);
    for (int64_t i = first; i < last; i++) border[size_t(level[size_t(i)]) + 1]++;
    int64_t slices = 0;
    for (size_t l = 0; l < size_t(levels); l++) {
      slices += (border[l + 1] + lanes - 1) / lanes;
      border[l + 1] += border[l];
    }
    std::vector<int64_t> next(border.begin(), border.end() - 1);
    for (int64_t i = first; i < last; i++)
      order[size_t(next[size_t(level[size_t(i)])]++)] = int32_t(i);
    return slices;
  };
  s.sliced = sort(0, n, int32_t(s.levels)) * least_filled <= n;
  s.slot.resize(size_t(n));
  if (!s.sliced) {
    for (int64_t i = 0; i < n; i++) s.slot[size_t(i)] = int32_t(lanes + i);
    return s;
  }
  Slicer slicer(t, s, parts);
  for (int64_t p = 0; p < parts; p++) {
    const int64_t part = t.upper ? parts - 1 - p : p;
    const int64_t first = first_row(n, parts, part), last = first_row(n, parts, part + 1);
    if (parts > 1) sort(first, last, find_levels(t, first, last, level));
    for (size_t l = 0; l + 1 < border.size(); l++)
      slicer.slice(order.data() + border[l], border[l + 1] - border[l]);
    slicer.end_part();
  }
  return s;
}

template <class T>
int64_t bytes_of(const std::vector<T> &v) noexcept {
  return int64_t(v.size() * sizeof(T));
}

// Where right-hand sides stand, of which row i's is at place(i).
template <class Place>
void set_sources(Schedule &s, Place place) {
  if (!s.sliced) {
    for (size_t row = 0; row < s.slot.size(); row++) s.source.push_back(place(int32_t(row)));
    return;
  }
  for (int64_t slice = 0; slice < s.slices(); slice++) {
    const int32_t *row = s.row.data() + slice * lanes;
    int32_t at[lanes];
    bool follow = s.count[size_t(slice)] == lanes;
    for (int j = 0; j < lanes; j++) {
      at[j] = place(row[j]);
      follow = follow && at[j] == at[0] + j;
    }
    s.from.push_back(follow ? at[0] : ~int32_t(s.source.size() / lanes));
    if (!follow) s.source.insert(s.source.end(), at, at + lanes);
  }
}

}  // namespace

int64_t Schedule::bytes() const noexcept {
  return bytes_of(first) + bytes_of(at) + bytes_of(index) + bytes_of(from) + bytes_of(source) +
         bytes_of(row) + bytes_of(count) + bytes_of(slot) + bytes_of(part) + bytes_of(chunk) +
         bytes_of(wait_end) + bytes_of(waits);
}

Pattern turn(const Pattern &p, std::vector<int64_t> &order) {
  Pattern to;
  to.diagonal.resize(p.diagonal.size());
  to.index.resize(p.index.size());
  order.resize(p.index.size());
  std::vector<int64_t> next(p.pointer.size() + 1);  // of a column, one place on
  for (int32_t column : p.index) next[size_t(column) + 2]++;
  for (size_t column = 1; column < next.size(); column++) next[column] += next[column - 1];
  for (int64_t row = 0; row < p.rows(); row++)
    for (int64_t k = p.pointer[size_t(row)]; k < p.pointer[size_t(row) + 1]; k++) {
      const int64_t place = next[size_t(p.index[size_t(k)]) + 1]++;
      to.index[size_t(place)] = int32_t(row);
      order[size_t(place)] = k;
      if (k == p.diagonal[size_t(row)]) to.diagonal[size_t(row)] = place;
    }
  next.pop_back();
  to.pointer = std::move(next);
  return to;
}

std::vector<int64_t> StripPlan::places(bool of_upper) const {
  const Schedule &s = of_upper ? upper : lower;
  const Triangle t{pattern, of_upper};
  std::vector<int64_t> places(pattern.index.size(), -1);
  for (int64_t slice = 0; slice < s.slices(); slice++)
    for (int32_t j = 0; j < s.count[size_t(slice)]; j++) {
      const int64_t row = s.row[size_t(slice * lanes + j)], end = t.end(row);
      int64_t at = s.first[size_t(slice)] * lanes + j;
      for (int64_t k = t.begin(row); k < end; k++, at += lanes) places[size_t(k)] = at;
    }
  return places;
}

StripPlan::StripPlan(int64_t first_row, Pattern &&of) : first(first_row), pattern(std::move(of)) {
  const int64_t parts = find_parts({pattern, false});
  lower = make_schedule({pattern, false}, parts);
  upper = make_schedule({pattern, true}, parts);
  set_sources(lower, [](int32_t row) { return row; });
  set_sources(upper, [this](int32_t row) { return lower.slot[size_t(row)]; });
}

const StripPlan &StripPlan::turned() const {
  return turned_.get([this] {
    std::vector<int64_t> order;
    return std::make_unique<const StripPlan>(first, turn(pattern, order));
  });
}

int64_t StripPlan::bytes() const noexcept {
  return bytes_of(pattern.pointer) + bytes_of(pattern.diagonal) + bytes_of(pattern.index) +
         lower.bytes() + upper.bytes();
}

}  // namespace windlass::precond
