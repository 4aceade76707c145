#include "sell.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "compressed.hpp"
#include "core/aligned.hpp"
#include "kernels.hpp"
#include "rows.hpp"

namespace windlass::sparse {
namespace {

constexpr int64_t slice = 8;
constexpr int64_t slices_of_task = 2048;    // between two looks at whether to stop
constexpr double most_filled = 1.25;        // entries with those filled in, to those that are
constexpr int64_t least_shared = 4;         // slices to one that is kept
constexpr int64_t most_columns = 1 << 30;   // and rows: distances are kept twice as large
constexpr int64_t slices_of_cost = 1 << 6;  // to one sum of entries below

template <class T>
class Sell final : public Linear {
 public:
  Sell(int64_t rows, int64_t columns, int64_t entries)
      : Linear(rows, columns, dtype_of<T>()), entries_(entries) {}

  bool has(Mode m) const noexcept override { return !is_transposed(m); }
  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    const int64_t ahead = shared ? 0 : 4096 / int64_t(sizeof(T));
    spmv<T>().slices({place.get(), base.get(), index.get(), value.get(), ahead}, Linear::rows(),
                     first, last, static_cast<const T *>(x), static_cast<T *>(y));
  }
  int64_t cost_below(Mode, int64_t row) const noexcept override {
    return cost[row == Linear::rows() ? cost.size() - 1 : row / (slice * slices_of_cost)] + row;
  }
  int64_t bytes(Mode) const noexcept override { return memory(); }
  int64_t entries() const noexcept override { return entries_; }
  int64_t band() const noexcept override { return widest; }
  int64_t memory() const noexcept override {
    return place.bytes() + base.bytes() + index.bytes() + value.bytes() + cost.bytes();
  }

  Aligned<SlicePlace> place;
  Aligned<int32_t> base, index;
  Aligned<T> value;
  Aligned<int64_t> cost;
  bool shared = false;
  std::atomic<int64_t> widest{0};  // the band

 private:
  int64_t entries_;
};

// Indices of either size.
struct Indices {
  const void *data;
  bool wide;
  [[gnu::always_inline]] int64_t operator[](int64_t i) const noexcept {
    return wide ? static_cast<const int64_t *>(data)[i] : static_cast<const int32_t *>(data)[i];
  }
};

// An entry of each of eight rows: where they lie, below 0: nowhere, a zero is filled in; and how
// far their columns lie behind the first of the rows.
struct Eight {
  int64_t at[slice];
  int32_t distance[slice];

  bool consecutive() const noexcept {
    bool all = true;
    for (int32_t i = 0; i < slice; i++) all = all && distance[i] == distance[0] + i;
    return all;
  }
};

// The entries of eight rows, in the order of each row: those of the same number beside each other,
// or, by distance, those that lie as far from the diagonal, which follow each other then.
class Walk {
 public:
  Walk(Indices pointer, Indices index, int64_t rows, int64_t columns, int64_t s,
       bool by_distance) noexcept
      : index_(index), first_(s * slice), by_distance_(by_distance) {
    for (int64_t i = 0; i < slice; i++) {
      const int64_t row = std::min(first_ + i, rows);
      next_[i] = pointer[row];
      end_[i] = pointer[std::min(row + 1, rows)];
      last_[i] = int32_t(next_[i] < end_[i] ? 0 : std::min(first_ + i, columns - 1) - first_);
    }
  }
  bool next(Eight &e) noexcept { return by_distance_ ? next_distance(e) : next_number(e); }

 private:
  bool next_number(Eight &e) noexcept {
    bool some = false;
    for (int64_t i = 0; i < slice; i++) {
      const bool there = next_[i] < end_[i];
      e.at[i] = there ? next_[i]++ : -1;
      if (there) last_[i] = distance(e.at[i]);
      e.distance[i] = last_[i];
      some = some || there;
    }
    return some;
  }
  bool next_distance(Eight &e) noexcept {
    int32_t least = INT32_MAX;
    for (int32_t i = 0; i < slice; i++)
      if (next_[i] < end_[i]) least = std::min(least, distance(next_[i]) - i);
    if (least == INT32_MAX) return false;
    for (int32_t i = 0; i < slice; i++) {
      const bool there = next_[i] < end_[i] && distance(next_[i]) - i == least;
      e.at[i] = there ? next_[i]++ : -1;
      e.distance[i] = least + i;
    }
    return true;
  }
  int32_t distance(int64_t at) const noexcept { return int32_t(index_[at] - first_); }

  const Indices index_;
  const int64_t first_;
  const bool by_distance_;
  int64_t next_[slice], end_[slice];
  int32_t last_[slice];  // a row that has ended goes on with its last column, an empty one with any
};

}  // namespace

// In the order in which they are called.
class SellStages {
 public:
  virtual ~SellStages() = default;
  // Both throw Unsuitable, std::bad_alloc; the others take a range of slices, and answer false
  // where they can't go on.
  virtual void plan() = 0;
  virtual bool count(int64_t first, int64_t last) noexcept = 0;
  virtual void allocate(int64_t most_bytes) = 0;
  virtual bool fill(int64_t first, int64_t last) noexcept = 0;
  // Whether those that share their place are still the same.
  virtual bool compare(int64_t first, int64_t last) noexcept = 0;
  virtual void forget() noexcept = 0;

  std::unique_ptr<const Linear> made;  // once it is planned
  bool views = false;                  // the memory of the matrix itself
  bool again = false;                  // only values may have changed
  int64_t slices = 0;
};

namespace {

struct Unsuitable {};

constexpr uint64_t mixed(uint64_t hash, uint64_t bits) noexcept {
  hash ^= bits;
  return (hash << 29 | hash >> 35) * 0x9e3779b97f4a7c15;
}

template <class T>
class Cutting final : public SellStages {
 public:
  Cutting(int64_t rows, int64_t columns, Indices pointer, Indices index, const T *value)
      : rows_(rows), columns_(columns), pointer_(pointer), index_(index), value_(value) {
    slices = (rows + slice - 1) / slice;
  }
  explicit Cutting(int64_t columns, Rows<T> &&own)
      : Cutting(int64_t(own.pointer.size()) - 1, columns, {own.pointer.data(), true},
                {own.index.data(), false}, own.value.data()) {
    own_ = std::move(own);  // the memory stays where it is
  }

  void plan() override {
    if (rows_ >= most_columns || columns_ >= most_columns) throw Unsuitable();
    auto sell = std::make_unique<Sell<T>>(rows_, columns_, rows_ ? pointer_[rows_] : 0);
    sell_ = sell.get();
    sell_->place = Aligned<SlicePlace>(slices);
    sell_->cost = Aligned<int64_t>(slices / slices_of_cost + 2);
    found_ = Aligned<Found>(slices);
    made = std::move(sell);
  }
  bool count(int64_t first, int64_t last) noexcept override {
    int64_t widest = 0;
    for (int64_t s = first; s < last; s++) {
      if (s > first && !found_[s - 1].by_distance && equal(s, s - 1)) {
        found_[s] = found_[s - 1];
        sell_->place[s] = sell_->place[s - 1];
        continue;
      }
      Tally t = tally(s, false, INT32_MAX), other;
      if (t.found.scattered && (other = tally(s, true, t.eights + 1)).inside) t = other;
      found_[s] = t.found;
      sell_->place[s].count = t.eights;
      widest = std::max(widest, t.widest);
    }
    int64_t before = sell_->widest;
    while (before < widest && !sell_->widest.compare_exchange_weak(before, widest)) {
    }
    return true;
  }
  void allocate(int64_t most_bytes) override {
    int64_t all = 0, eights = 0, indices = 0;
    for (int64_t s = 0; s < slices; s++) {
      if (s % slices_of_cost == 0) sell_->cost[s / slices_of_cost] = all * slice;
      all += sell_->place[s].count;
    }
    sell_->cost[sell_->cost.size() - 1] = all * slice;
    if (double(all) * slice > most_filled * double(sell_->entries()) + 64 * slice)
      throw Unsuitable();
    sell_->shared = match();
    for (int64_t s = 0; s < slices; s++) {
      const int32_t same = found_[s].same;
      sell_->place[s].first = same < s ? sell_->place[same].first : int32_t(eights);
      if (same < s) continue;
      eights += sell_->place[s].count;
      indices += std::exchange(found_[s].scattered, int32_t(indices));
      if (eights >= most_columns) throw Unsuitable();
    }
    const int64_t bytes = eights * (slice * int64_t(sizeof(T)) + 4) + indices * slice * 4;
    if (bytes + sell_->memory() > most_bytes) throw Unsuitable();
    sell_->base = Aligned<int32_t>::raw(eights);
    sell_->index = Aligned<int32_t>::raw(indices * slice);
    sell_->value = Aligned<T>::raw(eights * slice);
  }
  bool fill(int64_t first, int64_t last) noexcept override {
    for (int64_t s = first; s < last; s++) {
      if (found_[s].same < s) continue;
      int64_t k = sell_->place[s].first, next = found_[s].scattered;
      if (again && !found_[s].by_distance) {
        refill(s, &sell_->value[k * slice]);
        continue;
      }
      Walk walk = walk_of(s, found_[s].by_distance);
      for (Eight e; walk.next(e); k++) {
        for (int64_t i = 0; i < slice; i++) sell_->value[k * slice + i] = value_at(e.at[i]);
        const bool consecutive = e.consecutive();
        sell_->base[k] = 2 * (consecutive ? e.distance[0] : int32_t(next)) + !consecutive;
        if (!consecutive) std::copy_n(e.distance, slice, &sell_->index[next++ * slice]);
      }
    }
    return true;
  }
  bool compare(int64_t first, int64_t last) noexcept override {
    for (int64_t s = first; s < last; s++) {
      const int32_t same = found_[s].same;
      if (same == s) continue;
      if (found_[s].by_distance != found_[same].by_distance || !equal(s, same)) return false;
    }
    return true;
  }
  void forget() noexcept override {
    own_ = {};
    found_ = {};
  }

 private:
  struct Found {
    uint64_t hash;
    int32_t same;       // the first slice like it
    int32_t scattered;  // eights that need indices; once there is memory, those before
    bool by_distance;
  };
  struct Tally {
    Found found{};
    int32_t eights = 0;
    int64_t widest = 0;
    bool inside = true;  // all columns are some, and the eights as few as was asked for
  };

  T value_at(int64_t at) const noexcept { return at < 0 ? T{} : value_[at]; }
  // The values of entries of the same number beside each other.
  void refill(int64_t s, T *to) const noexcept {
    for (int64_t i = 0; i < slice; i++) {
      const int64_t row = std::min(s * slice + i, rows_), begin = pointer_[row];
      const int64_t length = pointer_[std::min(row + 1, rows_)] - begin;
      for (int64_t k = 0; k < sell_->place[s].count; k++)
        to[k * slice + i] = k < length ? value_[begin + k] : T{};
    }
  }
  Walk walk_of(int64_t s, bool by_distance) const noexcept {
    return {pointer_, index_, rows_, columns_, s, by_distance};
  }
  Tally tally(int64_t s, bool by_distance, int32_t most) const noexcept {
    Tally t;
    uint64_t hash[slice] = {};
    Walk walk = walk_of(s, by_distance);
    for (Eight e; walk.next(e) && t.inside; t.eights++) {
      const int64_t first = s * slice + e.distance[0], last = s * slice + e.distance[slice - 1];
      t.inside = !by_distance || (t.eights < most && first >= 0 && last < columns_);
      t.found.scattered += !e.consecutive();
      for (int64_t i = 0; i < slice; i++) {
        const T value = value_at(e.at[i]);
        std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t> bits;
        std::memcpy(&bits, &value, sizeof bits);
        hash[i] = mixed(hash[i] + uint32_t(e.distance[i]), bits);
        t.widest = std::max(t.widest, std::abs(int64_t(e.distance[i]) - i));
      }
    }
    for (const uint64_t one : hash) t.found.hash = mixed(t.found.hash, one);
    t.found.by_distance = by_distance;
    return t;
  }
  // Whether two slices are the same, bit by bit, each seen from its own diagonal.
  bool equal(int64_t s, int64_t r) const noexcept {
    if (std::max(s, r) * slice + slice > rows_) return false;
    const int64_t a = pointer_[s * slice], b = pointer_[r * slice];
    const int64_t count = pointer_[(s + 1) * slice] - a, apart = (s - r) * slice;
    for (int64_t i = 1; i <= slice && !again; i++)
      if (pointer_[s * slice + i] - a != pointer_[r * slice + i] - b) return false;
    for (int64_t k = 0; k < count && !again; k++)
      if (index_[a + k] - index_[b + k] != apart) return false;
    return std::memcmp(value_ + a, value_ + b, size_t(count) * sizeof(T)) == 0;
  }
  // Finds for each slice the first that is like it. False: most are like no other.
  bool match() {
    const int64_t most = slices / least_shared;
    size_t size = 64;
    while (size < 2 * size_t(most)) size *= 2;
    std::vector<int32_t> table(size, -1);
    for (int64_t s = 0, kinds = 0; s < slices; s++) {
      const uint64_t hash = found_[s].hash;
      size_t at = (hash ^ hash >> 32) % size;
      while (table[at] >= 0 && found_[table[at]].hash != hash) at = (at + 1) % size;
      if (table[at] < 0) {
        if (kinds++ == most) return alone();
        table[at] = int32_t(s);
      }
      found_[s].same = table[at];
    }
    return true;
  }
  bool alone() noexcept {
    for (int64_t s = 0; s < slices; s++) found_[s].same = int32_t(s);
    return false;
  }

  const int64_t rows_, columns_;
  const Indices pointer_, index_;
  const T *value_;
  Rows<T> own_;
  Sell<T> *sell_ = nullptr;
  Aligned<Found> found_;
};

template <class T, class I>
std::unique_ptr<SellStages> cutting_of(const Linear &a) {
  const auto *c = dynamic_cast<const Compressed<T, I> *>(&a);
  if (!c) return nullptr;
  const CompressedRows<T, I> r = c->view();
  constexpr bool wide = sizeof(I) == 8;
  auto made = std::make_unique<Cutting<T>>(a.rows(), a.columns(), Indices{r.pointer, wide},
                                           Indices{r.index, wide}, r.value);
  made->views = true;
  return made;
}
template <class T>
std::unique_ptr<SellStages> stages_of(Run &run, const Linear &a, Mode mode) {
  std::unique_ptr<SellStages> stages;
  if (!is_transposed(mode)) {
    stages = cutting_of<T, int32_t>(a);
    if (!stages) stages = cutting_of<T, int64_t>(a);
  }
  if (!stages) stages = std::make_unique<Cutting<T>>(a.length_in(mode), rows_of<T>(run, a, mode));
  return stages;
}

}  // namespace

SellCopy::SellCopy() noexcept = default;
SellCopy::~SellCopy() = default;
void SellCopy::drop() noexcept { stages_.reset(); }
bool SellCopy::kept() const noexcept { return stages_ && stages_->views; }
int64_t SellCopy::memory() const noexcept {
  return stages_ && stages_->made ? stages_->made->memory() : 0;
}

bool SellCopy::reads(const Linear &a) noexcept {
  return dynamic_cast<const Compressed<double, int32_t> *>(&a) ||
         dynamic_cast<const Compressed<double, int64_t> *>(&a) ||
         dynamic_cast<const Compressed<float, int32_t> *>(&a) ||
         dynamic_cast<const Compressed<float, int64_t> *>(&a);
}

// Whether none has failed, to all alike: the second meeting keeps the next stage's failure apart.
bool SellCopy::whole(Team::Member &member) noexcept {
  member.meet();
  const bool failed = failed_;
  member.meet();
  return !failed;
}

// By the first member, while the others wait. False, to all: it threw.
template <class Stage>
bool SellCopy::alone(Team::Member &member, Stage stage) noexcept {
  if (member.index() == 0) try {
      stage();
    } catch (...) {
      failed_ = true;
    }
  return whole(member);
}
template <class Stage>
bool SellCopy::together(Team::Member &member, Run &run, Stage stage) noexcept {
  const int64_t end = member.end(stages_->slices);
  for (int64_t s = member.begin(stages_->slices); s < end && !failed_; s += slices_of_task) {
    if (!(stages_.get()->*stage)(s, std::min(end, s + slices_of_task)) || run.stop_requested())
      failed_ = true;
  }
  return whole(member);
}

const Linear *SellCopy::make(Team::Member &member, Run &run, const Linear &a, Mode mode,
                             int64_t most_bytes) noexcept {
  const auto plan = [&] {
    drop();
    failed_ = false;
    if (a.entries() < 0 || a.length_in(mode) > INT32_MAX) throw Unsuitable();
    if (a.dtype() == WDL_F64)
      stages_ = stages_of<double>(run, a, mode);
    else if (a.dtype() == WDL_F32)
      stages_ = stages_of<float>(run, a, mode);
    else
      throw Unsuitable();
    stages_->plan();
  };
  const bool filled = alone(member, plan) && together(member, run, &SellStages::count) &&
                      alone(member, [&] { stages_->allocate(most_bytes); }) &&
                      together(member, run, &SellStages::fill) &&
                      together(member, run, &SellStages::compare);
  alone(member, [&] {
    if (!filled) return drop();
    if (!stages_->views) stages_->forget();
  });
  return filled ? stages_->made.get() : nullptr;
}

const Linear *SellCopy::refresh(Team::Member &member, Run &run) noexcept {
  alone(member, [&] {
    failed_ = false;
    stages_->again = true;
  });
  return together(member, run, &SellStages::fill) && together(member, run, &SellStages::compare)
             ? stages_->made.get()
             : nullptr;
}

}  // namespace windlass::sparse
