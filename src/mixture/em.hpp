// Expectation-maximisation for Gaussian mixtures (Dempster, Laird, Rubin 1977, doi
// 10.1111/j.2517-6161.1977.tb01600.x). One pass reads x once, tile by tile; the responsibilities of
// a tile are used and forgotten. With full covariances an iteration of n rows costs
// 2 n k (d + 1) (d + 2) flops (diag 8 n k d) and n (k + 1) exponentials or logarithms, and reads
// n d values.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/array.hpp"
#include "core/run.hpp"
#include "covariance.hpp"
#include "parameters.hpp"
#include "passes.hpp"

namespace windlass::mixture {

// One iteration of one mixture, the mixtures numbered from 0: to <- the parameters that maximise
// the expected log-likelihood under from; bound <- the mean log-likelihood of from.
struct Iteration {
  const Parameters *from;
  Parameters *to;
  double bound;
  int64_t mixture;
};

// Everything that the iterations of one call share; the constructor allocates all that is large.
// Every method answers false when the run was stopped: nothing can be said then. M-steps are
// scikit-learn's (weights renormalised, 10 eps added to each component's weight, reg_covar to the
// diagonals); but where it is said, they leave precisions_cholesky to factor().
class Em {
 public:
  Em(Run &, const Samples &, int64_t k, CovarianceType = CovarianceType::full, int64_t mixtures = 1,
     Precision = Precision::of_samples);

  // Throws WDL_BAD_DATA. With find_lowest, lowest() knows the rows of lowest density afterwards.
  bool iterate(std::span<Iteration>, double reg_covar, bool find_lowest);
  // Mixture 0, and its factors.
  bool iterate(const Parameters &from, double reg_covar, Parameters &to, double &bound);

  // out <- the log-likelihood under `from` and its components' statistics about its means.
  bool collect(const Parameters &from, double *out);
  // Of one component of full covariance: out <- its statistics about the origin, all rows its own.
  bool collect_all(const double *origin, double *out);

  // The maximisation step alone. The matrix is n x k, f64.
  bool maximise(const Matrix &responsibilities, int32_t argument, double reg_covar, Parameters &to);
  // The same for random responsibilities.
  bool maximise_random(RandomRows, uint64_t seed, uint32_t stream, double reg_covar,
                       Parameters &to);
  // The same for rows that each belong to one component, or, with a label below 0, to none.
  bool maximise_labels(const int32_t *labels, double reg_covar, Parameters &to);
  // The same for k rows with responsibility 1 for one component each and no others.
  bool maximise_rows(const std::vector<int64_t> &rows, double reg_covar, Parameters &to);

  bool factor(Parameters &p) { return covariance_.factor(run_, p, scratch_, {}); }
  std::vector<double> &scratch() noexcept { return scratch_; }
  std::span<Lowest> lowest(int64_t mixture) noexcept { return passes_.lowest(mixture); }
  const Tiles &tiles() const noexcept { return passes_.tiles(); }
  const Layout &layout() const noexcept { return tiles().layout(); }

 private:
  template <class Respond>
  bool estimate(std::span<const Iteration>, bool given, Respond respond, double reg_covar);
  template <class Respond>
  bool maximise_given(double reg_covar, Parameters &to, Respond respond);
  void begin(int64_t mixture, const Parameters &from);
  bool expect(Tile &, int64_t index, int worker, Looks &, int64_t mixture, double &sum);
  void centre_on_samples(std::vector<double> &means) const;
  void frame_samples();
  // The same on tiles of double.
  Em &twice();
  bool step(std::span<Iteration>, double reg_covar, bool find_lowest);
  bool to_parameters(int64_t mixture, double reg_covar, Parameters &to);
  bool find_whole();
  void note_lowest(int64_t index, const Tile &, Lowest &) const noexcept;
  char *packed(int64_t mixture) const noexcept {
    return reinterpret_cast<char *>(packed_.get()) +
           mixture * layout().parameters * layout().scalar;
  }

  Run &run_;
  int64_t mixtures_;
  const Covariance &covariance_;
  Passes passes_;
  Whole whole_;  // where the covariances need it
  AlignedDoubles packed_;
  std::vector<double> scratch_;
  std::unique_ptr<Em> twice_;
};

// For Form::log_densities: Layout::parameters scalars.
void pack_parameters(const Tiles &, const Parameters &, void *packed);

// weights (summing to 1), means and covariances; precisions_cholesky is left alone.
void m_step(Run &, const Samples &, const Matrix &responsibilities, int32_t argument,
            double reg_covar, Parameters &out);

}  // namespace windlass::mixture
