#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <vector>

#include "../support/error_of.hpp"
#include "../support/kmeans_reference.hpp"
#include "cluster/fit.hpp"
#include "cluster/nearest.hpp"
#include "cluster/plus_plus.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "core/random.hpp"

namespace windlass::cluster {
namespace {

using namespace windlass::test;

constexpr Bounding every_bounding[] = {Bounding::never, Bounding::sometimes, Bounding::always};

template <class T>
Samples samples(const std::vector<T> &x, int64_t d, const std::vector<double> &weights = {}) {
  const int64_t size = sizeof(T), n = int64_t(x.size()) / d;
  Samples s = {};
  s.x = {reinterpret_cast<const char *>(x.data()),
         size == 4 ? WDL_F32 : WDL_F64,
         n,
         d,
         d * size,
         size};
  if (!weights.empty()) s.weights = {reinterpret_cast<const char *>(weights.data()), WDL_F64, n, 8};
  return s;
}

// Clouds about 5 places; the sum of four uniform variates each.
template <class T = double>
std::vector<T> cloud(int64_t n, int64_t d, uint64_t seed, double offset = 0) {
  const RandomStream random = {seed, 1};
  std::vector<T> x;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < d; j++) {
      const auto a = random.pair(i, uint32_t(2 * j)), b = random.pair(i, uint32_t(2 * j + 1));
      const double place = random.pair(-1 - i % 5, uint32_t(j)).first * 6;
      x.push_back(T(a.first + a.second + b.first + b.second + place + offset));
    }
  return x;
}

template <class T>
std::vector<double> first_rows(const std::vector<T> &x, int64_t d, int64_t k) {
  return {x.begin(), x.begin() + k * d};
}

Options given(const std::vector<double> &centres, int64_t k, int64_t max_iter = 300) {
  Options o;
  o.n_clusters = k, o.init = Init::given, o.centres = centres.data(), o.max_iter = max_iter;
  o.tol = 0;
  return o;
}

FitResult run_fit(const Samples &s, const Options &o, int workers = 1) {
  Run run(workers);
  return fit(run, s, o);
}

bool same_bits(const FitResult &a, const FitResult &b) {
  return a.labels == b.labels && a.n_iter == b.n_iter &&
         !std::memcmp(&a.inertia, &b.inertia, sizeof a.inertia) &&
         !std::memcmp(a.centres.data(), b.centres.data(), a.centres.size() * sizeof(double));
}

class KMeansTest : public testing::TestWithParam<isa::Level> {
 protected:
  using Run = windlass::Run;  // not testing::Test::Run
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }
};
INSTANTIATE_TEST_SUITE_P(Levels, KMeansTest, testing::ValuesIn(isa::supported()),
                         [](const auto &level) { return isa::name(level.param); });

// One iteration, then the labels of its centres.
template <class T>
void compare_with_reference(int64_t n, int64_t d, int64_t k, bool weighted) {
  const std::vector<T> x = cloud<T>(n, d, uint64_t(n * 100 + d));
  const double tolerance = sizeof(T) == 4 ? 3e-6 : 1e-12;
  std::vector<double> weights;
  for (int64_t i = 0; weighted && i < n; i++) weights.push_back(double(i % 3) + 0.5);
  const std::vector<double> centres = first_rows(x, d, k);
  const ReferenceStep one = reference_step(x, d, weights, centres);
  const ReferenceStep two = reference_step(x, d, weights, one.centres);
  const FitResult f = run_fit(samples(x, d, weights), given(centres, k, 1), 2);
  EXPECT_EQ(f.n_iter, 1);
  for (size_t i = 0; i < f.centres.size(); i++)
    EXPECT_NEAR(f.centres[i], one.centres[i], tolerance * 20) << i;
  EXPECT_NEAR(f.inertia, double(two.inertia), tolerance * 10 * (double(two.inertia) + 1));
  if (two.least_margin > tolerance * 200) {
    EXPECT_EQ(f.labels, two.labels);
  }
}

TEST_P(KMeansTest, OneIterationOfEveryShape) {
  for (int64_t n : {1, 7, 127, 128, 129, 1031})
    for (int64_t d : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 70})
      for (int64_t k : {1, 2, 4, 5, 13}) {
        if (k > n) continue;
        SCOPED_TRACE(testing::Message() << n << " x " << d << ", " << k);
        compare_with_reference<double>(n, d, k, k % 2);
        compare_with_reference<float>(n, d, k, k % 2);
      }
}

TEST_P(KMeansTest, SameBitsForAnyWorkersAndAlgorithm) {
  const auto both = [&]<class T>(T) {
    const std::vector<T> x = cloud<T>(5000, 5, 3, 1e3);
    for (int64_t k : {2, 9, 40}) {
      const std::vector<double> centres = first_rows(x, 5, k);
      Options o = given(centres, k);
      const FitResult one = run_fit(samples(x, 5), o);
      EXPECT_TRUE(one.converged);
      EXPECT_GT(one.n_iter, 2);
      for (int workers : {1, 2, 3, 8}) {
        for (Bounding bounding : every_bounding) {
          o.bounding = bounding;
          EXPECT_TRUE(same_bits(one, run_fit(samples(x, 5), o, workers)))
              << workers << int(bounding);
        }
      }
      Run a(1), b(3);
      EXPECT_EQ(plus_plus(a, samples(x, 5), k, 7, 0), plus_plus(b, samples(x, 5), k, 7, 0));
    }
  };
  both(1.0);
  both(1.0f);
}

// Rows that are certain are not compared, and rows that stay are not added again.
TEST_P(KMeansTest, LongFitsKeepTheirBitsAndEndAtMeans) {
  const auto of = [&]<class T>(T) {
    const int64_t n = 6000, d = 8, k = 40;
    const std::vector<T> x = cloud<T>(n, d, 11, 3);
    const std::vector<double> centres = first_rows(x, d, k);
    Options o = given(centres, k);
    o.bounding = Bounding::never;
    const FitResult one = run_fit(samples(x, d), o);
    EXPECT_GT(one.n_iter, 10);
    for (int workers : {1, 3})
      for (Bounding bounding : every_bounding) {
        o.bounding = bounding;
        EXPECT_TRUE(same_bits(one, run_fit(samples(x, d), o, workers))) << workers << int(bounding);
      }
    std::vector<long double> means(size_t(k * d)), counts(static_cast<size_t>(k));
    for (size_t i = 0; i < one.labels.size(); i++) counts[size_t(one.labels[i])] += 1;
    for (size_t i = 0; i < x.size(); i++) {
      const size_t c = size_t(one.labels[i / d]);
      means[c * d + i % d] += x[i] / counts[c];
    }
    const double rounding = 40 * double(std::numeric_limits<T>::epsilon());
    for (size_t i = 0; i < means.size(); i++)
      EXPECT_NEAR(one.centres[i], double(means[i]), rounding);
  };
  of(1.0);
  of(1.0f);
}

template <class T, class Out>
void transform_every_shape(bool columns_first) {
  for (int64_t n : {1, 127, 130})
    for (int64_t d : {1, 5})
      for (int64_t k : {1, 3, 4, 7, 8, 9, 16, 21, 70}) {
        SCOPED_TRACE(testing::Message() << n << " x " << d << ", " << k);
        const std::vector<T> x = cloud<T>(n, d, 12);
        const std::vector<T> points = cloud<T>(k, d, 13);
        const std::vector<double> centres = first_rows(points, d, k);
        std::vector<Out> out(size_t((n + 1) * (k + 1)), Out(-1));
        const int64_t size = sizeof(Out), row = columns_first ? size : (k + 1) * size;
        const int64_t column = columns_first ? (n + 1) * size : size;
        Run run(2);
        transform(run, samples(x, d), {k, d, centres.data()},
                  {reinterpret_cast<char *>(out.data()), size == 4 ? WDL_F32 : WDL_F64, n, k, row,
                   column});
        for (int64_t i = 0; i <= n; i++)
          for (int64_t c = 0; c <= k; c++) {
            long double square = 0;
            for (int64_t j = 0; i < n && c < k && j < d; j++) {
              const long double t = x[size_t(i * d + j)];
              square += (t - centres[size_t(c * d + j)]) * (t - centres[size_t(c * d + j)]);
            }
            const double expected = i < n && c < k ? double(std::sqrt(square)) : -1;
            EXPECT_NEAR(out[size_t((i * row + c * column) / size)], expected,
                        sizeof(T) == 4 || size == 4 ? 4e-6 : 1e-14);
          }
      }
}

TEST_P(KMeansTest, TransformOfEveryShape) {
  for (bool columns_first : {false, true}) {
    transform_every_shape<float, float>(columns_first);
    transform_every_shape<double, double>(columns_first);
    transform_every_shape<float, double>(columns_first);
    transform_every_shape<double, float>(columns_first);
  }
}

TEST_P(KMeansTest, AnyStrides) {
  const int64_t n = 300, d = 6;
  const std::vector<double> x = cloud(n, d, 4), centres = first_rows(x, d, 3);
  const FitResult expected = run_fit(samples(x, d), given(centres, 3));
  for (int64_t gap : {0, 8, 3}) {
    std::vector<char> memory(size_t((n + 1) * d * (8 + gap) + 1));
    for (bool columns_first : {false, true}) {
      Samples s = samples(x, d);
      const int64_t one = 8 + gap;
      s.x.data = memory.data() + 1;
      s.x.row_stride = columns_first ? one : d * one;
      s.x.column_stride = columns_first ? n * one : one;
      for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
          std::memcpy(memory.data() + 1 + i * s.x.row_stride + j * s.x.column_stride,
                      &x[size_t(i * d + j)], 8);
      EXPECT_TRUE(same_bits(expected, run_fit(s, given(centres, 3)))) << gap << columns_first;
    }
  }
}

TEST_P(KMeansTest, AnyScale) {
  for (double scale : {0x1p1000, 0x1p-1000, 0x1p-300}) {
    const std::vector<double> x = cloud(400, 3, 5);
    std::vector<double> scaled = x, centres = first_rows(x, 3, 5);
    for (double &v : scaled) v *= scale;
    const FitResult a = run_fit(samples(x, 3), given(centres, 5));
    for (double &c : centres) c *= scale;
    const FitResult b = run_fit(samples(scaled, 3), given(centres, 5));
    EXPECT_EQ(a.labels, b.labels);
    EXPECT_EQ(a.n_iter, b.n_iter);
    for (size_t i = 0; i < a.centres.size(); i++) EXPECT_EQ(a.centres[i] * scale, b.centres[i]);
    std::vector<int64_t> labels(400);
    Run run(2);
    const Centres of{5, 3, b.centres.data()};
    nearest(run, samples(scaled, 3), of, {reinterpret_cast<char *>(labels.data()), WDL_I64, 400, 8},
            false);
    EXPECT_TRUE(std::equal(labels.begin(), labels.end(), b.labels.begin()));
  }
  std::vector<float> wide = {1e38f, -1e38f, 3e38f, -3e38f, 1.0f, 2.0f};
  const FitResult f = run_fit(samples(wide, 1), given({3e38, -3e38}, 2));
  EXPECT_TRUE(std::isfinite(f.centres[0]) && std::isfinite(f.centres[1]));
}

TEST_P(KMeansTest, RowsFarFromTheCentres) {
  const std::vector<double> centres = {0, 0, 1, 1, -2, 0};
  const std::vector<float> x = {1e30f, 1e30f, -1e30f, 0, 1e-3f, 0, 3e38f, -3e38f};
  std::vector<int32_t> labels(4);
  std::vector<double> distances(12);
  Run run(1);
  const Centres of{3, 2, centres.data()};
  nearest(run, samples(x, 2), of, {reinterpret_cast<char *>(labels.data()), WDL_I32, 4, 4}, false);
  EXPECT_EQ(labels[0], 1);
  EXPECT_EQ(labels[1], 2);
  EXPECT_EQ(labels[2], 0);
  transform(run, samples(x, 2), of,
            {reinterpret_cast<char *>(distances.data()), WDL_F64, 4, 3, 24, 8});
  for (double v : distances) EXPECT_TRUE(std::isfinite(v));
  EXPECT_NEAR(distances[0], 1e30 * std::sqrt(2), 1e24);
  EXPECT_NEAR(distances[6], 1e-3, 1e-7);
}

TEST_P(KMeansTest, RowsOfNoWeightMayHoldAnything) {
  std::vector<double> x = cloud(500, 3, 6), weights(500, 1.0), kept;
  for (size_t i = 0; i < 500; i++) {
    if (i % 7 == 5)
      weights[i] = 0, x[3 * i + i % 3] = i % 2 ? std::nan("") : HUGE_VAL;
    else
      kept.insert(kept.end(), x.begin() + 3 * int64_t(i), x.begin() + 3 * int64_t(i) + 3);
  }
  const std::vector<double> centres = first_rows(x, 3, 4);
  for (Bounding bounding : every_bounding) {
    Options o = given(centres, 4);
    o.bounding = bounding;
    const FitResult a = run_fit(samples(x, 3, weights), o, 2), b = run_fit(samples(kept, 3), o);
    EXPECT_EQ(a.n_iter, b.n_iter);
    for (size_t i = 0; i < 12; i++) EXPECT_NEAR(a.centres[i], b.centres[i], 1e-12);
  }
  weights[5] = 1;
  const Error e = error_of([&] { run_fit(samples(x, 3, weights), given(centres, 4), 2); });
  EXPECT_EQ(e.status, WDL_BAD_DATA);
  EXPECT_EQ(e.position[0], 5);
}

TEST_P(KMeansTest, PlusPlusDrawsDistantRowsThatCount) {
  const std::vector<double> x = cloud(700, 2, 8);
  std::vector<double> weights(700, 0.0);
  for (size_t i = 0; i < 700; i += 7) weights[i] = 2;
  Run run(2);
  const auto rows = plus_plus(run, samples(x, 2, weights), 100, 3, 0);
  EXPECT_EQ(std::set<int64_t>(rows.begin(), rows.end()).size(), 100u)
      << "distances to itself are 0";
  for (int64_t row : rows) EXPECT_EQ(row % 7, 0);
  EXPECT_EQ(plus_plus(run, samples(std::vector<double>(60, 2.5), 2), 30, 3, 0).size(), 30u);
  const auto drawn = random_rows(run, samples(x, 2, weights), 100, 3, 0);
  EXPECT_EQ(std::set<int64_t>(drawn.begin(), drawn.end()).size(), 100u);
  for (int64_t row : drawn) EXPECT_EQ(row % 7, 0);
}

TEST_P(KMeansTest, StopsWithTheBestSoFar) {
  const std::vector<double> x = cloud(3000, 2, 9), centres = first_rows(x, 2, 9);
  int calls = 0;
  const wdl_progress_fn third = [](void *user, const wdl_progress *) -> int32_t {
    return ++*static_cast<int *>(user) == 3 ? 9 : 0;
  };
  for (Bounding bounding : every_bounding) {
    calls = 0;
    Options o = given(centres, 9);
    o.bounding = bounding;
    Run run({.workers = 2, .progress = third, .user = &calls});
    const FitResult f = fit(run, samples(x, 2), o);
    EXPECT_TRUE(f.stopped);
    EXPECT_FALSE(f.converged);
    EXPECT_EQ(f.n_iter, 3);
    const ReferenceStep step = reference_step(x, 2, {}, f.centres);
    EXPECT_EQ(f.labels, step.labels) << "the labels are those of the centres";
    EXPECT_NEAR(f.inertia, double(step.inertia), 1e-9 * f.inertia);
  }
  const std::atomic<uint64_t> cancelled{1};
  Run stopped({.workers = 2, .cancel_word = &cancelled, .cancel_bit = 1});
  EXPECT_EQ(error_of([&] { fit(stopped, samples(x, 2), given(centres, 9)); }).status,
            WDL_CANCELLED);
}

}  // namespace
}  // namespace windlass::cluster
