// What the type of the covariances decides, but for the kernels (Form in kernels.hpp). A further
// type is a class here, a form there and a name in the list.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/run.hpp"
#include "kernels.hpp"
#include "parameters.hpp"

namespace windlass::mixture {

// Where a matrix came from, for the error that names its component.
struct Origin {
  int32_t argument = -1;
  const char *given = nullptr;  // "covariances"; nullptr: estimated from the data
};

struct Shape {
  int ndim;
  int64_t extents[3];

  int64_t size() const noexcept;
  std::span<const int64_t> span() const noexcept { return {extents, size_t(ndim)}; }
};

struct Entry {
  int64_t component, row, column;
};

// Of all rows.
struct Whole {
  double weight = 0;
  std::vector<double> mean, covariance;
};

// What covariances are estimated from. to.weights holds the components' weights nk and to.means
// the differences delta of means and centres.
struct Sums {
  const Layout &layout;
  const double *statistics, *centres;
  int64_t centre_stride;
  const Whole *whole;  // where needs_whole()
  double far = 1e4;    // delta^2 / variance: 4 of the statistics' digits are lost

  const double *of(int64_t c) const noexcept { return statistics + c * layout.statistics; }
  const double *centre(int64_t c) const noexcept { return centres + c * centre_stride; }
};

class Covariance {
 public:
  // Of the arrays of covariances, precisions and their factors.
  virtual Shape shape(int64_t k, int64_t d) const noexcept = 0;
  virtual bool needs_whole() const noexcept { return false; }
  // to.covariances, reg_covar added to the diagonals. False: a centre was so far off that the
  // differences lost digits.
  virtual bool estimate(const Sums &, double reg_covar, Parameters &to) const = 0;
  // precisions_cholesky from covariances (of matrices the upper triangles). False: stopped. Throws
  // WDL_BAD_DATA, position {component, -1}, for what is not positive definite.
  virtual bool factor(Run &, Parameters &, std::vector<double> &scratch, const Origin &) const = 0;
  // precisions_cholesky and covariances from precisions.
  virtual bool factor_precisions(Run &, const double *precisions, Parameters &,
                                 std::vector<double> &scratch, const Origin &) const = 0;
  // log det of a component's precisions_cholesky.
  virtual double log_det(const Parameters &, int64_t c) const noexcept = 0;
  // Roots R of the covariances R^T R, in their shape. -1, or the first that is not positive
  // definite.
  virtual int64_t roots(const Parameters &, std::vector<double> &) const = 0;
  // x += z R[row i], of dimension i's random number.
  virtual void spread(const double *roots, int64_t c, int64_t d, int64_t i, double z,
                      double *x) const noexcept = 0;
  // Whether arrays of this shape are what precisions_cholesky can be.
  virtual bool are_factors(const double *u, int64_t k, int64_t d) const noexcept = 0;
  // The first entry of what is given that is not as its mirror image: {-1, 0, 0}: none.
  virtual Entry asymmetric(const double *, int64_t, int64_t) const noexcept { return {-1, 0, 0}; }

 protected:
  ~Covariance() = default;
};

const Covariance &covariance_of(CovarianceType) noexcept;

// The maximisation step, but for precisions_cholesky: with s0 and s1 about the centre c,
// nk = s0 + 10 eps, the mean less c is (s1 - 10 eps c) / nk. This is scikit-learn's, a component
// without weight included. Where all s0 sum to less than 1, 10 eps is of their sum: weights may be
// of any size. False: a centre was so far off that the covariances lost digits.
bool maximise_sums(const Sums &, double reg_covar, Parameters &to);

// Covariance::factor with a scratch of its own.
bool factor_covariances(Run &, Parameters &, const Origin & = {});

}  // namespace windlass::mixture
