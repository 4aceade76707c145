// The expectation step by itself: what a fitted mixture says about samples.
#pragma once
#include "core/array.hpp"
#include "core/run.hpp"
#include "parameters.hpp"
#include "tiles.hpp"

namespace windlass::mixture {

// What the expectation step writes; data nullptr: not wanted.
struct Expectation {
  MutableMatrix responsibilities = {};  // n x k, f64
  MutableVector log_likelihoods = {};   // n, f64; -inf where every density underflows
  MutableVector labels = {};            // n, i64: the first of the most probable components
  bool mean = true;                     // of the log-likelihoods; else 0 is returned
};

// Of every row, whatever its weight. Needs weights, means and precisions_cholesky. Where every
// density of a row underflows, its responsibilities are equal. Throws WDL_BAD_DATA, and
// WDL_CANCELLED when stopped.
double e_step(Run &, const Samples &, const Parameters &, const Expectation &);

}  // namespace windlass::mixture
