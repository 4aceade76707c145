// The kernels of preconditioners, one table per ISA level.
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::precond {

inline constexpr int lanes = 8;  // rows of a slice

// One triangle T, 1 on its diagonal, as T^-1 D^-1 is applied: slices of 8 rows that do not
// depend on each other (but on rows of slices before), and a step of them takes one entry of each.
// Lane j of slice s writes slot (s + 1) * 8 + j of the work; the first 8 slots are zero.
template <class F>
struct SlicedView {
  const int64_t *first;   // by slice, and one more: its steps
  const int32_t *at;      // by step: the slot of lane 0, the others following; or ~ of the
  const int32_t *index;   // group of 8 in index, where the slots stand
  const int32_t *from;    // by slice: where the right-hand sides stand, as in at,
  const int32_t *source;  // and groups of 8 of them
  const int32_t *row;     // by slice and lane: the row; lanes left over repeat the last
  const int32_t *count;   // by slice: lanes in use
  const F *value;         // by step and lane
  const F *inverse;       // by slice and lane: of D; nullptr: that is 1
};

// The same, where too few rows are independent: row by row. Row i writes slot 8 + i of the work.
template <class F>
struct OrderedView {
  int64_t rows;
  const int64_t *begin, *end;  // by row: its entries in index and value, after
  int64_t skip;                // so many
  const int32_t *index;        // the row that an entry multiplies
  const int32_t *source;       // by row: where the right-hand side stands
  const F *value;
  const F *inverse;  // by row, or nullptr
  bool upward;       // from the last row to the first
};

// Of a strip's triangle: work <- T^-1 D^-1 of what stands at its sources in from, and to[row] as
// well unless to is nullptr.
template <class T, class F>
struct SolveKernels {
  // Of the slices begin .. end.
  void (*sliced)(const SlicedView<F> &, int64_t begin, int64_t end, const T *from, T *work, T *to);
  void (*ordered)(const OrderedView<F> &, const T *from, T *work, T *to);
};

template <class T>
struct DenseKernels {
  // z[i] <- sum over j of a[i, j] x[j] for the rows first .. last of a k x k block, row by row;
  // transposed: of a[j, i]; conjugate: of its conjugate.
  void (*multiply)(int64_t k, int64_t first, int64_t last, const T *a, bool transposed,
                   bool conjugate, const T *x, T *z);
};

// Steps of Chebyshev's iteration on rows of their own; scale is by row, or nullptr for 1.
template <class T>
struct ChebyshevKernels {
  // s <- r, d <- a scale r, z <- d
  void (*start)(int64_t n, double a, const Real<T> *scale, const T *r, T *s, T *d, T *z);
  // s <- s - w, d <- a d + b scale s, z <- z + d
  void (*step)(int64_t n, double a, double b, const Real<T> *scale, const T *w, T *s, T *d, T *z);
};

// Factors in the scalar of the matrix.
template <class T>
using OwnSolveKernels = SolveKernels<T, T>;

struct Kernels {
  OfScalars<OwnSolveKernels> solves;
  SolveKernels<double, float> f64_in_f32;
  SolveKernels<Complex<double>, Complex<float>> c128_in_c64;
  OfScalars<DenseKernels> blocks;
  OfScalars<ChebyshevKernels> chebyshev;
};

const Kernels &kernels();
namespace base {
extern const Kernels kernels;
}
namespace v3 {
extern const Kernels kernels;
}
namespace v4 {
extern const Kernels kernels;
}

template <class T, class F>
const SolveKernels<T, F> &solves() {
  if constexpr (std::is_same_v<T, F>)
    return kernels().solves.of<T>();
  else if constexpr (is_complex<T>)
    return kernels().c128_in_c64;
  else
    return kernels().f64_in_f32;
}
template <class T>
const DenseKernels<T> &blocks() {
  return kernels().blocks.of<T>();
}
template <class T>
const ChebyshevKernels<T> &chebyshev_steps() {
  return kernels().chebyshev.of<T>();
}

}  // namespace windlass::precond
