#include "tiles.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.hpp"

namespace windlass::mixture {
namespace {

int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

Layout checked_layout(const Form &form, const Samples &samples, int64_t k) {
  const int64_t d = samples.x.columns;
  if (d < 1 || k < 1) throw Error(WDL_BAD_SHAPE, samples.argument, "x has no columns");
  if (double(k) * double(d) * double(d) > 1e15) throw std::bad_alloc();
  return form.layout(d, k);
}

// The weights behind it.
int64_t tile_size(const Layout &s) {
  return aligned((s.d + s.row + s.k + 2) * tile_rows * s.scalar) + aligned(s.scratch * s.scalar) +
         tile_rows * 8;
}

// Column of the first value of a row that is not finite, or -1.
int64_t column_not_finite(const Matrix &x, int64_t row) noexcept {
  for (int64_t j = 0; j < x.columns; j++)
    if (!std::isfinite(value(x, row, j))) return j;
  return -1;
}

double tile_flops(const Layout &s) { return 4.0 * tile_rows * double(s.k) * double(s.statistics); }

}  // namespace

double power_of_two_below(double x) noexcept {
  const int exponent = std::ilogb(x);
  return std::ldexp(1.0, exponent < -100 ? -100 : exponent > 100 ? 100 : exponent);
}

Tiles::Tiles(const Run &run, const Samples &samples, int64_t k, CovarianceType type,
             int64_t mixtures, Precision precision)
    : kernels_(mixture::kernels()),
      arithmetic_(samples.x.dtype == WDL_F32 && precision == Precision::of_samples
                      ? *kernels_.single
                      : kernels_),
      type_(type),
      form_(arithmetic_.forms[int(type)]),
      layout_(checked_layout(form_, samples, k)),
      samples_(samples),
      count_((samples.x.rows + tile_rows - 1) / tile_rows),
      tile_size_(tile_size(layout_)),
      // one more line keeps neighbours' writes apart
      stride_(aligned(tile_size_ + mixtures * accumulators_size()) + 64),
      origin_(size_t(layout_.d), 0.0),
      scale_(size_t(layout_.d), 1.0),
      memory_(stride_ / 8 * run.workers()) {
  measure_weights();
}

void Tiles::measure_weights() {
  const int64_t n = samples_.x.rows;
  if (!samples_.weights.data) {
    total_weight_ = double(n);
    return;
  }
  double largest = 0;
  for (int64_t i = 0; i < n; i++) {
    const double w = samples_.weights.get<double>(i);
    total_weight_ += w;
    largest = w > largest ? w : largest;
  }
  if (largest > 0) weight_scale_ = std::ldexp(1.0, std::clamp(-std::ilogb(largest), -1000, 1000));
}

void Tiles::set_frame(const std::vector<double> &origin, const std::vector<double> &scale) {
  for (size_t j = 0; j < origin.size(); j++) origin_[j] = double(float(origin[j]));
  scale_ = scale;
}

Source Tiles::source(const Matrix &m, int64_t index) const noexcept {
  const int64_t first = index * tile_rows, left = m.rows - first;
  return {m.data + first * m.row_stride,
          left < tile_rows ? left : tile_rows,
          m.columns,
          m.row_stride,
          m.column_stride,
          m.dtype == WDL_F32};
}

const double *Tiles::weights(int worker) const noexcept {
  return samples_.weights.data
             ? reinterpret_cast<double *>(memory(worker) + tile_size_ - tile_rows * 8)
             : nullptr;
}

bool Tiles::load(int64_t index, int worker, Tile &tile) noexcept {
  char *p = memory(worker);
  const auto take = [&](int64_t scalars) {
    const Scalars taken{p};
    p += scalars * layout_.scalar;
    return taken;
  };
  tile.columns = take(layout_.d * tile_rows);
  tile.row = take(layout_.row * tile_rows);
  tile.p = take(layout_.k * tile_rows);
  tile.highest = take(tile_rows);
  tile.scale = take(tile_rows);
  tile.scratch = take(0);
  const Source rows = source(samples_.x, index);
  const int64_t first = index * tile_rows;
  const bool weighted = samples_.weights.data;
  double *weights = reinterpret_cast<double *>(memory(worker) + tile_size_) - tile_rows;
  if (weighted && !read_weights(first, rows.rows, weights)) return false;
  if (!arithmetic_.pack(layout_, rounding_->frame(), rows, tile)) {
    const int64_t bad = first_bad(first, rows.rows);
    if (bad >= 0) return reject(bad), false;
  }
  if (weighted) single() ? replace_dead<float>(tile, weights) : replace_dead<double>(tile, weights);
  return true;
}

// False: all are 0.
bool Tiles::read_weights(int64_t first, int64_t rows, double *weights) const noexcept {
  bool some = false;
  for (int64_t i = 0; i < rows; i++) {
    const double w = samples_.weights.get<double>(first + i);
    weights[i] = w * weight_scale_;
    some |= w > 0;
  }
  return some;
}

int64_t Tiles::first_bad(int64_t first, int64_t rows) const noexcept {
  for (int64_t i = first; i < first + rows; i++) {
    if (samples_.counts(i) && column_not_finite(samples_.x, i) >= 0) return i;
  }
  return -1;
}

template <class Real>
void Tiles::replace_dead(Tile &tile, const double *weights) const noexcept {
  Real *columns = tile.columns, *rows = tile.row;
  int64_t live = 0;
  while (!(weights[live] > 0)) live++;
  for (int64_t i = 0; i < tile_rows; i++) {
    if (i < tile.rows && weights[i] > 0) continue;
    for (int64_t j = 0; j < layout_.d; j++)
      columns[j * tile_rows + i] = columns[j * tile_rows + live];
    for (int64_t j = 0; j < layout_.row; j++)
      rows[i * layout_.row + j] = rows[live * layout_.row + j];
  }
}

void Tiles::begin() noexcept { rejected_.store(INT64_MAX, std::memory_order_relaxed); }

void Tiles::reject(int64_t row) noexcept {
  int64_t now = rejected_.load(std::memory_order_relaxed);
  while (row < now && !rejected_.compare_exchange_weak(now, row, std::memory_order_relaxed)) {
  }
}

void Tiles::throw_if_rejected() const {
  const int64_t row = rejected_.load(std::memory_order_relaxed);
  if (row == INT64_MAX) return;
  const int64_t column = column_not_finite(samples_.x, row);
  if (column >= 0) throw_not_finite(samples_, row, column);
  throw Error(WDL_BAD_DATA, samples_.argument,
              "row " + std::to_string(row) +
                  " of x lies so far from every component that its density is 0 in " +
                  (single() ? "single" : "double") +
                  " precision: scale x, or start from other parameters",
              row);
}

void Tiles::reject_underflowed(int64_t index, const Tile &tile) noexcept {
  for (int64_t i = 0; i < tile.rows; i++)
    if (highest(tile, i) < underflowed()) {
      const int64_t row = index * tile_rows + i;
      if (samples_.counts(row)) return reject(row);
    }
}

// Some 2^25 flops of a tile between two looks, and 16 tiles where they are small.
Looks::Looks(Run &run, const Layout &s)
    : run_(run),
      k_(s.k),
      block_((int64_t(1) << 24) / (tile_rows * (2 * s.statistics + 16))),
      interval_(tile_flops(s) < 1e6 ? 16 : 1) {
  if (block_ < 1) block_ = 1;
}

// Four tiles a slot where a tile is small work (adding the lanes of the accumulators then costs
// as much as a tile), at most 64 slots, and at most 16 where their memory would pass 16 MiB, 4
// where it would pass 1 GiB.
int64_t slot_count(int64_t tiles, double slot_size, const Layout &layout) {
  int64_t slots = tile_flops(layout) < 4e6 ? tiles / 4 : tiles;
  slots = slots < 1 ? 1 : slots > 64 ? 64 : slots;
  const double bytes = 8 * slot_size;
  while (slots > 16 && double(slots) * bytes > 0x1p24) slots /= 2;
  while (slots > 4 && double(slots) * bytes > 0x1p30) slots /= 2;
  return slots;
}

}  // namespace windlass::mixture
