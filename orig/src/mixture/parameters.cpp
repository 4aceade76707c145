#include "parameters.hpp"

#include <cmath>
#include <new>

#include "core/error.hpp"
#include "covariance.hpp"
#include "parameter_properties.hpp"

namespace windlass::mixture {

Parameters::Parameters(int64_t components, int64_t dimensions, CovarianceType covariance_type)
    : type(covariance_type), k(components), d(dimensions) {
  if (double(k) * double(d) * double(d) > 1e15) throw std::bad_alloc();
  const auto size = size_t(covariance_of(type).shape(k, d).size());
  weights.resize(size_t(k));
  means.resize(size_t(k * d));
  covariances.resize(size);
  precisions_cholesky.resize(size);
}

bool is_distribution(const double *weights, int64_t k) noexcept {
  double sum = 0;
  for (int64_t c = 0; c < k; c++) {
    if (!(weights[c] >= 0)) return false;
    sum += weights[c];
  }
  return std::fabs(sum - 1) <= 1e-6;  // what a caller that computes in single precision is off by
}

void complete_loaded(Parameters &p, int32_t type, int64_t features) {
  const size_t k = p.weights.size(), d = size_t(features);
  p.type = CovarianceType(type);
  const Covariance &form = covariance_of(p.type);
  const bool fits = k && d && p.means.size() / d == k && p.means.size() == k * d &&
                    (p.type != CovarianceType::full || p.covariances.size() / d == k * d) &&
                    (p.type != CovarianceType::tied || p.covariances.size() / d == d) &&
                    p.covariances.size() == size_t(form.shape(int64_t(k), features).size()) &&
                    p.precisions_cholesky.size() == p.covariances.size() &&
                    is_distribution(p.weights.data(), int64_t(k)) &&
                    form.are_factors(p.precisions_cholesky.data(), int64_t(k), features);
  if (!fits)
    throw Error(WDL_BAD_DATA, 1,
                "data is not a saved object: the parameters of a mixture do not fit together");
  p.k = int64_t(k), p.d = features;
}

double log_offset(const Parameters &p, int64_t c) {
  const double log_2pi = 1.8378770664093454836;
  return std::log(p.weights[size_t(c)]) + covariance_of(p.type).log_det(p, c) -
         0.5 * double(p.d) * log_2pi;
}

}  // namespace windlass::mixture
