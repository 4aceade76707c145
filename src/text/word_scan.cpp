#include "word_scan.hpp"

#include <algorithm>

#include "characters.hpp"

namespace windlass::text {
namespace {

// Bytes whose edges are found at a time: these and what they stand for stay in the first-level
// cache.
constexpr int64_t span_bytes = 1536;

// Bytes of the space beyond ASCII that text begins with, or 0.
int64_t wide_space(std::string_view text) noexcept {
  const auto *q = reinterpret_cast<const uint8_t *>(text.data());
  const Character next = next_character(q, int64_t(text.size()));
  const bool wide = next.well_formed && next.bytes > 1;
  return wide && is_space(q, next.bytes, Whitespace::unicode) ? next.bytes : 0;
}

std::string_view view(const uint8_t *text, int64_t bytes) noexcept {
  return {reinterpret_cast<const char *>(text), size_t(bytes)};
}

// The mask of the piece's first bytes that end a space which began before it.
uint64_t spilled_into(const Piece &piece, words::Spaces spaces) noexcept {
  if (!spaces.wide) return 0;
  const int64_t before = std::min<int64_t>(piece.before, 2),
                bytes = std::min<int64_t>(piece.bytes, 2);
  const SpaceAcross space =
      space_across(view(piece.text - before, before), view(piece.text, bytes), spaces);
  return (uint64_t{1} << space.after) - 1;
}

}  // namespace

words::Spaces spaces_of(const Settings &settings) noexcept {
  const bool python = settings.whitespace == Whitespace::python;
  return {.lowest = uint8_t(python ? 0x1C : 0x20),
          .wide = settings.unit == Unit::utf8 && settings.whitespace != Whitespace::ascii};
}

Cut scan_words(Vocabulary &to, const Piece &piece, words::Spaces spaces, bool lower,
               int64_t offset) {
  const words::Kernels &k = words::kernels();
  uint32_t edges[2 * words::group_words + span_bytes + words::edge_room];
  words::Edge edge = {.in_word = 1, .spilled = spilled_into(piece, spaces), .ascii = true};
  Cut cut = {piece.bytes, piece.bytes, false, true};
  int64_t kept = 0;  // edges whose words have not been added
  const auto add = [&](int64_t words) {
    to.add_edges(piece.text, piece.bytes + piece.after, edges, words, lower, offset);
    std::copy(edges + 2 * words, edges + kept, edges);
    kept -= 2 * words;
  };
  for (int64_t at = 0; at < piece.bytes; at += span_bytes) {
    const int64_t bytes = std::min(span_bytes, piece.bytes - at);
    const int64_t after = piece.bytes - at - bytes + piece.after;
    kept += k.edges(piece.text, at, bytes, after, spaces, edge, edges + kept);
    if (!cut.split && kept > 0) {
      cut.split = true, cut.head = edges[0];
      std::copy(edges + 1, edges + kept--, edges);
    }
    if (kept >= 2 * words::group_words) add(kept / 2 / words::group_words * words::group_words);
  }
  if (kept >= 2) add(kept / 2);
  if (kept > 0) cut.tail = edges[0];
  cut.ascii = edge.ascii;
  return cut;
}

SpaceAcross space_across(std::string_view left, std::string_view right,
                         words::Spaces spaces) noexcept {
  if (!spaces.wide) return {false, 0, 0};
  for (size_t before = 1; before <= std::min<size_t>(left.size(), 2); before++) {
    char around[4];
    const size_t after = std::min<size_t>(right.size(), 2);
    std::copy_n(left.end() - int64_t(before), before, around);
    std::copy_n(right.begin(), after, around + before);
    const int64_t bytes = wide_space({around, before + after});
    if (bytes > int64_t(before)) return {true, int64_t(before), bytes - int64_t(before)};
  }
  return {false, 0, 0};
}

int64_t character_start(const Piece &piece, int64_t border) noexcept {
  if (border >= piece.bytes + piece.after) return piece.bytes + piece.after;
  for (int64_t start = border; start >= std::max(border - 3, -piece.before); start--)
    if ((piece.text[start] & 0xC0) != 0x80) return start;
  return border;
}

}  // namespace windlass::text
