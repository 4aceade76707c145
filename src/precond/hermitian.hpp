// What IC(0) and Chebyshev ask of a matrix.
#pragma once
#include "sparse/rows.hpp"

namespace windlass::precond {

// Hermitian, with a positive diagonal and no entry too large for a positive definite matrix. Throws
// WDL_BAD_DATA with row and column.
template <class T>
void check_hermitian(const sparse::Rows<T> &);

}  // namespace windlass::precond
