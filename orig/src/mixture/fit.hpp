// Fitting a mixture: restarts of expectation-maximisation, the best kept.
#pragma once
#include <cstdint>
#include <vector>

#include "core/run.hpp"
#include "parameters.hpp"
#include "start.hpp"
#include "starving.hpp"
#include "tiles.hpp"

namespace windlass::mixture {

// Meanings are scikit-learn's.
struct Options {
  int64_t n_components = 1;
  CovarianceType covariance_type = CovarianceType::full;
  double tol = 1e-3, reg_covar = 1e-6;
  int64_t max_iter = 100, n_init = 1;
  Starving starving = Starving::error;
};

struct FitResult {
  Parameters parameters;
  bool converged = false, stopped = false;
  int64_t n_iter = 0;
  double lower_bound = 0;            // mean log-likelihood before the last maximisation step
  std::vector<double> lower_bounds;  // of each iteration
};

// Stopped: the best so far, with `stopped` set; before the first iteration it throws
// WDL_CANCELLED. Throws WDL_BAD_DATA for x that is not finite and for a covariance that is not
// positive definite, WDL_BAD_ARGUMENT for fewer rows (of positive weight) than components.
FitResult fit(Run &, const Samples &, const Options &, const Start &);

}  // namespace windlass::mixture
