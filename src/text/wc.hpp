// Operation "wc": bytes, characters, lines, words and the longest line; and the borders of
// characters, which are where an empty needle is found.
#pragma once
#include "operation.hpp"
#include "utf8_piece.hpp"

namespace windlass::text {

class Wc {
 public:
  // Of text that begins and ends at a border of characters.
  struct Totals {
    int64_t characters = 0, lines = 0, words = 0;
    // Characters before the first LF and after the last (of all without one), of the longest line.
    int64_t first = 0, last = 0, longest = 0;
    bool begins_in_word = false, ends_in_word = false;

    void join(const Totals &next) noexcept;
    template <class V>
    void visit(V &v) {
      v(characters), v(lines), v(words), v(first), v(last), v(longest);
      v(begins_in_word), v(ends_in_word);
    }
  };
  using Summary = Utf8Piece<Totals>;
  static constexpr bool validates = true;

  explicit Wc(const Settings &settings);
  int64_t outputs() const noexcept { return 5; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Ill rows(const RowRange &rows, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;

 private:
  bool trusted() const noexcept { return invalid_ == Invalid::trusted; }
  // ill: where strict text is first ill-formed, else as it was.
  Totals count(const uint8_t *text, int64_t bytes, int64_t &ill) const;
  Totals one(const uint8_t *q, Character c) const noexcept;

  Unit unit_;
  Invalid invalid_;
  Whitespace set_;
};

// One output: characters + 1, or bytes + 1.
class CharacterBorders {
 public:
  struct Summary {
    int64_t bytes = 0, starts = 0;
    Wc::Summary lossy;  // where ill-formed parts are characters
    template <class V>
    void visit(V &v) {
      v(bytes), v(starts), v(lossy);
    }
  };
  explicit CharacterBorders(const Settings &settings);
  int64_t outputs() const noexcept { return 1; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;

 private:
  Unit unit_;
  bool lossy_;
  Wc wc_;
};

}  // namespace windlass::text
