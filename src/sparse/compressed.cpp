#include "compressed.hpp"

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/samples.hpp"
#include "kernels.hpp"

namespace windlass::sparse {

template <class T, class I>
std::unique_ptr<typename Compressed<T, I>::Turned> Compressed<T, I>::turn() const {
  auto made = std::make_unique<Turned>();
  made->pointer = Aligned<I>(columns() + 1);
  made->index = Aligned<I>(index_.size());
  made->order = Aligned<I>(index_.size());
  I *next = made->pointer.get();
  for (int64_t k = 0; k < index_.size(); k++) next[index_[k] + 1]++;
  for (int64_t column = 0; column < columns(); column++) next[column + 1] += next[column];
  for (int64_t row = 0; row < Linear::rows(); row++)
    for (I k = pointer_[row]; k < pointer_[row + 1]; k++) {
      const I place = next[index_[k]]++;
      made->index[place] = I(row);
      made->order[place] = k;
    }
  for (int64_t column = columns(); column > 0; column--) next[column] = next[column - 1];
  next[0] = 0;
  return made;
}

template <class T, class I>
void Compressed<T, I>::prepare(Mode mode) const {
  if (!is_transposed(mode) || turned_.load(std::memory_order_acquire)) return;
  std::unique_ptr<Turned> made = turn();
  const Turned *before = nullptr;
  if (turned_.compare_exchange_strong(before, made.get(), std::memory_order_acq_rel))
    made.release();
}

template <class T, class I>
CompressedRows<T, I> Compressed<T, I>::view(Mode mode) const noexcept {
  if (!is_transposed(mode)) return view();
  const Turned &turned = *turned_.load(std::memory_order_acquire);
  return {turned.pointer.get(), turned.index.get(), value_.get(), turned.order.get()};
}

template <class T, class I>
void Compressed<T, I>::rows(Mode mode, int64_t first, int64_t last, const void *x,
                            void *y) const noexcept {
  spmv<T>().csr(view(mode), first, last, is_conjugated(mode), static_cast<const T *>(x),
                static_cast<T *>(y));
}

template <class T, class I>
int64_t Compressed<T, I>::cost_below(Mode mode, int64_t row) const noexcept {
  return int64_t(view(mode).pointer[row]) + row;
}

template <class T, class I>
int64_t Compressed<T, I>::bytes(Mode mode) const noexcept {
  const int64_t entry = int64_t(sizeof(T) + sizeof(I) * (is_transposed(mode) ? 2 : 1));
  return entries() * entry + (length_out(mode) + 1) * int64_t(sizeof(I));
}

template <class T, class I>
int64_t Compressed<T, I>::memory() const noexcept {
  int64_t sum = pointer_.memory() + index_.memory() + value_.memory();
  if (const Turned *turned = turned_.load(std::memory_order_acquire))
    sum += turned->pointer.bytes() + turned->index.bytes() + turned->order.bytes();
  return sum;
}

template <class T, class I>
void Compressed<T, I>::count_entries(Mode mode, int64_t *count) const noexcept {
  if (is_transposed(mode))
    for (int64_t k = 0; k < index_.size(); k++) count[index_[k]]++;
  else
    for (int64_t row = 0; row < Linear::rows(); row++)
      count[row] += pointer_[row + 1] - pointer_[row];
}

template <class T, class I>
void Compressed<T, I>::place_entries(Mode mode, Complex<double> scale,
                                     const Placing &to) const noexcept {
  const Scaling<T> scaled(scale, is_conjugated(mode));
  const bool turned = is_transposed(mode);
  T *value = static_cast<T *>(to.value);
  for (int64_t row = 0; row < Linear::rows(); row++)
    for (I k = pointer_[row]; k < pointer_[row + 1]; k++) {
      const int64_t place = to.next[turned ? int64_t(index_[k]) : row]++;
      to.index[place] = int32_t(turned ? row : int64_t(index_[k]));
      value[place] = scaled(value_[k]);
    }
}

namespace {

constexpr int64_t chunk = 1 << 18;  // entries of a task: 0.1 ms

template <class Body>
void in_chunks(Run &run, int64_t count, Body body) {
  parallel_for(run, (count + chunk - 1) / chunk, [&](int64_t task, int) {
    if (run.stop_requested()) throw_cancelled(run);
    body(task * chunk, std::min(count, (task + 1) * chunk));
  });
}

[[noreturn]] void refuse(const CompressedArrays &from, bool pointer, int64_t place, int64_t came,
                         const std::string &expected) {
  throw Error(WDL_BAD_DATA, pointer ? from.pointer_argument : from.index_argument,
              std::string(pointer ? "indptr" : "indices") + " has " + std::to_string(came) +
                  " as entry " + std::to_string(place) + ", expected " + expected,
              place);
}

template <class I>
void check_structure(Run &run, const CompressedArrays &from, int64_t columns,
                     const Kept<I> &pointer, const Kept<I> &index) {
  const int64_t rows = pointer.size() - 1, entries = index.size();
  if (pointer[0] != 0) refuse(from, true, 0, pointer[0], "0");
  in_chunks(run, rows, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++)
      if (pointer[i + 1] < pointer[i])
        refuse(from, true, i + 1, pointer[i + 1],
               "at least the " + std::to_string(pointer[i]) + " before it");
  });
  if (pointer[rows] != entries)
    refuse(from, true, rows, pointer[rows], "the number of indices, " + std::to_string(entries));
  using Bits = std::make_unsigned_t<I>;
  in_chunks(run, entries, [&](int64_t first, int64_t last) {
    Bits greatest = 0;  // of a negative one: more than any
    for (int64_t k = first; k < last; k++) greatest = std::max(greatest, Bits(index[k]));
    if (greatest < uint64_t(columns)) return;
    int64_t k = first;
    while (uint64_t(Bits(index[k])) < uint64_t(columns)) k++;
    refuse(from, false, k, index[k],
           "0 or more and less than " + std::to_string(columns) + ", the " + from.extent);
  });
}

template <class I>
std::unique_ptr<const Linear> make(Run &run, int64_t columns, const CompressedArrays &from,
                                   int32_t index_dtype) {
  Kept<I> pointer(*from.pointer, index_dtype), index(*from.index, index_dtype);
  check_structure(run, from, columns, pointer, index);
  return visit_scalar(from.value->dtype, [&]<class T>() -> std::unique_ptr<const Linear> {
    return std::make_unique<Compressed<T, I>>(columns, std::move(pointer), std::move(index),
                                              Kept<T>(*from.value, from.value->dtype));
  });
}

}  // namespace

std::unique_ptr<const Linear> make_compressed(Run &run, int64_t columns,
                                              const CompressedArrays &from) {
  if (from.pointer->dtype == WDL_I32 && from.index->dtype == WDL_I32)
    return make<int32_t>(run, columns, from, WDL_I32);
  return make<int64_t>(run, columns, from, WDL_I64);
}

template class Compressed<float, int32_t>;
template class Compressed<double, int32_t>;
template class Compressed<Complex<float>, int32_t>;
template class Compressed<Complex<double>, int32_t>;
template class Compressed<float, int64_t>;
template class Compressed<double, int64_t>;
template class Compressed<Complex<float>, int64_t>;
template class Compressed<Complex<double>, int64_t>;

}  // namespace windlass::sparse
