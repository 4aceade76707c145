// Rows against centres that stand.
#pragma once
#include "tiles.hpp"

namespace windlass::cluster {

// k x d centres, borrowed.
struct Centres {
  int64_t k, d;
  const double *data;
  int32_t argument = -1;
};

// The nearest centre of each row, the first of equals; labels i64 or i32, or without data. Returns
// the inertia where it is wanted. All throw WDL_BAD_DATA and WDL_CANCELLED.
double nearest(Run &, const Samples &, const Centres &, const MutableVector &labels, bool inertia);

// Euclidean distances, n x k, f64 or f32.
void transform(Run &, const Samples &, const Centres &, const MutableMatrix &distances);

// One step of a running mean (MacQueen 1967; Sculley 2010, doi 10.1145/1772690.1772862): the rows
// go to their nearest centres, and each centre becomes the mean of its rows before, of which it
// stands for weights[k], and these. Returns the inertia before the step. A cancelled step changes
// nothing.
double step(Run &, const Samples &, int64_t k, std::vector<double> &centres,
            std::vector<double> &weights, const MutableVector &labels);

void put_label(const MutableVector &labels, int64_t row, int32_t label) noexcept;

}  // namespace windlass::cluster
