// "count": how often a needle is in a text; overlapping, or taken from the left.
#pragma once
#include <cstdint>
#include <string>

#include "apart.hpp"
#include "edges.hpp"
#include "needle.hpp"
#include "operation.hpp"

namespace windlass::text {

// A piece decides about the matches that begin at `margin` or later in its first `margin + decided`
// bytes; the others take bytes of its neighbours, or of whole words a look at them.
struct NeedleBorders {
  int64_t length, margin;

  NeedleBorders(const Needle &needle)
      : length(needle.length()), margin(!needle.empty() && needle.pattern().whole ? 1 : 0) {}
  int64_t edge() const noexcept { return length - 1 + 2 * margin; }
  int64_t decided(int64_t bytes) const noexcept { return std::max<int64_t>(0, bytes - edge()); }
  // Of a piece.
  Range inner(const uint8_t *text, int64_t bytes) const noexcept {
    return {text, bytes, margin, margin + decided(bytes)};
  }
};

// What two neighbours decide together: a range of their edges, put one after the other.
struct Straddle {
  std::string window;
  int64_t begin;  // of the window, in both
  int64_t from, to;

  Straddle(const NeedleBorders &borders, const Edges &left, int64_t left_bytes, const Edges &right,
           int64_t right_bytes)
      : window(left.tail + right.head), begin(left_bytes - int64_t(left.tail.size())) {
    const int64_t before = borders.decided(left_bytes);
    from = borders.margin + before - begin;
    to = from + std::min(borders.decided(left_bytes + right_bytes), left_bytes) - before;
  }
  Range range() const noexcept {
    return {reinterpret_cast<const uint8_t *>(window.data()), int64_t(window.size()), from, to};
  }
};

class CountNeedle {
 public:
  // What is not decided yet is kept as text, more of it than has to be: small pieces are put
  // together before anything is looked for in them.
  struct Summary {
    int64_t bytes = 0, total = 0;
    std::string head;  // the first bytes, as many as its left neighbour needs, once some is decided
    std::string tail;  // what is not decided
    ApartCount taken;  // matches taken from the left: in place of total

    int64_t decided() const noexcept { return bytes - int64_t(tail.size()); }
    template <class V>
    void visit(V &v) {
      v(bytes), v(total), v(head), v(tail), v(taken);
    }
  };
  static constexpr bool joins_or_leaves = true;

  // An empty needle is found before every byte, and at the end.
  explicit CountNeedle(const Settings &settings);
  int64_t outputs() const noexcept { return 1; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  Ill rows(const RowRange &rows, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;

 private:
  Needle needle_;
  bool apart_;
  NeedleBorders borders_;

  // So much that looking at it takes longer than to begin to, and to keep the edges.
  int64_t most_undecided() const noexcept { return 2 * borders_.edge() + (apart_ ? 8192 : 64); }
  void decide(Summary &summary, const Range &range, int64_t decided) const;
  void append(Summary &left, const std::string &text) const;
};

}  // namespace windlass::text
