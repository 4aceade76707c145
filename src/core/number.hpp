// Numbers in messages. std::to_chars writes the same, and brings tables of 110 KB.
#pragma once
#include <cstddef>

namespace windlass {

// As short as reads back, fixed or scientific, without a terminating 0: its length.
size_t write_number(double value, char (&to)[32]) noexcept;

}  // namespace windlass
