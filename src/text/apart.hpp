// Matches that must not overlap, of a needle that may overlap itself, in a part of a text.
#pragma once
#include "many_reach.hpp"
#include "needle.hpp"

namespace windlass::text {

// How many are taken of those that begin in the range, for each way to come in; no match reaches in
// by `reach` bytes or more.
Reach reach_of(const Pattern &pattern, const Range &range, int64_t reach);

}  // namespace windlass::text
