#include "word_table.hpp"

#include <sys/mman.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>

#include "core/error.hpp"

namespace windlass::text {
namespace {

using words::Bucket;
using words::bucket_words;
using words::hash_of;
using words::Key;
using words::long_word;
using words::longest_key;
using words::mix;
using words::Seeds;

constexpr size_t least_buckets = 32;
constexpr int most_seeds = 8;  // after these a table stays as it is: no seeds can help

uint64_t load_8(const uint8_t *q) noexcept {
  uint64_t word;
  std::memcpy(&word, q, sizeof word);
  return word;
}

// Capital ASCII letters of eight bytes as small ones: what is added to the lower seven bits reaches
// the upper one from A on, and from after Z on.
uint64_t lower_8(uint64_t word) noexcept {
  constexpr uint64_t each = 0x0101010101010101;
  const uint64_t seven = word & 0x7F * each;
  const uint64_t upper = ((seven + (0x80 - 'A') * each) ^ (seven + (0x7F - 'Z') * each)) & ~word;
  return word | (upper & 0x80 * each) >> 2;
}

uint64_t eight(const uint8_t *q, bool lower) noexcept {
  const uint64_t word = load_8(q);
  return lower ? lower_8(word) : word;
}

// Up to eight bytes, then zeros.
uint64_t few(const uint8_t *q, int64_t bytes, bool lower) noexcept {
  uint64_t word = 0;
  std::memcpy(&word, q, static_cast<size_t>(bytes));
  return lower ? lower_8(word) : word;
}

Key key_of(const uint8_t *word, int64_t length, bool lower) noexcept {
  const int64_t low = std::min<int64_t>(length, 8);
  Key key = {few(word, low, lower), few(word + low, length - low, lower)};
  key.high |= static_cast<uint64_t>(length) << 56;
  return key;
}

// Of at least 16 bytes.
uint64_t hash_long(const uint8_t *word, int64_t length, bool lower, Seeds seeds) noexcept {
  uint64_t hash = mix(static_cast<uint64_t>(length) ^ seeds.high, seeds.low);
  int64_t i = 0;
  for (; i + 16 <= length; i += 16)
    hash = mix(eight(word + i, lower) ^ seeds.low, eight(word + i + 8, lower) ^ seeds.high ^ hash);
  const uint8_t *last = word + length - 16;
  return mix(eight(last, lower) ^ seeds.high, eight(last + 8, lower) ^ seeds.low ^ hash);
}

// Whether a, in small letters when lower, is b.
bool same_bytes(const uint8_t *a, const uint8_t *b, int64_t length, bool lower) noexcept {
  if (!lower) return std::memcmp(a, b, static_cast<size_t>(length)) == 0;
  int64_t i = 0;
  for (; i + 8 <= length; i += 8)
    if (lower_8(load_8(a + i)) != load_8(b + i)) return false;
  return few(a + i, length - i, true) == few(b + i, length - i, false);
}

void copy_lower(uint8_t *to, const uint8_t *from, int64_t length, bool lower) noexcept {
  std::memcpy(to, from, static_cast<size_t>(length));
  for (int64_t i = 0; lower && i < length; i++)
    if (to[i] >= 'A' && to[i] <= 'Z') to[i] |= 0x20;
}

// Touched all over, and so large that pages of 4 KiB would be most of its cost.
constexpr size_t huge_page = size_t{1} << 21;

Seeds new_seeds(Seeds old) noexcept {
  Seeds seeds{};
  if (getrandom(&seeds, sizeof seeds, GRND_NONBLOCK) == ssize_t(sizeof seeds)) return seeds;
  const auto now = uint64_t(std::chrono::steady_clock::now().time_since_epoch().count());
  const auto place = uint64_t(reinterpret_cast<uintptr_t>(&seeds));
  return {mix(now ^ old.low, place ^ old.high), mix(place ^ old.low, now ^ old.high)};
}

}  // namespace

const uint8_t *Vocabulary::bytes_of(Key key) const noexcept {
  return (text_ ? text_ : bytes_.data()) + longs_[key.high & ~long_word].at;
}

Vocabulary::Word Vocabulary::word_of(const Bucket &bucket, int k) const noexcept {
  const Key &key = bucket.keys[k];
  const bool is_long = key.high & long_word;
  return {is_long ? bytes_of(key) : reinterpret_cast<const uint8_t *>(&key),
          is_long ? longs_[key.high & ~long_word].length : int64_t(key.high >> 56),
          bucket.firsts[k], bucket.counts[k]};
}

void *Pages::take(size_t bytes) {
  if (bytes < huge_page) return ::operator new (bytes, std::align_val_t{alignof(Bucket)});
  void *const place = ::operator new (bytes, std::align_val_t{huge_page});
  madvise(place, bytes, MADV_HUGEPAGE);  // a wish
  return place;
}

void Pages::give_back(void *place, size_t bytes) noexcept {
  const size_t align = bytes < huge_page ? alignof(Bucket) : huge_page;
  ::operator delete (place, std::align_val_t{align});
}

template <class Same>
Vocabulary::Place Vocabulary::find(uint64_t hash, Same &&same) const noexcept {
  const size_t mask = buckets_.size() - 1;
  size_t place = hash >> shift_of(buckets_.size());
  for (int64_t steps = 0;; steps++, place = (place + 1) & mask)
    for (int k = 0; k < bucket_words; k++) {
      const Key key = buckets_[place].keys[k];
      if (key.high == 0) return {place, k, steps, false};
      if (same(key)) return {place, k, steps, true};
    }
}

Vocabulary::Place Vocabulary::find_long(const uint8_t *word, int64_t length, bool lower,
                                        uint64_t hash) const noexcept {
  return find(hash, [&](Key other) {
    return other.high & long_word && other.low == hash &&
           longs_[other.high & ~long_word].length == length &&
           same_bytes(word, bytes_of(other), length, lower);
  });
}

// A free place.
void Vocabulary::take(const Place &place, Key key) noexcept {
  buckets_[place.bucket].keys[place.word] = key;
  buckets_[place.bucket].firsts[place.word] = INT64_MAX;
  used_++;
  crowded_ |= place.steps > words::longest_way;
}

void Vocabulary::add_to(const Place &place, int64_t first, int64_t count) noexcept {
  Bucket &bucket = buckets_[place.bucket];
  bucket.firsts[place.word] = std::min(bucket.firsts[place.word], first);
  bucket.counts[place.word] += count;
  total_ += count;
}

// A word more frequent than one in its bucket changes with it, so that most words are found at
// once: what moves stays within the buckets in use that follow its own.
Vocabulary::Place Vocabulary::moved_home(const Place &place, uint64_t hash) noexcept {
  const size_t home = hash >> shift_of(buckets_.size());
  if (!place.found || place.steps == 0) return place;
  Bucket &here = buckets_[place.bucket], &own = buckets_[home];
  const int k = place.word, less = own.counts[1] < own.counts[0];
  if (here.counts[k] <= own.counts[less]) return place;
  std::swap(here.keys[k], own.keys[less]);
  std::swap(here.counts[k], own.counts[less]);
  std::swap(here.firsts[k], own.firsts[less]);
  return {home, less, 0, true};
}

void Vocabulary::add_short(Key key, int64_t first, int64_t count) {
  if (used_ >= limit()) make_room(1);
  const uint64_t hash = hash_of(key, seeds_);
  const Place place = find(hash, [&](Key other) { return other == key; });
  if (!place.found) take(place, key);
  add_to(moved_home(place, hash), first, count);
}

void Vocabulary::add_long(const uint8_t *word, int64_t length, bool lower, int64_t first,
                          int64_t count) {
  if (used_ >= limit()) make_room(1);
  const uint64_t hash = hash_long(word, length, lower, seeds_);
  const Place place = find_long(word, length, lower, hash);
  if (!place.found) {
    const Key key = {hash, long_word | longs_.size()};
    longs_.push_back({text_ ? first : int64_t(bytes_.size()), length});
    if (!text_) {
      try {
        bytes_.resize(bytes_.size() + size_t(length));
      } catch (...) {
        longs_.pop_back();
        throw;
      }
      copy_lower(bytes_.data() + longs_.back().at, word, length, lower);
    }
    take(place, key);
  }
  add_to(place, first, count);
}

void Vocabulary::add(const uint8_t *word, int64_t length, bool lower, int64_t first,
                     int64_t count) {
  if (crowded_) mend();
  if (length > longest_key) return add_long(word, length, lower, first, count);
  add_short(key_of(word, length, lower), first, count);
}

void Vocabulary::add_edges(const uint8_t *base, int64_t readable, const uint32_t *edges,
                           int64_t words, bool lower, int64_t offset) {
  if (buckets_.empty()) make_room(1);
  int64_t safe = words;
  while (safe > 0 && edges[2 * safe - 2] + 16 > readable) safe--;
  words::Group group;
  for (int64_t done = 0; done < safe; done += words::group_words)
    add_group(base, edges + 2 * done, std::min(safe - done, words::group_words), lower, offset,
              group);
  for (int64_t i = safe; i < words; i++) {
    const int64_t begin = edges[2 * i];
    add(base + begin, edges[2 * i + 1] - begin, lower, offset + begin);
  }
}

void Vocabulary::add_group(const uint8_t *base, const uint32_t *edges, int64_t words, bool lower,
                           int64_t offset, words::Group &group) {
  const words::Kernels &k = words::kernels();
  k.keys(base, edges, words, lower, {buckets_.data(), shift_of(buckets_.size()), seeds_}, group);
  const int64_t others = k.count(group);
  total_ += words - others;
  for (int64_t i = 0; i < others; i++) __builtin_prefetch(group.places[group.others[i]] + 1);
  for (int64_t i = 0; i < others; i++) {
    const int64_t word = group.others[i], begin = edges[2 * word];
    const Key key = group.keys[word];
    if (crowded_) mend();
    if (key.high == words::no_key.high)
      add_long(base + begin, edges[2 * word + 1] - begin, lower, offset + begin, 1);
    else
      add_short(key, offset + begin, 1);
  }
  if (crowded_) mend();
}

bool Vocabulary::contains(const uint8_t *word, int64_t length, bool lower) const noexcept {
  if (buckets_.empty()) return false;
  if (length > longest_key)
    return find_long(word, length, lower, hash_long(word, length, lower, seeds_)).found;
  const Key key = key_of(word, length, lower);
  return find(hash_of(key, seeds_), [&](Key other) { return other == key; }).found;
}

void Vocabulary::reserve(int64_t words, int64_t long_words, int64_t bytes) {
  const auto grow = [](auto &what, int64_t more) {
    const size_t wanted = what.size() + size_t(more);
    if (wanted > what.capacity()) what.reserve(std::max(wanted, 2 * what.capacity()));
  };
  grow(longs_, long_words);
  if (!text_) grow(bytes_, bytes);
  make_room(words);
}

void Vocabulary::merge(const Vocabulary &other, int64_t later) {
  if (other.used_ == 0) return;
  int64_t bytes = 0;
  for (const Long &one : other.longs_) bytes += one.length;
  reserve(other.used_, int64_t(other.longs_.size()), bytes);
  add_all(other, later);
}

void Vocabulary::add_all(const Vocabulary &other, int64_t later) {
  for (const Bucket &bucket : other.buckets_)
    for (int k = 0; k < bucket_words && bucket.keys[k].high != 0; k++)
      add_from(bucket, k, other, later);
}

void Vocabulary::add_from(const Bucket &bucket, int k, const Vocabulary &other, int64_t later) {
  const Word word = other.word_of(bucket, k);
  if (bucket.keys[k].high & long_word)
    add_long(word.bytes, word.length, false, word.first + later, word.count);
  else
    add_short(bucket.keys[k], word.first + later, word.count);
}

// Of this many more words.
void Vocabulary::make_room(int64_t words) {
  if (words == 0) return;
  size_t buckets = std::max(buckets_.size(), least_buckets);
  while (room(buckets) - used_ < words) buckets *= 2;
  if (buckets != buckets_.size()) rebuild(buckets, seeds_);
}

void Vocabulary::mend() noexcept {
  while (crowded_ && reseeded_ < most_seeds) {
    try {
      rebuild(buckets_.size(), new_seeds(seeds_));
    } catch (const std::bad_alloc &) {
      return;  // slow is better than not at all
    }
    reseeded_++;
  }
  crowded_ = false;
}

void Vocabulary::rebuild(size_t buckets, Seeds seeds) {
  Buckets fresh(buckets);
  if (seeds.low != seeds_.low || seeds.high != seeds_.high) hash_longs_again(seeds);
  bool crowded = false;
  const int shift = shift_of(buckets);
  const auto move = [&](const Bucket &from, int k) {
    size_t place = hash_of(from.keys[k], seeds) >> shift;
    int64_t steps = 0;
    for (; fresh[place].keys[1].high != 0; steps++) place = (place + 1) & (buckets - 1);
    Bucket &to = fresh[place];
    const int free = to.keys[0].high != 0;
    to.keys[free] = from.keys[k], to.counts[free] = from.counts[k];
    to.firsts[free] = from.firsts[k];
    crowded |= steps > words::longest_way;
  };
  for (const Bucket &from : buckets_)
    for (int k = 0; k < bucket_words && from.keys[k].high != 0; k++) move(from, k);
  buckets_.swap(fresh);
  seeds_ = seeds;
  crowded_ = crowded;
}

void Vocabulary::hash_longs_again(Seeds seeds) noexcept {
  for (Bucket &bucket : buckets_)
    for (int k = 0; k < bucket_words; k++) {
      if (!(bucket.keys[k].high & long_word)) continue;
      const Word word = word_of(bucket, k);
      bucket.keys[k].low = hash_long(word.bytes, word.length, false, seeds);
    }
}

// No branch depends on a word.
std::vector<Vocabulary::Placed> Vocabulary::places() const {
  std::vector<Placed> places(size_t(used_) + 1);  // and one that is written and not counted
  size_t found = 0;
  for (size_t i = 0; i < buckets_.size(); i++)
    for (size_t k = 0; k < bucket_words; k++) {
      const Bucket &bucket = buckets_[i];
      const uint64_t high = bucket.keys[k].high;
      places[found] = {bucket.firsts[k], bucket.counts[k], i * bucket_words + k, high >> 56 & 15};
      found += high != 0;
    }
  places.resize(found);
  return places;
}

WordList Vocabulary::list() const {
  std::vector<Word> words;
  words.reserve(size_t(used_));
  each([&](const Word &word) { words.push_back(word); });
  std::sort(words.begin(), words.end(),
            [](const Word &a, const Word &b) { return a.first < b.first; });
  WordList list;
  for (const Word &word : words) {
    list.keys.insert(list.keys.end(), word.bytes, word.bytes + word.length);
    list.lengths.push_back(word.length);
    list.counts.push_back(word.count);
    list.firsts.push_back(word.first);
  }
  return list;
}

void Vocabulary::assign(const WordList &list) {
  const auto require = [](bool sound) {
    if (!sound) throw Error(WDL_BAD_DATA, 1, "words of a stream's state do not fit together");
  };
  const size_t n = list.lengths.size();
  require(list.counts.size() == n && list.firsts.size() == n);
  Vocabulary fresh(text_);
  int64_t at = 0, all = int64_t(list.keys.size()), before = -1;
  for (size_t i = 0; i < n; i++) {
    const int64_t length = list.lengths[i];
    require(length > 0 && length <= all - at && list.firsts[i] > before);
    before = list.firsts[i];
    require(list.counts[i] > 0 && list.counts[i] <= INT64_MAX - fresh.total_);
    fresh.add(list.keys.data() + at, length, false, list.firsts[i], list.counts[i]);
    at += length;
  }
  require(at == all);
  *this = std::move(fresh);
}

}  // namespace windlass::text
