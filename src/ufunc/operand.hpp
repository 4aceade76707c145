// One argument of a loop, and what two of them mean for the order of the elements.
#pragma once
#include <cstdint>

namespace windlass::ufunc {

struct Operand {
  char *data;
  intptr_t step;  // bytes
  char *at(intptr_t i) const noexcept { return data + i * step; }
};

// Lowest and highest byte that n elements touch.
struct Extent {
  const char *low, *high;
  Extent(const Operand &x, intptr_t n, intptr_t size) noexcept
      : low(x.step < 0 ? x.at(n - 1) : x.data), high((x.step < 0 ? x.data : x.at(n - 1)) + size) {}
};

// Whether elements must be computed one after the other, since one of `in` may be read after
// another of `out` was written there.
inline bool in_order(const Operand &in, const Operand &out, intptr_t n, intptr_t size) noexcept {
  if (n < 2) return false;
  if (in.data == out.data && in.step == out.step) return in.step < size && in.step > -size;
  const Extent i(in, n, size), o(out, n, size);
  return i.low < o.high && o.low < i.high;
}

}  // namespace windlass::ufunc
