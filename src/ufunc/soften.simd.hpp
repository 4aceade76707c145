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

// e^x of vectors in which there may be subnormal results; the others have vexp's bits.
template <class T>
[[gnu::noinline]] void careful_exponential(Lanes<T> *x, int count) {
  constexpr T lowest = Below<T>::lowest;
  for (; count > 0; count--, x++) {
    const auto under = *x < lowest;
    Lanes<T> both[2] = {*x, *x + Below<T>::shift};
    vexp(both, T(1), lowest);
    *x = under ? both[1] * Below<T>::back : both[0];
  }
}

// Vectors that are computed at once: as the registers hold; baseline code is to be short.
constexpr int U = vector_bytes == 16 ? 1 : vector_registers == 32 ? 4 : 2;

template <class M>
[[gnu::always_inline]] inline bool any(M mask) {
  int64_t words[vector_bytes / 8], some = 0;
  st(words, mask);
#pragma GCC unroll 16
  for (int64_t word : words) some |= word;
  return some != 0;
}

// The halves are compared until one lane is left.
template <int half, class V, size_t... i>
[[gnu::always_inline]] inline V swapped(V v, std::index_sequence<i...>) {
  return __builtin_shufflevector(v, v, (int(i) ^ half)...);
}
template <int half, class V>
[[gnu::always_inline]] inline auto hmax_of(V v) {
  if constexpr (half == 0)
    return v[0];
  else
    return hmax_of<half / 2>(
        vmax(v, swapped<half>(v, std::make_index_sequence<sizeof(V) / sizeof(v[0])>())));
}
template <class V>
[[gnu::always_inline]] inline auto hmax(V v) {
  return hmax_of<int(sizeof(V) / sizeof(v[0])) / 2>(v);
}

template <class T>
constexpr T infinity = T(__builtin_inf());

// Of the last vector of n numbers, which begins at n - lanes: the lanes before number i.
template <class T>
[[gnu::always_inline]] inline LaneInts<T> seen(int64_t i, int64_t n) {
  LaneInts<T> number{};
#pragma GCC unroll 16
  for (int l = 0; l < lanes<T>; l++) number[l] = LaneInt<T>(l);
  return number < LaneInt<T>(i + lanes<T> - n);
}
// The vector from x[i] on, or the last one with -inf in the lanes that were seen.
template <class T>
[[gnu::always_inline]] inline Lanes<T> from(const T *x, int64_t i, int64_t n) {
  if (i + lanes<T> <= n) return ld<Lanes<T>>(x + i);
  return seen<T>(i, n) ? spread<Lanes<T>>(-infinity<T>) : ld<Lanes<T>>(x + n - lanes<T>);
}

// f(number of the first, vectors) over n >= lanes numbers, `most` vectors at once.
template <class T, int most = U, class F>
[[gnu::always_inline]] inline void blocks(int64_t n, F f) {
  constexpr int N = lanes<T>;
  int64_t i = 0;
  if constexpr (most > 1)
    for (; i + most * N <= n; i += most * N) f(i, std::integral_constant<int, most>());
  for (; i < n; i += N) f(i, std::integral_constant<int, 1>());
}

// A NaN makes the sum one, as may infinities; which is then found out.
template <class T>
[[gnu::noinline]] bool has_nan(int64_t n, const T *x) {
  bool nan = false;
  for (int64_t i = 0; i < n; i++) nan |= x[i] != x[i];
  return nan;
}

template <class T>
[[gnu::noinline]] void survey(int64_t n, const T *x, Span<T> *out) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  V most[4], least[4], sum[4] = {};
  each<4>([&](int v) { most[v] = least[v] = ld<V>(x); });
  blocks<T>(
      n, [&](int64_t i, auto number) __attribute__((always_inline)) {
        if (number() == 1 && i + N > n) i = n - N;  // the last vector overlaps the one before
        each<number()>([&](int v) {
          const V y = ld<V>(x + i + v * N);
          most[v] = vmax(y, most[v]);
          least[v] = y < least[v] ? y : least[v];
          sum[v] += y;
        });
      });
  each<2>([&](int v) {
    most[v] = vmax(most[v], most[v + 2]);
    least[v] = least[v] < least[v + 2] ? least[v] : least[v + 2];
    sum[v] += sum[v + 2];
  });
  sum[0] += sum[1];
  const bool nan = any(sum[0] != sum[0]) && has_nan(n, x);
  *out = {hmax(vmax(most[0], most[1])), -hmax(vmax(-least[0], -least[1])), nan};
}

// The sum of e^(x - top), of those equal to top, too, or of the others alone.
template <class T, bool others>
[[gnu::always_inline]] inline double sum_of(int64_t n, const T *x, T top) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  V sum[4] = {};
  blocks<T, others ? 1 : U>(
      n, [&](int64_t i, auto number) __attribute__((always_inline)) {
        V e[number()];
        LaneInts<T> equal[number()];
        each<number()>([&](int v) {
          const V y = number() == 1 ? from(x, i, n) : ld<V>(x + i + v * N);
          e[v] = y - top;
          equal[v] = e[v] == 0;
        });
        vexp(e, T(1), Below<T>::lowest);
        each<number()>([&](int v) {
          if constexpr (others) e[v] = equal[v] ? V{} : e[v];
          sum[v] += e[v];
        });
      });
  return double(hsum((sum[0] + sum[1]) + (sum[2] + sum[3])));
}
template <class T>
[[gnu::noinline]] double sum_of_others(int64_t n, const T *x, T top) {
  return sum_of<T, true>(n, x, top);
}

// Where the sum is near 1, one number is the top, and what the others add is summed by itself.
template <class T>
void total(int64_t n, const T *x, Total *out) {
  Span<T> span;
  survey<T>(n, x, &span);
  const T top = span.most;
  *out = {span.nan ? double(__builtin_nan("")) : double(top), 1, 0};
  if (span.nan || !(top - top == 0)) return;
  const double sum = sum_of<T, false>(n, x, top);
  out->rest = sum < 1.5 ? sum_of_others<T>(n, x, top) : sum - 1;
}

template <class T>
double exponentials(int64_t n, const T *x, T top, bool tiny, T *y) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  V sum[4] = {};
  const V end = ld<V>(x + n - N);  // before y, which may be x, is written
  blocks<T>(
      n, [&](int64_t i, auto number) __attribute__((always_inline)) {
        const bool over = number() == 1 && i + N > n;
        V e[number()];
        each<number()>([&](int v) { e[v] = (over ? end : ld<V>(x + i + v * N)) - top; });
        if (tiny)
          careful_exponential<T>(e, number());
        else
          vexp(e, T(1), Below<T>::lowest);
        each<number()>([&](int v) {
          st(y + (over ? n - N : i + v * N), e[v]);
          if (over) e[v] = seen<T>(i, n) ? V{} : e[v];
          sum[v] += e[v];
        });
      });
  return double(hsum((sum[0] + sum[1]) + (sum[2] + sum[3])));
}

template <class T>
void scale(int64_t n, T factor, T *y) {
  constexpr int N = lanes<T>;
  int64_t i = 0;
  for (; i + N <= n; i += N) st(y + i, ld<Lanes<T>>(y + i) * factor);
  for (; i < n; i++) y[i] *= factor;
}

// U vectors of rows: the largest of each, the least, and where a NaN is.
template <class T>
struct Columns {
  Lanes<T> most[U], least[U];
  LaneInts<T> nan[U] = {};
};
template <class T>
[[gnu::always_inline]] inline Columns<T> survey_columns(int64_t n, const T *columns) {
  Columns<T> of;
  each<U>([&](int v) {
    of.most[v] = spread<Lanes<T>>(-infinity<T>);
    of.least[v] = spread<Lanes<T>>(infinity<T>);
  });
  for (int64_t j = 0; j < n; j++, columns += group<T>)
    each<U>([&](int v) {
      const auto y = ld<Lanes<T>>(columns + v * lanes<T>);
      of.nan[v] |= y != y;
      of.most[v] = vmax(y, of.most[v]);
      of.least[v] = y < of.least[v] ? y : of.least[v];
    });
  return of;
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
  for (int64_t i = 0; i < G; i += U * N) {
    V sum[U] = {}, count[U] = {};
    const auto found = survey_columns<T>(n, columns + i);
    for (int64_t j = 0; j < n; j++) {
      V e[U];
      LaneInts<T> equal[U];
      each<U>([&](int v) {
        e[v] = ld<V>(columns + j * G + i + v * N) - found.most[v];
        equal[v] = e[v] == 0;
      });
      vexp(e, T(1), Below<T>::lowest);
      each<U>([&](int v) {
        count[v] += equal[v] ? spread<V>(T(1)) : V{};
        sum[v] += equal[v] ? V{} : e[v];
      });
    }
    each<U>([&](int v) {
      const V nan = spread<V>(T(__builtin_nan("")));
      st(largest + i + v * N, found.nan[v] ? nan : found.most[v]);
      st(counts + i + v * N, count[v]);
      st(sums + i + v * N, sum[v]);
    });
  }
  store_doubles(largest, top), store_doubles(counts, tops), store_doubles(sums, rest);
}

template <class T>
bool group_softmax(int64_t n, T *columns) {
  using V = Lanes<T>;
  constexpr int N = lanes<T>;
  constexpr int64_t G = group<T>;
  LaneInts<T> invalid{};
  for (int64_t i = 0; i < G; i += U * N, columns += U * N) {
    const auto of = survey_columns<T>(n, columns);
    LaneInts<T> under{};
    V sum[U] = {};
    each<U>([&](int v) { under |= of.least[v] - of.most[v] < Below<T>::lowest; });
    const bool tiny = any(under);
    for (int64_t j = 0; j < n; j++) {
      V e[U];
      each<U>([&](int v) { e[v] = ld<V>(columns + j * G + v * N) - of.most[v]; });
      if (tiny)
        careful_exponential<T>(e, U);
      else
        vexp(e, T(1), Below<T>::lowest);
      each<U>([&](int v) {
        sum[v] += e[v];
        st(columns + j * G + v * N, e[v]);
      });
    }
    each<U>([&](int v) {
      const auto finite = of.most[v] - of.most[v] == 0;
      sum[v] = T(1) / sum[v];
      sum[v] = finite & ~of.nan[v] ? sum[v] : spread<V>(T(__builtin_nan("")));
      invalid |= ~finite & ~of.nan[v];
    });
    for (int64_t j = 0; j < n; j++)
      each<U>([&](int v) {
        T *y = columns + j * G + v * N;
        st(y, ld<V>(y) * sum[v]);
      });
  }
  return any(invalid);
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
