// Samples of float32, which tiles of float take, against the same values as doubles.
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
#include "mixture/em.hpp"
#include "mixture/expectation.hpp"
#include "mixture/fit.hpp"
#include "mixture/statistics.hpp"

namespace windlass::mixture {
namespace {

using namespace windlass::test;

constexpr CovarianceType types[] = {CovarianceType::full, CovarianceType::tied,
                                    CovarianceType::diag, CovarianceType::spherical};

// The same values as float and as double.
struct Both {
  int64_t d;
  std::vector<float> single;
  std::vector<double> twice;

  Both(const std::vector<double> &x, int64_t columns, double factor = 1, double offset = 0)
      : d(columns) {
    for (const double v : x) single.push_back(float(v * factor + offset));
    twice.assign(single.begin(), single.end());
  }
  int64_t rows() const { return int64_t(twice.size()) / d; }
  Samples floats() const {
    return {{reinterpret_cast<const char *>(single.data()), WDL_F32, rows(), d, d * 4, 4}};
  }
  Samples doubles() const {
    return {{reinterpret_cast<const char *>(twice.data()), WDL_F64, rows(), d, d * 8, 8}};
  }
};

Vector view(const std::vector<double> &values) {
  return {reinterpret_cast<const char *>(values.data()), WDL_F64, int64_t(values.size()), 8};
}

// Largest difference relative to the largest value.
double difference(const std::vector<double> &got, const std::vector<double> &expected) {
  double most = 0, largest = 0;
  for (size_t i = 0; i < got.size(); i++) {
    const double e = std::fabs(got[i] - expected[i]);
    most = e <= most ? most : e;  // NaN wins
    largest = std::fmax(largest, std::fabs(expected[i]));
  }
  return most / largest;
}
void expect_close(const Parameters &got, const Parameters &expected, double tolerance) {
  EXPECT_LE(difference(got.weights, expected.weights), tolerance);
  EXPECT_LE(difference(got.means, expected.means), tolerance);
  EXPECT_LE(difference(got.covariances, expected.covariances), tolerance);
}
bool same_bits(const std::vector<double> &a, const std::vector<double> &b) {
  return a.size() == b.size() && !std::memcmp(a.data(), b.data(), a.size() * 8);
}
bool same_bits(const Parameters &a, const Parameters &b) {
  return same_bits(a.weights, b.weights) && same_bits(a.means, b.means) &&
         same_bits(a.covariances, b.covariances);
}

struct Step {
  Parameters parameters;
  double bound = 0;
};
Step iterate(int workers, const Samples &x, const Parameters &from, double reg_covar = 1e-6) {
  Run run(workers);
  Step step = {Parameters(from.k, from.d, from.type)};
  Em em(run, x, from.k, from.type);
  EXPECT_TRUE(em.iterate(from, reg_covar, step.parameters, step.bound));
  return step;
}

Parameters fitted(CovarianceType type, const Samples &x, int64_t k, int64_t max_iter = 4,
                  double reg_covar = 1e-6) {
  Options o;
  o.n_components = k, o.covariance_type = type, o.max_iter = max_iter, o.tol = 0;
  o.reg_covar = reg_covar;
  Start start;
  start.init = Init::random_from_data;
  Run run(1);
  return fit(run, x, o, start).parameters;
}

std::vector<double> scores(const Samples &x, const Parameters &p) {
  std::vector<double> l(static_cast<size_t>(x.x.rows));
  Run run(1);
  e_step(run, x, p,
         {.log_likelihoods = {reinterpret_cast<char *>(l.data()), WDL_F64, x.x.rows, 8}});
  return l;
}

class SingleTest : public testing::TestWithParam<isa::Level> {
 protected:
  using Run = windlass::Run;  // not testing::Test::Run
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }
};
INSTANTIATE_TEST_SUITE_P(Levels, SingleTest, testing::ValuesIn(isa::supported()),
                         [](const auto &level) { return isa::name(level.param); });

TEST_P(SingleTest, ExponentialIsAccurate) {
  constexpr int64_t count = 400000;
  std::vector<float> x(count), y(count);
  for (int64_t i = 0; i < count; i++) x[size_t(i)] = float(-87.0 * double(i) / double(count - 1));
  kernels().exp_single(count, x.data(), y.data());
  double worst = 0;
  for (size_t i = 0; i < x.size(); i++) {
    const double exact = std::exp(double(x[i]));
    const double ulp = std::nextafter(float(exact), HUGE_VALF) - float(exact);
    worst = std::fmax(worst, std::fabs(double(y[i]) - exact) / ulp);
  }
  EXPECT_LE(worst, 1.5);
  const float special[16] = {-87.1f, -1e5f, -HUGE_VALF, 0, -3e38f, -1e-30f, 87, -0.0f};
  const double expected[] = {0, 0, 0, 1, 0, 1, std::exp(87.0), 1};
  kernels().exp_single(16, special, y.data());
  for (int i = 0; i < 8; i++)
    EXPECT_NEAR(double(y[size_t(i)]), expected[i], 2e-7 * expected[i]) << i;
}

TEST_P(SingleTest, IterationAgreesWithDoubles) {
  for (const CovarianceType type : types)
    for (const int64_t d : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 23, 24, 25, 31, 32, 33, 40, 49, 67})
      for (const int64_t n : {7, 128, 129, 1031}) {
        SCOPED_TRACE(testing::Message() << int(type) << " d " << d << " n " << n);
        const Both x(draw_slowly(random_mixture(3, d, 1, uint32_t(d)), n, uint32_t(n)), d);
        const Parameters from = fitted(type, x.doubles(), 2, 2, 0.1);
        const Step a = iterate(2, x.floats(), from, 0.1), b = iterate(2, x.doubles(), from, 0.1);
        expect_close(a.parameters, b.parameters, 1e-5);
        EXPECT_NEAR(a.bound, b.bound, 1e-5 * (1 + std::fabs(b.bound)));
      }
}

TEST_P(SingleTest, ManyTilesAgreeWithDoubles) {
  const Both x(draw_slowly(random_mixture(3, 3, 1, 1), 30000, 2), 3);
  for (const CovarianceType type : types) {
    const Parameters from = fitted(type, x.doubles(), 3);
    const Step a = iterate(2, x.floats(), from), b = iterate(2, x.doubles(), from);
    expect_close(a.parameters, b.parameters, 1e-6);
    EXPECT_NEAR(a.bound, b.bound, 1e-6);
  }
}

TEST_P(SingleTest, ExpectationAgreesWithDoubles) {
  for (const CovarianceType type : types)
    for (const int64_t d : {1, 2, 4, 8, 9, 24, 33}) {
      for (const int64_t k : {1, 2, 9, 20}) {
        const int64_t n = 391;
        const Both x(draw_slowly(random_mixture(k, d, 2, uint32_t(d)), n, 1), d);
        const Parameters p = fitted(type, x.doubles(), k, 2, 0.1);
        std::vector<double> r[2], l[2];
        std::vector<int64_t> labels[2];
        for (int i = 0; i < 2; i++) {
          r[i].resize(size_t(n * k)), l[i].resize(size_t(n)), labels[i].resize(size_t(n));
          Expectation wanted;
          wanted.responsibilities = {
              reinterpret_cast<char *>(r[i].data()), WDL_F64, n, k, k * 8, 8};
          wanted.log_likelihoods = {reinterpret_cast<char *>(l[i].data()), WDL_F64, n, 8};
          wanted.labels = {reinterpret_cast<char *>(labels[i].data()), WDL_I64, n, 8};
          Run run(2);
          e_step(run, i ? x.doubles() : x.floats(), p, wanted);
        }
        EXPECT_LE(difference(r[0], r[1]), 1e-4) << int(type) << " d " << d << " k " << k;
        EXPECT_LE(difference(l[0], l[1]), 1e-5) << int(type) << " d " << d << " k " << k;
        for (size_t i = 0; i < size_t(n); i++)
          ASSERT_NEAR(r[1][i * size_t(k) + size_t(labels[0][i])],
                      r[1][i * size_t(k) + size_t(labels[1][i])], 1e-4);
      }
    }
}

// What is said of a row depends on no other row.
TEST_P(SingleTest, ScoresOfARowAreItsOwn) {
  const Both x(draw_slowly(random_mixture(3, 4, 2, 3), 300, 1), 4, 1, 100);
  const Parameters p = fitted(CovarianceType::full, x.doubles(), 3);
  const std::vector<double> all = scores(x.floats(), p);
  Samples part = x.floats();
  part.x.data += 57 * part.x.row_stride, part.x.rows = 5;
  const std::vector<double> some = scores(part, p);
  for (size_t i = 0; i < 5; i++) EXPECT_EQ(some[i], all[57 + i]);
}

TEST_P(SingleTest, OffsetsCostNothing) {
  for (const CovarianceType type : types)
    for (const int64_t d : {1, 3, 8, 12, 35}) {
      SCOPED_TRACE(testing::Message() << int(type) << " d " << d);
      const Both x(draw_slowly(random_mixture(3, d, 2, 7), 3000, 8), d, 1, 1e4);
      const Parameters from = fitted(type, x.doubles(), 3, 4, 0.1);
      const Step a = iterate(2, x.floats(), from, 0), b = iterate(2, x.doubles(), from, 0);
      expect_close(a.parameters, b.parameters, 1e-5);
      EXPECT_LE(difference(scores(x.floats(), from), scores(x.doubles(), from)), 1e-5);
      const Parameters p = fitted(type, x.floats(), 3, 8, 0.01),
                       q = fitted(type, x.doubles(), 3, 8, 0.01);
      EXPECT_LE(difference(p.covariances, q.covariances), 1e-4);
    }
}

TEST_P(SingleTest, ScalesNearTheEndsOfTheRange) {
  for (const CovarianceType type : types)
    for (const double factor : {1e-25, 1e-12, 1e12, 1e25}) {
      SCOPED_TRACE(testing::Message() << int(type) << " times " << factor);
      for (const int64_t d : {2, 6, 34}) {
        const Both x(draw_slowly(random_mixture(2, d, 2, 7), 600, 8), d, factor);
        const Parameters from = fitted(type, x.doubles(), 2, 4, 0.1 * factor * factor);
        const Step a = iterate(1, x.floats(), from, 0), b = iterate(1, x.doubles(), from, 0);
        expect_close(a.parameters, b.parameters, 3e-5);
        EXPECT_LE(difference(scores(x.floats(), from), scores(x.doubles(), from)), 1e-5);
      }
    }
}

TEST_P(SingleTest, FarComponentsLoseLittle) {
  for (const CovarianceType type : types)
    for (const double spread : {100.0, 1000.0}) {
      SCOPED_TRACE(testing::Message() << int(type) << " spread " << spread);
      const int64_t d = 3;
      const Both x(draw_slowly(random_mixture(4, d, spread, 7), 2000, 8), d);
      const Parameters from = fitted(type, x.doubles(), 4, 20);
      const Step a = iterate(1, x.floats(), from), b = iterate(1, x.doubles(), from);
      expect_close(a.parameters, b.parameters, 1e-4);
    }
}

// Pairs that overlap, `spread` apart: one covariance for all is what is left when that of the means
// is taken from that of all rows. Beside another mixture, and by itself.
TEST_P(SingleTest, OneCovarianceOfFarPairs) {
  const int64_t d = 3, n = 2000;
  for (const double spread : {1e2, 1e3, 1e4, 1e5}) {
    SCOPED_TRACE(testing::Message() << "spread " << spread);
    std::vector<double> values = draw_slowly(random_mixture(1, d, 1, 7), n, 8);
    for (int64_t i = 0; i < n; i++) {
      values[size_t(i * d)] += double(i % 2) * spread;
      values[size_t(i * d + 1)] += double(i / 2 % 2) * 2;
    }
    const Both x(values, d);
    Parameters from(4, d, CovarianceType::tied), wide = from, narrow = from;
    for (int64_t c = 0; c < 4; c++) {
      from.weights[size_t(c)] = 0.25;
      from.means[size_t(c * d)] = double(c % 2) * spread;
      from.means[size_t(c * d + 1)] = double(c / 2);
    }
    wide = narrow = from;
    for (size_t i = 0; i < size_t(d * d); i += size_t(d) + 1) {
      narrow.covariances[i] = 1;
      wide.covariances[i] = spread * spread;
    }
    Run run(2);
    ASSERT_TRUE(factor_covariances(run, narrow) && factor_covariances(run, wide));
    Em em(run, x.floats(), 4, CovarianceType::tied, 2);
    Parameters to[2] = {from, from};
    Iteration steps[] = {{&narrow, &to[0], 0, 0}, {&wide, &to[1], 0, 1}};
    ASSERT_TRUE(em.iterate(steps, 1e-6, true));
    const Parameters *starts[] = {&narrow, &wide};
    for (const Iteration &one : steps) {
      const Parameters &start = *starts[one.mixture];
      const Step alone = iterate(1, x.floats(), start), twice = iterate(1, x.doubles(), start);
      EXPECT_TRUE(same_bits(alone.parameters.covariances, to[one.mixture].covariances));
      EXPECT_EQ(alone.bound, one.bound);
      expect_close(alone.parameters, twice.parameters, 1e-5);
      EXPECT_LT(em.lowest(one.mixture)[0].row, n);
    }
  }
}

// Old means far from the data: the moments are taken again about the new ones.
TEST_P(SingleTest, FarCentresLoseNothing) {
  const Both x(draw_slowly(random_mixture(2, 3, 1, 5), 400, 6), 3);
  for (const CovarianceType type : types) {
    Parameters wide = fitted(type, x.doubles(), 2);
    for (double &v : wide.means) v += 300;
    for (double &v : wide.covariances) v *= 1e6;
    Run run(1);
    ASSERT_TRUE(factor_covariances(run, wide));
    const Step a = iterate(2, x.floats(), wide, 0), b = iterate(2, x.doubles(), wide, 0);
    expect_close(a.parameters, b.parameters, 1e-3);  // responsibilities of densities about -1e4
  }
}

TEST_P(SingleTest, SameBitsForAnyLayoutAndWorkers) {
  for (const CovarianceType type : types)
    for (const int64_t d : {1, 2, 3, 7, 8, 15, 16, 17, 33}) {
      const Both x(draw_slowly(random_mixture(4, d, 1, 9), 2100, 2), d);
      const int64_t n = x.rows();
      const Parameters from = fitted(type, x.doubles(), 4, 1);
      const Step expected = iterate(1, x.floats(), from);
      std::vector<char> memory(size_t(3 * n * d * 4 + 64));
      const auto check = [&](const Matrix &where, int workers) {
        for (int64_t i = 0; i < n; i++)
          for (int64_t j = 0; j < d; j++)
            std::memcpy(
                const_cast<char *>(where.data) + i * where.row_stride + j * where.column_stride,
                &x.single[size_t(i * d + j)], 4);
        const Step step = iterate(workers, {where}, from);
        EXPECT_TRUE(same_bits(step.parameters, expected.parameters)) << int(type) << " d " << d;
        EXPECT_EQ(step.bound, expected.bound);
      };
      const char *p = memory.data();
      for (const int workers : {1, 2, 3, 8}) check({p, WDL_F32, n, d, d * 4, 4}, workers);
      check({p + 3, WDL_F32, n, d, d * 4, 4}, 2);
      check({p + 5, WDL_F32, n, d, d * 4 + 4, 4}, 2);
      check({p, WDL_F32, n, d, 4, n * 4}, 2);
      check({p, WDL_F32, n, d, 2 * d * 4, 8}, 2);
      check({p + (n - 1) * d * 4, WDL_F32, n, d, -d * 4, 4}, 3);
    }
}

TEST_P(SingleTest, ReadsNothingBeyondTheArray) {
  GuardedBuffer memory(300 * 40 * 4);
  for (int64_t d = 1; d <= 40; d += d < 18 ? 1 : 11)
    for (const int64_t n : {1, 2, 5, 16, 17, 127, 128, 135, 257}) {
      const Both x(draw_slowly(random_mixture(2, d, 1, 9), n, 2), d);
      const Parameters from = fitted(CovarianceType::full, x.doubles(), 1, 1);
      const Step expected = iterate(1, x.floats(), from);
      for (const uint8_t *place : {memory.copy_to_begin(x.single.data(), x.single.size() * 4),
                                   memory.copy_to_end(x.single.data(), x.single.size() * 4)}) {
        std::memcpy(const_cast<uint8_t *>(place), x.single.data(), x.single.size() * 4);
        const Samples s = {{reinterpret_cast<const char *>(place), WDL_F32, n, d, d * 4, 4}};
        EXPECT_TRUE(same_bits(iterate(2, s, from).parameters, expected.parameters));
      }
    }
}

TEST_P(SingleTest, WeightsOfAnySize) {
  for (const CovarianceType type : types)
    for (const double unit : {1e-250, 1e-60, 1.0, 1e60, 1e250}) {
      SCOPED_TRACE(testing::Message() << int(type) << " unit " << unit);
      const Both x(draw_slowly(random_mixture(2, 3, 2, 7), 500, 8), 3);
      std::vector<double> weights;
      for (int64_t i = 0; i < 500; i++)
        weights.push_back(i >= 128 && i < 256 ? 0 : double(i % 4) * unit);
      Samples a = x.floats(), b = x.doubles();
      a.weights = b.weights = view(weights);
      const Parameters from = fitted(type, x.doubles(), 2);
      const Step c = iterate(1, a, from), e = iterate(1, b, from);
      expect_close(c.parameters, e.parameters, 1e-5);
      EXPECT_NEAR(c.bound, e.bound, 1e-5);
    }
}

TEST_P(SingleTest, StatisticsAgreeWithDoubles) {
  for (const CovarianceType type : types)
    for (const int64_t d : {1, 4, 34}) {
      const Both x(draw_slowly(random_mixture(3, d, 2, 7), 1000, 8), d, 1, 50);
      const Parameters from = fitted(type, x.doubles(), 3);
      Statistics a(from), b(from);
      Run run(2);
      ASSERT_TRUE(a.add(run, x.floats()));
      ASSERT_TRUE(b.add(run, x.doubles()));
      EXPECT_LE(difference(a.values, b.values), 1e-6) << int(type) << " d " << d;
    }
}

TEST_P(SingleTest, NamesBadValuesAndRowsWithoutDensity) {
  for (const int64_t d : {1, 3, 40}) {
    Both x(draw_slowly(random_mixture(2, d, 1, 5), 300, 6), d);
    const Parameters p = fitted(CovarianceType::full, x.doubles(), 2, 2, 0.1);
    x.single[size_t(200 * d)] = 3e38f;
    const Error far = error_of([&] { iterate(2, x.floats(), p); });
    EXPECT_EQ(far.status, WDL_BAD_DATA);
    EXPECT_EQ(far.position[0], 200);
    EXPECT_NE(far.text.find("single precision"), std::string::npos) << far.text;
    EXPECT_EQ(scores(x.floats(), p)[200], -HUGE_VAL);
    x.single[size_t(150 * d + d - 1)] = std::numeric_limits<float>::quiet_NaN();
    const Error bad = error_of([&] { iterate(2, x.floats(), p); });
    EXPECT_EQ(bad.status, WDL_BAD_DATA);
    EXPECT_EQ(bad.position[0], 150);
    EXPECT_EQ(bad.position[1], d - 1);
  }
}

}  // namespace
}  // namespace windlass::mixture
