// The tile operations of k-means, one table per ISA level, for f32 and f64. They work on tiles of
// 128 rows in buffers of the caller, aligned to 64 bytes, and allocate nothing. Samples lie in the
// lanes, so every row is computed alike wherever it stands in a tile.
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::cluster {

constexpr int64_t tile_rows = 128;
constexpr int64_t centre_block = 4;  // centres that are compared at once
// No vector is longer: `wide` adjacent values can be read from the beginning of any row of Rows.
template <class T>
constexpr int64_t wide = 64 / int64_t(sizeof(T));

// At most tile_rows rows of d adjacent values; stride in bytes, at any address.
struct Rows {
  const char *data;
  int64_t count, d, stride;
};

// Where distances are taken: t = x * scale - origin, scale a power of 2 by which no square
// overflows, origin near the data, so that c^2 - 2 t.c does not cancel.
template <class T>
struct Axes {
  const T *origin;
  T scale;
};

// How far centres have moved at most, by label: a row's own, and the farthest of all others. How
// far each is at least from any other; no centre is longer than radius.
template <class T>
struct Moves {
  const T *own, *others, *apart;
  T radius;
};

template <class T>
struct Operations {
  // columns[j][128] <- t, zeros beyond the rows; of max(d, wide) columns some may be written
  // beyond d. False: something in there is not finite.
  bool (*pack)(const Rows &, const Axes<T> &, T *columns);
  // sums[d] += the columns' sums, most <- the largest of itself and every |t|.
  void (*survey)(int64_t d, const T *columns, double *sums, T *most);
  double (*sum_of_squares)(int64_t d, const T *columns);

  // best and labels <- the least of themselves and c^2 - 2 t.c over the blocks first <= b < last
  // of four centres; the first of equals. A block is c^2[4], then -2 c[d][4]. For `count` lanes.
  void (*assign)(int64_t count, int64_t d, int64_t first, int64_t last, const T *columns,
                 const T *blocks, T *best, int32_t *labels);
  // The same, with the second least.
  void (*assign_two)(int64_t count, int64_t d, int64_t first, int64_t last, const T *columns,
                     const T *blocks, T *best, T *second, int32_t *labels);
  // best and second, of assign_two, become bounds: a row's own centre is at most, any other at
  // least that far. [128]
  void (*bound)(int64_t d, T radius, const T *columns, T *best, T *second);
  // The bounds of rows once their centres have moved; chosen <- the rows whose label may change,
  // in order; returns how many. upper and lower [128].
  int64_t (*choose)(int64_t count, int64_t d, const Moves<T> &, const int32_t *labels, T *upper,
                    T *lower, int32_t *chosen);

  // sums[label][d] += w t, weights[label] += w; returns the sum of w |t|^2. centres and sums have
  // rows of d doubles. In double, row by row.
  double (*add)(const Rows &, const Axes<T> &, const int32_t *labels, const double *weights_or_null,
                double *sums, double *weights);
  // The same for rows of weight 1 that go from one label to another.
  void (*move)(const Rows &, const Axes<T> &, const int32_t *from, const int32_t *to, double *sums,
               double *weights);
  // The sum of w |t - centre|^2.
  double (*inertia)(const Rows &, const Axes<T> &, const int32_t *labels,
                    const double *weights_or_null, const double *centres);
  // out[rows] <- |t - centre|^2 of each row's own centre
  void (*own_distances)(const Rows &, const Axes<T> &, const int32_t *labels, const double *centres,
                        double *out);

  // out[count][128] <- |t - point|^2 of points[count][d]; exactly 0 for the point itself.
  void (*distances)(int64_t count, int64_t d, const T *columns, const T *points, T *out);
  // out[rows][count] <- factor sqrt(squares), squares [count][128]; rows of out are `stride` bytes
  // apart, at any address. False: something in there is not finite.
  bool (*roots)(int64_t rows, int64_t count, const T *squares, T factor, char *out, int64_t stride);
  // least[128] <- the smaller of both
  void (*lower)(const T *distances, T *least);
  // The sum of w min(least, distances) over the rows.
  double (*potential)(int64_t rows, const T *distances, const T *least,
                      const double *weights_or_null);
};

using Kernels = OfReals<Operations>;

namespace base {
extern const Kernels kernels;
}
namespace v3 {
extern const Kernels kernels;
}
namespace v4 {
extern const Kernels kernels;
}

const Kernels &kernels();

}  // namespace windlass::cluster
