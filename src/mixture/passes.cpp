#include "passes.hpp"

#include <algorithm>

namespace windlass::mixture {

Passes::Passes(Run &run, const Samples &samples, int64_t k, CovarianceType type, int64_t mixtures)
    : run_(run),
      mixtures_(mixtures),
      tiles_(run, samples, k, type, mixtures),
      slot_size_(1 + k * tiles_.layout().statistics),
      slots_(slot_count(tiles_.count(), double(slot_size_), tiles_.layout())),
      centres_(mixtures * k * tiles_.layout().centre),
      slot_data_(mixtures * slots_ * slot_size_),
      lowest_(size_t(mixtures * slots_)) {}

int64_t Passes::mixtures_at_once(const Samples &samples, int64_t k, CovarianceType type,
                                 int64_t wanted) {
  const Layout s = kernels().forms[int(type)].layout(samples.x.columns, k);
  const double a_mixture = 8.0 * double(k) * double(s.accumulator + 64 * s.statistics);
  return std::clamp(int64_t(0x1p27 / a_mixture), int64_t{1}, std::min<int64_t>(wanted, 16));
}

void Passes::set_centres(int64_t mixture, const double *means) noexcept {
  const Layout &s = tiles_.layout();
  for (int64_t c = 0; c < s.k; c++)
    for (int64_t j = 0; j < s.centre; j++)
      centres(mixture)[c * s.centre + j] = j < s.d ? means[c * s.d + j] : 0.0;
}

// The tree's shape is the number of slots; it is cut by entry for the threads.
bool Passes::add_slots(std::span<const int64_t> mixtures) {
  const int64_t pieces = 1 + slot_size_ * slots_ / 65536;
  std::atomic<bool> stopped{false};
  parallel_for(run_, pieces * int64_t(mixtures.size()), [&](int64_t task, int) {
    if (pieces > 1 && run_.stop_requested()) return stopped.store(true, std::memory_order_relaxed);
    double *data = slot(0, mixtures[size_t(task / pieces)]);
    const int64_t piece = task % pieces, first = slot_size_ * piece / pieces,
                  last = slot_size_ * (piece + 1) / pieces;
    reduce_tree(slots_, [&](int64_t to, int64_t from) {
      for (int64_t i = first; i < last; i++)
        data[to * slot_size_ + i] += data[from * slot_size_ + i];
    });
  });
  return !stopped.load(std::memory_order_relaxed);
}

}  // namespace windlass::mixture
