// Lengths, strides, overlap, threads: an element gets the bits it gets alone.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "../support/guarded_buffer.hpp"
#include "loops.hpp"

namespace windlass::ufunc::test {
namespace {

using windlass::test::GuardedBuffer;

std::vector<intptr_t> lengths() {
  std::vector<intptr_t> all = {127, 128, 129, 255, 256, 257, 2047, 2048, 2049, 5000};
  for (intptr_t n = 0; n <= 70; n++) all.push_back(n);
  return all;
}

// Some in the domain of every function, some in none's, some for which care is needed.
template <class T>
std::vector<T> arguments(size_t n, unsigned seed, bool wild) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> near(-3, 3), unit(0.01, 0.99);
  const double rare[] = {0.0, -0.0, 1e300, -1e-310, INFINITY, NAN, -750, 720, 1.0, 40};
  std::vector<T> x(n);
  for (T &one : x)
    one = T(wild && random() % 40 == 0 ? rare[random() % 10]
            : random() % 2             ? near(random)
                                       : unit(random));
  return x;
}

template <class T>
std::vector<T> one_by_one(const wdl_loop &loop, const std::vector<T> &a, const std::vector<T> &b) {
  std::vector<T> y(a.size());
  for (size_t i = 0; i < y.size(); i++) y[i] = once(loop, a[i], b[i]);
  return y;
}

template <class T>
void expect_same(const std::vector<T> &wanted, const char *y, intptr_t step, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) {
    T found;
    std::memcpy(&found, y + i * step, sizeof(T));
    ASSERT_TRUE(same_bits(found, wanted[size_t(i)]))
        << i << " of " << n << ": " << found << " for " << wanted[size_t(i)];
  }
}

// n elements so many bytes apart, from some byte on; what is between them stays.
template <class T>
struct Strided {
  std::vector<char> bytes;
  intptr_t step, n;
  size_t first;

  Strided(intptr_t n, intptr_t step, size_t shift)
      : bytes(size_t(std::abs(step) * n) + 64, 'w'),
        step(step),
        n(n),
        first(shift + size_t(step < 0 ? -step * (n - 1) : 0)) {}
  Strided(const std::vector<T> &x, intptr_t n, intptr_t step, size_t shift)
      : Strided(n, step, shift) {
    for (intptr_t i = 0; i < n; i++) std::memcpy(data() + i * step, &x[size_t(i)], sizeof(T));
  }
  char *data() { return bytes.data() + first; }
  size_t untouched() const { return size_t(std::count(bytes.begin(), bytes.end(), 'w')); }
};

TEST(UfuncLoops, StridesAndAlignments) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    constexpr intptr_t w = sizeof(T);
    const auto a = arguments<T>(5000, 1, true), b = arguments<T>(5000, 2, true);
    const auto wanted = one_by_one(loop, a, b);
    const intptr_t steps[][3] = {{w, w, w},        {2 * w, w, w}, {w, w, 3 * w},        {-w, w, w},
                                 {-w, -2 * w, -w}, {w, -w, w},    {w + 1, w + 3, w + 2}};
    for (const intptr_t n : lengths())
      for (const auto &step : steps)
        for (const size_t shift : {size_t(0), size_t(1)}) {
          if (n > 70 && shift) continue;
          Strided<T> p(a, n, step[0], shift), q(b, n, step[1], shift), y(n, step[2], shift);
          const size_t between = y.bytes.size() - size_t(n * w);
          call(loop, p.data(), p.step, q.data(), q.step, y.data(), y.step, n);
          ASSERT_NO_FATAL_FAILURE(expect_same(wanted, y.data(), y.step, n)) << step[0];
          ASSERT_GE(y.untouched(), between);
        }
  });
}

TEST(UfuncLoops, OneArgumentForAll) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    const auto a = arguments<T>(600, 3, true), b = std::vector<T>(600, T(0.75));
    const auto wanted = one_by_one(loop, a, b);
    std::vector<T> y(600);
    call(loop, a.data(), sizeof(T), b.data(), 0, y.data(), sizeof(T), 600);
    expect_same(wanted, reinterpret_cast<char *>(y.data()), sizeof(T), 600);
    T last = 0;  // all into one place: the last remains
    call(loop, a.data(), sizeof(T), b.data(), 0, &last, 0, 600);
    EXPECT_TRUE(same_bits(last, wanted[599]));
  });
}

TEST(UfuncLoops, InPlaceAndShifted) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    constexpr intptr_t w = sizeof(T);
    for (const intptr_t n : {1, 7, 64, 300, 2100})
      for (const intptr_t shift : {0, 1, -1, 5})
        for (const intptr_t step : {w, 2 * w, -w}) {
          const auto start = arguments<T>(size_t(2 * n + 24), 5, false);
          const auto b = arguments<T>(size_t(n), 6, false);
          auto x = start, slow = start;
          const intptr_t from = step < 0 ? n + 8 : 8;
          char *in = reinterpret_cast<char *>(x.data() + from);
          call(loop, in, step, b.data(), w, in + shift * w, step, n);
          for (intptr_t i = 0; i < n; i++) {  // as it is written: one after the other
            const intptr_t at = from + i * step / w;
            slow[size_t(at + shift)] = once(loop, slow[size_t(at)], b[size_t(i)]);
          }
          ASSERT_EQ(std::memcmp(x.data(), slow.data(), x.size() * sizeof(T)), 0)
              << "n " << n << " shift " << shift << " step " << step;
        }
  });
}

TEST(UfuncLoops, StayWithinTheirMemory) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    const GuardedBuffer in(4096), second(4096), out(4096);
    const auto a = arguments<T>(300, 7, true), wanted = one_by_one(loop, a, a);
    for (const size_t n : {0, 1, 3, 8, 15, 16, 17, 31, 63, 64, 70, 129, 300})
      for (const bool end : {false, true}) {
        const size_t bytes = n * sizeof(T);
        const auto place = [&](const GuardedBuffer &area) {
          return end ? area.at_end(bytes) : area.at_begin(bytes);
        };
        std::memcpy(place(in), a.data(), bytes);
        std::memcpy(place(second), a.data(), bytes);
        call(loop, place(in), sizeof(T), place(second), sizeof(T), place(out), sizeof(T),
             intptr_t(n));
        expect_same(wanted, reinterpret_cast<char *>(place(out)), sizeof(T), intptr_t(n));
      }
  });
}

TEST(UfuncLoops, SameBitsForAnyNumberOfThreads) {
  constexpr intptr_t n = 100'003;
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    const auto a = arguments<T>(n, 8, true), b = arguments<T>(n, 9, true);
    std::vector<T> one(n), four(n), apart(2 * n);
    ASSERT_EQ(wdl_set_int(0, WDL_PROCESS, "threads", 1), WDL_OK);
    call(loop, a.data(), sizeof(T), b.data(), sizeof(T), one.data(), sizeof(T), n);
    ASSERT_EQ(wdl_set_int(0, WDL_PROCESS, "threads", 4), WDL_OK);
    call(loop, a.data(), sizeof(T), b.data(), sizeof(T), four.data(), sizeof(T), n);
    call(loop, a.data(), sizeof(T), b.data(), sizeof(T), apart.data(), 2 * sizeof(T), n);
    ASSERT_EQ(wdl_set_int(0, WDL_PROCESS, "threads", 0), WDL_OK);
    EXPECT_EQ(std::memcmp(one.data(), four.data(), n * sizeof(T)), 0);
    expect_same(one, reinterpret_cast<char *>(apart.data()), 2 * sizeof(T), n);
  });
}

// NumPy's form of reduce: the first input and the output are one element.
template <class T>
T reduced(const wdl_loop &loop, const T *x, intptr_t step, intptr_t n, T start) {
  call(loop, &start, 0, x, step, &start, 0, n);
  return start;
}

TEST(UfuncLoops, Reduce) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    if (!loop.identity) return;
    const bool exponents = !std::strcmp(loop.name, "logaddexp");
    for (const intptr_t n : {1, 2, 3, 7, 8, 70, 255, 256, 257, 1000, 4097, 60'000, 1'200'000}) {
      if (n > 5000 && isa::level() == isa::Level::base) continue;
      const auto x = arguments<T>(size_t(n), unsigned(n), false);
      long double sum = exponents ? std::exp(0.5L) : 0.25L;
      for (const T one : x) sum += exponents ? std::exp((long double)one) : (long double)one * one;
      const double wanted = double(exponents ? std::log(sum) : std::sqrt(sum));
      const T found = reduced(loop, x.data(), sizeof(T), n, T(0.5));
      EXPECT_NEAR(found, wanted, (sizeof(T) == 8 ? 2e-15 : 1e-6) * std::abs(wanted)) << n;

      std::vector<T> apart(size_t(3 * n));
      for (intptr_t i = 0; i < n; i++) apart[size_t(3 * i)] = x[size_t(i)];
      wdl_set_int(0, WDL_PROCESS, "threads", 3);
      EXPECT_TRUE(same_bits(found, reduced(loop, apart.data(), 3 * sizeof(T), n, T(0.5)))) << n;
      wdl_set_int(0, WDL_PROCESS, "threads", 0);
    }
  });
}

// The output is among the elements that are reduced: in order, with what is there by then.
TEST(UfuncLoops, ReduceOntoItself) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    if (!loop.identity) return;
    std::vector<T> x = {T(0.5), T(0.25), T(2), T(1)}, slow = x;
    call(loop, &x[2], 0, x.data(), sizeof(T), &x[2], 0, 4);
    for (size_t i = 0; i < 4; i++) slow[2] = once(loop, slow[2], slow[i]);
    EXPECT_TRUE(same_bits(x[2], slow[2]));
  });
}

TEST(UfuncLoops, Accumulate) {
  each_loop([](const wdl_loop &loop, auto zero) {
    using T = decltype(zero);
    if (loop.inputs != 2) return;
    const auto x = arguments<T>(300, 11, false);
    std::vector<T> y(300), slow(300);
    y[0] = slow[0] = x[0];
    call(loop, y.data(), sizeof(T), &x[1], sizeof(T), &y[1], sizeof(T), 299);
    for (size_t i = 1; i < 300; i++) slow[i] = once(loop, slow[i - 1], x[i]);
    EXPECT_EQ(std::memcmp(y.data(), slow.data(), 300 * sizeof(T)), 0);
  });
}

}  // namespace
}  // namespace windlass::ufunc::test
