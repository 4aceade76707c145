#include "word_table.hpp"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>

#include "core/error.hpp"

namespace windlass::text {
namespace {

using words::hash_of;
using words::Key;
using words::long_word;
using words::longest_key;
using words::mix;
using words::place_of;
using words::Seeds;
using words::Slot;

constexpr size_t least_slots = 64;
constexpr size_t look_ahead = 32;  // slots: some 10 words, each a read from memory
constexpr int most_seeds = 8;      // after these a table stays as it is: no seeds can help

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

Seeds new_seeds(Seeds old) noexcept {
  Seeds seeds{};
  if (getrandom(&seeds, sizeof seeds, GRND_NONBLOCK) == ssize_t(sizeof seeds)) return seeds;
  const auto now = uint64_t(std::chrono::steady_clock::now().time_since_epoch().count());
  const auto place = uint64_t(reinterpret_cast<uintptr_t>(&seeds));
  return {mix(now ^ old.low, place ^ old.high), mix(place ^ old.low, now ^ old.high)};
}

}  // namespace

words::Table Vocabulary::table() noexcept {
  return {slots_.data(), slots_.size() - 1, seeds_, used_, limit(), crowded_};
}

const uint8_t *Vocabulary::bytes_of(const Slot &slot) const noexcept {
  return (text_ ? text_ : bytes_.data()) + longs_[static_cast<uint32_t>(slot.key.high)].at;
}

Vocabulary::Word Vocabulary::word_of(const Slot &slot) const noexcept {
  if (slot.key.high & long_word) {
    const Long &one = longs_[slot.key.high & ~long_word];
    return {bytes_of(slot), one.length, slot.first, slot.count};
  }
  return {reinterpret_cast<const uint8_t *>(&slot.key), int64_t(slot.key.high >> 56), slot.first,
          slot.count};
}

template <class Same>
int64_t Vocabulary::find(uint64_t hash, Same &&same, int64_t &steps) const noexcept {
  const size_t mask = slots_.size() - 1;
  size_t place = place_of(hash, mask);
  for (steps = 0; slots_[place].key.high != 0 && !same(slots_[place]); steps++)
    place = (place + 1) & mask;
  return int64_t(place);
}

int64_t Vocabulary::find_long(const uint8_t *word, int64_t length, bool lower, uint64_t hash,
                              int64_t &steps) const noexcept {
  const auto same = [&](const Slot &slot) {
    if (!(slot.key.high & long_word) || slot.key.low != hash) return false;
    const Word other = word_of(slot);
    return other.length == length && same_bytes(word, other.bytes, length, lower);
  };
  return find(hash, same, steps);
}

// A free slot.
void Vocabulary::take(Slot &slot, Key key, int64_t steps) noexcept {
  slot.key = key;
  slot.first = INT64_MAX;
  used_++;
  crowded_ |= steps > words::longest_way;
}

void Vocabulary::add_short(Key key, int64_t first, int64_t count) {
  if (used_ >= limit()) make_room(1);
  int64_t steps;
  Slot &slot = slots_[size_t(find(
      hash_of(key, seeds_), [&](const Slot &s) { return s.key == key; }, steps))];
  if (slot.key.high == 0) take(slot, key, steps);
  slot.first = std::min(slot.first, first);
  slot.count += count;
  total_ += count;
}

void Vocabulary::add_long(const uint8_t *word, int64_t length, bool lower, int64_t first,
                          int64_t count) {
  if (used_ >= limit()) make_room(1);
  const uint64_t hash = hash_long(word, length, lower, seeds_);
  int64_t steps;
  Slot &slot = slots_[size_t(find_long(word, length, lower, hash, steps))];
  if (slot.key.high == 0) {
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
    take(slot, key, steps);
  }
  slot.first = std::min(slot.first, first);
  slot.count += count;
  total_ += count;
}

void Vocabulary::add(const uint8_t *word, int64_t length, bool lower, int64_t first,
                     int64_t count) {
  if (crowded_) mend();
  if (length > longest_key) return add_long(word, length, lower, first, count);
  add_short(key_of(word, length, lower), first, count);
}

void Vocabulary::add_edges(const uint8_t *base, int64_t readable, const uint32_t *edges,
                           int64_t words, bool lower, int64_t offset) {
  if (slots_.empty()) make_room(1);
  int64_t safe = words;
  while (safe > 0 && edges[2 * safe - 2] + 16 > readable) safe--;
  const auto add_one = [&](int64_t i) {
    const int64_t begin = edges[2 * i];
    add(base + begin, edges[2 * i + 1] - begin, lower, offset + begin);
  };
  words::Group group;
  for (int64_t done = 0; done < safe; done += words::group_words) {
    const int64_t some = std::min(safe - done, words::group_words);
    add_group(base, edges + 2 * done, some, lower, offset, group);
    for (int64_t i = 0; i < group.other_words; i++) add_one(done + group.others[i]);
  }
  for (int64_t i = safe; i < words; i++) add_one(i);
}

void Vocabulary::add_group(const uint8_t *base, const uint32_t *edges, int64_t words, bool lower,
                           int64_t offset, words::Group &group) {
  const words::Kernels &k = words::kernels();
  words::Table table = this->table();
  k.keys(base, edges, words, lower, table, group);
  for (int64_t at = 0;;) {
    at = k.count(table, group, at, edges, offset);
    used_ = table.used, crowded_ = table.crowded;
    if (at == words) break;
    rebuild(slots_.size() * 2, seeds_);
    table = this->table();
    for (int64_t i = at; i < words; i++)
      group.places[i] = table.slots + place_of(hash_of(group.keys[i], seeds_), table.mask);
  }
  total_ += words - group.other_words;
  if (crowded_) mend();
}

bool Vocabulary::contains(const uint8_t *word, int64_t length, bool lower) const noexcept {
  if (slots_.empty()) return false;
  int64_t steps, place;
  if (length > longest_key) {
    place = find_long(word, length, lower, hash_long(word, length, lower, seeds_), steps);
  } else {
    const Key key = key_of(word, length, lower);
    place = find(
        hash_of(key, seeds_), [&](const Slot &s) { return s.key == key; }, steps);
  }
  return slots_[size_t(place)].key.high != 0;
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
  const std::vector<Slot> &slots = other.slots_;
  for (size_t i = 0; i < slots.size(); i++) {
    if (i + look_ahead < slots.size()) {
      const uint64_t hash = hash_of(slots[i + look_ahead].key, seeds_);
      __builtin_prefetch(&slots_[place_of(hash, slots_.size() - 1)]);
    }
    const Slot &slot = slots[i];
    if (slot.key.high == 0) continue;
    const Word word = other.word_of(slot);
    if (slot.key.high & long_word)
      add_long(word.bytes, word.length, false, word.first + later, word.count);
    else
      add_short(slot.key, word.first + later, word.count);
  }
}

// Of this many more words.
void Vocabulary::make_room(int64_t words) {
  if (words == 0) return;
  size_t capacity = std::max(slots_.size(), least_slots);
  while (room(capacity) - used_ < words) capacity *= 2;
  if (capacity != slots_.size()) rebuild(capacity, seeds_);
}

void Vocabulary::mend() noexcept {
  while (crowded_ && reseeded_ < most_seeds) {
    try {
      rebuild(slots_.size(), new_seeds(seeds_));
    } catch (const std::bad_alloc &) {
      return;  // slow is better than not at all
    }
    reseeded_++;
  }
  crowded_ = false;
}

// Frequent words first, so that nearly all of them are in their places.
void Vocabulary::rebuild(size_t capacity, Seeds seeds) {
  std::vector<Slot> slots(capacity);
  if (seeds.low != seeds_.low || seeds.high != seeds_.high) hash_longs_again(seeds);
  bool crowded = false;
  const auto move = [&](const Slot &slot) {
    size_t place = place_of(hash_of(slot.key, seeds), capacity - 1), steps = 0;
    for (; slots[place].key.high != 0; steps++) place = (place + 1) & (capacity - 1);
    slots[place] = slot;
    crowded |= int64_t(steps) > words::longest_way;
  };
  const int64_t frequent = total_ / std::max<int64_t>(used_, 1);
  for (const Slot &slot : slots_)
    if (slot.count > frequent) move(slot);
  for (const Slot &slot : slots_)
    if (slot.key.high != 0 && slot.count <= frequent) move(slot);
  slots_.swap(slots);
  seeds_ = seeds;
  crowded_ = crowded;
}

void Vocabulary::hash_longs_again(Seeds seeds) noexcept {
  for (Slot &slot : slots_) {
    if (!(slot.key.high & long_word)) continue;
    const Word word = word_of(slot);
    slot.key.low = hash_long(word.bytes, word.length, false, seeds);
  }
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
