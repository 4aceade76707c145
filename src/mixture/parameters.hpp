// The parameters of a mixture of k Gaussians in d dimensions, and their Cholesky factors.
#pragma once
#include <cstdint>
#include <vector>

#include "core/run.hpp"

namespace windlass::mixture {

// C order. precisions_cholesky[c] is upper triangular, U U^T = covariances[c]^-1, as in
// scikit-learn.
struct Parameters {
  int64_t k = 0, d = 0;
  std::vector<double> weights, means, covariances, precisions_cholesky;

  Parameters() = default;
  Parameters(int64_t k, int64_t d);  // zeros; throws std::bad_alloc for sizes that cannot exist
};

// Where a matrix came from, for the error that names its component.
struct Origin {
  int32_t argument = -1;
  const char *given = nullptr;  // "covariances"; nullptr: estimated from the data
};

// precisions_cholesky from covariances (upper triangles). False: stopped. Throws WDL_BAD_DATA,
// position {component, -1}, for one that is not positive definite. scratch grows to what is needed.
bool factor_covariances(Run &, Parameters &, std::vector<double> &scratch, const Origin &);
bool factor_covariances(Run &, Parameters &, const Origin & = {});
// precisions_cholesky and covariances from k precision matrices.
bool factor_precisions(Run &, const double *precisions, Parameters &, std::vector<double> &scratch,
                       const Origin & = {});

// log weight - log sqrt det(2 pi covariance): what is added to -|U^T (x - mean)|^2 / 2.
double log_offset(const Parameters &, int64_t component);

}  // namespace windlass::mixture
