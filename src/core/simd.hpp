// Vector vocabulary of the *.simd.* files: one vector of doubles as wide as the level allows, loads
// and stores at any address, sums, transposition, exp. GCC's and Clang's vector types, no
// intrinsics. Everything is inlined, so that no level's code can be linked into another.
#pragma once
#include <cstddef>
#include <cstdint>
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

// b where a is not a number.
[[gnu::always_inline]] inline Vec vmax(Vec a, Vec b) { return a > b ? a : b; }

[[gnu::always_inline]] inline Vec vsqrt(Vec v) {
#pragma GCC unroll 16
  for (int i = 0; i < W; i++) v[i] = __builtin_sqrt(v[i]);
  return v;
}

// The halves are added until one lane is left.
[[gnu::always_inline]] inline double hsum(Vec v) {
  double s[W];
  st(s, v);
#pragma GCC unroll 16
  for (int n = W / 2; n; n /= 2)
#pragma GCC unroll 16
    for (int i = 0; i < n; i++) s[i] += s[i + n];
  return s[0];
}

// Interleaves the low (or high) halves of a and b; log2(W) rounds of it transpose a block.
template <bool high, size_t... i>
[[gnu::always_inline]] inline Vec zip(Vec a, Vec b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, ((high ? W / 2 : 0) + int(i) / 2 + (int(i) & 1) * W)...);
}
template <bool high>
[[gnu::always_inline]] inline Vec zip(Vec a, Vec b) {
  return zip<high>(a, b, std::make_index_sequence<W>());
}

// The transpose of the block whose rows are v; unused rows of the result cost nothing.
[[gnu::always_inline]] inline void transpose(Vec (&v)[W]) {
#pragma GCC unroll 16
  for (int round = 1; round < W; round *= 2) {
    Vec u[W];
#pragma GCC unroll 16
    for (int i = 0; i < W / 2; i++) {
      u[2 * i] = zip<false>(v[i], v[i + W / 2]);
      u[2 * i + 1] = zip<true>(v[i], v[i + W / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) v[i] = u[i];
  }
}

// exp(x) for x <= 700, exactly 0 for x < lowest; lowest >= -708, so that no result is subnormal.
// n = rint(x / ln 2) by adding 1.5 * 2^52, ln 2 in two parts, exp(r) = 1 + r + r^2 q(r) on
// |r| <= ln(2) / 2 with q of degree 9 (error of approximation 1.3e-17; degree 8 would give
// 8.8e-16), 2^n by adding to the exponent. At most 1.1 ulp.
[[gnu::always_inline]] inline Vec vexp(Vec x, double lowest) {
  const double magic = 6755399441055744.0;
  const IntVec under = x < splat(lowest);
  const Vec t = x * 1.4426950408889634 + magic, n = t - magic;
  Vec r = x - n * 6.93147180369123816490e-01;
  r = r - n * 1.90821492927058770002e-10;
  const Vec r2 = r * r, r4 = r2 * r2;
  const Vec a = (0.50000000000000010262 + r * 0.16666666666666667456) +
                r2 * (0.041666666666623991516 + r * 0.0083333333333300513464);
  const Vec b = (0.0013888888917281793308 + r * 0.00019841269863105968748) +
                r2 * (0.000024801521190217727651 + r * 2.7557268378684192873e-6);
  const Vec c = 2.7620138719733995569e-7 + r * 2.5100424157005066788e-8;
  const Vec p = 1.0 + (r + r2 * (a + r4 * (b + r4 * c)));
  const Vec y = (Vec)((BitVec)p + ((BitVec)t << 52));
  return under ? Vec{} : y;
}

}  // namespace windlass::simd::WDL_LEVEL
