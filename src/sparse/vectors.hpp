// Kernels on pieces of vectors, one table a scalar and ISA level. n is any length; pointers are
// aligned for their scalar. Sums and coefficients are Wide (double, or complex of it).
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::sparse {

// Columns of a basis lie ld scalars apart. B is what it is stored in: T, or float for double.
template <class T, class B>
struct BasisKernels {
  using S = Wide<T>;
  // sums[c] += sum of conj(V_c) x over the piece, for c < k; dots2 also for y, into more[c].
  void (*dots)(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, S *sums);
  void (*dots2)(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, const T *y, S *sums,
                S *more);
  // x -= sum of a[c] V_c; update2 also y -= sum of b[c] V_c
  void (*update)(int64_t n, const B *v, int64_t ld, int64_t k, const S *a, T *x);
  void (*update2)(int64_t n, const B *v, int64_t ld, int64_t k, const S *a, T *x, const S *b, T *y);
  // dots and update for `count` vectors x_i, xld apart: sums[i k + c], a[i k + c].
  void (*dots_many)(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, int64_t xld,
                    int64_t count, S *sums);
  void (*update_many)(int64_t n, const B *v, int64_t ld, int64_t k, const S *a, T *x, int64_t xld,
                      int64_t count);
  // v <- a x
  void (*store)(int64_t n, S a, const T *x, B *v);
};

template <class T>
struct VectorKernels {
  using S = Wide<T>;
  S (*dot)(int64_t n, const T *x, const T *y);                         // sum of conj(x) y
  double (*norm2)(int64_t n, const T *x);                              // sum of |x|^2
  S (*product)(int64_t n, const T *x, const T *y);                     // sum of x y, not conjugated
  void (*axpy)(int64_t n, S a, const T *x, T *y);                      // y += a x
  void (*xpay)(int64_t n, const T *x, S a, T *y);                      // y <- x + a y
  void (*axpby)(int64_t n, S a, const T *x, S b, T *y);                // y <- a x + b y
  void (*combine)(int64_t n, S a, const T *x, S b, const T *y, T *z);  // z <- a x + b y
  void (*scale)(int64_t n, S a, T *x);                                 // x <- a x
  void (*multiply)(int64_t n, const T *d, const T *x, T *y);           // y <- d x, entry by entry
  BasisKernels<T, T> basis;
};

}  // namespace windlass::sparse
