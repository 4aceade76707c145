#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "text/characters.hpp"
#include "text/find_all.hpp"
#include "text/find_needle.hpp"
#include "text/search_kernels.hpp"

namespace windlass::text {
namespace {

using test::GuardedBuffer;

bool is_word(char c) { return isalnum(uint8_t(c)) || c == '_'; }
bool is_space(char c) { return c == ' ' || (c >= 9 && c <= 13); }
std::string lowered(std::string text) {
  for (char &c : text)
    if (c >= 'A' && c <= 'Z') c |= 0x20;
  return text;
}

// A needle with its settings, and where it is in a text, slowly.
struct Wanted {
  std::string needle;
  bool ignore_case = false, overlapping = false;
  WholeWords words = WholeWords::no;
  Unit unit = Unit::byte;

  Settings settings() const {
    Settings s;
    s.unit = unit;
    s.ignore_case = ignore_case;
    s.overlapping = overlapping;
    s.whole_words = words;
    s.needles = {needle};
    return s;
  }
  bool bounded(const std::string &text, size_t at) const {
    const size_t end = at + needle.size();
    const bool before = at > 0, behind = end < text.size();
    if (words == WholeWords::space)
      return !(before && !is_space(text[at - 1])) && !(behind && !is_space(text[end]));
    if (words == WholeWords::ascii)
      return !(before && is_word(needle[0]) && is_word(text[at - 1])) &&
             !(behind && is_word(needle.back()) && is_word(text[end]));
    return true;
  }
  std::vector<int64_t> all(const std::string &original, bool overlap) const {
    const std::string text = ignore_case ? lowered(original) : original;
    const std::string wanted = ignore_case ? lowered(needle) : needle;
    std::vector<int64_t> found;
    size_t reach = 0;
    for (size_t at = text.find(wanted); at != text.npos; at = text.find(wanted, at + 1)) {
      if (!bounded(original, at) || (!overlap && at < reach)) continue;
      found.push_back(int64_t(at));
      reach = at + needle.size();
    }
    return found;
  }
  std::vector<int64_t> taken(const std::string &text) const { return all(text, overlapping); }
};

void PrintTo(const Wanted &w, std::ostream *to) {
  *to << testing::PrintToString(w.needle.substr(0, 100)) << " of " << w.needle.size()
      << (w.ignore_case ? " ignore_case" : "") << (w.overlapping ? " overlapping" : "") << " words "
      << int(w.words);
}

const uint8_t *bytes_of(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

class Search : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }

  template <class Op>
  static int64_t whole(const Wanted &wanted, const uint8_t *text, size_t bytes) {
    int64_t out = -7;
    EXPECT_EQ(Op(wanted.settings()).whole(text, int64_t(bytes), &out), -1);
    return out;
  }
  // The text between guards, at both ends.
  static void check_whole(const GuardedBuffer &memory, const Wanted &wanted,
                          const std::string &text) {
    const std::vector<int64_t> all = wanted.all(text, true), taken = wanted.taken(text);
    for (int place = 0; place < 2; place++) {
      const uint8_t *q = place ? memory.copy_to_begin(text.data(), text.size())
                               : memory.copy_to_end(text.data(), text.size());
      const auto n = text.size();
      ASSERT_EQ(whole<CountNeedle>(wanted, q, n), int64_t(taken.size()))
          << testing::PrintToString(wanted) << " in " << text.substr(0, 200);
      ASSERT_EQ(whole<FindFirst>(wanted, q, n), all.empty() ? -1 : all.front())
          << testing::PrintToString(wanted) << " in " << text.substr(0, 200);
      ASSERT_EQ(whole<FindLast>(wanted, q, n), all.empty() ? -1 : all.back())
          << testing::PrintToString(wanted) << " in " << text.substr(0, 200);
      windlass::Run run(1);
      std::vector<int64_t> found(taken.size());
      const int64_t count =
          find_all(run, wanted.settings(), q, int64_t(n), found.data(), int64_t(found.size()));
      ASSERT_EQ(count, int64_t(taken.size()));
      ASSERT_EQ(found, taken) << testing::PrintToString(wanted);
    }
  }
  static void check_all_pieces(const Wanted &wanted, const std::string &text) {
    check_pieces(CountNeedle(wanted.settings()), text);
    check_pieces(FindFirst(wanted.settings()), text);
    check_pieces(FindLast(wanted.settings()), text);
    ASSERT_FALSE(HasFailure()) << testing::PrintToString(wanted) << " in "
                               << testing::PrintToString(text);
  }
};

INSTANTIATE_TEST_SUITE_P(, Search,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

std::string random_text(std::mt19937 &random, size_t size, std::string_view alphabet) {
  std::string text(size, ' ');
  for (char &c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

std::string repeated(const std::string &part, size_t size) {
  std::string text;
  while (text.size() < size) text += part;
  text.resize(size);
  return text;
}

// A text of random letters that holds the needle and parts of it.
std::string holding(std::mt19937 &random, const std::string &needle, size_t size,
                    std::string_view alphabet) {
  std::string text = random_text(random, size, alphabet);
  for (size_t k = 0; k < size / 40 + 1 && !needle.empty(); k++) {
    const size_t begin = random() % 3 ? 0 : random() % needle.size();
    const std::string part = needle.substr(begin, random() % 3 ? needle.npos : random() % 9);
    if (part.size() <= size) text.replace(random() % (size - part.size() + 1), part.size(), part);
  }
  return text;
}

Wanted any_settings(std::mt19937 &random, const std::string &needle) {
  return {needle, random() % 3 == 0, random() % 2 == 0,
          random() % 3   ? WholeWords::no
          : random() % 2 ? WholeWords::space
                         : WholeWords::ascii,
          Unit::byte};
}

TEST_P(Search, AllLengthsOfNeedleAndText) {
  std::mt19937 random(1);
  const GuardedBuffer memory(4096);
  for (size_t length = 1; length <= 40; length++)
    for (size_t size = 0; size <= 300; size += 1 + random() % 5) {
      const std::string_view alphabet = size % 2 ? "ab" : "abcAB z_,\xC3";
      const std::string needle = random_text(random, length, alphabet);
      const Wanted wanted = any_settings(random, needle);
      ASSERT_NO_FATAL_FAILURE(check_whole(memory, wanted, holding(random, needle, size, alphabet)));
    }
}

TEST_P(Search, AllBytes) {
  std::mt19937 random(2);
  const GuardedBuffer memory(8192);
  std::string alphabet(256, 0);
  for (int i = 0; i < 256; i++) alphabet[size_t(i)] = char(i);
  for (int i = 0; i < 256; i++)
    for (const size_t length : {1, 2, 3, 4, 5}) {
      std::string needle = random_text(random, length, alphabet);
      needle[0] = char(i);
      const std::string text = holding(random, needle, 1000, alphabet) + alphabet;
      for (const bool ignore : {false, true})
        for (const WholeWords words : {WholeWords::no, WholeWords::space, WholeWords::ascii})
          ASSERT_NO_FATAL_FAILURE(
              check_whole(memory, {needle, ignore, false, words, Unit::byte}, text));
    }
}

TEST_P(Search, AllCuts) {
  std::mt19937 random(3);
  for (const char *needle : {"a", "aa", "ab", "aba", "abab", "aaaa", "aabaa", "abcde", "ababab",
                             "a a", "a a a", " ", " a", "a-a", "abaababaab"})
    for (const char *alphabet : {"ab", "a", "aA b", "a b-"})
      for (const size_t size : {0, 1, 2, 5, 9, 16, 24, 70}) {
        const Wanted wanted = any_settings(random, needle);
        ASSERT_NO_FATAL_FAILURE(check_all_pieces(wanted, holding(random, needle, size, alphabet)));
        ASSERT_NO_FATAL_FAILURE(check_all_pieces(wanted, repeated(needle, size)));
      }
}

// Beyond the blocks that kernels take at a time.
TEST_P(Search, AllCutsOfLongerTexts) {
  std::mt19937 random(8);
  for (const char *needle : {"aa", "aba", "abaab", "ababa", "aaaaa", "ab"})
    for (int round = 0; round < 4; round++) {
      const Wanted wanted{needle, false, false, WholeWords::no, Unit::byte};
      const std::string text = holding(random, needle, 180 + random() % 90, "aabc");
      ASSERT_NO_FATAL_FAILURE(check_all_pieces(wanted, text));
      const Outcome expected{-1, {int64_t(wanted.taken(text).size())}};
      EXPECT_EQ(of_whole(CountNeedle(wanted.settings()), text), expected);
    }
}

TEST_P(Search, ManyCounts) {  // beyond what a counter of a byte holds
  std::mt19937 random(4);
  const GuardedBuffer memory(300000);
  for (const char *needle : {"a", "aa", "aaa", "aaaa", "aaaaa", "ab", "abab", "ababababab"})
    for (const size_t size : {4095, 65600, 300000}) {
      const std::string text = repeated(needle, size);
      for (const bool overlapping : {false, true})
        ASSERT_NO_FATAL_FAILURE(
            check_whole(memory, {needle, false, overlapping, WholeWords::no, Unit::byte}, text));
    }
}

// Needles and texts that make careless searches quadratic.
std::vector<std::pair<std::string, std::string>> adversaries(size_t m, size_t n) {
  const std::string a(m, 'a'), abc = repeated("zxq", m);
  std::string fibonacci = "a", before = "b";
  while (fibonacci.size() < n) {
    const std::string next = fibonacci + before;
    before = fibonacci, fibonacci = next;
  }
  const std::string broken = repeated(std::string(m + m / 2, 'a') + 'b', n);
  return {{a + "b", std::string(n, 'a')},
          {"b" + a, std::string(n, 'a')},
          {a, std::string(n, 'a')},
          {a, broken},
          {a + "b" + a, broken},
          {abc, repeated("zxq", n)},
          {abc + "e", repeated("zxq", n)},
          {abc + "e" + abc, repeated("zxq", n)},
          {"e" + abc, repeated("zxq", n)},
          {abc, repeated(abc + "zx", n)},
          {fibonacci.substr(0, m), fibonacci.substr(0, n)},
          {fibonacci.substr(0, m) + "c", fibonacci.substr(0, n)},
          {repeated("abcdefgh", m), repeated("abcdefgh", n)},
          {repeated("Ab", m), repeated("aBAb", n)}};
}

TEST_P(Search, Adversaries) {
  const GuardedBuffer memory(40000);
  for (const size_t m : {5, 17, 33, 64, 65, 200, 3000})
    for (const auto &[needle, text] : adversaries(m, m < 1000 ? 20000 : 30000))
      for (const bool overlapping : {false, true})
        for (const bool ignore : {false, true})
          ASSERT_NO_FATAL_FAILURE(
              check_whole(memory, {needle, ignore, overlapping, WholeWords::no, Unit::byte}, text));
}

TEST_P(Search, AdversariesInPieces) {
  std::mt19937 random(5);
  for (const size_t m : {5, 33, 200})
    for (const auto &[needle, text] : adversaries(m, 3000))
      for (const bool overlapping : {false, true}) {
        const Wanted wanted{needle, false, overlapping, WholeWords::no, Unit::byte};
        const CountNeedle op(wanted.settings());
        const Outcome expected{-1, {int64_t(wanted.taken(text).size())}};
        EXPECT_EQ(of_whole(op, text), expected);
        for (int round = 0; round < 10; round++) {
          std::vector<size_t> cuts(random() % 9);
          for (size_t &cut : cuts) cut = random() % (text.size() + 1);
          std::sort(cuts.begin(), cuts.end());
          check_cuts(op, text, cuts, expected);
          ASSERT_FALSE(HasFailure()) << testing::PrintToString(wanted);
        }
      }
}

// More than a chunk, on several threads.
TEST_P(Search, FindAllInChunks) {
  std::mt19937 random(6);
  const size_t n = size_t(chunk_bytes) * 3 + 77;
  for (const auto &[needle, text] : std::vector<std::pair<std::string, std::string>>{
           {"the", holding(random, "the", n, "the ")},
           {"aaaaaaa", std::string(n, 'a')},
           {"abab", repeated("ab", n)},
           {std::string(1000, 'a'), repeated(std::string(1777, 'a') + "b", n)}})
    for (const bool overlapping : {false, true}) {
      const Wanted wanted{needle, false, overlapping, WholeWords::no, Unit::byte};
      const std::vector<int64_t> taken = wanted.taken(text);
      windlass::Run run(2);
      std::vector<int64_t> found(taken.size() + 1, -5);
      const auto find = [&](int64_t *to, int64_t room) {
        return find_all(run, wanted.settings(), bytes_of(text), int64_t(n), to, room);
      };
      EXPECT_EQ(find(nullptr, 0), int64_t(taken.size()));
      try {
        find(found.data(), int64_t(taken.size()) - 1);
        ADD_FAILURE() << "no error";
      } catch (const Error &e) {
        EXPECT_EQ(e.status, WDL_TOO_SMALL);
        EXPECT_EQ(e.argument, 4);
        EXPECT_EQ(found[0], -5);
      }
      EXPECT_EQ(find(found.data(), int64_t(found.size())), int64_t(taken.size()));
      EXPECT_EQ(found.back(), -5);
      found.pop_back();
      EXPECT_EQ(found, taken);
    }
}

TEST_P(Search, EmptyNeedle) {
  Wanted empty{""};
  const std::string text = "a\xC3\xA9\xE2\x82";
  for (const bool overlapping : {false, true}) {
    empty.overlapping = overlapping;
    ASSERT_NO_FATAL_FAILURE(check_all_pieces(empty, text));
    EXPECT_EQ(whole<CountNeedle>(empty, bytes_of(text), 5), 6);
    EXPECT_EQ(whole<FindFirst>(empty, bytes_of(text), 5), 0);
    EXPECT_EQ(whole<FindLast>(empty, bytes_of(text), 5), 5);
  }
  const auto all = [&](const Settings &settings, const std::string &in) {
    windlass::Run run(1);
    std::vector<int64_t> found(20);
    found.resize(
        size_t(find_all(run, settings, bytes_of(in), int64_t(in.size()), found.data(), 20)));
    return found;
  };
  Settings settings = empty.settings();
  EXPECT_EQ(all(settings, text), (std::vector<int64_t>{0, 1, 2, 3, 4, 5}));
  settings.unit = Unit::utf8, settings.invalid = Invalid::lossy;
  EXPECT_EQ(all(settings, text), (std::vector<int64_t>{0, 1, 3, 5}));
  settings.invalid = Invalid::strict;
  EXPECT_EQ(all(settings, text.substr(0, 3)), (std::vector<int64_t>{0, 1, 3}));
  EXPECT_EQ(all(settings, ""), (std::vector<int64_t>{0}));
  try {
    all(settings, text);
    ADD_FAILURE() << "no error";
  } catch (const Error &e) {
    EXPECT_EQ(e.status, WDL_BAD_DATA);
    EXPECT_EQ(e.position[0], 3);
  }
}

TEST_P(Search, EmptyNeedleInCharactersOverChunks) {
  for (const std::string part :
       {"\xF0\x9F\x98\x80", "\xE2\x82\xAC", "\x80", "\xF0\x9F\x98", "a\xC3"})
    for (size_t shift = 0; shift < 4; shift++) {
      const std::string text = std::string(shift, 'a') + repeated(part, size_t(chunk_bytes) + 50);
      Settings settings = Wanted{""}.settings();
      settings.unit = Unit::utf8, settings.invalid = Invalid::lossy;
      std::vector<int64_t> expected;
      for (size_t i = 0; i < text.size();) {
        expected.push_back(int64_t(i));
        i += size_t(next_character(bytes_of(text) + i, int64_t(text.size() - i)).bytes);
      }
      expected.push_back(int64_t(text.size()));
      windlass::Run run(2);
      std::vector<int64_t> found(expected.size());
      EXPECT_EQ(find_all(run, settings, bytes_of(text), int64_t(text.size()), found.data(),
                         int64_t(found.size())),
                int64_t(expected.size()));
      EXPECT_EQ(found, expected);
    }
}

TEST_P(Search, Rows) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; round++) {
    const std::string needle = random_text(random, 1 + random() % 6, "ab ");
    const Wanted wanted = any_settings(random, needle);
    std::string all;
    std::vector<int64_t> offsets{0}, expected;
    for (int row = 0; row < 20; row++) {
      const std::string text = random_text(random, random() % 90, "aAb ");
      expected.push_back(int64_t(wanted.taken(text).size()));
      all += text;
      offsets.push_back(int64_t(all.size()));
    }
    std::vector<int64_t> out(20);
    const std::vector<uint8_t> copy(all.begin(), all.end());
    CountNeedle(wanted.settings()).rows({copy.data(), offsets.data(), 20}, out.data());
    ASSERT_EQ(out, expected) << testing::PrintToString(wanted);
  }
}

// Rows that begin and end anywhere, the first and the last of them next to guards.
TEST_P(Search, RowsBetweenGuards) {
  std::mt19937 random(9);
  const GuardedBuffer memory(8192);
  for (int round = 0; round < 1500; round++) {
    const std::string_view alphabet = round % 2 ? "ab" : "aAb z_,";
    const std::string needle = random_text(random, 1 + random() % 20, alphabet);
    const Wanted wanted = any_settings(random, needle);
    const size_t rows = 1 + random() % 20, most = round % 3 ? 40 + random() % 50 : 400;
    std::string all;
    std::vector<int64_t> offsets{0}, expected, out(rows);
    for (size_t row = 0; row < rows; row++) {
      const std::string text = holding(random, needle, random() % most, alphabet);
      expected.push_back(int64_t(wanted.taken(text).size()));
      all += text;
      offsets.push_back(int64_t(all.size()));
    }
    for (int place = 0; place < 2; place++) {
      const uint8_t *q = place ? memory.copy_to_begin(all.data(), all.size())
                               : memory.copy_to_end(all.data(), all.size());
      CountNeedle(wanted.settings()).rows({q, offsets.data(), int64_t(rows)}, out.data());
      ASSERT_EQ(out, expected) << testing::PrintToString(wanted);
    }
  }
}

// Stretches without the needle's bytes, with them, and with parts of it.
TEST_P(Search, UncommonAndCommonByTurns) {
  std::mt19937 random(10);
  const GuardedBuffer memory(150000);
  for (const char *needle : {"zqx", "zqxj", "Zqx", "q-zj"})
    for (const bool ignore : {false, true}) {
      std::string text;
      while (text.size() < 140000) {
        text += random_text(random, random() % 30000, "etaoin shr");
        if (random() % 2) text += holding(random, needle, random() % 5000, "zqxj- e");
        text += needle;
      }
      text.resize(140000 + random() % 300);
      ASSERT_NO_FATAL_FAILURE(
          check_whole(memory, {needle, ignore, true, WholeWords::no, Unit::byte}, text));
    }
}

TEST_P(Search, ArgumentsThatDoNotSuit) {
  const auto refused = [](Settings settings) {
    try {
      CountNeedle op(settings);
      ADD_FAILURE() << "no error";
    } catch (const Error &e) {
      EXPECT_EQ(e.status, WDL_BAD_ARGUMENT);
      EXPECT_EQ(e.argument, 1);
    }
  };
  Settings settings = Wanted{"a"}.settings();
  settings.unit = Unit::u16;
  refused(settings);
  settings.unit = Unit::utf8, settings.needles = {"\x80"};
  refused(settings);
  settings.needles = {"a", "b"};
  refused(settings);
  settings.needles = {""}, settings.whole_words = WholeWords::space;
  refused(settings);
}

}  // namespace
}  // namespace windlass::text
