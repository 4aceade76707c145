#include "wc.hpp"

#include <algorithm>

#include "characters.hpp"
#include "core/error.hpp"
#include "wc_kernels.hpp"

namespace windlass::text {

void Wc::Totals::join(const Totals &next) noexcept {
  if (next.characters == 0) return;
  if (characters == 0) {
    *this = next;
    return;
  }
  longest = std::max({longest, next.longest, last + next.first});
  if (lines == 0) first += next.first;
  last = next.lines == 0 ? last + next.last : next.last;
  characters += next.characters;
  lines += next.lines;
  words += next.words - (ends_in_word && next.begins_in_word);
  ends_in_word = next.ends_in_word;
}

Wc::Wc(const Settings &settings)
    : unit_(settings.unit), invalid_(settings.invalid), set_(settings.whitespace) {
  if (unit_ == Unit::u16 || unit_ == Unit::u32)
    throw Error(WDL_BAD_ARGUMENT, 1,
                unit_ == Unit::u16 ? "unit is u16, expected char or byte"
                                   : "unit is u32, expected char or byte");
}

Wc::Totals Wc::count(const uint8_t *text, int64_t bytes, int64_t &ill) const {
  if (bytes == 0) return {};
  wc::Tally tally;
  bool space = is_space(text[0], set_);
  if (unit_ == Unit::byte) {
    wc::kernels().bytes(tally, text, bytes, set_);
  } else {
    const int64_t found = wc::kernels().utf8(tally, text, bytes, set_, invalid_);
    if (found >= 0) {
      ill = found;
      return {};
    }
    const Character first = next_character(text, bytes);
    space = first.well_formed && is_space(text, first.bytes, set_);
  }
  return {tally.characters, tally.lines,   tally.words(), tally.first(),
          tally.open,       tally.longest, !space,        tally.in_word()};
}

Wc::Totals Wc::one(const uint8_t *q, Character c) const noexcept {
  const bool line = q[0] == '\n', word = !c.well_formed || !is_space(q, c.bytes, set_);
  return {1, line, word, !line, !line, !line, word, word};
}

Ill Wc::rows(const RowRange &rows, int64_t *out) const {
  const wc::Reading how{unit_ == Unit::utf8, set_, invalid_};
  const wc::IllRow ill = wc::kernels().rows(rows.text, rows.offsets, rows.rows, how, out);
  return {ill.row, ill.byte};
}

int64_t Wc::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  const int64_t offsets[] = {0, bytes};
  return rows({text, offsets, 1}, out).byte;
}

Wc::Summary Wc::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  if (unit_ == Unit::utf8) {
    summary.scan(text, bytes, trusted(),
                 [this](const uint8_t *q, int64_t n, int64_t &ill) { return count(q, n, ill); });
    return summary;
  }
  summary.bytes = bytes;
  summary.bounded = bytes > 0;
  summary.counts = count(text, bytes, summary.ill);
  return summary;
}

void Wc::join(Summary &left, const Summary &right) const {
  left.join(right, trusted(), [this](const uint8_t *q, Character c) { return one(q, c); });
}

int64_t Wc::finish(const Summary &summary, int64_t *out) const {
  const Summary all =
      summary.whole(trusted(), [this](const uint8_t *q, Character c) { return one(q, c); });
  if (unit_ == Unit::utf8 && invalid_ == Invalid::strict && all.ill >= 0) return all.ill;
  out[0] = all.bytes;
  out[1] = all.counts.characters;
  out[2] = all.counts.lines;
  out[3] = all.counts.words;
  out[4] = all.counts.longest;
  return -1;
}

bool Wc::sound(const Summary &summary) const noexcept {
  const Totals &t = summary.counts;
  const auto within = [](int64_t value, int64_t most) { return value >= 0 && value <= most; };
  return summary.sound() && within(t.characters, summary.bytes) && within(t.lines, t.characters) &&
         within(t.words, t.characters) && within(t.first, t.longest) && within(t.last, t.longest) &&
         within(t.longest, t.characters);
}

CharacterBorders::CharacterBorders(const Settings &settings)
    : unit_(settings.unit),
      lossy_(settings.unit == Unit::utf8 && settings.invalid == Invalid::lossy),
      wc_(settings) {}

int64_t CharacterBorders::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  int64_t totals[5];
  if (lossy_) {
    wc_.whole(text, bytes, totals);
    out[0] = totals[1] + 1;
  } else {
    out[0] = (unit_ == Unit::byte ? bytes : wc::kernels().starts(text, bytes)) + 1;
  }
  return -1;
}

CharacterBorders::Summary CharacterBorders::scan(const uint8_t *text, int64_t bytes) const {
  if (lossy_) return {bytes, 0, wc_.scan(text, bytes)};
  return {bytes, unit_ == Unit::byte ? bytes : wc::kernels().starts(text, bytes), {}};
}

void CharacterBorders::join(Summary &left, const Summary &right) const {
  left.bytes += right.bytes;
  if (lossy_) return wc_.join(left.lossy, right.lossy);
  left.starts += right.starts;
}

int64_t CharacterBorders::finish(const Summary &summary, int64_t *out) const {
  int64_t totals[5] = {0, summary.starts};
  if (lossy_) wc_.finish(summary.lossy, totals);
  out[0] = totals[1] + 1;
  return -1;
}

bool CharacterBorders::sound(const Summary &summary) const noexcept {
  return summary.starts >= 0 && summary.starts <= summary.bytes && wc_.sound(summary.lossy) &&
         summary.lossy.bytes <= summary.bytes;
}

}  // namespace windlass::text
