// Elementwise functions on contiguous memory, one table per ISA level.
#pragma once
#include <cstdint>

namespace windlass::ufunc {

// y[i] = f(a[i]) or f(a[i], b[i]) for 0 <= i < n; n a multiple of pad_bytes over the scalar's size.
// Any alignment; y is apart from the inputs or exactly one of them; b is not read by functions of
// one argument. Each element gets the same bits wherever it stands. Where `judge` would find a
// flag, it is true or the hardware has raised one; both may be in vain.
using Block = bool (*)(const void *a, const void *b, void *y, int64_t n);
constexpr int64_t pad_bytes = 64;

// Those that y = f(a, b) deserves, of a block: NaN of no NaN is invalid; an infinity of finite
// numbers is what `infinity` says; a result that is subnormal or 0 and not an input is `tiny`.
namespace flags {
enum : uint32_t { invalid = 1, divide_by_zero = 4, overflow = 8, underflow = 16, all = 29 };
}
struct Deserved {
  uint32_t infinity, tiny;
};
using Judge = uint32_t (*)(const void *a, const void *b, const void *y, int64_t n, Deserved);

// pad_bytes of one number, stored by whole registers: a block reads them back without a stall.
using Spread = void (*)(const void *x, void *to);

// Of one scalar type.
struct Functions {
  Judge judge;
  Spread spread;
  Block exp, expm1, tanh, expit, silu;
  Block log, log1p, softplus, logit;
  Block erf, erfc, norm_cdf, gelu;
  Block norm_logpdf, rsqrt;
  Block logaddexp, xlogy, hypot;
};

struct Kernels {
  Functions f32, f64;
};

namespace base {
extern const Kernels kernels;
}
namespace v3 {
extern const Kernels kernels;
}
namespace v4 {
extern const Kernels kernels;
}

const Kernels &kernels() noexcept;

}  // namespace windlass::ufunc
