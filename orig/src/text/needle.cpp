#include "needle.hpp"

#include <algorithm>
#include <cstddef>

#include "core/error.hpp"
#include "kernels.hpp"

namespace windlass::text {
namespace {

constexpr size_t padding = 64;

// How common bytes are in text of all kinds, coarsely: prose, code, tables, UTF-8 of many scripts;
// the greater, the more common. Where a needle has a choice, its least common bytes are looked for.
constexpr int commonness(uint8_t byte) {
  constexpr std::string_view letters = "etaoinsrhldcumfpgwybvkxjqz";  // most common first
  if (byte == ' ') return 255;
  if (byte >= 'a' && byte <= 'z') return 250 - 6 * int(letters.find(char(byte)));
  if (byte >= 'A' && byte <= 'Z') return 90 - 2 * int(letters.find(char(byte | 0x20)));
  if (byte >= '0' && byte <= '9') return byte <= '1' ? 110 : 95;
  if (byte == '\n' || byte == '.' || byte == ',') return 140;
  if (byte == '_' || byte == '"' || byte == '-' || byte == '\'') return 100;
  if (byte == '(' || byte == ')' || byte == '/' || byte == ':' || byte == '=') return 85;
  if (byte == 0 || byte == 0xFF) return 160;     // of binary data
  if (byte >= 0xC2 && byte <= 0xEF) return 120;  // lead bytes: of a script few are used
  if (byte >= 0x80 && byte <= 0xBF) return 80;
  if (byte > ' ' && byte < 0x7F) return 60;
  return byte == '\t' || byte == '\r' ? 110 : 10;
}

bool is_letter(uint8_t byte) {
  const uint8_t small = byte | 0x20;
  return small >= 'a' && small <= 'z';
}

bool is_word(uint8_t byte) {
  return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_';
}

bool is_space(uint8_t byte) { return byte == ' ' || (byte >= 9 && byte <= 13); }

// Where the greatest suffix begins, in the alphabet's order or its reverse (Crochemore, Perrin).
int64_t greatest_suffix(const uint8_t *x, int64_t m, bool reversed) {
  int64_t begin = 0, other = 1, k = 0, period = 1;
  while (other + k < m) {
    const uint8_t a = x[other + k], b = x[begin + k];
    if (a == b) {
      if (++k == period) other += period, k = 0;
    } else if ((a < b) != reversed) {
      other += k + 1, k = 0, period = other - begin;
    } else {
      begin = other++, k = 0, period = 1;
    }
  }
  return begin;
}

}  // namespace

Needle::Needle(const Settings &settings, std::string_view needle) {
  if (unit_size(settings.unit) != 1)
    throw Error(WDL_BAD_ARGUMENT, 1,
                std::string("unit is ") + (settings.unit == Unit::u16 ? "u16" : "u32") +
                    ", expected char or byte");
  const auto *bytes = reinterpret_cast<const uint8_t *>(needle.data());
  const auto length = int64_t(needle.size());
  if (settings.unit == Unit::utf8 && settings.invalid == Invalid::strict)
    if (const int64_t ill = text::kernels().first_ill_formed(bytes, length); ill >= 0)
      throw Error(WDL_BAD_ARGUMENT, 1, "needle is not valid UTF-8 at byte " + std::to_string(ill));
  if (needle.empty() && settings.whole_words != WholeWords::no)
    throw Error(WDL_BAD_ARGUMENT, 1, "needle is empty, expected one with whole_words");
  const size_t part = needle.size() + padding;
  storage_.assign(2 * part, 0);
  for (size_t i = 0; i < needle.size(); i++) {
    const bool folds = settings.ignore_case && is_letter(bytes[i]);
    storage_[part + i] = folds ? 0x20 : 0;
    storage_[i] = bytes[i] | storage_[part + i];
    pattern_.folded |= folds;
  }
  pattern_.bytes = storage_.data();
  pattern_.fold = storage_.data() + part;
  pattern_.length = length;
  if (length == 0) return;
  find_overlaps();
  pattern_.critical = std::max(greatest_suffix(pattern_.bytes, length, false),
                               greatest_suffix(pattern_.bytes, length, true));
  choose_rare();
  bound(settings.whole_words);
}

// The longest border of every prefix (D. E. Knuth, J. H. Morris, V. R. Pratt, Fast pattern matching
// in strings, 1977, doi 10.1137/0206024).
void Needle::find_overlaps() {
  const uint8_t *x = pattern_.bytes;
  const auto m = size_t(pattern_.length);
  std::vector<int64_t> border(m);
  for (size_t i = 1; i < m; i++) {
    int64_t k = border[i - 1];
    while (k > 0 && x[k] != x[i]) k = border[size_t(k) - 1];
    border[i] = x[k] == x[i] ? k + 1 : 0;
  }
  pattern_.period = pattern_.length - border[m - 1];
  if (m > 63) return;
  int ways = 0;
  for (int64_t b = border[m - 1]; b > 0; b = border[size_t(b) - 1], ways++)
    if (ways < 3) pattern_.overlaps[ways] = int(pattern_.length - b);
  if (ways > 3) pattern_.overlaps[0] = 0;
  for (int way = std::max(ways, 1); way < 3; way++) pattern_.overlaps[way] = pattern_.overlaps[0];
}

// The least common byte, then the least common ones that differ from those chosen.
void Needle::choose_rare() {
  const uint8_t *x = pattern_.bytes;
  for (int chosen = 0; chosen < 3; chosen++) {
    int64_t best = chosen ? pattern_.rare[0] : 0;
    int least = 1 << 20;
    for (int64_t i = 0; i < std::min<int64_t>(pattern_.length, 4096); i++) {
      // A fold doubles what equals; a byte that is taken tells little more than it did.
      int common = commonness(x[i]) + (pattern_.fold[i] ? 30 : 0);
      for (int k = 0; k < chosen; k++)
        common += pattern_.rare[k] == i ? 1 << 20 : x[pattern_.rare[k]] == x[i] ? 200 : 0;
      if (common < least) least = common, best = i;
    }
    pattern_.rare[chosen] = best;
  }
}

void Needle::bound(WholeWords words) {
  if (words == WholeWords::no) return;
  pattern_.ascii = words == WholeWords::ascii;
  pattern_.front = !pattern_.ascii || is_word(pattern_.bytes[0]);
  pattern_.back = !pattern_.ascii || is_word(pattern_.bytes[pattern_.length - 1]);
  pattern_.whole = pattern_.front || pattern_.back;
  for (int byte = 0; byte < 256; byte++)
    if (pattern_.ascii ? is_word(uint8_t(byte)) : !is_space(uint8_t(byte)))
      pattern_.joining[byte / 64] |= uint64_t{1} << (byte % 64);
}

std::string_view only_needle(const Settings &settings) {
  if (settings.needles.size() != 1)
    throw Error(WDL_BAD_ARGUMENT, 1,
                std::to_string(settings.needles.size()) + " needles, expected one");
  return settings.needles[0];
}

}  // namespace windlass::text
