#include <algorithm>

#include "core/aligned.hpp"
#include "core/parallel.hpp"
#include "core/samples.hpp"
#include "operator.hpp"

namespace windlass::sparse {
namespace {

constexpr int64_t task_cost = 1 << 16;   // rows and entries of a task: 60 us
constexpr int64_t team_bytes = 1 << 20;  // below, waking another thread takes as long

// The first row below which there are at least this many rows and entries.
int64_t row_of_cost(const Linear &a, Mode mode, int64_t cost) noexcept {
  int64_t low = 0, high = a.length_out(mode);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (a.cost_below(mode, middle) < cost)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// body(first, last) for shares of the rows that cost about the same.
template <class Body>
void for_rows(Run &run, const Linear &a, Mode mode, int64_t vectors, Body body) {
  const int64_t rows = a.length_out(mode), cost = a.cost_below(mode, rows);
  const int64_t share = std::max<int64_t>(1, task_cost / vectors);
  const int64_t tasks = std::max<int64_t>(1, cost / share);
  parallel_for(run, tasks, [&](int64_t task, int) {
    if (run.stop_requested()) throw_cancelled(run);
    const auto border = [&](int64_t t) {
      return t == 0 ? 0 : t == tasks ? rows : row_of_cost(a, mode, t * share);
    };
    body(border(task), border(task + 1));
  });
}

void multiply_whole(Run &run, const Linear &a, Mode mode, const void *x, void *y) {
  if (run.stop_requested()) throw_cancelled(run);
  const Aligned<char> scratch(a.scratch_bytes(mode));
  Team team(a.bytes(mode) < team_bytes ? 1 : run.workers());
  team.serve(run.caller());
  int32_t result = 0;
  team.run([&](Team::Member &member) {
    const int32_t own = a.whole(member, mode, x, y, scratch.get());
    if (member.index() == 0) result = own;
  });
  if (!result) return;
  Error failed(WDL_CALLBACK_FAILED, -1,
               "the operator's function returned " + std::to_string(result) + ", expected 0");
  failed.callback_result = result;
  throw failed;
}

// A column of a vector or matrix.
template <class Byte>
BasicVector<Byte> column_of(const wdl_array &a, int64_t column) noexcept {
  Byte *data = static_cast<Byte *>(a.data);
  return {column ? data + column * a.stride[1] : data, a.dtype, a.shape[0], a.stride[0]};
}
template <class T, class Byte>
bool contiguous(const BasicVector<Byte> &v) noexcept {
  return (v.size < 2 || v.stride == int64_t(sizeof(T))) &&
         reinterpret_cast<uintptr_t>(v.data) % alignof(T) == 0;
}

// Whether all columns lie beside each other, row after row.
template <class T>
bool beside(const wdl_array &a) noexcept {
  return a.ndim == 2 && a.shape[1] > 1 && a.stride[1] == int64_t(sizeof(T)) &&
         a.stride[0] % int64_t(sizeof(T)) == 0 &&
         reinterpret_cast<uintptr_t>(a.data) % alignof(T) == 0;
}

template <class T>
void apply_block(Run &run, const Linear &a, Mode mode, const wdl_array &x, const wdl_array &y) {
  const Block block = {x.shape[1], x.data, x.stride[0] / int64_t(sizeof(T)), y.data,
                       y.stride[0] / int64_t(sizeof(T))};
  for_rows(run, a, mode, x.shape[1],
           [&](int64_t first, int64_t last) { a.block(mode, first, last, block); });
}

template <class T>
void apply_columns(Run &run, const Linear &a, Mode mode, const wdl_array &x, const wdl_array &y) {
  Aligned<T> packed_x, packed_y;
  const int64_t columns = x.ndim == 2 ? x.shape[1] : 1;
  if (!contiguous<T>(column_of<char>(x, 0)) || (columns > 1 && x.stride[1] % alignof(T)))
    packed_x = Aligned<T>(x.shape[0]);
  if (!contiguous<T>(column_of<char>(y, 0)) || (columns > 1 && y.stride[1] % alignof(T)))
    packed_y = Aligned<T>(y.shape[0]);
  for (int64_t column = 0; column < columns; column++) {
    const Vector from = column_of<const char>(x, column);
    const MutableVector to = column_of<char>(y, column);
    const void *in = from.data;
    void *out = to.data;
    if (packed_x.get()) {
      for (int64_t i = 0; i < from.size; i++) packed_x[i] = from.get<T>(i);
      in = packed_x.get();
    }
    if (packed_y.get()) out = packed_y.get();
    if (a.by_rows(mode))
      for_rows(run, a, mode, 1,
               [&](int64_t first, int64_t last) { a.rows(mode, first, last, in, out); });
    else
      multiply_whole(run, a, mode, in, out);
    if (packed_y.get())
      for (int64_t i = 0; i < to.size; i++) to.put<T>(i, packed_y[i]);
  }
}

}  // namespace

void apply(Run &run, const Linear &a, Mode mode, const wdl_array &x, const wdl_array &y) {
  if (!a.has(mode))
    throw Error(WDL_UNSUPPORTED, 2,
                "mode is " + std::to_string(int32_t(mode)) +
                    ", but the operator's function was made without that");
  a.prepare(mode);
  visit_scalar(a.dtype(), [&]<class T>() {
    if (a.by_blocks(mode) && beside<T>(x) && beside<T>(y))
      apply_block<T>(run, a, mode, x, y);
    else
      apply_columns<T>(run, a, mode, x, y);
  });
}

}  // namespace windlass::sparse
