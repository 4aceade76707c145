// "count_lines" of the empty needle: it is at every border between characters of a line, and at its
// ends, so every line has it.
#pragma once
#include <cstdint>

#include "lines.hpp"
#include "wc.hpp"

namespace windlass::text {

class CountEmptyInLines {
 public:
  struct Summary {
    CharacterBorders::Summary borders;
    int64_t feeds = 0;
    bool open = false;  // there is text behind the last LF

    template <class V>
    void visit(V &v) {
      v(borders), v(feeds), v(open);
    }
  };

  explicit CountEmptyInLines(const Settings &settings) : borders_(settings) {}
  int64_t outputs() const noexcept { return 2; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
    return finish(scan(text, bytes), out);
  }
  Summary scan(const uint8_t *text, int64_t bytes) const {
    return {borders_.scan(text, bytes), lines::kernels().feeds(text, bytes),
            bytes > 0 && text[bytes - 1] != '\n'};
  }
  void join(Summary &left, const Summary &right) const {
    borders_.join(left.borders, right.borders);
    left.feeds += right.feeds;
    left.open = right.open || (left.open && right.feeds == 0);
  }
  int64_t finish(const Summary &summary, int64_t *out) const {
    // A text of c characters has c + 1 borders; a line has one more than characters besides its LF.
    int64_t borders;
    const int64_t ill = borders_.finish(summary.borders, &borders);
    out[0] = summary.feeds + summary.open;
    out[1] = borders - 1 - summary.feeds + out[0];
    return ill;
  }
  bool sound(const Summary &summary) const noexcept {
    if constexpr (requires { borders_.sound(summary.borders); })
      if (!borders_.sound(summary.borders)) return false;
    return summary.feeds >= 0 && summary.feeds <= summary.borders.bytes;
  }

 private:
  CharacterBorders borders_;
};

}  // namespace windlass::text
