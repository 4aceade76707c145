#include "count.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace windlass::text {
namespace {

constexpr int64_t row_weight = 16;  // what a row costs besides its bytes, in bytes

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

// Many texts laid out in one: text t begins at weight(t), its bytes and what it costs besides. A
// task is what begins in its share of the weight: texts, and chunks of the long ones among them.
struct Batch {
  Run &run;
  Counted what;
  const void *text;
  const int64_t *offsets;
  int64_t texts, *out;

  int64_t item() const noexcept { return unit_size(what.unit); }
  int64_t length(int64_t t) const noexcept { return offsets[t + 1] - offsets[t]; }
  bool is_long(int64_t t) const noexcept { return length(t) * item() >= chunk_bytes; }
  int64_t weight(int64_t t) const noexcept {
    return (offsets[t] - offsets[0]) * item() + t * row_weight;
  }
  int64_t tasks() const noexcept { return weight(texts) / chunk_bytes + 1; }
  // The first text that begins at `from` or later.
  int64_t first(int64_t from) const noexcept {
    int64_t low = 0, high = texts;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (weight(middle) < from)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  // The texts that begin in a task. Only the last of them can be long: the next begins a chunk
  // later.
  struct Range {
    int64_t first, last;
    bool ends_long;
  };
  Range range(int64_t task) const noexcept {
    const int64_t begin = first(task * chunk_bytes), end = first((task + 1) * chunk_bytes);
    return {begin, end, begin < end && is_long(end - 1)};
  }
  void begin() const noexcept {  // the counts of long texts are added up
    for (int64_t task = 0; task < tasks(); task++)
      if (const Range r = range(task); r.ends_long) out[r.last - 1] = 0;
  }
  void count_long(int64_t t, int64_t from, int64_t to) const {
    const char *one = static_cast<const char *>(text) + offsets[t] * item();
    const int64_t start = weight(t), chunks = chunk_count(what.unit, length(t));
    int64_t chunk = from <= start ? 0 : (from - start + chunk_bytes - 1) / chunk_bytes;
    for (; chunk < chunks && start + chunk * chunk_bytes < to; chunk++) {
      const Utf8 found = count_chunk(what.unit, one, length(t), chunk, what.trusted);
      if (found.bad >= 0) refuse_text(t, found.bad);
      std::atomic_ref(out[t]).fetch_add(found.count, std::memory_order_relaxed);
    }
  }
  void count_task(int64_t task) const {
    require_time(run);
    const int64_t from = task * chunk_bytes, to = from + chunk_bytes;
    const Range r = range(task);
    if (r.first > 0 && is_long(r.first - 1)) count_long(r.first - 1, from, to);
    const int64_t shorter = r.last - r.ends_long - r.first;
    if (shorter) count_rows(what, text, offsets + r.first, r.first, shorter, out + r.first);
    if (r.ends_long) count_long(r.last - 1, from, to);
  }
};

// Bytes of a row without the NULs at its end.
int64_t trimmed(Run &run, const char *row, int64_t length) {
  constexpr int64_t word = sizeof(uint64_t);
  while (length >= word) {
    if (length % chunk_bytes < word) require_time(run);
    uint64_t end;
    std::memcpy(&end, row + length - word, sizeof end);
    if (end) break;
    length -= word;
  }
  while (length && !row[length - 1]) length--;
  return length;
}

struct Rows {
  Run &run;
  Counted what;
  const Matrix &rows;
  const MutableVector &out;
  int64_t item = unit_size(what.unit), bytes = rows.columns * item;
  bool packed = rows.column_stride == item || rows.columns <= 1;

  // Row r without its padding, in scratch unless it lies together; its length in units.
  const char *find(int64_t r, char *scratch, int64_t &length) const {
    const char *row = rows.data + r * rows.row_stride;
    if (!packed) {
      for (int64_t j = 0; j < rows.columns; j++) {
        if (j % chunk_bytes == 0) require_time(run);
        std::memcpy(scratch + j * item, row + j * rows.column_stride, size_t(item));
      }
      row = scratch;
    }
    length = (trimmed(run, row, bytes) + item - 1) / item;
    return row;
  }
  void count(int64_t r, char *scratch) const {
    int64_t length;
    const char *row = find(r, scratch, length);
    const Utf8 found = count_chunk(kernels(), what.unit, row, length, 0, length, what.trusted);
    if (found.bad >= 0) refuse_text(r, found.bad);
    out.put(r, found.count);
  }
};

}  // namespace

int64_t count_doubles(Run &run, Counted what, const void *text, int64_t length) {
  return count_chunks(run, what, text, length, -1);
}

void count_doubles_many(Run &run, Counted what, const void *text, const int64_t *offsets,
                        int64_t texts, int64_t *out) {
  const Batch batch{run, what, text, offsets, texts, out};
  batch.begin();
  parallel_for(run, batch.tasks(), [&](int64_t task, int) { batch.count_task(task); });
}

void count_doubles_rows(Run &run, Counted what, const Matrix &rows, const MutableVector &out) {
  if (rows.rows == 0) return;
  const Rows all{run, what, rows, out};
  const bool is_long = all.bytes >= chunk_bytes;  // all cores on each row
  std::vector<char> scratch(all.packed ? 0 : size_t(all.bytes * (is_long ? 1 : run.workers())));
  if (is_long) {
    for (int64_t r = 0; r < rows.rows; r++) {
      int64_t length;
      const char *row = all.find(r, scratch.data(), length);
      out.put(r, count_chunks(run, what, row, length, r));
    }
    return;
  }
  const int64_t a_task = std::max<int64_t>(1, chunk_bytes / (all.bytes + row_weight));
  parallel_for(run, (rows.rows + a_task - 1) / a_task, [&](int64_t task, int worker) {
    require_time(run);
    char *own = scratch.data() + (all.packed ? 0 : worker * all.bytes);
    const int64_t last = std::min(rows.rows, (task + 1) * a_task);
    for (int64_t r = task * a_task; r < last; r++) all.count(r, own);
  });
}

}  // namespace windlass::text
