// Endings that belong to one method: what it refuses, what it finds instead of a solution, and
// whether it takes the steps that the books say.
#include <gtest/gtest.h>

#include "../support/gallery.hpp"
#include "solving.hpp"

namespace windlass::krylov {
namespace {

using namespace windlass::test;

template <class T>
class Endings : public testing::Test {};
using Scalars = testing::Types<float, double, Complex<float>, Complex<double>>;
TYPED_TEST_SUITE(Endings, Scalars);

TYPED_TEST(Endings, MinresNamesAnAsymmetricMatrix) {
  using T = TypeParam;
  const std::vector<T> b = Noise(1).vector<T>(144);
  std::vector<T> x(144, T{});
  const auto wind = convection_diffusion<T>(12, 0.05);
  Ending e = test::solve("minres", wind, nullptr, b, x, {});
  EXPECT_EQ(e.reason, Reason::not_symmetric) << reason_name(e.reason);
  EXPECT_EQ(e.steps, 0);
  if constexpr (is_complex<T>) {  // symmetric, not Hermitian
    const auto symmetric = convection_diffusion<T>(12, 0, T(0, 1));
    e = test::solve("minres", symmetric, nullptr, b, x, {});
    EXPECT_EQ(e.reason, Reason::not_symmetric) << reason_name(e.reason);
  }
}

TYPED_TEST(Endings, MinresNamesAnIndefinitePreconditioner) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(6, 0);
  const auto m = diagonal_of<T>(36, [](int64_t i) { return Real<T>(i % 2 ? 1 : -1); });
  const std::vector<T> b = Noise(1).vector<T>(36);
  for (const char *method : {"minres", "cg"}) {
    std::vector<T> x(36, T{});
    const Ending e = test::solve(method, a, &m, b, x, {.rtol = 1e-6});
    EXPECT_EQ(e.reason, Reason::indefinite) << method << " " << reason_name(e.reason);
  }
}

TYPED_TEST(Endings, DampedLeastSquaresHaveNoSlope) {
  using T = TypeParam;
  const double rtol = sizeof(Real<T>) == 4 ? 1e-4 : 1e-10, damping = 0.75;
  for (const auto &[rows, columns] : {std::pair<int64_t, int64_t>(40, 15), {15, 40}, {20, 20}}) {
    const auto a = random_matrix<T>(rows, columns, 9);
    const std::vector<T> b = Noise(2).vector<T>(rows), x0 = Noise(4).vector<T>(columns);
    for (const char *method : {"lsqr", "lsmr"}) {
      std::vector<T> x = x0;
      const Ending e = test::solve(method, a, nullptr, b, x,
                                   {.rtol = rtol, .max_steps = 400, .damping = damping});
      const Truth truth = truth_of(a, b, x, x0, damping);
      EXPECT_EQ(e.reason, Reason::least_squares) << method << " " << reason_name(e.reason);
      EXPECT_LE(truth.slope, 4 * rtol * truth.norm_a * (truth.residual + 10)) << method;
      EXPECT_NEAR(e.slope, double(truth.slope), 20 * eps<T> * double(truth.norm_a * truth.sizes));
    }
  }
}

// Not one more than there are eigenvalues, where nothing but rounding is against it.
TYPED_TEST(Endings, StepsAreThoseOfExactArithmetic) {
  using T = TypeParam;
  const auto a = diagonal_of<T>(600, [](int64_t i) { return Real<T>(1 + i % 4); });
  const std::vector<T> b = Noise(8).vector<T>(600);
  for (const Method *method : methods) {
    std::vector<T> x(600, T{});
    const Ending e = test::solve(method->name, a, nullptr, b, x,
                                 {.rtol = sizeof(Real<T>) == 4 ? 1e-4 : 1e-9, .max_steps = 100});
    EXPECT_EQ(e.reason, Reason::converged) << method->name;
    const std::string_view name = method->name;
    const int64_t most = name == "tfqmr" ? 10 : name == "idrs" ? 8 : name == "bicgstab" ? 5 : 4;
    EXPECT_LE(e.steps, most) << name;
  }
}

// A right-hand side of many sizes: what a method's own norm says at the end is near the truth.
TYPED_TEST(Endings, NormsOfTheRecurrenceAreThoseOfTheResidual) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(15, 0);
  const std::vector<T> b = Noise(6).vector<T>(225);
  for (const Method *method : methods) {
    std::vector<T> x(225, T{});
    const Ending e = test::solve(method->name, a, nullptr, b, x, {.rtol = 1e-9, .max_steps = 12});
    const double bound = std::string_view(method->name) == "tfqmr" ? 13 : 1 + 1e-3;
    EXPECT_LE(e.residual, bound * e.recurrence) << method->name;
    if (bound < 2) {
      EXPECT_GE(e.residual * bound, std::min(e.recurrence, e.norm_b * 0.5)) << method->name;
    }
  }
}

// r is orthogonal to A r, or the recurrence breaks down soon after.
TYPED_TEST(Endings, AnotherShadowAvoidsABreakdown) {
  using T = TypeParam;
  const double rtol = sizeof(Real<T>) == 4 ? 1e-3 : 1e-8;
  const Gallery<T> gallery;
  for (const Problem<T> &problem : gallery.problems) {
    const bool skew = problem.name == "skew", shift = problem.name == "cyclic_shift";
    if (!skew && !shift && problem.name != "cyclic_of_3" && problem.name != "rotation") continue;
    for (const std::string_view method : {"bicg", "bicgstab", "cgs", "qmr", "tfqmr", "idrs"}) {
      if (skew && !is_complex<T> && method != "idrs") continue;  // their residuals grow too large
      if (shift && method == "bicgstab") continue;  // omega is to be complex, for a real s
      std::vector<T> x = problem.x0;
      const Ending e = test::solve(method.data(), problem.a, nullptr, problem.b, x,
                                   {.rtol = rtol, .max_steps = 500});
      EXPECT_EQ(e.reason, Reason::converged)
          << method << " on " << problem.name << ": " << reason_name(e.reason);
      EXPECT_LE(truth_of(problem.a, problem.b, x).residual, 1.001 * rtol * e.norm_b);
    }
  }
}

// Powers of two change no digit: what is solved is the same system.
TYPED_TEST(Endings, TheSizeOfBMakesNoDifference) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(9, 0);
  const std::vector<T> b = Noise(5).vector<T>(81), start = Noise(6).vector<T>(81);
  const bool narrow = sizeof(Real<T>) == 4;
  const Settings settings = {.rtol = narrow ? 1e-3 : 1e-8, .max_steps = 60, .restart = 7};
  for (const Method *method : methods) {
    std::vector<T> x = start;
    const Ending e = test::solve(method->name, a, nullptr, b, x, settings);
    for (const int exponent : {narrow ? 90 : 900, narrow ? -90 : -900}) {
      const auto sized = [&](std::vector<T> v) {
        for (T &entry : v) entry = T(Wide<T>(std::ldexp(1.0, exponent)) * Wide<T>(entry));
        return v;
      };
      std::vector<T> y = sized(start);
      const Ending of_size = test::solve(method->name, a, nullptr, sized(b), y, settings);
      EXPECT_EQ(of_size.reason, e.reason) << method->name;
      EXPECT_EQ(of_size.steps, e.steps) << method->name;
      EXPECT_EQ(of_size.norm_b, std::ldexp(e.norm_b, exponent)) << method->name;
      EXPECT_EQ(of_size.residual, std::ldexp(e.residual, exponent)) << method->name;
      EXPECT_EQ(of_size.recurrence, std::ldexp(e.recurrence, exponent)) << method->name;
      EXPECT_EQ(std::memcmp(sized(x).data(), y.data(), 81 * sizeof(T)), 0) << method->name;
    }
  }
}

// Cycles of two steps, with any number of vectors kept.
TYPED_TEST(Endings, CyclesMayBeShort) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(8, 1);
  const std::vector<T> b = Noise(6).vector<T>(64);
  for (const char *method : {"gmres", "fgmres", "lgmres", "gcrotmk"})
    for (const int64_t augment : {0, 1, 5}) {
      std::vector<T> x(64, T{});
      const Settings settings = {.rtol = 1e-4, .max_steps = 2000, .restart = 2, .augment = augment};
      const Ending e = test::solve(method, a, nullptr, b, x, settings);
      EXPECT_EQ(e.reason, Reason::converged) << method << augment << reason_name(e.reason);
      EXPECT_LE(truth_of(a, b, x).residual, 1.0001e-4 * e.norm_b) << method;
    }
}

}  // namespace
}  // namespace windlass::krylov
