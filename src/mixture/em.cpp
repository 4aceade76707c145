#include "em.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace windlass::mixture {
namespace {

void weigh(const double *weights_or_null, int64_t k, Tile &tile) {
  if (!weights_or_null) return;
  double *p = tile.p;
  for (int64_t c = 0; c < k; c++)
    for (int64_t i = 0; i < tile.rows; i++) {
      double &r = p[c * tile_rows + i];
      r = weights_or_null[i] > 0 ? r * weights_or_null[i] : 0.0;
    }
}

// Responsibilities of 1 for the only component.
void belong(Tile &tile, const double *weights_or_null) {
  double *p = tile.p;
  for (int64_t i = 0; i < tile_rows; i++) p[i] = i < tile.rows ? 1.0 : 0.0;
  weigh(weights_or_null, 1, tile);
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

// Whether means lie so far apart, beside one covariance for all, that tiles of float would lose 4
// of its digits: it is the covariance of all rows less that of the means.
bool lies_wide(const Parameters &p) {
  for (int64_t j = 0; j < p.d; j++) {
    double centre = 0, between = 0;
    for (int64_t c = 0; c < p.k; c++) centre += p.weights[size_t(c)] * p.means[size_t(c * p.d + j)];
    for (int64_t c = 0; c < p.k; c++) {
      const double t = p.means[size_t(c * p.d + j)] - centre;
      between += p.weights[size_t(c)] * t * t;
    }
    if (between > 1e4 * p.covariances[size_t(j * p.d + j)]) return true;
  }
  return false;
}

}  // namespace

void pack_parameters(const Tiles &tiles, const Parameters &p, void *packed) {
  std::vector<double> offsets(static_cast<size_t>(p.k));
  for (int64_t c = 0; c < p.k; c++) offsets[size_t(c)] = log_offset(p, c);
  tiles.form().pack_parameters(tiles.layout(), tiles.frame(), offsets.data(), p.means.data(),
                               p.precisions_cholesky.data(), packed);
}

Em::Em(Run &run, const Samples &samples, int64_t k, CovarianceType type, int64_t mixtures,
       Precision precision)
    : run_(run),
      mixtures_(mixtures),
      covariance_(covariance_of(type)),
      passes_(run, samples, k, type, mixtures, precision),
      packed_(mixtures * layout().parameters),
      scratch_(size_t(run.workers() * samples.x.columns * samples.x.columns)) {
  if (tiles().single()) frame_samples();
}

// Of 64 rows, the median as origin and their distance from it as scale, so that squares neither
// overflow nor underflow. Spherical covariances need one scale.
void Em::frame_samples() {
  const Samples &samples = tiles().samples();
  const int64_t n = samples.x.rows, d = samples.x.columns, rows = n < 64 ? n : 64;
  std::vector<double> origin(static_cast<size_t>(d)), scale(origin), column;
  for (int64_t j = 0; j < d; j++) {
    column.clear();
    for (int64_t r = 0; r < rows; r++) {
      const int64_t i = r * (n / rows);
      const double x = value(samples.x, i, j);
      if (samples.counts(i) && std::isfinite(x)) column.push_back(x);
    }
    std::ranges::sort(column);
    double &median = origin[size_t(j)], spread = 0;
    if (!column.empty()) {
      median = column[column.size() / 2];
      spread = std::max(median - column.front(), column.back() - median);
    }
    scale[size_t(j)] = spread > 0 ? power_of_two_below(1 / spread) : 1;
  }
  if (tiles().type() == CovarianceType::spherical)
    std::ranges::fill(scale, *std::ranges::min_element(scale));
  passes_.tiles().set_frame(origin, scale);
}

Em &Em::twice() {
  if (!twice_)
    twice_ = std::make_unique<Em>(run_, tiles().samples(), layout().k, tiles().type(), mixtures_,
                                  Precision::twice);
  return *twice_;
}

// One centre for all: the mean of 64 rows, summed about the first so that a constant column has
// itself as centre.
void Em::centre_on_samples(std::vector<double> &means) const {
  const Samples &samples = tiles().samples();
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

bool Em::to_parameters(int64_t mixture, double reg_covar, Parameters &to) {
  const Sums sums = {layout(), passes_.statistics(mixture),   passes_.centres(mixture), layout().d,
                     &whole_,  tiles().single() ? 100.0 : 1e4};
  return maximise_sums(sums, reg_covar, to);
}

// A mixture of one component, whose responsibilities are 1.
bool Em::find_whole() {
  if (!covariance_.needs_whole() || whole_.weight > 0) return true;
  Em one(run_, tiles().samples(), 1, CovarianceType::full, 1, Precision::twice);
  one.passes_.tiles().round_as(tiles());  // their covariance less that of the means cancels
  Parameters all(1, layout().d);
  const bool done =
      one.maximise_given(0, all, [](Tile &tile, int64_t, int) { belong(tile, nullptr); });
  if (!done) return false;
  whole_ = {tiles().total_weight(), std::move(all.means), std::move(all.covariances)};
  return true;
}

template <class Respond>
bool Em::estimate(std::span<const Iteration> mixtures, bool given, Respond respond,
                  double reg_covar) {
  std::vector<int64_t> all, again;
  for (const Iteration &one : mixtures) all.push_back(one.mixture);
  if (!find_whole() || !passes_.run(all, given, respond)) return false;
  for (const Iteration &one : mixtures)
    if (!to_parameters(one.mixture, reg_covar, *one.to)) {
      passes_.set_centres(one.mixture, one.to->means.data());
      again.push_back(one.mixture);
    }
  if (again.empty()) return true;
  if (!passes_.run(again, given, respond)) return false;
  for (const Iteration &one : mixtures)
    if (std::find(again.begin(), again.end(), one.mixture) != again.end())
      to_parameters(one.mixture, reg_covar, *one.to);
  return true;
}

void Em::begin(int64_t mixture, const Parameters &from) {
  pack_parameters(tiles(), from, packed(mixture));
  passes_.set_centres(mixture, from.means.data());
  std::ranges::fill(passes_.lowest(mixture), Lowest{});
}

// The expectation step of a tile.
bool Em::expect(Tile &tile, int64_t index, int worker, Looks &looks, int64_t mixture, double &sum) {
  const Layout &s = layout();
  const bool go = looks.components([&](int64_t first, int64_t last) {
    tiles().form().log_densities(s, packed(mixture), first, last, tile);
  });
  if (!go) return false;
  const double *weights = tiles().weights(worker);
  const double part = tiles().arithmetic().soften(s, weights, tile);
  if (weights || !(part > tiles().underflowed())) passes_.tiles().reject_underflowed(index, tile);
  sum += part;
  return true;
}

bool Em::step(std::span<Iteration> mixtures, double reg_covar, bool find_lowest) {
  for (const Iteration &one : mixtures) begin(one.mixture, *one.from);
  const auto respond = [&](Tile &tile, int64_t t, int worker, Looks &looks, int64_t mixture,
                           int64_t slot, double &sum) {
    if (!expect(tile, t, worker, looks, mixture, sum)) return false;
    if (find_lowest) note_lowest(t, tile, passes_.lowest(mixture)[size_t(slot)]);
    return true;
  };
  if (!estimate(mixtures, false, respond, reg_covar)) return false;
  for (Iteration &one : mixtures)
    one.bound = passes_.log_likelihood(one.mixture) / tiles().total_weight();
  return true;
}

// Each mixture by itself, so that it is as it would be without the others.
bool Em::iterate(std::span<Iteration> mixtures, double reg_covar, bool find_lowest) {
  if (!tiles().single() || !covariance_.needs_whole())
    return step(mixtures, reg_covar, find_lowest);
  const auto end = std::stable_partition(mixtures.begin(), mixtures.end(),
                                         [](auto &one) { return !lies_wide(*one.from); });
  const std::span<Iteration> narrow(mixtures.begin(), end);
  if (!narrow.empty() && !step(narrow, reg_covar, find_lowest)) return false;
  const auto lost = std::stable_partition(narrow.begin(), narrow.end(),
                                          [](auto &one) { return !lies_wide(*one.to); });
  const std::span<Iteration> wide(mixtures.begin() + (lost - narrow.begin()), mixtures.end());
  if (!wide.empty() && !twice().step(wide, reg_covar, find_lowest)) return false;
  for (const Iteration &one : wide)
    std::ranges::copy(twice_->lowest(one.mixture), lowest(one.mixture).begin());
  return true;
}

bool Em::collect(const Parameters &from, double *out) {
  const int64_t mixture = 0;
  begin(mixture, from);
  const auto respond = [&](Tile &tile, int64_t t, int worker, Looks &looks, int64_t, int64_t,
                           double &sum) { return expect(tile, t, worker, looks, mixture, sum); };
  if (!passes_.run(std::span(&mixture, 1), false, respond)) return false;
  *out = passes_.log_likelihood(mixture);
  std::copy_n(passes_.statistics(mixture), passes_.statistics_size(), out + 1);
  return true;
}

bool Em::collect_all(const double *origin, double *out) {
  const int64_t mixture = 0;
  passes_.set_centres(mixture, origin);
  const auto respond = [&](Tile &tile, int64_t, int worker, Looks &, int64_t, int64_t, double &) {
    belong(tile, tiles().weights(worker));
    return true;
  };
  if (!passes_.run(std::span(&mixture, 1), true, respond)) return false;
  std::copy_n(passes_.statistics(mixture), passes_.statistics_size(), out);
  return true;
}

bool Em::iterate(const Parameters &from, double reg_covar, Parameters &to, double &bound) {
  Iteration one = {&from, &to, 0, 0};
  if (!iterate(std::span(&one, 1), reg_covar, false) || !factor(to)) return false;
  bound = one.bound;
  return true;
}

void Em::note_lowest(int64_t index, const Tile &tile, Lowest &lowest) const noexcept {
  for (int64_t i = 0; i < tile.rows; i++) {
    const int64_t row = index * tile_rows + i;
    const double density = tiles().highest(tile, i);
    if (density < lowest.density && tiles().samples().counts(row)) lowest = {density, row};
  }
}

// respond(tile, index, worker) fills in the responsibilities.
template <class Respond>
bool Em::maximise_given(double reg_covar, Parameters &to, Respond respond) {
  centre_on_samples(to.means);
  passes_.set_centres(0, to.means.data());
  const Iteration one = {nullptr, &to, 0, 0};
  const auto weighted = [&](Tile &tile, int64_t t, int worker, Looks &, int64_t, int64_t,
                            double &) {
    respond(tile, t, worker);
    weigh(tiles().weights(worker), layout().k, tile);
    return true;
  };
  return estimate(std::span(&one, 1), true, weighted, reg_covar);
}

bool Em::maximise(const Matrix &responsibilities, int32_t argument, double reg_covar,
                  Parameters &to) {
  if (tiles().single()) return twice().maximise(responsibilities, argument, reg_covar, to);
  std::atomic<bool> bad{false};
  const bool done = maximise_given(reg_covar, to, [&](Tile &tile, int64_t t, int) {
    const Source source = tiles().source(responsibilities, t);
    if (!tiles().kernels().pack_responsibilities(layout(), source, tile))
      bad.store(true, std::memory_order_relaxed);
  });
  if (bad.load()) throw_bad_responsibility(tiles().samples(), responsibilities, argument);
  return done;
}

bool Em::maximise_random(RandomRows distribution, uint64_t seed, uint32_t stream, double reg_covar,
                         Parameters &to) {
  if (tiles().single()) return twice().maximise_random(distribution, seed, stream, reg_covar, to);
  return maximise_given(reg_covar, to, [&](Tile &tile, int64_t t, int) {
    tiles().kernels().random_responsibilities(layout(), distribution, seed, stream, t * tile_rows,
                                              tile);
  });
}

bool Em::maximise_labels(const int32_t *labels, double reg_covar, Parameters &to) {
  if (tiles().single()) return twice().maximise_labels(labels, reg_covar, to);
  return maximise_given(reg_covar, to, [&](Tile &tile, int64_t t, int) {
    double *p = tile.p;
    for (int64_t c = 0; c < layout().k; c++)
      for (int64_t i = 0; i < tile_rows; i++)
        p[c * tile_rows + i] = i < tile.rows && labels[t * tile_rows + i] == c ? 1.0 : 0.0;
  });
}

bool Em::maximise_rows(const std::vector<int64_t> &rows, double reg_covar, Parameters &to) {
  if (!find_whole()) return false;
  const Layout &s = layout();
  const Samples &samples = tiles().samples();
  for (int64_t c = 0; c < s.k; c++)
    for (int64_t j = 0; j < s.d; j++) {
      const double x = value(samples.x, rows[size_t(c)], j);
      if (!std::isfinite(x)) throw_not_finite(samples, rows[size_t(c)], j);
      to.means[size_t(c * s.d + j)] = x;
    }
  passes_.set_centres(0, to.means.data());
  double *statistics = passes_.statistics(0);
  for (int64_t i = 0; i < passes_.statistics_size(); i++) statistics[i] = 0;
  for (int64_t c = 0; c < s.k; c++) statistics[c * s.statistics] = samples.weight(rows[size_t(c)]);
  to_parameters(0, reg_covar, to);
  const int64_t size = s.d * s.d;
  for (size_t i = 0; i < to.covariances.size() && !covariance_.needs_whole(); i++) {
    const bool diagonal = to.type != CovarianceType::full || int64_t(i) % size % (s.d + 1) == 0;
    to.covariances[i] = diagonal ? reg_covar : 0;  // of one row, which rounding must not decide
  }
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
