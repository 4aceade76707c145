#include "rows.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/samples.hpp"

namespace windlass::sparse {
namespace {

// Sorts a row by column, entries of one column in the order in which they came, and adds those;
// what is left.
template <class T>
int64_t sort_row(int64_t length, int32_t *index, T *value,
                 std::vector<std::pair<int32_t, T>> &room) {
  bool rising = true;
  for (int64_t k = 1; k < length && rising; k++) rising = index[k - 1] < index[k];
  if (rising) return length;
  room.clear();
  for (int64_t k = 0; k < length; k++) room.emplace_back(index[k], value[k]);
  std::stable_sort(room.begin(), room.end(),
                   [](const auto &a, const auto &b) { return a.first < b.first; });
  int64_t left = 0;
  for (const auto &[column, entry] : room) {
    if (left && index[left - 1] == column) {
      value[left - 1] += entry;
    } else {
      index[left] = column;
      value[left++] = entry;
    }
  }
  return left;
}

void require_entries(const Linear &a, Mode mode) {
  if (a.entries() < 0)
    throw Error(WDL_UNSUPPORTED, -1,
                "the operator has no entries of its own, as callbacks and products have none; "
                "expected a stored matrix, or a transpose, sum or shift of such");
  if (a.length_in(mode) > INT32_MAX)
    throw Error(WDL_UNSUPPORTED, -1,
                "the operator has " + std::to_string(a.length_in(mode)) +
                    " columns, expected less than 2^31");
}

constexpr int64_t rows_of_task = 1 << 14;

}  // namespace

template <class T>
Rows<T> rows_of(Run &run, const Linear &a, Mode mode) {
  require_entries(a, mode);
  const int64_t n = a.length_out(mode);
  Rows<T> r;
  r.pointer.resize(size_t(n) + 1);
  a.count_entries(mode, r.pointer.data() + 1);
  for (int64_t row = 0; row < n; row++) r.pointer[size_t(row) + 1] += r.pointer[size_t(row)];
  r.index.resize(size_t(r.pointer.back()));
  r.value.resize(r.index.size());
  std::vector<int64_t> next(r.pointer.begin(), r.pointer.end() - 1);
  a.place_entries(mode, 1, {next.data(), r.index.data(), r.value.data()});
  parallel_for(run, (n + rows_of_task - 1) / rows_of_task, [&](int64_t task, int) {
    if (run.stop_requested()) throw_cancelled(run);
    std::vector<std::pair<int32_t, T>> room;
    const int64_t last = std::min(n, (task + 1) * rows_of_task);
    for (int64_t row = task * rows_of_task; row < last; row++) {
      const int64_t first = r.pointer[size_t(row)];
      next[size_t(row)] = sort_row(r.pointer[size_t(row) + 1] - first, r.index.data() + first,
                                   r.value.data() + first, room);
    }
  });
  int64_t at = 0;
  for (int64_t row = 0; row < n; row++) {
    const int64_t first = std::exchange(r.pointer[size_t(row)], at), length = next[size_t(row)];
    if (at != first) {
      std::copy_n(r.index.begin() + first, length, r.index.begin() + at);
      std::copy_n(r.value.begin() + first, length, r.value.begin() + at);
    }
    at += length;
  }
  r.pointer.back() = at;
  r.index.resize(size_t(at));
  r.value.resize(size_t(at));
  return r;
}

template <class T>
Rows<T> rows_of(const Linear &a, Mode mode) {
  Run serial(1);
  return rows_of<T>(serial, a, mode);
}

template Rows<float> rows_of(Run &, const Linear &, Mode);
template Rows<double> rows_of(Run &, const Linear &, Mode);
template Rows<Complex<float>> rows_of(Run &, const Linear &, Mode);
template Rows<Complex<double>> rows_of(Run &, const Linear &, Mode);
template Rows<float> rows_of(const Linear &, Mode);
template Rows<double> rows_of(const Linear &, Mode);
template Rows<Complex<float>> rows_of(const Linear &, Mode);
template Rows<Complex<double>> rows_of(const Linear &, Mode);

}  // namespace windlass::sparse
