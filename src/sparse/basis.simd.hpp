// Products with the columns of a basis, in blocks of columns that stay in registers. A complex
// product is two real ones: with x, and with x whose parts are swapped.
#pragma once
#include "lanes.simd.hpp"
#include "vectors.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

// Columns of a block for as many real vectors: half the registers hold their sums or coefficients.
constexpr int block_of(int vectors) {
  const int columns = vector_registers / 2 / vectors;
  return columns < 8 ? columns : 8;
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

// For C columns of `length` reals and K vectors: sums[k][c] += the sum of conj(V_c) x_k.
template <int C, int K, class T, class B>
void dots_block(int64_t length, const B *v, int64_t ld, const Real<T> *const (&x)[K],
                Wide<T> *const (&sums)[K]) {
  constexpr int P = parts<T>;
  Vec sum[K][P][C] = {};
  int64_t i = 0;
  for (; i + W <= length; i += W) {
    Vec y[K][P];
    each<K>([&](int k) {
      y[k][0] = load<Vec>(x[k] + i);
      if constexpr (P == 2) y[k][1] = swapped(y[k][0]);
    });
    each<C>([&](int c) {
      const Vec w = load<Vec>(v + c * ld + i);
      each<K>([&](int k) { each<P>([&](int p) { sum[k][p][c] += w * y[k][p]; }); });
    });
  }
  each<K>([&](int k) {
    double *out = reinterpret_cast<double *>(sums[k]);
    if constexpr (P == 2) each<C>([&](int c) { sum[k][1][c] *= -turn<Vec>(); });
    each<P>([&](int p) { add_sums(sum[k][p], out + p, P); });
    for (int64_t t = i; t < length; t++)
      for (int c = 0; c < C; c++) {
        const double w = double(v[c * ld + t]);
        out[c * P] += w * double(x[k][t]);
        if constexpr (P == 2) out[c * P + 1] += (t % 2 ? -w : w) * double(x[k][t ^ 1]);
      }
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
  int64_t i = 0;
  for (; i + N <= length; i += N) {
    V y[K][P] = {};
    each<K>([&](int k) { y[k][0] = load<V>(x[k] + i); });
    each<C>([&](int c) {
      const V w = load<V>(v + c * ld + i);
      each<K>([&](int k) { each<P>([&](int p) { y[k][p] -= f[k][p][c] * w; }); });
    });
    each<K>([&](int k) {
      if constexpr (P == 2) y[k][0] += turn<V>() * swapped(y[k][1]);
      save(x[k] + i, y[k][0]);
    });
  }
  for (; i < length; i += P)
    for (int k = 0; k < K; k++) {
      R y[P][P] = {};  // times the real parts, times the imaginary ones
      for (int q = 0; q < P; q++) y[0][q] = x[k][i + q];
      for (int c = 0; c < C; c++)
        for (int p = 0; p < P; p++)
          for (int q = 0; q < P; q++) y[p][q] -= f[k][p][c] * R(v[c * ld + i + q]);
      for (int q = 0; q < P; q++) {
        if constexpr (P == 2) y[0][q] += q ? y[1][0] : -y[1][1];
        x[k][i + q] = y[0][q];
      }
    }
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

template <class T, class B>
void dots(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, Wide<T> *sums) {
  constexpr int P = parts<T>;
  const Real<T> *const vectors[] = {reals(x)};
  Wide<T> *out[] = {sums};
  dots_columns<block_of(P), 1, T>(n * P, reals(v), ld * P, k, vectors, out);
}
template <class T, class B>
void dots2(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, const T *y, Wide<T> *sums,
           Wide<T> *more) {
  constexpr int P = parts<T>;
  const Real<T> *const vectors[] = {reals(x), reals(y)};
  Wide<T> *out[] = {sums, more};
  dots_columns<block_of(2 * P), 2, T>(n * P, reals(v), ld * P, k, vectors, out);
}
template <class T, class B>
void update(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x) {
  constexpr int P = parts<T>;
  const Wide<T> *factors[] = {a};
  Real<T> *const vectors[] = {reals(x)};
  update_columns<block_of(P), 1, T>(n * P, reals(v), ld * P, k, factors, vectors);
}
template <class T, class B>
void update2(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x, const Wide<T> *b,
             T *y) {
  constexpr int P = parts<T>;
  const Wide<T> *factors[] = {a, b};
  Real<T> *const vectors[] = {reals(x), reals(y)};
  update_columns<block_of(2 * P), 2, T>(n * P, reals(v), ld * P, k, factors, vectors);
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
  for (; i + N <= length; i += N) save(out + i, s * load<V>(in + i));
  if (const int rest = int(length - i)) save_some(out + i, s * load_some<V>(in + i, rest), rest);
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
