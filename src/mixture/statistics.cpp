#include "statistics.hpp"

#include <cmath>

#include "core/error.hpp"
#include "covariance.hpp"
#include "em.hpp"

namespace windlass::mixture {
namespace {

constexpr int64_t head = 2;  // weight and log-likelihood

int64_t full_size(int64_t d) noexcept { return 1 + d + d * (d + 1) / 2; }

Layout layout_of(CovarianceType type, int64_t k, int64_t d) noexcept {
  return kernels().forms[int(type)].layout(d, k);
}

// About a centre that is `by` further on: t' = t - by.
void move_centre(double *s, int64_t d, bool matrix, const double *by) noexcept {
  double *s1 = s + 1, *S = s1 + d;
  for (int64_t i = 0; i < d; i++)
    for (int64_t j = matrix ? 0 : i; j <= i; j++)
      *S++ += s[0] * by[i] * by[j] - s1[i] * by[j] - by[i] * s1[j];
  for (int64_t j = 0; j < d; j++) s1[j] -= s[0] * by[j];
}

}  // namespace

int64_t Statistics::size(CovarianceType type, int64_t k, int64_t d) noexcept {
  const bool whole = covariance_of(type).needs_whole();
  return head + k * layout_of(type, k, d).statistics + (whole ? full_size(d) : 0);
}

Statistics::Statistics(const Parameters &p)
    : parameters(p), values(static_cast<size_t>(size(p.type, p.k, p.d))) {}

bool Statistics::add(Run &run, const Samples &samples) {
  const int64_t k = parameters.k, d = parameters.d;
  const bool whole = covariance_of(parameters.type).needs_whole();
  // the covariance of all rows less that of the means cancels
  const Precision precision = whole ? Precision::twice : Precision::of_samples;
  std::vector<double> of_samples(values.size());
  Em em(run, samples, k, parameters.type, 1, precision);
  if (!em.collect(parameters, of_samples.data() + 1)) return false;
  of_samples[0] = em.tiles().total_weight();
  if (whole) {
    Em all(run, samples, 1, CovarianceType::full, 1, precision);
    double *sums = of_samples.data() + of_samples.size() - full_size(d);
    if (!all.collect_all(parameters.means.data(), sums)) return false;
  }
  for (size_t i = 0; i < values.size(); i++) values[i] += of_samples[i];
  return true;
}

void Statistics::add(const Statistics &other) noexcept {
  for (size_t i = 0; i < values.size(); i++) values[i] += other.values[i];
}

void Statistics::scale(double factor) noexcept {
  for (double &value : values) value *= factor;
}

void Statistics::move_to(const Parameters &p) {
  const int64_t d = p.d, size = layout_of(p.type, p.k, d).statistics;
  std::vector<double> by(static_cast<size_t>(d));
  for (int64_t c = p.k - 1; c >= 0; c--) {
    for (int64_t j = 0; j < d; j++)
      by[size_t(j)] = p.means[size_t(c * d + j)] - parameters.means[size_t(c * d + j)];
    double *s = values.data() + head + c * size;
    if (p.type == CovarianceType::tied) {
      for (int64_t j = 0; j < d; j++) s[1 + j] -= s[0] * by[size_t(j)];
    } else {
      move_centre(s, d, p.type == CovarianceType::full, by.data());
    }
  }
  // `by` is that of component 0 now
  if (covariance_of(p.type).needs_whole())
    move_centre(values.data() + values.size() - full_size(d), d, true, by.data());
  parameters = p;
}

bool Statistics::maximise(Run &run, double reg_covar, Parameters &to) const {
  const int64_t k = parameters.k, d = parameters.d;
  if (!(weight() > 0))
    throw Error(WDL_BAD_ARGUMENT, -1, "the statistics are of no rows of positive weight");
  const Layout layout = layout_of(parameters.type, k, d);
  Whole whole;
  if (covariance_of(parameters.type).needs_whole()) {
    Parameters one(1, d);
    const double *sums = values.data() + values.size() - full_size(d);
    const Layout full = layout_of(CovarianceType::full, 1, d);
    maximise_sums({full, sums, parameters.means.data(), d, nullptr}, 0, one);
    whole = {weight(), one.means, one.covariances};
  }
  maximise_sums({layout, values.data() + head, parameters.means.data(), d, &whole}, reg_covar, to);
  return factor_covariances(run, to);
}

bool are_statistics(std::span<const double> values, const Parameters &p) noexcept {
  if (int64_t(values.size()) != Statistics::size(p.type, p.k, p.d)) return false;
  for (const double value : values)
    if (!std::isfinite(value)) return false;
  const int64_t size = layout_of(p.type, p.k, p.d).statistics;
  for (int64_t c = 0; c < p.k; c++)
    if (values[size_t(head + c * size)] < 0) return false;
  return values[0] >= 0;
}

bool same_parameters(const Parameters &a, const Parameters &b) noexcept {
  return a.type == b.type && a.k == b.k && a.d == b.d && a.weights == b.weights &&
         a.means == b.means && a.covariances == b.covariances;
}

}  // namespace windlass::mixture
