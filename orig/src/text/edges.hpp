// The bytes next to the ends of a piece, which what straddles a border takes.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

namespace windlass::text {

struct Edges {
  std::string head, tail;  // both all of a piece that is shorter

  Edges() = default;
  Edges(const uint8_t *text, int64_t bytes, int64_t edge) {
    const auto *chars = reinterpret_cast<const char *>(text);
    const int64_t kept = std::min(bytes, edge);
    if (kept == 0) return;
    head.assign(chars, size_t(kept));
    tail.assign(chars + bytes - kept, size_t(kept));
  }

  void join(const Edges &right, int64_t edge_bytes) {
    const auto edge = size_t(edge_bytes);
    if (head.size() < edge) head.append(right.head, 0, edge - head.size());
    tail += right.tail;
    if (tail.size() > edge) tail.erase(0, tail.size() - edge);
  }
  bool fit(int64_t bytes, int64_t edge) const noexcept {
    const auto kept = size_t(std::min(bytes, edge));
    return head.size() == kept && tail.size() == kept;
  }

  template <class V>
  void visit(V &v) {
    v(head), v(tail);
  }
};

}  // namespace windlass::text
