// Components that starve: fewer than half a row's worth of weight, or a covariance that is not
// positive definite.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "em.hpp"

namespace windlass::mixture {

// error: a covariance that is not positive definite ends the fit, as in scikit-learn. reseed: the
// component goes on at the row of the lowest density, with the covariance that components have on
// average; drop: without it.
enum class Starving { error, reseed, drop };

class Starvation {
 public:
  Starvation(Starving policy, int64_t k) : policy_(policy), dropped_(size_t(k)) {}

  // Factors what a fit starts with; what is not positive definite becomes the covariance of all
  // rows before. False: stopped. Throws WDL_BAD_DATA where that is not positive definite, either.
  bool begin(Run &, Em &, double reg_covar, Parameters &to) const;
  // Factors what an iteration made of `from`, and mends it before. False: stopped. Throws
  // WDL_BAD_DATA where there is nothing to mend.
  bool factor(Em &, const Parameters &from, Parameters &to, std::span<const Lowest>);
  // Without the components that were dropped.
  Parameters kept(Parameters &&) const;

 private:
  void mend(const Samples &, const Parameters &from, Parameters &to, int64_t c);
  void reseed(const Samples &, const Parameters &from, Parameters &to, int64_t c);
  void drop(const Parameters &from, Parameters &to, int64_t c);
  int64_t live() const noexcept;

  Starving policy_;
  std::vector<char> dropped_;
  std::vector<int64_t> rows_;  // of the lowest densities, not used yet in this iteration
  int64_t reseeds_ = 0;
};

}  // namespace windlass::mixture
