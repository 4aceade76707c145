// A solve without the C interface, and what is true of its answer in long double.
#pragma once
#include <vector>

#include "../support/csr_matrix.hpp"
#include "krylov/methods.hpp"

namespace windlass::test {

// From x on, which becomes the solution.
template <class T>
krylov::Ending solve(const char *method, const sparse::Linear &a, const sparse::Linear *m,
                     const std::vector<T> &b, std::vector<T> &x, krylov::Settings settings,
                     int workers = 1, const sparse::Linear *left = nullptr) {
  Run run(workers);
  krylov::Workspace workspace;
  krylov::Readiness ready({});
  const krylov::Job job = {run, settings, workspace, a, m, left, b.data(), x.data(), ready};
  return krylov::solve(*krylov::find_method(method), job);
}

template <class T>
using Long = std::conditional_t<is_complex<T>, Complex<long double>, long double>;

// What is true of a problem and an x.
struct Truth {
  long double residual = 0;  // || b - A x ||
  long double slope = 0;     // || A^H (b - A x) - damping^2 (x - x0) ||
  long double sizes = 0;     // of the terms of the residual, || |b| + |A| |x| ||
  long double norm_a = 0;    // Frobenius
  bool finite = true;        // x is
};
template <class T>
Truth truth_of(const CsrMatrix<T> &a, const std::vector<T> &b, const std::vector<T> &x,
               const std::vector<T> &x0 = {}, double damping = 0) {
  using L = Long<T>;
  Truth truth;
  std::vector<L> g(x.size());
  for (size_t j = 0; j < x.size(); j++)
    if (damping > 0) g[j] = L((long double)(-damping * damping)) * (L(x[j]) - L(x0[j]));
  a.each_row([&](int64_t i, auto &&each_entry) {
    L r(b[size_t(i)]);
    long double size = sqrtl(norm2(r));
    each_entry([&](int64_t j, T value) {
      r -= L(value) * L(x[size_t(j)]);
      size += sqrtl(norm2(L(value)) * norm2(L(x[size_t(j)])));
      truth.norm_a += norm2(L(value));
    });
    truth.residual += norm2(r);
    truth.sizes += size * size;
    each_entry([&](int64_t j, T value) { g[size_t(j)] += conj(L(value)) * r; });
  });
  for (const L &e : g) truth.slope += norm2(e);
  for (const T &e : x) truth.finite &= std::isfinite(double(norm2(L(e)) * 0));
  for (long double *square : {&truth.residual, &truth.slope, &truth.sizes, &truth.norm_a})
    *square = sqrtl(*square);
  return truth;
}

template <class T>
constexpr double eps = sizeof(Real<T>) == 4 ? 0x1p-23 : 0x1p-52;

}  // namespace windlass::test
