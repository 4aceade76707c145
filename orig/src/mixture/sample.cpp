#include "sample.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"
#include "covariance.hpp"
#include "tiles.hpp"

namespace windlass::mixture {
namespace {

constexpr uint32_t sample_stream = 0x30000000;

// Two independent standard normal numbers (Box, Muller 1958, doi 10.1214/aoms/1177706645).
RandomStream::Pair normals(const RandomStream &random, int64_t row, uint32_t index) {
  const RandomStream::Pair u = random.pair(row, index);
  const double radius = std::sqrt(-2 * std::log(u.first));
  const double angle = 6.283185307179586477 * u.second;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

// x = mean + R^T z with R^T R the covariance. Numbers 1 .. of the row; 0 chose the component.
void draw_row(const RandomStream &random, int64_t row, const Parameters &p, int64_t c,
              const std::vector<double> &roots, double *x) {
  const Covariance &covariance = covariance_of(p.type);
  const int64_t d = p.d;
  for (int64_t j = 0; j < d; j++) x[j] = p.means[size_t(c * d + j)];
  RandomStream::Pair z = {};
  for (int64_t i = 0; i < d; i++) {
    if (i % 2 == 0) z = normals(random, row, uint32_t(1 + i / 2));
    covariance.spread(roots.data(), c, d, i, i % 2 ? z.second : z.first, x);
  }
}

}  // namespace

void sample(Run &run, const Parameters &p, uint64_t seed, const MutableMatrix &x,
            const MutableVector &labels) {
  const int64_t d = p.d;
  const RandomStream random = {seed, sample_stream};
  std::vector<double> roots, rows(size_t(d * run.workers())), cumulative;
  const int64_t bad = covariance_of(p.type).roots(p, roots);
  if (bad >= 0)
    throw Error(WDL_BAD_DATA, -1,
                "covariances[" + std::to_string(bad) + "] is not positive definite", bad);
  for (int64_t c = 0; c < p.k; c++)
    cumulative.push_back((c ? cumulative.back() : 0.0) + p.weights[size_t(c)]);
  const int64_t chunk = d < 256 ? 1024 : 16, chunks = (x.rows + chunk - 1) / chunk;
  std::atomic<bool> stopped{false};
  parallel_for(run, chunks, [&](int64_t task, int worker) {
    if (stopped.load(std::memory_order_relaxed)) return;
    if (run.stop_requested()) return stopped.store(true, std::memory_order_relaxed);
    double *row = rows.data() + worker * d;
    const int64_t end = std::min(x.rows, (task + 1) * chunk);
    for (int64_t i = task * chunk; i < end; i++) {
      const double u = random.pair(i, 0).first * cumulative.back();
      int64_t c = std::upper_bound(cumulative.begin(), cumulative.end(), u) - cumulative.begin();
      if (c == p.k) c--;
      draw_row(random, i, p, c, roots, row);
      for (int64_t j = 0; j < d; j++) x.put<double>(i, j, row[j]);
      if (labels.data) labels.put<int64_t>(i, c);
    }
  });
  if (stopped.load()) throw_cancelled(run);
}

}  // namespace windlass::mixture
