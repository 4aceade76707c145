// Stored matrices that are not compressed rows: blocks, dense, diagonal.
#pragma once
#include <memory>

#include "compressed.hpp"

namespace windlass::sparse {

// Compressed rows of blocks; values (blocks, height, width). Checks as of compressed rows, indices
// in units of blocks.
std::unique_ptr<const Linear> make_blocks(Run &, int64_t columns, const CompressedArrays &);
// values (m, n): kept where its rows or its columns are contiguous.
std::unique_ptr<const Linear> make_dense(const wdl_array &values);
// values (n,)
std::unique_ptr<const Linear> make_diagonal(const wdl_array &values);

}  // namespace windlass::sparse
