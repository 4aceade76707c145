#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "core/error.hpp"
#include "core/isa.hpp"
#include "text/line_counts.hpp"
#include "text/lines.hpp"
#include "text/lines_empty.hpp"

namespace windlass::text {
namespace {

struct Case {
  std::string needle;
  bool overlapping = false, ignore_case = false;
  WholeWords words = WholeWords::no;

  Settings settings() const {
    Settings settings;
    settings.unit = Unit::byte;
    settings.overlapping = overlapping;
    settings.ignore_case = ignore_case;
    settings.whole_words = words;
    settings.needles = {needle};
    return settings;
  }
};

std::string small(std::string text) {
  for (char &c : text)
    if (c >= 'A' && c <= 'Z') c = char(c | 0x20);
  return text;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_space(char c) { return c == ' ' || (c >= 9 && c <= 13); }

bool is_bounded(const std::string &line, size_t at, size_t size, WholeWords words) {
  const size_t end = at + size;
  if (words == WholeWords::space)
    return (at == 0 || is_space(line[at - 1])) && (end == line.size() || is_space(line[end]));
  if (words == WholeWords::no) return true;
  return (at == 0 || !is_word(line[at]) || !is_word(line[at - 1])) &&
         (end == line.size() || !is_word(line[end - 1]) || !is_word(line[end]));
}

int64_t count_slowly(const Case &what, std::string line) {
  const std::string needle = what.ignore_case ? small(what.needle) : what.needle;
  if (what.ignore_case) line = small(line);
  int64_t count = 0;
  for (size_t at = 0; at + needle.size() <= line.size(); at++)
    if (line.compare(at, needle.size(), needle) == 0 &&
        is_bounded(line, at, needle.size(), what.words)) {
      count++;
      if (!what.overlapping) at += needle.size() - 1;
    }
  return count;
}

// Without the LFs.
std::vector<std::string> lines_of(const std::string &text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::vector<int64_t> expected_of(const Case &what, const std::string &text) {
  std::vector<int64_t> out = {0, 0};
  for (const std::string &line : lines_of(text)) {
    const int64_t count = count_slowly(what, line);
    out[0] += count > 0;
    out[1] += count;
  }
  return out;
}

std::string show(const Case &what) {
  return testing::PrintToString(what.needle) + (what.overlapping ? " overlapping" : "") +
         (what.ignore_case ? " ignoring case" : "") + " whole words " +
         std::to_string(int(what.words));
}

std::vector<Case> each_way(const std::string &needle) {
  std::vector<Case> cases;
  for (const bool overlapping : {false, true})
    for (const bool ignore_case : {false, true})
      for (const WholeWords words : {WholeWords::no, WholeWords::space, WholeWords::ascii})
        cases.push_back({needle, overlapping, ignore_case, words});
  return cases;
}

const std::string needles[] = {"a",
                               "aa",
                               "ab",
                               "aba",
                               "a a",
                               "abaab",
                               "the",
                               " ",
                               "a ",
                               "_a",
                               std::string("\0a", 2),
                               "aaaaaaaaaaaaaaaaaaaaaaa"};

class Lines : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override { isa::set_level(GetParam()); }
  void TearDown() override { isa::set_level(isa::supported().back()); }

  static void check(const Case &what, const std::string &text, bool pieces = true) {
    const CountLines op(what.settings());
    SCOPED_TRACE(show(what) + " in " + testing::PrintToString(text.substr(0, 200)));
    ASSERT_EQ(of_whole(op, text).out, expected_of(what, text));
    if (pieces) check_pieces(op, text);
  }
};

INSTANTIATE_TEST_SUITE_P(, Lines,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

std::string random_text(std::mt19937 &random, size_t size, const std::string &letters) {
  std::string text(size, ' ');
  for (char &c : text) c = letters[random() % letters.size()];
  return text;
}

TEST_P(Lines, KnownAnswers) {
  const CountLines op(Case{"the"}.settings());
  EXPECT_EQ(of_whole(op, "the other\nno\nthe\n\nthen").out, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(of_whole(op, "").out, (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(of_whole(op, "\n").out, (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(of_whole(op, "th\ne").out, (std::vector<int64_t>{0, 0}));
}

TEST_P(Lines, ShortTextsInPieces) {
  std::mt19937 random(1);
  for (const std::string &needle : needles)
    for (const Case &what : each_way(needle))
      for (size_t size = 0; size <= 13; size++) {
        check(what, random_text(random, size, "ab\n"));
        check(what, random_text(random, size, std::string("aA \n\0_", 6)));
        check(what, random_text(random, size, "aaaaaaaaa\n"));
      }
}

TEST_P(Lines, LongerTextsInPieces) {
  std::mt19937 random(2);
  for (const std::string &needle : needles)
    for (const Case &what : each_way(needle)) {
      check(what, random_text(random, 90, "ab\n"));
      check(what, random_text(random, 200, "aaaaaaaaaaaaaaaaaab \n"));
      check(what, std::string(130, 'a'));
      check(what, std::string(3000, 'a') + "\n" + std::string(5000, 'a'), false);
      check(what, random_text(random, 20000, "theab \n"), false);
    }
}

TEST_P(Lines, TreesOfPieces) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; round++)
    for (const Case &what : each_way(random_text(random, 1 + random() % 5, "ab "))) {
      const std::string text = random_text(random, 1 + random() % 90, "aab \n");
      const CountLines op(what.settings());
      SCOPED_TRACE(show(what) + " in " + testing::PrintToString(text));
      std::vector<CountLines::Summary> parts;
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
      ASSERT_EQ(of_summary(op, parts[0]).out, expected_of(what, text));
    }
}

TEST_P(Lines, LengthsBetweenGuards) {
  std::mt19937 random(4);
  const test::GuardedBuffer memory(512);
  for (const char *needle : {"a", "ab", "aba", "a b"})
    for (const Case &what : each_way(needle)) {
      const CountLines op(what.settings());
      for (size_t size = 0; size <= 300; size++) {
        const std::string text = random_text(random, size, "abA \n");
        const std::vector<int64_t> expected = expected_of(what, text);
        std::vector<int64_t> out(2);
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

struct ByLine {
  std::vector<int64_t> counts, offsets;
  bool operator==(const ByLine &) const = default;
};

ByLine by_line(const Case &what, const std::string &text, int workers) {
  Run run(workers);
  const auto *bytes = reinterpret_cast<const uint8_t *>(text.data());
  const auto size = int64_t(text.size());
  const int64_t lines = line_counts(run, what.settings(), bytes, size, nullptr, 0, nullptr, 0);
  ByLine out{std::vector<int64_t>(size_t(lines)), std::vector<int64_t>(size_t(lines + 1))};
  line_counts(run, what.settings(), bytes, size, out.counts.data(), lines, out.offsets.data(),
              lines + 1);
  return out;
}

ByLine by_line_slowly(const Case &what, const std::string &text) {
  ByLine out{{}, {0}};
  for (const std::string &line : lines_of(text)) {
    out.counts.push_back(what.needle.empty() ? int64_t(line.size() + 1) : count_slowly(what, line));
    out.offsets.push_back(out.offsets.back() + int64_t(line.size()) + 1);
  }
  out.offsets.back() = int64_t(text.size());
  return out;
}

TEST_P(Lines, LineByLine) {
  std::mt19937 random(5);
  for (const char *needle : {"a", "aa", "the", "a a", ""})
    for (const Case &what : each_way(needle)) {
      if (what.needle.empty() && what.words != WholeWords::no) continue;
      for (size_t size = 0; size <= 150; size++) {
        const std::string text = random_text(random, size, "aathe \n");
        ASSERT_EQ(by_line(what, text, 1), by_line_slowly(what, text)) << show(what) << text;
      }
      std::string text = random_text(random, 900'000, "aaaaaaaaaaaaaaaathe \n");
      text.replace(200'000, 400'000, std::string(400'000, 'a'));  // a line over three chunks
      ASSERT_EQ(by_line(what, text, 2), by_line_slowly(what, text)) << show(what);
      text[(size_t{1} << 18) - 1] = '\n';
      text[size_t{1} << 18] = '\n';
      text.back() = '\n';
      ASSERT_EQ(by_line(what, text, 2), by_line_slowly(what, text)) << show(what);
    }
}

TEST_P(Lines, LineByLineWithoutRoom) {
  windlass::Run run(1);
  const Case what{"a"};
  const auto *text = reinterpret_cast<const uint8_t *>("a\nb\na");
  std::vector<int64_t> counts(3, -7), offsets(4, -7);
  const auto refused = [&](int64_t counts_room, int64_t offsets_room) {
    try {
      line_counts(run, what.settings(), text, 5, counts.data(), counts_room, offsets.data(),
                  offsets_room);
    } catch (const Error &error) {
      EXPECT_EQ(error.status, WDL_TOO_SMALL);
      return error.argument;
    }
    return int32_t{0};
  };
  EXPECT_EQ(refused(2, 4), 4);
  EXPECT_EQ(refused(3, 3), 5);
  EXPECT_EQ(counts, std::vector<int64_t>(3, -7));
  EXPECT_EQ(offsets, std::vector<int64_t>(4, -7));
  EXPECT_EQ(refused(3, 4), 0);
  EXPECT_EQ(counts, (std::vector<int64_t>{1, 0, 1}));
  EXPECT_EQ(offsets, (std::vector<int64_t>{0, 2, 4, 5}));
}

// As line.count("") of Python.
TEST_P(Lines, EmptyNeedle) {
  const CountEmptyInLines op(Case{""}.settings());
  std::mt19937 random(6);
  for (size_t size = 0; size <= 40; size++) {
    const std::string text = random_text(random, size, "ab\n");
    const std::vector<std::string> lines = lines_of(text);
    std::vector<int64_t> expected = {int64_t(lines.size()), 0};
    for (const std::string &line : lines) expected[1] += int64_t(line.size() + 1);
    ASSERT_EQ(of_whole(op, text).out, expected);
    check_pieces(op, text);
  }
  Settings settings = Case{""}.settings();
  settings.unit = Unit::utf8;
  const CountEmptyInLines characters(settings);
  EXPECT_EQ(of_whole(characters, "é\n\n€a").out, (std::vector<int64_t>{3, 6}));
  check_pieces(characters, "é\n\n€a");
}

TEST(LinesSettings, Refused) {
  try {
    const CountLines op(Case{"a\nb"}.settings());
    ADD_FAILURE();
  } catch (const Error &error) {
    EXPECT_EQ(error.status, WDL_BAD_ARGUMENT);
    EXPECT_EQ(error.argument, 1);
    EXPECT_EQ(error.text.find("needle holds a line feed at byte 1"), size_t{0});
  }
}

}  // namespace
}  // namespace windlass::text
