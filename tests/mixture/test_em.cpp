#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "../support/em_reference.hpp"
#include "../support/error_of.hpp"
#include "../support/guarded_buffer.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "core/random.hpp"
#include "mixture/em.hpp"
#include "mixture/expectation.hpp"
#include "mixture/kernels.hpp"

namespace windlass::mixture {
namespace {

using namespace windlass::test;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Matrix view(const std::vector<double> &values, int64_t rows, int64_t columns) {
  return {reinterpret_cast<const char *>(values.data()), WDL_F64, rows, columns, columns * 8, 8};
}
Samples samples(const std::vector<double> &x, int64_t d) {
  Samples s = {};
  s.x = view(x, int64_t(x.size()) / d, d);
  return s;
}
Vector view(const std::vector<double> &values) {
  return {reinterpret_cast<const char *>(values.data()), WDL_F64, int64_t(values.size()), 8};
}
MutableVector out(std::vector<double> &values) {
  return {reinterpret_cast<char *>(values.data()), WDL_F64, int64_t(values.size()), 8};
}

Parameters parameters(const ReferenceMixture &m) {
  Parameters p(m.k, m.d);
  for (size_t i = 0; i < m.weights.size(); i++) p.weights[i] = double(m.weights[i]);
  for (size_t i = 0; i < m.means.size(); i++) p.means[i] = double(m.means[i]);
  for (size_t i = 0; i < m.covariances.size(); i++) p.covariances[i] = double(m.covariances[i]);
  Run run(1);
  EXPECT_TRUE(factor_covariances(run, p));
  return p;
}

ReferenceMixture rounded(const Parameters &p) {
  ReferenceMixture m(p.k, p.d);
  m.weights.assign(p.weights.begin(), p.weights.end());
  m.means.assign(p.means.begin(), p.means.end());
  m.covariances.assign(p.covariances.begin(), p.covariances.end());
  return m;
}

// Largest difference relative to the largest value.
template <class T>
double difference(const std::vector<double> &got, const std::vector<T> &expected) {
  Real most = 0, largest = 0;
  for (size_t i = 0; i < got.size(); i++) {
    const Real e = std::fabs(Real(got[i]) - Real(expected[i]));
    most = e <= most ? most : e;  // NaN wins
    largest = std::fmax(largest, std::fabs(Real(expected[i])));
  }
  return double(most / largest);
}
void expect_close(const Parameters &got, const ReferenceMixture &expected, double tolerance) {
  EXPECT_LE(difference(got.weights, expected.weights), tolerance);
  EXPECT_LE(difference(got.means, expected.means), tolerance);
  EXPECT_LE(difference(got.covariances, expected.covariances), tolerance);
}
bool same_bits(const std::vector<double> &a, const std::vector<double> &b) {
  return a.size() == b.size() && !std::memcmp(a.data(), b.data(), a.size() * 8);
}
bool same_bits(const Parameters &a, const Parameters &b) {
  return same_bits(a.weights, b.weights) && same_bits(a.means, b.means) &&
         same_bits(a.covariances, b.covariances) &&
         same_bits(a.precisions_cholesky, b.precisions_cholesky);
}

struct Step {
  Parameters parameters;
  double bound = 0;
};
Step iterate(int workers, const Samples &x, const Parameters &from, double reg_covar = 1e-6) {
  Run run(workers);
  Step step = {Parameters(from.k, from.d)};
  Em em(run, x, from.k);
  EXPECT_TRUE(em.iterate(from, reg_covar, step.parameters, step.bound));
  return step;
}

// Every test runs at every level of this machine.
class EmTest : public testing::TestWithParam<isa::Level> {
 protected:
  using Run = windlass::Run;  // not testing::Test::Run
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }
};
INSTANTIATE_TEST_SUITE_P(Levels, EmTest, testing::ValuesIn(isa::supported()),
                         [](const auto &level) { return isa::name(level.param); });

TEST_P(EmTest, ExponentialIsAccurate) {
  constexpr int64_t count = 200000;
  std::vector<double> x(count), y(count);
  for (int64_t i = 0; i < count; i++) x[size_t(i)] = -708.0 * double(i) / double(count - 1);
  kernels().exp(count, x.data(), y.data());
  double worst = 0;
  for (size_t i = 0; i < x.size(); i++) {
    const Real exact = std::exp(Real(x[i]));
    const double ulp = std::nextafter(double(exact), HUGE_VAL) - double(exact);
    worst = std::fmax(worst, double(std::fabs(y[i] - exact) / Real(ulp)));
  }
  EXPECT_LE(worst, 1.5);
  std::vector<double> special = {-708.1, -1e5, -HUGE_VAL, 0, -1.7e308, -1e-300, 700, -0.0};
  special.resize(16);
  kernels().exp(16, special.data(), y.data());
  const double expected[] = {0, 0, 0, 1, 0, 1, std::exp(700.0), 1};
  for (int i = 0; i < 8; i++) EXPECT_NEAR(y[size_t(i)], expected[i], 1e-15 * expected[i]) << i;
}

TEST_P(EmTest, LogarithmIsAccurate) {
  constexpr int64_t count = 200000;
  std::vector<double> x(count), y(count);
  for (int64_t i = 0; i < count; i++)
    x[size_t(i)] = i % 2 ? double(i) * 1e-2 + 1 : std::exp2(-52.0 * double(i) / double(count));
  kernels().log(count, x.data(), y.data());
  double worst = 0;
  for (size_t i = 0; i < x.size(); i++) {
    const Real exact = std::log(Real(x[i]));
    const double most = std::fabs(double(exact));
    const double ulp = std::nextafter(most, HUGE_VAL) - most;
    worst = std::fmax(worst, double(std::fabs(y[i] - exact) / Real(ulp)));
  }
  EXPECT_LE(worst, 1.5);
}

TEST_P(EmTest, RandomResponsibilitiesAreTheStreams) {
  for (int64_t k : {1, 2, 7}) {
    const RandomStream random = {0x123456789abcdef, 77};
    const int64_t first = (int64_t(1) << 32) - 64;
    const Layout s = kernels().forms[0].layout(2, k);
    std::vector<double> p(size_t(k * tile_rows));
    Tile tile = {};
    tile.rows = 100, tile.p = {p.data()};
    kernels().random_responsibilities(s, RandomRows::dirichlet, random.seed, random.stream, first,
                                      tile);
    for (int64_t i = 0; i < tile_rows; i++) {
      std::vector<Real> e(static_cast<size_t>(k));
      Real sum = 0;
      for (int64_t c = 0; c < k; c++) {
        const RandomStream::Pair u = random.pair(first + i, uint32_t(c / 2));
        sum += e[size_t(c)] = -std::log(Real(c % 2 ? u.second : u.first));
      }
      for (int64_t c = 0; c < k; c++)
        ASSERT_NEAR(p[size_t(c * tile_rows + i)], i < 100 ? double(e[size_t(c)] / sum) : 0, 1e-15);
    }
  }
}

TEST_P(EmTest, CholeskyAndInverse) {
  for (int64_t d : {1, 2, 3, 4, 5, 8, 9, 17, 40, 131}) {
    const ReferenceMixture m = random_mixture(1, d, 1, uint32_t(d));
    std::vector<double> r(m.covariances.begin(), m.covariances.end()), u(size_t(d * d), nan);
    for (int64_t i = 0; i < d; i += 3)  // by parts
      ASSERT_EQ(kernels().cholesky(d, i, i + 3 < d ? i + 3 : d, r.data()), -1);
    for (int64_t end = d; end > 0; end -= 3)
      kernels().invert_triangle(d, end > 3 ? end - 3 : 0, end, r.data(), u.data());
    const auto l = cholesky_slowly(d, m.covariances.data());
    for (int64_t i = 0; i < d; i++)
      for (int64_t j = 0; j < d; j++) {
        ASSERT_NEAR(r[size_t(i * d + j)], double(l[size_t(j * d + i)]), 1e-14 * double(d));
        Real sum = 0;
        for (int64_t q = 0; q < d; q++) sum += Real(r[size_t(i * d + q)]) * u[size_t(q * d + j)];
        ASSERT_NEAR(double(sum), i == j, 1e-14 * double(d)) << d;
      }
  }
}

TEST_P(EmTest, CholeskyFindsThePivot) {
  for (double bad : {-1.0, 0.0, nan, HUGE_VAL}) {
    std::vector<double> a = {4, 2, 0, 2, 9, 1, 0, 1, bad};
    EXPECT_EQ(kernels().cholesky(3, 0, 3, a.data()), 2) << bad;
  }
}

TEST_P(EmTest, IterationAgreesWithReference) {
  for (int64_t d = 1; d <= 47; d++) {
    const ReferenceMixture start = random_mixture(3, d, 1, uint32_t(d));
    const Parameters from = parameters(start);
    for (int64_t n : {1, 7, 127, 128, 129, 1031}) {
      if (n == 1031 && d > 12 && d % 5 != 2) continue;
      SCOPED_TRACE(testing::Message() << "d " << d << " n " << n);
      const auto x = draw_slowly(start, n, uint32_t(n));
      const ReferenceExpectation e = e_step_slowly(start, n, x.data());
      Real bound = 0;
      for (Real l : e.log_likelihoods) bound += l / Real(n);
      const Step step = iterate(2, samples(x, d), from, 1e-3);
      expect_close(step.parameters, m_step_slowly(n, d, 3, x.data(), e.responsibilities, 1e-3L),
                   2e-12);
      EXPECT_NEAR(step.bound, double(bound), 1e-14 * double(d * d + 8));
    }
  }
}

TEST_P(EmTest, ExpectationAgreesWithReference) {
  for (int64_t d : {1, 2, 3, 4, 6, 8, 9, 15, 24, 33}) {
    for (int64_t k : {1, 2, 5, 9, 20}) {
      const int64_t n = 391;
      const ReferenceMixture m = random_mixture(k, d, 2, uint32_t(d));
      const auto x = draw_slowly(m, n, 1);
      const ReferenceExpectation e = e_step_slowly(m, n, x.data());
      std::vector<double> r(size_t(n * k)), turned(r), l(static_cast<size_t>(n));
      std::vector<int64_t> labels(static_cast<size_t>(n));
      Run run(2);
      Expectation wanted;
      wanted.responsibilities = {reinterpret_cast<char *>(r.data()), WDL_F64, n, k, k * 8, 8};
      wanted.log_likelihoods = out(l);
      wanted.labels = {reinterpret_cast<char *>(labels.data()), WDL_I64, n, 8};
      const double mean = e_step(run, samples(x, d), parameters(m), wanted);
      wanted.responsibilities = {reinterpret_cast<char *>(turned.data()), WDL_F64, n, k, 8, n * 8};
      e_step(run, samples(x, d), parameters(m), wanted);
      Real sum = 0;
      for (Real value : e.log_likelihoods) sum += value;
      EXPECT_NEAR(mean, double(sum / n), 1e-13 * double(d * d + 8));
      EXPECT_LE(difference(r, e.responsibilities), 1e-12);
      EXPECT_LE(difference(l, e.log_likelihoods), 1e-13);
      EXPECT_EQ(labels, e.labels);
      for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < k; c++) ASSERT_EQ(turned[size_t(c * n + i)], r[size_t(i * k + c)]);
    }
  }
}

TEST_P(EmTest, MaximisationAgreesWithReference) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform;
  for (int64_t d : {1, 2, 3, 4, 5, 8, 11, 24, 33, 45}) {
    for (int64_t n : {1, 9, 128, 700}) {
      for (int64_t k : {1, 3, 10}) {
        SCOPED_TRACE(testing::Message() << "d " << d << " n " << n << " k " << k);
        const auto x = draw_slowly(random_mixture(2, d, 30, 4), n, 5);
        std::vector<double> r(size_t(n * k)), turned(r);
        for (double &v : r) v = std::fmax(0, uniform(random) - 0.3);  // some are 0
        r[0] = 1;
        for (int64_t i = 0; i < n; i++)
          for (int64_t c = 0; c < k; c++) turned[size_t(c * n + i)] = r[size_t(i * k + c)];
        Parameters got(k, d), other(k, d);
        Run run(2);
        m_step(run, samples(x, d), view(r, n, k), -1, 1e-3, got);
        expect_close(got, m_step_slowly(n, d, k, x.data(), r, 1e-3L), 2e-12);
        const Matrix columns = {
            reinterpret_cast<const char *>(turned.data()), WDL_F64, n, k, 8, n * 8};
        m_step(run, samples(x, d), columns, -1, 1e-3, other);
        EXPECT_TRUE(same_bits(got, other));
      }
    }
  }
}

// The same values as they may lie in memory: columns first, backwards, with gaps, unaligned.
TEST_P(EmTest, SameBitsForAnyLayoutAndWorkers) {
  for (int64_t d : {1, 2, 3, 5, 7, 8, 9, 16, 24, 33}) {
    const int64_t n = 1500;
    const ReferenceMixture m = random_mixture(4, d, 1, 9);
    const Parameters from = parameters(m);
    std::vector<double> x = draw_slowly(m, n, 2);
    const Step expected = iterate(1, samples(x, d), from);
    std::vector<char> memory(size_t(3 * n * d * 8 + 64));
    const auto check = [&](const Matrix &where, int workers) {
      for (int64_t i = 0; i < n && where.dtype == WDL_F64; i++)
        for (int64_t j = 0; j < d; j++)
          std::memcpy(
              const_cast<char *>(where.data) + i * where.row_stride + j * where.column_stride,
              &x[size_t(i * d + j)], 8);
      Samples s = {};
      s.x = where;
      const Step step = iterate(workers, s, from);
      EXPECT_TRUE(same_bits(step.parameters, expected.parameters)) << "d " << d;
      EXPECT_EQ(step.bound, expected.bound);
    };
    const char *p = memory.data();
    for (int workers : {1, 2, 3, 8}) check({p, WDL_F64, n, d, d * 8, 8}, workers);
    check({p + 3, WDL_F64, n, d, d * 8, 8}, 2);
    check({p + 5, WDL_F64, n, d, d * 8 + 8, 8}, 2);
    check({p, WDL_F64, n, d, 8, n * 8}, 2);
    check({p, WDL_F64, n, d, 2 * d * 8, 16}, 2);
    check({p + (n - 1) * d * 8, WDL_F64, n, d, -d * 8, 8}, 3);
    check({p + 1 + (d - 1) * 8, WDL_F64, n, d, d * 8, -8}, 2);
  }
}

TEST_P(EmTest, ReadsNothingBeyondTheArray) {
  GuardedBuffer memory(300 * 40 * 8);
  for (int64_t d : {1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 40})
    for (int64_t n : {1, 2, 3, 5, 8, 127, 128, 135, 257}) {
      const ReferenceMixture m = random_mixture(2, d, 1, 9);
      const auto x = draw_slowly(m, n, 2);
      const Parameters from = parameters(m);
      const Step expected = iterate(1, samples(x, d), from);
      for (const uint8_t *place : {memory.copy_to_begin(x.data(), x.size() * 8),
                                   memory.copy_to_end(x.data(), x.size() * 8)}) {
        std::memcpy(const_cast<uint8_t *>(place), x.data(), x.size() * 8);
        Samples s = {};
        s.x = {reinterpret_cast<const char *>(place), WDL_F64, n, d, d * 8, 8};
        EXPECT_TRUE(same_bits(iterate(2, s, from).parameters, expected.parameters));
      }
    }
}

// Responsibilities far below the smallest normal number must not make subnormal products.
TEST_P(EmTest, SeparatedComponents) {
  for (int64_t d : {2, 8, 40}) {
    for (double spread : {20.0, 1e3, 1e8}) {
      const ReferenceMixture start = random_mixture(3, d, spread, 5);
      const auto x = draw_slowly(start, 500, 6);
      const ReferenceExpectation e = e_step_slowly(start, 500, x.data());
      const Step step = iterate(2, samples(x, d), parameters(start));
      expect_close(step.parameters, m_step_slowly(500, d, 3, x.data(), e.responsibilities, 1e-6L),
                   1e-15 * std::fmax(spread, 1e3));
    }
  }
}

// Old means far from the data: the moments are taken again about the new ones.
TEST_P(EmTest, FarCentresLoseNothing) {
  const ReferenceMixture start = random_mixture(2, 3, 1, 5);
  auto x = draw_slowly(start, 400, 6);
  for (double &v : x) v += 1e6;
  ReferenceMixture wide = start;
  for (Real &v : wide.covariances) v *= 1e12;
  wide = rounded(parameters(wide));
  const ReferenceExpectation e = e_step_slowly(wide, 400, x.data());
  const Step step = iterate(2, samples(x, 3), parameters(wide), 0);
  expect_close(step.parameters, m_step_slowly(400, 3, 2, x.data(), e.responsibilities, 0), 1e-9);
}

TEST_P(EmTest, WeightsAreRepeatedRows) {
  for (int64_t d : {1, 2, 4, 6, 12, 35}) {
    const int64_t n = 300;
    const ReferenceMixture m = random_mixture(3, d, 1, 5);
    auto x = draw_slowly(m, n, 6);
    std::vector<double> weights, repeated;
    for (int64_t i = 0; i < n; i++) {
      weights.push_back(i >= 128 && i < 256 ? 0.0 : double(i % 4));
      for (int64_t r = 0; r < int64_t(weights.back()); r++)
        repeated.insert(repeated.end(), x.begin() + i * d, x.begin() + (i + 1) * d);
      if (weights.back() == 0) x[size_t(i * d)] = i % 3 ? nan : HUGE_VAL;  // absent
    }
    Samples weighted = samples(x, d);
    weighted.weights = view(weights);
    const Parameters from = parameters(m);
    const Step a = iterate(2, weighted, from), b = iterate(2, samples(repeated, d), from);
    expect_close(a.parameters, rounded(b.parameters), 1e-12);
    EXPECT_NEAR(a.bound, b.bound, 1e-12 * double(d + 4));
  }
}

TEST_P(EmTest, NamesTheFirstValueThatIsNotFinite) {
  for (int64_t d : {1, 3, 9, 40}) {
    const ReferenceMixture m = random_mixture(2, d, 1, 5);
    auto x = draw_slowly(m, 3000, 6);
    for (int64_t i : {700, 1500, 2999}) x[size_t(i * d + d / 2)] = nan;
    x[size_t(700 * d + d - 1)] = HUGE_VAL;
    for (int workers : {1, 3}) {
      const Error e = error_of([&] { iterate(workers, samples(x, d), parameters(m)); });
      EXPECT_EQ(e.status, WDL_BAD_DATA);
      EXPECT_EQ(e.position[0], 700);
      EXPECT_EQ(e.position[1], d / 2);
    }
  }
}

TEST_P(EmTest, NamesTheCovarianceThatIsNotPositiveDefinite) {
  Parameters p = parameters(random_mixture(4, 3, 1, 5));
  p.covariances[2 * 9 + 4] = -1;
  Run run(2);
  const Error given = error_of([&] { factor_covariances(run, p, {4, "covariances"}); });
  EXPECT_EQ(given.status, WDL_BAD_DATA);
  EXPECT_EQ(given.argument, 4);
  EXPECT_EQ(given.position[0], 2);
  EXPECT_NE(given.text.find("covariances[2]"), std::string::npos);
  const std::vector<double> equal(300, 1.5);
  const Error empirical =
      error_of([&] { iterate(1, samples(equal, 3), parameters(random_mixture(2, 3, 1, 5)), 0); });
  EXPECT_EQ(empirical.status, WDL_BAD_DATA);
  EXPECT_NE(empirical.text.find("reg_covar"), std::string::npos) << empirical.text;
}

TEST_P(EmTest, RefusesBadResponsibilities) {
  const auto x = draw_slowly(random_mixture(2, 3, 1, 5), 200, 6);
  for (double bad : {-0.5, nan, HUGE_VAL}) {
    std::vector<double> r(400, 0.5);
    r[2 * 150 + 1] = bad;
    Parameters p(2, 3);
    Run run(2);
    const Error e = error_of([&] { m_step(run, samples(x, 3), view(r, 200, 2), 2, 0, p); });
    EXPECT_EQ(e.status, WDL_BAD_DATA);
    EXPECT_EQ(e.argument, 2);
    EXPECT_EQ(e.position[0], 150);
    EXPECT_EQ(e.position[1], 1);
  }
}

// Densities that underflow: readers answer, an iteration refuses.
TEST_P(EmTest, RowsWithoutDensity) {
  const ReferenceMixture m = random_mixture(2, 3, 1, 5);
  auto x = draw_slowly(m, 200, 6);
  x[150 * 3] = 1e200, x[150 * 3 + 1] = -1e308, x[150 * 3 + 2] = 1e308;
  std::vector<double> r(400), l(200);
  Run run(2);
  Expectation wanted;
  wanted.responsibilities = {reinterpret_cast<char *>(r.data()), WDL_F64, 200, 2, 16, 8};
  wanted.log_likelihoods = out(l);
  EXPECT_EQ(e_step(run, samples(x, 3), parameters(m), wanted), -HUGE_VAL);
  EXPECT_EQ(l[150], -HUGE_VAL);
  EXPECT_EQ(r[300], 0.5);
  EXPECT_TRUE(std::isfinite(l[149]));
  const Error e = error_of([&] { iterate(2, samples(x, 3), parameters(m)); });
  EXPECT_EQ(e.status, WDL_BAD_DATA);
  EXPECT_EQ(e.position[0], 150);
}

TEST_P(EmTest, StopsWhenCancelled) {
  const ReferenceMixture m = random_mixture(2, 3, 1, 5);
  const auto x = draw_slowly(m, 2000, 6);
  const std::atomic<uint64_t> cancelled{4};
  Run run({.workers = 2, .cancel_word = &cancelled, .cancel_bit = 4});
  const Parameters p = parameters(m);
  EXPECT_EQ(error_of([&] { e_step(run, samples(x, 3), p, {}); }).status, WDL_CANCELLED);
  std::vector<double> r(4000, 0.5);
  Parameters got(2, 3);
  EXPECT_EQ(error_of([&] { m_step(run, samples(x, 3), view(r, 2000, 2), -1, 0, got); }).status,
            WDL_CANCELLED);
}

}  // namespace
}  // namespace windlass::mixture
