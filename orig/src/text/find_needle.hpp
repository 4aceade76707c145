// "find" and "rfind": where a needle begins first, and last; -1 where it is not.
#pragma once
#include "count_needle.hpp"

namespace windlass::text {

struct FindSummary {
  int64_t bytes = 0;
  int64_t position = -1;  // of what the piece decides
  Edges edges;

  template <class V>
  void visit(V &v) {
    v(bytes), v(position), v(edges);
  }
};

// An empty needle is at 0 and at the end.
class FindFirst {
 public:
  using Summary = FindSummary;

  explicit FindFirst(const Settings &settings);
  int64_t outputs() const noexcept { return 1; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;
  bool settled(const Summary &summary) const noexcept;

 private:
  Needle needle_;
  NeedleBorders borders_;
};

class FindLast {
 public:
  using Summary = FindSummary;
  static constexpr bool from_end = true;

  explicit FindLast(const Settings &settings);
  int64_t outputs() const noexcept { return 1; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;
  bool settled(const Summary &summary) const noexcept { return summary.position >= 0; }
  void precede(Summary &summary, int64_t bytes) const noexcept;

 private:
  Needle needle_;
  NeedleBorders borders_;
};

}  // namespace windlass::text
