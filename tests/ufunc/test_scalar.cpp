// The table by name, and the drivers of the caller's functions.
#include <atomic>
#include <cfenv>
#include <cmath>

#include "loops.hpp"

namespace windlass::ufunc::test {
namespace {

double shifted(double x) { return x + 0.5; }
double less(double a, double b) { return a - 2 * b; }
float four(float a, float b, float c, float d) { return a + 10 * b + 100 * c + 1000 * d; }
std::atomic<int> calls{0};
double counted(double x) { return calls++, std::log(x); }

const wdl_loop &driver(const char *types, int32_t flags) {
  const wdl_loop *found = nullptr;
  EXPECT_EQ(wdl_ufunc_driver(0, types, flags, &found), WDL_OK);
  return *found;
}

template <class F>
void *address(F *f) {
  return reinterpret_cast<void *>(f);
}

TEST(UfuncTable, ListsEveryLoopOnce) {
  const wdl_loop *loop = nullptr, *found = nullptr;
  for (int32_t i = 0;; i++) {
    ASSERT_EQ(wdl_ufunc_at(0, i, &loop), WDL_OK);
    if (!loop) break;
    ASSERT_EQ(wdl_ufunc_find(0, loop->name, loop->types, &found), WDL_OK);
    EXPECT_EQ(found, loop) << loop->name;
    const std::string types = loop->types;
    EXPECT_EQ(types.find("->"), size_t(loop->inputs));
    EXPECT_EQ(types.size(), size_t(loop->inputs + loop->outputs + 2));
    EXPECT_TRUE(loop->loop && std::string(loop->help).back() == '.');
  }
  EXPECT_EQ(wdl_ufunc_at(0, -1, &loop), WDL_BAD_ARGUMENT);
  EXPECT_EQ(wdl_ufunc_find(0, "logaddexq", "dd->d", &found), WDL_UNKNOWN_NAME);
  EXPECT_NE(std::string(wdl_error_message(0)).find("\"logaddexp\""), std::string::npos);
  EXPECT_EQ(wdl_ufunc_find(0, "exp", "l->l", &found), WDL_UNKNOWN_NAME);
  EXPECT_NE(std::string(wdl_error_message(0)).find("f->f, d->d"), std::string::npos);
  EXPECT_EQ(wdl_ufunc_driver(0, "dd->d", 2, &found), WDL_BAD_ARGUMENT);
}

TEST(UfuncDrivers, AnyStride) {
  const double x[] = {1, 2, 3, 4, 5, 6};
  double y[6] = {};
  for (const int32_t flags : {0, int32_t(WDL_THREAD_SAFE)}) {
    wdl_loop one = driver("d->d", flags);
    one.data = address(shifted);
    call(one, x + 5, -16, nullptr, 0, y, 16, 3);
    EXPECT_EQ(std::vector<double>(y, y + 6), (std::vector<double>{6.5, 0, 4.5, 0, 2.5, 0}));
    wdl_loop two = driver("dd->d", flags);
    two.data = address(less);
    call(two, x, 8, x + 1, 0, y, 8, 6);
    EXPECT_EQ(std::vector<double>(y, y + 6), (std::vector<double>{-3, -2, -1, 0, 1, 2}));
    std::fill(y, y + 6, 0.0);
  }
  const float a = 1, b = 2, c = 3, d = 4;
  float all = 0;
  const auto bytes = [](const float &v) { return (char *)(&v); };
  char *args[] = {bytes(a), bytes(b), bytes(c), bytes(d), bytes(all)};
  const intptr_t n = 1, steps[5] = {};
  driver("ffff->f", 0).loop(args, &n, steps, address(four));
  EXPECT_EQ(all, 4321);
}

TEST(UfuncDrivers, InOrderWhereArgumentsOverlap) {
  std::vector<double> x(20'001, 0.0);
  wdl_loop one = driver("d->d", WDL_THREAD_SAFE);
  one.data = address(shifted);
  call(one, x.data(), 8, nullptr, 0, x.data() + 1, 8, 20'000);
  EXPECT_EQ(x[20'000], 10'000.0);
}

TEST(UfuncDrivers, ThreadsCallOnceForEachAndBringFlagsHome) {
  std::vector<double> x(50'000, 1.0), y(x.size(), 9.0);
  x[30'000] = 0;
  wdl_loop one = driver("d->d", WDL_THREAD_SAFE);
  one.data = address(counted);
  wdl_set_int(0, WDL_PROCESS, "threads", 4);
  calls = 0;
  std::feclearexcept(FE_ALL_EXCEPT);
  call(one, x.data(), 8, nullptr, 0, y.data(), 8, intptr_t(x.size()));
  EXPECT_TRUE(std::fetestexcept(FE_DIVBYZERO));
  wdl_set_int(0, WDL_PROCESS, "threads", 0);
  EXPECT_EQ(calls, 50'000);
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(y[30'000], -INFINITY);
}

}  // namespace
}  // namespace windlass::ufunc::test
