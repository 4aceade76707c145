#include "passes.hpp"

#include <algorithm>
#include <cstring>

namespace windlass::mixture {

Passes::Passes(Run &run, const Samples &samples, int64_t k, CovarianceType type, int64_t mixtures,
               Precision precision)
    : run_(run),
      tiles_(run, samples, k, type, mixtures, precision),
      slot_size_(1 + k * tiles_.layout().statistics),
      slots_(slot_count(tiles_.count(), double(slot_size_), tiles_.layout())),
      centres_(size_t(mixtures * k * tiles_.layout().d)),
      tile_centres_(mixtures * k * tiles_.layout().centre),
      slot_data_(mixtures * slots_ * slot_size_),
      lowest_(size_t(mixtures * slots_)) {}

int64_t Passes::mixtures_at_once(const Samples &samples, int64_t k, CovarianceType type,
                                 int64_t wanted) {
  const Layout s = kernels().forms[int(type)].layout(samples.x.columns, k);
  const double a_mixture = 8.0 * double(k) * double(s.accumulator + 64 * s.statistics);
  return std::clamp(int64_t(0x1p27 / a_mixture), int64_t{1}, std::min<int64_t>(wanted, 16));
}

template <class Real>
void Passes::place_centres(int64_t mixture) noexcept {
  const Layout &s = tiles_.layout();
  const Frame frame = tiles_.frame();
  Real *placed = reinterpret_cast<Real *>(tile_centres(mixture));
  const double *centre = centres(mixture);
  for (int64_t c = 0; c < s.k; c++, placed += s.centre, centre += s.d)
    for (int64_t j = 0; j < s.centre; j++)
      placed[j] = j < s.d ? Real((centre[j] - frame.origin[j]) * frame.scale[j]) : Real(0);
}

void Passes::set_centres(int64_t mixture, const double *means) noexcept {
  const int64_t size = tiles_.layout().k * tiles_.layout().d;
  std::copy_n(means, size, centres_.data() + mixture * size);
  tiles_.single() ? place_centres<float>(mixture) : place_centres<double>(mixture);
}

void Passes::clear(std::span<const int64_t> mixtures, int worker) const noexcept {
  const int64_t size = tiles_.accumulators_size();
  for (const int64_t m : mixtures)
    std::memset(tiles_.accumulators(worker) + m * size, 0, size_t(size));
}

void Passes::flush(std::span<const int64_t> mixtures, int worker, int64_t index) const noexcept {
  const int64_t size = tiles_.accumulators_size();
  for (const int64_t m : mixtures)
    tiles_.form().flush(tiles_.layout(), tiles_.accumulators(worker) + m * size,
                        slot(index, m) + 1);
}

// From the scale of the weights. In single precision besides from the frame's scales (all powers
// of 2) and about the centres before they were rounded: t' = t / scale - by.
void Passes::leave_frame(int64_t mixture) const {
  const Layout &s = tiles_.layout();
  const Frame frame = tiles_.frame();
  const double weight = 1 / tiles_.weight_scale();
  for (int64_t i = 0; weight != 1 && i < slot_size_; i++) slot(0, mixture)[i] *= weight;
  if (!tiles_.single()) return;
  const float *placed = reinterpret_cast<const float *>(tile_centres(mixture));
  std::vector<double> by(static_cast<size_t>(s.d));
  for (int64_t c = 0; c < s.k; c++, placed += s.centre) {
    double *s1 = statistics(mixture) + c * s.statistics, *end = s1 + s.statistics;
    const double s0 = *s1++;
    double *S = s1 + s.d;
    for (int64_t j = 0; j < s.d; j++) {
      const double at = frame.origin[j] + double(placed[j]) / frame.scale[j];
      by[size_t(j)] = centres(mixture)[c * s.d + j] - at;
      s1[j] /= frame.scale[j];
    }
    for (int64_t i = 0; i < s.d && S < end; i++)
      for (int64_t j = tiles_.type() == CovarianceType::full ? 0 : i; j <= i; j++, S++) {
        const double a = by[size_t(i)], b = by[size_t(j)];
        *S = *S / (frame.scale[i] * frame.scale[j]) - s1[i] * b - a * s1[j] + s0 * a * b;
      }
    for (int64_t j = 0; j < s.d; j++) s1[j] -= s0 * by[size_t(j)];
  }
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
