// The samples of one call as tiles of 128 rows, each worker with a buffer of its own, and passes
// over them. Borders depend on the shape only.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "core/array.hpp"
#include "core/parallel.hpp"
#include "core/samples.hpp"
#include "kernels.hpp"

namespace windlass::cluster {

// f(T{}) with the type of x.
template <class F>
decltype(auto) by_dtype(const Matrix &x, F &&f) {
  return x.dtype == WDL_F32 ? f(float{}) : f(double{});
}

// Values aligned to 64 bytes, not initialised.
template <class T>
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(int64_t size)
      : data_(static_cast<T *>(::operator new(size_t(size) * sizeof(T), std::align_val_t(64)))) {}
  T *get() const noexcept { return data_.get(); }
  T &operator[](int64_t i) const noexcept { return data_.get()[i]; }

 private:
  struct Free {
    void operator()(T *p) const noexcept { ::operator delete(p, std::align_val_t(64)); }
  };
  std::unique_ptr<T, Free> data_;
};

// Where a call computes: t = x * scale - origin. The scale is a power of 2.
template <class T>
struct Frame {
  std::vector<T> origin;
  T scale = 1;

  explicit Frame(int64_t d) : origin(size_t(d)) {}
  Axes<T> axes() const noexcept { return {origin.data(), scale}; }
  // As the kernels compute it: x * scale is exact, so there is one rounding.
  T inward(T x, int64_t column) const noexcept { return x * scale - origin[size_t(column)]; }
  double outward(double t, int64_t column) const noexcept {
    return (t + double(origin[size_t(column)])) / double(scale);
  }
};

template <class T>
struct Tile {
  int64_t first;            // row of the samples
  Rows rows;                // where they lie, or copied together
  const double *weights;    // of the rows; nullptr: all 1
  T *columns;               // [max(d, wide)][128], once packed
  T *best, *second;         // [128] of the caller of the kernels
  double *reals;            // [128]
  int32_t *labels;          // [128]
  char *staged, *gathered;  // room for copies of its rows
};

template <class T>
class Tiles {
 public:
  Tiles(const Run &, const Samples &);  // throws std::bad_alloc

  const Samples &samples() const noexcept { return samples_; }
  const Operations<T> &operations() const noexcept { return operations_; }
  int64_t count() const noexcept { return count_; }
  int64_t rows() const noexcept { return samples_.x.rows; }
  int64_t padded_rows() const noexcept { return count_ * tile_rows; }
  int64_t d() const noexcept { return samples_.x.columns; }
  Frame<T> &frame() noexcept { return frame_; }
  const Frame<T> &frame() const noexcept { return frame_; }

  Tile<T> fetch(int64_t index, int worker) const noexcept;
  // The tile's rows as columns. False: a row that counts is not finite; rejected() knows.
  bool pack(Tile<T> &) noexcept;
  // The same for some of its rows; beyond them something finite.
  bool pack_some(const Tile<T> &, int64_t count, const int32_t *chosen) noexcept;

  void begin() noexcept { rejected_.store(INT64_MAX, std::memory_order_relaxed); }
  bool rejected_before(int64_t row) const noexcept { return rejected_.load() < row; }
  void throw_if_rejected() const;  // WDL_BAD_DATA, position {row, column}

 private:
  char *memory(int worker) const noexcept { return memory_.get() + worker * stride_; }
  void copy_row(int64_t row, char *to) const noexcept;
  bool settle(const Tile<T> &, int64_t i, char *copy) noexcept;
  bool finite(int64_t row) const noexcept;

  const Operations<T> &operations_;
  Samples samples_;
  Frame<T> frame_;
  int64_t count_, columns_size_, stride_;
  bool direct_;  // the caller's rows serve as they lie
  Aligned<char> memory_;
  std::atomic<int64_t> rejected_{INT64_MAX};
};

// Multiply-adds between two looks at the clock.
inline constexpr double patience = 0x1p24;

// Slots of tiles for partial results of `size` doubles each: at most 64, at most 16 where their
// memory would pass 16 MiB, 4 where it would pass 1 GiB.
int64_t slot_count(int64_t tiles, int64_t size) noexcept;

// begin(slot), then step(slot, tile, worker) for its tiles in turn; step answers false to stop. A
// tile is some `work` multiply-adds. False: stopped, and nothing can be said of the results.
template <class T, class Begin, class Step>
bool pass(Run &run, Tiles<T> &tiles, int64_t slots, double work, Begin begin, Step step) {
  const int64_t interval = work * 16 < patience ? 16 : 1;
  std::atomic<bool> stopped{false};
  tiles.begin();
  parallel_for(run, slots, [&](int64_t slot, int worker) {
    begin(slot);
    const int64_t last = tiles.count() * (slot + 1) / slots;
    for (int64_t t = tiles.count() * slot / slots; t < last; t++) {
      const bool look = t % interval == 0;
      if (stopped.load(std::memory_order_relaxed) || (look && run.stop_requested()))
        return stopped.store(true, std::memory_order_relaxed);
      if (tiles.rejected_before(t * tile_rows)) return;
      Tile<T> tile = tiles.fetch(t, worker);
      if (!step(slot, tile, worker)) return stopped.store(true, std::memory_order_relaxed);
    }
  });
  tiles.throw_if_rejected();
  return !stopped.load(std::memory_order_relaxed);
}

}  // namespace windlass::cluster
