// The greatest eigenvalue of a Hermitian matrix, scaled from both sides by the roots of a positive
// diagonal: some steps of C. Lanczos, 1950, doi 10.6028/jres.045.026.
#pragma once
#include "core/run.hpp"
#include "sparse/linear.hpp"

namespace windlass::precond {

// inverse is by row: 1 / the diagonal; nullptr: 1. Always below the true value, by some per cent
// after ten steps. Throws WDL_CALLBACK_FAILED, WDL_CANCELLED.
template <class T>
double greatest_eigenvalue(Run &, const sparse::Linear &, const Real<T> *inverse, int64_t steps);

}  // namespace windlass::precond
