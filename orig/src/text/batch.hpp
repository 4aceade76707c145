// Many texts in one call, on every core: rows are handed out by the bytes they hold, and a text
// that is long by itself gets all cores.
#pragma once
#include "core/array.hpp"
#include "operation.hpp"

namespace windlass::text {

// One row of results for each text: out (texts, outputs) of i64. All throw WDL_BAD_DATA with the
// first text that is ill-formed and the byte within it, and WDL_CANCELLED.

// Text r is [offsets[r], offsets[r + 1]) of text, in units; offsets (texts + 1,) of i32 or i64 that
// never fall, contiguous.
void run_many(Run &run, const Operation &operation, const void *text, const wdl_array &offsets,
              const MutableMatrix &out);
// Each row a text without its trailing NULs.
void run_rows(Run &run, const Operation &operation, const Matrix &rows, const MutableMatrix &out);
// Text r has lengths[r] bytes at addresses[r].
void run_pieces(Run &run, const Operation &operation, const uint64_t *addresses,
                const int64_t *lengths, const MutableMatrix &out);

}  // namespace windlass::text
