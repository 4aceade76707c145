// Products with the columns of a basis, in blocks of columns that stay in registers. A complex
// product is two real ones: with x, and with x whose parts are swapped.
#pragma once
#include "lanes.simd.hpp"
#include "vectors.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

// Columns of a block for as many real vectors, a power of two: their sums or coefficients, the
// vectors and a column stay in registers.
constexpr int block_of(int vectors) {
  const int columns = (vector_registers - 1 - vectors) / vectors;
  return columns >= 8 ? 8 : columns >= 4 ? 4 : columns >= 2 ? 2 : 1;
}

// out[c * step] += the sum of v[c]'s lanes, added as hsum does, W columns at a time.
template <int C>
[[gnu::always_inline]] inline void add_sums(const Vec (&v)[C], double *out, int step) {
#pragma GCC unroll 8
  for (int c = 0; c < C; c += W) {
    Vec block[W] = {};
    each<W>([&](int i) {
      if (c + i < C) block[i] = v[c + i];
    });
    transpose(block);
#pragma GCC unroll 4
    for (int half = W / 2; half; half /= 2)
#pragma GCC unroll 4
      for (int i = 0; i < half; i++) block[i] += block[i + half];
    each<W>([&](int i) {
      if (c + i < C) out[(c + i) * step] += block[0][i];
    });
  }
}

// For C columns of `length` reals, a multiple of the width, and K vectors: sums[k][c] += the sum of
// conj(V_c) x_k.
template <int C, int K, class T, class B>
void dots_block(int64_t length, const B *v, int64_t ld, const Real<T> *const (&x)[K],
                Wide<T> *const (&sums)[K]) {
  constexpr int P = parts<T>;
  Vec sum[K][P][C] = {};
  for (int64_t i = 0; i < length; i += W) {
    Vec y[K][P];
    each<K>([&](int k) {
      y[k][0] = load<Vec>(x[k] + i);
      if constexpr (P == 2) y[k][1] = swapped(y[k][0]);
    });
    each<C>([&](int c) {
      const Vec w = once(load<Vec>(v + c * ld + i));
      each<K>([&](int k) { each<P>([&](int p) { sum[k][p][c] += w * y[k][p]; }); });
    });
  }
  each<K>([&](int k) {
    double *out = reinterpret_cast<double *>(sums[k]);
    if constexpr (P == 2) each<C>([&](int c) { sum[k][1][c] *= -turn<Vec>(); });
    each<P>([&](int p) { add_sums(sum[k][p], out + p, P); });
  });
}

// x_k -= sum of a_k[c] V_c. Of a complex coefficient the imaginary part gathers in a vector of its
// own, which is swapped once a block.
template <int C, int K, class T, class B>
void update_block(int64_t length, const B *v, int64_t ld, const Wide<T> *const (&a)[K],
                  Real<T> *const (&x)[K]) {
  using R = Real<T>;
  using V = Lanes<R>;
  constexpr int P = parts<T>, N = width<V>;
  R f[K][P][C];
  each<K>([&](int k) {
    each<P>([&](int p) { each<C>([&](int c) { f[k][p][c] = part<R>(a[k][c], p); }); });
  });
  // The processor's own prefetching follows fewer streams, and none beyond its page: what the next
  // piece as long will read is asked for, where that comes from memory.
#ifdef __OPTIMIZE_SIZE__
  constexpr bool ahead = false;
#else
  constexpr bool ahead = K > 1 && P == 1;
#endif
  [[maybe_unused]] int far = ld * int64_t(sizeof(B)) >= 1 << 19;
  for (int64_t i = 0; i < length; i += N) {
    V y[K][P] = {};
    if constexpr (ahead) {
      asm("" : "+r"(far));  // or GCC makes two loops
      if (far) each<C>([&](int c) { __builtin_prefetch(v + c * ld + i + length, 0, 2); });
    }
    each<K>([&](int k) { y[k][0] = load<V>(x[k] + i); });
    each<C>([&](int c) {
      const V w = once(load<V>(v + c * ld + i));
      each<K>([&](int k) { each<P>([&](int p) { y[k][p] -= f[k][p][c] * w; }); });
    });
    each<K>([&](int k) {
      if constexpr (P == 2) y[k][0] += turn<V>() * swapped(y[k][1]);
      save(x[k] + i, y[k][0]);
    });
  }
}

// The scalars that fill no vector, of one x.
template <class T, class B>
void dots_rest(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, Wide<T> *sums) {
  using S = Wide<T>;
  for (int64_t c = 0; c < k; c++)
    for (int64_t i = 0; i < n; i++) sums[c] += conj(S(v[c * ld + i])) * S(x[i]);
}
template <class T, class B>
void update_rest(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t c = 0; c < k; c++) x[i] -= T(a[c]) * T(v[c * ld + i]);
}

template <int C, int K, class T, class B>
void dots_columns(int64_t length, const B *v, int64_t ld, int64_t k, const Real<T> *const (&x)[K],
                  Wide<T> *(&sums)[K]) {
  for (; k >= C; k -= C, v += C * ld) {
    dots_block<C, K, T, B>(length, v, ld, x, sums);
    for (Wide<T> *&s : sums) s += C;
  }
  if constexpr (C > 1) dots_columns<C / 2, K, T, B>(length, v, ld, k, x, sums);
}
template <int C, int K, class T, class B>
void update_columns(int64_t length, const B *v, int64_t ld, int64_t k, const Wide<T> *(&a)[K],
                    Real<T> *const (&x)[K]) {
  for (; k >= C; k -= C, v += C * ld) {
    update_block<C, K, T, B>(length, v, ld, a, x);
    for (const Wide<T> *&f : a) f += C;
  }
  if constexpr (C > 1) update_columns<C / 2, K, T, B>(length, v, ld, k, a, x);
}

template <int K, class T, class B>
void dots_of(int64_t n, const B *v, int64_t ld, int64_t k, const T *const (&x)[K],
             Wide<T> *const (&sums)[K]) {
  constexpr int P = parts<T>;
  const int64_t whole = n - n % (W / P), rest = n - whole;
  const Real<T> *vectors[K];
  Wide<T> *out[K];
  for (int i = 0; i < K; i++) {
    vectors[i] = reals(x[i]), out[i] = sums[i];
    if (rest) dots_rest(rest, v + whole, ld, k, x[i] + whole, sums[i]);
  }
  dots_columns<block_of(K * P), K, T>(whole * P, reals(v), ld * P, k, vectors, out);
}
template <int K, class T, class B>
void update_by(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *const (&a)[K],
               T *const (&x)[K]) {
  constexpr int P = parts<T>, N = lanes<Real<T>> / P;
  const int64_t whole = n - n % N, rest = n - whole;
  const Wide<T> *factors[K];
  Real<T> *vectors[K];
  for (int i = 0; i < K; i++) {
    vectors[i] = reals(x[i]), factors[i] = a[i];
    if (rest) update_rest(rest, v + whole, ld, k, a[i], x[i] + whole);
  }
  update_columns<block_of(K * P), K, T>(whole * P, reals(v), ld * P, k, factors, vectors);
}

template <class T, class B>
void dots(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, Wide<T> *sums) {
  dots_of<1, T>(n, v, ld, k, {x}, {sums});
}
template <class T, class B>
void dots2(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, const T *y, Wide<T> *sums,
           Wide<T> *more) {
  dots_of<2, T>(n, v, ld, k, {x, y}, {sums, more});
}
template <class T, class B>
void update(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x) {
  update_by<1, T>(n, v, ld, k, {a}, {x});
}
template <class T, class B>
void update2(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x, const Wide<T> *b,
             T *y) {
  update_by<2, T>(n, v, ld, k, {a, b}, {x, y});
}

// Five real vectors at a time, as s-step methods have them, then two, then one.
template <class T, class B>
void dots_many(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, int64_t xld, int64_t count,
               Wide<T> *sums) {
  for (; !is_complex<T> && count >= 5; count -= 5, x += 5 * xld, sums += 5 * k)
    dots_of<5, T>(n, v, ld, k, {x, x + xld, x + 2 * xld, x + 3 * xld, x + 4 * xld},
                  {sums, sums + k, sums + 2 * k, sums + 3 * k, sums + 4 * k});
  for (; count >= 2; count -= 2, x += 2 * xld, sums += 2 * k)
    dots2(n, v, ld, k, x, x + xld, sums, sums + k);
  if (count) dots(n, v, ld, k, x, sums);
}
template <class T, class B>
void update_many(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x, int64_t xld,
                 int64_t count) {
  for (; !is_complex<T> && count >= 5; count -= 5, x += 5 * xld, a += 5 * k)
    update_by<5, T>(n, v, ld, k, {a, a + k, a + 2 * k, a + 3 * k, a + 4 * k},
                    {x, x + xld, x + 2 * xld, x + 3 * xld, x + 4 * xld});
  for (; count >= 2; count -= 2, x += 2 * xld, a += 2 * k)
    update2(n, v, ld, k, a, x, a + k, x + xld);
  if (count) update(n, v, ld, k, a, x);
}
template <class T, class B>
void store(int64_t n, Wide<T> a, const T *x, B *v) {
  using V = Lanes<Real<T>>;
  constexpr int N = width<V>;
  const Factor<T> s(a);
  const int64_t length = n * parts<T>;
  const Real<T> *in = reals(x);
  auto *out = reals(v);
  int64_t i = 0;
  for (; i + N <= length; i += N) {
    __builtin_prefetch(out + i + length, 1, 2);  // what the next piece as long writes
    save(out + i, s * load<V>(in + i));
  }
  if (const int rest = int(length - i)) save_some(out + i, s * load_some<V>(in + i, rest), rest);
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
