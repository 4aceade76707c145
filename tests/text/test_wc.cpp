#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "text/wc.hpp"

namespace windlass::text {
namespace {

using test::GuardedBuffer;

constexpr Whitespace sets[] = {Whitespace::unicode, Whitespace::ascii, Whitespace::python};

constexpr int64_t ill_formed = -1;

std::string encode(int64_t code) {
  const auto byte = [](int64_t b) { return std::string(1, static_cast<char>(b)); };
  const auto next = [&](int shift) { return byte(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) return byte(0xC0 | code >> 6) + next(0);
  if (code < 0x10000) return byte(0xE0 | code >> 12) + next(6) + next(0);
  return byte(0xF0 | code >> 18) + next(12) + next(6) + next(0);
}

// Code points and, for each maximal ill-formed part, ill_formed; `ill`: where the first begins.
std::vector<int64_t> decode(std::string_view text, int64_t &ill) {
  // The codes that a prefix of an encoding may become, by the bytes that are still wanted.
  const auto possible = [](int64_t code, int bytes, int wanted) {
    const int64_t low = code << 6 * wanted, high = ((code + 1) << 6 * wanted) - 1;
    const int64_t least = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
    return high >= least && low <= 0x10FFFF && !(low >= 0xD800 && high <= 0xDFFF);
  };
  std::vector<int64_t> codes;
  ill = -1;
  for (size_t i = 0; i < text.size();) {
    const auto at = [&](size_t k) { return static_cast<uint8_t>(text[k]); };
    const uint8_t lead = at(i);
    const int bytes = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    int64_t code = bytes == 1 ? lead : bytes == 0 || lead >= 0xF8 ? -1 : lead & (0x7F >> bytes);
    int wanted = bytes - 1;
    size_t next = i + 1;
    if (bytes > 1 && code >= 0 && !possible(code, bytes, wanted)) code = -1;
    while (code >= 0 && wanted > 0) {
      if (next == text.size() || at(next) >> 6 != 2) break;
      if (!possible(code << 6 | (at(next) & 0x3F), bytes, wanted - 1)) break;
      code = code << 6 | (at(next++) & 0x3F);
      --wanted;
    }
    const bool well_formed = code >= 0 && wanted == 0;
    if (!well_formed && ill < 0) ill = static_cast<int64_t>(i);
    codes.push_back(well_formed ? code : ill_formed);
    i = next;
  }
  return codes;
}

bool is_white(int64_t code, Whitespace set) {
  for (int64_t c : {9, 10, 11, 12, 13, 32})
    if (c == code) return true;
  if (set == Whitespace::python && code >= 0x1C && code <= 0x1F) return true;
  if (set == Whitespace::ascii) return false;
  for (int64_t c : {0x85, 0xA0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
                    0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000})
    if (c == code) return true;
  return false;
}

Settings settings_of(Unit unit, Invalid invalid, Whitespace set) {
  Settings settings;
  settings.unit = unit;
  settings.invalid = invalid;
  settings.whitespace = set;
  return settings;
}

Outcome expected_of(const Settings &settings, std::string_view text) {
  int64_t ill = -1;
  std::vector<int64_t> codes;
  if (settings.unit == Unit::utf8) {
    codes = decode(text, ill);
    if (ill >= 0 && settings.invalid == Invalid::strict) return {ill, {0, 0, 0, 0, 0}};
  } else {
    for (char c : text) codes.push_back(static_cast<uint8_t>(c) < 0x80 ? c : ill_formed);
  }
  int64_t lines = 0, words = 0, line = 0, longest = 0;
  bool in_word = false;
  for (int64_t code : codes) {
    const bool white = is_white(code, settings.whitespace);
    words += !white && !in_word;
    in_word = !white;
    line = code == '\n' ? 0 : line + 1;
    lines += code == '\n';
    longest = std::max(longest, line);
  }
  const auto size = [](const auto &list) { return static_cast<int64_t>(list.size()); };
  return {-1, {size(text), size(codes), lines, words, longest}};
}

struct Script;

// Every test runs at every level of this machine.
class WcAtLevel : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override {
    before_ = isa::level();
    ASSERT_TRUE(isa::set_level(GetParam()));
  }
  void TearDown() override { isa::set_level(before_); }

  // Between guards, at both ends, with every setting.
  void check(std::string_view text) const {
    int64_t ill = -1;
    decode(text, ill);
    for (const Whitespace set : sets) {
      check(settings_of(Unit::byte, Invalid::strict, set), text);
      check(settings_of(Unit::utf8, Invalid::strict, set), text);
      check(settings_of(Unit::utf8, Invalid::lossy, set), text);
      if (ill < 0) check(settings_of(Unit::utf8, Invalid::trusted, set), text);
    }
  }
  void check(const Settings &settings, std::string_view text) const {
    const Wc wc(settings);
    const CharacterBorders borders(settings);
    const Outcome expected = expected_of(settings, text);
    for (const uint8_t *place : {memory_.copy_to_begin(text.data(), text.size()),
                                 memory_.copy_to_end(text.data(), text.size())}) {
      std::memcpy(const_cast<uint8_t *>(place), text.data(), text.size());
      const std::string_view there(reinterpret_cast<const char *>(place), text.size());
      ASSERT_EQ(of_whole(wc, there), expected) << testing::PrintToString(text) << name(settings);
      if (expected.ill < 0) {
        ASSERT_EQ(of_whole(borders, there).out[0], expected.out[1] + 1);
      }
    }
  }
  static std::string name(const Settings &settings) {
    return " unit " + std::to_string(int(settings.unit)) + " invalid " +
           std::to_string(int(settings.invalid)) + " set " +
           std::to_string(int(settings.whitespace));
  }
  void check_all_pieces(std::string_view text) const {
    int64_t ill = -1;
    decode(text, ill);
    for (const Whitespace set : sets)
      for (const Invalid invalid : {Invalid::strict, Invalid::lossy, Invalid::trusted}) {
        if (invalid == Invalid::trusted && ill >= 0) continue;
        const Settings settings = settings_of(Unit::utf8, invalid, set);
        check_pieces(Wc(settings), text);
        if (invalid == Invalid::lossy || ill < 0) check_pieces(CharacterBorders(settings), text);
      }
    check_pieces(Wc(settings_of(Unit::byte, Invalid::strict, Whitespace::python)), text);
  }

  void check_rows(const Settings &settings, const Script &script, unsigned line, unsigned most,
                  bool ill) const;

  const GuardedBuffer memory_{1 << 16};

 private:
  isa::Level before_;
};

INSTANTIATE_TEST_SUITE_P(, WcAtLevel,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

// Characters of a script, with spaces and LFs of some density.
struct Script {
  std::vector<std::pair<int64_t, int64_t>> ranges;

  int64_t draw(std::mt19937 &random) const {
    const auto [low, high] = ranges[random() % ranges.size()];
    return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
  }
};

const Script scripts[] = {
    {{{'a', 'z'}}},
    {{{0x00, 0x7F}}},
    {{{'a', 'z'}, {'a', 'z'}, {0xE0, 0xFF}, {0x84, 0x86}, {0x9F, 0xA1}}},
    {{{0x410, 0x44F}}},
    {{{0x3040, 0x30FF}, {0x4E00, 0x9FFF}, {0x2FFF, 0x3002}}},
    {{{0xAC00, 0xD7A3}}},
    {{{'a', 'z'}, {0x1F600, 0x1F64F}, {0x2000, 0x2060}}},
    {{{0x167F, 0x1681}, {0x1FFE, 0x200C}, {0x2027, 0x2030}, {0x205E, 0x2060}}},
    {{{0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xD7FF}, {0xE000, 0xFFFF}, {0x10000, 0x10FFFF}}},
};

std::string random_text(std::mt19937 &random, const Script &script, size_t bytes, unsigned word,
                        unsigned line) {
  std::string text;
  while (text.size() < bytes) {
    if (random() % line == 0)
      text += '\n';
    else if (random() % word == 0)
      text += ' ';
    else
      text += encode(script.draw(random));
  }
  return text;
}

TEST_P(WcAtLevel, KnownTexts) {
  const auto totals = [](const Settings &settings, std::string_view text) {
    return of_whole(Wc(settings), text).out;
  };
  using Out = std::vector<int64_t>;
  const Settings strict;
  EXPECT_EQ(totals(strict, ""), (Out{0, 0, 0, 0, 0}));
  EXPECT_EQ(totals(strict, "a b"), (Out{3, 3, 0, 2, 3}));
  EXPECT_EQ(totals(strict, "\n\n"), (Out{2, 2, 2, 0, 0}));
  EXPECT_EQ(totals(strict, "one two\r\nthree\n"), (Out{15, 15, 2, 3, 8}));
  EXPECT_EQ(totals(strict, "\xC3\xA9t\xC3\xA9\xC2\xA0!"), (Out{8, 5, 0, 2, 5}));
  const std::string wide = "\xE3\x81\x82\xE3\x80\x80\xE3\x81\x84";
  EXPECT_EQ(totals(strict, wide), (Out{9, 3, 0, 2, 3}));
  EXPECT_EQ(totals(settings_of(Unit::utf8, Invalid::strict, Whitespace::ascii), wide)[3], 1);
  EXPECT_EQ(totals(settings_of(Unit::byte, Invalid::strict, Whitespace::unicode), wide),
            (Out{9, 9, 0, 1, 9}));
  const std::string control =
      "a\x1C"
      "b\x1F"
      "c";
  EXPECT_EQ(totals(strict, control)[3], 1);
  EXPECT_EQ(totals(settings_of(Unit::byte, Invalid::strict, Whitespace::python), control)[3], 3);
  EXPECT_EQ(of_whole(Wc(strict), "ab\xFF").ill, 2);
  EXPECT_EQ(of_whole(Wc(strict), "ab\xE2\x82").ill, 2);
  EXPECT_EQ(totals(settings_of(Unit::utf8, Invalid::lossy, Whitespace::unicode),
                   "a\xE2\x82 \xF0\x80\x80\n"),
            (Out{8, 7, 1, 2, 6}));
}

TEST_P(WcAtLevel, EveryCharacterAsSpace) {
  for (int64_t code = 0; code < 0x3100; ++code)
    for (const size_t before : {0, 1, 60, 61, 62, 63, 64, 330}) {
      if (before > 0 && code % 5 != 0 && code > 0x100 && (code < 0x1FF0 || code > 0x2070)) continue;
      const std::string text = std::string(before, 'x') + encode(code) + "y";
      for (const Whitespace set : sets) check(settings_of(Unit::utf8, Invalid::strict, set), text);
    }
}

// Spaces in and between groups of blocks, whatever else these have.
TEST_P(WcAtLevel, SpacesAtEveryPlace) {
  for (const char *letter : {"x", "\xC3\xA9", "\xE8\xAA\x9E", "\xE3\x80\x81"})
    for (const int64_t code :
         {0x20, 0x85, 0xA0, 0x1680, 0x2003, 0x2014, 0x2028, 0x202F, 0x205F, 0x3000})
      for (size_t before = 0; before < 700; before += 3) {
        std::string text;
        while (text.size() < before) text += text.size() % 5 == 0 ? letter : "x";
        text += encode(code);
        while (text.size() < 1000) text += letter;
        check(settings_of(Unit::utf8, before % 2 ? Invalid::strict : Invalid::trusted,
                          Whitespace::unicode),
              text);
      }
}

// Longest lines of about the length from which on lines within a block are not looked at, and first
// lines that end in any group: a joined summary tells of these.
TEST_P(WcAtLevel, LinesOfEveryLength) {
  for (const std::string letter : {"x", "\xC3\xA9", "\xE8\xAA\x9E"})
    for (size_t first = 0; first < 1200; first += first < 130 ? 1 : 37)
      for (const size_t next : {1, 60, 61, 62, 63, 64, 65, 130}) {
        const auto line = [&](size_t characters) {
          std::string text;
          while (characters-- > 0) text += letter;
          return text + "\n";
        };
        std::string text = line(first);
        while (text.size() < 1500) text += line(next) + line(next / 2);
        const Settings settings = settings_of(
            Unit::utf8, first % 2 ? Invalid::strict : Invalid::trusted, Whitespace::unicode);
        check(settings, text);
        const Wc wc(settings);
        const std::string before = line(100).substr(0, 30 * letter.size());
        const auto scan = [&](const std::string &part) {
          return wc.scan(reinterpret_cast<const uint8_t *>(part.data()),
                         static_cast<int64_t>(part.size()));
        };
        Wc::Summary all = scan(before);
        wc.join(all, scan(text));
        int64_t out[5];
        ASSERT_EQ(wc.finish(all, out), -1);
        const Outcome expected = expected_of(settings, before + text);
        ASSERT_EQ(std::vector<int64_t>(out, out + 5), expected.out) << first << " " << next;
      }
}

TEST_P(WcAtLevel, ShortTexts) {
  std::mt19937 random(1);
  for (const Script &script : scripts)
    for (size_t bytes = 0; bytes <= 300; ++bytes)
      check(random_text(random, script, bytes, 2 + bytes % 7, 3 + bytes % 50));
}

TEST_P(WcAtLevel, LongTexts) {
  std::mt19937 random(2);
  for (const Script &script : scripts)
    for (const unsigned line : {3u, 12u, 70u, 200u, 5000u, 4000000000u})
      for (const size_t bytes : {700u, 1500u, 9000u, 30000u})
        check(random_text(random, script, bytes + random() % 70, 2 + random() % 9, line));
}

TEST_P(WcAtLevel, MixedScripts) {
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    while (text.size() < 3000)
      text += random_text(random, scripts[random() % std::size(scripts)], random() % 500,
                          2 + random() % 6, 1 + random() % 90);
    check(text);
  }
}

TEST_P(WcAtLevel, IllFormed) {
  std::mt19937 random(4);
  const std::string parts[] = {
      "\x80",         "\xBF",         "\xC2",         "\xC0\x80",         "\xE2\x80",
      "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5",
      "\xFF",         "\xE3\x80",     "\xE2",         "\xF0\x80\x80",     "\xE1\x9A"};
  for (int i = 0; i < 1500; ++i) {
    std::string text = random_text(random, scripts[random() % std::size(scripts)],
                                   random() % (i % 10 == 0 ? 20000 : 400), 5, 40);
    for (uint64_t k = 1 + random() % 4; k > 0; --k) {
      const size_t at = random() % (text.size() + 1);
      if (random() % 2)
        text.insert(at, parts[random() % std::size(parts)]);
      else if (at < text.size())
        text[at] = static_cast<char>(random());
    }
    check(text);
    if (text.size() < 100) check_all_pieces(text);
  }
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (uint64_t k = random() % 12; k > 0; --k)
      text += random() % 3 ? parts[random() % std::size(parts)] : random() % 2 ? "\xA0" : " ";
    check(text);
    if (i < 400) check_all_pieces(text);
  }
}

TEST_P(WcAtLevel, Alignments) {
  std::mt19937 random(5);
  const std::string text = random_text(random, scripts[6], 900, 4, 30);
  for (size_t from = 0; from < 64; ++from)
    if ((text[from] & 0xC0) != 0x80)
      check(settings_of(Unit::utf8, Invalid::strict, Whitespace::unicode), text.substr(from));
}

// Rows of up to `most` bytes, about, one of which may be ill-formed.
void WcAtLevel::check_rows(const Settings &settings, const Script &script, unsigned line,
                           unsigned most, bool ill) const {
  std::mt19937 random(7);
  std::string text;
  std::vector<int64_t> offsets{3}, expected;
  for (int row = 0; row < 150; ++row) {
    std::string one = random_text(random, script, random() % most, 4, line);
    if (ill && row == 100) one += "\xE2\x82";
    const Outcome outcome = expected_of(settings, one);
    expected.insert(expected.end(), outcome.out.begin(), outcome.out.end());
    text += one;
    offsets.push_back(3 + static_cast<int64_t>(text.size()));
  }
  const uint8_t *place = memory_.copy_to_end(text.data(), text.size());
  std::vector<int64_t> out(expected.size());
  const Ill found = Wc(settings).rows({place - 3, offsets.data(), 150}, out.data());
  EXPECT_EQ(found.row, ill ? 100 : -1);
  EXPECT_EQ(found.byte, ill ? offsets[101] - offsets[100] - 2 : -1);
  if (!ill) {
    EXPECT_EQ(out, expected);
  }
}

TEST_P(WcAtLevel, Rows) {
  constexpr unsigned never = 1000000;
  for (const Script &script : scripts)
    for (const Whitespace set : sets)
      for (const unsigned line : {9u, never})
        for (const unsigned most : {20u, 64u, 80u}) {
          check_rows(settings_of(Unit::byte, Invalid::strict, set), script, line, most, false);
          for (const bool ill : {false, true})
            check_rows(settings_of(Unit::utf8, Invalid::strict, set), script, line, most, ill);
        }
}

TEST_P(WcAtLevel, Pieces) {
  std::mt19937 random(6);
  for (const Script &script : scripts)
    for (const size_t bytes : {0, 1, 3, 8, 16, 21, 80, 200})
      check_all_pieces(random_text(random, script, bytes, 3, 6));
}

TEST(Wc, Arguments) {
  Settings settings;
  for (const Unit unit : {Unit::u16, Unit::u32}) {
    settings.unit = unit;
    EXPECT_THROW(Wc{settings}, Error);
    EXPECT_THROW(CharacterBorders{settings}, Error);
  }
}

}  // namespace
}  // namespace windlass::text
