// Slow references for solvers, in long double: products, elimination, and the least residuals over
// Krylov spaces.
#pragma once
#include <algorithm>
#include <vector>

#include "exact.hpp"
#include "sparse/linear.hpp"

namespace windlass::test {

// The columns of a, which are stored in the scalars of a.
template <class T>
std::vector<std::vector<Exact>> dense(const sparse::Linear &a) {
  std::vector<std::vector<Exact>> columns;
  for (int64_t j = 0; j < a.columns(); j++) {
    std::vector<T> unit(size_t(a.columns())), y(size_t(a.rows()));
    unit[size_t(j)] = T(1);
    a.rows(sparse::Mode::plain, 0, a.rows(), unit.data(), y.data());
    columns.emplace_back();
    for (const T &value : y) columns.back().push_back(exact(value));
  }
  return columns;
}

inline std::vector<Exact> product(const std::vector<std::vector<Exact>> &columns,
                                  const std::vector<Exact> &x) {
  std::vector<Exact> y(columns[0].size());
  for (size_t j = 0; j < x.size(); j++)
    for (size_t i = 0; i < y.size(); i++) y[i] += columns[j][i] * x[j];
  return y;
}
template <class T>
std::vector<Exact> product(const sparse::Linear &a, const std::vector<T> &x) {
  std::vector<Exact> wide;
  for (const T &value : x) wide.push_back(exact(value));
  return product(dense<T>(a), wide);
}

// Gauss with pivots from the column.
template <class T>
std::vector<Exact> solve_densely(const sparse::Linear &a, const std::vector<T> &b) {
  auto c = dense<T>(a);
  const size_t n = b.size();
  std::vector<Exact> x;
  for (const T &value : b) x.push_back(exact(value));
  for (size_t k = 0; k < n; k++) {
    size_t pivot = k;
    for (size_t i = k; i < n; i++)
      if (std::abs(c[k][i]) > std::abs(c[k][pivot])) pivot = i;
    for (size_t j = k; j < n; j++) std::swap(c[j][k], c[j][pivot]);
    std::swap(x[k], x[pivot]);
    for (size_t i = k + 1; i < n; i++) {
      const Exact f = c[k][i] / c[k][k];
      for (size_t j = k; j < n; j++) c[j][i] -= f * c[j][k];
      x[i] -= f * x[k];
    }
  }
  for (size_t k = n; k-- > 0;) {
    for (size_t j = k + 1; j < n; j++) x[k] -= c[j][k] * x[j];
    x[k] /= c[k][k];
  }
  return x;
}

// min ||b - A x|| over x in span(b, A b, ..., A^{k-1} b), for k = 0 .. steps: what is left of b
// beside an orthonormal basis of A b, A^2 b, ....
template <class T>
std::vector<double> least_residuals(const sparse::Linear &a, const std::vector<T> &b, int steps) {
  const auto columns = dense<T>(a);
  const auto dot = [](const std::vector<Exact> &x, const std::vector<Exact> &y) {
    Exact sum = 0;
    for (size_t i = 0; i < x.size(); i++) sum += std::conj(x[i]) * y[i];
    return sum;
  };
  std::vector<Exact> rest, power;
  for (const T &value : b) rest.push_back(exact(value));
  power = rest;
  std::vector<std::vector<Exact>> basis;
  std::vector<double> norms = {double(std::sqrt(dot(rest, rest).real()))};
  for (int k = 0; k < steps; k++) {
    std::vector<Exact> w = product(columns, power);
    for (int pass = 0; pass < 3; pass++)
      for (const auto &q : basis) {
        const Exact h = dot(q, w);
        for (size_t i = 0; i < w.size(); i++) w[i] -= h * q[i];
      }
    const long double length = std::sqrt(dot(w, w).real());
    for (Exact &value : w) value /= length;
    basis.push_back(w);
    power = w;
    const Exact h = dot(w, rest);
    for (size_t i = 0; i < w.size(); i++) rest[i] -= h * w[i];
    norms.push_back(double(std::sqrt(dot(rest, rest).real())));
  }
  return norms;
}

}  // namespace windlass::test
