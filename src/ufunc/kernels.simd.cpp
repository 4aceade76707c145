// The table of one ISA level.
#include "kernels.hpp"

#include "exponential.simd.hpp"
#include "logarithm.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {
namespace {

// Some 4 KiB ahead: of a long function the scheduler holds two or three vectors, so that the next
// lines would not be asked for in time.
constexpr int64_t prefetch_distance = 4096;

template <class T, class F, int inputs>
void block(const void *a, const void *b, void *y, int64_t n) {
  using V = Lanes<T>;
  const auto *pa = static_cast<const char *>(a), *pb = static_cast<const char *>(b);
  auto *py = static_cast<char *>(y);
  for (int64_t i = 0; i < n * int64_t(sizeof(T)); i += vector_bytes) {
    __builtin_prefetch(pa + i + prefetch_distance);
    __builtin_prefetch(py + i + prefetch_distance, 1);
    if constexpr (inputs == 2) {
      __builtin_prefetch(pb + i + prefetch_distance);
      st(py + i, F::of(ld<V>(pa + i), ld<V>(pb + i)));
    } else {
      st(py + i, F::of(ld<V>(pa + i)));
    }
  }
}
template <class T, class F>
constexpr Block unary = block<T, F, 1>;
template <class T, class F>
constexpr Block binary = block<T, F, 2>;

template <class V>
bool any(V mask) {
  int64_t words[vector_bytes / 8], some = 0;
  st(words, mask);
  for (int64_t word : words) some |= word;
  return some != 0;
}

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
  return (any(invalid) ? uint32_t(flags::invalid) : 0) | (any(infinite) ? deserved.infinity : 0) |
         (any(tiny) ? deserved.tiny : 0);
}

template <class T>
constexpr Functions functions = {
    .judge = judge<T>,
    .exp = unary<T, Exp>,
    .expit = unary<T, Expit>,
    .logaddexp = binary<T, LogAddExp>,
};

}  // namespace

const Kernels kernels = {functions<float>, functions<double>};

}  // namespace windlass::ufunc::WDL_LEVEL
