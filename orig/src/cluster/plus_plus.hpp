// Rows to start from.
#pragma once
#include "tiles.hpp"

namespace windlass::cluster {

// k-means++ (Arthur, Vassilvitskii 2007) with greedy local trials: each further row is the best of
// `trials` that are drawn with a probability proportional to the weighted squared distance to the
// nearest row so far. One pass over x a row, 3 n d (trials + 1) flops; beyond x there are a
// distance a row and a sum a trial and tile.
// trials 0: 2 + ln k. What is drawn depends on seed, stream and x only. Where all rows coincide
// with chosen ones, further ones are drawn by weight alone, and repeat. Empty: stopped.
std::vector<int64_t> plus_plus(Run &, const Samples &, int64_t k, uint64_t seed, uint32_t stream,
                               int64_t trials = 0);

// The same in a frame that has been found.
template <class T>
std::vector<int64_t> plus_plus(Run &, Tiles<T> &, int64_t k, uint64_t seed, uint32_t stream,
                               int64_t trials);

// k distinct rows, each drawn with a probability proportional to its weight. Empty: stopped.
std::vector<int64_t> random_rows(Run &, const Samples &, int64_t k, uint64_t seed, uint32_t stream);

void require_rows(const Samples &, int64_t k);  // throws WDL_BAD_ARGUMENT for fewer than k

}  // namespace windlass::cluster
