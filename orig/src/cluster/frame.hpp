// Where distances are taken, and how far the samples spread there.
#pragma once
#include "tiles.hpp"

namespace windlass::cluster {

// The mean of the rows as origin and a scale by which no |t| is far above 1, nor the square of
// `most` overflows; checks on the way that all is finite. False: stopped.
template <class T>
bool find_frame(Run &, Tiles<T> &, double most = 0);

double largest(const double *values, int64_t count) noexcept;  // |value|

// The mean of the columns' variances, in t. False: stopped.
template <class T>
bool find_variance(Run &, Tiles<T> &, double &variance);

// A frame for given points (k x d doubles) alone.
template <class T>
void frame_points(int64_t k, int64_t d, const double *points, Frame<T> &);

// Points (k x d doubles) in t; throws WDL_BAD_ARGUMENT where one is so far off that a square
// overflows all the same.
template <class T>
std::vector<double> inward(const Frame<T> &, int64_t k, int64_t d, const double *points,
                           int32_t argument);

}  // namespace windlass::cluster
