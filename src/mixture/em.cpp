#include "em.hpp"

#include <atomic>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace windlass::mixture {
namespace {

constexpr double ten_eps = 10 * std::numeric_limits<double>::epsilon();

void weigh(const double *weights_or_null, int64_t k, Tile &tile) {
  if (!weights_or_null) return;
  for (int64_t c = 0; c < k; c++)
    for (int64_t i = 0; i < tile.rows; i++) {
      double &r = tile.p[c * tile_rows + i];
      r = weights_or_null[i] > 0 ? r * weights_or_null[i] : 0.0;
    }
}

// Column of the first value of a row that is not finite or negative, or -1.
int64_t bad_column(const Matrix &responsibilities, int64_t row) {
  for (int64_t c = 0; c < responsibilities.columns; c++) {
    const double r = responsibilities.get<double>(row, c);
    if (!(r >= 0 && std::isfinite(r))) return c;
  }
  return -1;
}

[[noreturn]] void throw_bad_responsibility(const Samples &samples, const Matrix &responsibilities,
                                           int32_t argument) {
  for (int64_t i = 0; i < responsibilities.rows; i++) {
    const int64_t c = bad_column(responsibilities, i);
    if (c >= 0 && samples.counts(i))
      throw Error(WDL_BAD_DATA, argument,
                  "responsibilities[" + std::to_string(i) + ", " + std::to_string(c) + "] is " +
                      number_text(responsibilities.get<double>(i, c)) +
                      ", expected a finite value not below 0",
                  i, c);
  }
  throw Error(WDL_BAD_DATA, argument, "responsibilities changed during the call");
}

}  // namespace

void pack_parameters(const Tiles &tiles, const Parameters &p, double *packed) {
  const Layout &s = tiles.layout();
  for (int64_t c = 0; c < s.k; c++)
    tiles.kernels().pack_component(s, log_offset(p, c), p.means.data() + c * s.d,
                                   p.precisions_cholesky.data() + c * s.d * s.d,
                                   packed + c * s.parameters);
}

Em::Em(Run &run, const Samples &samples, int64_t k)
    : run_(run),
      tiles_(run, samples, k, Tiles::Use::moments),
      statistics_size_(k * tiles_.layout().statistics),
      slots_(slot_count(tiles_.count(), double(slot_size()), tiles_.layout())),
      packed_(k * tiles_.layout().parameters),
      centres_(k * tiles_.layout().centre),
      slot_data_(slots_ * slot_size()),
      scratch_(size_t(run.workers() * samples.x.columns * samples.x.columns)) {}

// Every slot's statistics about the centres, added up into the first one's. respond(tile, index,
// worker, looks, &log_likelihood) prepares a tile for moments, or moments_given; false: stopped.
template <class Respond>
bool Em::pass(bool given, Respond respond) {
  const Layout &s = tiles_.layout();
  const auto moments = given ? tiles_.kernels().moments_given : tiles_.kernels().moments;
  const int64_t tiles = tiles_.count(), accumulators = s.k * s.accumulator;
  std::atomic<bool> stopped{false};
  tiles_.begin();
  parallel_for(run_, slots_, [&](int64_t slot, int worker) {
    double *sums = tiles_.accumulators(worker), *out = slot_data_.get() + slot * slot_size();
    for (int64_t i = 0; i < accumulators; i++) sums[i] = 0;
    double log_likelihood = 0;
    Looks looks(run_, s);
    for (int64_t t = tiles * slot / slots_; t < tiles * (slot + 1) / slots_; t++) {
      if (stopped.load(std::memory_order_relaxed) || looks.stopped()) {
        stopped.store(true, std::memory_order_relaxed);
        return;
      }
      if (tiles_.rejected_before(t * tile_rows)) return;
      Tile tile;
      if (!tiles_.load(t, worker, tile)) continue;
      const bool go = respond(tile, t, worker, looks, log_likelihood) &&
                      looks.components([&](int64_t first, int64_t last) {
                        moments(s, centres_.get(), first, last, tile, sums);
                      });
      if (!go) {
        stopped.store(true, std::memory_order_relaxed);
        return;
      }
    }
    out[0] = log_likelihood;
    tiles_.kernels().flush(s, sums, out + 1);
  });
  tiles_.throw_if_rejected();
  return !stopped.load(std::memory_order_relaxed) && add_slots();
}

// The tree's shape is the number of slots; it is cut by entry for the threads.
bool Em::add_slots() {
  const int64_t size = slot_size(), pieces = 1 + size * slots_ / 65536;
  double *data = slot_data_.get();
  std::atomic<bool> stopped{false};
  parallel_for(run_, pieces, [&](int64_t piece, int) {
    if (pieces > 1 && run_.stop_requested()) return stopped.store(true, std::memory_order_relaxed);
    const int64_t first = size * piece / pieces, last = size * (piece + 1) / pieces;
    reduce_tree(slots_, [&](int64_t to, int64_t from) {
      for (int64_t i = first; i < last; i++) data[to * size + i] += data[from * size + i];
    });
  });
  return !stopped.load(std::memory_order_relaxed);
}

void Em::set_centres(const double *means) {
  const Layout &s = tiles_.layout();
  for (int64_t c = 0; c < s.k; c++)
    for (int64_t j = 0; j < s.centre; j++)
      centres_.get()[c * s.centre + j] = j < s.d ? means[c * s.d + j] : 0.0;
}

// One centre for all: the mean of 64 rows, summed about the first so that a constant column has
// itself as centre.
void Em::centre_on_samples(std::vector<double> &means) const {
  const Samples &samples = tiles_.samples();
  const int64_t n = samples.x.rows, d = samples.x.columns, rows = n < 64 ? n : 64;
  const auto x = [&](int64_t i, int64_t j) { return value(samples.x, i, j); };
  for (int64_t j = 0; j < d; j++) {
    double origin = 0, sum = 0;
    int64_t count = 0;
    for (int64_t r = 0; r < rows; r++) {
      const int64_t i = r * (n / rows);
      if (!samples.counts(i)) continue;
      if (!count++) origin = x(i, j);
      sum += x(i, j) - origin;
    }
    const double centre = count ? origin + sum / double(count) : 0.0;
    means[size_t(j)] = std::isfinite(centre) ? centre : 0.0;
  }
  for (size_t i = size_t(d); i < means.size(); i++) means[i] = means[i - size_t(d)];
}

// With s0, s1, S about the centre c, nk = s0 + 10 eps and delta the mean less c:
//   delta = (s1 - 10 eps c) / nk,
//   covariance = (S - s1 delta^T - delta s1^T + s0 delta delta^T) / nk + reg_covar I,
// which is scikit-learn's, a component without weight included. False: a centre was so far off
// that the difference lost digits.
bool Em::to_parameters(double reg_covar, Parameters &to) {
  constexpr double far = 1e4;  // delta^2 / variance: 4 of 16 digits
  const Layout &s = tiles_.layout();
  const int64_t d = s.d;
  bool near = true;
  double total = 0;
  for (int64_t c = 0; c < s.k; c++) {
    const double *s0 = slot_data_.get() + 1 + c * s.statistics, *s1 = s0 + 1, *S = s1 + d;
    const double *centre = centres_.get() + c * s.centre, nk = *s0 + ten_eps;
    double *mean = to.means.data() + c * d, *covariance = to.covariances.data() + c * d * d;
    to.weights[size_t(c)] = nk;
    total += nk;
    for (int64_t j = 0; j < d; j++) mean[j] = (s1[j] - ten_eps * centre[j]) / nk;  // delta
    for (int64_t i = 0; i < d; i++) {
      for (int64_t j = 0; j <= i; j++) {
        const double a = (*S++ - s1[i] * mean[j] - mean[i] * s1[j] + *s0 * mean[i] * mean[j]) / nk;
        covariance[i * d + j] = covariance[j * d + i] = a;
      }
      covariance[i * d + i] += reg_covar;
      const bool seen = std::fabs(mean[i]) > 1e-12 * std::fabs(centre[i]);
      if (seen && mean[i] * mean[i] > far * covariance[i * d + i]) near = false;
    }
    for (int64_t j = 0; j < d; j++) mean[j] += centre[j];
  }
  for (double &w : to.weights) w /= total;
  weight_sum_ = total;
  return near;
}

template <class Respond>
bool Em::estimate(bool given, Respond respond, double reg_covar, Parameters &to) {
  if (!pass(given, respond)) return false;
  if (to_parameters(reg_covar, to)) return true;
  set_centres(to.means.data());
  if (!pass(given, respond)) return false;
  to_parameters(reg_covar, to);
  return true;
}

bool Em::iterate(const Parameters &from, double reg_covar, Parameters &to, double &bound) {
  pack_parameters(tiles_, from, packed_.get());
  const auto respond = [&](Tile &tile, int64_t t, int worker, Looks &looks, double &sum) {
    const Layout &s = tiles_.layout();
    const bool go = looks.components([&](int64_t first, int64_t last) {
      tiles_.kernels().log_densities(s, packed_.get(), first, last, tile);
    });
    if (!go) return false;
    const double *weights = tiles_.weights(worker);
    const double part = tiles_.kernels().soften(s, weights, tile);
    if (weights || !(part > underflowed)) tiles_.reject_underflowed(t, tile);
    sum += part;
    return true;
  };
  set_centres(from.means.data());
  if (!estimate(false, respond, reg_covar, to) || !factor(to)) return false;
  bound = slot_data_.get()[0] / tiles_.total_weight();
  return true;
}

bool Em::maximise(const Matrix &responsibilities, int32_t argument, double reg_covar,
                  Parameters &to) {
  const Layout &s = tiles_.layout();
  std::atomic<bool> bad{false};
  centre_on_samples(to.means);
  set_centres(to.means.data());
  const auto respond = [&](Tile &tile, int64_t t, int worker, Looks &, double &) {
    if (!tiles_.kernels().pack_responsibilities(s, tiles_.source(responsibilities, t), tile))
      bad.store(true, std::memory_order_relaxed);
    weigh(tiles_.weights(worker), s.k, tile);
    return true;
  };
  const bool done = estimate(true, respond, reg_covar, to);
  if (bad.load()) throw_bad_responsibility(tiles_.samples(), responsibilities, argument);
  return done;
}

bool Em::maximise_random(uint64_t seed, uint32_t stream, double reg_covar, Parameters &to) {
  const Layout &s = tiles_.layout();
  centre_on_samples(to.means);
  set_centres(to.means.data());
  const auto respond = [&](Tile &tile, int64_t t, int worker, Looks &, double &) {
    tiles_.kernels().random_responsibilities(s, seed, stream, t * tile_rows, tile);
    weigh(tiles_.weights(worker), s.k, tile);
    return true;
  };
  return estimate(true, respond, reg_covar, to);
}

void Em::maximise_rows(const std::vector<int64_t> &rows, double reg_covar, Parameters &to) {
  const Layout &s = tiles_.layout();
  const Samples &samples = tiles_.samples();
  for (int64_t c = 0; c < s.k; c++)
    for (int64_t j = 0; j < s.d; j++) {
      const double x = value(samples.x, rows[size_t(c)], j);
      if (!std::isfinite(x)) throw_not_finite(samples, rows[size_t(c)], j);
      to.means[size_t(c * s.d + j)] = x;
    }
  set_centres(to.means.data());
  for (int64_t i = 0; i < slot_size(); i++) slot_data_.get()[i] = 0;
  for (int64_t c = 0; c < s.k; c++)
    slot_data_.get()[1 + c * s.statistics] = samples.weight(rows[size_t(c)]);
  to_parameters(reg_covar, to);
}

void m_step(Run &run, const Samples &samples, const Matrix &responsibilities, int32_t argument,
            double reg_covar, Parameters &out) {
  Em em(run, samples, responsibilities.columns);
  if (!em.maximise(responsibilities, argument, reg_covar, out)) throw_cancelled(run);
  for (size_t i = 0; i < out.covariances.size(); i++)
    if (!std::isfinite(out.covariances[i])) {
      const int64_t component = int64_t(i) / (out.d * out.d);
      throw Error(WDL_BAD_DATA, samples.argument,
                  "the covariance of component " + std::to_string(component) +
                      " is beyond double precision: scale x",
                  component);
    }
}

}  // namespace windlass::mixture
