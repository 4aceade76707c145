// The words within a piece of a text, cut anywhere.
#pragma once
#include <cstdint>
#include <string_view>

#include "settings.hpp"
#include "word_table.hpp"

namespace windlass::text {

// Less than 4 GiB. before and after: bytes around it that can be read and belong to the same text.
struct Piece {
  const uint8_t *text;
  int64_t bytes, before, after;
};

// Bytes before the first space, where what follows the last begins; without a space (split is
// false) both are the length. ascii: there are no other bytes.
struct Cut {
  int64_t head, tail;
  bool split, ascii;
};

// A character that is a space and has bytes on both sides of a border.
struct SpaceAcross {
  bool found;
  int64_t before, after;
};

words::Spaces spaces_of(const Settings &settings) noexcept;
// Adds the words between the first space and the last. offset: where in the text the piece begins.
Cut scan_words(Vocabulary &to, const Piece &piece, words::Spaces spaces, bool lower,
               int64_t offset);
SpaceAcross space_across(std::string_view left, std::string_view right,
                         words::Spaces spaces) noexcept;
// Where the character begins that holds the byte at `border`, as far as the piece tells: at most
// three bytes before it. In text that is ill-formed there it is at or after the last character that
// begins before the fault, so that the chunk with the first fault begins with a character.
int64_t character_start(const Piece &piece, int64_t border) noexcept;

}  // namespace windlass::text
