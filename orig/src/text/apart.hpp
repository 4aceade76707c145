// Matches that must not overlap, of a needle that may overlap itself, are taken from the left: how
// many of a piece are taken depends on how far the last one before it reaches in. ApartCount is
// that dependence; neighbouring ones combine.
//
// Matches that follow each other at the needle's smallest period p make a run. Others that overlap
// begin more than p and more than m - p bytes after each other, m being the needle's length (N. J.
// Fine, H. S. Wilf, Uniqueness theorems for periodic functions, 1965, doi 10.2307/2034009). So a
// match taken before the last one of a run ends before the next run; the last one reaches beyond no
// more than the next run's first; and what reaches in from before the piece ends before the third
// run, which is met in one of two ways.
#pragma once
#include <array>
#include <cstdint>

#include "needle.hpp"

namespace windlass::text {

// Positions are those where matches begin, counted from the first one that the piece decides.
struct ApartCount {
  struct Run {
    int64_t first = 0, count = 0;

    template <class V>
    void visit(V &v) {
      v(first), v(count);
    }
  };
  struct Taken {
    // Of the last one, or how far the one before the piece reaches in; where it is within what has
    // been read it may be less.
    int64_t count = 0, end = 0;

    template <class V>
    void visit(V &v) {
      v(count), v(end);
    }
  };

  std::array<Run, 2> runs;     // the first ones
  int64_t third = -1;          // where the third run begins
  std::array<Taken, 2> after;  // from there on, when its first match is free; when it is not

  template <class V>
  void visit(V &v) {
    v(runs), v(third), v(after);
  }
  // Of what was saved elsewhere, of a piece of this many bytes.
  bool sound(const Pattern &pattern, int64_t bytes) const noexcept;

  // When a match before the piece ends at `end`.
  Taken of(int64_t end, const Pattern &pattern) const;
  // Matches that begin in the range, whose first position is `base`.
  void read(const Pattern &pattern, const Range &range, int64_t base);
  // As read(), up to where all ways to come in have one future: there, or range.last.
  int64_t read_while_two(const Pattern &pattern, const Range &range, int64_t base);
  // Of that one future: what follows where read_while_two() stopped.
  int64_t end() const { return after[0].end; }
  void follow(const Taken &taken);
  // What follows this, which is `decided` positions long.
  void then(int64_t decided, const ApartCount &next, const Pattern &pattern);

 private:
  void add(const Run &run, const Pattern &pattern);
};

}  // namespace windlass::text
