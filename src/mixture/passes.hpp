// Passes over x that leave the statistics of one mixture or several, about their centres. A tile is
// read once for all of them.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "core/run.hpp"
#include "tiles.hpp"

namespace windlass::mixture {

// The row of the lowest density that a slot of tiles has seen.
struct Lowest {
  double density = 1e308;
  int64_t row = -1;
};

class Passes {
 public:
  // All of `mixtures` have k components. The constructor allocates all that passes need.
  Passes(Run &, const Samples &, int64_t k, CovarianceType, int64_t mixtures,
         Precision = Precision::of_samples);
  // As many mixtures as fit into some memory, at least one and at most `wanted` and 16.
  static int64_t mixtures_at_once(const Samples &, int64_t k, CovarianceType, int64_t wanted);

  Tiles &tiles() noexcept { return tiles_; }
  const Tiles &tiles() const noexcept { return tiles_; }
  // k x d
  const double *centres(int64_t mixture) const noexcept {
    return centres_.data() + mixture * tiles_.layout().k * tiles_.layout().d;
  }
  void set_centres(int64_t mixture, const double *means) noexcept;
  // What a pass leaves: the log-likelihood, and each component's statistics.
  double &log_likelihood(int64_t mixture) const noexcept { return *slot(0, mixture); }
  double *statistics(int64_t mixture) const noexcept { return slot(0, mixture) + 1; }
  int64_t statistics_size() const noexcept { return slot_size_ - 1; }
  // One for each slot.
  std::span<Lowest> lowest(int64_t mixture) noexcept {
    return std::span(lowest_).subspan(size_t(mixture * slots_), size_t(slots_));
  }

  // respond(tile, index, worker, looks, mixture, slot, &log_likelihood) prepares a tile for moments
  // (given: moments_given); false: stopped. The pass answers false when it was stopped. Throws
  // WDL_BAD_DATA.
  template <class Respond>
  bool run(std::span<const int64_t> mixtures, bool given, Respond respond);

 private:
  double *slot(int64_t index, int64_t mixture) const noexcept {
    return slot_data_.get() + (mixture * slots_ + index) * slot_size_;
  }
  char *tile_centres(int64_t mixture) const noexcept {
    const Layout &s = tiles_.layout();
    return reinterpret_cast<char *>(tile_centres_.get()) + mixture * s.k * s.centre * s.scalar;
  }
  template <class Real>
  void place_centres(int64_t mixture) noexcept;
  void clear(std::span<const int64_t> mixtures, int worker) const noexcept;
  void flush(std::span<const int64_t> mixtures, int worker, int64_t slot) const noexcept;
  bool add_slots(std::span<const int64_t> mixtures);
  void leave_frame(int64_t mixture) const;

  Run &run_;
  Tiles tiles_;
  int64_t slot_size_, slots_;
  std::vector<double> centres_;
  AlignedDoubles tile_centres_, slot_data_;  // the former in the frame, of the tiles' scalars
  std::vector<Lowest> lowest_;
};

// Tiles whose moments are added as float, before they are added to doubles.
constexpr int64_t tiles_in_single = 16;

template <class Respond>
bool Passes::run(std::span<const int64_t> mixtures, bool given, Respond respond) {
  const Layout &s = tiles_.layout();
  const Moments moments =
      given ? tiles_.kernels().moments_given[int(tiles_.type())] : tiles_.form().moments;
  const int64_t tiles = tiles_.count();
  std::atomic<bool> stopped{false};
  const auto one = [&](Tile &tile, int64_t t, int worker, Looks &looks, int64_t m, int64_t index) {
    char *sums = tiles_.accumulators(worker) + m * tiles_.accumulators_size();
    return respond(tile, t, worker, looks, m, index, *slot(index, m)) &&
           looks.components([&](int64_t first, int64_t last) {
             moments(s, tile_centres(m), first, last, tile, sums);
           });
  };
  tiles_.begin();
  parallel_for(run_, slots_, [&](int64_t index, int worker) {
    for (const int64_t m : mixtures) std::fill_n(slot(index, m), slot_size_, 0.0);
    clear(mixtures, worker);
    Looks looks(run_, s);
    int64_t unflushed = 0;
    for (int64_t t = tiles * index / slots_; t < tiles * (index + 1) / slots_; t++) {
      bool go = !stopped.load(std::memory_order_relaxed) && !looks.stopped();
      if (go && tiles_.rejected_before(t * tile_rows)) return;
      if (tiles_.single() && unflushed == tiles_in_single) {
        flush(mixtures, worker, index);
        clear(mixtures, worker);
        unflushed = 0;
      }
      unflushed++;
      Tile tile;
      if (go && !tiles_.load(t, worker, tile)) continue;
      for (size_t i = 0; go && i < mixtures.size(); i++)
        go = one(tile, t, worker, looks, mixtures[i], index);
      if (!go) return stopped.store(true, std::memory_order_relaxed);
    }
    flush(mixtures, worker, index);
  });
  tiles_.throw_if_rejected();
  if (stopped.load(std::memory_order_relaxed) || !add_slots(mixtures)) return false;
  for (const int64_t m : mixtures) leave_frame(m);
  return true;
}

}  // namespace windlass::mixture
