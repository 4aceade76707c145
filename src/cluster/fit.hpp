// Fitting k-means: starts, Lloyd's iterations of each, the best kept.
#pragma once
#include "bounds.hpp"

namespace windlass::cluster {

enum class Init : int32_t { plus_plus, random, given };

// Meanings are scikit-learn's.
struct Options {
  int64_t n_clusters = 8, max_iter = 300;
  int64_t n_init = 0;  // 0: 10 from random rows, else 1
  double tol = 1e-4;   // of the mean of the columns' variances
  Bounding bounding = Bounding::sometimes;
  Init init = Init::plus_plus;
  const double *centres = nullptr;  // k x d, where init is given
  uint64_t seed = 0;
  uint32_t stream = 0;  // of random numbers; those up to n_init more are used too
  bool reports = true;  // progress
};

struct FitResult {
  std::vector<double> centres;  // k x d
  std::vector<double> weights;  // of the rows of each
  std::vector<int32_t> labels;
  double inertia = 0;
  int64_t n_iter = 0;
  bool converged = false, stopped = false;
};

// Labels and inertia are those of the centres. Stopped: the best so far, with `stopped` set; before
// there are labels it throws WDL_CANCELLED. Throws WDL_BAD_DATA for x that is not finite,
// WDL_BAD_ARGUMENT for fewer rows than clusters and for given centres too far from x.
FitResult fit(Run &, const Samples &, const Options &);

}  // namespace windlass::cluster
