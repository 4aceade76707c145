// What every method promises of every problem, and must do with those that it is for.
#include <gtest/gtest.h>

#include <algorithm>

#include "../support/gallery.hpp"
#include "solving.hpp"

namespace windlass::krylov {
namespace {

using namespace windlass::test;

template <class T>
class Contract : public testing::Test {};
using Scalars = testing::Types<float, double, Complex<float>, Complex<double>>;
TYPED_TEST_SUITE(Contract, Scalars);

// Whether it takes such a problem at all.
template <class T>
bool takes(const Method &method, const Problem<T> &problem) {
  return method.needs.rectangular || !problem.is(rectangular);
}
// Whether x must be found that solves it; or, of an inconsistent one, whose A^H r is zero.
template <class T>
bool must(const Method &method, const Problem<T> &problem) {
  const Needs &needs = method.needs;
  if (needs.rectangular) return problem.is(moderate | finite);
  if (needs.hermitian && !problem.is(hermitian)) return false;
  if (needs.definite) return problem.is(spd);
  if (needs.hermitian) return problem.is(moderate | finite);
  return problem.is(easy);
}

template <class T>
void keep_promises(const Method &method, const Problem<T> &problem, const Settings &settings) {
  SCOPED_TRACE(std::string(method.name) + " on " + problem.name);
  std::vector<T> x = problem.x0;
  const Ending e = test::solve(method.name, problem.a, nullptr, problem.b, x, settings);
  const Truth truth = truth_of(problem.a, problem.b, x);
  const Truth start = truth_of(problem.a, problem.b, problem.x0);
  const long double rounding = 10 * eps<T> * truth.sizes;
  const char *reason = reason_name(e.reason);

  EXPECT_TRUE(truth.finite) << reason;
  EXPECT_LE(e.steps, settings.max_steps);
  EXPECT_NE(e.reason, Reason::none);
  EXPECT_NE(e.reason, Reason::recurrence);
  if (!problem.is(finite)) {
    EXPECT_NE(e.reason, Reason::converged);
    return;
  }
  EXPECT_NEAR(e.residual, double(truth.residual), double(rounding)) << reason;
  if (std::isfinite(double(start.residual))) {
    EXPECT_LE(truth.residual, start.residual + rounding) << reason;
  }
  if (e.reason == Reason::converged) {
    EXPECT_LE(truth.residual, std::max(settings.rtol * e.norm_b, settings.atol) + rounding);
  }
  if (e.reason == Reason::least_squares) {
    const double flat = 2 * std::max(settings.rtol, std::sqrt(eps<T>));
    EXPECT_LE(truth.slope, (flat * truth.residual + rounding) * truth.norm_a);
  }
  if (must(method, problem)) {
    const bool flat = !problem.is(consistent) && e.reason == Reason::least_squares;
    EXPECT_TRUE(e.reason == Reason::converged || flat)
        << reason << " after " << e.steps << " steps, " << e.residual / e.norm_b;
  }
}

TYPED_TEST(Contract, IsKeptByAllMethodsOnTheGallery) {
  using T = TypeParam;
  const Gallery<T> gallery;
  const Settings settings = {.rtol = sizeof(Real<T>) == 4 ? 1e-4 : 1e-8, .max_steps = 1000};
  for (const Method *method : methods)
    for (const Problem<T> &problem : gallery.problems)
      if (takes(*method, problem)) keep_promises(*method, problem, settings);
}

TYPED_TEST(Contract, IsKeptWhereNoDigitCanBeReached) {
  using T = TypeParam;
  const Gallery<T> gallery;
  for (const Method *method : methods)
    for (Problem<T> problem : gallery.problems) {
      if (!takes(*method, problem)) continue;
      problem.traits &= ~unsigned(moderate | lucky);  // nothing has to converge
      keep_promises(*method, problem, {.rtol = 0, .max_steps = 300});
    }
}

TYPED_TEST(Contract, EndsAtAnyStep) {
  using T = TypeParam;
  const Gallery<T> gallery;
  for (const Method *method : methods)
    for (Problem<T> problem : gallery.problems) {
      if (!takes(*method, problem)) continue;
      problem.traits &= ~unsigned(moderate | lucky);
      for (const int64_t most : {1, 2, 5})
        keep_promises(*method, problem, {.rtol = 1e-12, .max_steps = most});
    }
}

TYPED_TEST(Contract, BitsAreThoseOfOneThread) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(100, 1);
  const auto hermitian_a = convection_diffusion<T>(100, 0);
  std::vector<int64_t> pointer, index;
  std::vector<T> value;
  for (int64_t i = 0; i <= 10000; i++) pointer.push_back(i);
  for (int64_t i = 0; i < 10000; i++) index.push_back(i), value.push_back(T(Real<T>(1 + i % 3)));
  const CsrMatrix<T> m(10000, 10000, pointer, index, value);
  const std::vector<T> b(10000, T(1));
  for (const Method *method : methods)
    for (const Linear *by : {(const Linear *)nullptr, (const Linear *)&m}) {
      if (by && method->needs.rectangular) continue;
      const Linear &of = method->needs.hermitian ? hermitian_a : a;
      std::vector<T> x(10000, T{});
      const Settings settings = {.rtol = 1e-12, .max_steps = 12, .restart = 4};
      const Ending first = test::solve(method->name, of, by, b, x, settings);
      for (const int workers : {2, 3, 8}) {
        std::vector<T> y(10000, T{});
        const Ending e = test::solve(method->name, of, by, b, y, settings, workers);
        EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(T)), 0)
            << method->name << " by " << workers;
        EXPECT_EQ(e.steps, first.steps);
        EXPECT_EQ(e.residual, first.residual);
      }
    }
}

// Converges in so many steps, preconditioned, and truly so.
template <class T>
Ending expect_solved(const Method &method, const CsrMatrix<T> &a, const CsrMatrix<T> &m,
                     const std::vector<T> &b, int64_t max_steps) {
  std::vector<T> x(b.size(), T{});
  const Settings settings = {.rtol = sizeof(Real<T>) == 4 ? 1e-4 : 1e-10, .max_steps = max_steps};
  const Ending e = test::solve(method.name, a, &m, b, x, settings);
  EXPECT_EQ(e.reason, Reason::converged) << reason_name(e.reason);
  const Truth truth = truth_of(a, b, x);
  EXPECT_LE(truth.residual, settings.rtol * e.norm_b + 10 * eps<T> * truth.sizes);
  return e;
}

// D A D of all sizes, with its diagonal's inverse as M, needs about the steps of A.
TYPED_TEST(Contract, PreconditionersHelp) {
  using T = TypeParam;
  const int64_t n = 60;
  const auto size = [](int64_t i) { return std::pow(10.0, double(i % 4)); };
  const auto a = matrix_of<T>(n, n, [&](int64_t i, int64_t j) {
    const double s = size(i) * size(j);
    const T off = i < j ? unit_or<T>(1) : -unit_or<T>(1);
    return i == j                     ? T(Real<T>(3 * s))
           : j == i + 1 || i == j + 1 ? T(Real<T>(s)) * (is_complex<T> ? off : T(-1))
                                      : T(0);
  });
  const auto m = diagonal_of<T>(n, [&](int64_t i) { return Real<T>(1 / (3 * size(i) * size(i))); });
  const std::vector<T> b = times(a, Noise(1).vector<T>(n));
  for (const Method *method : methods) {
    if (method->needs.rectangular) continue;
    SCOPED_TRACE(method->name);
    const Ending e = expect_solved(*method, a, m, b, 120);
    EXPECT_GE(e.preconditionings, e.steps);
  }
}

// M of a phase in every row, so that M^H is another: rows of all sizes, and neither A nor M is
// Hermitian.
TYPED_TEST(Contract, PreconditionersMayBeOfAnyKind) {
  using T = TypeParam;
  const int64_t n = 70;
  const auto size = [](int64_t i) { return Real<T>(std::pow(10.0, double(i % 5 - 2))); };
  const auto pivot = [&](int64_t i) { return T(size(i)) * (i % 3 ? T(4) : unit_or<T>(1) * T(4)); };
  const auto a = matrix_of<T>(n, n, [&](int64_t i, int64_t j) {
    return i == j ? pivot(i) : T(size(i)) * T(Real<T>(j == i + 1 ? 1 : i == j + 1 ? -2 : 0));
  });
  const auto m =
      matrix_of<T>(n, n, [&](int64_t i, int64_t j) { return i == j ? T(1) / pivot(i) : T(0); });
  const std::vector<T> b = times(a, Noise(1).vector<T>(n));
  for (const Method *method : methods) {
    if (method->needs.rectangular || method->needs.hermitian) continue;
    SCOPED_TRACE(method->name);
    expect_solved(*method, a, m, b, 140);
  }
}

}  // namespace
}  // namespace windlass::krylov
