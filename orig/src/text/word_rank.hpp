// The words of a text by their frequency.
#pragma once
#include <cstdint>
#include <vector>

#include "core/run.hpp"
#include "word_table.hpp"

namespace windlass::text {

// The most frequent word first, of equals the one that appears first. distinct and total are those
// of the text, also where the table was cut to the most frequent.
struct WordTable {
  std::vector<int64_t> offsets, lengths, counts;  // offsets in keys, or in the text without keys
  std::vector<uint8_t> keys;
  int64_t total = 0, distinct = 0;
};

// Cut to the `top` most frequent unless that is 0. Without keys the words stay in their text.
WordTable ranked(Run &run, const Vocabulary &words, int64_t top, bool keys);

}  // namespace windlass::text
