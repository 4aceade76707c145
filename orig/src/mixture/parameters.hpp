// The parameters of a mixture of k Gaussians in d dimensions, and their Cholesky factors.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels.hpp"

namespace windlass::mixture {

// C order. covariances and precisions_cholesky by type, as in scikit-learn:
//   full       (k, d, d), precisions_cholesky[c] upper triangular, U U^T = covariances[c]^-1
//   tied       (d, d), the same once
//   diag       (k, d), inverse roots
//   spherical  (k,), inverse roots
struct Parameters {
  CovarianceType type = CovarianceType::full;
  int64_t k = 0, d = 0;
  std::vector<double> weights, means, covariances, precisions_cholesky;

  Parameters() = default;
  // Zeros; throws std::bad_alloc for sizes that cannot exist.
  Parameters(int64_t k, int64_t d, CovarianceType type = CovarianceType::full);
};

// log weight - log sqrt det(2 pi covariance): what is added to -|U^T (x - mean)|^2 / 2.
double log_offset(const Parameters &, int64_t component);

}  // namespace windlass::mixture
