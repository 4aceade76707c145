// The covariance types, mixtures that share passes, and components that starve.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "../support/em_reference.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "mixture/expectation.hpp"
#include "mixture/fit.hpp"
#include "mixture/sample.hpp"
#include "mixture/statistics.hpp"

namespace windlass::mixture {
namespace {

using namespace windlass::test;

constexpr CovarianceType types[] = {CovarianceType::full, CovarianceType::tied,
                                    CovarianceType::diag, CovarianceType::spherical};

Samples samples(const std::vector<double> &x, int64_t d) {
  Samples s = {};
  s.x = {reinterpret_cast<const char *>(x.data()), WDL_F64, int64_t(x.size()) / d, d, d * 8, 8};
  return s;
}

bool same_bits(const std::vector<double> &a, const std::vector<double> &b) {
  return a.size() == b.size() && !std::memcmp(a.data(), b.data(), a.size() * 8);
}
bool same_bits(const Parameters &a, const Parameters &b) {
  return same_bits(a.weights, b.weights) && same_bits(a.means, b.means) &&
         same_bits(a.covariances, b.covariances);
}

class TypesTest : public testing::TestWithParam<isa::Level> {
 protected:
  using Run = windlass::Run;  // not testing::Test::Run
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }
};
INSTANTIATE_TEST_SUITE_P(Levels, TypesTest, testing::ValuesIn(isa::supported()),
                         [](const auto &level) { return isa::name(level.param); });

// The full matrices that a component's covariance stands for.
std::vector<double> matrix_of(const Parameters &p, int64_t c) {
  const int64_t d = p.d;
  std::vector<double> a(size_t(d * d));
  for (int64_t i = 0; i < d; i++)
    for (int64_t j = 0; j < d; j++) {
      double &entry = a[size_t(i * d + j)];
      if (p.type == CovarianceType::full) entry = p.covariances[size_t((c * d + i) * d + j)];
      if (p.type == CovarianceType::tied) entry = p.covariances[size_t(i * d + j)];
      if (i != j) continue;
      if (p.type == CovarianceType::diag) entry = p.covariances[size_t(c * d + i)];
      if (p.type == CovarianceType::spherical) entry = p.covariances[size_t(c)];
    }
  return a;
}

Parameters as_full(const Parameters &p) {
  Parameters full(p.k, p.d);
  full.weights = p.weights, full.means = p.means, full.covariances.clear();
  for (int64_t c = 0; c < p.k; c++)
    for (const double a : matrix_of(p, c)) full.covariances.push_back(a);
  Run run(1);
  EXPECT_TRUE(factor_covariances(run, full));
  return full;
}

Parameters fitted(CovarianceType type, const std::vector<double> &x, int64_t d, int64_t k,
                  int workers = 1, int64_t n_init = 1) {
  Options o;
  o.n_components = k, o.covariance_type = type, o.max_iter = 6, o.tol = 0, o.n_init = n_init;
  Start start;
  start.init = Init::random_from_data;
  Run run(workers);
  return fit(run, samples(x, d), o, start).parameters;
}

TEST_P(TypesTest, DensitiesAreThoseOfFullMatrices) {
  for (const int64_t d : {1, 2, 3, 7, 10, 33}) {
    const auto x = draw_slowly(random_mixture(3, d, 2, 7), 700, 8);
    for (const CovarianceType type : types) {
      const Parameters p = fitted(type, x, d, 3), full = as_full(p);
      std::vector<double> ours(700), theirs(700);
      Run run(1);
      const auto scores = [&](const Parameters &of, std::vector<double> &out) {
        e_step(run, samples(x, d), of,
               {.log_likelihoods = {reinterpret_cast<char *>(out.data()), WDL_F64, 700, 8}});
      };
      scores(p, ours), scores(full, theirs);
      for (size_t i = 0; i < 700; i++)
        ASSERT_NEAR(ours[i], theirs[i], 1e-9 * std::fabs(theirs[i]) + 1e-9)
            << int(type) << " " << d;
    }
  }
}

TEST_P(TypesTest, SameBitsForAnyWorkersAndAmongOthers) {
  for (const CovarianceType type : types) {
    const int64_t d = 5, k = 4;
    const auto x = draw_slowly(random_mixture(k, d, 2, 7), 3000, 8);
    const Parameters one = fitted(type, x, d, k);
    for (const int workers : {2, 3, 8}) EXPECT_TRUE(same_bits(one, fitted(type, x, d, k, workers)));
    Run run(2);
    Em em(run, samples(x, d), k, type, 3);
    Parameters alone(k, d, type), to[3] = {alone, alone, alone};
    const Parameters start = fitted(type, x, d, k, 1, 2), *from[3] = {&start, &one, &start};
    std::vector<Iteration> steps;
    for (int64_t m = 0; m < 3; m++) steps.push_back({from[m], &to[m], 0, m});
    ASSERT_TRUE(em.iterate(steps, 1e-6, false));
    double bound = 0;
    ASSERT_TRUE(em.iterate(one, 1e-6, alone, bound));
    EXPECT_EQ(bound, steps[1].bound);
    EXPECT_TRUE(same_bits(alone, to[1]));
    EXPECT_TRUE(same_bits(to[0], to[2]));
  }
}

TEST_P(TypesTest, WeightsAreRepeatedRows) {
  for (const CovarianceType type : types) {
    const int64_t d = 3, k = 2, n = 400;
    const auto x = draw_slowly(random_mixture(k, d, 2, 7), n, 8);
    std::vector<double> weights, repeated;
    for (int64_t i = 0; i < n; i++) {
      weights.push_back(double(i % 3));
      for (int64_t copy = 0; copy < i % 3; copy++)
        repeated.insert(repeated.end(), x.begin() + i * d, x.begin() + (i + 1) * d);
    }
    const Parameters from = fitted(type, x, d, k);
    Run run(1);
    Parameters a(k, d, type), b(k, d, type);
    double bound_a = 0, bound_b = 0;
    ASSERT_TRUE(Em(run, samples(repeated, d), k, type).iterate(from, 1e-6, b, bound_b));
    for (const double unit : {1.0, 1e-10, 1e-20, 1e-250, 1e250}) {
      SCOPED_TRACE(testing::Message() << int(type) << " unit " << unit);
      std::vector<double> scaled;
      for (const double w : weights) scaled.push_back(w * unit);
      Samples weighted = samples(x, d);
      weighted.weights = {reinterpret_cast<const char *>(scaled.data()), WDL_F64, n, 8};
      ASSERT_TRUE(Em(run, weighted, k, type).iterate(from, 1e-6, a, bound_a));
      EXPECT_NEAR(bound_a, bound_b, 1e-10);
      for (size_t i = 0; i < a.covariances.size(); i++)
        EXPECT_NEAR(a.covariances[i], b.covariances[i], 1e-10);
    }
  }
}

TEST_P(TypesTest, SamplesHaveTheCovariances) {
  const int64_t d = 3, n = 200000;
  const auto x = draw_slowly(random_mixture(1, d, 2, 7), 500, 8);
  for (const CovarianceType type : types) {
    const Parameters p = fitted(type, x, d, 1);
    std::vector<double> drawn(size_t(n * d));
    Run run(2);
    sample(run, p, 5, {reinterpret_cast<char *>(drawn.data()), WDL_F64, n, d, d * 8, 8}, {});
    const Parameters again = fitted(type, drawn, d, 1);
    const std::vector<double> expected = matrix_of(p, 0), got = matrix_of(again, 0);
    for (size_t i = 0; i < got.size(); i++)
      EXPECT_NEAR(got[i], expected[i],
                  0.03 * std::fabs(expected[0]) + 0.03 * std::fabs(expected[i]));
  }
}

// Statistics of pieces, merged in any order, against one pass over all rows.
TEST_P(TypesTest, StatisticsOfPiecesMakeTheSameStep) {
  for (const CovarianceType type : types)
    for (const int64_t d : {1, 4, 34}) {
      SCOPED_TRACE(testing::Message() << int(type) << " d " << d);
      const int64_t k = 3, n = 1000;
      const auto x = draw_slowly(random_mixture(k, d, 2, 7), n, 8);
      const Parameters from = fitted(type, x, d, k);
      Run run(2);
      Parameters whole(k, d, type), merged = whole, again = whole;
      double bound = 0;
      ASSERT_TRUE(Em(run, samples(x, d), k, type).iterate(from, 1e-6, whole, bound));
      Statistics pieces[3] = {Statistics(from), Statistics(from), Statistics(from)};
      const int64_t ends[] = {0, 333, 340, n};
      for (size_t i = 0; i < 3; i++) {
        const std::vector<double> part(x.begin() + ends[i] * d, x.begin() + ends[i + 1] * d);
        ASSERT_TRUE(pieces[i].add(run, samples(part, d)));
      }
      Statistics all = pieces[2];
      all.add(pieces[0]);
      all.add(pieces[1]);
      EXPECT_EQ(all.weight(), double(n));
      EXPECT_NEAR(all.log_likelihood() / all.weight(), bound, 1e-12 * std::fabs(bound));
      ASSERT_TRUE(all.maximise(run, 1e-6, merged));
      const auto expect_near = [](const std::vector<double> &a, const std::vector<double> &b) {
        for (size_t i = 0; i < a.size(); i++)
          ASSERT_NEAR(a[i], b[i], 1e-12 * (1 + std::fabs(b[i])));
      };
      expect_near(merged.weights, whole.weights);
      expect_near(merged.means, whole.means);
      expect_near(merged.covariances, whole.covariances);
      all.move_to(merged);
      all.scale(0.25);
      ASSERT_TRUE(all.maximise(run, 1e-6, again));
      expect_near(again.covariances, merged.covariances);
      expect_near(again.means, merged.means);
    }
}

// Three components on two far blobs, the third so far away that it gets nothing.
struct Starved {
  std::vector<double> x;
  std::vector<double> weights = {0.4, 0.4, 0.2}, means = {-5, 0, 5, 0, 500, 500}, precisions;
  Options options;
  Start start;

  explicit Starved(CovarianceType type, Starving starving) {
    for (int64_t i = 0; i < 600; i++) {
      const double t = double(i) * 0.61803398875, u = t - std::floor(t) - 0.5;
      const double v = double(i % 23) / 23 - 0.5;
      x.push_back((i % 2 ? -5 : 5) + u), x.push_back(v);
    }
    const int64_t size = covariance_of(type).shape(3, 2).size();
    for (int64_t i = 0; i < size; i++)
      precisions.push_back(type == CovarianceType::diag || type == CovarianceType::spherical ||
                                   i % 4 == 0 || i % 4 == 3
                               ? 1
                               : 0);
    options.n_components = 3, options.covariance_type = type, options.starving = starving;
    options.max_iter = 50, options.tol = 1e-7, options.reg_covar = 0;
    start.weights = weights.data(), start.means = means.data();
    start.precisions = precisions.data();
  }
  FitResult fit() {
    Run run(2);
    return mixture::fit(run, samples(x, 2), options, start);
  }
};

TEST_P(TypesTest, StarvingComponentsEndTheFitOrAreMended) {
  for (const CovarianceType type : types) {
    SCOPED_TRACE(int(type));
    if (type != CovarianceType::tied) {
      EXPECT_THROW(Starved(type, Starving::error).fit(), Error);
    }
    const FitResult dropped = Starved(type, Starving::drop).fit();
    EXPECT_EQ(dropped.parameters.k, 2);
    EXPECT_NEAR(dropped.parameters.weights[0] + dropped.parameters.weights[1], 1, 1e-12);
    EXPECT_NEAR(std::fabs(dropped.parameters.means[0]), 5, 0.1);
    const FitResult reseeded = Starved(type, Starving::reseed).fit();
    EXPECT_EQ(reseeded.parameters.k, 3);
    for (const double w : reseeded.parameters.weights) EXPECT_GT(w, 1e-3);
    EXPECT_GT(reseeded.lower_bound, dropped.lower_bound - 0.01);
  }
}

// A start of single rows, whose covariances are 0.
TEST_P(TypesTest, StartsWithoutCovariancesAreMended) {
  for (const Starving starving : {Starving::reseed, Starving::drop}) {
    SCOPED_TRACE(int(starving));
    Starved starved(CovarianceType::full, starving);
    starved.start.weights = starved.start.means = starved.start.precisions = nullptr;
    starved.start.init = Init::plus_plus;
    starved.options.n_components = 2;
    const FitResult found = starved.fit();
    ASSERT_EQ(found.parameters.k, 2);
    EXPECT_NEAR(std::fabs(found.parameters.means[0]), 5, 0.1);
    for (const double u : found.parameters.precisions_cholesky) EXPECT_TRUE(std::isfinite(u));
    starved.options.starving = Starving::error;
    EXPECT_THROW(starved.fit(), Error);
    std::ranges::fill(starved.x, 0.0);  // nothing to mend
    starved.options.starving = starving;
    EXPECT_THROW(starved.fit(), Error);
  }
}

}  // namespace
}  // namespace windlass::mixture
