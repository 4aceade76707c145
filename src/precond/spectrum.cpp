#include "spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/aligned.hpp"
#include "sparse/kernels.hpp"
#include "sparse/operator.hpp"

namespace windlass::precond {
namespace {

using sparse::Mode;

// How many eigenvalues of the tridiagonal matrix are below x: the signs of the pivots of T - x I.
int64_t below(const std::vector<double> &alpha, const std::vector<double> &beta, double x) {
  int64_t count = 0;
  double pivot = 1;
  for (size_t i = 0; i < alpha.size(); i++) {
    pivot = alpha[i] - x - (i ? beta[i - 1] * beta[i - 1] / pivot : 0);
    if (pivot == 0) pivot = -1e-300;
    count += pivot < 0;
  }
  return count;
}

double greatest(const std::vector<double> &alpha, const std::vector<double> &beta) {
  double reach = 0;
  for (size_t i = 0; i < alpha.size(); i++)
    reach = std::max(reach,
                     std::abs(alpha[i]) + (i ? beta[i - 1] : 0) + (i < beta.size() ? beta[i] : 0));
  double low = -reach, high = reach;
  for (int i = 0; i < 60; i++) {
    const double middle = (low + high) / 2;
    (below(alpha, beta, middle) == int64_t(alpha.size()) ? high : low) = middle;
  }
  return high;
}

template <class T>
class Lanczos {
 public:
  Lanczos(Run &run, const sparse::Linear &a, const Real<T> *inverse)
      : run_(run), a_(a), n_(a.rows()), root_(n_), v_(n_), before_(n_), x_(n_), y_(n_) {
    for (int64_t i = 0; i < n_; i++) {
      root_[i] = T(inverse ? std::sqrt(inverse[i]) : Real<T>(1));
      v_[i] = T(Real<T>(0.5 + uniform(i)));
    }
  }

  double operator()(int64_t steps) {
    std::vector<double> alpha, beta;
    double length = std::sqrt(kernels_.norm2(n_, v_.get()));
    for (int64_t k = 0; k < std::min(steps, n_); k++) {
      if (!(length > 0) || !std::isfinite(length)) break;
      kernels_.scale(n_, Wide<T>(1 / length), v_.get());
      multiply();
      const double a = double(real(kernels_.dot(n_, v_.get(), y_.get())));
      if (k) {
        kernels_.axpy(n_, Wide<T>(-length), before_.get(), y_.get());
        beta.push_back(length);
      }
      alpha.push_back(a);
      kernels_.axpy(n_, Wide<T>(-a), v_.get(), y_.get());
      std::swap(before_, v_);
      std::swap(v_, y_);
      length = std::sqrt(kernels_.norm2(n_, v_.get()));
      if (length <= 1e-10 * std::abs(a)) break;
    }
    return alpha.empty() ? 0 : greatest(alpha, beta);
  }

 private:
  // The same start for any number of threads; not one that symmetry would make special.
  static double uniform(int64_t i) noexcept {
    const uint64_t mixed = (uint64_t(i) + 1) * 0x9e3779b97f4a7c15u;
    return double((mixed ^ mixed >> 29) >> 11) * 0x1p-53;
  }
  static wdl_array view(const Aligned<T> &v) noexcept {
    wdl_array a{};
    a.data = v.get(), a.dtype = dtype_of<T>(), a.ndim = 1;
    a.shape[0] = v.size(), a.stride[0] = sizeof(T);
    return a;
  }
  // y <- root A root v
  void multiply() {
    kernels_.multiply(n_, root_.get(), v_.get(), x_.get());
    sparse::apply(run_, a_, Mode::plain, view(x_), view(y_));
    kernels_.multiply(n_, root_.get(), y_.get(), y_.get());
  }

  Run &run_;
  const sparse::Linear &a_;
  int64_t n_;
  Aligned<T> root_, v_, before_, x_, y_;
  const sparse::VectorKernels<T> &kernels_ = sparse::vectors<T>();
};

}  // namespace

template <class T>
double greatest_eigenvalue(Run &run, const sparse::Linear &a, const Real<T> *inverse,
                           int64_t steps) {
  return Lanczos<T>(run, a, inverse)(steps);
}

template double greatest_eigenvalue<float>(Run &, const sparse::Linear &, const float *, int64_t);
template double greatest_eigenvalue<double>(Run &, const sparse::Linear &, const double *, int64_t);
template double greatest_eigenvalue<Complex<float>>(Run &, const sparse::Linear &, const float *,
                                                    int64_t);
template double greatest_eigenvalue<Complex<double>>(Run &, const sparse::Linear &, const double *,
                                                     int64_t);

}  // namespace windlass::precond
