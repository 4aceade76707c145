// An operation that compares bytes, on text that has to be well-formed UTF-8: validity is looked at
// beside it.
#pragma once
#include "operation.hpp"
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
  static constexpr bool validates = true;

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
  bool sound(const Summary &summary) const noexcept {
    return sound(op_, summary.inner) && sound(validity_, summary.validity);
  }
  const Op &op() const noexcept { return op_; }

 private:
  Op op_;
  Validity validity_;

  template <class Any>
  static bool sound(const Any &op, const typename Any::Summary &summary) noexcept {
    if constexpr (requires { op.sound(summary); }) return op.sound(summary);
    return true;
  }
};

}  // namespace windlass::text
