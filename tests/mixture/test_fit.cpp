#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "../support/em_reference.hpp"
#include "../support/error_of.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "core/random.hpp"
#include "mixture/fit.hpp"
#include "mixture/sample.hpp"

namespace windlass::mixture {
namespace {

using namespace windlass::test;

Samples samples(const std::vector<double> &x, int64_t d) {
  Samples s = {};
  s.x = {reinterpret_cast<const char *>(x.data()), WDL_F64, int64_t(x.size()) / d, d, d * 8, 8};
  return s;
}

bool all_finite(const Parameters &p) {
  for (const auto *values : {&p.weights, &p.means, &p.covariances, &p.precisions_cholesky})
    for (double v : *values)
      if (!std::isfinite(v)) return false;
  return true;
}

class FitTest : public testing::TestWithParam<isa::Level> {
 protected:
  using Run = windlass::Run;  // not testing::Test::Run
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }
};
INSTANTIATE_TEST_SUITE_P(Levels, FitTest, testing::ValuesIn(isa::supported()),
                         [](const auto &level) { return isa::name(level.param); });

TEST(Random, PhiloxKnownAnswers) {  // Random123's own
  constexpr uint32_t f = 0xffffffff;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({f, f, f, f}, {f, f}),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_P(FitTest, BoundRisesAndConverges) {
  const ReferenceMixture m = random_mixture(3, 2, 6, 7);
  const auto x = draw_slowly(m, 3000, 8);
  for (Init init : {Init::dirichlet, Init::random_from_data}) {
    Options o;
    o.n_components = 3, o.max_iter = 2000, o.tol = 1e-7, o.n_init = 4;
    Start start;
    start.init = init, start.seed = 5;
    Run run(2);
    const FitResult f = fit(run, samples(x, 2), o, start);
    EXPECT_TRUE(f.converged);
    EXPECT_FALSE(f.stopped);
    EXPECT_EQ(int64_t(f.lower_bounds.size()), f.n_iter);
    EXPECT_EQ(f.lower_bounds.back(), f.lower_bound);
    for (size_t i = 1; i < f.lower_bounds.size(); i++)
      EXPECT_GE(f.lower_bounds[i], f.lower_bounds[i - 1] - 1e-12);
    EXPECT_TRUE(all_finite(f.parameters));
  }
}

TEST_P(FitTest, SameBitsForAnyWorkers) {
  const auto x = draw_slowly(random_mixture(3, 5, 2, 7), 4000, 8);
  Options o;
  o.n_components = 4, o.max_iter = 20, o.n_init = 2;
  for (Init init : {Init::dirichlet, Init::random_from_data}) {
    std::vector<FitResult> results;
    for (int workers : {1, 2, 3, 8}) {
      Run run(workers);
      Start start;
      start.init = init, start.seed = 77;
      results.push_back(fit(run, samples(x, 5), o, start));
      EXPECT_EQ(results.back().lower_bounds, results[0].lower_bounds);
      EXPECT_EQ(results.back().parameters.precisions_cholesky,
                results[0].parameters.precisions_cholesky);
    }
  }
}

TEST_P(FitTest, GivenParametersAndNoIteration) {
  const int64_t d = 3, k = 2;
  const ReferenceMixture m = random_mixture(k, d, 1, 7);
  const auto x = draw_slowly(m, 500, 8);
  const std::vector<double> weights(m.weights.begin(), m.weights.end());
  const std::vector<double> means(m.means.begin(), m.means.end());
  std::vector<double> precisions(size_t(k * d * d));
  Parameters p(k, d);
  p.covariances.assign(m.covariances.begin(), m.covariances.end());
  Run run(1);
  ASSERT_TRUE(factor_covariances(run, p));
  for (int64_t c = 0; c < k; c++)
    for (int64_t i = 0; i < d * d * d; i++) {
      const double *u = p.precisions_cholesky.data() + c * d * d;
      precisions[size_t(c * d * d + i / d)] += u[i / d / d * d + i % d] * u[i / d % d * d + i % d];
    }
  Options o;
  o.n_components = k, o.max_iter = 0;
  Start start;
  start.weights = weights.data(), start.means = means.data(), start.precisions = precisions.data();
  const FitResult f = fit(run, samples(x, d), o, start);
  EXPECT_EQ(f.n_iter, 0);
  EXPECT_FALSE(f.converged);
  EXPECT_EQ(f.parameters.weights, weights);
  EXPECT_EQ(f.parameters.means, means);
  for (size_t i = 0; i < p.covariances.size(); i++) {
    EXPECT_NEAR(f.parameters.covariances[i], p.covariances[i], 1e-13);
    EXPECT_NEAR(f.parameters.precisions_cholesky[i], p.precisions_cholesky[i], 1e-13);
  }
  precisions[4] = -1;
  const Error e = error_of([&] { fit(run, samples(x, d), o, start); });
  EXPECT_EQ(e.status, WDL_BAD_DATA);
  EXPECT_EQ(e.position[0], 0);
}

TEST_P(FitTest, GivenResponsibilities) {
  const auto x = draw_slowly(random_mixture(2, 2, 3, 7), 300, 8);
  std::vector<double> r(600);
  for (size_t i = 0; i < 300; i++) r[2 * i + (x[2 * i] > 0)] = 0.5;  // rows sum to 1/2
  Options o;
  o.n_components = 2, o.max_iter = 0;
  Start start;
  start.init = Init::responsibilities;
  start.responsibilities = {reinterpret_cast<const char *>(r.data()), WDL_F64, 300, 2, 16, 8};
  Run run(1);
  const FitResult f = fit(run, samples(x, 2), o, start);
  EXPECT_NEAR(f.parameters.weights[0] + f.parameters.weights[1], 1, 1e-12);
}

TEST_P(FitTest, StopsWithTheBestSoFar) {
  const auto x = draw_slowly(random_mixture(3, 2, 1, 7), 2000, 8);
  Options o;
  o.n_components = 3, o.max_iter = 1000, o.tol = 0;
  int calls = 0;
  const wdl_progress_fn third = [](void *user, const wdl_progress *now) -> int32_t {
    EXPECT_STREQ(now->phase, "fit");
    return ++*static_cast<int *>(user) == 3 ? 9 : 0;
  };
  Run run({.workers = 2, .progress = third, .user = &calls});
  const FitResult f = fit(run, samples(x, 2), o, {});
  EXPECT_TRUE(f.stopped);
  EXPECT_FALSE(f.converged);
  EXPECT_EQ(f.n_iter, 3);
  EXPECT_EQ(run.callback_result(), 9);
  EXPECT_TRUE(all_finite(f.parameters));

  const std::atomic<uint64_t> cancelled{1};
  Run stopped({.workers = 2, .cancel_word = &cancelled, .cancel_bit = 1});
  EXPECT_EQ(error_of([&] { fit(stopped, samples(x, 2), o, {}); }).status, WDL_CANCELLED);
}

TEST_P(FitTest, WeightedRowsThatAreAbsent) {
  std::vector<double> x = draw_slowly(random_mixture(2, 2, 3, 7), 400, 8), weights(400, 1.0);
  for (size_t i = 0; i < 400; i += 2) weights[i] = 0, x[2 * i] = std::nan("");
  Samples s = samples(x, 2);
  s.weights = {reinterpret_cast<const char *>(weights.data()), WDL_F64, 400, 8};
  Options o;
  o.n_components = 2;
  for (Init init : {Init::dirichlet, Init::random_from_data}) {
    Start start;
    start.init = init;
    Run run(2);
    EXPECT_TRUE(all_finite(fit(run, s, o, start).parameters));
  }
  o.n_components = 201;
  Run run(2);
  EXPECT_EQ(error_of([&] { fit(run, s, o, {}); }).status, WDL_BAD_ARGUMENT);
}

// Whatever the data: finite parameters, or an error that says what to do.
TEST_P(FitTest, DegenerateData) {
  std::vector<std::vector<double>> sets;
  for (double scale : {1.0, 1e300, 1e308, 1e150, 1e-300, 1e-160}) {
    auto x = draw_slowly(random_mixture(2, 3, 1, 7), 60, 8);
    double most = 0;
    for (double v : x) most = std::fmax(most, std::fabs(v));
    for (double &v : x) v *= scale / most;
    sets.push_back(x);
  }
  sets.push_back(std::vector<double>(180, 0.0));
  sets.push_back(std::vector<double>(180, -1e300));
  sets.push_back({1, 2, 3, 4, 5, 6});
  for (int i = 0; i < 60; i++) sets[0][size_t(3 * i + 1)] = 5;  // a constant column
  for (const auto &x : sets)
    for (double reg_covar : {0.0, 1e-6})
      for (Init init : {Init::dirichlet, Init::random_from_data})
        for (int64_t k : {1, 2, 7}) {
          Options o;
          o.n_components = k, o.reg_covar = reg_covar;
          Start start;
          start.init = init;
          Run run(2);
          const Error e = error_of(
              [&] { EXPECT_TRUE(all_finite(fit(run, samples(x, 3), o, start).parameters)); });
          EXPECT_TRUE(e.status == WDL_OK || e.status == WDL_BAD_DATA ||
                      (e.status == WDL_BAD_ARGUMENT && k > int64_t(x.size()) / 3))
              << e.text;
        }
}

TEST_P(FitTest, SampleHasTheMoments) {
  const ReferenceMixture m = random_mixture(2, 3, 2, 7);
  Parameters p(2, 3);
  p.weights = {0.25, 0.75};
  p.means.assign(m.means.begin(), m.means.end());
  p.covariances.assign(m.covariances.begin(), m.covariances.end());
  const int64_t n = 200000;
  std::vector<double> x(size_t(n * 3)), again(x);
  std::vector<int64_t> labels(static_cast<size_t>(n));
  const auto draw = [&](int workers, std::vector<double> &to) {
    Run run(workers);
    sample(run, p, 42, {reinterpret_cast<char *>(to.data()), WDL_F64, n, 3, 24, 8},
           {reinterpret_cast<char *>(labels.data()), WDL_I64, n, 8});
  };
  draw(1, x);
  draw(3, again);
  EXPECT_EQ(x, again);
  std::vector<double> one_hot(size_t(2 * n));
  for (size_t i = 0; i < labels.size(); i++) one_hot[2 * i + size_t(labels[i])] = 1;
  const ReferenceMixture got = m_step_slowly(n, 3, 2, x.data(), one_hot, 0);
  EXPECT_NEAR(double(got.weights[0]), 0.25, 0.005);
  for (size_t i = 0; i < 6; i++) EXPECT_NEAR(double(got.means[i]), p.means[i], 0.03);
  for (size_t i = 0; i < 18; i++) EXPECT_NEAR(double(got.covariances[i]), p.covariances[i], 0.1);
}

}  // namespace
}  // namespace windlass::mixture
