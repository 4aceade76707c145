#include "sell.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "compressed.hpp"
#include "core/aligned.hpp"
#include "kernels.hpp"
#include "rows.hpp"

namespace windlass::sparse {
namespace {

constexpr int64_t slice = 8;
constexpr int64_t slices_of_task = 2048;  // between two looks at whether to stop
constexpr double most_filled = 1.25;      // entries with those filled in, to those that are

template <class T>
class Sell final : public Linear {
 public:
  Sell(int64_t rows, int64_t columns, int64_t entries)
      : Linear(rows, columns, dtype_of<T>()), entries_(entries) {}

  bool has(Mode m) const noexcept override { return !is_transposed(m); }
  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    spmv<T>().slices({pointer.get(), base.get(), index.get(), value.get()}, Linear::rows(), first,
                     last, static_cast<const T *>(x), static_cast<T *>(y));
  }
  int64_t cost_below(Mode, int64_t row) const noexcept override {
    return row == Linear::rows() ? pointer[pointer.size() - 1] * slice + row
                                 : pointer[row / slice] * slice + row;
  }
  int64_t bytes(Mode) const noexcept override { return memory(); }
  int64_t entries() const noexcept override { return entries_; }
  int64_t band() const noexcept override { return widest; }
  int64_t memory() const noexcept override {
    return pointer.bytes() + base.bytes() + index.bytes() + value.bytes();
  }

  Aligned<int64_t> pointer;  // of each slice: its first entry of eight
  Aligned<int32_t> base, index;
  Aligned<T> value;
  std::atomic<int64_t> widest{0};  // the band

 private:
  int64_t entries_;
};

// Eight rows of the matrix that is copied.
template <class P, class I>
struct Slice {
  int64_t begin[slice], length[slice], width = 0;

  Slice(const P *pointer, int64_t rows, int64_t s) noexcept {
    for (int64_t i = 0; i < slice; i++) {
      const int64_t row = s * slice + i;
      begin[i] = row < rows ? int64_t(pointer[row]) : 0;
      length[i] = row < rows ? int64_t(pointer[row + 1]) - begin[i] : 0;
      width = std::max(width, length[i]);
    }
  }
  // The columns of the rows' entries k; whether they follow each other.
  bool columns(const I *index, int64_t k, int32_t *column) const noexcept {
    bool consecutive = true;
    for (int64_t i = 0; i < slice; i++) {
      const bool there = k < length[i];
      column[i] = !length[i] ? 0 : int32_t(index[begin[i] + (there ? k : length[i] - 1)]);
      consecutive = consecutive && there && column[i] == column[0] + i;
    }
    return consecutive;
  }
};

}  // namespace

// In the order in which they are called.
class SellStages {
 public:
  virtual ~SellStages() = default;
  // Both throw Unsuitable, std::bad_alloc; the others take a range of slices.
  virtual void plan() = 0;
  virtual void count(int64_t first, int64_t last) noexcept = 0;
  virtual void allocate(int64_t most_bytes) = 0;
  virtual void fill(int64_t first, int64_t last) noexcept = 0;
  // The values alone, again; not after forget.
  virtual void fill_values(int64_t first, int64_t last) noexcept = 0;
  virtual void forget() noexcept = 0;

  std::unique_ptr<const Linear> made;  // once it is planned
  bool views = false;                  // the memory of the matrix itself
  int64_t slices = 0;
};

namespace {

struct Unsuitable {};

template <class T, class P, class I>
class Cutting final : public SellStages {
 public:
  Cutting(int64_t rows, int64_t columns, const P *pointer, const I *index, const T *value)
      : rows_(rows), columns_(columns), pointer_(pointer), index_(index), value_(value) {
    slices = (rows + slice - 1) / slice;
  }
  explicit Cutting(int64_t columns, Rows<T> &&own)
      : Cutting(int64_t(own.pointer.size()) - 1, columns, nullptr, nullptr, nullptr) {
    own_ = std::move(own);
    if constexpr (std::is_same_v<P, int64_t> && std::is_same_v<I, int32_t>)
      pointer_ = own_.pointer.data(), index_ = own_.index.data(), value_ = own_.value.data();
  }

  void plan() override {
    const int64_t entries = rows_ ? int64_t(pointer_[rows_]) : 0;
    auto sell = std::make_unique<Sell<T>>(rows_, columns_, entries);
    sell_ = sell.get();
    sell_->pointer = Aligned<int64_t>(slices + 1);
    scattered_ = Aligned<int64_t>(slices + 1);
    for (int64_t s = 0; s < slices; s++)
      sell_->pointer[s + 1] = sell_->pointer[s] + Slice<P, I>(pointer_, rows_, s).width;
    if (double(sell_->pointer[slices]) * slice > most_filled * double(entries) + 64 * slice)
      throw Unsuitable();
    made = std::move(sell);
  }
  void count(int64_t first, int64_t last) noexcept override {
    int64_t widest = 0;
    for (int64_t s = first; s < last; s++) {
      const Slice<P, I> eight(pointer_, rows_, s);
      int32_t column[slice];
      for (int64_t k = 0; k < eight.width; k++) {
        scattered_[s + 1] += !eight.columns(index_, k, column);
        for (int64_t i = 0; i < slice; i++)
          widest = std::max(widest, std::abs(column[i] - (s * slice + i)));
      }
    }
    int64_t before = sell_->widest;
    while (before < widest && !sell_->widest.compare_exchange_weak(before, widest)) {
    }
  }
  void allocate(int64_t most_bytes) override {
    for (int64_t s = 0; s < slices; s++) scattered_[s + 1] += scattered_[s];
    const int64_t eights = sell_->pointer[slices], indices = scattered_[slices] * slice;
    const int64_t bytes = (eights * slice) * int64_t(sizeof(T)) + (eights + indices) * 4;
    if (indices > INT32_MAX || bytes > most_bytes) throw Unsuitable();
    sell_->base = Aligned<int32_t>::raw(eights);
    sell_->index = Aligned<int32_t>::raw(indices);
    sell_->value = Aligned<T>::raw(eights * slice);
  }
  void fill_values(int64_t first, int64_t last) noexcept override {
    for (int64_t s = first; s < last; s++) {
      const Slice<P, I> eight(pointer_, rows_, s);
      T *to = &sell_->value[sell_->pointer[s] * slice];
      for (int64_t k = 0; k < eight.width; k++, to += slice)
        for (int64_t i = 0; i < slice; i++)
          to[i] = k < eight.length[i] ? value_[eight.begin[i] + k] : T{};
    }
  }
  void fill(int64_t first, int64_t last) noexcept override {
    fill_values(first, last);
    for (int64_t s = first; s < last; s++) {
      const Slice<P, I> eight(pointer_, rows_, s);
      const int64_t begin = sell_->pointer[s];
      for (int64_t k = 0, at = scattered_[s] * slice; k < eight.width; k++) {
        int32_t column[slice];
        const bool consecutive = eight.columns(index_, k, column);
        sell_->base[begin + k] = consecutive ? column[0] : int32_t(-1 - at);
        if (consecutive) continue;
        std::copy_n(column, slice, &sell_->index[at]);
        at += slice;
      }
    }
  }

  void forget() noexcept override {
    own_ = {};
    scattered_ = {};
  }

 private:
  const int64_t rows_, columns_;
  const P *pointer_;
  const I *index_;
  const T *value_;
  Rows<T> own_;
  Sell<T> *sell_ = nullptr;
  Aligned<int64_t> scattered_;  // before each slice: eights that need indices
};

template <class T, class I>
std::unique_ptr<SellStages> cutting_of(const Linear &a) {
  const auto *c = dynamic_cast<const Compressed<T, I> *>(&a);
  if (!c) return nullptr;
  const CompressedRows<T, I> r = c->view();
  auto made =
      std::make_unique<Cutting<T, I, I>>(a.rows(), a.columns(), r.pointer, r.index, r.value);
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
  if (!stages)
    stages =
        std::make_unique<Cutting<T, int64_t, int32_t>>(a.length_in(mode), rows_of<T>(run, a, mode));
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
    if (run.stop_requested()) failed_ = true;
    (stages_.get()->*stage)(s, std::min(end, s + slices_of_task));
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
                      together(member, run, &SellStages::fill);
  alone(member, [&] {
    if (!filled) return drop();
    if (!stages_->views) stages_->forget();
  });
  return filled ? stages_->made.get() : nullptr;
}

const Linear *SellCopy::refresh(Team::Member &member, Run &run) noexcept {
  alone(member, [&] { failed_ = false; });
  return together(member, run, &SellStages::fill_values) ? stages_->made.get() : nullptr;
}

}  // namespace windlass::sparse
