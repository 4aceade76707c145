// "count_lines": the lines that hold a needle, and how often they do. A line ends at an LF, or at
// the end of a text that has no LF there; it can be empty but not at the end of the text.
#pragma once
#include <cstdint>
#include <string>

#include "apart.hpp"
#include "core/run.hpp"
#include "edges.hpp"
#include "lines_kernels.hpp"
#include "needle.hpp"
#include "settings.hpp"

namespace windlass::text {

// The needle of settings; throws WDL_BAD_ARGUMENT for argument 1 if it holds an LF.
std::string_view line_needle(const Settings &settings);

class CountLines {
 public:
  // What ends in a piece is decided there, but not where a match reaches its ends or, of whole
  // words, is bounded by them.
  struct Summary {
    int64_t bytes = 0, total = 0;
    int64_t between = 0;  // lines between the first and the last LF that hold a match
    bool has_feed = false;
    // What is before the first LF holds a match, what is behind the last one. Without an LF both
    // are the same.
    bool first = false, last = false;
    Edges edges;
    ApartCount taken;  // matches taken from the left: in place of total

    template <class V>
    void visit(V &v) {
      v(bytes), v(total), v(between), v(has_feed), v(first), v(last), v(edges), v(taken);
    }
  };

  explicit CountLines(const Settings &settings);
  int64_t outputs() const noexcept { return 2; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;
  // Matches are within lines, so chunks that begin with lines know nothing of each other.
  bool direct() const noexcept { return apart_; }
  void run_directly(Run &run, const uint8_t *text, int64_t bytes, int64_t *out) const;

  const Pattern &pattern() const noexcept { return needle_.pattern(); }
  bool apart() const noexcept { return apart_; }  // taken from the left: it may overlap itself

 private:
  Needle needle_;
  bool apart_;
  // Bytes next to a match that decide about it: 1 for whole words.
  int64_t margin_;

  int64_t length() const noexcept { return needle_.length(); }
  int64_t edge() const noexcept { return length() - 1 + 2 * margin_; }
  int64_t decided(int64_t bytes) const noexcept;
  void take_apart(const Range &range, lines::Tally *tally, ApartCount &taken, int64_t base) const;
};

}  // namespace windlass::text
