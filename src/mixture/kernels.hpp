// The tile operations of Gaussian mixtures, one table per ISA level. They
// work on tiles of 128 rows in buffers of the caller, aligned to 64 bytes, and allocate nothing.
// How a tile is computed (samples or dimensions in the lanes, which register blocks) is theirs to
// choose by d; what they read and write besides is the same at each level.
#pragma once
#include <cstdint>

namespace windlass::mixture {

constexpr int64_t tile_rows = 128;
// No log density is below lowest_density, so that the difference of two is never NaN; where a
// row's highest is below underflowed, its density is 0 in the precision of the tile.
template <class Real>
constexpr Real lowest_density = sizeof(Real) == 8 ? Real(-1.7e308) : Real(-3e38);
template <class Real>
constexpr Real underflowed = sizeof(Real) == 8 ? Real(-1e300) : Real(-1e38);

// What the components' covariances are: a matrix each, one for all, a diagonal each, a number each.
enum class CovarianceType : int32_t { full, tied, diag, spherical };
constexpr int covariance_types = 4;

// Sizes in scalars of the tile, `scalar` bytes each; statistics are doubles.
struct Layout {
  int64_t d, k;
  int64_t scalar;
  int64_t parameters;   // of all components, for log_densities
  int64_t centre;       // of a component, for moments; padded by zeros beyond d
  int64_t row;          // stride of Tile::rows
  int64_t accumulator;  // of a component, for moments
  int64_t scratch;      // of a tile
  // Of a component: s0, s1[d]; full: the lower triangle of S row by row; diag and spherical: its
  // diagonal.
  int64_t statistics;
};

// Rows as they lie in the caller's memory, strides in bytes: f64, or f32 when single is set.
struct Source {
  const char *data;
  int64_t rows, columns, row_stride, column_stride;
  bool single;
};

// What a tile holds of x: (x_j - origin_j) * scale_j, scale_j a power of 2, both exact in the
// tile's scalars. Tiles of double hold x itself: origins 0, scales 1.
struct Frame {
  const double *origin, *scale;
};

// Scalars of a tile. Who reads them knows whether they are double or float.
struct Scalars {
  void *data = nullptr;
  template <class Real>
  operator Real *() const noexcept {
    return static_cast<Real *>(data);
  }
};

// One worker's tile. Lanes beyond the rows and rows of weight 0 ("dead") repeat a live row.
struct Tile {
  int64_t rows;
  Scalars columns;  // [d][128]
  Scalars row;      // [128][Layout::row]
  Scalars p;        // [k][128]: log densities, their square roots relative to the row's, ...
  Scalars highest;  // [128]: the largest log density of the row
  Scalars scale;    // [128]: moments takes (p * scale)^2 for the responsibility
  Scalars scratch;
};

// Accumulators += sum r, sum r t, sum r t t^T of the components first <= c < last, with
// t = x - centre.
using Moments = void (*)(const Layout &, const void *centres, int64_t first, int64_t last,
                         const Tile &, void *accumulators);

// What depends on the covariances' type.
struct Form {
  Layout (*layout)(int64_t d, int64_t k);
  // Offsets + log densities; precisions_cholesky as in Parameters.
  void (*pack_parameters)(const Layout &, const Frame &, const double *offsets, const double *means,
                          const double *precisions_cholesky, void *parameters);
  // p <- log(weight * density) of the components first <= c < last and highest; first = 0
  // begins a tile.
  void (*log_densities)(const Layout &, const void *parameters, int64_t first, int64_t last,
                        Tile &);
  Moments moments;
  // statistics += accumulators
  void (*flush)(const Layout &, const void *accumulators, double *statistics);
};

// Tiles of one scalar type.
struct Arithmetic {
  Form forms[covariance_types];

  // Reads the rows of a tile; tiles of double are rounded, f32 rows only, as if to the frame.
  // False: something in there is not finite (dead rows included).
  bool (*pack)(const Layout &, const Frame &, const Source &, Tile &);
  // p and scale <- what moments wants, weights_or_null the rows' weights; returns the (weighted)
  // sum of the rows' log-likelihoods. Responsibilities below 4e-31 (float: 4e-18) count as 0.
  double (*soften)(const Layout &, const double *weights_or_null, Tile &);
  // p <- responsibilities, log_likelihoods[128] of the rows.
  void (*responsibilities)(const Layout &, Tile &, double *log_likelihoods);
  // labels[128] <- the first of the components with the largest p.
  void (*labels)(const Layout &, const Tile &, int64_t *labels);
  // Rows of p^T into the caller's f64 memory, strides in bytes.
  void (*store)(const Layout &, const Tile &, char *out, int64_t row_stride, int64_t column_stride);
};

// Random responsibilities: Dirichlet(1, ..., 1) in each row, or uniform numbers divided by their
// sum.
enum class RandomRows { dirichlet, uniform };

// Of tiles of double, and of others what `single` says.
struct Kernels : Arithmetic {
  const Arithmetic *single;  // tiles of float

  // p holds the responsibilities themselves and may be overwritten.
  Moments moments_given[covariance_types];
  // Reads responsibilities into p, zeros for the dead lanes. False: not finite or negative.
  bool (*pack_responsibilities)(const Layout &, const Source &, Tile &);
  // The same, random, for rows first .. of the seed's stream.
  void (*random_responsibilities)(const Layout &, RandomRows, uint64_t seed, uint32_t stream,
                                  int64_t first, Tile &);

  // a = r^T r in place, r upper triangular; only a's upper triangle is read, the rest becomes zero.
  // Rows first <= i < last, in rising order. Returns the first pivot that is not positive and
  // finite, or -1.
  int64_t (*cholesky)(int64_t d, int64_t first, int64_t last, double *a);
  // u = r^-1, both upper triangular. Rows first <= i < last, in falling order.
  void (*invert_triangle)(int64_t d, int64_t first, int64_t last, const double *r, double *u);
  // y = exp(x), y = log(x), n a multiple of 16; for tests and benchmarks.
  void (*exp)(int64_t n, const double *x, double *y);
  void (*exp_single)(int64_t n, const float *x, float *y);
  void (*log)(int64_t n, const double *x, double *y);
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

const Kernels &kernels();

}  // namespace windlass::mixture
