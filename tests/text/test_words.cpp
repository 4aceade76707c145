#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "core/isa.hpp"
#include "text/archive.hpp"
#include "text/word_counts.hpp"
#include "text/word_table.hpp"

namespace windlass::text {
namespace {

using test::GuardedBuffer;

const uint8_t *bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

struct Counted {
  std::string word;
  int64_t first, count;
  bool operator==(const Counted &) const = default;
};

void PrintTo(const Counted &c, std::ostream *to) {
  *to << testing::PrintToString(c.word) << " x " << c.count << " at " << c.first;
}

const std::vector<std::string> ascii_spaces = {"\t", "\n", "\v", "\f", "\r", " "};
const std::vector<std::string> python_spaces = {"\x1C", "\x1D", "\x1E", "\x1F"};
const std::vector<std::string> unicode_spaces = {"\u0085", "\u00A0", "\u1680", "\u2000", "\u2001",
                                                 "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                                 "\u2007", "\u2008", "\u2009", "\u200A", "\u2028",
                                                 "\u2029", "\u202F", "\u205F", "\u3000"};

std::vector<std::string> spaces_named(const Settings &settings) {
  std::vector<std::string> spaces = ascii_spaces;
  const auto more = [&](const auto &other) {
    spaces.insert(spaces.end(), other.begin(), other.end());
  };
  if (settings.whitespace == Whitespace::python) more(python_spaces);
  if (settings.unit == Unit::utf8 && settings.whitespace != Whitespace::ascii) more(unicode_spaces);
  return spaces;
}

// The oracle.
std::vector<Counted> count_slowly(std::string_view text, const Settings &settings) {
  const std::vector<std::string> spaces = spaces_named(settings);
  std::string leads;
  for (const std::string &space : spaces) leads += space[0];
  std::map<std::string, std::pair<int64_t, int64_t>> words;  // first, count
  std::string word;
  const auto end = [&](size_t at) {
    if (word.empty()) return;
    words.try_emplace(word, int64_t(at - word.size()), 0).first->second.second++;
    word.clear();
  };
  for (size_t i = 0; i < text.size();) {
    const bool may = leads.find(text[i]) != std::string::npos;
    const auto space =
        std::find_if(may ? spaces.begin() : spaces.end(), spaces.end(),
                     [&](const std::string &s) { return text.substr(i, s.size()) == s; });
    if (space != spaces.end()) {
      end(i);
      i += space->size();
      continue;
    }
    const char c = text[i++];
    word += settings.lower && c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  }
  end(text.size());
  std::vector<Counted> all;
  for (const auto &[key, value] : words) all.push_back({key, value.first, value.second});
  std::sort(all.begin(), all.end(), [](const Counted &a, const Counted &b) {
    return a.count != b.count ? a.count > b.count : a.first < b.first;
  });
  if (settings.top && size_t(settings.top) < all.size()) all.resize(size_t(settings.top));
  return all;
}

// A source that is no memory: every piece is a copy of just its size.
class Copies final : public Source {
 public:
  explicit Copies(std::string_view text) : Source(nullptr, int64_t(text.size())), all_(text) {}
  const uint8_t *read(int64_t at, int64_t bytes, uint8_t *scratch) const override {
    EXPECT_LE(bytes, chunk_bytes);
    std::memcpy(scratch, all_.data() + at, size_t(bytes));
    return scratch;
  }

 private:
  std::string_view all_;
};

std::vector<Counted> words_of(const WordTable &table, std::string_view text) {
  std::vector<Counted> words;
  const bool keys = !table.keys.empty();
  const std::string_view from =
      keys ? std::string_view(reinterpret_cast<const char *>(table.keys.data()), table.keys.size())
           : text;
  for (size_t i = 0; i < table.counts.size(); i++)
    words.push_back({std::string(from.substr(size_t(table.offsets[i]), size_t(table.lengths[i]))),
                     keys ? -1 : table.offsets[i], table.counts[i]});
  return words;
}

std::vector<Counted> without_firsts(std::vector<Counted> words) {
  for (Counted &word : words) word.first = -1;
  return words;
}

class Words : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override { before_ = isa::level(), isa::set_level(GetParam()); }
  void TearDown() override { isa::set_level(before_); }

  void check(std::string_view text, const Settings &settings, int workers = 1) {
    const std::vector<Counted> expected = count_slowly(text, settings);
    Settings all = settings;
    all.top = 0;
    const std::vector<Counted> uncut = settings.top ? count_slowly(text, all) : expected;
    int64_t total = 0;
    for (const Counted &word : uncut) total += word.count;
    windlass::Run run(workers);
    const WordTable memory = count_words(run, settings, Source(text.data(), int64_t(text.size())));
    EXPECT_EQ(words_of(memory, text), settings.lower ? without_firsts(expected) : expected);
    EXPECT_EQ(memory.total, total);
    EXPECT_EQ(memory.distinct, int64_t(uncut.size()));
    const WordTable read = count_words(run, settings, Copies(text));
    EXPECT_EQ(words_of(read, text), without_firsts(expected));
    EXPECT_EQ(read.total, total);
    check_operation(text, settings, expected, {total, int64_t(uncut.size())});
  }
  void check_operation(std::string_view text, const Settings &settings,
                       const std::vector<Counted> &expected, const std::vector<int64_t> &out) {
    const WordCounts op(settings);
    EXPECT_EQ(of_whole(op, text), (Outcome{-1, out}));
    const auto summary = op.scan(bytes_of(text), int64_t(text.size()));
    EXPECT_EQ(of_summary(op, summary), (Outcome{-1, out}));
    EXPECT_EQ(words_of(table_of(summary, settings), text), without_firsts(expected));
    windlass::Run run(2);
    const auto read = op.summarise(run, Copies(text));
    EXPECT_EQ(words_of(table_of(read, settings), text), without_firsts(expected));
    EXPECT_TRUE(op.sound(summary) && op.sound(read));
  }

 private:
  isa::Level before_{};
};

INSTANTIATE_TEST_SUITE_P(Levels, Words, testing::ValuesIn(isa::supported()),
                         [](const auto &info) { return isa::name(info.param); });

std::vector<Settings> all_settings() {
  std::vector<Settings> all;
  for (const Unit unit : {Unit::byte, Unit::utf8})
    for (const Whitespace whitespace : {Whitespace::unicode, Whitespace::ascii, Whitespace::python})
      for (const bool lower : {false, true}) {
        Settings settings;
        settings.unit = unit, settings.whitespace = whitespace, settings.lower = lower;
        all.push_back(settings);
      }
  return all;
}

// Words and spaces of every kind, and what nearly is a space.
std::string random_text(std::mt19937_64 &random, size_t pieces) {
  static const std::vector<std::string> parts = [] {
    std::vector<std::string> all = {"a",
                                    "B",
                                    "the",
                                    "The",
                                    "ab\0c",
                                    "\u00E9",
                                    "\u0084",
                                    "\u00A1",
                                    "\u1681",
                                    "\u200B",
                                    "\u202A",
                                    "\u205E",
                                    "\u3001",
                                    "\u2080",
                                    "\U0001F600",
                                    "sixteen_and_more",
                                    "fifteen_letters",
                                    "a_word_much_longer_than_any_key",
                                    "[",
                                    "@",
                                    "`",
                                    "{",
                                    "Z",
                                    "\x1B",
                                    "\x08",
                                    "\x0E",
                                    "!"};
    all.push_back(std::string("a\0", 2));
    all.push_back(std::string(1, '\0'));
    for (const auto *more : {&ascii_spaces, &python_spaces, &unicode_spaces})
      all.insert(all.end(), more->begin(), more->end());
    for (int i = 0; i < 30; i++) all.push_back(" ");
    return all;
  }();
  std::string text;
  for (size_t i = 0; i < pieces; i++) text += parts[random() % parts.size()];
  return text;
}

TEST_P(Words, AnySpaces) {
  std::mt19937_64 random(1);
  for (const Settings &settings : all_settings()) {
    check("", settings);
    for (int round = 0; round < 40; round++) check(random_text(random, random() % 300), settings);
    for (const auto *spaces : {&ascii_spaces, &python_spaces, &unicode_spaces})
      for (const std::string &space : *spaces) {
        check(space, settings);
        check("a" + space + "b" + space + space + "a", settings);
        for (size_t at = 55; at < 70; at++) check(std::string(at, 'x') + space + "y", settings);
      }
  }
}

TEST_P(Words, AllBytes) {
  for (Settings settings : all_settings()) {
    settings.invalid = Invalid::lossy;
    std::string text;
    for (int byte = 0; byte < 256; byte++) text += std::string("w") + char(byte) + "W ";
    check(text, settings);
    std::mt19937_64 random(2);
    for (int round = 0; round < 20; round++) {
      std::string noise;
      const std::string few = "\xE2\x80\x81\xC2\x85\xA0\xE3\xE1\x9A\x9F\xA8\xAF a";
      for (int i = 0; i < 200; i++) noise += few[random() % few.size()];
      check(noise, settings);
    }
  }
}

TEST_P(Words, EveryLengthAndPlaceBetweenGuards) {
  const GuardedBuffer memory(8192);
  std::mt19937_64 random(3);
  Settings settings;
  settings.invalid = Invalid::lossy;
  for (size_t length = 0; length <= 300; length++) {
    std::string text = random_text(random, 400).substr(random() % 64, length);
    const auto expected = count_slowly(text, settings);
    for (const uint8_t *place : {memory.copy_to_begin(text.data(), text.size()),
                                 memory.copy_to_end(text.data(), text.size())}) {
      std::memcpy(const_cast<uint8_t *>(place), text.data(), text.size());
      windlass::Run run(1);
      ASSERT_EQ(words_of(count_words(run, settings, Source(place, int64_t(length))), text),
                expected);
    }
  }
  const std::string text = random_text(random, 60);
  for (size_t shift = 0; shift < 64; shift++) {
    std::string moved = std::string(shift, 'x') + text;
    windlass::Run run(1);
    const Source source(moved.data() + shift, int64_t(text.size()));
    ASSERT_EQ(words_of(count_words(run, settings, source), text), count_slowly(text, settings));
  }
}

TEST_P(Words, AnyCuts) {
  std::mt19937_64 random(4);
  for (const Settings &settings : all_settings()) {
    const WordCounts op(settings);
    for (const char *text :
         {"", " ", "a", "a b", " a ", "aa\u2003bb a", "\u3000\u3000x", "x\u205F\u205Fx",
          "the The the", "a\u00A0\u0085 b", "\xE2 \x80\x80", "abc"})
      check_pieces(op, text);
    for (int round = 0; round < 6; round++)
      check_pieces(op, random_text(random, 8 + random() % 60));
  }
}

TEST_P(Words, PiecesKeepTheOrder) {
  std::mt19937_64 random(5);
  for (const Settings &settings : all_settings()) {
    const WordCounts op(settings);
    const std::string text = random_text(random, 400);
    const auto expected = without_firsts(count_slowly(text, settings));
    for (const size_t step : {1, 3, 64, 1000}) {
      WordCounts::Summary all;
      for (size_t at = 0; at < text.size(); at += step)
        op.join(all, scan(op, std::string_view(text).substr(at, step)));
      EXPECT_EQ(words_of(table_of(all, settings), text), expected);
      EXPECT_TRUE(op.sound(all));
    }
  }
}

TEST_P(Words, SavedAndLoaded) {
  std::mt19937_64 random(6);
  const Settings settings;
  const WordCounts op(settings);
  const std::string text = random_text(random, 500);
  const auto summary = scan(op, text);
  ArchiveWriter to;
  to(summary);
  const std::vector<uint8_t> saved = to.take();
  WordCounts::Summary loaded;
  ArchiveReader from(saved);
  from(loaded), from.finish();
  EXPECT_TRUE(op.sound(loaded));
  EXPECT_EQ(words_of(table_of(loaded, settings), text),
            words_of(table_of(summary, settings), text));
  for (size_t at = 0; at < saved.size(); at += 7) {  // damaged: refused, or some other words
    std::vector<uint8_t> damaged = saved;
    damaged[at] ^= uint8_t(1 + random() % 255);
    try {
      WordCounts::Summary other;
      ArchiveReader reader(damaged);
      reader(other), reader.finish();
      if (op.sound(other)) table_of(other, settings);
    } catch (const Error &error) {
      EXPECT_EQ(error.status, WDL_BAD_DATA);
    }
  }
}

TEST_P(Words, LongWordsOverManyChunks) {
  const std::string giant(size_t(chunk_bytes) * 3 + 17, 'G'), longer = giant + "!";
  std::string text = "a " + giant + "\n" + longer + " " + giant + "\u2003b " + longer;
  for (const Settings &settings : all_settings()) check(text, settings, 2);
  const WordCounts op{Settings()};
  WordCounts::Summary all;
  for (size_t at = 0; at < text.size(); at += 5000)
    op.join(all, scan(op, std::string_view(text).substr(at, 5000)));
  EXPECT_EQ(words_of(table_of(all, {}), text), without_firsts(count_slowly(text, {})));
}

TEST_P(Words, BordersOfChunks) {
  for (const std::string space : {" ", "\u00A0", "\u2003"})
    for (int64_t back = 60; back < 72; back++) {
      std::string text(size_t(chunk_bytes - back), 'x');
      for (size_t i = 7; i < text.size(); i += 8) text[i] = ' ';
      text += "yy" + space + "zz and more";
      check(text, {}, 2);
    }
}

TEST_P(Words, ManyDistinct) {
  std::string text;
  for (int i = 0; i < 60000; i++) {
    text += std::to_string(i * 7919 % 60013) + " ";
    if (i % 3 == 0) text += "a_long_word_with_number_" + std::to_string(i) + " ";
  }
  text += text;
  check(text, {}, 2);
  Settings top;
  top.top = 100;
  check(text, top, 2);
}

TEST_P(Words, TiesAndTop) {
  const std::string text = "d c b a d c b a e e e f";
  for (int64_t top = 0; top < 8; top++)
    for (Settings settings : all_settings()) {
      settings.top = top;
      check(text, settings);
    }
}

TEST_P(Words, AnyNumberOfThreads) {
  std::mt19937_64 random(7);
  std::string text;
  while (text.size() < size_t(chunk_bytes) * 9) text += random_text(random, 1000);
  for (const bool lower : {false, true}) {
    Settings settings;
    settings.lower = lower;
    check(text, settings, 1);
    windlass::Run one(1);
    const Source source(text.data(), int64_t(text.size()));
    const WordTable expected = count_words(one, settings, source);
    for (const int workers : {2, 3, 8}) {
      windlass::Run run(workers);
      const WordTable table = count_words(run, settings, source);
      EXPECT_EQ(table.offsets, expected.offsets);
      EXPECT_EQ(table.lengths, expected.lengths);
      EXPECT_EQ(table.counts, expected.counts);
      EXPECT_EQ(table.keys, expected.keys);
    }
  }
}

// Bytes that are the first seeds' lower halves, negated, make products of zero: without new seeds
// all collide.
TEST_P(Words, TextMadeToCollide) {
  const uint32_t low = -0x7F4A7C15u, high = -0xD192ED03u;
  std::string text;
  for (int i = 0; i < 20000; i++) {
    const std::string number = std::to_string(100000 + i);
    text.append(reinterpret_cast<const char *>(&low), 4);
    text += number.substr(2);
    text.append(reinterpret_cast<const char *>(&high), 4);
    text += number.substr(0, 2) + " ";
  }
  Settings settings;
  settings.unit = Unit::byte;
  check(text + text, settings, 2);
}

TEST_P(Words, FirstIllFormedByte) {
  std::mt19937_64 random(8);
  std::string valid;
  while (valid.size() < size_t(chunk_bytes) * 3) valid += "na\u00EFve \u2019 word ";
  for (int round = 0; round < 60; round++) {
    std::string text = valid;
    const size_t near =
        round % 2 ? size_t(chunk_bytes) - 70 + random() % 12 : random() % text.size();
    size_t at = near;
    while ((uint8_t(text[at]) & 0xC0) == 0x80) at++;
    text[at] = '\xFF';
    // What the byte cuts off is ill-formed too, unless it was alone.
    windlass::Run run(2);
    try {
      count_words(run, {}, Source(text.data(), int64_t(text.size())));
      FAIL();
    } catch (const Error &error) {
      EXPECT_EQ(error.status, WDL_BAD_DATA);
      EXPECT_EQ(error.position[0], int64_t(at));
    }
    Settings lossy;
    lossy.invalid = Invalid::lossy;
    EXPECT_GT(count_words(run, lossy, Source(text.data(), int64_t(text.size()))).total, 0);
  }
  windlass::Run run(1);
  EXPECT_THROW(count_words(run, {}, Source("abc \xE2\x80", 6)), Error);
}

// Short words and long, some in several tables, whose hashes reach over all borders.
std::vector<Vocabulary> some_tables(int64_t tables, int64_t words, int64_t shared,
                                    Vocabulary &all) {
  std::mt19937_64 random(5);
  std::vector<Vocabulary> some(static_cast<size_t>(tables));
  for (int64_t i = 0; i < tables * words; i++) {
    const auto table = size_t(i % tables);
    const uint64_t number = i / tables < shared ? uint64_t(i / tables) : random();
    std::string word = std::to_string(number);
    if (number % 64 == 5) word += " is longer than a key";
    for (Vocabulary *to : {&some[table], &all})
      to->add(bytes_of(word), int64_t(word.size()), false, 1'000'000 - i, i % 3 + 1);
  }
  return some;
}

TEST(WordTables, Joined) {
  for (const int64_t words : {0, 1, 500, 4000, 4090, 8180, 16'300})
    for (const int64_t tables : {1, 2, 3, 5})
      for (const int64_t shared : {int64_t{0}, words / 2, words}) {
        Vocabulary all;
        std::vector<Vocabulary> some = some_tables(tables, words, shared, all);
        some.back().expect(words == 500 ? 70'000 : 0);  // tables of unlike sizes
        windlass::Run run(3);
        const Vocabulary joined = Vocabulary::joined(run, std::move(some));
        ASSERT_EQ(joined.distinct(), all.distinct()) << words << ' ' << tables << ' ' << shared;
        EXPECT_EQ(joined.total(), all.total());
        EXPECT_TRUE(joined.list() == all.list()) << words << ' ' << tables << ' ' << shared;
      }
}

TEST(WordTables, LikelyDistinct) {
  Vocabulary words;
  EXPECT_EQ(words.likely_distinct(9), 0);
  for (int64_t i = 0; i < 1000; i++) {
    const std::string word = std::to_string(i);
    words.add(bytes_of(word), int64_t(word.size()), false, i);
  }
  EXPECT_EQ(words.likely_distinct(0.5), 1000);
  EXPECT_GT(words.likely_distinct(100), 10'000);  // all of them new
  EXPECT_LE(words.likely_distinct(100), 100'000);
  for (int64_t i = 0; i < 1000; i++) {
    const std::string word = std::to_string(i);
    words.add(bytes_of(word), int64_t(word.size()), false, i);
  }
  EXPECT_EQ(words.likely_distinct(100), 1000);
}

TEST(WordCounts, RefusesWideUnits) {
  for (const Unit unit : {Unit::u16, Unit::u32}) {
    Settings settings;
    settings.unit = unit;
    EXPECT_THROW(WordCounts{settings}, Error);
  }
}

}  // namespace
}  // namespace windlass::text
