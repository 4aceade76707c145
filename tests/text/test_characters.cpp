#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../support/characters_reference.hpp"
#include "../support/doubles_reference.hpp"
#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "text/doubles_operation.hpp"
#include "text/validity.hpp"

namespace windlass::text {
namespace {

using test::count_slowly;
using test::faults;
using test::GuardedBuffer;
using test::Units;
using test::units_of;

const uint8_t *bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

Outcome expected(std::string_view text, const Settings &settings, bool runs) {
  const Units units = units_of(text, settings.unit);
  if (units.ill >= 0 && settings.invalid == Invalid::strict) return {units.ill, {0}};
  return {-1, {count_slowly(units, {runs, settings.ignore_case})}};
}

const Settings utf8{};  // strict

// Every test runs at every level of this machine.
class Characters : public testing::TestWithParam<isa::Level> {
 protected:
  const GuardedBuffer memory{24000};

  const Kernels &kernels() const { return kernels_at(GetParam()); }

  template <class Check>
  void each_operation(Unit unit, bool well_formed, Check &&check) const {
    for (const bool ignore_case : {false, true})
      for (const Invalid invalid : {Invalid::strict, Invalid::lossy, Invalid::trusted}) {
        if (unit != Unit::utf8 && invalid != Invalid::strict) continue;
        if (!well_formed && invalid == Invalid::trusted) continue;
        Settings settings;
        settings.unit = unit;
        settings.invalid = invalid;
        settings.ignore_case = ignore_case;
        SCOPED_TRACE(testing::Message() << "unit " << int(unit) << " invalid " << int(invalid)
                                        << " ignore_case " << ignore_case);
        check(CountDoubles(settings, kernels()), settings, false);
        check(CountRuns(settings, kernels()), settings, true);
      }
  }
  // Between guards, at both ends.
  template <class Op>
  void check_whole(const Op &op, std::string_view text, const Outcome &right) const {
    for (const uint8_t *place : {memory.copy_to_begin(text.data(), text.size()),
                                 memory.copy_to_end(text.data(), text.size())}) {
      std::memcpy(const_cast<uint8_t *>(place), text.data(), text.size());
      const std::string_view there(reinterpret_cast<const char *>(place), text.size());
      ASSERT_EQ(of_whole(op, there), right) << testing::PrintToString(text);
      ASSERT_EQ(of_summary(op, op.scan(place, int64_t(text.size()))), right)
          << testing::PrintToString(text);
    }
  }
  void check(std::string_view text, Unit unit, bool cuts = false) const {
    const bool well_formed = unit != Unit::utf8 || units_of(text, unit).ill < 0;
    each_operation(unit, well_formed, [&](const auto &op, const Settings &settings, bool runs) {
      const Outcome right = expected(text, settings, runs);
      ASSERT_NO_FATAL_FAILURE(check_whole(op, text, right));
      if (cuts && unit_size(unit) == 1) check_pieces(op, text);
      if (cuts && unit_size(unit) > 1) check_unit_cuts(op, text, size_t(unit_size(unit)), right);
    });
    if (unit != Unit::utf8) return;
    const Validity validity(Settings{}, kernels());
    ASSERT_NO_FATAL_FAILURE(check_whole(validity, text, {-1, {units_of(text, unit).ill}}));
    if (cuts) check_pieces(validity, text);
  }
  template <class Op>
  void check_unit_cuts(const Op &op, std::string_view text, size_t size,
                       const Outcome &right) const {
    for (size_t a = 0; a <= text.size(); a += size)
      for (size_t b = a; b <= text.size(); b += size) check_cuts(op, text, {a, b}, right);
    std::vector<size_t> all;
    for (size_t at = size; at < text.size(); at += size) all.push_back(at);
    check_cuts(op, text, all, right);
  }
};

INSTANTIATE_TEST_SUITE_P(, Characters,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

// Blocks that differ in length and in what their second bytes may be, and their borders.
struct Range {
  uint32_t first, last;
};
constexpr Range letters = {'@', '{'}, ascii = {0x00, 0x7F}, latin = {0x80, 0xFF},
                cyrillic = {0x400, 0x4FF}, two_bytes = {0x80, 0x7FF}, thai = {0xE00, 0xE7F},
                cjk = {0x4E00, 0x9FFF}, hangul = {0xAC00, 0xD7A3}, three_low = {0x800, 0xFFF},
                three_high = {0xE000, 0xFFFF}, emoji = {0x1F300, 0x1FAFF},
                four_bytes = {0x10000, 0x10FFFF}, last_plane = {0x100000, 0x10FFFF};

const std::vector<std::vector<Range>> &scripts() {
  static const std::vector<std::vector<Range>> all = {
      {letters},
      {ascii},
      {letters, letters, latin},
      {ascii, cyrillic, cyrillic},
      {two_bytes},
      {thai},
      {cjk},
      {letters, hangul},
      {three_low, hangul, three_high},
      {letters, emoji},
      {four_bytes, last_plane},
      {letters, latin, cyrillic, thai, cjk, hangul, three_high, emoji, last_plane},
      {letters, letters, letters, letters, letters, letters, letters, letters, letters, cjk},
      {letters, latin, cyrillic, thai, cjk, hangul, emoji},
  };
  return all;
}

class Texts {
 public:
  explicit Texts(unsigned seed) : random_(seed) {}

  int64_t below(int64_t end) { return int64_t(random_() % uint64_t(end)); }
  // Repeats, the other case, borders of ranges and their neighbours are many.
  std::string utf8(const std::vector<Range> &script, int64_t size) {
    std::string text;
    for (uint32_t character = 'a'; int64_t(text.size()) < size;) {
      const Range &range = script[random_() % script.size()];
      switch (random_() % 8) {
        case 0:
          character = range.first;
          break;
        case 1:
          character = range.last;
          break;
        case 2:
        case 3:
          character = range.first + uint32_t(random_() % (range.last - range.first + 1));
          break;
        case 4:
          if (character < 0x80) character ^= 0x20;
          break;
        default:
          break;
      }
      test::append_utf8(text, character);
    }
    return text;
  }
  std::string units(int64_t count, int64_t size) {
    static constexpr uint32_t few[] = {'a',     'A',        'z',        'Z',       '@',
                                       '`',     'a' << 8,   0x0161,     0x0141,    0x10041,
                                       0x10061, 0x41000000, 0x61000000, 0xFFFFFFFF};
    std::string text;
    for (uint32_t unit = 'a'; count > 0; count--) {
      if (random_() % 3 == 0) unit = few[random_() % std::size(few)];
      if (random_() % 4 == 0) unit ^= 0x20;
      text.append(reinterpret_cast<const char *>(&unit), size_t(size));
    }
    return text;
  }
  std::string &broken(std::string &text) {
    text.insert(random_() % (text.size() + 1), fault());
    return text;
  }
  const std::string &fault() { return faults()[random_() % faults().size()]; }
  std::mt19937 &random() { return random_; }

 private:
  std::mt19937 random_;
};

TEST_P(Characters, KnownTexts) {
  const struct {
    std::string text;
    int64_t doubles, runs, doubles_ignoring_case, runs_ignoring_case;
  } cases[] = {
      {"", 0, 0, 0, 0},
      {"a", 0, 0, 0, 0},
      {"aaa", 2, 1, 2, 1},
      {"aAa", 0, 0, 2, 1},
      {"aaAAbbB", 3, 3, 5, 2},
      {"@`[{", 0, 0, 0, 0},
      {"\n\n", 1, 1, 1, 1},
      {"\u00e9\u00e9", 1, 1, 1, 1},
      {"\u00e9\u00c9", 0, 0, 0, 0},
      {"\u2082", 0, 0, 0, 0},
      {"\U0001F600\U0001F600\U0001F600aa", 3, 2, 3, 2},
  };
  for (const auto &it : cases)
    each_operation(Unit::utf8, true, [&](const auto &op, const Settings &settings, bool runs) {
      const int64_t right = settings.ignore_case
                                ? (runs ? it.runs_ignoring_case : it.doubles_ignoring_case)
                                : (runs ? it.runs : it.doubles);
      EXPECT_EQ(of_whole(op, it.text), (Outcome{-1, {right}})) << it.text;
    });
  for (const Unit unit : {Unit::byte, Unit::utf8, Unit::u16, Unit::u32})
    each_operation(unit, true, [&](const auto &op, const Settings &, bool) {
      int64_t out = -7;
      EXPECT_EQ(op.whole(nullptr, 0, &out), -1);
      EXPECT_EQ(out, 0);
    });
}

TEST_P(Characters, EveryLengthOfFixedUnits) {
  Texts texts(1);
  std::vector<int64_t> lengths;
  for (int64_t n = 0; n <= 300; n++) lengths.push_back(n);
  for (const int64_t n : {511, 1000, 1024, 1025, 1026, 2049, 4095, 4096, 4097, 4098, 4161, 5999})
    lengths.push_back(n);
  for (const int64_t n : lengths)
    for (const Unit unit : {Unit::byte, Unit::u16, Unit::u32})
      ASSERT_NO_FATAL_FAILURE(check(texts.units(n, unit_size(unit)), unit)) << n;
}

TEST_P(Characters, EveryAlignmentOfFixedUnits) {
  Texts texts(2);
  for (int64_t shift = 0; shift < 64; shift++)
    for (const int64_t length : {0, 1, 2, 7, 33, 65, 129, 300, 1500, 5000})
      for (const Unit unit : {Unit::byte, Unit::u16, Unit::u32}) {
        const std::string data(size_t(shift), ' ');
        const std::string shifted = data + texts.units(length, unit_size(unit));
        const std::string_view text = std::string_view(shifted).substr(size_t(shift));
        each_operation(unit, true, [&](const auto &op, const Settings &settings, bool runs) {
          ASSERT_EQ(of_whole(op, text), expected(text, settings, runs)) << length << " " << shift;
        });
      }
}

// 255 steps fill a counter of a byte.
TEST_P(Characters, CountersDoNotOverflow) {
  std::string alternating;
  while (alternating.size() < 300000) alternating += "aAbb";
  for (const std::string &text : {std::string(300000, 'x'), alternating})
    for (const Unit unit : {Unit::byte, Unit::utf8, Unit::u16, Unit::u32})
      each_operation(unit, true, [&](const auto &op, const Settings &settings, bool runs) {
        EXPECT_EQ(of_whole(op, text), expected(text, settings, runs));
      });
}

TEST_P(Characters, EveryScriptAndLength) {
  Texts texts(3);
  for (const auto &script : scripts()) {
    for (int64_t size = 0; size <= 300; size++) {
      std::string text = texts.utf8(script, size);
      ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8));
      ASSERT_NO_FATAL_FAILURE(check(texts.broken(text), Unit::utf8));
      for (int k = 0; k < 5; k++) texts.broken(text);
      ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8));
    }
    for (const int64_t size : {511, 512, 515, 777, 4096, 8192, 8195, 20000}) {
      std::string text = texts.utf8(script, size);
      ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8));
      ASSERT_NO_FATAL_FAILURE(check(texts.broken(text), Unit::utf8));
    }
  }
}

// Scripts and faults follow each other, so that all ways through a text alternate.
TEST_P(Characters, ScriptsInTurns) {
  Texts texts(4);
  for (int repeat = 0; repeat < 200; repeat++) {
    std::string text;
    for (int part = 0; part < 12; part++) {
      const auto &script = scripts()[part % 2 ? size_t(texts.below(int64_t(scripts().size()))) : 0];
      text += texts.utf8(script, texts.below(900));
      if (repeat % 2) text += texts.fault();
    }
    ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8));
  }
}

TEST_P(Characters, EveryAlignmentOfUtf8) {
  Texts texts(5);
  for (const auto &script : scripts())
    for (int64_t at = 0; at < 128; at++) {
      std::string text = texts.utf8(script, at < 64 ? 1000 - at : 4200 - at);
      if (at % 2) texts.broken(text);
      const std::string shifted = std::string(size_t(at % 64), ' ') + text;
      const std::string_view there = std::string_view(shifted).substr(size_t(at % 64));
      each_operation(Unit::utf8, at % 2 == 0,
                     [&](const auto &op, const Settings &settings, bool runs) {
                       ASSERT_EQ(of_whole(op, there), expected(there, settings, runs));
                     });
    }
}

// The borders of every row of table 3-7, and one more of each kind.
const std::string interesting =
    "\x41\x61\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF3\xF4\xF5"
    "\xFF";

TEST_P(Characters, AllShortStringsOfInterestingBytes) {
  for (const char a : interesting)
    for (const char b : interesting)
      for (const char c : interesting) {
        ASSERT_NO_FATAL_FAILURE(check(std::string{a, b, c}, Unit::utf8));
        for (const char d : {'a', '\x80', '\x9F', '\xA0', '\xBF', '\xC2', '\xE0', '\xF4'})
          ASSERT_NO_FATAL_FAILURE(check(std::string{a, b, c, d}, Unit::utf8));
      }
}

TEST_P(Characters, FaultsAtEveryOffset) {
  std::string cjk_text, latin_text;
  for (uint32_t i = 0; i < 150; i++) test::append_utf8(cjk_text, 0x4E00 + i / 2);
  for (uint32_t i = 0; i < 225; i++) test::append_utf8(latin_text, 0xC0 + i / 4);
  for (const std::string &around : {std::string(450, 'a'), cjk_text, latin_text})
    for (const std::string &fault : faults())
      for (size_t offset = 0; offset <= 130; offset++)
        for (const size_t after : {0, 3, 70, 300}) {
          const std::string text = around.substr(0, offset) + fault + around.substr(0, after);
          ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8)) << "offset " << offset;
        }
}

// Characters of one length have loops of their own, with ASCII and, of three bytes, without:
// something else in them, at any place.
TEST_P(Characters, AmongCharactersOfOneLength) {
  Texts texts(10);
  std::vector<std::string> others = faults();
  for (const char *other :
       {"a", "aa", "\xC3\xA9", "\xC2\x80", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xE0\xA0\x80",
        "\xED\x9F\xBF", "\xC3\x80\x80", "\xE4\x80", "\xE4\xC3\x80", "\xE4\x80\xF0", "\xF0\x90\x80"})
    others.push_back(other);
  for (const std::string &other : others)
    for (int64_t before = 640; before < 1200; before += 1 + texts.below(19)) {
      const auto &script = scripts()[2 + size_t(before % 9)];
      std::string text = texts.utf8(script, before);
      if (before % 5 == 0) text.resize(size_t(before));
      text += other;
      text += texts.utf8(script, 700);
      ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8)) << before;
    }
}

// Where one of these loops hands over to another, at any place of a block.
TEST_P(Characters, LengthsInTurns) {
  Texts texts(11);
  for (size_t first = 0; first <= 10; first++)
    for (size_t second = 0; second <= 10; second++)
      for (int repeat = 0; repeat < 8; repeat++) {
        std::string text = texts.utf8(scripts()[first], 500 + texts.below(600));
        text += texts.utf8(scripts()[second], 600);
        ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8));
        text = texts.utf8(scripts()[first], 700);
        text.resize(text.size() - size_t(texts.below(3)));
        text += texts.utf8(scripts()[second], 500);
        ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8));
      }
}

// The border of a group at any place of a fault.
TEST_P(Characters, FaultsBetweenLengths) {
  Texts texts(12);
  const CountDoubles op(utf8, kernels());
  for (const size_t first : {0, 3, 7, 9, 11})
    for (const size_t second : {2, 5, 9, 12})
      for (const char *fault : {"\xED\xA0\x80", "\xE0\x9F\xBF", "\xC1\xBF", "\xF0\x8F\xBF\xBF",
                                "\xE4\x80", "\xC3\x80\x80", "\xF5\x80\x80\x80"})
        for (size_t offset = 512; offset < 768; offset++) {
          std::string text = texts.utf8(scripts()[first], int64_t(offset) - 4);
          text.append(offset - std::min(offset, text.size()), 'a');
          text += fault + texts.utf8(scripts()[second], 400);
          ASSERT_EQ(of_whole(op, text), expected(text, utf8, false))
              << offset << testing::PrintToString(text);
        }
}

// Among characters of all lengths, every two bytes from a lead or continuation on, with as many
// continuations after them as the first wants, at all places of a block in turn.
TEST_P(Characters, EverySecondByte) {
  Texts texts(13);
  const CountDoubles op(utf8, kernels());
  const std::string before = texts.utf8(scripts()[13], 400), after = texts.utf8(scripts()[13], 300);
  for (int first = 0x80; first <= 0xFF; first++)
    for (int second = 0; second <= 0xFF; second++) {
      std::string text = before + std::string(size_t(texts.below(64)), 'a');
      text += {char(first), char(second)};
      if (first >= 0xE0) text += '\x80';
      if (first >= 0xF0) text += '\x80';
      text += after;
      ASSERT_EQ(of_whole(op, text), expected(text, utf8, false)) << first << " " << second;
    }
}

// The same of every fault, at every place of a group, and of one where a stage ends.
TEST_P(Characters, FaultsAmongCharactersOfAllLengths) {
  Texts texts(14);
  const CountDoubles op(utf8, kernels());
  const auto check_at = [&](size_t offset, const std::string &fault) {
    std::string text = texts.utf8(scripts()[13], int64_t(offset) - 3);
    text.append(offset - std::min(offset, text.size()), 'a');
    text += fault + texts.utf8(scripts()[13], 300);
    ASSERT_EQ(of_whole(op, text), expected(text, utf8, false)) << offset;
  };
  for (const std::string &fault : faults())
    for (size_t offset = 512; offset < 768; offset++) check_at(offset, fault);
  for (size_t offset = 16384; offset < 16384 + 192; offset++) check_at(offset, "\xC1z");
}

TEST_P(Characters, FaultsFarIntoLongTexts) {
  Texts texts(6);
  for (const auto &script : scripts())
    for (const std::string &fault : faults()) {
      std::string text = texts.utf8(script, texts.below(19500)) + fault;
      text += texts.utf8(script, texts.below(4000));
      ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8));
    }
}

TEST_P(Characters, EveryCutOfFixedUnits) {
  Texts texts(7);
  for (int64_t length = 0; length <= 16; length++)
    for (const Unit unit : {Unit::byte, Unit::u16, Unit::u32})
      for (int repeat = 0; repeat < 4; repeat++)
        ASSERT_NO_FATAL_FAILURE(check(texts.units(length, unit_size(unit)), unit, true));
}

TEST_P(Characters, EveryCutOfUtf8) {
  Texts texts(8);
  for (const auto &script : scripts())
    for (int64_t size : {1, 2, 4, 7, 11, 19, 40, 90}) {
      std::string text = texts.utf8(script, size);
      ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8, true));
      ASSERT_NO_FATAL_FAILURE(check(texts.broken(text), Unit::utf8, true));
      ASSERT_NO_FATAL_FAILURE(check(texts.broken(text), Unit::utf8, true));
    }
  for (int repeat = 0; repeat < 300; repeat++) {
    std::string text(size_t(texts.below(14)), '\0');
    for (char &byte : text) byte = interesting[size_t(texts.below(int64_t(interesting.size())))];
    ASSERT_NO_FATAL_FAILURE(check(text, Unit::utf8, true));
  }
}

TEST_P(Characters, Rows) {
  Texts texts(9);
  for (const Unit unit : {Unit::byte, Unit::utf8, Unit::u16, Unit::u32})
    for (int repeat = 0; repeat < 60; repeat++) {
      const auto &script = scripts()[size_t(repeat) % scripts().size()];
      std::vector<std::string> parts;
      std::string all;
      std::vector<int64_t> offsets = {0};
      bool well_formed = true;
      for (int row = 0; row < 40; row++) {
        const int64_t size = texts.below(130);
        parts.push_back(unit == Unit::utf8 ? texts.utf8(script, size)
                                           : texts.units(size, unit_size(unit)));
        if (unit == Unit::utf8 && repeat % 3 == 0 && row == 25) texts.broken(parts.back());
        well_formed = well_formed && (unit != Unit::utf8 || units_of(parts.back(), unit).ill < 0);
        all += parts.back();
        offsets.push_back(int64_t(all.size()));
      }
      const uint8_t *place = memory.copy_to_end(all.data(), std::min<size_t>(all.size(), 24000));
      if (all.size() > 24000) place = bytes_of(all);
      each_operation(unit, well_formed, [&](const auto &op, const Settings &settings, bool runs) {
        std::vector<int64_t> out(parts.size(), -7);
        const Ill ill = op.rows({place, offsets.data(), 40}, out.data());
        for (size_t row = 0; row < parts.size(); row++) {
          const Outcome right = expected(parts[row], settings, runs);
          if (right.ill >= 0) {
            ASSERT_EQ(ill.row, int64_t(row));
            ASSERT_EQ(ill.byte, right.ill);
            return;
          }
          ASSERT_EQ(out[row], right.out[0]) << row;
        }
        ASSERT_EQ(ill.row, -1);
      });
    }
}

TEST_P(Characters, UnsoundSummariesAreSeen) {
  const CountRuns op(Settings{}, kernels());
  CountRuns::Summary summary = op.scan(bytes_of("ab\xC3"), 3);
  EXPECT_TRUE(op.sound(summary));
  EXPECT_TRUE(op.sound(CountRuns::Summary()));
  summary.suffix = "\xC3\xC3\xC3\xC3";
  EXPECT_FALSE(op.sound(summary));
  summary = op.scan(bytes_of("ab"), 2);
  summary.ill = 5;
  EXPECT_FALSE(op.sound(summary));
}

}  // namespace
}  // namespace windlass::text
