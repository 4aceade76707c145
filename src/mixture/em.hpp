// Expectation-maximisation for Gaussian mixtures (Dempster, Laird, Rubin 1977, doi
// 10.1111/j.2517-6161.1977.tb01600.x). One pass reads x once, tile by tile; the responsibilities of
// a tile are used and forgotten. With full covariances an iteration of n rows costs
// 2 n k (d + 1) (d + 2) flops (diag 8 n k d) and n (k + 1) exponentials or logarithms, and reads
// n d values.
#pragma once
#include <cstdint>
#include <vector>

#include "core/array.hpp"
#include "core/run.hpp"
#include "covariance.hpp"
#include "parameters.hpp"
#include "tiles.hpp"

namespace windlass::mixture {

// Everything that the iterations of one call share; the constructor allocates all of it. Every
// method answers false when the run was stopped: nothing can be said then.
class Em {
 public:
  Em(Run &, const Samples &, int64_t k, CovarianceType = CovarianceType::full);

  // One iteration: to <- the parameters that maximise the expected log-likelihood under from, as
  // in scikit-learn (weights renormalised, 10 eps added to each component's weight, reg_covar to
  // the diagonals); bound <- the mean log-likelihood of from. Throws WDL_BAD_DATA.
  bool iterate(const Parameters &from, double reg_covar, Parameters &to, double &bound);

  // The maximisation step alone; precisions_cholesky is not computed. The matrix is n x k, f64.
  bool maximise(const Matrix &responsibilities, int32_t argument, double reg_covar, Parameters &to);
  // The same for responsibilities that are Dirichlet(1, ..., 1) in each row.
  bool maximise_random(uint64_t seed, uint32_t stream, double reg_covar, Parameters &to);
  // The same for k rows with responsibility 1 for one component each and no others.
  bool maximise_rows(const std::vector<int64_t> &rows, double reg_covar, Parameters &to);

  bool factor(Parameters &p) { return covariance_.factor(run_, p, scratch_, {}); }
  std::vector<double> &scratch() noexcept { return scratch_; }
  // The sum of the components' weights before it was made 1 in the step done last.
  double weight_sum() const noexcept { return weight_sum_; }
  const Tiles &tiles() const noexcept { return tiles_; }

 private:
  template <class Respond>
  bool pass(bool given, Respond respond);
  template <class Respond>
  bool estimate(bool given, Respond respond, double reg_covar, Parameters &to);
  bool add_slots();
  void set_centres(const double *means);
  void centre_on_samples(std::vector<double> &means) const;
  bool to_parameters(double reg_covar, Parameters &to);
  bool find_whole();
  int64_t slot_size() const noexcept { return statistics_size_ + 1; }

  Run &run_;
  const Covariance &covariance_;
  Tiles tiles_;
  Whole whole_;  // where the covariances need it
  int64_t statistics_size_, slots_;
  double weight_sum_ = 0;
  // a slot: the log-likelihood, then each component's statistics
  AlignedDoubles packed_, centres_, slot_data_;
  std::vector<double> scratch_;
};

// For Form::log_densities: Layout::parameters doubles.
void pack_parameters(const Tiles &, const Parameters &, double *packed);

// weights (summing to 1), means and covariances; precisions_cholesky is left alone.
void m_step(Run &, const Samples &, const Matrix &responsibilities, int32_t argument,
            double reg_covar, Parameters &out);

}  // namespace windlass::mixture
