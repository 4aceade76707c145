#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "text/split.hpp"

namespace windlass::text {
namespace {

using test::GuardedBuffer;
using Pieces = std::vector<std::string>;

// White space as its UTF-8 is written; the first 6 are those of ASCII, the last 4 of Python alone.
const std::string spaces[] = {" ",      "\t",     "\n",     "\v",     "\f",     "\r",
                              "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002",
                              "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
                              "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F",
                              "\u3000", "\x1C",   "\x1D",   "\x1E",   "\x1F"};

bool in_set(size_t space, Whitespace set, Unit unit) {
  const bool ascii = space < 6 || (set == Whitespace::python && space >= 25);
  return ascii || (unit == Unit::utf8 && set != Whitespace::ascii && space < 25);
}

// The words of well-formed text, or of any with unit byte.
Pieces words_of(const Settings &settings, const std::string &text) {
  Pieces pieces;
  bool in_word = false;
  for (size_t i = 0; i < text.size();) {
    size_t bytes = 0;
    for (size_t space = 0; space < std::size(spaces); ++space)
      if (in_set(space, settings.whitespace, settings.unit) && text[i] == spaces[space][0] &&
          text.compare(i, spaces[space].size(), spaces[space]) == 0)
        bytes = spaces[space].size();
    if (bytes == 0) {
      if (!in_word) pieces.emplace_back();
      pieces.back() += text[i++];
    }
    in_word = bytes == 0;
    i += bytes;
  }
  return pieces;
}

Pieces parts_of(const std::string &separator, const std::string &text) {
  Pieces pieces;
  size_t from = 0;
  for (size_t at; (at = text.find(separator, from)) != std::string::npos;) {
    pieces.push_back(text.substr(from, at - from));
    from = at + separator.size();
  }
  pieces.push_back(text.substr(from));
  return pieces;
}

struct Found {
  std::vector<int64_t> starts, lengths;
};

Found places(const Settings &settings, const std::string &text, int workers) {
  Run run(workers);
  const auto *bytes = reinterpret_cast<const uint8_t *>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  const int64_t pieces = split(run, settings, bytes, size, nullptr, nullptr, 0, 0);
  // One more than there is room for: it stays as it is.
  Found both{std::vector<int64_t>(size_t(pieces) + 1, -7),
             std::vector<int64_t>(size_t(pieces) + 1, -7)};
  EXPECT_EQ(
      split(run, settings, bytes, size, both.starts.data(), both.lengths.data(), pieces, pieces),
      pieces);
  Found alone = {std::vector<int64_t>(size_t(pieces)), std::vector<int64_t>(size_t(pieces))};
  split(run, settings, bytes, size, alone.starts.data(), nullptr, pieces, 0);
  split(run, settings, bytes, size, nullptr, alone.lengths.data(), 0, pieces);
  EXPECT_EQ(both.starts.back(), -7);
  EXPECT_EQ(both.lengths.back(), -7);
  both.starts.pop_back();
  both.lengths.pop_back();
  EXPECT_EQ(both.starts, alone.starts);
  EXPECT_EQ(both.lengths, alone.lengths);
  return both;
}

class SplitAtLevel : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override {
    before_ = isa::level();
    ASSERT_TRUE(isa::set_level(GetParam()));
  }
  void TearDown() override { isa::set_level(before_); }

  void check(const Settings &settings, const std::string &text, const Pieces &expected) const {
    for (const char *place :
         {reinterpret_cast<const char *>(memory_.copy_to_begin(text.data(), text.size())),
          reinterpret_cast<const char *>(memory_.copy_to_end(text.data(), text.size()))}) {
      std::memcpy(const_cast<char *>(place), text.data(), text.size());
      ASSERT_EQ(of_whole(Split(settings), {place, text.size()}),
                (Outcome{-1, {static_cast<int64_t>(expected.size())}}));
    }
    for (const int workers : {1, 3}) {
      const Found found = places(settings, text, workers);
      ASSERT_EQ(found.starts.size(), expected.size()) << testing::PrintToString(text);
      for (size_t i = 0; i < expected.size(); ++i) {
        const auto start = static_cast<size_t>(found.starts[i]);
        ASSERT_EQ(text.substr(start, static_cast<size_t>(found.lengths[i])), expected[i]) << i;
        if (i > 0) {
          ASSERT_GT(found.starts[i], found.starts[i - 1]);
        }
      }
    }
  }
  void check_words(const std::string &text, bool in_pieces = false) const {
    for (const Unit unit : {Unit::utf8, Unit::byte})
      for (const Whitespace set : {Whitespace::unicode, Whitespace::ascii, Whitespace::python}) {
        Settings settings;
        settings.unit = unit;
        settings.whitespace = set;
        check(settings, text, words_of(settings, text));
        if (in_pieces) check_pieces(Split(settings), text);
      }
  }
  void check_separator(const std::string &separator, const std::string &text) const {
    Settings settings;
    settings.needles = {separator};
    check(settings, text, parts_of(separator, text));
  }

  const GuardedBuffer memory_{1 << 21};

 private:
  isa::Level before_;
};

INSTANTIATE_TEST_SUITE_P(, SplitAtLevel,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

std::string random_text(std::mt19937 &random, size_t bytes, unsigned word) {
  const std::string letters[] = {"a",      "z",      "\u00E9", "\u0434",     "\u3042", "\u4E00",
                                 "\u2014", "\u2026", "\u3002", "\U0001F600", "\u1681", "\u2060"};
  std::string text;
  while (text.size() < bytes)
    text += random() % word == 0 ? spaces[random() % std::size(spaces)]
            : random() % 3 == 0  ? letters[random() % std::size(letters)]
                                 : "e";
  return text;
}

TEST_P(SplitAtLevel, ShortTexts) {
  std::mt19937 random(1);
  check_words("");
  for (size_t bytes = 1; bytes <= 300; ++bytes)
    check_words(random_text(random, bytes, 1 + bytes % 9), bytes < 22 || bytes % 40 == 0);
}

TEST_P(SplitAtLevel, LongTexts) {
  std::mt19937 random(2);
  for (const size_t bytes : {9000u, (1u << 18) - 1, (1u << 18) + 1, 900000u})
    for (const unsigned word : {2u, 6u, 5000u}) check_words(random_text(random, bytes, word));
  // A word, and white space, over several chunks.
  check_words("a " + std::string(800000, 'x') + "\u3000b");
  check_words("a" + std::string(800000, ' ') + "b");
  check_words(std::string(800000, 'x'));
  check_words(std::string(800000, ' '));
}

TEST_P(SplitAtLevel, SpacesAtChunkBorders) {
  const size_t border = 1 << 18;
  Settings settings;
  settings.whitespace = Whitespace::python;
  for (const std::string &space : spaces)
    for (size_t before = border - 4; before <= border + 1; ++before) {
      const std::string word(before, 'x'), blank(before - 1, ' ');
      check(settings, word + space + "y z", {word, "y", "z"});
      check(settings, blank + "x" + space + "y z", {"x", "y", "z"});
    }
}

TEST_P(SplitAtLevel, Separators) {
  std::mt19937 random(3);
  for (const std::string separator : {",", "ab", "aa", "aba", "\u3042", "\n", " "}) {
    check_separator(separator, "");
    check_separator(separator, separator);
    for (size_t bytes = 1; bytes <= 120; ++bytes) {
      std::string text;
      while (text.size() < bytes) text += random() % 2 ? std::string("a") : separator;
      check_separator(separator, text);
      Settings settings;
      settings.needles = {separator};
      if (bytes < 16) check_pieces(Split(settings), text);
    }
  }
  std::string text;
  while (text.size() < 700000) text += std::string(random() % 30, 'x') + ",";
  check_separator(",", text);
}

TEST_P(SplitAtLevel, IllFormed) {
  Settings settings;
  settings.whitespace = Whitespace::unicode;
  for (const size_t at : {0u, 1u, 63u, 300u, (1u << 18) - 1, 1u << 18, 500000u}) {
    std::string text(700000, 'a');
    text[at] = '\xE3';
    for (const bool separator : {false, true}) {
      settings.needles.clear();
      if (separator) settings.needles = {","};
      settings.invalid = Invalid::strict;
      EXPECT_EQ(of_whole(Split(settings), text).ill, static_cast<int64_t>(at));
      try {
        places(settings, text, 2);
        ADD_FAILURE();
      } catch (const Error &error) {
        EXPECT_EQ(error.status, WDL_BAD_DATA);
        EXPECT_EQ(error.argument, 2);
        EXPECT_EQ(error.position[0], static_cast<int64_t>(at));
      }
      settings.invalid = Invalid::lossy;
      EXPECT_EQ(places(settings, text, 2).starts.size(), 1u);
    }
  }
  std::mt19937 random(4);
  settings.needles.clear();
  for (const Invalid invalid : {Invalid::lossy, Invalid::trusted})
    for (int i = 0; i < 300; ++i) {
      settings.invalid = invalid;
      std::string text(i < 290 ? random() % 400 : 600000 + random() % 9, ' ');
      const std::string bytes =
          "\xE3\x80\x80\xE2\x81\x9F\xC2\xA0\xA0 x\xF0\x9F\x85\xE1\x9A" + std::string(1, '\0');
      for (char &byte : text) byte = bytes[random() % bytes.size()];
      const Found found = places(settings, text, 2);
      if (invalid == Invalid::trusted) continue;
      Settings strict = settings;
      const Pieces expected = words_of(strict, text);
      ASSERT_EQ(found.starts.size(), expected.size());
      for (size_t k = 0; k < expected.size(); ++k)
        ASSERT_EQ(text.substr(size_t(found.starts[k]), size_t(found.lengths[k])), expected[k]);
    }
}

TEST(Split, Arguments) {
  Settings settings;
  const auto message = [&] {
    try {
      Split split(settings);
    } catch (const Error &error) {
      EXPECT_EQ(error.status, WDL_BAD_ARGUMENT);
      return error.text;
    }
    return std::string();
  };
  EXPECT_EQ(message(), "");
  settings.needles = {""};
  EXPECT_EQ(message(), "needle is empty, expected a separator");
  settings.needles = {"a", "b"};
  EXPECT_EQ(message(), "2 needles, expected one separator");
  settings.needles = {"a"};
  settings.ignore_case = true;
  EXPECT_NE(message(), "");
  settings.ignore_case = false;
  settings.unit = Unit::u16;
  EXPECT_EQ(message(), "unit is u16, expected char or byte");
}

TEST(Split, TooLittleRoom) {
  windlass::Run run(1);
  int64_t starts[2] = {-7, -7}, lengths[2] = {-7, -7};
  const auto *text = reinterpret_cast<const uint8_t *>("a,b c");
  for (const bool separator : {false, true})
    for (const int32_t place : {4, 5}) {
      Settings settings;
      if (separator) settings.needles = {","};
      try {
        split(run, settings, text, 5, starts, lengths, place == 4 ? 1 : 2, place == 5 ? 1 : 2);
        ADD_FAILURE();
      } catch (const Error &error) {
        EXPECT_EQ(error.status, WDL_TOO_SMALL);
        EXPECT_EQ(error.argument, place);
      }
      for (int i = 0; i < 2; ++i) EXPECT_EQ(starts[i] + lengths[i], -14);
    }
}

}  // namespace
}  // namespace windlass::text
