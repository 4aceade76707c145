// Preconditioners on both sides: M1 from the left, M2 from the right.
#include <gtest/gtest.h>

#include "../support/gallery.hpp"
#include "solving.hpp"

namespace windlass::krylov {
namespace {

using namespace windlass::test;

template <class T>
class Split : public testing::Test {
 protected:
  const double rtol = sizeof(Real<T>) == 4 ? 1e-3 : 1e-9;

  static bool takes(const Method &method) {
    return !method.needs.rectangular && !method.needs.hermitian;
  }
};
using Scalars = testing::Types<float, double, Complex<float>, Complex<double>>;
TYPED_TEST_SUITE(Split, Scalars);

// D^-1 A E^-1 of rows and columns of many sizes and phases takes the steps of A.
TYPED_TEST(Split, UndoesScalesOfRowsAndColumns) {
  using T = TypeParam;
  const auto inner = convection_diffusion<T>(9, 1);
  const int64_t n = 81;
  const auto size = [](int64_t i, int64_t by) {
    const T power = T(Real<T>(std::pow(10.0, double(i % by - 1))));
    return i % 2 ? power : power * unit_or<T>(-1);
  };
  const auto left = diagonal_of<T>(n, [&](int64_t i) { return size(i, 3); });
  const auto right = diagonal_of<T>(n, [&](int64_t i) { return size(i, 4); });
  const auto a = scaled(
      inner, [&](int64_t i) { return T(1) / size(i, 3); },
      [&](int64_t j) { return T(1) / size(j, 4); });
  const std::vector<T> b = Noise(3).vector<T>(n), b_inner = times(left, b);
  for (const Method *method : methods) {
    if (!this->takes(*method)) continue;
    SCOPED_TRACE(method->name);
    std::vector<T> x(size_t(n), T{}), y(size_t(n), T{});
    const Settings settings = {.rtol = this->rtol, .max_steps = 200};
    const Ending plain = test::solve(method->name, inner, nullptr, b_inner, y, settings);
    const Ending e = test::solve(method->name, a, &right, b, x, settings, 1, &left);
    EXPECT_EQ(e.reason, Reason::converged) << reason_name(e.reason);
    const Truth truth = truth_of(a, b, x);
    EXPECT_LE(truth.residual, this->rtol * e.norm_b + 10 * eps<T> * truth.sizes);
    EXPECT_NEAR(e.residual, double(truth.residual), 10 * eps<T> * double(truth.sizes));
    EXPECT_LE(double(e.steps), 1.5 * double(plain.steps) + 6);
    EXPECT_GE(e.preconditionings, 2 * e.steps);
  }
}

// The first cycle from the left is that of the system M A x = M b, bit for bit.
TYPED_TEST(Split, FromTheLeftIsTheSystemTimesM) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(8, 1);
  const auto power = [](int64_t i) { return Real<T>(i % 3 ? 0.5 : 2); };
  const auto halves = diagonal_of<T>(64, power);
  const auto product = scaled(a, power, [](int64_t) { return Real<T>(1); });
  const std::vector<T> b = Noise(3).vector<T>(64);
  const std::vector<T> turned = times(halves, b);
  const Settings settings = {.rtol = 0, .max_steps = 6};
  for (const Method *method : methods) {
    if (!this->takes(*method) || method->needs.adjoint) continue;
    std::vector<T> x(64, T{}), y(64, T{});
    test::solve(method->name, a, nullptr, b, x, settings, 1, &halves);
    test::solve(method->name, product, nullptr, turned, y, settings);
    if (std::string_view(method->name) == "gmres") {
      std::vector<T> z(64, T{});
      Settings by_side = settings;
      by_side.side = Side::left;
      test::solve("gmres", a, &halves, b, z, by_side);
      EXPECT_EQ(std::memcmp(x.data(), z.data(), 64 * sizeof(T)), 0);
    }
    // Of a method that wanders the best x by the other norm may be another one.
    if (std::string_view(method->name).ends_with("gmres")) {
      EXPECT_EQ(std::memcmp(x.data(), y.data(), 64 * sizeof(T)), 0) << method->name;
    }
  }
}

TYPED_TEST(Split, BitsAreThoseOfOneThread) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(80, 1);
  const int64_t n = 6400;
  const auto diagonal = [&](Real<T> first, Real<T> second) {
    std::vector<int64_t> pointer = {0}, index;
    std::vector<T> value;
    for (int64_t i = 0; i < n; i++) {
      index.push_back(i), value.push_back(T(i % 2 ? first : second));
      pointer.push_back(i + 1);
    }
    return CsrMatrix<T>(n, n, pointer, index, value);
  };
  const auto left = diagonal(Real<T>(0.5), Real<T>(0.7)), right = diagonal(Real<T>(2), Real<T>(3));
  const std::vector<T> b(size_t(n), T(1));
  for (const Method *method : methods) {
    if (!this->takes(*method)) continue;
    const Settings settings = {.rtol = 1e-12, .max_steps = 12, .restart = 4};
    std::vector<T> x(size_t(n), T{}), y(size_t(n), T{});
    const Ending one = test::solve(method->name, a, &right, b, x, settings, 1, &left);
    const Ending more = test::solve(method->name, a, &right, b, y, settings, 3, &left);
    EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(T)), 0) << method->name;
    EXPECT_EQ(one.residual, more.residual) << method->name;
  }
}

TYPED_TEST(Split, ALeftPartThatIsSingularConvergesToNothingFalse) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(6, 1);
  const auto zero = diagonal_of<T>(36, [](int64_t) { return Real<T>(0); });
  const auto half = diagonal_of<T>(36, [](int64_t i) { return Real<T>(i % 2); });
  const std::vector<T> b = Noise(3).vector<T>(36);
  for (const Method *method : methods) {
    if (!this->takes(*method)) continue;
    for (const auto *left : {&zero, &half}) {
      std::vector<T> x(36, T{});
      const Ending e = test::solve(method->name, a, nullptr, b, x,
                                   {.rtol = this->rtol, .max_steps = 200}, 1, left);
      EXPECT_NE(e.reason, Reason::converged) << method->name;
      const Truth truth = truth_of(a, b, x);
      EXPECT_TRUE(truth.finite) << method->name;
      EXPECT_NEAR(e.residual, double(truth.residual), 10 * eps<T> * double(truth.sizes));
      EXPECT_LE(truth.residual, e.norm_b * (1 + 10 * eps<T>)) << method->name;
    }
  }
}

}  // namespace
}  // namespace windlass::krylov
