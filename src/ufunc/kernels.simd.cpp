// The table of one ISA level.
#include "kernels.hpp"

#include "algebraic.simd.hpp"
#include "error_function.simd.hpp"
#include "exponential.simd.hpp"
#include "logarithm.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {
namespace {

// Some 4 KiB ahead: of a long function the scheduler holds two or three vectors, so that the next
// lines would not be asked for in time.
constexpr int64_t prefetch_distance = 4096;

// Bytes between two looks at what was not plain.
constexpr int64_t piece = 1024;

template <class F, class T>
concept InTwos = F::template in_twos<T>;

inline void prefetch(const char *a, const char *y) {
  __builtin_prefetch(a + prefetch_distance);
  __builtin_prefetch(y + prefetch_distance, 1);
}

template <class F, int inputs, bool plain, class V>
[[gnu::always_inline]] inline void one_vector(const char *a, const char *b, char *y,
                                              Outside<V> &outside) {
  prefetch(a, y);
  V r;
  if constexpr (inputs == 2) {
    __builtin_prefetch(b + prefetch_distance);
    r = F::template of<plain>(ld<V>(a), ld<V>(b), outside);
  } else {
    r = F::template of<plain>(ld<V>(a), outside);
  }
  st(y, r);
  using Format = FormatOf<V>;
  if constexpr (!plain)
    outside.unless_within(absolute(r), Format::smallest_normal, Format::largest);
}
template <class F, class T>
[[gnu::always_inline]] inline void two_vectors(const char *a, char *y) {
  const Lanes<T> x[] = {ld<Lanes<T>>(a), ld<Lanes<T>>(a + vector_bytes)};
  Lanes<T> r[2];
  prefetch(a, y), prefetch(a + vector_bytes, y + vector_bytes);
  F::of_two(x, r);
  st(y, r[0]), st(y + vector_bytes, r[1]);
}
// True: there was something that is not plain; with care, a result that is not a normal number.
template <class T, class F, int inputs, bool plain>
[[gnu::always_inline]] inline bool each(const char *a, const char *b, char *y, int64_t bytes) {
  Outside<Lanes<T>> outside;
  int64_t i = 0;
  if constexpr (std::is_same_v<F, NormLogPdf>) {  // so short that the loop counts
#pragma GCC unroll 2
    for (; i < bytes; i += vector_bytes) one_vector<F, inputs, plain>(a + i, b + i, y + i, outside);
  } else if constexpr (plain && InTwos<F, T>) {
    for (; i + vector_bytes < bytes; i += 2 * vector_bytes) two_vectors<F, T>(a + i, y + i);
  }
  for (; i < bytes; i += vector_bytes) one_vector<F, inputs, plain>(a + i, b + i, y + i, outside);
  return any_sign<Lanes<T>>(outside.sign);
}
template <class T, class F, int inputs>
[[gnu::noinline, gnu::cold]] void each_with_care(const char *a, const char *b, char *y,
                                                 int64_t bytes) {
  each<T, F, inputs, false>(a, b, y, bytes);
}

// The baseline does without the plain path: half the code for 1.2 to 1.8 times the time.
template <class T, class F, int inputs>
bool block(const void *a, const void *b, void *y, int64_t n) {
  const auto *pa = static_cast<const char *>(a), *pb = static_cast<const char *>(b);
  auto *py = static_cast<char *>(y);
  if constexpr (vector_bytes == 16) {
    return each<T, F, inputs, false>(pa, pb, py, n * int64_t(sizeof(T)));
  }
  bool careful = false;
  for (int64_t i = 0, all = n * int64_t(sizeof(T)); i < all; i += piece) {
    const int64_t bytes = all - i < piece ? all - i : piece;
    if (!each<T, F, inputs, true>(pa + i, pb + i, py + i, bytes)) continue;
    each_with_care<T, F, inputs>(pa + i, pb + i, py + i, bytes);
    careful = true;
  }
  return careful;
}
template <class T, class F>
constexpr Block unary = block<T, F, 1>;
template <class T, class F>
constexpr Block binary = block<T, F, 2>;

template <class T>
uint32_t judge(const void *a, const void *b, const void *y, int64_t n, Deserved deserved) {
  using V = Lanes<T>;
  using Mask = LaneInts<T>;
  constexpr T infinity = Format<T>::infinity;
  Mask invalid{}, infinite{}, tiny{};
  for (int64_t i = 0; i < n * int64_t(sizeof(T)); i += vector_bytes) {
    const V p = ld<V>(static_cast<const char *>(a) + i),
            q = ld<V>(static_cast<const char *>(b) + i);
    const V r = ld<V>(static_cast<const char *>(y) + i), size = absolute(r);
    const Mask numbers = (p == p) & (q == q);
    const Mask finite = (absolute(p) < infinity) & (absolute(q) < infinity);
    invalid |= numbers & (r != r);
    infinite |= finite & (size == infinity);
    tiny |= finite & (size < Format<T>::smallest_normal) & (r != p) & (r != q);
  }
  return (any_sign<V>((BitsOf<V>)invalid) ? uint32_t(flags::invalid) : 0) |
         (any_sign<V>((BitsOf<V>)infinite) ? deserved.infinity : 0) |
         (any_sign<V>((BitsOf<V>)tiny) ? deserved.tiny : 0);
}

template <class T>
void spread(const void *x, void *to) {
  T one;
  __builtin_memcpy(&one, x, sizeof one);
  for (int64_t i = 0; i < pad_bytes; i += vector_bytes)
    st(static_cast<char *>(to) + i, one - Lanes<T>{});  // exact for zeros of either sign
}

template <class T>
constexpr Functions functions = {
    .judge = judge<T>,
    .spread = spread<T>,
    .exp = unary<T, Exp>,
    .expm1 = unary<T, Expm1>,
    .tanh = unary<T, Tanh>,
    .expit = unary<T, Expit>,
    .silu = unary<T, Silu>,
    .log = unary<T, Log>,
    .log1p = unary<T, Log1p>,
    .softplus = unary<T, Softplus>,
    .logit = unary<T, Logit>,
    .erf = unary<T, Erf>,
    .erfc = unary<T, Erfc>,
    .norm_cdf = unary<T, NormCdf>,
    .gelu = unary<T, Gelu>,
    .norm_logpdf = unary<T, NormLogPdf>,
    .rsqrt = unary<T, Rsqrt>,
    .logaddexp = binary<T, LogAddExp>,
    .xlogy = binary<T, XLogY>,
    .hypot = binary<T, Hypot>,
};

}  // namespace

const Kernels kernels = {functions<float>, functions<double>};

}  // namespace windlass::ufunc::WDL_LEVEL
