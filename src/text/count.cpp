#include "count.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace windlass::text {
namespace {

constexpr int64_t task_bytes = 256 << 10;  // some 20 us of work, many times a task's cost
constexpr int64_t row_weight = 16;         // what a row costs besides its bytes, in bytes

void require_time(Run &run) {
  if (run.stop_requested()) throw Error(WDL_CANCELLED, -1, run.reason());
}

// index: which of many texts; -1: there is one.
[[noreturn]] void refuse_text(int64_t index, int64_t offset) {
  const std::string where = "text is not valid UTF-8 at byte " + std::to_string(offset);
  if (index < 0) throw Error(WDL_BAD_DATA, 1, where, offset);
  throw Error(WDL_BAD_DATA, 1, where + " of text " + std::to_string(index), index, offset);
}

// All cores on one text.
int64_t count_chunks(Run &run, Counted what, const void *text, int64_t length, int64_t index) {
  std::atomic<int64_t> total{0};
  parallel_for(run, chunk_count(what.unit, length), [&](int64_t chunk, int) {
    require_time(run);
    const Utf8 found = count_chunk(what.unit, text, length, chunk, what.trusted);
    if (found.bad >= 0) refuse_text(index, found.bad);
    total.fetch_add(found.count, std::memory_order_relaxed);
  });
  return total.load();
}

// Rows [offsets] of one task, by the kernels that take many.
void count_rows(Counted what, const void *text, const int64_t *offsets, int64_t first, int64_t rows,
                int64_t *out) {
  const Kernels &k = kernels();
  const auto *bytes = static_cast<const uint8_t *>(text);
  switch (what.unit) {
    case Unit::byte:
      return k.doubles_u8_rows(bytes, offsets, rows, out);
    case Unit::u16:
      return k.doubles_u16_rows(text, offsets, rows, out);
    case Unit::u32:
      return k.doubles_u32_rows(text, offsets, rows, out);
    case Unit::utf8:
      break;
  }
  if (what.trusted) return k.doubles_utf8_trusted_rows(bytes, offsets, rows, out);
  const BadRow bad = k.doubles_utf8_rows(bytes, offsets, rows, out);
  if (bad.row >= 0) refuse_text(first + bad.row, bad.bad - offsets[bad.row]);
}

Utf8 count_one(Counted what, const void *text, int64_t length) {
  const Kernels &k = kernels();
  const auto *bytes = static_cast<const uint8_t *>(text);
  switch (what.unit) {
    case Unit::byte:
      return {k.doubles_u8(bytes, length), -1};
    case Unit::u16:
      return {k.doubles_u16(text, length), -1};
    case Unit::u32:
      return {k.doubles_u32(text, length), -1};
    case Unit::utf8:
      break;
  }
  if (what.trusted) return {k.doubles_utf8_trusted(bytes, length), -1};
  return k.doubles_utf8(bytes, length);
}

}  // namespace

int64_t count_doubles(Run &run, Counted what, const void *text, int64_t length) {
  return count_chunks(run, what, text, length, -1);
}

void count_doubles_many(Run &run, Counted what, const void *text, const int64_t *offsets,
                        int64_t texts, int64_t *out) {
  if (texts == 0) return;
  const int64_t item = unit_size(what.unit);
  const int64_t bytes = (offsets[texts] - offsets[0]) * item;
  if (bytes / texts >= chunk_bytes) {  // few and long: all cores on each
    for (int64_t t = 0; t < texts; t++) {
      const char *one = static_cast<const char *>(text) + offsets[t] * item;
      out[t] = count_chunks(run, what, one, offsets[t + 1] - offsets[t], t);
    }
    return;
  }
  const auto weight = [&](int64_t t) { return (offsets[t] - offsets[0]) * item + t * row_weight; };
  const int64_t tasks = weight(texts) / task_bytes + 1;
  const auto border = [&](int64_t task) {  // the first text that weighs in at task or later
    int64_t low = 0, high = texts;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (weight(middle) < task * task_bytes)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  };
  parallel_for(run, tasks, [&](int64_t task, int) {
    require_time(run);
    const int64_t first = border(task), last = task + 1 == tasks ? texts : border(task + 1);
    if (first < last) count_rows(what, text, offsets + first, first, last - first, out + first);
  });
}

void count_doubles_rows(Run &run, Counted what, const Matrix &rows, const MutableVector &out) {
  const int64_t item = unit_size(what.unit), width = rows.columns;
  if (rows.rows == 0) return;
  const bool packed = rows.column_stride == item || width <= 1;
  std::vector<char> scratch(packed ? 0 : size_t(width * item * run.workers()));
  const int64_t a_task = std::max<int64_t>(1, task_bytes / (width * item + row_weight));
  parallel_for(run, (rows.rows + a_task - 1) / a_task, [&](int64_t task, int worker) {
    require_time(run);
    const int64_t last = std::min(rows.rows, (task + 1) * a_task);
    for (int64_t r = task * a_task; r < last; r++) {
      const char *row = rows.data + r * rows.row_stride;
      if (!packed) {
        char *own = scratch.data() + worker * width * item;
        for (int64_t j = 0; j < width; j++)
          std::memcpy(own + j * item, row + j * rows.column_stride, size_t(item));
        row = own;
      }
      int64_t length = width * item;
      while (length && !row[length - 1]) length--;
      length = (length + item - 1) / item;
      const Utf8 found = count_one(what, row, length);
      if (found.bad >= 0) refuse_text(r, found.bad);
      out.put(r, found.count);
    }
  });
}

}  // namespace windlass::text
