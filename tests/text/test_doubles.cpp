#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../support/doubles_reference.hpp"
#include "../support/guarded_buffer.hpp"
#include "text/doubles.hpp"

namespace windlass::text {
namespace {

using test::count_doubles_slowly;
using test::decode_utf8;
using test::GuardedBuffer;

const uint8_t *bytes_of(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}
int64_t size_of(const std::string &text) { return static_cast<int64_t>(text.size()); }

// Every test runs at every level of this machine.
class Doubles : public testing::TestWithParam<isa::Level> {
 protected:
  const Kernels &kernels() const { return kernels_at(GetParam()); }

  template <class U>
  int64_t count(const uint8_t *text, int64_t length) const {
    if constexpr (sizeof(U) == 1) return kernels().doubles_u8(text, length);
    if constexpr (sizeof(U) == 2) return kernels().doubles_u16(text, length);
    return kernels().doubles_u32(text, length);
  }

  // The text between guards, at both ends, validated and trusted.
  void check_utf8(const GuardedBuffer &memory, const std::string &text) const {
    const auto expected = decode_utf8(bytes_of(text), size_of(text));
    const int64_t doubles = expected.bad < 0 ? count_doubles_slowly(expected) : 0;
    for (const uint8_t *place : {memory.copy_to_begin(text.data(), text.size()),
                                 memory.copy_to_end(text.data(), text.size())}) {
      std::memcpy(const_cast<uint8_t *>(place), text.data(), text.size());
      const Utf8 found = kernels().doubles_utf8(place, size_of(text));
      ASSERT_EQ(found.bad, expected.bad) << testing::PrintToString(text);
      ASSERT_EQ(found.count, doubles) << testing::PrintToString(text);
      const int64_t trusted = kernels().doubles_utf8_trusted(place, size_of(text));
      if (expected.bad < 0) {
        ASSERT_EQ(trusted, doubles) << testing::PrintToString(text);
      }
    }
  }

  void check_chunks(Unit unit, const uint8_t *text, int64_t length, int64_t chunk_units) const {
    const Utf8 whole = count_chunk(kernels(), unit, text, length, 0, length + 1, false);
    for (const bool trusted : {false, true}) {
      Utf8 sum = {0, -1};
      for (int64_t chunk = 0; chunk * chunk_units < length; ++chunk) {
        const Utf8 part = count_chunk(kernels(), unit, text, length, chunk, chunk_units, trusted);
        sum.count += part.count;
        if (part.bad >= 0 && (sum.bad < 0 || part.bad < sum.bad)) sum.bad = part.bad;
      }
      if (trusted && whole.bad >= 0) continue;
      ASSERT_EQ(sum.bad, whole.bad) << "length " << length << ", chunks of " << chunk_units;
      if (whole.bad < 0) {
        ASSERT_EQ(sum.count, whole.count) << "length " << length << ", chunks of " << chunk_units;
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(, Doubles,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

// Few values, so that doubles and runs are many.
std::vector<uint8_t> random_bytes(std::mt19937 &random, int64_t size, unsigned values) {
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  for (auto &byte : bytes) byte = static_cast<uint8_t>(random() % values * (256 / values));
  return bytes;
}

// Blocks of the Unicode standard that differ in length and in what their second bytes may be.
struct Range {
  uint32_t first, last;
};
constexpr Range ascii = {0x00, 0x7F}, latin = {0x80, 0xFF}, cyrillic = {0x400, 0x4FF},
                two_bytes = {0x80, 0x7FF}, thai = {0xE00, 0xE7F}, devanagari = {0x900, 0x97F},
                cjk = {0x4E00, 0x9FFF}, hangul = {0xAC00, 0xD7A3}, three_low = {0x800, 0xFFF},
                three_high = {0xE000, 0xFFFF}, emoji = {0x1F300, 0x1FAFF},
                four_bytes = {0x10000, 0x10FFFF}, last_plane = {0x100000, 0x10FFFF};

struct Script {
  const char *name;
  std::vector<Range> ranges;
};

const std::vector<Script> &scripts() {
  static const std::vector<Script> all = {
      {"ascii", {ascii}},
      {"latin", {ascii, ascii, latin}},
      {"cyrillic", {ascii, cyrillic, cyrillic}},
      {"two_bytes", {two_bytes}},
      {"thai", {thai}},
      {"devanagari", {ascii, devanagari}},
      {"cjk", {cjk}},
      {"hangul", {ascii, hangul}},
      {"three_bytes", {three_low, hangul, three_high}},
      {"emoji", {ascii, emoji}},
      {"four_bytes", {four_bytes, last_plane}},
      {"all", {ascii, latin, cyrillic, thai, cjk, hangul, three_high, emoji, last_plane}},
      {"some_cjk", {ascii, ascii, ascii, ascii, ascii, ascii, ascii, ascii, ascii, cjk}},
  };
  return all;
}

uint32_t random_character(std::mt19937 &random, const Script &script) {
  const Range &range = script.ranges[random() % script.ranges.size()];
  // The first and last of a range, and a few within, so that doubles and near-doubles are many.
  const uint32_t span = range.last - range.first + 1;
  const uint32_t choice = random() % 8;
  if (choice == 0) return range.first;
  if (choice == 1) return range.last;
  return range.first + (choice < 4 ? random() % span : random() % (span < 4 ? span : 4));
}

// At least `size` bytes, at most three more.
std::string random_utf8(std::mt19937 &random, const Script &script, int64_t size) {
  std::string text;
  uint32_t character = 0;
  while (size_of(text) < size) {
    if (random() % 3 != 0) character = random_character(random, script);
    test::append_utf8(text, character);
  }
  return text;
}

TEST_P(Doubles, KnownTexts) {
  const struct {
    std::string text;
    int64_t bytes, characters;
  } cases[] = {
      {"", 0, 0},
      {"a", 0, 0},
      {"aa", 1, 1},
      {"aaa", 2, 2},
      {"aaaa", 3, 3},
      {"\n\n", 1, 1},
      {std::string(2, '\0'), 1, 1},
      {std::string("a\0\0\0", 4), 2, 2},
      {"\u00e9\u00e9", 0, 1},
      {"\u2082", 1, 0},
      {"e\u0301e\u0301", 0, 0},
      {"\u00e9a\u00e9a", 0, 0},
      {"\U0001F600\U0001F600\U0001F600", 0, 2},
  };
  for (const auto &it : cases) {
    EXPECT_EQ(kernels().doubles_u8(bytes_of(it.text), size_of(it.text)), it.bytes);
    const Utf8 found = kernels().doubles_utf8(bytes_of(it.text), size_of(it.text));
    EXPECT_EQ(found.bad, -1);
    EXPECT_EQ(found.count, it.characters) << it.text;
    EXPECT_EQ(kernels().doubles_utf8_trusted(bytes_of(it.text), size_of(it.text)), it.characters);
  }
  EXPECT_EQ(kernels().doubles_u8(nullptr, 0), 0);
  EXPECT_EQ(kernels().doubles_u16(nullptr, 0), 0);
  EXPECT_EQ(kernels().doubles_u32(nullptr, 0), 0);
  EXPECT_EQ(kernels().doubles_utf8(nullptr, 0).bad, -1);
  EXPECT_EQ(kernels().doubles_utf8_trusted(nullptr, 0), 0);
}

template <class U, class Check>
void for_units(std::mt19937 &random, const GuardedBuffer &memory, int64_t length, Check &&check) {
  for (const unsigned values : {1u, 2u, 256u}) {
    const auto data = random_bytes(random, length * int64_t{sizeof(U)}, values);
    const int64_t expected = count_doubles_slowly<U>(data.data(), length);
    check(memory.copy_to_begin(data.data(), data.size()), length, expected);
    check(memory.copy_to_end(data.data(), data.size()), length, expected);
  }
}

TEST_P(Doubles, EveryLengthBetweenGuards) {
  std::mt19937 random(1);
  const GuardedBuffer memory(4 * 20000);
  const auto run = [&]<class U>(U, int64_t length) {
    for_units<U>(random, memory, length, [&](const uint8_t *text, int64_t n, int64_t expected) {
      ASSERT_EQ(count<U>(text, n), expected) << "length " << n << ", unit " << sizeof(U);
    });
  };
  std::vector<int64_t> lengths;
  for (int64_t n = 0; n <= 300; ++n) lengths.push_back(n);
  for (const int64_t n : {511, 1000, 1024, 1025, 2049, 4095, 4096, 4097, 4161, 4225, 4353, 20000})
    lengths.push_back(n);
  for (const int64_t n : lengths) {
    run(uint8_t{}, n);
    run(uint16_t{}, n);
    run(uint32_t{}, n);
  }
}

TEST_P(Doubles, EveryAlignment) {
  std::mt19937 random(2);
  const auto data = random_bytes(random, 4 * 5000 + 64, 2);
  const auto run = [&]<class U>(U, int64_t length, int64_t shift) {
    ASSERT_EQ(count<U>(data.data() + shift, length),
              count_doubles_slowly<U>(data.data() + shift, length))
        << "length " << length << ", shift " << shift << ", unit " << sizeof(U);
  };
  for (int64_t shift = 0; shift < 64; ++shift)
    for (const int64_t length : {0, 1, 2, 7, 31, 32, 33, 64, 65, 100, 129, 300, 1200, 5000}) {
      run(uint8_t{}, length, shift);
      run(uint16_t{}, length, shift);
      run(uint32_t{}, length, shift);
    }
}

// 255 steps fill a counter of a byte.
TEST_P(Doubles, CountersDoNotOverflow) {
  const std::vector<uint8_t> same(1 << 20, 'x');
  for (const int64_t length : {65279, 65280, 65281, 65537, 130817, 262144}) {
    EXPECT_EQ(kernels().doubles_u8(same.data(), length), length - 1);
    EXPECT_EQ(kernels().doubles_u16(same.data(), length), length - 1);
    EXPECT_EQ(kernels().doubles_u32(same.data(), length), length - 1);
    EXPECT_EQ(kernels().doubles_utf8(same.data(), length).count, length - 1);
  }
}

TEST_P(Doubles, EveryScriptAndLength) {
  std::mt19937 random(3);
  const GuardedBuffer memory(20100);
  for (const Script &script : scripts()) {
    SCOPED_TRACE(script.name);
    for (int64_t size = 0; size <= 300; ++size)
      for (int repeat = 0; repeat < 4; ++repeat)
        ASSERT_NO_FATAL_FAILURE(check_utf8(memory, random_utf8(random, script, size)));
    for (const int64_t size : {511, 512, 515, 777, 4096, 8192, 8195, 20000})
      ASSERT_NO_FATAL_FAILURE(check_utf8(memory, random_utf8(random, script, size)));
  }
}

// Scripts follow each other, so that the ways through ASCII and through other text alternate.
TEST_P(Doubles, ScriptsInTurns) {
  std::mt19937 random(4);
  const GuardedBuffer memory(40000);
  for (int repeat = 0; repeat < 300; ++repeat) {
    std::string text;
    for (int part = 0; part < 12; ++part) {
      const Script &script = part % 2 == 0 ? scripts()[0] : scripts()[random() % scripts().size()];
      text += random_utf8(random, script, static_cast<int64_t>(random() % 700));
    }
    ASSERT_NO_FATAL_FAILURE(check_utf8(memory, text));
  }
}

TEST_P(Doubles, EveryAlignmentOfUtf8) {
  std::mt19937 random(5);
  const GuardedBuffer memory(2000);
  for (const Script &script : scripts())
    for (int64_t shift = 0; shift < 64; ++shift) {
      const std::string text = random_utf8(random, script, 1000 - shift);
      const std::string shifted = std::string(static_cast<size_t>(shift), ' ') + text;
      std::memcpy(memory.at_begin(), shifted.data(), shifted.size());
      const uint8_t *place = memory.at_begin() + shift;
      const int64_t expected = count_doubles_slowly(decode_utf8(bytes_of(text), size_of(text)));
      ASSERT_EQ(kernels().doubles_utf8(place, size_of(text)).count, expected) << script.name;
      ASSERT_EQ(kernels().doubles_utf8_trusted(place, size_of(text)), expected) << script.name;
    }
}

TEST_P(Doubles, AllStringsOfOneAndTwoBytes) {
  const GuardedBuffer memory(64);
  for (int first = 0; first < 256; ++first) {
    ASSERT_NO_FATAL_FAILURE(check_utf8(memory, std::string(1, static_cast<char>(first))));
    for (int second = 0; second < 256; ++second)
      ASSERT_NO_FATAL_FAILURE(
          check_utf8(memory, {static_cast<char>(first), static_cast<char>(second)}));
  }
}

// The borders of every row of table 3-7, and one more of each kind.
const std::string interesting =
    "\x41\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF3\xF4\xF5"
    "\xFF";

TEST_P(Doubles, StringsOfThreeAndFourInterestingBytes) {
  const GuardedBuffer memory(64);
  for (const char a : interesting)
    for (const char b : interesting)
      for (const char c : interesting) {
        ASSERT_NO_FATAL_FAILURE(check_utf8(memory, {a, b, c}));
        for (const char d : interesting) ASSERT_NO_FATAL_FAILURE(check_utf8(memory, {a, b, c, d}));
      }
}

const std::vector<std::string> &ill_formed() {
  static const std::vector<std::string> all = {
      "\x80",
      "\xBF",
      "\xC0\x80",
      "\xC1\xBF",
      "\xC2",
      "\xC2\x41",
      "\xC2\xC2",
      "\xDF\x80\x80",
      "\xE0\x80\x80",
      "\xE0\x9F\xBF",
      "\xE1\x80",
      "\xE1",
      "\xE1\x80\x41",
      "\xEC\xC2\x80",
      "\xED\xA0\x80",
      "\xED\xBF\xBF",
      "\xEF\xBF",
      "\xE1\x80\x80\x80",
      "\xF0\x80\x80\x80",
      "\xF0\x8F\xBF\xBF",
      "\xF0\x90",
      "\xF0\x90\x80",
      "\xF1\x80\x80",
      "\xF1\x80\x41",
      "\xF4\x90\x80\x80",
      "\xF4\xBF",
      "\xF4\x8F\xBF",
      "\xF5\x80\x80\x80",
      "\xF8\x88\x80\x80",
      "\xFE",
      "\xFF",
      "\xFF\xFF",
      "\xF1\x80\x80\x80\x80",
  };
  return all;
}

TEST_P(Doubles, FaultsAtEveryOffset) {
  const GuardedBuffer memory(1000);
  std::string cjk_text;
  for (int i = 0; i < 150; ++i) test::append_utf8(cjk_text, 0x4E00 + static_cast<uint32_t>(i / 2));
  for (const std::string &around : {std::string(450, 'a'), cjk_text})
    for (const std::string &fault : ill_formed())
      for (size_t offset = 0; offset <= 130; ++offset)
        for (const size_t after : {size_t{0}, size_t{1}, size_t{3}, size_t{70}, size_t{300}}) {
          const std::string text = around.substr(0, offset) + fault + around.substr(0, after);
          ASSERT_NO_FATAL_FAILURE(check_utf8(memory, text)) << "offset " << offset;
        }
}

TEST_P(Doubles, FaultsFarIntoLongTexts) {
  std::mt19937 random(6);
  const GuardedBuffer memory(21000);
  for (const Script &script : scripts())
    for (const std::string &fault : ill_formed())
      for (int repeat = 0; repeat < 3; ++repeat) {
        const auto before = static_cast<int64_t>(random() % 12000);
        std::string text = random_utf8(random, script, before) + fault;
        text += random_utf8(random, script, static_cast<int64_t>(random() % 8000));
        ASSERT_NO_FATAL_FAILURE(check_utf8(memory, text)) << script.name;
      }
}

TEST_P(Doubles, EveryCutOfFixedUnits) {
  std::mt19937 random(7);
  for (const Unit unit : {Unit::byte, Unit::u16, Unit::u32})
    for (int64_t length = 0; length <= 40; ++length) {
      const auto data = random_bytes(random, length * unit_size(unit), 2);
      for (int64_t chunk_units = 1; chunk_units <= length + 1; ++chunk_units)
        ASSERT_NO_FATAL_FAILURE(check_chunks(unit, data.data(), length, chunk_units));
    }
}

TEST_P(Doubles, EveryCutOfUtf8) {
  std::mt19937 random(8);
  const auto check_cuts = [&](const std::string &text) {
    for (int64_t chunk_units = 1; chunk_units <= size_of(text) + 1; ++chunk_units)
      ASSERT_NO_FATAL_FAILURE(check_chunks(Unit::utf8, bytes_of(text), size_of(text), chunk_units));
  };
  for (const Script &script : scripts())
    for (int64_t size = 0; size <= 40; ++size) {
      const std::string text = random_utf8(random, script, size);
      ASSERT_NO_FATAL_FAILURE(check_cuts(text)) << script.name;
      for (int repeat = 0; repeat < 3; ++repeat) {
        std::string broken = text;
        broken.insert(random() % (text.size() + 1), ill_formed()[random() % ill_formed().size()]);
        ASSERT_NO_FATAL_FAILURE(check_cuts(broken)) << script.name;
      }
    }
  for (int repeat = 0; repeat < 5000; ++repeat) {
    std::string text(random() % 24, '\0');
    for (char &byte : text) byte = interesting[random() % interesting.size()];
    ASSERT_NO_FATAL_FAILURE(check_cuts(text));
  }
}

TEST(DoublesChunks, FollowTheLengthOnly) {
  EXPECT_EQ(chunk_count(Unit::byte, 0), 0);
  EXPECT_EQ(chunk_count(Unit::byte, 1), 1);
  EXPECT_EQ(chunk_count(Unit::utf8, chunk_bytes), 1);
  EXPECT_EQ(chunk_count(Unit::utf8, chunk_bytes + 1), 2);
  EXPECT_EQ(chunk_count(Unit::u16, chunk_bytes), 2);
  EXPECT_EQ(chunk_count(Unit::u32, chunk_bytes), 4);
  EXPECT_EQ(chunk_count(Unit::byte, INT64_MAX), INT64_MAX / chunk_bytes + 1);

  std::string text(3 * chunk_bytes + 5, 'a');
  text[chunk_bytes] = text[2 * chunk_bytes + 1] = 'b';
  for (const Unit unit : {Unit::byte, Unit::utf8}) {
    int64_t sum = 0;
    for (int64_t chunk = 0; chunk < chunk_count(unit, size_of(text)); ++chunk)
      sum += count_chunk(unit, text.data(), size_of(text), chunk, false).count;
    EXPECT_EQ(sum, count_doubles_slowly<uint8_t>(text.data(), size_of(text)));
  }
}

template <class U>
std::vector<int64_t> count_rows_slowly(const uint8_t *text, const std::vector<int64_t> &offsets) {
  std::vector<int64_t> counts;
  for (size_t row = 0; row + 1 < offsets.size(); ++row)
    counts.push_back(count_doubles_slowly<U>(text + offsets[row] * int64_t{sizeof(U)},
                                             offsets[row + 1] - offsets[row]));
  return counts;
}

TEST_P(Doubles, RowsOfFixedUnits) {
  std::mt19937 random(9);
  const GuardedBuffer memory(40000);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<int64_t> offsets(1, static_cast<int64_t>(random() % 3));
    for (int row = 0; row < 50; ++row)
      offsets.push_back(offsets.back() + static_cast<int64_t>(random() % (repeat < 25 ? 70 : 190)));
    const auto data = random_bytes(random, offsets.back() * 4, 2);
    const auto run = [&]<class U>(U, auto kernel) {
      const uint8_t *text =
          memory.copy_to_end(data.data(), static_cast<size_t>(offsets.back()) * sizeof(U));
      std::vector<int64_t> found(offsets.size() - 1, -7);
      kernel(text, offsets.data(), static_cast<int64_t>(found.size()), found.data());
      ASSERT_EQ(found, count_rows_slowly<U>(text, offsets)) << "unit " << sizeof(U);
    };
    run(uint8_t{}, kernels().doubles_u8_rows);
    run(uint16_t{}, kernels().doubles_u16_rows);
    run(uint32_t{}, kernels().doubles_u32_rows);
  }
}

TEST_P(Doubles, RowsOfUtf8) {
  std::mt19937 random(10);
  const GuardedBuffer memory(20000);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const Script &script = scripts()[random() % scripts().size()];
    const bool broken = repeat % 3 == 0;
    const size_t broken_row = random() % 40;
    std::string text;
    std::vector<int64_t> offsets(1, 0), expected;
    BadRow bad = {-1, -1};
    for (size_t row = 0; row < 40; ++row) {
      std::string part = random_utf8(random, script, static_cast<int64_t>(random() % 130));
      if (broken && row == broken_row)
        part.insert(random() % (part.size() + 1), ill_formed()[random() % ill_formed().size()]);
      const auto decoded = decode_utf8(bytes_of(part), size_of(part));
      if (decoded.bad >= 0) bad = {static_cast<int64_t>(row), size_of(text) + decoded.bad};
      expected.push_back(count_doubles_slowly(decoded));
      text += part;
      offsets.push_back(size_of(text));
    }
    const uint8_t *place = memory.copy_to_end(text.data(), text.size());
    std::vector<int64_t> found(40, -7);
    const BadRow seen = kernels().doubles_utf8_rows(place, offsets.data(), 40, found.data());
    ASSERT_EQ(seen.row, bad.row) << script.name;
    ASSERT_EQ(seen.bad, bad.bad) << script.name;
    if (bad.row >= 0) continue;
    ASSERT_EQ(found, expected) << script.name;
    kernels().doubles_utf8_trusted_rows(place, offsets.data(), 40, found.data());
    ASSERT_EQ(found, expected) << script.name;
  }
}

}  // namespace
}  // namespace windlass::text
