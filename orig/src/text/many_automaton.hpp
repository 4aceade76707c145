// Which of many needles begin where: an automaton that reads text from the right, so that its state
// tells the longest needle that begins at a byte, and the others by a chain.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace windlass::text {

class Automaton {
 public:
  // Distinct needles, none empty, of fewer than 2^31 bytes in all; their ASCII letters small where
  // case is ignored.
  Automaton(const std::vector<std::string_view> &needles, bool ignore_case);

  // longest[p - from], for from <= p < to <= bytes: 1 + the longest needle that is found at p and
  // ends by `bytes`, 0: none.
  void find(const uint8_t *text, int64_t bytes, int64_t from, int64_t to, uint32_t *longest) const;
  // The next shorter needle (numbered as find() does) wherever this one is found, 0: none.
  uint32_t shorter(uint32_t needle) const noexcept { return shorter_[needle]; }
  int64_t reach() const noexcept { return reach_; }  // the greatest length

 private:
  struct Trie;

  void classify(const std::vector<std::string_view> &needles, bool ignore_case);
  void number_states(const Trie &trie);
  void link();
  uint32_t step(uint32_t at, uint8_t label) const noexcept;
  uint32_t place(int64_t state) const noexcept;
  uint32_t read(const uint8_t *text, int64_t from, int64_t to, uint32_t at,
                uint32_t *longest) const noexcept;
  void read_parts(const uint8_t *text, int64_t bytes, int64_t from, int64_t part,
                  uint32_t *longest) const noexcept;

  int64_t reach_ = 0;
  uint8_t label_of_[256];  // of a byte; bytes of no needle share one
  uint32_t stride_ = 0;    // entries of a row: the longest needle, then a place for each label
  uint32_t rows_end_ = 0;  // places from here on are states without a row
  std::vector<uint32_t> rows_, shorter_;
  // Of each state, in breadth-first order; the children of s are [child_[s], child_[s + 1]).
  std::vector<int32_t> child_, fail_;
  std::vector<uint8_t> label_;
  std::vector<uint32_t> longest_;
};

}  // namespace windlass::text
