// Where a fit starts from.
#pragma once
#include <cstdint>

#include "core/array.hpp"
#include "em.hpp"
#include "parameters.hpp"
#include "starving.hpp"

namespace windlass::mixture {

enum class Init { dirichlet, random_from_data, random, kmeans, plus_plus, responsibilities };

// dirichlet, random: responsibilities by RandomRows. random_from_data, plus_plus: k distinct rows,
// drawn evenly or by k-means++, with responsibility 1 for one component each. kmeans: the labels of
// k-means. What is given (C order, borrowed) replaces what the
// first maximisation step would make of them, as in scikit-learn; when all three are, there is no
// such step.
struct Start {
  Init init = Init::dirichlet;
  uint64_t seed = 0;
  Matrix responsibilities = {};  // n x k, f64; for Init::responsibilities
  const double *weights = nullptr, *means = nullptr, *precisions = nullptr;
  const Parameters *parameters = nullptr;  // all of them, factors included: nothing else is used
  double lower_bound = -__builtin_inf();   // of these, where it is known
  int32_t argument = -1;

  bool all_given() const noexcept { return parameters || (weights && means && precisions); }
  // Restarts that would all be the same are done once.
  bool repeatable() const noexcept { return !all_given() && init != Init::responsibilities; }
};

// Parameters to begin the iterations of restart `number` with. False: stopped.
bool initialise(Run &, Em &, const Start &, int64_t number, double reg_covar, const Starvation &,
                Parameters &);

}  // namespace windlass::mixture
