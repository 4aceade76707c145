// Special values, and the floating-point flags that results deserve, no others.
#include <cfenv>
#include <cfloat>
#include <cmath>
#include <limits>

#include "loops.hpp"

namespace windlass::ufunc::test {
namespace {

constexpr double inf = INFINITY, nan = NAN;
constexpr int watched = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW;

struct Known {
  const char *name;
  double x, y;
  int flags = 0;
};

// Values and flags as C's annex F and NumPy have them.
const Known known[] = {
    {"exp", 0, 1},
    {"exp", -0.0, 1},
    {"exp", inf, inf},
    {"exp", -inf, 0},
    {"exp", nan, nan},
    {"exp", 1e4, inf, FE_OVERFLOW},
    {"exp", -1e4, 0, FE_UNDERFLOW},
    {"expm1", 0, 0},
    {"expm1", -0.0, -0.0},
    {"expm1", inf, inf},
    {"expm1", -inf, -1},
    {"expm1", -1e4, -1},
    {"expm1", 1e4, inf, FE_OVERFLOW},
    {"expm1", nan, nan},
    {"log", 1, 0},
    {"log", 0, -inf, FE_DIVBYZERO},
    {"log", -0.0, -inf, FE_DIVBYZERO},
    {"log", -1, nan, FE_INVALID},
    {"log", -inf, nan, FE_INVALID},
    {"log", inf, inf},
    {"log", nan, nan},
    {"log1p", 0, 0},
    {"log1p", -0.0, -0.0},
    {"log1p", -1, -inf, FE_DIVBYZERO},
    {"log1p", -2, nan, FE_INVALID},
    {"log1p", inf, inf},
    {"log1p", nan, nan},
    {"tanh", 0, 0},
    {"tanh", -0.0, -0.0},
    {"tanh", inf, 1},
    {"tanh", -inf, -1},
    {"tanh", 50, 1},
    {"tanh", nan, nan},
    {"expit", 0, 0.5},
    {"expit", inf, 1},
    {"expit", -inf, 0},
    {"expit", nan, nan},
    {"expit", -1e4, 0, FE_UNDERFLOW},
    {"expit", 1e4, 1},
    {"silu", 0, 0},
    {"silu", -0.0, -0.0},
    {"silu", inf, inf},
    {"silu", -inf, -0.0},
    {"silu", nan, nan},
    {"silu", -1e4, -0.0, FE_UNDERFLOW},
    {"logit", 0.5, 0},
    {"logit", 0, -inf, FE_DIVBYZERO},
    {"logit", 1, inf, FE_DIVBYZERO},
    {"logit", -0.5, nan, FE_INVALID},
    {"logit", 1.5, nan, FE_INVALID},
    {"logit", nan, nan},
    {"logit", inf, nan, FE_INVALID},
    {"softplus", inf, inf},
    {"softplus", -inf, 0},
    {"softplus", nan, nan},
    {"softplus", 1e4, 1e4},
    {"softplus", -1e4, 0, FE_UNDERFLOW},
    {"erf", 0, 0},
    {"erf", -0.0, -0.0},
    {"erf", inf, 1},
    {"erf", -inf, -1},
    {"erf", nan, nan},
    {"erfc", 0, 1},
    {"erfc", inf, 0},
    {"erfc", -inf, 2},
    {"erfc", nan, nan},
    {"erfc", 100, 0, FE_UNDERFLOW},
    {"erfc", -100, 2},
    {"norm_cdf", 0, 0.5},
    {"norm_cdf", inf, 1},
    {"norm_cdf", -inf, 0},
    {"norm_cdf", nan, nan},
    {"norm_cdf", -100, 0, FE_UNDERFLOW},
    {"norm_cdf", 100, 1},
    {"gelu", 0, 0},
    {"gelu", -0.0, -0.0},
    {"gelu", inf, inf},
    {"gelu", -inf, -0.0},
    {"gelu", nan, nan},
    {"gelu", 100, 100},
    {"gelu", -100, -0.0, FE_UNDERFLOW},
    {"norm_logpdf", inf, -inf},
    {"norm_logpdf", nan, nan},
    {"rsqrt", 4, 0.5},
    {"rsqrt", 0, inf, FE_DIVBYZERO},
    {"rsqrt", -0.0, -inf, FE_DIVBYZERO},
    {"rsqrt", -1, nan, FE_INVALID},
    {"rsqrt", inf, 0},
    {"rsqrt", nan, nan},
};

template <class T>
void expect_value(T found, T wanted) {
  EXPECT_TRUE(std::isnan(wanted) ? std::isnan(found) : same_bits(found, wanted))
      << found << ", wanted " << wanted;
}

TEST(UfuncExceptions, Unary) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    for (const Known &k : known) {
      if (std::strcmp(k.name, loop.name)) continue;
      for (const size_t n : {1, 8, 19, 300}) {
        std::vector<T> x(n, T(0.25)), y(n);
        x[n / 2] = T(k.x);
        std::feclearexcept(FE_ALL_EXCEPT);
        call(loop, x.data(), sizeof(T), x.data(), sizeof(T), y.data(), sizeof(T), intptr_t(n));
        EXPECT_EQ(std::fetestexcept(watched), k.flags) << k.x << " among " << n;
        SCOPED_TRACE(k.x);
        expect_value(y[n / 2], T(k.y));
      }
    }
  });
}

template <class T>
void expect_binary(const char *name, T a, T b, T wanted, int flags = 0) {
  const wdl_loop &loop = named(name, sizeof(T) == 8 ? "dd->d" : "ff->f");
  std::feclearexcept(FE_ALL_EXCEPT);
  const T y = once(loop, a, b);
  EXPECT_EQ(std::fetestexcept(watched), flags) << name << "(" << a << ", " << b << ")";
  expect_value(y, wanted);
}

TEST(UfuncExceptions, Binary) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    if (std::strcmp(loop.name, "hypot")) return;  // once for each level and type
    const T i = T(inf), q = T(nan), big = std::numeric_limits<T>::max();
    const T least = std::numeric_limits<T>::denorm_min();
    expect_binary<T>("logaddexp", -i, -i, -i);
    expect_binary<T>("logaddexp", i, i, i);
    expect_binary<T>("logaddexp", i, -i, i);
    expect_binary<T>("logaddexp", -i, 3, 3);
    expect_binary<T>("logaddexp", q, 1, q);
    expect_binary<T>("logaddexp", big, -big, big);
    expect_binary<T>("xlogy", 0, 0, 0);
    expect_binary<T>("xlogy", 0, -1, 0);
    expect_binary<T>("xlogy", 0, q, q);
    expect_binary<T>("xlogy", q, 1, q);
    expect_binary<T>("xlogy", 1, 0, -i, FE_DIVBYZERO);
    expect_binary<T>("xlogy", 1, -1, q, FE_INVALID);
    expect_binary<T>("xlogy", 2, 1, 0);
    expect_binary<T>("hypot", 3, -4, 5);
    expect_binary<T>("hypot", 0, -0.0f, 0);
    expect_binary<T>("hypot", i, q, i);
    expect_binary<T>("hypot", q, -i, i);
    expect_binary<T>("hypot", q, 1, q);
    expect_binary<T>("hypot", big, big, i, FE_OVERFLOW);
    expect_binary<T>("hypot", big / 4, 0, big / 4);
    expect_binary<T>("hypot", 3 * least, 4 * least, 5 * least);
  });
}

TEST(UfuncExceptions, ThreadsBringFlagsHome) {
  const wdl_loop &log = named("log", "d->d");
  std::vector<double> x(200'000, 2.0), y(x.size());
  x[150'000] = 0;
  wdl_set_int(0, WDL_PROCESS, "threads", 4);
  for (int i = 0; i < 20; i++) {
    std::feclearexcept(FE_ALL_EXCEPT);
    call(log, x.data(), 8, nullptr, 0, y.data(), 8, intptr_t(x.size()));
    ASSERT_EQ(std::fetestexcept(watched), FE_DIVBYZERO);
  }
  wdl_set_int(0, WDL_PROCESS, "threads", 0);
}

TEST(UfuncExceptions, TheCallersModeAndFlagsStay) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    std::feclearexcept(FE_ALL_EXCEPT);
    std::vector<T> x(40, T(0.3)), y(40), upward(40);
    call(loop, x.data(), sizeof(T), x.data(), sizeof(T), y.data(), sizeof(T), 40);
    EXPECT_EQ(std::fetestexcept(watched), 0);
    std::fesetround(FE_UPWARD);
    std::feraiseexcept(FE_DIVBYZERO);
    call(loop, x.data(), sizeof(T), x.data(), sizeof(T), upward.data(), sizeof(T), 40);
    EXPECT_EQ(std::fegetround(), FE_UPWARD);
    EXPECT_EQ(std::fetestexcept(watched), FE_DIVBYZERO);
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(std::memcmp(y.data(), upward.data(), 40 * sizeof(T)), 0);
  });
}

}  // namespace
}  // namespace windlass::ufunc::test
