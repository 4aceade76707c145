// Gaussian mixtures in long double, written as the formulas are: no tiles, no tricks.
#pragma once
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace windlass::test {

using Real = long double;

struct ReferenceMixture {
  int64_t k, d;
  std::vector<Real> weights, means, covariances;  // (k), (k, d), (k, d, d)

  ReferenceMixture(int64_t components, int64_t dimensions)
      : k(components),
        d(dimensions),
        weights(size_t(k)),
        means(size_t(k * d)),
        covariances(size_t(k * d * d)) {}
};

// a = l l^T, l lower triangular.
inline std::vector<Real> cholesky_slowly(int64_t d, const Real *a) {
  std::vector<Real> l(size_t(d * d), 0);
  for (int64_t i = 0; i < d; i++)
    for (int64_t j = 0; j <= i; j++) {
      Real sum = a[i * d + j];
      for (int64_t m = 0; m < j; m++) sum -= l[size_t(i * d + m)] * l[size_t(j * d + m)];
      l[size_t(i * d + j)] = i == j ? std::sqrt(sum) : sum / l[size_t(j * d + j)];
    }
  return l;
}

// log(weight * density), (n, k).
inline std::vector<Real> log_densities_slowly(const ReferenceMixture &m, int64_t n,
                                              const double *x) {
  const int64_t d = m.d;
  std::vector<Real> result(size_t(n * m.k)), y(static_cast<size_t>(d));
  for (int64_t c = 0; c < m.k; c++) {
    const auto l = cholesky_slowly(d, m.covariances.data() + c * d * d);
    Real log_det = 0;
    for (int64_t j = 0; j < d; j++) log_det += std::log(l[size_t(j * d + j)]);
    for (int64_t i = 0; i < n; i++) {
      Real square = 0;  // |l^-1 (x - mean)|^2
      for (int64_t j = 0; j < d; j++) {
        Real sum = Real(x[i * d + j]) - m.means[size_t(c * d + j)];
        for (int64_t q = 0; q < j; q++) sum -= l[size_t(j * d + q)] * y[size_t(q)];
        y[size_t(j)] = sum / l[size_t(j * d + j)];
        square += y[size_t(j)] * y[size_t(j)];
      }
      result[size_t(i * m.k + c)] = std::log(m.weights[size_t(c)]) - log_det - square / 2 -
                                    Real(d) / 2 * std::log(2 * std::acos(Real(-1)));
    }
  }
  return result;
}

struct ReferenceExpectation {
  std::vector<Real> responsibilities, log_likelihoods;  // (n, k), (n)
  std::vector<int64_t> labels;
};

inline ReferenceExpectation e_step_slowly(const ReferenceMixture &m, int64_t n, const double *x) {
  ReferenceExpectation e;
  e.responsibilities = log_densities_slowly(m, n, x);
  for (int64_t i = 0; i < n; i++) {
    Real *p = e.responsibilities.data() + i * m.k, sum = 0;
    int64_t label = 0;
    for (int64_t c = 1; c < m.k; c++)
      if (p[c] > p[label]) label = c;
    const Real highest = p[label];
    for (int64_t c = 0; c < m.k; c++) sum += p[c] = std::exp(p[c] - highest);
    for (int64_t c = 0; c < m.k; c++) p[c] /= sum;
    e.log_likelihoods.push_back(highest + std::log(sum));
    e.labels.push_back(label);
  }
  return e;
}

// Responsibilities (n, k) of any kind of float; two passes, the second about the new means.
template <class T>
ReferenceMixture m_step_slowly(int64_t n, int64_t d, int64_t k, const double *x,
                               const std::vector<T> &responsibilities, Real reg_covar) {
  ReferenceMixture m(k, d);
  Real total = 0;
  for (int64_t c = 0; c < k; c++) {
    const auto r = [&](int64_t i) { return Real(responsibilities[size_t(i * k + c)]); };
    Real *mean = m.means.data() + c * d, *covariance = m.covariances.data() + c * d * d;
    Real nk = 10 * Real(DBL_EPSILON);
    for (int64_t i = 0; i < n; i++) nk += r(i);
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j < d; j++) mean[j] += r(i) * x[i * d + j] / nk;
    for (int64_t i = 0; i < n; i++)
      for (int64_t a = 0; a < d; a++)
        for (int64_t b = 0; b < d; b++)
          covariance[a * d + b] += r(i) * (x[i * d + a] - mean[a]) * (x[i * d + b] - mean[b]) / nk;
    for (int64_t j = 0; j < d; j++) covariance[j * d + j] += reg_covar;
    m.weights[size_t(c)] = nk;
    total += nk;
  }
  for (Real &w : m.weights) w /= total;
  return m;
}

// A mixture of overlapping (spread 1) or separated (spread 1000) components.
inline ReferenceMixture random_mixture(int64_t k, int64_t d, double spread, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  ReferenceMixture m(k, d);
  for (int64_t c = 0; c < k; c++) {
    m.weights[size_t(c)] = Real(c + 1) * 2 / Real(k * (k + 1));
    std::vector<double> a(size_t(d * d));
    for (double &v : a) v = normal(random) / std::sqrt(double(d));
    for (int64_t i = 0; i < d; i++) {
      m.means[size_t(c * d + i)] = spread * normal(random);
      for (int64_t j = 0; j < d; j++) {
        Real sum = i == j;
        for (int64_t q = 0; q < d; q++) sum += Real(a[size_t(i * d + q)]) * a[size_t(j * d + q)];
        m.covariances[size_t((c * d + i) * d + j)] = double(sum);
      }
    }
  }
  for (Real &w : m.weights) w = double(w);
  return m;
}

inline std::vector<double> draw_slowly(const ReferenceMixture &m, int64_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> x(size_t(n * m.d)), z(static_cast<size_t>(m.d));
  std::vector<std::vector<Real>> factors;
  for (int64_t c = 0; c < m.k; c++)
    factors.push_back(cholesky_slowly(m.d, m.covariances.data() + c * m.d * m.d));
  for (int64_t i = 0; i < n; i++) {
    const int64_t c = int64_t(random() % uint32_t(m.k));
    const auto &l = factors[size_t(c)];
    for (double &v : z) v = normal(random);
    for (int64_t j = 0; j < m.d; j++) {
      Real sum = m.means[size_t(c * m.d + j)];
      for (int64_t q = 0; q <= j; q++) sum += l[size_t(j * m.d + q)] * z[size_t(q)];
      x[size_t(i * m.d + j)] = double(sum);
    }
  }
  return x;
}

}  // namespace windlass::test
