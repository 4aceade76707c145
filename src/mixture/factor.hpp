// Cholesky factors of k symmetric matrices, d x d each, in C order. False: stopped.
#pragma once
#include <cstdint>
#include <vector>

#include "covariance.hpp"

namespace windlass::mixture {

// u[c] <- upper triangular U, U U^T = matrices[c]^-1; upper triangles are read. scratch grows to
// what is needed.
bool factor_matrices(Run &, int64_t k, int64_t d, const double *matrices, double *u,
                     std::vector<double> &scratch, const Origin &);
// u[c] <- U, U U^T = matrices[c]; inverses[c] <- matrices[c]^-1.
bool invert_matrices(Run &, int64_t k, int64_t d, const double *matrices, double *u,
                     double *inverses, std::vector<double> &scratch, const Origin &);
// What is on the diagonal there tells a collapsed component from one whose squares overflow.
[[noreturn]] void throw_not_positive(const Origin &, int64_t component, int64_t pivot,
                                     double variance);

}  // namespace windlass::mixture
