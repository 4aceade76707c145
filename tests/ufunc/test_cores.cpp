// Loops with a signature against sums in extended precision.
#include <algorithm>
#include <cfenv>
#include <cmath>
#include <random>

#include "cores.hpp"

namespace windlass::ufunc::test {
namespace {

constexpr long double inf = INFINITY, nan = NAN;

// Numbers that either precision holds.
Array normal(std::vector<intptr_t> shape, unsigned seed, double scale = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> of(0, scale);
  Array array{std::move(shape), {}};
  for (intptr_t i = 0; i < array.size(); i++) array.values.push_back(float(of(random)));
  return array;
}

void expect_near(const Values &found, const Values &wanted, long double tolerance) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); i++) {
    const long double error = fabsl(found[i] - wanted[i]);
    const bool same = found[i] == wanted[i] || (found[i] != found[i] && wanted[i] != wanted[i]);
    ASSERT_TRUE(same || error <= tolerance * (1 + fabsl(wanted[i])))
        << i << ": " << found[i] << " for " << wanted[i];
  }
}

std::vector<intptr_t> lengths() {
  std::vector<intptr_t> all = {447, 448, 449, 511, 464, 465, 512, 960, 961, 2000, 30000};
  for (intptr_t n = 0; n <= 70; n++) all.push_back(n);
  return all;
}

struct Softened {
  Values total, softmax;
};
Softened soften(const Array &x) {
  Softened out;
  const intptr_t n = x.shape[1];
  for (intptr_t row = 0; row < x.shape[0]; row++) {
    const long double *p = x.values.data() + row * n;
    long double top = -inf, sum = 0;
    for (intptr_t i = 0; i < n; i++) top = std::max(top, p[i]);
    for (intptr_t i = 0; i < n; i++) sum += expl(p[i] - top);
    out.total.push_back(n ? top + logl(sum) : -inf);
    for (intptr_t i = 0; i < n; i++) out.softmax.push_back(expl(p[i] - top) / sum);
  }
  return out;
}

TEST(UfuncCores, LogSumExpAndSoftmax) {
  for (const char *name : {"logsumexp", "softmax"})
    each_core(name, [&](const wdl_loop &loop, long double unit) {
      for (const intptr_t n : lengths())
        for (const intptr_t rows : {1, 3, 33, 70}) {
          if ((n > 70 && rows > 3) || (n > 2000 && rows > 1)) continue;
          Array x = normal({rows, n}, unsigned(n), 5);
          if (n > 2) x.values[1] = -inf, x.values[size_t(rows * n - 1)] = -90;
          const auto wanted = soften(x);
          const auto found = in_all_layouts(loop, {x}).values[0];
          SCOPED_TRACE(n);
          expect_near(found, name[0] == 'l' ? wanted.total : wanted.softmax, 6 * unit);
        }
    });
}

TEST(UfuncCores, LogSumExpNearZeroAndSubnormalSoftmax) {
  each_core("logsumexp", [](const wdl_loop &loop, long double unit) {
    for (const intptr_t n : {2, 16, 17, 40, 600, 140000}) {
      Array x{{1, n}, Values(size_t(n), -70)};
      x.values[size_t(n / 2)] = 0;
      const long double wanted = log1pl(expl(-70) * (n - 1));
      EXPECT_LE(fabsl(called(loop, {x}, Layout::plain).values[0][0] - wanted), 40 * unit * wanted);
    }
  });
  each_core("softmax", [](const wdl_loop &loop, long double unit) {
    const bool wide = unit < 1e-10L;
    for (const intptr_t n : {16, 17, 700}) {
      Array x{{1, n}, Values(size_t(n), -inf)};
      x.values[0] = 0, x.values[1] = wide ? -740 : -100, x.values[2] = wide ? -707.5 : -86.5;
      const auto y = called(loop, {x}, Layout::plain).values[0];
      const long double least = wide ? 0x1p-1074L : 0x1p-149L;
      EXPECT_LE(fabsl(y[1] - expl(x.values[1])), least);
      EXPECT_LE(fabsl(y[2] / expl(x.values[2]) - 1), 8 * unit);
      EXPECT_EQ(y[0], 1);
      EXPECT_EQ(y[3], 0);
    }
  });
}

TEST(UfuncCores, SpecialValuesAndFlagsOfExponentials) {
  struct Special {
    Values first;
    long double rest, total;
    bool invalid;  // softmax is
  };
  const Special specials[] = {{{nan}, 0, nan, false},      {{inf}, 0, inf, true},
                              {{inf, nan}, 0, nan, false}, {{-inf}, -inf, -inf, true},
                              {{inf, -inf}, 1, inf, true}, {{-inf, 3}, -inf, 3, false},
                              {{nan}, -inf, nan, false}};
  for (const char *name : {"logsumexp", "softmax"})
    each_core(name, [&](const wdl_loop &loop, long double) {
      for (const auto &one : specials)
        for (const intptr_t n : {2, 16, 17, 40, 513, 1000, 140000}) {
          Array x{{1, n}, Values(size_t(n), one.rest)};
          std::copy(one.first.begin(), one.first.end(), x.values.begin() + n / 2 - 1);
          std::feclearexcept(FE_ALL_EXCEPT);
          const auto y = called(loop, {x}, Layout::plain).values[0];
          const int raised = std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
          SCOPED_TRACE(n);
          if (name[0] == 'l') {
            EXPECT_EQ(raised, 0);
            expect_near(y, {one.total == 0 && n > 2 ? logl(n) : one.total}, 1e-6L);
          } else {
            EXPECT_EQ(raised, one.invalid ? FE_INVALID : 0);
            EXPECT_EQ(y[0] != y[0], one.invalid || one.total != one.total);
          }
        }
    });
}

Values squares(const Array &a, const Array &b) {
  Values all;
  const intptr_t n = a.shape[1], d = a.shape[2], m = b.shape[1];
  for (intptr_t o = 0; o < a.shape[0]; o++)
    for (intptr_t i = 0; i < n; i++)
      for (intptr_t j = 0; j < m; j++) {
        long double sum = 0;
        for (intptr_t k = 0; k < d; k++) {
          const long double t =
              a.values[size_t((o * n + i) * d + k)] - b.values[size_t((o * m + j) * d + k)];
          sum += t * t;
        }
        all.push_back(sum);
      }
  return all;
}

TEST(UfuncCores, SquaredDistancesAndNearest) {
  constexpr intptr_t shapes[][3] = {{1, 1, 0},   {1, 1, 1},    {5, 7, 3},   {13, 40, 2}, {6, 33, 5},
                                    {9, 70, 33}, {3, 65, 300}, {100, 9, 4}, {0, 3, 2},   {3, 0, 2}};
  for (const auto &[n, m, d] : shapes) {
    Array a = normal({2, n, d}, 1), b = normal({2, m, d}, 2);
    if (n && m) std::copy(a.values.begin(), a.values.begin() + d, b.values.begin());
    const Values wanted = squares(a, b);
    each_core("sqdist", [&](const wdl_loop &loop, long double unit) {
      const auto found = in_all_layouts(loop, {a, b}).values[0];
      expect_near(found, wanted, 2 * (d + 2) * unit);
      if (n && m) {
        EXPECT_EQ(found[0], 0);
      }
    });
    each_core("nearest", [&](const wdl_loop &loop, long double unit) {
      const auto found = in_all_layouts(loop, {a, b});
      for (intptr_t i = 0; i < 2 * n; i++) {
        const auto row = wanted.begin() + i * m, best = std::min_element(row, row + m);
        EXPECT_EQ(found.values[0][size_t(i)], m ? best - row : -1);
        expect_near({found.values[1][size_t(i)]}, {m ? *best : inf}, 2 * (d + 2) * unit);
      }
    });
  }
}

TEST(UfuncCores, NearestOfEqualsNaNAndInfinity) {
  each_core("nearest", [](const wdl_loop &loop, long double) {
    Array a{{1, 2, 1}, {0, 1}}, b{{1, 80, 1}, Values(80, 5)};
    b.values[40] = b.values[60] = 1;
    auto found = called(loop, {a, b}, Layout::plain).values;
    EXPECT_EQ(found[0], (Values{40, 40}));
    EXPECT_EQ(found[1], (Values{1, 0}));
    b.values[70] = b.values[71] = nan;
    std::feclearexcept(FE_ALL_EXCEPT);
    found = called(loop, {a, b}, Layout::plain).values;
    EXPECT_EQ(std::fetestexcept(FE_ALL_EXCEPT & ~FE_INEXACT), 0);
    EXPECT_EQ(found[0], (Values{70, 70}));
    EXPECT_NE(found[1][0], found[1][0]);
    b.values.assign(80, inf);
    found = called(loop, {a, b}, Layout::plain).values;
    EXPECT_EQ(found[0], (Values{0, 0}));
    a.values[0] = inf;
    called(loop, {a, b}, Layout::plain);
    EXPECT_EQ(std::fetestexcept(FE_ALL_EXCEPT & ~FE_INEXACT), FE_INVALID);
  });
}

// A positive definite matrix for each of `count`, and its factor.
struct Definite {
  Array matrix, factor;
  Definite(intptr_t count, intptr_t d)
      : matrix{{count, d, d}, Values(size_t(count * d * d))}, factor(normal({count, d, d}, 7)) {
    for (intptr_t c = 0; c < count; c++)
      for (intptr_t i = 0; i < d; i++)
        for (intptr_t j = 0; j < d; j++) {
          long double &l = factor.values[size_t((c * d + i) * d + j)];
          l = i == j ? 2 + fabsl(l) : j > i ? nan : l / (1 + d);
          matrix.values[size_t((c * d + i) * d + j)] = 0;
        }
    for (intptr_t c = 0; c < count; c++)
      for (intptr_t i = 0; i < d; i++)
        for (intptr_t j = 0; j < d; j++)
          for (intptr_t k = 0; k <= std::min(i, j); k++)
            matrix.values[size_t((c * d + i) * d + j)] += at(c, i, k, d) * at(c, j, k, d);
  }
  long double at(intptr_t c, intptr_t i, intptr_t j, intptr_t d) const {
    return factor.values[size_t((c * d + i) * d + j)];
  }
  // L^-1 t
  Values solved(intptr_t c, Values t) const {
    const auto d = intptr_t(t.size());
    for (intptr_t i = 0; i < d; i++) {
      for (intptr_t j = 0; j < i; j++) t[size_t(i)] -= at(c, i, j, d) * t[size_t(j)];
      t[size_t(i)] /= at(c, i, i, d);
    }
    return t;
  }
};

TEST(UfuncCores, NormalDensities) {
  constexpr intptr_t shapes[][3] = {{1, 1, 1},   {5, 3, 2},   {70, 2, 7},
                                    {600, 1, 3}, {33, 2, 45}, {3, 1, 0}};
  for (const auto &[n, k, d] : shapes) {
    const Array x = normal({1, n, d}, 3), mean = normal({1, k, d}, 4);
    Definite sigma(k, d);
    Array covariance = sigma.matrix;
    covariance.shape = {1, k, d, d};
    Values wanted;
    for (intptr_t i = 0; i < n; i++)
      for (intptr_t c = 0; c < k; c++) {
        Values t;
        long double sum = 0;
        for (intptr_t j = 0; j < d; j++) {
          t.push_back(x.values[size_t(i * d + j)] - mean.values[size_t(c * d + j)]);
          sum += logl(2 * acosl(-1)) + 2 * logl(sigma.at(c, j, j, d));
        }
        for (const long double z : sigma.solved(c, t)) sum += z * z;
        wanted.push_back(-sum / 2);
      }
    each_core("mvn_logpdf", [&](const wdl_loop &loop, long double unit) {
      expect_near(in_all_layouts(loop, {x, mean, covariance}).values[0], wanted, 40 * unit);
    });
  }
}

TEST(UfuncCores, DensitiesUnderWhatIsNotPositiveDefinite) {
  each_core("mvn_logpdf", [](const wdl_loop &loop, long double) {
    const Array x{{1, 1, 2}, {0, 0}}, means{{1, 3, 2}, Values(6, 0)};
    const Array sigma{{1, 3, 2, 2}, {1, 2, 2, 1, 4, 0, 0, 4, nan, 0, 0, 1}};
    std::feclearexcept(FE_ALL_EXCEPT);
    const auto y = called(loop, {x, means, sigma}, Layout::plain).values[0];
    EXPECT_EQ(std::fetestexcept(FE_ALL_EXCEPT & ~FE_INEXACT), FE_INVALID);
    EXPECT_TRUE(y[0] != y[0] && y[2] != y[2]);
    EXPECT_NEAR(double(y[1]), -std::log(2 * M_PI) - std::log(4.0), 1e-6);
    const Array one{{1, 1, 2}, {0, 0}}, other{{1, 1, 2, 2}, {nan, 0, 0, 1}};
    std::feclearexcept(FE_ALL_EXCEPT);
    called(loop, {x, one, other}, Layout::plain);
    EXPECT_EQ(std::fetestexcept(FE_ALL_EXCEPT & ~FE_INEXACT), 0);
  });
}

TEST(UfuncCores, MahalanobisAndCholeskySolve) {
  for (const intptr_t d : {1, 2, 7, 40, 600}) {
    const intptr_t outer = d > 100 ? 1 : 3;
    const Array x = normal({outer, d}, 5), y = normal({outer, d}, 6);
    const Definite sigma(outer, d);
    Values form, solution;
    for (intptr_t o = 0; o < outer; o++) {
      long double sum = 0;
      for (intptr_t i = 0; i < d; i++)
        for (intptr_t j = 0; j < d; j++)
          sum += (x.values[size_t(o * d + i)] - y.values[size_t(o * d + i)]) *
                 sigma.matrix.values[size_t((o * d + i) * d + j)] *
                 (x.values[size_t(o * d + j)] - y.values[size_t(o * d + j)]);
      form.push_back(sqrtl(sum));
      Values z = sigma.solved(o, {x.values.begin() + o * d, x.values.begin() + (o + 1) * d});
      for (intptr_t i = d - 1; i >= 0; i--) {
        for (intptr_t j = i + 1; j < d; j++) z[size_t(i)] -= sigma.at(o, j, i, d) * z[size_t(j)];
        z[size_t(i)] /= sigma.at(o, i, i, d);
      }
      solution.insert(solution.end(), z.begin(), z.end());
    }
    each_core("mahalanobis", [&](const wdl_loop &loop, long double unit) {
      expect_near(in_all_layouts(loop, {x, y, sigma.matrix}).values[0], form, 40 * unit);
    });
    each_core("cholesky_solve", [&](const wdl_loop &loop, long double unit) {
      expect_near(in_all_layouts(loop, {sigma.factor, x}).values[0], solution, 20 * unit);
    });
  }
}

TEST(UfuncCores, WeightedCovariance) {
  for (const auto &[n, d] : {std::pair<intptr_t, intptr_t>{1, 1}, {40, 3}, {33, 17}, {50, 40}}) {
    Array x = normal({2, n, d}, 8), w = normal({2, n}, 9);
    for (long double &one : x.values) one = float(one + 1000);
    for (long double &one : w.values) one = fabsl(one);
    Values means, covariances;
    for (intptr_t o = 0; o < 2; o++) {
      Values mean(size_t(d), 0), sum(size_t(d * d), 0);
      long double whole = 0;
      const auto at = [&](intptr_t r, intptr_t i) { return x.values[size_t((o * n + r) * d + i)]; };
      for (intptr_t r = 0; r < n; r++) {
        const long double weight = w.values[size_t(o * n + r)];
        whole += weight;
        for (intptr_t i = 0; i < d; i++) mean[size_t(i)] += weight * at(r, i);
      }
      for (long double &one : mean) one /= whole;
      for (intptr_t r = 0; r < n; r++)
        for (intptr_t i = 0; i < d * d; i++)
          sum[size_t(i)] += w.values[size_t(o * n + r)] * (at(r, i / d) - mean[size_t(i / d)]) *
                            (at(r, i % d) - mean[size_t(i % d)]) / whole;
      means.insert(means.end(), mean.begin(), mean.end());
      covariances.insert(covariances.end(), sum.begin(), sum.end());
    }
    each_core("weighted_cov", [&](const wdl_loop &loop, long double unit) {
      const auto found = in_all_layouts(loop, {x, w});
      expect_near(found.values[0], means, 4 * unit);
      expect_near(found.values[1], covariances, 20 * unit);
    });
  }
}

TEST(UfuncCores, MovingMean) {
  for (const intptr_t n : {0, 1, 5, 40, 300})
    for (const intptr_t window :
         {intptr_t(-1), intptr_t(0), intptr_t(1), intptr_t(2), intptr_t(7), n, n + 1}) {
      Array x = normal({2, n}, 10);
      if (n > 30) x.values[20] = nan, x.values[25] = inf;
      Values wanted;
      for (intptr_t i = 0; i < 2 * n; i++) {
        long double sum = 0;
        if (window < 1 || i % n + 1 < window) sum = nan;
        for (intptr_t j = 0; j < window && sum == sum; j++) sum += x.values[size_t(i - j)];
        wanted.push_back(sum / (long double)window);
      }
      each_core("moving_mean", [&](const wdl_loop &loop, long double unit) {
        const Array windows{{2}, {(long double)window, (long double)window}};
        std::feclearexcept(FE_ALL_EXCEPT);
        expect_near(in_all_layouts(loop, {x, windows}).values[0], wanted, 30 * unit);
        EXPECT_EQ(std::fetestexcept(FE_INVALID) != 0, window < 1 && n > 0);
      });
    }
}

TEST(UfuncCores, CumulativeMoments) {
  for (const intptr_t n : {0, 1, 2, 5, 100}) {
    Array x = normal({3, n}, 11);
    for (long double &one : x.values) one = float(one + 1000);
    Values means, variances;
    for (intptr_t i = 0; i < 3 * n; i++) {
      long double mean = 0, sum = 0;
      const intptr_t count = i % n + 1;
      for (intptr_t j = 0; j < count; j++) mean += x.values[size_t(i - j)] / count;
      for (intptr_t j = 0; j < count; j++) sum += powl(x.values[size_t(i - j)] - mean, 2) / count;
      means.push_back(mean), variances.push_back(sum);
    }
    each_core("cumulative_moments", [&](const wdl_loop &loop, long double unit) {
      const auto found = in_all_layouts(loop, {x});
      expect_near(found.values[0], means, 4 * unit);
      expect_near(found.values[1], variances, 4 * unit + 1e-12L);
    });
  }
}

TEST(UfuncCores, SameBitsForAnyNumberOfThreads) {
  const Array row = normal({2, 300000}, 12), rows = normal({4000, 40}, 13);
  const Array a = normal({1, 900, 20}, 14), b = normal({1, 400, 20}, 15);
  const Array means = normal({1, 3, 20}, 16), weights = normal({1, 900}, 17);
  Definite sigma(3, 20);
  sigma.matrix.shape = {1, 3, 20, 20};
  const Array window{{2}, {50, 50}}, windows{{4000}, Values(4000, 5)};
  const std::pair<const char *, std::vector<Array>> cases[] = {
      {"logsumexp", {row}},
      {"logsumexp", {rows}},
      {"softmax", {row}},
      {"softmax", {rows}},
      {"sqdist", {a, b}},
      {"nearest", {a, b}},
      {"moving_mean", {row, window}},
      {"moving_mean", {rows, windows}},
      {"cumulative_moments", {rows}},
      {"weighted_cov", {a, weights}},
      {"mvn_logpdf", {a, means, sigma.matrix}}};
  for (const auto &[name, in] : cases)
    each_core(name, [&in = in](const wdl_loop &loop, long double) {
      std::string one;
      for (const int threads : {1, 4, 2}) {
        ASSERT_EQ(wdl_set_int(0, WDL_PROCESS, "threads", threads), WDL_OK);
        const auto found = called(loop, in, Layout::plain).bits;
        if (one.empty()) one = found;
        EXPECT_TRUE(found == one) << threads << " threads";
      }
      wdl_set_int(0, WDL_PROCESS, "threads", 0);
    });
}

}  // namespace
}  // namespace windlass::ufunc::test
