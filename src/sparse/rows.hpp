// Any stored matrix as compressed rows of its own, columns sorted and duplicates added: what
// factorisations and copies in other formats begin with.
#pragma once
#include <cstdint>
#include <vector>

#include "core/run.hpp"
#include "linear.hpp"

namespace windlass::sparse {

template <class T>
struct Rows {
  std::vector<int64_t> pointer;  // rows + 1
  std::vector<int32_t> index;
  std::vector<T> value;
};

// T is the matrix's scalar. Zeros that are stored stay; duplicates are added as they come, so the
// bits are the same each time. Throws WDL_UNSUPPORTED for what has no entries (callbacks, products)
// or 2^31 columns or more, WDL_CANCELLED, std::bad_alloc.
template <class T>
Rows<T> rows_of(Run &, const Linear &, Mode = Mode::plain);
template <class T>
Rows<T> rows_of(const Linear &, Mode = Mode::plain);

}  // namespace windlass::sparse
