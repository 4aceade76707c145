#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "text/many.hpp"

namespace windlass::text {
namespace {

using Needles = std::vector<std::string>;

struct Case {
  Needles needles;
  Match match = Match::each;
  bool overlapping = false, ignore_case = false;

  Settings settings() const {
    Settings settings;
    settings.unit = Unit::byte;
    settings.match = match;
    settings.overlapping = overlapping;
    settings.ignore_case = ignore_case;
    settings.needles.assign(needles.begin(), needles.end());
    return settings;
  }
};

std::string small(std::string text) {
  for (char &c : text)
    if (c >= 'A' && c <= 'Z') c = char(c | 0x20);
  return text;
}

// As Python's str.count, or re.finditer of an alternation, a byte at a time.
std::vector<int64_t> count_slowly(const Case &what, std::string text) {
  Needles needles = what.needles;
  if (what.ignore_case) {
    text = small(text);
    for (std::string &needle : needles) needle = small(needle);
  }
  std::vector<int64_t> counts(needles.size());
  const auto is_at = [&](size_t at, size_t i) {
    return text.compare(at, needles[i].size(), needles[i]) == 0;
  };
  if (what.match == Match::leftmost_first) {
    for (size_t at = 0; at < text.size();) {
      size_t i = 0;
      while (i < needles.size() && !is_at(at, i)) i++;
      if (i < needles.size()) counts[i]++;
      at += i < needles.size() ? needles[i].size() : 1;
    }
    return counts;
  }
  for (size_t i = 0; i < needles.size(); i++)
    for (size_t at = 0; at < text.size(); at++)
      if (is_at(at, i)) {
        counts[i]++;
        if (!what.overlapping) at += needles[i].size() - 1;
      }
  return counts;
}

std::string show(const Case &what) {
  return testing::PrintToString(what.needles) +
         (what.match == Match::leftmost_first ? " leftmost first" : "") +
         (what.overlapping ? " overlapping" : "") + (what.ignore_case ? " ignoring case" : "");
}

std::vector<Case> each_way(const Needles &needles) {
  return {{needles},
          {needles, Match::each, true},
          {needles, Match::each, false, true},
          {needles, Match::leftmost_first},
          {needles, Match::leftmost_first, false, true}};
}

class Many : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override { isa::set_level(GetParam()); }
  void TearDown() override { isa::set_level(isa::supported().back()); }

  static void check(const Case &what, const std::string &text, bool pieces = true) {
    const CountMany op(what.settings());
    SCOPED_TRACE(show(what) + " in " + testing::PrintToString(text.substr(0, 200)));
    ASSERT_EQ(of_whole(op, text).out, count_slowly(what, text));
    if (pieces) check_pieces(op, text);
  }
};

INSTANTIATE_TEST_SUITE_P(, Many,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

std::string random_text(std::mt19937 &random, size_t size, const std::string &letters) {
  std::string text(size, ' ');
  for (char &c : text) c = letters[random() % letters.size()];
  return text;
}

const Needles sets[] = {
    {"a"},
    {"aa"},
    {"aa", "a"},
    {"ab", "ba", "aba"},
    {"abab", "bab", "b"},
    {"aaa", "aa", "aaaa", "aaaaa"},
    {"ab", "abc", "abcd", "bc", "c", "dabc"},
    {"abcd", "abc", "ab", "bc", "ab", "ab"},
    {"the", "he", "her", "there", "The"},
    {std::string("\0", 1), std::string("a\0", 2), std::string("\0\0", 2)},
    {"abaab", "aab", "baaba", "bb", "aabaabaab"},
};

TEST_P(Many, KnownAnswers) {
  check({{"aa"}}, "aaa");
  check({{"aa"}, Match::each, true}, "aaaa");
  const CountMany samwise(Case{{"Sam", "Samwise"}, Match::leftmost_first}.settings());
  EXPECT_EQ(of_whole(samwise, "Samwise Sam").out, (std::vector<int64_t>{2, 0}));
  const CountMany twice(Case{{"a", "b", "a"}}.settings());
  EXPECT_EQ(of_whole(twice, "abba a").out, (std::vector<int64_t>{3, 2, 3}));
  const CountMany first(Case{{"a", "b", "a"}, Match::leftmost_first}.settings());
  EXPECT_EQ(of_whole(first, "abba a").out, (std::vector<int64_t>{3, 2, 0}));
  EXPECT_EQ(of_whole(first, "").out, (std::vector<int64_t>{0, 0, 0}));
}

TEST_P(Many, ShortTextsInPieces) {
  std::mt19937 random(1);
  for (const Needles &needles : sets)
    for (const Case &what : each_way(needles))
      for (size_t size = 0; size <= 14; size++) {
        check(what, random_text(random, size, "ab"));
        check(what, random_text(random, size, "abcd"));
        check(what, random_text(random, size, std::string("aAb\0", 4)));
      }
}

TEST_P(Many, LongerTextsInPieces) {
  std::mt19937 random(2);
  for (const Needles &needles : sets)
    for (const Case &what : each_way(needles)) {
      check(what, random_text(random, 90, "ab"));
      check(what, random_text(random, 300, "abcdherT "));
      check(what, std::string(130, 'a'));
      check(what, std::string(5000, 'a'), false);
      check(what, random_text(random, 20000, "abc"), false);
    }
}

// Joined by threes and fours in random trees.
TEST_P(Many, TreesOfPieces) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; round++) {
    Needles needles(1 + random() % 9);
    for (std::string &needle : needles) needle = random_text(random, 1 + random() % 7, "ab");
    for (const Case &what : each_way(needles)) {
      const std::string text = random_text(random, 1 + random() % 120, "abA");
      const CountMany op(what.settings());
      SCOPED_TRACE(show(what) + " in " + text);
      std::vector<CountMany::Summary> parts;
      for (size_t at = 0, size; at < text.size(); at += size) {
        size = 1 + random() % 20;
        parts.push_back(scan(op, std::string_view(text).substr(at, size)));
      }
      while (parts.size() > 1) {
        const size_t at = random() % (parts.size() - 1);
        op.join(parts[at], parts[at + 1]);
        ASSERT_TRUE(op.sound(parts[at]));
        parts.erase(parts.begin() + int64_t(at) + 1);
      }
      ASSERT_EQ(of_summary(op, parts[0]).out, count_slowly(what, text));
    }
  }
}

TEST_P(Many, LengthsAndAlignmentsBetweenGuards) {
  std::mt19937 random(4);
  const test::GuardedBuffer memory(512);
  const Needles needles = {"a",  "ab",       "bca", "cabc", "abcab", std::string(1, '\0'),
                           "aa", "ccccccccc"};
  for (const Case &what : each_way(needles)) {
    const CountMany op(what.settings());
    for (size_t size = 0; size <= 300; size++) {
      const std::string text = random_text(random, size, std::string("abc\0", 4));
      const std::vector<int64_t> expected = count_slowly(what, text);
      std::vector<int64_t> out(needles.size());
      for (const uint8_t *place :
           {memory.copy_to_begin(text.data(), size), memory.copy_to_end(text.data(), size)}) {
        op.whole(place, int64_t(size), out.data());
        ASSERT_EQ(out, expected) << size << show(what);
        ASSERT_EQ(op.finish(op.scan(place, int64_t(size)), out.data()), -1);
        ASSERT_EQ(out, expected) << size << show(what);
      }
    }
  }
}

TEST_P(Many, ManyNeedlesAndLongOnes) {
  std::mt19937 random(5);
  for (const size_t count : {7, 8, 9, 17, 64, 65, 300}) {
    Needles needles(count);
    for (std::string &needle : needles) needle = random_text(random, 1 + random() % 12, "abcd");
    for (const Case &what : each_way(needles)) {
      check(what, random_text(random, 6000, "abcd"), false);
      check(what, random_text(random, 150, "abcdABCD"));
    }
  }
  const Needles longs = {std::string(700, 'a'), std::string(300, 'a') + "b",
                         "b" + std::string(600, 'a'), "ab", random_text(random, 2000, "ab")};
  for (const Case &what : each_way(longs)) {
    check(what, std::string(40000, 'a'), false);
    check(what, std::string(700, 'a') + "b" + std::string(1500, 'a') + longs[4] + longs[4], false);
  }
}

// What looks like long needles everywhere, and hits that follow each other without an end.
TEST_P(Many, HardTexts) {
  std::mt19937 random(6);
  Needles runs,
      almost = {"aaaaaaaaaaaaaaaab", "baaaaaaaaaaaaaaaa", "aaaaaaaaaaaa", "aba", "ababababab"};
  for (size_t i = 1; i <= 64; i++) runs.push_back(std::string(i, 'a'));
  std::string rarely(30000, 'a'), pairs;
  for (int i = 0; i < 40; i++) rarely[random() % rarely.size()] = 'b';
  while (pairs.size() < 20000) pairs += "ab";
  for (const Needles &needles : {runs, almost})
    for (const Case &what : each_way(needles))
      for (const std::string &text : {std::string(9000, 'a'), rarely, pairs}) {
        check(what, text, false);
        const CountMany op(what.settings());
        check_cuts(op, text, {1, 3000, 7001, 8999}, {-1, count_slowly(what, text)});
      }
}

TEST_P(Many, AllBytesAreData) {
  Needles needles;
  std::string text;
  for (int byte = 0; byte < 256; byte++) {
    needles.push_back(std::string(1, char(byte)));
    text += std::string(size_t(byte % 7), char(byte));
  }
  for (const Case &what : each_way(needles)) check(what, text, false);
  needles.resize(255);
  for (const Case &what : each_way(needles)) check(what, text, false);
}

TEST(ManySettings, Refused) {
  const auto refused = [](const Settings &settings) {
    try {
      const CountMany op(settings);
    } catch (const Error &error) {
      EXPECT_EQ(error.status, WDL_BAD_ARGUMENT);
      EXPECT_EQ(error.argument, 1);
      return error.text;
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refused(Case{{"a", ""}}.settings()), "needle 1 is empty");
  EXPECT_NE(refused(Case{{}}.settings()), "accepted");
  EXPECT_NE(refused(Case{{"a"}, Match::leftmost_first, true}.settings()), "accepted");
  Settings wide = Case{{"a"}}.settings();
  wide.unit = Unit::u16;
  EXPECT_NE(refused(wide), "accepted");
}

}  // namespace
}  // namespace windlass::text
