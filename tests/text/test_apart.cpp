// Matches taken from the left, of needles that overlap themselves: all ways to come into a piece.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "../support/operation_check.hpp"
#include "core/isa.hpp"
#include "text/archive.hpp"
#include "text/count_needle.hpp"

namespace windlass::text {
namespace {

const uint8_t *bytes_of(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

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

Settings settings_of(const std::string &needle, WholeWords words = WholeWords::no) {
  Settings settings;
  settings.unit = Unit::byte;
  settings.whole_words = words;
  settings.needles = {needle};
  return settings;
}

// Whether it may count where it begins; words are bounded by spaces.
std::vector<bool> matches_of(const std::string &text, const std::string &needle, bool words) {
  std::vector<bool> matches(text.size());
  const auto space = [&](size_t at) { return at >= text.size() || text[at] == ' '; };
  for (size_t at = text.find(needle); at != text.npos; at = text.find(needle, at + 1))
    matches[at] = !words || ((at == 0 || space(at - 1)) && space(at + needle.size()));
  return matches;
}

// From `end` on, of the first `positions`.
ApartCount::Taken take_slowly(const std::vector<bool> &matches, size_t positions, size_t length,
                              int64_t end) {
  ApartCount::Taken taken{0, end};
  for (size_t at = 0; at < positions; at++)
    if (matches[at] && int64_t(at) >= taken.end) taken = {taken.count + 1, int64_t(at + length)};
  return taken;
}

class ApartCounts : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }

  // Positions at which the needle ends within the text, cut at `cuts`, put together pair by pair in
  // random order; some read on.
  static void check(std::mt19937 &random, const std::string &needle, const std::string &text,
                    const std::vector<int64_t> &cuts, bool words = false) {
    const Settings settings = settings_of(needle, words ? WholeWords::space : WholeWords::no);
    const Needle made(settings, settings.needles[0]);
    const Pattern &p = made.pattern();
    const auto n = int64_t(text.size()), m = int64_t(needle.size());
    const int64_t positions = std::max<int64_t>(0, n - m + 1);
    struct Part {
      int64_t bytes;
      ApartCount taken;
    };
    std::vector<Part> parts;
    int64_t at = 0;
    for (size_t i = 0; i <= cuts.size(); i++) {
      const int64_t last = std::min(i < cuts.size() ? cuts[i] : n, positions);
      const bool on = !parts.empty() && random() % 4 == 0;
      if (!on) parts.push_back({});
      parts.back().taken.read(p, {bytes_of(text), n, at, last}, parts.back().bytes);
      parts.back().bytes += last - at;
      at = last;
    }
    while (parts.size() > 1) {
      const size_t i = random() % (parts.size() - 1);
      parts[i].taken.then(parts[i].bytes, parts[i + 1].taken, p);
      parts[i].bytes += parts[i + 1].bytes;
      ASSERT_TRUE(parts[i].taken.sound(p, parts[i].bytes));
      parts.erase(parts.begin() + int64_t(i) + 1);
    }
    const std::vector<bool> matches = matches_of(text, needle, words);
    for (int64_t end = 0; end < m; end += m < 20 ? 1 : 1 + int64_t(random() % 9)) {
      const auto expected = take_slowly(matches, size_t(positions), needle.size(), end);
      const auto found = parts[0].taken.of(end, p);
      ASSERT_EQ(found.count, expected.count) << needle << " in " << text << " from " << end
                                             << " cut at " << testing::PrintToString(cuts);
      ASSERT_EQ(std::max(found.end, positions), std::max(expected.end, positions))
          << needle << " in " << text << " from " << end;
    }
  }
  static std::vector<int64_t> random_cuts(std::mt19937 &random, size_t size) {
    std::vector<int64_t> cuts(random() % 7);
    for (int64_t &cut : cuts) cut = int64_t(random() % (size + 1));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
  }
};

INSTANTIATE_TEST_SUITE_P(, ApartCounts,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

// Every needle up to 6 in every text of 11, and in texts of itself, over two letters; all cuts.
TEST_P(ApartCounts, AllShortOnes) {
  std::mt19937 random(1);
  const auto letters = [](size_t bits, size_t size) {
    std::string text(size, 'a');
    for (size_t i = 0; i < size; i++) text[i] = char('a' + (bits >> i & 1));
    return text;
  };
  for (size_t m = 1; m <= 6; m++)
    for (size_t bits = 0; bits < size_t{1} << (m - 1); bits++) {
      const std::string needle = letters(bits, m);
      for (size_t k = 0; k < 40; k++) {
        const std::string text = letters(random(), 11 + random() % 5);
        for (size_t cut = 0; cut <= text.size(); cut++)
          ASSERT_NO_FATAL_FAILURE(check(random, needle, text, {int64_t(cut)}));
      }
    }
}

// Needles with several periods, glued at all their borders, and texts of few letters.
TEST_P(ApartCounts, PeriodicNeedles) {
  std::mt19937 random(2);
  for (int round = 0; round < 4000; round++) {
    const size_t most = round % 4 ? 12 : 300;
    const std::string root = random_text(random, 1 + random() % 5, "ab");
    std::string needle = repeated(root, 1 + random() % most);
    if (random() % 2) needle += random_text(random, 1, "ab") + needle.substr(0, random() % most);
    std::string text;
    while (text.size() < 20 + 6 * needle.size()) {
      const size_t kind = random() % 4;
      if (kind == 0) text += needle;
      if (kind == 1) text += needle.substr(random() % needle.size());
      if (kind == 2) text += repeated(root, random() % (3 * needle.size()));
      if (kind == 3) text += random_text(random, random() % 4, "ab");
    }
    ASSERT_NO_FATAL_FAILURE(check(random, needle, text, random_cuts(random, text.size())));
  }
}

TEST_P(ApartCounts, WholeWords) {
  std::mt19937 random(3);
  for (int round = 0; round < 3000; round++) {
    const std::string root = random_text(random, 1 + random() % 3, "a  ");
    const std::string needle = repeated(root, 1 + random() % (round % 4 ? 8 : 90));
    std::string text;
    while (text.size() < 30 + 4 * needle.size())
      text += random() % 2 ? repeated(root, random() % (3 * needle.size()))
                           : random_text(random, random() % 4, "a  ");
    ASSERT_NO_FATAL_FAILURE(check(random, needle, text, random_cuts(random, text.size()), true));
  }
}

std::string fibonacci(size_t size) {
  std::string text = "a", before = "b";
  while (text.size() < size) {
    const std::string next = text + before;
    before = text, text = next;
  }
  return text.substr(0, size);
}

TEST_P(ApartCounts, FibonacciWords) {
  std::mt19937 random(4);
  const std::string text = fibonacci(3000);
  for (size_t m = 2; m < 200; m++)
    for (int round = 0; round < 3; round++)
      ASSERT_NO_FATAL_FAILURE(
          check(random, text.substr(random() % 300, m), text, random_cuts(random, text.size())));
}

CountNeedle::Summary saved_and_loaded(const CountNeedle &op, const CountNeedle::Summary &summary) {
  ArchiveWriter to;
  to(summary);
  const std::vector<uint8_t> saved = to.take();
  CountNeedle::Summary loaded;
  ArchiveReader from(saved);
  from(loaded), from.finish();
  EXPECT_TRUE(op.sound(loaded));
  return loaded;
}

// Pieces that are kept as text and pieces that are decided, joined in trees, saved between.
TEST_P(ApartCounts, TreesOfPieces) {
  std::mt19937 random(5);
  for (int round = 0; round < 500; round++) {
    const bool words = round % 3 == 0;
    const std::string_view alphabet = words ? "a  " : "ab";
    const std::string root = random_text(random, 1 + random() % 4, alphabet);
    const std::string needle = repeated(root, 1 + random() % (round % 5 ? 12 : 90));
    std::string text;
    while (text.size() < 40000)
      text += random() % 3 ? repeated(root, random() % (round % 2 ? 300 : 20000))
                           : random_text(random, random() % 5, alphabet);
    Settings settings = settings_of(needle, words ? WholeWords::space : WholeWords::no);
    settings.overlapping = random() % 4 == 0;
    const CountNeedle op(settings);
    std::vector<CountNeedle::Summary> parts;
    const size_t most = random() % 3 ? 20000 : 1000;
    for (size_t at = 0, size; at < text.size(); at += size) {
      size = 1 + random() % most;
      parts.push_back(scan(op, std::string_view(text).substr(at, size)));
    }
    while (parts.size() > 1) {
      const size_t at = random() % (parts.size() - 1);
      op.join(parts[at], parts[at + 1]);
      ASSERT_TRUE(op.sound(parts[at]));
      if (random() % 8 == 0) parts[at] = saved_and_loaded(op, parts[at]);
      parts.erase(parts.begin() + int64_t(at) + 1);
    }
    const std::vector<bool> matches = matches_of(text, needle, words);
    const int64_t expected = settings.overlapping
                                 ? std::count(matches.begin(), matches.end(), true)
                                 : take_slowly(matches, text.size(), needle.size(), 0).count;
    ASSERT_EQ(of_summary(op, parts[0]).out[0], expected) << needle << " in " << text;
    ASSERT_EQ(of_whole(op, text).out[0], expected) << needle << " in " << text;
  }
}

}  // namespace
}  // namespace windlass::text
