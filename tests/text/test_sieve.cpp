#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "../support/guarded_buffer.hpp"
#include "../support/operation_check.hpp"
#include "core/isa.hpp"
#include "text/many.hpp"
#include "text/sieve.hpp"

namespace windlass::text {
namespace {

using Needles = std::vector<std::string>;

char small(char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; }

bool is_at(const std::string &text, size_t at, const std::string &needle, bool ignore_case) {
  if (at + needle.size() > text.size()) return false;
  for (size_t i = 0; i < needle.size(); i++) {
    const char c = ignore_case ? small(text[at + i]) : text[at + i];
    if (c != needle[i]) return false;
  }
  return true;
}

bool permutes_bytes() {
#if defined(__x86_64__)
  return sieve::kernels().count_permuting && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2");
#else
  return false;
#endif
}

std::string random_text(std::mt19937 &random, size_t size, const std::string &letters) {
  std::string text(size, ' ');
  for (char &c : text) c = letters[random() % letters.size()];
  return text;
}

// Words, and needles among them, whole or but for one byte.
std::string with_needles(std::mt19937 &random, size_t size, const Needles &needles) {
  std::string text;
  while (text.size() < size) {
    text += random_text(random, random() % 40, "etaoin shrdlu,.");
    std::string needle = needles[random() % needles.size()];
    if (random() % 3 == 0) needle[random() % needle.size()] ^= char(1 << random() % 8);
    text += needle;
  }
  text.resize(size);
  return text;
}

const Needles sets[] = {
    {"class", "object", "value", "method", "exception", "statement", "string", "function"},
    {"that", "abab", "else"},
    {"of", "the", "\xC3\xA9t\xC3\xA9"},
    {"x", "xyz", std::string("\0z", 2), "\x80\x81\x82\x83"},
    {"abcdefghijklmnopqrstuvwxyz012345", "zyxwvutsrqponmlkjihgfedcba0123456",
     "quick" + std::string(90, '-') + "fox", "qqqqqqqq" + std::string(200, 'e')},
};

class Sieve : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override { isa::set_level(GetParam()); }
  void TearDown() override { isa::set_level(isa::supported().back()); }
};

INSTANTIATE_TEST_SUITE_P(, Sieve,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

// One kernel: counts, and the places of the needles that are told.
void check_kernel(sieve::Count *kernel, const ManySieve &sieve, const Needles &needles,
                  const std::string &text, const uint8_t *place, int64_t first, int64_t last,
                  bool ignore_case) {
  std::vector<sieve::Counts> counts(needles.size() + 1);
  std::vector<uint16_t> places_room(sieve::room_for_places);
  std::vector<int64_t> expected(needles.size());
  std::vector<sieve::Hit> hits(sieve::most_hits);
  sieve::Result result{counts.data(), places_room.data(), 0, hits.data()};
  const many::Part part{place, int64_t(text.size()), first, last};
  ASSERT_TRUE(kernel(sieve.tables(), part, sieve::most_places, result));
  std::vector<std::vector<int64_t>> told(needles.size()), places(needles.size());
  for (size_t n = 0; n < needles.size(); n++)
    for (int64_t p = first; p < last; p++)
      if (is_at(text, size_t(p), needles[n], ignore_case)) {
        expected[n]++;
        if (n % 2 == 0) places[n].push_back(p);
      }
  for (size_t n = 0; n < needles.size(); n++) {
    const auto &turn = counts[n + 1].turn;
    ASSERT_EQ(int64_t{turn[0]} + turn[1] + turn[2] + turn[3], expected[n]);
  }
  for (int64_t i = 0; i < result.told; i++)
    told[size_t(hits[size_t(i)].needle) - 1].push_back(hits[size_t(i)].place);
  ASSERT_EQ(told, places);
}

TEST_P(Sieve, KernelsBetweenGuards) {
  std::mt19937 random(1);
  const test::GuardedBuffer memory(1024);
  for (const Needles &needles : sets)
    for (const bool ignore_case : {false, true}) {
      std::vector<bool> told(needles.size());
      for (size_t n = 0; n < needles.size(); n += 2) told[n] = true;
      ManySieve sieve;
      sieve.build(needles, ignore_case, told);
      if (!sieve.ready()) GTEST_SKIP() << "no kernel at this level";
      for (size_t size = 0; size <= 400; size += size < 140 ? 1 : 13) {
        std::string text = with_needles(random, size, needles);
        if (ignore_case)
          for (char &c : text) c = c >= 'a' && c <= 'z' && random() % 2 ? char(c & ~0x20) : c;
        const auto last = int64_t(size == 0 ? 0 : random() % size + 1);
        for (const uint8_t *place :
             {memory.copy_to_begin(text.data(), size), memory.copy_to_end(text.data(), size)})
          for (const int64_t to : {last, int64_t(size)}) {
            const int64_t from = to / 3;
            check_kernel(sieve::kernels().count, sieve, needles, text, place, from, to,
                         ignore_case);
            if (permutes_bytes())
              check_kernel(sieve::kernels().count_permuting, sieve, needles, text, place, from, to,
                           ignore_case);
          }
      }
    }
}

TEST_P(Sieve, TooManyPlaces) {
  const Needles needles = {"abcd", "bcda"};
  ManySieve sieve;
  sieve.build(needles, false, {false, true});
  if (!sieve.ready()) GTEST_SKIP() << "no kernel at this level";
  std::string text;
  while (text.size() < 4000) text += "abcd";
  const auto *bytes = reinterpret_cast<const uint8_t *>(text.data());
  std::vector<sieve::Counts> counts(3);
  std::vector<uint16_t> places(sieve::room_for_places);
  std::vector<sieve::Hit> hits(sieve::most_hits);
  for (sieve::Count *kernel : {sieve::kernels().count, sieve::kernels().count_permuting}) {
    if (!kernel || (kernel == sieve::kernels().count_permuting && !permutes_bytes())) continue;
    sieve::Result result{counts.data(), places.data(), 0, hits.data()};
    EXPECT_FALSE(kernel(sieve.tables(), {bytes, 4000, 0, 4000}, 100, result));
    EXPECT_FALSE(kernel(sieve.tables(), {bytes, 4000, 0, 4000}, sieve::most_places, result));
    result.told = 0;
    EXPECT_TRUE(kernel(sieve.tables(), {bytes, 4000, 0, 64}, sieve::most_places, result));
    EXPECT_EQ(result.told, 16);
  }
}

std::vector<int64_t> count_slowly(const Needles &needles, const std::string &text,
                                  bool overlapping) {
  std::vector<int64_t> counts(needles.size());
  for (size_t n = 0; n < needles.size(); n++)
    for (size_t at = text.find(needles[n]); at != text.npos;
         at = text.find(needles[n], at + (overlapping ? 1 : needles[n].size())))
      counts[n]++;
  return counts;
}

// From texts with few needles to texts with many and back, so that the way of counting changes.
TEST_P(Sieve, FewAndMany) {
  std::mt19937 random(2);
  std::vector<Needles> all(std::begin(sets), std::end(sets));
  for (const size_t count : {20, 64, 65, 300}) {
    Needles needles(count);
    for (std::string &needle : needles)
      needle = random_text(random, 3 + random() % 8, "etaoinshrdlu");
    all.push_back(needles);
  }
  all.push_back({"ababab", "abab", "cdcdcdcd", "quick"});
  for (const Needles &needles : all) {
    std::string text = random_text(random, 9000, "etaoin shrdlu,.");
    for (int i = 0; i < 900; i++) text += needles[0];
    text += with_needles(random, 20000, needles);
    for (int i = 0; i < 300; i++) text += needles[random() % needles.size()];
    text += with_needles(random, 60000, needles);
    for (const bool overlapping : {false, true}) {
      Settings settings;
      settings.unit = Unit::byte;
      settings.match = Match::each;
      settings.overlapping = overlapping;
      settings.needles.assign(needles.begin(), needles.end());
      const CountMany op(settings);
      const std::vector<int64_t> expected = count_slowly(needles, text, overlapping);
      ASSERT_EQ(of_whole(op, text).out, expected);
      check_cuts(op, text, {1, 4096, 9000, 30011}, {-1, expected});
    }
  }
}

}  // namespace
}  // namespace windlass::text
