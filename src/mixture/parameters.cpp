#include "parameters.hpp"

#include <cmath>
#include <new>

#include "covariance.hpp"

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

double log_offset(const Parameters &p, int64_t c) {
  const double log_2pi = 1.8378770664093454836;
  return std::log(p.weights[size_t(c)]) + covariance_of(p.type).log_det(p, c) -
         0.5 * double(p.d) * log_2pi;
}

}  // namespace windlass::mixture
