#include "batch.hpp"

#include <algorithm>
#include <vector>

#include "core/parallel.hpp"
#include "pieces.hpp"

namespace windlass::text {
namespace {

constexpr int64_t row_weight = 16;               // what a row costs besides its bytes, in bytes
constexpr int64_t long_bytes = 4 * chunk_bytes;  // from here on a text gets all cores
constexpr int64_t block_rows = 512;              // rows whose offsets are widened at a time

[[noreturn]] void refuse_row(int64_t row, int64_t byte) {
  throw Error(
      WDL_BAD_DATA, 2,
      "text is not valid UTF-8 at byte " + std::to_string(byte) + " of text " + std::to_string(row),
      row, byte);
}

// Where a worker's results go: to the caller's rows as they lie, or by way of scratch.
struct Results {
  const MutableMatrix &out;
  int64_t outputs;
  bool packed = out.column_stride == 8 && out.row_stride == 8 * outputs &&
                reinterpret_cast<uintptr_t>(out.data) % 8 == 0;

  int64_t *begin(int64_t row, std::vector<int64_t> &scratch, int64_t rows) const {
    if (packed) return reinterpret_cast<int64_t *>(out.data) + row * outputs;
    scratch.resize(size_t(std::max<int64_t>(rows * outputs, 1)));
    return scratch.data();
  }
  void end(int64_t row, const int64_t *values, int64_t rows) const {
    if (packed) return;
    for (int64_t r = 0; r < rows; r++)
      for (int64_t j = 0; j < outputs; j++) out.put(row + r, j, values[r * outputs + j]);
  }
};

// A worker's own memory.
struct Desk {
  std::vector<int64_t> offsets, results;
  std::vector<uint8_t> bytes;
};

// Rows that lie anywhere are brought together, since a call of an operation costs more than a few
// bytes' copy; longer ones are taken one by one, where they lie.
constexpr int64_t short_bytes = 256;

template <class RowAt>
RowRange gather(int64_t first, int64_t last, Desk &desk, RowAt &&row_at) {
  desk.offsets.assign(1, 0);
  const int64_t end = std::min(last, first + block_rows);
  desk.bytes.resize(std::max(desk.bytes.size(), size_t((end - first) * short_bytes)));
  int64_t at = 0;
  for (int64_t r = first; r < end; r++) {
    const auto [text, bytes] = row_at(r);
    if (bytes > short_bytes) {
      if (r > first) break;
      desk.offsets.push_back(bytes);
      return {text, desk.offsets.data(), 1};
    }
    if (bytes) std::memcpy(desk.bytes.data() + at, text, size_t(bytes));
    desk.offsets.push_back(at += bytes);
  }
  return {desk.bytes.data(), desk.offsets.data(), int64_t(desk.offsets.size()) - 1};
}

struct Row {
  const uint8_t *text;
  int64_t bytes;
};

// By fours, which become vectors without -O3 too.
template <class T>
void widen(const T *__restrict from, int64_t count, int64_t *__restrict to) {
  int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (int64_t k = i; k < i + 4; k++) to[k] = from[k];
  for (; i < count; i++) to[i] = from[i];
}

// What follows has rows(first, last): as many of these as are taken at a time, at least one.
template <class T>
struct OffsetRows {
  const uint8_t *text;
  const T *offsets;
  int64_t count, item;

  int64_t bytes(int64_t r) const noexcept {
    return (int64_t(offsets[r + 1]) - int64_t(offsets[r])) * item;
  }
  // Of the bytes and rows before r.
  int64_t weight(int64_t r) const noexcept {
    return (int64_t(offsets[r]) - int64_t(offsets[0])) * item + r * row_weight;
  }
  RowRange rows(Run &, int64_t first, int64_t last, Desk &desk) const {
    const int64_t n = std::min(last - first, block_rows);
    if constexpr (sizeof(T) == 8)
      if (item == 1) return {text, offsets + first, n};
    desk.offsets.resize(size_t(n) + 1);
    int64_t *wide = desk.offsets.data();
    if (item == 1)
      widen(offsets + first, n + 1, wide);
    else
      for (int64_t i = 0; i <= n; i++) wide[i] = int64_t(offsets[first + i]) * item;
    return {text, wide, n};
  }
};

struct PieceRows {
  const uint64_t *addresses;
  const int64_t *lengths;
  int64_t count;
  std::vector<int64_t> weights;

  PieceRows(const uint64_t *a, const int64_t *l, int64_t n)
      : addresses(a), lengths(l), count(n), weights(size_t(n) + 1) {
    for (int64_t r = 0; r < n; r++) weights[size_t(r) + 1] = weights[size_t(r)] + l[r] + row_weight;
  }
  int64_t bytes(int64_t r) const noexcept { return lengths[r]; }
  int64_t weight(int64_t r) const noexcept { return weights[size_t(r)]; }
  RowRange rows(Run &, int64_t first, int64_t last, Desk &desk) const {
    return gather(first, last, desk, [this](int64_t r) {
      const auto address = static_cast<uintptr_t>(addresses[r]);
      return Row{reinterpret_cast<const uint8_t *>(address), lengths[r]};
    });
  }
};

// Bytes of a row without the NULs at its end.
int64_t trimmed(Run &run, const uint8_t *row, int64_t length) {
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

struct FixedRows {
  const Matrix &matrix;
  int64_t count, item, width;
  bool packed;

  FixedRows(const Matrix &rows, int64_t size)
      : matrix(rows),
        count(rows.rows),
        item(size),
        width(rows.columns * size),
        packed(rows.column_stride == size || rows.columns <= 1) {}
  int64_t bytes(int64_t) const noexcept { return width; }
  int64_t weight(int64_t r) const noexcept { return r * (width + row_weight); }
  Row packed_row(Run &run, int64_t r) const {
    const auto *text = reinterpret_cast<const uint8_t *>(matrix.data + r * matrix.row_stride);
    return {text, (trimmed(run, text, width) + item - 1) / item * item};
  }
  RowRange rows(Run &run, int64_t first, int64_t last, Desk &desk) const {
    if (packed) return gather(first, last, desk, [&](int64_t r) { return packed_row(run, r); });
    const char *row = matrix.data + first * matrix.row_stride;
    desk.bytes.resize(size_t(width));
    for (int64_t j = 0; j < matrix.columns; j++) {
      if (j % chunk_bytes == 0) require_time(run);
      std::memcpy(desk.bytes.data() + j * item, row + j * matrix.column_stride, size_t(item));
    }
    const int64_t length = (trimmed(run, desk.bytes.data(), width) + item - 1) / item * item;
    desk.offsets.assign({0, length});
    return {desk.bytes.data(), desk.offsets.data(), 1};
  }
};

template <class Texts>
struct Batch {
  Run &run;
  const Operation &operation;
  const Texts &texts;
  Results results;
  std::vector<Desk> desks;

  // The first row of [low, high) that begins at the weight `from` or later.
  int64_t first(int64_t low, int64_t high, int64_t from) const noexcept {
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (texts.weight(middle) < from)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }
  // What these rows are of all.
  Run::Stage part(int64_t begin, int64_t end) const noexcept {
    const int64_t all = texts.weight(texts.count), bytes = all - texts.count * row_weight;
    return {run, bytes, texts.weight(begin), texts.weight(end), all};
  }
  void take(int64_t begin, int64_t end, Desk &desk) {
    for (int64_t row = begin; row < end;) {
      const RowRange range = texts.rows(run, row, end, desk);
      int64_t *out = results.begin(row, desk.results, range.rows);
      const Ill ill = operation.rows(range, out);
      if (ill.row >= 0) refuse_row(row + ill.row, ill.byte);
      results.end(row, out, range.rows);
      row += range.rows;
    }
  }
  // Rows of less than long_bytes each.
  void short_rows(int64_t begin, int64_t end) {
    const int64_t base = texts.weight(begin), weight = texts.weight(end) - base;
    const Run::Stage stage = part(begin, end);
    each_chunk(run, weight / chunk_bytes + 1, [&](int64_t task, int worker) {
      const int64_t from = base + task * chunk_bytes;
      take(first(begin, end, from), first(begin, end, from + chunk_bytes), desks[size_t(worker)]);
    });
  }
  void long_row(int64_t row) {
    Desk &desk = desks[0];
    const RowRange one = texts.rows(run, row, row + 1, desk);
    const Source source(one.text + one.offsets[0], one.offsets[1] - one.offsets[0]);
    int64_t *out = results.begin(row, desk.results, 1);
    const Run::Stage stage = part(row, row + 1);
    const int64_t ill = operation.attempt(run, source, out);
    if (ill >= 0) refuse_row(row, ill);
    results.end(row, out, 1);
  }
  // The first long row from `row` on. It reaches over the end of a chunk, so that only rows at
  // these are looked at.
  int64_t next_long(int64_t row) const noexcept {
    const int64_t end = texts.weight(texts.count);
    for (int64_t at = texts.weight(row) + chunk_bytes; at < end; at += chunk_bytes) {
      const int64_t over = first(row, texts.count, at) - 1;
      if (texts.bytes(over) >= long_bytes) return over;
    }
    return texts.count;
  }
  void all() {
    for (int64_t row = 0; row < texts.count;) {
      const int64_t end = next_long(row);
      if (row < end) short_rows(row, end);
      if (end < texts.count) long_row(end);
      row = end + 1;
    }
  }
};

template <class Texts>
void run_batch(Run &run, const Operation &operation, const Texts &texts, const MutableMatrix &out) {
  if (texts.count == 0) return;
  Batch<Texts> batch{
      run, operation, texts, {out, operation.outputs()}, std::vector<Desk>(size_t(run.workers()))};
  batch.all();
}

}  // namespace

void run_many(Run &run, const Operation &operation, const void *text, const wdl_array &offsets,
              const MutableMatrix &out) {
  const auto *bytes = static_cast<const uint8_t *>(text);
  const int64_t count = offsets.shape[0] - 1, item = operation.item();
  if (offsets.dtype == WDL_I32)
    run_batch(run, operation,
              OffsetRows<int32_t>{bytes, static_cast<const int32_t *>(offsets.data), count, item},
              out);
  else
    run_batch(run, operation,
              OffsetRows<int64_t>{bytes, static_cast<const int64_t *>(offsets.data), count, item},
              out);
}

void run_rows(Run &run, const Operation &operation, const Matrix &rows, const MutableMatrix &out) {
  run_batch(run, operation, FixedRows(rows, operation.item()), out);
}

void run_pieces(Run &run, const Operation &operation, const uint64_t *addresses,
                const int64_t *lengths, const MutableMatrix &out) {
  run_batch(run, operation, PieceRows(addresses, lengths, out.rows), out);
}

}  // namespace windlass::text
