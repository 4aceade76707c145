// Few needles, by eights: each eight is counted in a pass of its own over a piece of text that
// stays in the first-level cache.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "many_kernels.hpp"
#include "pause.hpp"

namespace windlass::text {

inline constexpr int64_t most_grouped = 64;  // needles: from here on the automaton is as fast

class ManyGroups {
 public:
  ManyGroups() = default;
  ManyGroups(const ManyGroups &) = delete;  // groups point into it
  ManyGroups &operator=(const ManyGroups &) = delete;
  // marked: the needles of which it matters where they are. listed: of those that begin together
  // the first one is wanted. Nothing is built of too many needles.
  void build(const std::vector<std::string> &needles, bool ignore_case,
             const std::vector<bool> &marked, bool listed);
  // Of a needle: 8 * group + bit.
  int32_t place(int64_t needle) const noexcept { return place_[size_t(needle)]; }
  bool ready() const noexcept { return !groups_.empty() && many::kernels().count; }
  // Bytes that are looked up at most, of all groups.
  int64_t tested() const noexcept {
    int64_t sum = 0;
    for (const Eight &eight : groups_) sum += eight.group.tested;
    return sum;
  }

 private:
  friend class GroupScan;

  struct Eight {
    many::Group group;
    uint8_t marked = 0;
    int32_t needle[8] = {};
  };
  std::vector<Eight> groups_;
  std::vector<int32_t> place_;
  std::vector<uint8_t> bytes_, fold_;
};

// What one thread keeps while it counts.
class GroupScan {
 public:
  // For ranges of up to this many bytes.
  GroupScan(const ManyGroups &groups, int64_t bytes)
      : groups_(groups), tile_(most_marks / int64_t(groups.groups_.size()) & ~int64_t{63}) {
    tile_ = std::min({tile_, most_tile, (bytes + 63) & ~int64_t{63}});
    marks_.resize(groups.groups_.size() * size_t(tile_ + 64));
  }
  // Bytes at a time, so that text and marks stay in the first-level cache.
  int64_t tile() const noexcept { return tile_; }
  // At most a tile. False: the text takes too long this way, and until slow_until().
  bool count(const many::Part &part);
  int64_t slow_until() const noexcept { return slow_until_; }
  const int64_t *counts() const noexcept { return counts_; }  // of the part
  // Marks of the part for one needle, a bit a byte; until the next call.
  const uint64_t *marks_of(int64_t needle);
  // In place of count() for the part, for the marked ones in [from, to) of it: found[w] are the
  // needles, by place(), that begin where longest says w.
  void begin(const many::Part &part) noexcept { part_ = part; }
  void mark(int64_t from, int64_t to, const uint32_t *longest, const uint64_t *found);
  // found(p, needle) for the first needle of each byte of the part from `next` on that has a marked
  // one, by rising p; it returns the next byte that is of interest. Returns the last of these.
  template <class Found>
  int64_t each_first(int64_t next, Found &&found);

 private:
  static constexpr int64_t most_tile = 16384, most_marks = 32768;

  const ManyGroups &groups_;
  many::Part part_{};
  Pause pause_;
  int64_t slow_until_ = 0;
  int64_t counts_[most_grouped];
  int64_t tile_;
  uint64_t bits_[most_tile / 64];
  std::vector<uint8_t> marks_;  // too many for a thread's small stack

  uint8_t *marks(size_t group) noexcept { return marks_.data() + int64_t(group) * (tile_ + 64); }

  void select_any();
};

template <class Found>
int64_t GroupScan::each_first(int64_t next, Found &&found) {
  const int64_t bytes = part_.last - part_.first;
  select_any();
  for (int64_t at = 0; at < bytes; at += 64) {
    uint64_t left = bits_[at / 64];
    if (bytes - at < 64) left &= (uint64_t{1} << (bytes - at)) - 1;
    // Not by way of `next`, which would make every hit wait for the one before.
    for (; left != 0; left &= left - 1) {
      const int64_t j = at + std::countr_zero(left);
      if (part_.first + j < next) continue;
      size_t g = 0;
      while (marks(g)[j] == 0) g++;
      const int b = std::countr_zero(marks(g)[j]);
      next = found(part_.first + j, int64_t{groups_.groups_[g].needle[b]});
    }
  }
  return next;
}

}  // namespace windlass::text
