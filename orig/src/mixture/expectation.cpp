#include "expectation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "em.hpp"

namespace windlass::mixture {
namespace {

// The outputs of one tile, from its log densities; returns the sum of the log-likelihoods.
double write_tile(const Tiles &tiles, const Expectation &out, int64_t first, Tile &tile) {
  const Arithmetic &kernels = tiles.arithmetic();
  const Layout &s = tiles.layout();
  if (out.labels.data) {
    alignas(64) int64_t labels[tile_rows];
    kernels.labels(s, tile, labels);
    for (int64_t i = 0; i < tile.rows; i++) out.labels.put<int64_t>(first + i, labels[i]);
  }
  if (!out.mean && !out.responsibilities.data && !out.log_likelihoods.data) return 0;
  double log_likelihoods[tile_rows], sum = 0;
  kernels.responsibilities(s, tile, log_likelihoods);
  for (int64_t i = 0; i < tile.rows; i++) {
    double &ll = log_likelihoods[i];
    if (ll < tiles.underflowed()) ll = -std::numeric_limits<double>::infinity();
    if (out.log_likelihoods.data) out.log_likelihoods.put<double>(first + i, ll);
    sum += ll;
  }
  const MutableMatrix &r = out.responsibilities;
  if (r.data) kernels.store(s, tile, r.data + first * r.row_stride, r.row_stride, r.column_stride);
  return sum;
}

// The mean of the means as origin, and the largest of the factors' entries about 1: what is said of
// a row depends on no other row.
void frame_parameters(Tiles &tiles, const Parameters &p) {
  std::vector<double> origin(static_cast<size_t>(p.d));
  for (int64_t c = 0; c < p.k; c++)
    for (int64_t j = 0; j < p.d; j++)
      origin[size_t(j)] += p.means[size_t(c * p.d + j)] / double(p.k);
  double largest = 0;
  for (const double u : p.precisions_cholesky) largest = std::max(largest, std::fabs(u));
  const double scale = largest > 0 ? power_of_two_below(largest) : 1;
  tiles.set_frame(origin, std::vector<double>(static_cast<size_t>(p.d), scale));
}

}  // namespace

double e_step(Run &run, const Samples &samples, const Parameters &parameters,
              const Expectation &out) {
  Tiles tiles(run, {.x = samples.x, .argument = samples.argument}, parameters.k, parameters.type);
  const Layout &s = tiles.layout();
  const int64_t slots = slot_count(tiles.count(), 1, s);
  AlignedDoubles packed(s.parameters);
  if (tiles.single()) frame_parameters(tiles, parameters);
  pack_parameters(tiles, parameters, packed.get());
  std::vector<double> sums(static_cast<size_t>(slots));
  std::atomic<bool> stopped{false};
  tiles.begin();
  parallel_for(run, slots, [&](int64_t slot, int worker) {
    Looks looks(run, s);
    double sum = 0;
    const int64_t end = tiles.count() * (slot + 1) / slots;
    for (int64_t t = tiles.count() * slot / slots; t < end; t++) {
      if (stopped.load(std::memory_order_relaxed)) return;
      if (tiles.rejected_before(t * tile_rows)) return;
      Tile tile;
      bool go = !looks.stopped();
      if (go && !tiles.load(t, worker, tile)) continue;
      go = go && looks.components([&](int64_t first, int64_t last) {
        tiles.form().log_densities(s, packed.get(), first, last, tile);
      });
      if (!go) return stopped.store(true, std::memory_order_relaxed);
      sum += write_tile(tiles, out, t * tile_rows, tile);
    }
    sums[size_t(slot)] = sum;
  });
  tiles.throw_if_rejected();
  if (stopped.load()) throw_cancelled(run);
  reduce_tree(slots, [&](int64_t to, int64_t from) { sums[size_t(to)] += sums[size_t(from)]; });
  return out.mean ? sums[0] / tiles.total_weight() : 0;
}

}  // namespace windlass::mixture
