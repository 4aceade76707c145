// Sums of exponentials, and softmax: e^(x - top) with top the largest, so that nothing overflows
// and one term is 1 (P. Blanchard, D. J. Higham, N. J. Higham, 2021, doi:10.1093/imanum/draa038).
#pragma once
#include "array_kernels.hpp"
#include "exponential.simd.hpp"

namespace windlass::ufunc::arrays::WDL_LEVEL {

using namespace simd::WDL_LEVEL;
namespace one = ufunc::WDL_LEVEL;

// e^x is normal from `lowest` on; x + shift is exact below it, back = e^-shift.
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

// e^x = s (1 + r p(r)) by exponential.simd.hpp's table and polynomial, but for what only exp itself
// wants: without the table's second half; where not `exact` an error of |x| units is none, since
// the sum it is for is 1 or more. Each costs a tenth of the time.
template <bool exact, class V>
[[gnu::always_inline]] inline V tabled_exp(V x) {
  using T = one::Scalar<V>;
  using E = one::Exponents<T>;
  constexpr T magic = E::magic + one::steps * one::above<T>;
  const V shifted = x * T(one::steps * 1.4426950408889634) + magic, n = shifted - magic;
  constexpr auto &c = one::Fitted<T>::exp_near;
  constexpr int terms = sizeof c / sizeof(T);
  V r = x - n * (exact ? E::ln2 / one::steps : T(0.6931471805599453 / one::steps));
  if (exact) r = r - n * (E::ln2_rest / one::steps);
  V p = spread<V>(c[terms - 1]);
#pragma GCC unroll 8
  for (int k = terms - 2; k >= 0; k--) p = c[k] + r * p;
  p = T(1) + r * p;
  const V s = one::power(one::Reduced<V>{r, p, (one::BitsOf<V>)shifted});
  return exact ? s + s * (r * p) : s * (T(1) + r * p);
}

// e^x of x <= 0, 0 below `lowest`.
template <bool exact, class V>
[[gnu::always_inline]] inline V exponential(V x) {
  V y;
  if constexpr (one::tabled)
    y = tabled_exp<exact>(x);
  else
    y = one::plain_exp(x);
  return x < Below<one::Scalar<V>>::lowest ? V{} : y;
}
// Subnormal below it; the others have the same bits.
template <class V>
[[gnu::noinline]] void careful_exponential(const V *x, V *y) {
  using B = Below<one::Scalar<V>>;
  *y = *x < B::lowest ? exponential<true>(*x + B::shift) * B::back : exponential<true>(*x);
}

// The halves are put together until one lane is left.
template <int half, class V, size_t... i>
[[gnu::always_inline]] inline V swapped(V v, std::index_sequence<i...>) {
  return __builtin_shufflevector(v, v, (int(i) ^ half)...);
}
template <int half, class V, class F>
[[gnu::always_inline]] inline auto folded(V v, F f) {
  if constexpr (half == 0)
    return v[0];
  else
    return folded<half / 2>(
        f(v, swapped<half>(v, std::make_index_sequence<sizeof v / sizeof v[0]>())), f);
}
template <class V, class F>
[[gnu::always_inline]] inline auto fold(V v, F f) {
  return folded<int(sizeof v / sizeof v[0]) / 2>(v, f);
}
constexpr auto most_of = [](auto a, auto b) __attribute__((always_inline)) { return vmax(a, b); };
constexpr auto least_of = [](auto a, auto b) __attribute__((always_inline)) {
  return a < b ? a : b;
};
constexpr auto sum_of = [](auto a, auto b) __attribute__((always_inline)) { return a + b; };
constexpr auto any_of = [](auto a, auto b) __attribute__((always_inline)) { return a | b; };
template <class M>
[[gnu::always_inline]] inline bool any(M mask) {
  return fold((IntVec)mask, any_of) != 0;
}

template <class T>
constexpr T infinity = T(__builtin_inf());

// f(number of the first, vector) over n >= lanes numbers, of which the last vector begins at
// n - lanes.
template <class T, class F>
[[gnu::always_inline]] inline void vectors(int64_t n, const T *x, F f) {
  constexpr int N = lanes<T>;
  for (int64_t i = 0; i < n; i += N) {
    const int64_t at = i + N > n ? n - N : i;
    f(at, ld<Lanes<T>>(x + at), i - at);
  }
}
// 0 for the first `seen` lanes.
template <class V>
[[gnu::always_inline]] inline V unseen(V v, int64_t seen) {
  using T = one::Scalar<V>;
  LaneInts<T> number{};
#pragma GCC unroll 16
  for (int l = 0; l < lanes<T>; l++) number[l] = LaneInt<T>(l);
  return number < LaneInt<T>(seen) ? V{} : v;
}

template <class T>
[[gnu::noinline]] bool has_nan(int64_t n, const T *x) {
  bool nan = false;
  for (int64_t i = 0; i < n; i++) nan |= x[i] != x[i];
  return nan;
}

template <class T>
[[gnu::noinline]] T largest(int64_t n, const T *x) {
  constexpr int N = lanes<T>;
  const auto at = [&](int64_t i) { return ld<Lanes<T>>(x + i); };
  auto most = vmax(at(n - N), spread<Lanes<T>>(-infinity<T>)), other = most;
  for (int64_t i = 0; i + N < n; i += 2 * N)
    most = vmax(at(i), most), other = vmax(at(i + N < n - N ? i + N : n - N), other);
  return fold(vmax(most, other), most_of);
}

// The sum of e^(x - top); or of those not equal to top. What lies `ahead` bytes is wanted next.
template <class T, bool others>
[[gnu::noinline]] double exponential_sum(int64_t n, const T *x, T top, intptr_t ahead) {
  Lanes<T> sum{};
  vectors(
      n, x, [&](int64_t i, auto v, int64_t seen) __attribute__((always_inline)) {
        if (!others) __builtin_prefetch(reinterpret_cast<const char *>(x + i) + ahead);
        v -= top;
        auto e = exponential<others>(v);
        if (others) e = v == 0 ? Lanes<T>{} : e;
        if (seen) e = unseen(e, seen);
        sum += e;
      });
  return double(fold(sum, sum_of));
}

// Rows that are computed phase by phase, so that one does not wait for another.
constexpr int some_rows = 4;

// Where a sum is near 1, one number is the top, and what the others add is summed by itself.
template <class T>
void totals(int64_t rows, int64_t n, const char *x, intptr_t step, double *top, double *tops,
            double *rest) {
  for (; rows > 0; rows -= some_rows) {
    T most[some_rows];
    const int count = rows < some_rows ? int(rows) : some_rows;
    const auto row = [&](int r) { return reinterpret_cast<const T *>(x + r * step); };
    for (int r = 0; r < count; r++) most[r] = largest(n, row(r));
    for (int r = 0; r < count; r++, top++, tops++, rest++) {
      const double sum = exponential_sum<T, false>(n, row(r), most[r], some_rows * step);
      *top = double(most[r]), *tops = 1;
      *rest = sum < 1.5 ? exponential_sum<T, true>(n, row(r), most[r], 0) : sum - 1;
      if (sum != sum && has_nan(n, row(r))) *top = sum;
    }
    x += count * step;
  }
}

inline void sums(int64_t count, int64_t n, int64_t step, double *top, double *tops, double *rest) {
  for (; count > 0; count -= W, top += W, tops += W, rest += W) {
    Vec most = splat(-infinity<double>), equal{}, others{};
    IntVec nan{};
    for (int64_t i = 0; i < n * step; i += step)
      most = vmax(ld(top + i), most), nan |= ld(top + i) != ld(top + i);
    for (int64_t i = 0; i < n * step; i += step) {
      const Vec t = ld(top + i), gap = t - most, times = ld(tops + i), r = ld(rest + i);
      equal += gap == 0 ? times : Vec{};
      const Vec more = gap == 0 ? r : (times + r) * exponential<true>(gap);
      others += t == -infinity<double> ? Vec{} : more;
    }
    st(top, nan ? splat(__builtin_nan("")) : most), st(tops, equal), st(rest, others);
  }
}

template <class T>
[[gnu::noinline]] double exponentials(int64_t n, const T *x, T top, T *y) {
  using V = Lanes<T>;
  V sum{}, least{};
  bool tiny = false;
  do {
    tiny = fold(least, least_of) < Below<T>::lowest, sum = V{};
    vectors(
        n, x, [&](int64_t i, auto v, int64_t seen) __attribute__((always_inline)) {
          V e, gap = v - top;
          least = least_of(gap, least);
          if (tiny)
            careful_exponential(&gap, &e);
          else
            e = exponential<true>(gap);
          st(y + i, e);
          sum += seen ? unseen(e, seen) : e;
        });
  } while (!tiny && fold(least, least_of) < Below<T>::lowest);
  return double(fold(sum, sum_of));
}

template <class T>
[[gnu::noinline]] void scale(int64_t n, T factor, T *y) {
  constexpr int N = lanes<T>;
  const auto last = ld<Lanes<T>>(y + n - N) * factor;
  for (int64_t i = 0; i + N < n; i += N) st(y + i, ld<Lanes<T>>(y + i) * factor);
  st(y + n - N, last);
}

template <class T>
bool softmax(int64_t rows, int64_t n, const char *x, intptr_t in_step, char *y, intptr_t out_step) {
  bool invalid = false;
  for (; rows > 0; rows -= some_rows) {
    T most[some_rows];
    double sum[some_rows];
    const int count = rows < some_rows ? int(rows) : some_rows;
    const auto in = [&](int r) { return reinterpret_cast<const T *>(x + r * in_step); };
    const auto out = [&](int r) { return reinterpret_cast<T *>(y + r * out_step); };
    for (int r = 0; r < count; r++) most[r] = largest(n, in(r));
    for (int r = 0; r < count; r++) sum[r] = exponentials(n, in(r), most[r], out(r));
    for (int r = 0; r < count; r++) {
      scale(n, T(1 / sum[r]), out(r));
      invalid |= sum[r] != sum[r] && !has_nan(n, in(r));
    }
    x += count * in_step, y += count * out_step;
  }
  return invalid;
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
  constexpr int64_t G = group<T>;
  T tops_of[G], counts[G], sums[G];
  for (int64_t i = 0; i < G; i += lanes<T>) {
    const auto at = [&](int64_t j) { return ld<V>(columns + j * G + i); };
    V most = spread<V>(-infinity<T>), sum{}, count{};
    LaneInts<T> nan{};
    for (int64_t j = 0; j < n; j++) most = vmax(at(j), most), nan |= at(j) != at(j);
    for (int64_t j = 0; j < n; j++) {
      const V gap = at(j) - most;
      sum += gap == 0 ? V{} : exponential<true>(gap);
      count += gap == 0 ? spread<V>(T(1)) : V{};
    }
    st(tops_of + i, nan ? spread<V>(T(__builtin_nan(""))) : most);
    st(counts + i, count), st(sums + i, sum);
  }
  store_doubles(tops_of, top), store_doubles(counts, tops), store_doubles(sums, rest);
}

template <class T>
bool group_softmax(int64_t n, T *columns) {
  using V = Lanes<T>;
  constexpr int64_t G = group<T>;
  LaneInts<T> invalid{};
  for (int64_t i = 0; i < G; i += lanes<T>, columns += lanes<T>) {
    V most = spread<V>(-infinity<T>), least = spread<V>(infinity<T>), sum{};
    LaneInts<T> nan{};
    for (int64_t j = 0; j < n; j++) {
      const V y = ld<V>(columns + j * G);
      most = vmax(y, most), least = least_of(y, least), nan |= y != y;
    }
    const bool tiny = any(least - most < Below<T>::lowest);
    for (int64_t j = 0; j < n; j++) {
      V e, gap = ld<V>(columns + j * G) - most;
      if (tiny)
        careful_exponential(&gap, &e);
      else
        e = exponential<true>(gap);
      sum += e;
      st(columns + j * G, e);
    }
    invalid |= (sum != sum) & ~nan;
    sum = T(1) / sum;
    for (int64_t j = 0; j < n; j++) st(columns + j * G, ld<V>(columns + j * G) * sum);
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

inline double scalar_log(double x) { return vlog(splat(x))[0]; }

}  // namespace windlass::ufunc::arrays::WDL_LEVEL
