// The diagonal of a matrix.
#pragma once
#include "preconditioner.hpp"

namespace windlass::precond {

// Each row's diagonal entry, where it is tiny made as large as the row's largest. Throws as
// cut_strip.
template <class T>
std::vector<Wide<T>> mended_diagonal(const sparse::Rows<T> &, Pivots &);

}  // namespace windlass::precond
