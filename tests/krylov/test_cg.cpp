#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "../support/csr_matrix.hpp"
#include "core/isa.hpp"
#include "krylov/methods.hpp"

namespace windlass::krylov {
namespace {

using namespace windlass::test;

template <class T>
std::vector<T> solved(const Linear &a, const std::vector<T> &b, const char *method, int workers,
                      Ending &ending, Settings settings = {}) {
  Run run(workers);
  Workspace workspace;
  std::vector<T> x(size_t(a.columns()));
  Readiness ready({});
  const Job job = {run, settings, workspace, a, nullptr, nullptr, b.data(), x.data(), ready};
  ending = solve(*find_method(method), job);
  return x;
}

// ||b - A x||, in long double.
template <class T>
double residual(const Linear &a, const std::vector<T> &b, const std::vector<T> &x) {
  std::vector<T> y(b.size());
  a.rows(Mode::plain, 0, a.rows(), x.data(), y.data());
  long double sum = 0;
  for (size_t i = 0; i < b.size(); i++) sum += windlass::norm2(Wide<T>(b[i]) - Wide<T>(y[i]));
  return double(sqrtl(sum));
}

template <class T>
class Cg : public testing::Test {};
using Scalars = testing::Types<float, double, Complex<float>, Complex<double>>;
TYPED_TEST_SUITE(Cg, Scalars);

TYPED_TEST(Cg, SolvesPoisson) {
  using T = TypeParam;
  const double rtol = sizeof(Real<T>) == 4 ? 1e-4 : 1e-10;
  for (const int64_t side : {1, 2, 7, 40}) {
    const auto a = convection_diffusion<T>(side, 0);
    std::vector<T> b(size_t(side * side));
    for (size_t i = 0; i < b.size(); i++) b[i] = T(1 + std::sin(double(i)));
    Ending ending;
    const std::vector<T> x = solved(a, b, "cg", 1, ending, {.rtol = rtol});
    EXPECT_EQ(ending.reason, Reason::converged) << reason_name(ending.reason) << " " << side;
    EXPECT_NEAR(residual(a, b, x), ending.residual, 1e-5 * ending.norm_b);
    EXPECT_LE(residual(a, b, x), 1.001 * rtol * ending.norm_b);
    EXPECT_LE(ending.steps, 4 * side + 1);
  }
}

TYPED_TEST(Cg, KeepsItsBitsOnAnyNumberOfThreads) {
  using T = TypeParam;
  const auto a = convection_diffusion<T>(120, 0);
  const std::vector<T> b(size_t(120 * 120), T(1));
  Ending first;
  const std::vector<T> x = solved(a, b, "cg", 1, first, {.rtol = 1e-3});
  for (const int workers : {2, 3, 8}) {
    Ending ending;
    const std::vector<T> y = solved(a, b, "cg", workers, ending, {.rtol = 1e-3});
    EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(T)), 0) << workers;
    EXPECT_EQ(ending.steps, first.steps);
  }
}

TEST(CgEnds, WhereTheMatrixIsIndefinite) {
  const auto a = convection_diffusion<double>(10, 0, -3.0);
  const std::vector<double> b(100, 1.0);
  Ending ending;
  const std::vector<double> x = solved(a, b, "cg", 1, ending);
  EXPECT_EQ(ending.reason, Reason::indefinite);
  EXPECT_LE(ending.residual, 10.0);
  EXPECT_NEAR(residual(a, b, x), ending.residual, 1e-9);
}

}  // namespace
}  // namespace windlass::krylov
