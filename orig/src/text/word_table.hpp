// Words and how often each occurs: an open-addressed table of pairs that doubles when it is half
// full. Against texts made to collide: when a word comes to be too far from its place, the table
// takes new seeds from the system and starts over. Hashes are products of the word and the seeds,
// so words that collide under one pair of seeds do not under another.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/run.hpp"
#include "words_kernels.hpp"

namespace windlass::text {

// Words one after the other, for saving; by first appearance.
struct WordList {
  std::vector<uint8_t> keys;
  std::vector<int64_t> lengths, counts, firsts;
  bool operator==(const WordList &) const = default;
};

// Memory for tables, in huge pages where the system has them.
struct Pages {
  static void *take(size_t bytes);
  static void give_back(void *place, size_t bytes) noexcept;
};

template <class T>
struct PagesOf {
  using value_type = T;
  T *allocate(size_t n) { return static_cast<T *>(Pages::take(n * sizeof(T))); }
  void deallocate(T *place, size_t n) noexcept { Pages::give_back(place, n * sizeof(T)); }
  bool operator==(const PagesOf &) const = default;
};

class Vocabulary {
 public:
  struct Word {
    const uint8_t *bytes;
    int64_t length, first, count;
  };

  // Words stay where they are, at their first place in `text`; nullptr: copies are kept.
  explicit Vocabulary(const uint8_t *text = nullptr) noexcept : text_(text) {}

  int64_t distinct() const noexcept { return used_; }
  int64_t total() const noexcept { return total_; }
  int64_t long_words() const noexcept { return static_cast<int64_t>(longs_.size()); }
  int64_t kept_bytes() const noexcept { return static_cast<int64_t>(bytes_.size()); }

  // A word of at least one byte, its ASCII letters as small ones when lower. first: where, of which
  // the least is kept. A word that stays in its text is at text + first.
  void add(const uint8_t *word, int64_t length, bool lower, int64_t first, int64_t count = 1);
  // Word i is [edges[2 i], edges[2 i + 1]) of base, which can be read up to `readable`; its first
  // is offset + edges[2 i]. What comes after that in the text has not been added yet.
  void add_edges(const uint8_t *base, int64_t readable, const uint32_t *edges, int64_t words,
                 bool lower, int64_t offset);
  bool contains(const uint8_t *word, int64_t length, bool lower) const noexcept;
  // All of the other's words, `later` bytes farther on. Changes nothing when it throws.
  void merge(const Vocabulary &other, int64_t later);
  // All words of tables of the same text, at least one, on all threads. What it throws leaves them
  // sound but mixed.
  static Vocabulary joined(Run &run, std::vector<Vocabulary> tables);
  // Adding as much then throws nothing.
  void reserve(int64_t words, int64_t long_words, int64_t bytes);
  // There will be about so many different words.
  void expect(int64_t distinct) { make_room(std::max<int64_t>(distinct - used_, 0)); }
  // How many different words `times` as much text may have.
  int64_t likely_distinct(double times) const noexcept;

  // use(word) for all, in no order. What a word points to is valid until the next change.
  template <class Use>
  void each(Use &&use) const {
    for (const words::Bucket &bucket : buckets_)
      for (int k = 0; k < words::bucket_words && bucket.keys[k].high != 0; k++)
        use(word_of(bucket, k));
  }
  // A word by its place in the table and, if it is its own key, its length: what is far in memory
  // is looked at for few.
  struct Placed {
    int64_t first, count;
    uint64_t place : 60, short_length : 4;
  };
  std::vector<Placed> places() const;  // of all, in no order
  Word at(const Placed &placed) const noexcept {
    return word_of(buckets_[placed.place / words::bucket_words],
                   int(placed.place % words::bucket_words));
  }
  int64_t length(const Placed &placed) const noexcept {
    return placed.short_length ? int64_t(placed.short_length) : at(placed).length;
  }
  WordList list() const;
  void assign(const WordList &list);  // throws WDL_BAD_DATA

 private:
  struct Long {
    int64_t at, length;  // in the bytes kept, or in the text
  };

  const uint8_t *text_;
  using Buckets = std::vector<words::Bucket, PagesOf<words::Bucket>>;
  Buckets buckets_;
  std::vector<Long> longs_;
  std::vector<uint8_t> bytes_;  // of the long words that are kept
  words::Seeds seeds_ = {0x9E3779B97F4A7C15, 0xD1B54A32D192ED03};
  int64_t used_ = 0, total_ = 0;
  bool crowded_ = false;
  int reseeded_ = 0;

  // Where a word is, or is to be.
  struct Place {
    size_t bucket;
    int word;
    int64_t steps;
    bool found;
  };

  int64_t limit() const noexcept { return room(buckets_.size()); }
  // Words that so many buckets take: a quarter of what fits, so that frequent words rarely have the
  // same place; half where there are more of them.
  static int64_t room(size_t buckets) noexcept {
    return static_cast<int64_t>(buckets <= (size_t{1} << 12) ? buckets / 2 : buckets);
  }
  // How far to shift a hash that is to choose one of so many buckets.
  static int shift_of(size_t buckets) noexcept { return 64 - std::countr_zero(buckets); }
  const uint8_t *bytes_of(words::Key key) const noexcept;
  Word word_of(const words::Bucket &bucket, int k) const noexcept;
  // Where same(key) holds, or the first free place.
  template <class Same>
  Place find(uint64_t hash, Same &&same) const noexcept;
  Place moved_home(const Place &place, uint64_t hash) noexcept;
  Place find_long(const uint8_t *word, int64_t length, bool lower, uint64_t hash) const noexcept;
  void add_short(words::Key key, int64_t first, int64_t count);
  void add_long(const uint8_t *word, int64_t length, bool lower, int64_t first, int64_t count);
  void add_group(const uint8_t *base, const uint32_t *edges, int64_t words, bool lower,
                 int64_t offset, words::Group &group);
  void take(const Place &place, words::Key key) noexcept;
  void add_all(const Vocabulary &other, int64_t later);
  void add_from(const words::Bucket &bucket, int k, const Vocabulary &other, int64_t later);
  // What one of several threads has added, and words it could not.
  struct Joined {
    int64_t used = 0, total = 0;
    std::vector<size_t> left;  // places in the other table
  };
  void join_range(const Vocabulary &other, size_t range, Joined &to);
  bool join_word(const words::Bucket &from, int k, size_t begin, size_t end, Joined &to) noexcept;
  void add_to(const Place &place, int64_t first, int64_t count) noexcept;
  void make_room(int64_t words);
  void mend() noexcept;  // a table that is crowded
  void rebuild(size_t buckets, words::Seeds seeds);
  void hash_longs_again(words::Seeds seeds) noexcept;
};

}  // namespace windlass::text
