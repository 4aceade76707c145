// Where UTF-8 is first ill-formed (the Unicode standard, table 3-7; Python's
// UnicodeDecodeError.start). An operation (operation.hpp) of its own, "validate_utf8", and beside
// others that compare bytes.
#pragma once
#include "kernels.hpp"
#include "settings.hpp"
#include "utf8_piece.hpp"

namespace windlass::text {

class Validity {
 public:
  struct Nothing {
    void join(const Nothing &) noexcept {}
    template <class V>
    void visit(V &) {}
  };
  using Summary = Utf8Piece<Nothing>;
  static constexpr bool validates = true, joins_or_leaves = true;

  explicit Validity(const Settings &, const Kernels &kernels = text::kernels()) noexcept
      : kernels_(&kernels) {}

  int64_t outputs() const noexcept { return 1; }
  // The verdict is the result: no text is refused.
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const noexcept {
    out[0] = kernels_->first_ill_formed(text, bytes);
    return -1;
  }
  Summary scan(const uint8_t *text, int64_t bytes) const {
    Summary summary;
    summary.scan(text, bytes, false, [this](const uint8_t *q, int64_t n, int64_t &ill) {
      ill = kernels_->first_ill_formed(q, n);
      return Nothing();
    });
    return summary;
  }
  void join(Summary &left, const Summary &right) const { left.join(right, false, nothing); }
  int64_t finish(const Summary &summary, int64_t *out) const {
    out[0] = summary.whole(false, nothing).ill;
    return -1;
  }
  bool settled(const Summary &summary) const noexcept { return summary.ill >= 0; }
  bool sound(const Summary &summary) const noexcept { return summary.sound(); }

 private:
  const Kernels *kernels_;

  static Nothing nothing(const uint8_t *, Character) noexcept { return {}; }
};

}  // namespace windlass::text
