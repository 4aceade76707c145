#include "sell.hpp"

#include <algorithm>

#include "compressed.hpp"
#include "core/aligned.hpp"
#include "core/parallel.hpp"
#include "core/samples.hpp"
#include "kernels.hpp"
#include "rows.hpp"

namespace windlass::sparse {
namespace {

constexpr int64_t slice = 8;
constexpr int64_t slices_of_task = 2048;
constexpr double most_filled = 1.25;  // entries with those filled in, to those that are

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
  int64_t memory() const noexcept override {
    return pointer.bytes() + base.bytes() + index.bytes() + value.bytes();
  }

  Aligned<int64_t> pointer;  // of each slice: its first entry of eight
  Aligned<int32_t> base, index;
  Aligned<T> value;

 private:
  int64_t entries_;
};

template <class T, class P, class I>
struct Source {
  int64_t rows;
  const P *pointer;
  const I *index;
  const T *value;

  // The columns of entry k of the rows of a slice; whether they follow each other.
  struct Eight {
    int32_t column[slice];
    int64_t place[slice];  // of the value; -1: filled in
    bool consecutive;
  };
  Eight eight(int64_t s, int64_t k) const noexcept {
    Eight e;
    e.consecutive = true;
    for (int64_t i = 0; i < slice; i++) {
      const int64_t row = s * slice + i;
      const int64_t begin = row < rows ? int64_t(pointer[row]) : 0;
      const int64_t length = row < rows ? int64_t(pointer[row + 1]) - begin : 0;
      const bool there = k < length;
      e.place[i] = there ? begin + k : -1;
      e.column[i] = !length ? 0 : int32_t(index[begin + (there ? k : length - 1)]);
      e.consecutive = e.consecutive && there && e.column[i] == e.column[0] + i;
    }
    return e;
  }
  int64_t width(int64_t s) const noexcept {
    int64_t most = 0;
    for (int64_t row = s * slice; row < std::min(rows, (s + 1) * slice); row++)
      most = std::max(most, int64_t(pointer[row + 1]) - int64_t(pointer[row]));
    return most;
  }
};

template <class Body>
void for_slices(Run &run, int64_t slices, Body body) {
  parallel_for(run, (slices + slices_of_task - 1) / slices_of_task, [&](int64_t task, int) {
    if (run.stop_requested()) throw_cancelled(run);
    const int64_t last = std::min(slices, (task + 1) * slices_of_task);
    for (int64_t s = task * slices_of_task; s < last; s++) body(s);
  });
}

template <class T, class P, class I>
std::unique_ptr<const Linear> cut(Run &run, int64_t columns, const Source<T, P, I> &from) {
  const int64_t slices = (from.rows + slice - 1) / slice;
  const int64_t entries = from.rows ? int64_t(from.pointer[from.rows]) : 0;
  auto made = std::make_unique<Sell<T>>(from.rows, columns, entries);
  made->pointer = Aligned<int64_t>(slices + 1);
  int64_t *pointer = made->pointer.get();
  for (int64_t s = 0; s < slices; s++) pointer[s + 1] = pointer[s] + from.width(s);
  const int64_t eights = pointer[slices];
  if (double(eights) * slice > most_filled * double(entries) + 64 * slice) return nullptr;
  std::vector<int64_t> scattered(size_t(slices) + 1);  // eights of a slice that need an index
  for_slices(run, slices, [&](int64_t s) {
    for (int64_t k = 0; k < pointer[s + 1] - pointer[s]; k++)
      scattered[size_t(s) + 1] += !from.eight(s, k).consecutive;
  });
  for (int64_t s = 0; s < slices; s++) scattered[size_t(s) + 1] += scattered[size_t(s)];
  if (scattered.back() >= INT32_MAX / slice) return nullptr;
  made->base = Aligned<int32_t>::raw(eights);
  made->index = Aligned<int32_t>::raw(scattered.back() * slice);
  made->value = Aligned<T>::raw(eights * slice);
  for_slices(run, slices, [&](int64_t s) {
    int64_t at = scattered[size_t(s)] * slice;
    for (int64_t k = 0; k < pointer[s + 1] - pointer[s]; k++) {
      const auto e = from.eight(s, k);
      const int64_t to = pointer[s] + k;
      for (int64_t i = 0; i < slice; i++)
        made->value[to * slice + i] = e.place[i] < 0 ? T{} : from.value[e.place[i]];
      made->base[to] = e.consecutive ? e.column[0] : int32_t(-1 - at);
      if (e.consecutive) continue;
      std::copy_n(e.column, slice, &made->index[at]);
      at += slice;
    }
  });
  return made;
}

template <class T, class I>
std::unique_ptr<const Linear> cut_compressed(Run &run, const Compressed<T, I> &a) {
  const CompressedRows<T, I> r = a.view();
  return cut<T, I, I>(run, a.columns(), {a.Linear::rows(), r.pointer, r.index, r.value});
}

template <class T>
std::unique_ptr<const Linear> cut_any(Run &run, const Linear &a, Mode mode) {
  if (!is_transposed(mode)) {
    if (const auto *c = dynamic_cast<const Compressed<T, int32_t> *>(&a))
      return cut_compressed(run, *c);
    if (const auto *c = dynamic_cast<const Compressed<T, int64_t> *>(&a))
      return cut_compressed(run, *c);
  }
  const Rows<T> r = rows_of<T>(run, a, mode);
  return cut<T, int64_t, int32_t>(
      run, a.length_in(mode),
      {a.length_out(mode), r.pointer.data(), r.index.data(), r.value.data()});
}

}  // namespace

std::unique_ptr<const Linear> sell_of(Run &run, const Linear &a, Mode mode) {
  if (a.entries() < 0 || a.length_in(mode) > INT32_MAX) return nullptr;
  if (a.dtype() == WDL_F64) return cut_any<double>(run, a, mode);
  if (a.dtype() == WDL_F32) return cut_any<float>(run, a, mode);
  return nullptr;
}

}  // namespace windlass::sparse
