// Pieces of UTF-8 cut anywhere: up to 3 continuations that a piece begins with, and up to 3 bytes
// of a character that it does not end, are undecided until it is joined with its neighbours.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "characters.hpp"

namespace windlass::text {

// Counts is what is known of whole characters: a monoid made empty, with `join(const Counts &)` and
// `visit`. `surrogates`: as `next_character` has it, in all calls alike.
template <class Counts>
struct Utf8Piece {
  int64_t bytes = 0;
  // Where a character ends is known; until then a piece is continuations, all in `prefix`.
  bool bounded = false;
  std::string prefix, suffix;  // the undecided bytes
  int64_t ill = -1;            // the first ill-formed byte between these, from the piece's start
  Counts counts;               // between these

  template <class V>
  void visit(V &v) {
    v(bytes), v(bounded), v(prefix), v(suffix), v(ill), v(counts);
  }
  bool sound() const noexcept {
    const auto undecided = static_cast<int64_t>(prefix.size() + suffix.size());
    return prefix.size() <= 3 && suffix.size() <= 3 && undecided <= bytes && ill >= -1 &&
           ill < bytes && (bounded || undecided == bytes);
  }

  // `count(text, bytes, ill)` gives the Counts of whole characters and sets ill, which is -1.
  template <class Count>
  void scan(const uint8_t *text, int64_t size, bool surrogates, Count &&count) {
    int64_t begin = 0, end = size;
    while (begin < std::min<int64_t>(size, 3) && (text[begin] & 0xC0) == 0x80) begin++;
    bytes = size;
    bounded = begin < size;
    prefix.assign(reinterpret_cast<const char *>(text), static_cast<size_t>(begin));
    if (!bounded) return;
    end -= open_end(text + begin, size - begin, surrogates);
    suffix.assign(reinterpret_cast<const char *>(text) + end, static_cast<size_t>(size - end));
    if (begin == end) return;
    counts = count(text + begin, end - begin, ill);
    if (ill >= 0) ill += begin;
  }

  // `one(text, character)` gives the Counts of a character or of an ill-formed part.
  template <class One>
  void join(const Utf8Piece &next, bool surrogates, One &&one) {
    if (next.bytes == 0) return;
    if (!bounded) {
      const std::string lead = prefix + next.prefix;
      const size_t kept = std::min<size_t>(lead.size(), 3);
      prefix.assign(lead, 0, kept);
      bytes = static_cast<int64_t>(kept);
      bounded = next.bounded || lead.size() > kept;
      append(std::string_view(lead).substr(kept), true, surrogates, one);
    } else {
      const std::string middle = suffix + next.prefix;
      bytes -= static_cast<int64_t>(suffix.size());
      suffix.clear();
      append(middle, next.bounded, surrogates, one);
    }
    if (!next.bounded) return;
    const int64_t at = bytes - static_cast<int64_t>(next.prefix.size());
    if (next.ill >= 0 && ill < 0) ill = at + next.ill;
    bytes = at + next.bytes;
    counts.join(next.counts);
    suffix = next.suffix;
  }

  // All of a text that is this piece.
  template <class One>
  Utf8Piece whole(bool surrogates, One &&one) const {
    Utf8Piece all;
    all.bounded = true;
    all.join(*this, surrogates, one);
    const std::string last = all.suffix;
    all.bytes -= static_cast<int64_t>(last.size());
    all.suffix.clear();
    all.append(last, true, surrogates, one);
    return all;
  }

 private:
  // Bytes that follow the last whole character; `ends`: what is unfinished remains so.
  template <class One>
  void append(std::string_view text, bool ends, bool surrogates, One &&one) {
    const auto *at = reinterpret_cast<const uint8_t *>(text.data());
    for (auto left = static_cast<int64_t>(text.size()); left > 0;) {
      const Character next = next_character(at, left, surrogates);
      if (next.open && !ends) {
        suffix.assign(reinterpret_cast<const char *>(at), static_cast<size_t>(left));
        bytes += left;
        return;
      }
      if (!next.well_formed && ill < 0) ill = bytes;
      counts.join(one(at, next));
      at += next.bytes, left -= next.bytes, bytes += next.bytes;
    }
  }
};

}  // namespace windlass::text
