// What the generalised loops compute on contiguous memory at any address, one table per ISA level.
// Nothing is allocated. Sticky floating-point flags may be raised in vain but by `squares`,
// `solve` and `outer`, which raise what their results deserve.
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::ufunc::arrays {

// Rows that lie side by side: columns[n][group].
template <class T>
constexpr int64_t group = 256 / int64_t(sizeof(T));
constexpr int64_t tile = 16;  // columns of a covariance that are computed at once

// Some points, their coordinates at any strides, and a panel of others: panel[depth][columns_of],
// of which `columns` count. out: (rows, columns) at any strides.
template <class T>
struct Squares {
  const char *points;
  intptr_t point_step, axis_step;
  int64_t rows, depth, columns;
  const T *panel;
  char *out;
  intptr_t row_step, column_step;
};

template <class T>
struct Operations {
  // Of rows of n >= 16 numbers, `step` bytes apart, the sums of e^x as e^top (tops + rest), tops a
  // number of the x that are equal to top. top is NaN where one of them is; where it is infinite
  // the others say nothing.
  void (*totals)(int64_t rows, int64_t n, const char *x, intptr_t step, double *top, double *tops,
                 double *rest);
  // y <- softmax(x); returns whether a row is not a number without a NaN in it.
  bool (*softmax)(int64_t rows, int64_t n, const char *x, intptr_t in_step, char *y,
                  intptr_t out_step);
  // Of n >= 16 numbers: the largest, -inf of none but NaN.
  T (*largest)(int64_t n, const T *x);
  // y <- e^(x - top), top the largest or more; returns its sum, NaN where one of x is or where they
  // are infinite with top. y is apart from x.
  double (*exponentials)(int64_t n, const T *x, T top, T *y);
  void (*scale)(int64_t n, T factor, T *y);
  // Of a group of rows of n >= 0: their totals; columns <- softmax, returns whether one is not a
  // number without a NaN in its row.
  void (*group_totals)(int64_t n, const T *columns, double *top, double *tops, double *rest);
  bool (*group_softmax)(int64_t n, T *columns);
  // log of the sums e^x of `group` totals.
  void (*log_totals)(const double *top, const double *tops, const double *rest, T *out);

  int64_t panel_columns;
  // out <- the sums of (point - panel)^2, or those added to it: coordinate after coordinate.
  void (*squares)(const Squares<T> &, bool more);
  // best, index <- the least of themselves and squares[rows][panel_columns], of which `columns`
  // count, the first of them number `first`; the first of equals, or the first NaN.
  void (*least)(int64_t rows, int64_t columns, int64_t first, const T *squares, T *best,
                int64_t *index);
};

struct Kernels : OfReals<Operations> {
  // The first `count` such totals <- each the sum of n, `step` apart, from itself on. Up to 7
  // behind those of the last are read, and behind the sums written over.
  void (*sums)(int64_t count, int64_t n, int64_t step, double *top, double *tops, double *rest);
  double (*log)(double x);  // positive and normal
  // squares[group] <- |L^-1 t|^2, t = columns[d][group], which is written over. lower: the rows of
  // L behind each other, reciprocals in its diagonal.
  void (*solve)(int64_t d, const double *lower, double *columns, double *squares);
  // sums[points] += t_i times the sum of row[j] t_j, t = columns[d][group], points <= group; more
  // of them may be computed.
  void (*form)(int64_t d, int64_t i, int64_t points, const double *row, const double *columns,
               double *sums);
  // sums[tile][tile] += the sum of w p q^T of rows p, q of `tile` numbers
  void (*outer)(int64_t rows, const double *w, const double *p, const double *q, double *sums);
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

}  // namespace windlass::ufunc::arrays
