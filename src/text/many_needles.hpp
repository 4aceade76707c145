// The needles of "count_many" made ready: distinct ones, which of them may overlap themselves, and
// the automaton that finds them.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "many_automaton.hpp"
#include "settings.hpp"

namespace windlass::text {

class ManyNeedles {
 public:
  // Throws WDL_BAD_ARGUMENT for argument 1.
  explicit ManyNeedles(const Settings &settings);

  int64_t listed() const noexcept { return int64_t(which_.size()); }
  // Numbered from 0 in the order in which they are first listed; their ASCII letters are small
  // where case is ignored.
  int64_t distinct() const noexcept { return int64_t(lengths_.size()); }
  int64_t length(int64_t needle) const noexcept { return lengths_[size_t(needle)]; }
  int64_t reach() const noexcept { return automaton_.reach(); }  // the greatest length
  bool leftmost() const noexcept { return leftmost_; }
  // Counted without overlaps, which it could have: hits are taken from the left.
  bool tracked(int64_t needle) const noexcept {
    return !tracked_.empty() && tracked_[size_t(needle)] >= 0;
  }
  int64_t tracked() const noexcept { return tracks_; }
  int64_t track(int64_t needle) const noexcept { return tracked_[size_t(needle)]; }

  // Adds what each needle is found at the bytes [from, to), overlapping, to counts (distinct).
  // found(p, needle) is called for the tracked ones instead, by rising p.
  template <class Found>
  void count_each(const uint8_t *text, int64_t bytes, int64_t from, int64_t to, int64_t *counts,
                  Found &&found) const;
  // found(p, needle) for every needle at [from, to), by rising p.
  template <class Found>
  void find_all(const uint8_t *text, int64_t bytes, int64_t from, int64_t to, Found &&found) const;
  // found(p, needle) for the first-listed needle of each byte that has one, by rising p; it
  // returns the next byte that is of interest.
  template <class Found>
  void find_first(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                  Found &&found) const;
  // From counts of distinct needles to those of the listed ones.
  void list(const int64_t *counts, int64_t *out) const noexcept;

 private:
  static constexpr int64_t tile = 4096;

  bool leftmost_;
  int64_t tracks_ = 0;
  std::vector<std::string> needles_;
  std::vector<int64_t> lengths_;
  std::vector<int32_t> which_;    // of a listed needle: the distinct one, -1: it is never the first
  std::vector<int32_t> tracked_;  // of a needle: its number among the tracked ones, or -1
  // By 1 + needle, where the longest found is that: the first tracked one, the first listed one,
  // and the tracked one after a tracked one.
  std::vector<uint32_t> first_tracked_, next_tracked_, first_listed_;
  std::vector<uint32_t> by_length_;  // 1 + needle, the longest first
  Automaton automaton_;

  void collect(const Settings &settings);
  Automaton build(const Settings &settings);
  void chain();
  template <class Tile>
  void each_tile(const uint8_t *text, int64_t bytes, int64_t from, int64_t to, Tile &&visit) const;
};

template <class Tile>
void ManyNeedles::each_tile(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                            Tile &&visit) const {
  std::array<uint32_t, tile> few;
  std::vector<uint32_t> many;
  int64_t size = tile;
  uint32_t *longest = few.data();
  // What lies right of a tile is read again for as many bytes as the longest needle has.
  if (size < 8 * reach() && to - from > size) {
    size = std::min(8 * reach(), to - from);
    many.resize(size_t(size));
    longest = many.data();
  }
  for (int64_t at = from; at < to; at += size) {
    const int64_t end = std::min(to, at + size);
    automaton_.find(text, bytes, at, end, longest);
    visit(at, end, longest);
  }
}

template <class Found>
void ManyNeedles::count_each(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                             int64_t *counts, Found &&found) const {
  std::array<int64_t, 65> few{};
  std::vector<int64_t> many(distinct() > 64 ? size_t(distinct() + 1) : 0);
  int64_t *visits = many.empty() ? few.data() : many.data();
  each_tile(text, bytes, from, to, [&](int64_t at, int64_t end, const uint32_t *longest) {
    for (int64_t p = at; p < end; p++) {
      const uint32_t w = longest[p - at];
      visits[w]++;
      if (tracks_ == 0) continue;
      for (uint32_t t = first_tracked_[w]; t; t = next_tracked_[t]) found(p, int64_t{t} - 1);
    }
  });
  // Where a needle is found as the longest, all shorter ones of its chain are found.
  for (const uint32_t w : by_length_) {
    if (!tracked(int64_t{w} - 1)) counts[w - 1] += visits[w];
    visits[automaton_.shorter(w)] += visits[w];
  }
}

template <class Found>
void ManyNeedles::find_all(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                           Found &&found) const {
  each_tile(text, bytes, from, to, [&](int64_t at, int64_t end, const uint32_t *longest) {
    for (int64_t p = at; p < end; p++)
      for (uint32_t w = longest[p - at]; w; w = automaton_.shorter(w)) found(p, int64_t{w} - 1);
  });
}

template <class Found>
void ManyNeedles::find_first(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                             Found &&found) const {
  int64_t next = from;
  each_tile(text, bytes, from, to, [&](int64_t at, int64_t end, const uint32_t *longest) {
    for (next = std::max(next, at); next < end;) {
      const uint32_t w = longest[next - at];
      next = w ? found(next, int64_t{first_listed_[w]} - 1) : next + 1;
    }
  });
}

}  // namespace windlass::text
