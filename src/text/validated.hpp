// An operation that compares bytes, on text that has to be well-formed UTF-8: validity is looked at
// beside it.
#pragma once
#include "pieces.hpp"
#include "validity.hpp"

namespace windlass::text {

template <class Op>
class Validated {
 public:
  struct Summary {
    typename Op::Summary inner;
    Validity::Summary validity;
    template <class V>
    void visit(V &v) {
      v(inner), v(validity);
    }
  };
  static constexpr bool validates = true, reads_twice = true;
  static constexpr bool joins_or_leaves = requires { Op::joins_or_leaves; };

  explicit Validated(const Settings &settings) : op_(settings), validity_(settings) {}

  int64_t outputs() const noexcept { return op_.outputs(); }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
    int64_t ill;
    validity_.whole(text, bytes, &ill);
    return ill >= 0 ? ill : op_.whole(text, bytes, out);
  }
  Summary scan(const uint8_t *text, int64_t bytes) const {
    return {op_.scan(text, bytes), validity_.scan(text, bytes)};
  }
  void join(Summary &left, const Summary &right) const {
    op_.join(left.inner, right.inner);
    validity_.join(left.validity, right.validity);
  }
  int64_t finish(const Summary &summary, int64_t *out) const {
    int64_t ill;
    validity_.finish(summary.validity, &ill);
    return ill >= 0 ? ill : op_.finish(summary.inner, out);
  }
  Summary summarise(Run &run, const Source &source) const requires requires(const Op &op) {
    op.summarise(run, source);
  }
  { return {op_.summarise(run, source), text::summarise(run, validity_, source)}; }
  Ill rows(const RowRange &rows, int64_t *out) const {
    if (!well_formed(rows))
      for (int64_t row = 0; row < rows.rows; row++) {
        const int64_t begin = rows.offsets[row];
        int64_t ill;
        validity_.whole(rows.text + begin, rows.offsets[row + 1] - begin, &ill);
        if (ill >= 0) return {row, ill};
      }
    return rows_of(op_, rows, out);
  }
  bool sound(const Summary &summary) const noexcept {
    return sound(op_, summary.inner) && sound(validity_, summary.validity);
  }

 private:
  Op op_;
  Validity validity_;

  // Rows lie one after the other: when all of it is well-formed and no row begins within a
  // character, so is each of them.
  bool well_formed(const RowRange &rows) const noexcept {
    const int64_t begin = rows.offsets[0], end = rows.offsets[rows.rows];
    int64_t ill;
    validity_.whole(rows.text + begin, end - begin, &ill);
    bool cut = ill >= 0;
    for (int64_t row = 1; row < rows.rows && !cut; row++)
      cut = rows.offsets[row] < end && (rows.text[rows.offsets[row]] & 0xC0) == 0x80;
    return !cut;
  }
  template <class Any>
  static bool sound(const Any &op, const typename Any::Summary &summary) noexcept {
    if constexpr (requires { op.sound(summary); }) return op.sound(summary);
    return true;
  }
};

}  // namespace windlass::text
