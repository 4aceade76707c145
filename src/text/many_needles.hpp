// The needles of "count_many" made ready: distinct ones, which of them may overlap themselves, and
// the automaton that finds them.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "many_automaton.hpp"
#include "many_groups.hpp"
#include "needle.hpp"
#include "settings.hpp"
#include "sieve.hpp"

namespace windlass::text {

// Where a needle is found: at first, first + step, ... `count` times.
struct Hits {
  int64_t first, step, count;
};

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
  bool tracked(int64_t needle) const noexcept { return tracked_[size_t(needle)] >= 0; }
  int64_t tracked() const noexcept { return int64_t(tracks_.size()); }
  int64_t track(int64_t needle) const noexcept { return tracked_[size_t(needle)]; }

  // Adds how often each needle is found at the bytes [from, to), overlapping, to counts (distinct).
  // found(needle, run) is called for the tracked ones instead, by rising place of each.
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
  static constexpr int64_t tile = 512;

  struct Counting {
    many::Part all;
    int64_t *counts;
    int64_t *known;  // by track: its runs have been told as far as there
  };

  bool leftmost_;
  std::vector<std::string> needles_;
  std::vector<int64_t> lengths_;
  std::vector<int32_t> which_;    // of a listed needle: the distinct one, -1: it is never the first
  std::vector<int32_t> tracked_;  // of a needle: its number among the tracked ones, or -1
  std::vector<Pattern> tracks_;   // of those; only their lengths and periods
  std::vector<int32_t> track_needles_;
  // By 1 + needle, where the longest found is that: the first tracked one, the first listed one,
  // and the tracked one after a tracked one.
  std::vector<uint32_t> first_tracked_, next_tracked_, first_listed_;
  std::vector<uint32_t> by_length_;   // 1 + needle, the longest first
  std::vector<uint64_t> found_with_;  // by 1 + needle: all that are found with it, by place
  Automaton automaton_;
  ManyGroups groups_;  // of few needles
  ManySieve sieve_;    // of those that are counted each

  void collect(const Settings &settings);
  Automaton build(const Settings &settings);
  void chain();
  Hits run_from(int64_t track, const many::Part &all, int64_t p) const noexcept;
  template <class Found>
  void tell(int64_t track, int64_t p, const Counting &counting, Found &&found) const;
  template <class Found>
  void each_run(GroupScan &scan, const many::Part &part, const Counting &counting,
                Found &&found) const;
  void add_visits(int64_t *visits, int64_t *counts) const noexcept;
  template <class Tile>
  void each_tile(const uint8_t *text, int64_t bytes, int64_t from, int64_t to, Tile &&visit) const;
  template <class Found>
  void count_by_states(const many::Part &part, const Counting &counting, Found &&found) const;
  template <class Found>
  void count_by_groups(GroupScan &scan, const many::Part &part, const Counting &counting,
                       Found &&found) const;
  template <class Found>
  void count_by_sieve(const Counting &counting, Found &&found) const;
  int64_t worthwhile(int64_t bytes) const noexcept;
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
void ManyNeedles::tell(int64_t track, int64_t p, const Counting &counting, Found &&found) const {
  int64_t &known = counting.known[track];
  if (p < known) return;
  const Hits run = run_from(track, counting.all, p);
  found(int64_t{track_needles_[size_t(track)]}, run);
  known = run.first + (run.count - 1) * run.step + 1;
}

template <class Found>
void ManyNeedles::count_by_states(const many::Part &part, const Counting &counting,
                                  Found &&found) const {
  std::array<int64_t, most_grouped + 1> few{};
  std::vector<int64_t> many(distinct() > most_grouped ? size_t(distinct() + 1) : 0);
  int64_t *visits = many.empty() ? few.data() : many.data();
  const auto visit = [&](int64_t at, int64_t end, const uint32_t *longest) {
    for (int64_t p = at; p < end; p++) {
      const uint32_t w = longest[p - at];
      if (w == 0) continue;
      visits[w]++;
      for (uint32_t t = first_tracked_[w]; t; t = next_tracked_[t])
        tell(track(int64_t{t} - 1), p, counting, found);
    }
  };
  each_tile(part.text, part.bytes, part.first, part.last, visit);
  add_visits(visits, counting.counts);
}

template <class Found>
void ManyNeedles::each_run(GroupScan &scan, const many::Part &part, const Counting &counting,
                           Found &&found) const {
  for (int64_t t = 0; t < tracked(); t++) {
    const int64_t &known = counting.known[t];
    if (known >= part.last) continue;
    const uint64_t *marks = scan.marks_of(track_needles_[size_t(t)]);
    for (int64_t at = part.first; at < part.last; at += 64) {
      uint64_t left = marks[(at - part.first) / 64];
      while (left != 0) {
        if (known - at >= 64) break;
        if (known > at) left &= ~uint64_t{0} << (known - at);
        if (left != 0) tell(t, at + std::countr_zero(left), counting, found);
      }
    }
  }
}

template <class Found>
void ManyNeedles::count_by_groups(GroupScan &scan, const many::Part &all, const Counting &counting,
                                  Found &&found) const {
  for (int64_t at = all.first; at < all.last;) {
    const int64_t end = std::min(all.last, at + scan.tile());
    const many::Part part{all.text, all.bytes, at, end};
    if (at >= scan.slow_until() && scan.count(part)) {
      for (int64_t i = 0; i < distinct(); i++)
        if (!tracked(i)) counting.counts[i] += scan.counts()[i];
    } else {
      std::array<int64_t, most_grouped + 1> visits{};
      scan.begin(part);
      each_tile(part.text, part.bytes, at, end, [&](int64_t b, int64_t e, const uint32_t *longest) {
        for (int64_t p = 0; p < e - b; p++)
          if (longest[p]) visits[longest[p]]++;
        if (tracked() > 0) scan.mark(b, e, longest, found_with_.data());
      });
      add_visits(visits.data(), counting.counts);
    }
    if (tracked() > 0) each_run(scan, part, counting, found);
    at = end;
  }
}

template <class Found>
void ManyNeedles::count_by_sieve(const Counting &counting, Found &&found) const {
  const many::Part &all = counting.all;
  SieveScan scan(sieve_);
  std::optional<GroupScan> groups;
  Pause pause;
  for (int64_t at = all.first; at < all.last;) {
    many::Part part{all.text, all.bytes, at, std::min(all.last, at + scan.part())};
    if (scan.count(part, worthwhile(std::min(part.last - at, sieve::tile)))) {
      pause.succeeded();
      for (int64_t i = 0; i < distinct(); i++)
        if (!tracked(i)) counting.counts[i] += scan.count_of(i);
      scan.each_told([&](int64_t p, int64_t needle) { tell(track(needle), p, counting, found); });
    } else {
      part.last = std::min(all.last, at + pause.failed(4 * sieve::tile));
      if (groups_.ready() && !groups) groups.emplace(groups_, all.last - all.first);
      if (groups)
        count_by_groups(*groups, part, counting, found);
      else
        count_by_states(part, counting, found);
    }
    at = part.last;
  }
}

template <class Found>
void ManyNeedles::count_each(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                             int64_t *counts, Found &&found) const {
  std::vector<int64_t> known(size_t(tracked()), from);
  const Counting counting{{text, bytes, from, to}, counts, known.data()};
  if (sieve_.ready())
    count_by_sieve(counting, found);
  else
    count_by_states(counting.all, counting, found);
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
  const auto by_states = [&](int64_t first, int64_t last) {
    each_tile(text, bytes, first, last, [&](int64_t at, int64_t end, const uint32_t *longest) {
      for (next = std::max(next, at); next < end;) {
        const uint32_t w = longest[next - at];
        next = w ? found(next, int64_t{first_listed_[w]} - 1) : next + 1;
      }
    });
  };
  if (!groups_.ready()) return by_states(from, to);
  GroupScan scan(groups_, to - from);
  for (int64_t at = from; at < to;) {
    int64_t end = std::min(to, at + scan.tile());
    if (scan.count({text, bytes, at, end})) {
      next = scan.each_first(next, found);
    } else {
      end = std::min(to, scan.slow_until());
      by_states(at, end);
    }
    at = end;
  }
}

}  // namespace windlass::text
