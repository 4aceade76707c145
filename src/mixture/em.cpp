#include "em.hpp"

#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

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
  std::vector<double> offsets(static_cast<size_t>(p.k));
  for (int64_t c = 0; c < p.k; c++) offsets[size_t(c)] = log_offset(p, c);
  tiles.form().pack_parameters(tiles.layout(), offsets.data(), p.means.data(),
                               p.precisions_cholesky.data(), packed);
}

Em::Em(Run &run, const Samples &samples, int64_t k, CovarianceType type)
    : run_(run),
      covariance_(covariance_of(type)),
      tiles_(run, samples, k, type, Tiles::Use::moments),
      statistics_size_(k * tiles_.layout().statistics),
      slots_(slot_count(tiles_.count(), double(slot_size()), tiles_.layout())),
      packed_(tiles_.layout().parameters),
      centres_(k * tiles_.layout().centre),
      slot_data_(slots_ * slot_size()),
      scratch_(size_t(run.workers() * samples.x.columns * samples.x.columns)) {}

// Every slot's statistics about the centres, added up into the first one's. respond(tile, index,
// worker, looks, &log_likelihood) prepares a tile for moments, or moments_given; false: stopped.
template <class Respond>
bool Em::pass(bool given, Respond respond) {
  const Layout &s = tiles_.layout();
  const Form &form = tiles_.form();
  const auto moments = given ? form.moments_given : form.moments;
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
    form.flush(s, sums, out + 1);
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

// With s0 and s1 about the centre c, nk = s0 + 10 eps: the mean less c is (s1 - 10 eps c) / nk.
// This is scikit-learn's, a component without weight included. False: a centre was so far off that
// the covariances lost digits.
bool Em::to_parameters(double reg_covar, Parameters &to) {
  const Layout &s = tiles_.layout();
  const Sums sums = {s, slot_data_.get() + 1, centres_.get(), &whole_};
  weight_sum_ = 0;
  for (int64_t c = 0; c < s.k; c++) {
    const double *s0 = sums.of(c), *s1 = s0 + 1, nk = *s0 + ten_eps;
    to.weights[size_t(c)] = nk;
    weight_sum_ += nk;
    for (int64_t j = 0; j < s.d; j++)
      to.means[size_t(c * s.d + j)] = (s1[j] - ten_eps * sums.centre(c)[j]) / nk;
  }
  const bool near = covariance_.estimate(sums, reg_covar, to);
  for (int64_t c = 0; c < s.k; c++)
    for (int64_t j = 0; j < s.d; j++) to.means[size_t(c * s.d + j)] += sums.centre(c)[j];
  for (double &w : to.weights) w /= weight_sum_;
  return near;
}

// A mixture of one component, whose responsibilities are 1.
bool Em::find_whole() {
  if (!covariance_.needs_whole() || whole_.weight > 0) return true;
  Em one(run_, tiles_.samples(), 1);
  Parameters all(1, tiles_.layout().d);
  const auto respond = [&](Tile &tile, int64_t, int worker, Looks &, double &) {
    for (int64_t i = 0; i < tile_rows; i++) tile.p[i] = i < tile.rows ? 1.0 : 0.0;
    weigh(one.tiles_.weights(worker), 1, tile);
    return true;
  };
  one.centre_on_samples(all.means);
  one.set_centres(all.means.data());
  if (!one.estimate(true, respond, 0, all)) return false;
  whole_ = {tiles_.total_weight(), std::move(all.means), std::move(all.covariances)};
  return true;
}

template <class Respond>
bool Em::estimate(bool given, Respond respond, double reg_covar, Parameters &to) {
  if (!find_whole() || !pass(given, respond)) return false;
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
      tiles_.form().log_densities(s, packed_.get(), first, last, tile);
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

bool Em::maximise_rows(const std::vector<int64_t> &rows, double reg_covar, Parameters &to) {
  if (!find_whole()) return false;
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
  return true;
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
