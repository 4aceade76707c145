// Hits that must not overlap are taken from the left: what is taken of a piece of text depends on
// how far the last hit before it reaches in. A Reach is that dependence, of a piece whose hits are
// decided where they begin in its first `decided` bytes; neighbouring ones combine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace windlass::text {

// For all who reach in by `from` bytes and more, up to the next way's from.
struct Way {
  int64_t from = 0;
  int64_t cover = -1;           // how far the last hit reaches beyond what is decided; -1: nothing
                                // was taken, who reaches in by r still does by r - decided, or 0
  std::vector<int64_t> counts;  // taken, for each output; empty: none

  template <class V>
  void visit(V &v) {
    v(from), v(cover), v(counts);
  }
  bool operator==(const Way &) const = default;
};

struct Reach {
  std::vector<Way> ways;  // by from, the first has 0; empty: one that takes nothing

  template <class V>
  void visit(V &v) {
    v(ways);
  }
  Way of(int64_t r) const;
  // Of what was saved elsewhere: as Reaches(reach, outputs) makes them of a piece of this many
  // bytes.
  bool sound(int64_t reach, std::size_t outputs, int64_t bytes) const noexcept;
  // Of both, this one's decided bytes being `decided`.
  Reach then(int64_t decided, const Reach &next, int64_t next_decided) const;
};

// None, or one for each output, of a piece of this many bytes.
bool counts_fit(const std::vector<int64_t> &counts, std::size_t outputs, int64_t bytes) noexcept;
// Adds, where either may be empty.
void add_counts(std::vector<int64_t> &to, const std::vector<int64_t> &from);

// All ways to come into a piece at once, told of its hits by rising position. Ways whose last hits
// end alike, or before the next hit, have one future: a position costs a few steps however many
// there are.
class Reaches {
 public:
  // reach: more than anyone reaches in, at least as long as every hit.
  Reaches(int64_t reach, int64_t outputs) : reach_(reach), outputs_(outputs) {}

  // A hit of `length` bytes at p, for the ways that are free to take it. One at most for each p.
  void hit(int64_t p, int64_t output, int64_t length);
  // At p, p + step, ... `count` times, where no other begins before all of them end.
  void hits(int64_t p, int64_t step, int64_t count, int64_t output, int64_t length);
  // True when nothing but one future is left from p on: counts() and end then stand for it, and
  // hit() is called no more.
  bool single(int64_t p);
  int64_t *counts();
  int64_t end = 0;  // of its last hit

  Reach finish(int64_t decided);

 private:
  struct Node {
    int32_t parent = -1;
    int64_t end = 0;
    std::vector<int64_t> counts;
  };

  int32_t node();
  int32_t merge(int32_t a, int32_t b);
  void release(int64_t p);
  void hold(int32_t node, int64_t end);
  void skip(int64_t cycles, int64_t bytes, int64_t output);
  std::vector<int64_t> &counts_of(int32_t node);

  int64_t reach_, outputs_;
  int64_t entered_ = 0;  // ways of less than this have been let in
  int64_t swept_ = -1;   // ends up to here are free
  int32_t free_ = -1;
  int64_t held_ = 0;
  bool single_ = false;
  std::vector<Node> nodes_;
  std::vector<int32_t> ring_;                        // by end: who is held until then
  std::vector<std::pair<int64_t, int32_t>> starts_;  // from, and the node it came in as
};

}  // namespace windlass::text
