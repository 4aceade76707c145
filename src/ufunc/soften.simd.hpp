// Sums of exponentials, and softmax: e^(x - top) with top the largest, so that nothing overflows
// and one term is 1 (P. Blanchard, D. J. Higham, N. J. Higham, 2021, doi:10.1093/imanum/draa038).
#pragma once
#include "array_kernels.hpp"
#include "core/simd.hpp"

namespace windlass::ufunc::arrays::WDL_LEVEL {

using namespace simd::WDL_LEVEL;

// vexp's results are normal from `lowest` on; x + shift is exact below it, back = e^-shift.
template <class T>
struct Below;
template <>
struct Below<double> {
  static constexpr double lowest = -708, shift = 64, back = 1.6038108905486378e-28;
};
template <>
struct Below<float> {
  static constexpr float lowest = -87, shift = 32, back = 1.2664165549094176e-14f;
};

template <class T, bool tiny, int N>
[[gnu::always_inline]] inline void exponential(Lanes<T> (&x)[N]) {
  constexpr T lowest = Below<T>::lowest;
  if constexpr (tiny) {
    Lanes<T> shifted[N];
    LaneInts<T> under[N];
    each<N>([&](int i) { under[i] = x[i] < lowest; });
    each<N>([&](int i) { shifted[i] = x[i] + Below<T>::shift; });
    vexp(shifted, T(1), lowest);
    vexp(x, T(1), lowest);
    each<N>([&](int i) { x[i] = under[i] ? shifted[i] * Below<T>::back : x[i]; });
  } else {
    vexp(x, T(1), lowest);
  }
}

template <class M>
[[gnu::always_inline]] inline bool any(M mask) {
  int64_t words[vector_bytes / 8], some = 0;
  st(words, mask);
#pragma GCC unroll 16
  for (int64_t word : words) some |= word;
  return some != 0;
}

template <class V>
[[gnu::always_inline]] inline auto hmax(V v) {
  constexpr int N = sizeof v / sizeof v[0];
  std::remove_reference_t<decltype(v[0])> s[N];
  st(s, v);
#pragma GCC unroll 16
  for (int n = N / 2; n; n /= 2)
#pragma GCC unroll 16
    for (int i = 0; i < n; i++) s[i] = s[i] > s[i + n] ? s[i] : s[i + n];
  return s[0];
}

template <class T>
constexpr T infinity = T(__builtin_inf());

// The vector from x[i] on; of the last of n numbers those that were not yet read, in its end, and
// -inf before them.
template <class T>
[[gnu::always_inline]] inline Lanes<T> from(const T *x, int64_t i, int64_t n) {
  constexpr int N = lanes<T>;
  if (i + N <= n) return ld<Lanes<T>>(x + i);
  LaneInts<T> number{};
#pragma GCC unroll 16
  for (int l = 0; l < N; l++) number[l] = LaneInt<T>(l);
  const auto seen = number < LaneInt<T>(i + N - n);
  return seen ? spread<Lanes<T>>(-infinity<T>) : ld<Lanes<T>>(x + n - N);
}

// f(number of the first, vectors) over n >= lanes numbers, `most` vectors at once.
template <class T, int most = 4, class F>
[[gnu::always_inline]] inline void blocks(int64_t n, F f) {
  constexpr int N = lanes<T>;
  int64_t i = 0;
  if constexpr (most > 1)
    for (; i + most * N <= n; i += most * N) f(i, std::integral_constant<int, most>());
  for (; i < n; i += N) f(i, std::integral_constant<int, 1>());
}

template <class T>
void survey(int64_t n, const T *x, Span<T> *out) {
  using V = Lanes<T>;
  V most[4], least[4];
  LaneInts<T> nan{};
  each<4>([&](int v) { most[v] = least[v] = spread<V>(-infinity<T>); });  // least: of -x
  constexpr int N = lanes<T>;
  blocks<T>(
      n, [&](int64_t i, auto count) __attribute__((always_inline)) {
        each<count()>([&](int v) {
          const V y = count() == 1 ? from(x, i, n) : ld<V>(x + i + v * N);
          const V again = count() == 1 && i + N > n ? ld<V>(x + n - N) : y;
          nan |= y != y;
          most[v] = vmax(y, most[v]);
          least[v] = vmax(-again, least[v]);
        });
      });
  *out = {hmax(vmax(vmax(most[0], most[1]), vmax(most[2], most[3]))),
          -hmax(vmax(vmax(least[0], least[1]), vmax(least[2], least[3]))), any(nan)};
}

template <class T>
void total(int64_t n, const T *x, Total *out) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  Span<T> span;
  survey<T>(n, x, &span);
  const T top = span.most;
  *out = {span.nan ? double(__builtin_nan("")) : double(top), 0, 0};
  if (span.nan || !(top - top == 0)) return;
  V sum[4] = {}, count{};
  blocks<T>(
      n, [&](int64_t i, auto number) __attribute__((always_inline)) {
        V e[number()];
        LaneInts<T> equal[number()];
        each<number()>([&](int v) {
          const V y = number() == 1 ? from(x, i, n) : ld<V>(x + i + v * N);
          e[v] = y - top;
          equal[v] = e[v] == 0;
        });
        exponential<T, false>(e);
        each<number()>([&](int v) {
          count += equal[v] ? spread<V>(T(1)) : V{};
          sum[v] += equal[v] ? V{} : e[v];
        });
      });
  out->tops = double(hsum(count));
  out->rest = double(hsum((sum[0] + sum[1]) + (sum[2] + sum[3])));
}

template <class T, bool tiny>
[[gnu::always_inline]] inline double exponentials_of(int64_t n, const T *x, T top, T *y) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  V sum[4] = {};
  const V end = ld<V>(x + n - N);  // before y, which may be x, is written
  blocks<T, tiny ? 1 : 4>(
      n, [&](int64_t i, auto number) __attribute__((always_inline)) {
        const bool over = i + N > n;
        V e[number()];
        each<number()>([&](int v) { e[v] = (over ? end : ld<V>(x + i + v * N)) - top; });
        exponential<T, tiny>(e);
        each<number()>([&](int v) {
          st(y + (over ? n - N : i + v * N), e[v]);
          sum[v] += e[v];
        });
        if (over) {  // less those that were summed before
          const int64_t before = i + N - n;
          T s[N];
          st(s, e[0]);
          for (int64_t l = 0; l < before; l++) s[l] = 0;
          sum[0] += ld<V>(s) - e[0];
        }
      });
  return double(hsum((sum[0] + sum[1]) + (sum[2] + sum[3])));
}

template <class T>
double exponentials(int64_t n, const T *x, T top, bool tiny, T *y) {
  return tiny ? exponentials_of<T, true>(n, x, top, y) : exponentials_of<T, false>(n, x, top, y);
}

template <class T>
void scale(int64_t n, T factor, T *y) {
  constexpr int N = lanes<T>;
  int64_t i = 0;
  for (; i + N <= n; i += N) st(y + i, ld<Lanes<T>>(y + i) * factor);
  for (; i < n; i++) y[i] *= factor;
}

// Four vectors of rows: the largest of each, and where a NaN is.
template <class T>
struct Tops {
  Lanes<T> most[4];
  LaneInts<T> nan[4] = {};
};
template <class T>
[[gnu::always_inline]] inline Tops<T> tops_of(int64_t n, const T *columns, Lanes<T> (&least)[4]) {
  using V = Lanes<T>;
  Tops<T> tops;
  each<4>([&](int v) { tops.most[v] = least[v] = spread<V>(-infinity<T>); });
  for (int64_t j = 0; j < n; j++, columns += group<T>)
    each<4>([&](int v) {
      const V y = ld<V>(columns + v * lanes<T>);
      tops.nan[v] |= y != y;
      tops.most[v] = vmax(y, tops.most[v]);
      least[v] = vmax(-y, least[v]);
    });
  return tops;
}

template <class T>
[[gnu::always_inline]] inline void store_doubles(const T *from, double *to) {
  using Part = typename VectorOf<T, W>::type;
  for (int64_t i = 0; i < group<T>; i += W)
    st(to + i, __builtin_convertvector(ld<Part>(from + i), Vec));
}

template <class T>
void group_totals(int64_t n, const T *columns, double *top, double *tops, double *rest) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  constexpr int64_t G = group<T>;
  T largest[G], counts[G], sums[G];
  for (int64_t i = 0; i < G; i += 4 * N) {
    V least[4], sum[4] = {}, count[4] = {};
    const auto found = tops_of<T>(n, columns + i, least);
    for (int64_t j = 0; j < n; j++) {
      V e[4];
      LaneInts<T> equal[4];
      each<4>([&](int v) {
        e[v] = ld<V>(columns + j * G + i + v * N) - found.most[v];
        equal[v] = e[v] == 0;
      });
      exponential<T, false>(e);
      each<4>([&](int v) {
        count[v] += equal[v] ? spread<V>(T(1)) : V{};
        sum[v] += equal[v] ? V{} : e[v];
      });
    }
    each<4>([&](int v) {
      const V nan = spread<V>(T(__builtin_nan("")));
      st(largest + i + v * N, found.nan[v] ? nan : found.most[v]);
      st(counts + i + v * N, count[v]);
      st(sums + i + v * N, sum[v]);
    });
  }
  store_doubles(largest, top), store_doubles(counts, tops), store_doubles(sums, rest);
}

template <class T, bool tiny>
[[gnu::always_inline]] inline void soften(int64_t n, T *columns, const Tops<T> &tops) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  V sum[4] = {}, factor[4];
  for (int64_t j = 0; j < n; j++) {
    V e[4];
    each<4>([&](int v) { e[v] = ld<V>(columns + j * group<T> + v * N) - tops.most[v]; });
    exponential<T, tiny>(e);
    each<4>([&](int v) {
      sum[v] += e[v];
      st(columns + j * group<T> + v * N, e[v]);
    });
  }
  each<4>([&](int v) {
    const auto number = (tops.most[v] - tops.most[v] == 0) & ~tops.nan[v];
    factor[v] = number ? T(1) / sum[v] : spread<V>(T(__builtin_nan("")));
  });
  for (int64_t j = 0; j < n; j++)
    each<4>([&](int v) {
      T *y = columns + j * group<T> + v * N;
      st(y, ld<V>(y) * factor[v]);
    });
}

template <class T>
bool group_softmax(int64_t n, T *columns) {
  bool invalid = false;
  for (int64_t i = 0; i < group<T>; i += 4 * lanes<T>) {
    Lanes<T> least[4];
    const auto tops = tops_of<T>(n, columns + i, least);
    LaneInts<T> wrong{}, under{};
    each<4>([&](int v) {
      wrong |= ~tops.nan[v] & (tops.most[v] - tops.most[v] != 0);
      under |= -least[v] - tops.most[v] < Below<T>::lowest;
    });
    invalid |= any(wrong);
    if (any(under))
      soften<T, true>(n, columns + i, tops);
    else
      soften<T, false>(n, columns + i, tops);
  }
  return invalid;
}

// log(tops + rest) of a sum rounded to u, what is lost by it added as lost / u: where tops is 1 and
// rest small this is log1p.
template <class T>
void log_totals(const double *top, const double *tops, const double *rest, T *out) {
  using Part = typename VectorOf<T, W>::type;
  for (int64_t i = 0; i < group<T>; i += W) {
    const Vec t = ld(top + i), count = ld(tops + i), r = ld(rest + i);
    const Vec u = count + r, lost = r - (u - count);
    const Vec y = t + (vlog(u) + lost / u);
    st(out + i, __builtin_convertvector(t - t == 0 ? y : t, Part));
  }
}

inline double scalar_exp(double x) {
  Vec v[1] = {splat(x)};
  vexp(v, 1.0, Below<double>::lowest);
  return v[0][0];
}
inline double scalar_log(double x) { return vlog(splat(x))[0]; }

}  // namespace windlass::ufunc::arrays::WDL_LEVEL
