#include "covariance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "factor.hpp"

namespace windlass::mixture {
namespace {

constexpr double symmetric_to = 1e-6;  // of the diagonal: as of single precision

// Whether a centre is near its mean: delta and the variance of one column.
bool is_near(double delta, double centre, double variance, double far) noexcept {
  return std::fabs(delta) <= 1e-12 * std::fabs(centre) || delta * delta <= far * variance;
}

bool is_mirrored(const double *a, int64_t d, int64_t i, int64_t j) noexcept {
  return std::fabs(a[i * d + j] - a[j * d + i]) <=
         symmetric_to * (std::fabs(a[i * d + i]) + std::fabs(a[j * d + j]));
}

// Matrices: one a component, or one for all.
class Matrices : public Covariance {
 public:
  bool factor(Run &run, Parameters &p, std::vector<double> &scratch,
              const Origin &origin) const final {
    return factor_matrices(run, count(p.k), p.d, p.covariances.data(), p.precisions_cholesky.data(),
                           scratch, origin);
  }
  bool factor_precisions(Run &run, const double *precisions, Parameters &p,
                         std::vector<double> &scratch, const Origin &origin) const final {
    return invert_matrices(run, count(p.k), p.d, precisions, p.precisions_cholesky.data(),
                           p.covariances.data(), scratch, origin);
  }
  double log_det(const Parameters &p, int64_t c) const noexcept final {
    const double *u = p.precisions_cholesky.data() + which(c) * p.d * p.d;
    double sum = 0;
    for (int64_t j = 0; j < p.d; j++) sum += std::log(u[j * p.d + j]);
    return sum;
  }
  int64_t roots(const Parameters &p, std::vector<double> &out) const final {
    out = p.covariances;
    for (int64_t c = 0; c < count(p.k); c++)
      if (kernels().cholesky(p.d, 0, p.d, out.data() + c * p.d * p.d) >= 0) return c;
    return -1;
  }
  void spread(const double *roots, int64_t c, int64_t d, int64_t i, double z,
              double *x) const noexcept final {
    const double *row = roots + (which(c) * d + i) * d;
    for (int64_t j = i; j < d; j++) x[j] += z * row[j];
  }
  // Upper triangles with a positive diagonal.
  bool are_factors(const double *u, int64_t k, int64_t d) const noexcept final {
    for (int64_t at = 0; at < count(k) * d * d; at++) {
      const int64_t i = at / d % d, j = at % d;
      if (i > j ? u[at] != 0 : i == j && !(u[at] > 0)) return false;
    }
    return true;
  }
  Entry asymmetric(const double *a, int64_t k, int64_t d) const noexcept final {
    for (int64_t c = 0; c < count(k); c++)
      for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < i; j++)
          if (!is_mirrored(a + c * d * d, d, i, j)) return {c, i, j};
    return {-1, 0, 0};
  }

 protected:
  virtual int64_t count(int64_t k) const noexcept = 0;
  virtual int64_t which(int64_t c) const noexcept = 0;
};

class Full final : public Matrices {
 public:
  Shape shape(int64_t k, int64_t d) const noexcept override { return {3, {k, d, d}}; }
  // (S - s1 delta^T - delta s1^T + s0 delta delta^T) / nk + reg_covar I
  bool estimate(const Sums &sums, double reg_covar, Parameters &to) const override {
    bool near = true;
    for (int64_t c = 0, d = to.d; c < to.k; c++) {
      const double *s0 = sums.of(c), *s1 = s0 + 1, *S = s1 + d, nk = to.weights[size_t(c)];
      const double *delta = to.means.data() + c * d;
      double *covariance = to.covariances.data() + c * d * d;
      for (int64_t i = 0; i < d; i++) {
        for (int64_t j = 0; j <= i; j++)
          covariance[i * d + j] = covariance[j * d + i] =
              (*S++ - s1[i] * delta[j] - delta[i] * s1[j] + *s0 * delta[i] * delta[j]) / nk;
        double &variance = covariance[i * d + i];
        variance += reg_covar;
        near = is_near(delta[i], sums.centre(c)[i], variance, sums.far) && near;
      }
    }
    return near;
  }

 protected:
  int64_t count(int64_t k) const noexcept override { return k; }
  int64_t which(int64_t c) const noexcept override { return c; }
};

class Tied final : public Matrices {
 public:
  Shape shape(int64_t, int64_t d) const noexcept override { return {2, {d, d}}; }
  bool needs_whole() const noexcept override { return true; }
  // The covariance of all rows less that of the means. Responsibilities that do not sum to 1 in
  // each row cannot tell: then that of all rows.
  bool estimate(const Sums &sums, double reg_covar, Parameters &to) const override {
    const int64_t d = to.d;
    const Whole &whole = *sums.whole;
    double total = 0;
    for (const double nk : to.weights) total += nk;
    const double part = std::fabs(total - whole.weight) <= 1e-6 * whole.weight ? 1 / total : 0;
    std::ranges::fill(to.covariances, 0.0);  // of the means
    for (int64_t c = 0; c < to.k; c++)
      for (int64_t i = 0; i<d && * sums.of(c)> 0; i++) {
        const double along = *sums.of(c) * part * off(sums, c, i);
        for (int64_t j = 0; j <= i; j++)
          to.covariances[size_t(i * d + j)] += along * off(sums, c, j);
      }
    for (int64_t i = 0; i < d; i++)
      for (int64_t j = 0; j <= i; j++) {
        double &a = to.covariances[size_t(i * d + j)];
        a = whole.covariance[size_t(i * d + j)] - a + (i == j ? reg_covar : 0);
        to.covariances[size_t(j * d + i)] = a;
      }
    return true;
  }

 protected:
  int64_t count(int64_t) const noexcept override { return 1; }
  int64_t which(int64_t) const noexcept override { return 0; }

 private:
  // The mean of the component's rows, which 10 eps has not drawn to 0, less that of all.
  static double off(const Sums &sums, int64_t c, int64_t j) noexcept {
    const double *s0 = sums.of(c), *s1 = s0 + 1;
    return sums.centre(c)[j] - sums.whole->mean[size_t(j)] + s1[j] / *s0;
  }
};

// Numbers: variances.
class Variances : public Covariance {
 public:
  bool factor(Run &, Parameters &p, std::vector<double> &, const Origin &origin) const final {
    const int64_t a_component = shape(1, p.d).size();
    for (size_t i = 0; i < p.covariances.size(); i++) {
      const double variance = p.covariances[i];
      if (!(variance > 0 && std::isfinite(variance)))
        throw_not_positive(origin, int64_t(i) / a_component, int64_t(i) % a_component, variance);
      p.precisions_cholesky[i] = 1 / std::sqrt(variance);
    }
    return true;
  }
  bool factor_precisions(Run &, const double *precisions, Parameters &p, std::vector<double> &,
                         const Origin &origin) const final {
    const int64_t a_component = shape(1, p.d).size();
    for (size_t i = 0; i < p.covariances.size(); i++) {
      if (!(precisions[i] > 0 && std::isfinite(precisions[i])))
        throw_not_positive(origin, int64_t(i) / a_component, int64_t(i) % a_component,
                           precisions[i]);
      p.precisions_cholesky[i] = std::sqrt(precisions[i]);
      p.covariances[i] = 1 / precisions[i];
    }
    return true;
  }
  int64_t roots(const Parameters &p, std::vector<double> &out) const final {
    out = p.covariances;
    for (size_t i = 0; i < out.size(); i++) {
      if (!(out[i] > 0)) return int64_t(i) / shape(1, p.d).size();
      out[i] = std::sqrt(out[i]);
    }
    return -1;
  }
  bool are_factors(const double *u, int64_t k, int64_t d) const noexcept final {
    for (int64_t i = 0; i < shape(k, d).size(); i++)
      if (!(u[i] > 0)) return false;
    return true;
  }

 protected:
  // Of column j of component c.
  static double variance(const Sums &sums, const Parameters &to, int64_t c, int64_t j) noexcept {
    const double *s0 = sums.of(c), *s1 = s0 + 1, *s2 = s1 + to.d;
    const double delta = to.means[size_t(c * to.d + j)];
    return (s2[j] - 2 * s1[j] * delta + *s0 * delta * delta) / to.weights[size_t(c)];
  }
};

class Diag final : public Variances {
 public:
  Shape shape(int64_t k, int64_t d) const noexcept override { return {2, {k, d}}; }
  bool estimate(const Sums &sums, double reg_covar, Parameters &to) const override {
    bool near = true;
    for (int64_t c = 0; c < to.k; c++)
      for (int64_t j = 0; j < to.d; j++) {
        const auto at = size_t(c * to.d + j);
        to.covariances[at] = variance(sums, to, c, j) + reg_covar;
        near = is_near(to.means[at], sums.centre(c)[j], to.covariances[at], sums.far) && near;
      }
    return near;
  }
  double log_det(const Parameters &p, int64_t c) const noexcept override {
    double sum = 0;
    for (int64_t j = 0; j < p.d; j++) sum += std::log(p.precisions_cholesky[size_t(c * p.d + j)]);
    return sum;
  }
  void spread(const double *roots, int64_t c, int64_t d, int64_t i, double z,
              double *x) const noexcept override {
    x[i] += z * roots[c * d + i];
  }
};

class Spherical final : public Variances {
 public:
  Shape shape(int64_t k, int64_t) const noexcept override { return {1, {k}}; }
  // The mean of the diagonals.
  bool estimate(const Sums &sums, double reg_covar, Parameters &to) const override {
    bool near = true;
    for (int64_t c = 0; c < to.k; c++) {
      double sum = 0;
      for (int64_t j = 0; j < to.d; j++) {
        const double a = variance(sums, to, c, j) + reg_covar;
        near = is_near(to.means[size_t(c * to.d + j)], sums.centre(c)[j], a, sums.far) && near;
        sum += a;
      }
      to.covariances[size_t(c)] = sum / double(to.d);
    }
    return near;
  }
  double log_det(const Parameters &p, int64_t c) const noexcept override {
    return double(p.d) * std::log(p.precisions_cholesky[size_t(c)]);
  }
  void spread(const double *roots, int64_t c, int64_t, int64_t i, double z,
              double *x) const noexcept override {
    x[i] += z * roots[c];
  }
};

constinit const Full full;
constinit const Tied tied;
constinit const Diag diag;
constinit const Spherical spherical;

}  // namespace

int64_t Shape::size() const noexcept {
  int64_t n = 1;
  for (int i = 0; i < ndim; i++) n *= extents[i];
  return n;
}

const Covariance &covariance_of(CovarianceType type) noexcept {
  const Covariance *const all[covariance_types] = {&full, &tied, &diag, &spherical};
  return *all[int(type)];
}

bool maximise_sums(const Sums &sums, double reg_covar, Parameters &to) {
  double weight_sum = 0;
  for (int64_t c = 0; c < to.k; c++) weight_sum += *sums.of(c);
  const double least = weight_sum > 0 && weight_sum < 1 ? weight_sum : 1;
  const double ten_eps = 10 * std::numeric_limits<double>::epsilon() * least;
  weight_sum = 0;
  for (int64_t c = 0; c < to.k; c++) {
    const double *s0 = sums.of(c), *s1 = s0 + 1, nk = *s0 + ten_eps;
    to.weights[size_t(c)] = nk;
    weight_sum += nk;
    for (int64_t j = 0; j < to.d; j++)
      to.means[size_t(c * to.d + j)] = (s1[j] - ten_eps * sums.centre(c)[j]) / nk;
  }
  const bool near = covariance_of(to.type).estimate(sums, reg_covar, to);
  for (int64_t c = 0; c < to.k; c++)
    for (int64_t j = 0; j < to.d; j++) to.means[size_t(c * to.d + j)] += sums.centre(c)[j];
  for (double &w : to.weights) w /= weight_sum;
  return near;
}

bool factor_covariances(Run &run, Parameters &p, const Origin &origin) {
  std::vector<double> scratch;
  return covariance_of(p.type).factor(run, p, scratch, origin);
}

}  // namespace windlass::mixture
