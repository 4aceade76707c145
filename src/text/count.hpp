// Counting doubles in one text or many, on every core: the kernels' counts are integers, so how the
// work is cut changes no result.
#pragma once
#include "core/array.hpp"
#include "core/run.hpp"
#include "doubles.hpp"

namespace windlass::text {

// What a count is of: the unit, and whether UTF-8 is known to be valid.
struct Counted {
  Unit unit;
  bool trusted;
};

// All throw WDL_BAD_DATA where UTF-8 is ill-formed, at the first such place, and WDL_CANCELLED.
int64_t count_doubles(Run &run, Counted what, const void *text, int64_t length);
// offsets: texts + 1 that never decrease; text t is [offsets[t], offsets[t + 1]).
void count_doubles_many(Run &run, Counted what, const void *text, const int64_t *offsets,
                        int64_t texts, int64_t *out);
// Each row a text without its trailing NULs; out (rows,) of i64.
void count_doubles_rows(Run &run, Counted what, const Matrix &rows, const MutableVector &out);

}  // namespace windlass::text
