// Vector vocabulary of the *.simd.* files: one vector of doubles as wide as the level allows, loads
// and stores at any address, sums, transposition, exp. GCC's and Clang's vector types, no
// intrinsics. Everything is inlined, so that no level's code can be linked into another.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace windlass::simd::WDL_LEVEL {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64, vector_registers = 32;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32, vector_registers = 16;
#elif defined(__aarch64__)
constexpr int vector_bytes = 16, vector_registers = 32;
#else
constexpr int vector_bytes = 16, vector_registers = 16;
#endif

constexpr int W = vector_bytes / 8;  // doubles of a vector
typedef double Vec __attribute__((vector_size(vector_bytes)));
typedef int64_t IntVec __attribute__((vector_size(vector_bytes)));
typedef uint64_t BitVec __attribute__((vector_size(vector_bytes)));

// As wide a vector of another type: Lanes<float> has lanes<float> of them. The integers of its
// comparisons are LaneInts.
template <class T, int n>
struct VectorOf {
  typedef T type __attribute__((vector_size(n * sizeof(T))));
};
template <class T>
constexpr int lanes = vector_bytes / int(sizeof(T));
template <class T>
using Lanes = typename VectorOf<T, lanes<T>>::type;
template <class T>
using LaneInt = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
template <class T>
using LaneInts = Lanes<LaneInt<T>>;

template <class V = Vec>
[[gnu::always_inline]] inline V ld(const void *p) {
  V v;
  __builtin_memcpy(&v, p, sizeof(V));
  return v;
}

template <class V>
[[gnu::always_inline]] inline void st(void *p, V v) {
  __builtin_memcpy(p, &v, sizeof(V));
}

// One broadcast. 0.0 + s would be a real addition (of signed zeros); s - 0.0 is s.
[[gnu::always_inline]] inline Vec splat(double s) { return s - Vec{}; }
template <class V, class T>
[[gnu::always_inline]] inline V spread(T s) {
  return s - V{};
}

// b where a is not a number.
template <class V>
[[gnu::always_inline]] inline V vmax(V a, V b) {
  return a > b ? a : b;
}

[[gnu::always_inline]] inline double root(double x) { return __builtin_sqrt(x); }
[[gnu::always_inline]] inline float root(float x) { return __builtin_sqrtf(x); }
template <class V>
[[gnu::always_inline]] inline V vsqrt(V v) {
#pragma GCC unroll 16
  for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) v[i] = root(v[i]);
  return v;
}

// The halves are added until one lane is left.
template <class V>
[[gnu::always_inline]] inline auto hsum(V v) {
  constexpr int N = sizeof v / sizeof v[0];
  std::remove_reference_t<decltype(v[0])> s[N];
  st(s, v);
#pragma GCC unroll 16
  for (int n = N / 2; n; n /= 2)
#pragma GCC unroll 16
    for (int i = 0; i < n; i++) s[i] += s[i + n];
  return s[0];
}

// Interleaves the low (or high) halves of a and b; log2(N) rounds of it transpose a block of N x N.
template <bool high, class V, size_t... i>
[[gnu::always_inline]] inline V zip(V a, V b, std::index_sequence<i...>) {
  constexpr int N = sizeof...(i);
  return __builtin_shufflevector(a, b, ((high ? N / 2 : 0) + int(i) / 2 + (int(i) & 1) * N)...);
}
template <bool high, class V>
[[gnu::always_inline]] inline V zip(V a, V b) {
  return zip<high>(a, b, std::make_index_sequence<sizeof(V) / sizeof(a[0])>());
}

// The transpose of the block whose rows are v; unused rows of the result cost nothing.
template <class V, int N>
[[gnu::always_inline]] inline void transpose(V (&v)[N]) {
#pragma GCC unroll 16
  for (int round = 1; round < N; round *= 2) {
    V u[N];
#pragma GCC unroll 16
    for (int i = 0; i < N / 2; i++) {
      u[2 * i] = zip<false>(v[i], v[i + N / 2]);
      u[2 * i + 1] = zip<true>(v[i], v[i + N / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < N; i++) v[i] = u[i];
  }
}

// f(0), ..., f(N - 1), unrolled.
template <int N, class F>
[[gnu::always_inline]] inline void each(F f) {
#pragma GCC unroll 16
  for (int i = 0; i < N; i++) f(i);
}

// x <- exp(scale * x) for scale * x <= 700 and scale a power of 2; exactly 0 where x < lowest
// (scale * lowest >= -708, so that no result is subnormal).
// n = rint(x / ln 2) by adding 1.5 * 2^52, ln 2 in two parts, exp(r) = 1 + r + r^2 q(r) on
// |r| <= ln(2) / 2 with q of degree 9 (error of approximation 1.3e-17; degree 8 would give
// 8.8e-16), 2^n by adding to the exponent. At most 1.1 ulp. N vectors step by step: one alone is a
// chain of 60 cycles, more of which the schedulers cannot look beyond.
template <int N>
[[gnu::always_inline]] inline void vexp(Vec (&x)[N], double scale, double lowest) {
  const double magic = 6755399441055744.0;
  Vec t[N], r[N], r2[N], a[N], q[N];
  IntVec under[N];
  each<N>([&](int i) { t[i] = x[i] * (scale * 1.4426950408889634) + magic; });
  each<N>([&](int i) { under[i] = x[i] < splat(lowest); });
  each<N>([&](int i) { r[i] = t[i] - magic; });
  each<N>([&](int i) { x[i] = x[i] * scale - r[i] * 6.93147180369123816490e-01; });
  each<N>([&](int i) { r[i] = x[i] - r[i] * 1.90821492927058770002e-10; });
  each<N>([&](int i) { r2[i] = r[i] * r[i]; });
  each<N>([&](int i) { q[i] = 2.7620138719733995569e-7 + r[i] * 2.5100424157005066788e-8; });
  each<N>([&](int i) { a[i] = 0.000024801521190217727651 + r[i] * 2.7557268378684192873e-6; });
  each<N>([&](int i) { q[i] = a[i] + r2[i] * q[i]; });
  each<N>([&](int i) { a[i] = 0.0013888888917281793308 + r[i] * 0.00019841269863105968748; });
  each<N>([&](int i) { q[i] = a[i] + r2[i] * q[i]; });
  each<N>([&](int i) { a[i] = 0.041666666666623991516 + r[i] * 0.0083333333333300513464; });
  each<N>([&](int i) { q[i] = a[i] + r2[i] * q[i]; });
  each<N>([&](int i) { a[i] = 0.50000000000000010262 + r[i] * 0.16666666666666667456; });
  each<N>([&](int i) { q[i] = a[i] + r2[i] * q[i]; });
  each<N>([&](int i) { q[i] = 1.0 + (r[i] + r2[i] * q[i]); });
  each<N>([&](int i) { q[i] = (Vec)((BitVec)q[i] + ((BitVec)t[i] << 52)); });
  each<N>([&](int i) { x[i] = under[i] ? Vec{} : q[i]; });
}

// The same in single precision, for scale * x <= 88 and scale * lowest >= -87; q of degree 4, its
// error 4.6e-9. At most 1.1 ulp.
template <int N>
[[gnu::always_inline]] inline void vexp(Lanes<float> (&x)[N], float scale, float lowest) {
  using V = Lanes<float>;
  const float magic = 12582912.0f;  // 1.5 * 2^23
  V t[N], r[N], q[N];
  LaneInts<float> under[N];
  each<N>([&](int i) { t[i] = x[i] * (scale * 1.44269504f) + magic; });
  each<N>([&](int i) { under[i] = x[i] < spread<V>(lowest); });
  each<N>([&](int i) { r[i] = t[i] - magic; });
  each<N>([&](int i) { x[i] = x[i] * scale - r[i] * 0.693359375f; });
  each<N>([&](int i) { r[i] = x[i] - r[i] * -2.12194440e-4f; });
  each<N>([&](int i) { q[i] = 8.3688963e-3f + r[i] * 1.39505032e-3f; });
  each<N>([&](int i) { q[i] = 4.16662060e-2f + r[i] * q[i]; });
  each<N>([&](int i) { q[i] = 1.66665182e-1f + r[i] * q[i]; });
  each<N>([&](int i) { q[i] = 0.5f + r[i] * q[i]; });
  each<N>([&](int i) { q[i] = 1.0f + (r[i] + r[i] * r[i] * q[i]); });
  each<N>([&](int i) { q[i] = (V)((Lanes<uint32_t>)q[i] + ((Lanes<uint32_t>)t[i] << 23)); });
  each<N>([&](int i) { x[i] = under[i] ? V{} : q[i]; });
}

// log(x) for positive normal x: x = 2^n m with m in [sqrt(1/2), sqrt(2)), f = m - 1,
// s = f / (2 + f), log m = f - f^2 / 2 + s (f^2 / 2 + r(s^2)), r the minimax polynomial of degree 7
// of FreeBSD's e_log.c. Below 1 ulp.
[[gnu::always_inline]] inline Vec vlog(Vec x) {
  const uint64_t root = 0x3fe6a09e667f3bcd, high = 0xfff0000000000000, two = 0x4000000000000000;
  const BitVec shifted = (BitVec)x - root + two;
  const BitVec exponent = (shifted >> 52) | 0x4330000000000000;  // 2^52 + 1024 + n
  const Vec n = (Vec)exponent - (0x1p52 + 1024);
  const Vec f = (Vec)((BitVec)x - ((shifted & high) - two)) - 1.0;
  const Vec s = f / (2.0 + f), z = s * s, w = z * z, half = 0.5 * f * f;
  const Vec even = w * (3.999999999940941908e-01 +
                        w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const Vec odd = z * (6.666666666666735130e-01 +
                       w * (2.857142874366239149e-01 +
                            w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const Vec small = s * (half + (even + odd)) + n * 1.90821492927058770002e-10;
  return n * 6.93147180369123816490e-01 - ((half - small) - f);
}

}  // namespace windlass::simd::WDL_LEVEL
