#include "tiles.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.hpp"

namespace windlass::cluster {
namespace {

int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

// Of staged rows: what is read beyond the last one.
template <class T>
int64_t staged_size(int64_t d) {
  return aligned((tile_rows * d + wide<T>)*int64_t(sizeof(T)));
}

// Sizes that are added and multiplied below without a check.
int64_t possible(const Samples &samples) {
  if (double(samples.x.columns) > 0x1p40 || double(samples.x.rows) > 0x1p44) throw std::bad_alloc();
  return samples.x.columns;
}

}  // namespace

template <class T>
Tiles<T>::Tiles(const Run &run, const Samples &samples)
    : operations_(kernels().of<T>()),
      samples_(samples),
      frame_(possible(samples)),
      count_((samples.x.rows + tile_rows - 1) / tile_rows),
      direct_(samples.x.column_stride == int64_t(sizeof(T)) && d() >= wide<T>) {
  frame_.origin.resize(size_t(d() < wide<T> ? wide<T> : d()));
  columns_size_ = int64_t(frame_.origin.size()) * tile_rows * int64_t(sizeof(T));
  // columns; best and second; reals and weights; labels; rows; a line that keeps neighbours apart
  stride_ = columns_size_ + 2 * tile_rows * int64_t(sizeof(T)) + 2 * tile_rows * 8 + tile_rows * 4 +
            2 * staged_size<T>(d()) + 64;
  memory_ = Aligned<char>(stride_ * run.workers());
}

template <class T>
void Tiles<T>::copy_row(int64_t row, char *to) const noexcept {
  const Matrix &x = samples_.x;
  const char *from = x.data + row * x.row_stride;
  if (x.column_stride == int64_t(sizeof(T))) {
    std::memcpy(to, from, size_t(d()) * sizeof(T));
    return;
  }
  for (int64_t j = 0; j < d(); j++)
    std::memcpy(to + j * int64_t(sizeof(T)), from + j * x.column_stride, sizeof(T));
}

template <class T>
Tile<T> Tiles<T>::fetch(int64_t index, int worker) const noexcept {
  const Matrix &x = samples_.x;
  Tile<T> tile;
  char *p = memory(worker);
  const int64_t values = tile_rows * int64_t(sizeof(T)), row = d() * int64_t(sizeof(T));
  tile.columns = reinterpret_cast<T *>(p), p += columns_size_;
  tile.best = reinterpret_cast<T *>(p), p += values;
  tile.second = reinterpret_cast<T *>(p), p += values;
  tile.reals = reinterpret_cast<double *>(p), p += tile_rows * 8;
  double *weights = reinterpret_cast<double *>(p);
  p += tile_rows * 8;
  tile.labels = reinterpret_cast<int32_t *>(p), p += tile_rows * 4;
  tile.staged = p, p += staged_size<T>(d());
  tile.gathered = p;
  tile.first = index * tile_rows;
  const int64_t left = x.rows - tile.first, count = left < tile_rows ? left : tile_rows;
  tile.weights = samples_.weights.data ? weights : nullptr;
  if (tile.weights)
    for (int64_t i = 0; i < count; i++) weights[i] = samples_.weight(tile.first + i);
  if (direct_) {
    tile.rows = {x.data + tile.first * x.row_stride, count, d(), x.row_stride};
    return tile;
  }
  char *to = tile.staged;
  tile.rows = {to, count, d(), row};
  if (x.column_stride == int64_t(sizeof(T)) && x.row_stride == row)
    std::memcpy(to, x.data + tile.first * row, size_t(count * row));
  else
    for (int64_t i = 0; i < count; i++) copy_row(tile.first + i, to + i * row);
  return tile;
}

template <class T>
bool Tiles<T>::pack(Tile<T> &tile) noexcept {
  if (operations_.pack(tile.rows, frame_.axes(), tile.columns)) return true;
  const int64_t row = d() * int64_t(sizeof(T));
  for (int64_t i = 0; i < tile.rows.count; i++)
    if (!settle(tile, i, tile.staged + i * row)) return false;
  tile.rows.data = tile.staged, tile.rows.stride = row;
  operations_.pack(tile.rows, frame_.axes(), tile.columns);  // t itself may overflow
  return true;
}

template <class T>
bool Tiles<T>::pack_some(const Tile<T> &tile, int64_t count, const int32_t *chosen) noexcept {
  const int64_t row = d() * int64_t(sizeof(T));
  const int64_t whole = std::min(tile_rows, (count + wide<T> - 1) / wide<T> * wide<T>);
  const Rows rows = {tile.gathered, whole, d(), row};
  for (int64_t i = 0; i < whole; i++)  // whole vectors: copies of the last row
    std::memcpy(tile.gathered + i * row,
                tile.rows.data + chosen[std::min(i, count - 1)] * tile.rows.stride, size_t(row));
  if (operations_.pack(rows, frame_.axes(), tile.columns)) return true;
  for (int64_t i = 0; i < count; i++)
    if (!settle(tile, chosen[i], tile.gathered + i * row)) return false;
  for (int64_t i = count; i < whole; i++)
    std::memcpy(tile.gathered + i * row, tile.gathered + (count - 1) * row, size_t(row));
  operations_.pack(rows, frame_.axes(), tile.columns);
  return true;
}

// A copy of row i of a tile: the origin where it is absent and not finite. False: rejected.
template <class T>
bool Tiles<T>::settle(const Tile<T> &tile, int64_t i, char *copy) noexcept {
  const int64_t row = tile.first + i;
  copy_row(row, copy);
  if (finite(row)) return true;
  if (!tile.weights || tile.weights[i] > 0) {
    int64_t now = rejected_.load(std::memory_order_relaxed);
    while (row < now && !rejected_.compare_exchange_weak(now, row, std::memory_order_relaxed)) {
    }
    return false;
  }
  for (int64_t j = 0; j < d(); j++) {
    const T at = T(frame_.outward(0, j));
    std::memcpy(copy + j * int64_t(sizeof(T)), &at, sizeof at);
  }
  return true;
}

template <class T>
bool Tiles<T>::finite(int64_t row) const noexcept {
  for (int64_t j = 0; j < d(); j++)
    if (!std::isfinite(samples_.x.get<T>(row, j))) return false;
  return true;
}

template <class T>
void Tiles<T>::throw_if_rejected() const {
  const int64_t row = rejected_.load(std::memory_order_relaxed);
  if (row == INT64_MAX) return;
  int64_t column = 0;
  while (column + 1 < d() && std::isfinite(value(samples_.x, row, column))) column++;
  throw Error(WDL_BAD_DATA, samples_.argument,
              "x[" + std::to_string(row) + ", " + std::to_string(column) + "] is " +
                  (std::isnan(value(samples_.x, row, column)) ? "NaN" : "infinite") +
                  ", expected finite values",
              row, column);
}

template class Tiles<float>;
template class Tiles<double>;

int64_t slot_count(int64_t tiles, int64_t size) noexcept {
  int64_t slots = tiles < 64 ? tiles : 64;
  const double bytes = 8 * double(size);
  while (slots > 16 && double(slots) * bytes > 0x1p24) slots /= 2;
  while (slots > 4 && double(slots) * bytes > 0x1p30) slots /= 2;
  return slots;
}

}  // namespace windlass::cluster
