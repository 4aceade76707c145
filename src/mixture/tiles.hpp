// The samples of one call as tiles of 128 rows, each worker with a tile buffer of its own, and the
// slots of tiles whose results are summed together. Borders depend on the shape only.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "core/array.hpp"
#include "core/run.hpp"
#include "core/samples.hpp"
#include "kernels.hpp"

namespace windlass::mixture {

// Doubles aligned to 64 bytes, not initialised.
class AlignedDoubles {
 public:
  AlignedDoubles() = default;
  explicit AlignedDoubles(int64_t size)
      : data_(static_cast<double *>(
            ::operator new(size_t(size < 8 ? 8 : size) * 8, std::align_val_t(64)))) {}
  double *get() const noexcept { return data_.get(); }

 private:
  struct Free {
    void operator()(double *p) const noexcept { ::operator delete(p, std::align_val_t(64)); }
  };
  std::unique_ptr<double, Free> data_;
};

// The scalars of tiles: those of the samples, or double.
enum class Precision { of_samples, twice };

// Tiles of float hold x in a frame (kernels.hpp) that its user chooses. Weights are held times
// weight_scale(), a power of 2 that makes the largest about 1.
class Tiles {
 public:
  // With accumulators for the moments of so many mixtures for each worker. Throws std::bad_alloc.
  Tiles(const Run &, const Samples &, int64_t k, CovarianceType, int64_t mixtures = 0,
        Precision = Precision::of_samples);

  const Layout &layout() const noexcept { return layout_; }
  bool single() const noexcept { return layout_.scalar == 4; }
  const Kernels &kernels() const noexcept { return kernels_; }
  const Arithmetic &arithmetic() const noexcept { return arithmetic_; }
  const Form &form() const noexcept { return form_; }
  CovarianceType type() const noexcept { return type_; }
  const Samples &samples() const noexcept { return samples_; }
  int64_t count() const noexcept { return count_; }
  double total_weight() const noexcept { return total_weight_; }
  char *accumulators(int worker) const noexcept { return memory(worker) + tile_size_; }
  int64_t accumulators_size() const noexcept {  // of a mixture, in bytes
    return layout_.k * layout_.accumulator * layout_.scalar;
  }

  Frame frame() const noexcept { return {origin_.data(), scale_.data()}; }
  // Tiles of float only: the origins are rounded to float.
  void set_frame(const std::vector<double> &origin, const std::vector<double> &scale);
  // Tiles of double: what is read from samples of float is rounded as those tiles round it.
  void round_as(const Tiles &others) noexcept { rounding_ = &others; }
  double weight_scale() const noexcept { return weight_scale_; }
  // The largest log density of a row of the tile.
  double highest(const Tile &tile, int64_t row) const noexcept {
    return single() ? double(static_cast<float *>(tile.highest)[row])
                    : static_cast<double *>(tile.highest)[row];
  }
  double underflowed() const noexcept {
    return single() ? double(mixture::underflowed<float>) : mixture::underflowed<double>;
  }

  // Reads a tile. False: nothing in it counts, or it cannot be used (then rejected() knows).
  bool load(int64_t index, int worker, Tile &tile) noexcept;
  Source source(const Matrix &, int64_t index) const noexcept;
  // The weights of the rows of the tile loaded last, or nullptr.
  const double *weights(int worker) const noexcept;

  void begin() noexcept;              // of a pass
  void reject(int64_t row) noexcept;  // keeps the lowest
  // The rows of a tile whose densities all underflowed.
  void reject_underflowed(int64_t index, const Tile &) noexcept;
  bool rejected_before(int64_t row) const noexcept { return rejected_.load() < row; }
  // Throws WDL_BAD_DATA for the rejected row, position {row, column}.
  void throw_if_rejected() const;

 private:
  bool read_weights(int64_t first, int64_t rows, double *weights) const noexcept;
  int64_t first_bad(int64_t first, int64_t rows) const noexcept;
  template <class Real>
  void replace_dead(Tile &tile, const double *weights) const noexcept;

  char *memory(int worker) const noexcept {
    return reinterpret_cast<char *>(memory_.get()) + worker * stride_;
  }
  void measure_weights();

  const Kernels &kernels_;
  const Arithmetic &arithmetic_;
  CovarianceType type_;
  const Form &form_;
  Layout layout_;
  Samples samples_;
  int64_t count_, tile_size_, stride_;  // sizes in bytes
  double total_weight_ = 0, weight_scale_ = 1;
  std::vector<double> origin_, scale_;
  const Tiles *rounding_ = this;
  AlignedDoubles memory_;
  std::atomic<int64_t> rejected_{INT64_MAX};
};

// When to look at the clock: between tiles, and between blocks of components within a large one.
class Looks {
 public:
  Looks(Run &, const Layout &);
  // Before a tile. True: stopped.
  bool stopped() noexcept { return tile_++ % interval_ == 0 && run_.stop_requested(); }
  // step(first, last) over all components. False: stopped.
  template <class Step>
  bool components(Step step) {
    for (int64_t c = 0; c < k_; c += block_) {
      if (c && run_.stop_requested()) return false;
      step(c, c + block_ < k_ ? c + block_ : k_);
    }
    return true;
  }

 private:
  Run &run_;
  int64_t k_, block_, interval_, tile_ = 0;
};

// Slots of tiles for partial results of slot_size doubles each.
int64_t slot_count(int64_t tiles, double slot_size, const Layout &);

// The power of 2 at x > 0 or below, but none of float's ends.
double power_of_two_below(double x) noexcept;

}  // namespace windlass::mixture
