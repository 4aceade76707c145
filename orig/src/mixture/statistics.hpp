// Sufficient statistics of an expectation step: what pieces of the data, on many machines, send to
// one that makes the maximisation step (federated and streaming expectation-maximisation).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/run.hpp"
#include "parameters.hpp"
#include "tiles.hpp"

namespace windlass::mixture {

struct Statistics {
  Parameters parameters;  // under which the responsibilities are taken; k is 0 before there are any
  // The rows' weight, their log-likelihood, each component's statistics about its mean (Layout);
  // tied: of all rows about the mean of component 0, as of one with a full covariance.
  std::vector<double> values;

  Statistics() = default;
  explicit Statistics(const Parameters &);

  static int64_t size(CovarianceType, int64_t k, int64_t d) noexcept;
  // Adds those of samples. False: stopped, and nothing added. Throws WDL_BAD_DATA.
  bool add(Run &, const Samples &);
  // Of two under the same parameters.
  void add(const Statistics &) noexcept;
  void scale(double factor) noexcept;
  // Under other parameters' centres; their number and type are the same.
  void move_to(const Parameters &);
  // The maximisation step, factors included. False: stopped. Throws WDL_BAD_DATA.
  bool maximise(Run &, double reg_covar, Parameters &to) const;

  double weight() const noexcept { return values[0]; }
  double log_likelihood() const noexcept { return values[1]; }
};

// Whether values can be Statistics::values under parameters.
bool are_statistics(std::span<const double> values, const Parameters &) noexcept;
bool same_parameters(const Parameters &, const Parameters &) noexcept;

}  // namespace windlass::mixture
