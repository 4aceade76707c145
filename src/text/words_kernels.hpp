// Words of a text: where they begin and end, their keys, and a table that counts them. A word of up
// to 15 bytes is its key: its bytes, zeros, and its length as the last byte. The key of a longer
// one is a hash and a number, which word_table.hpp gives out.
#pragma once
#include <bit>
#include <cstdint>

#include "core/isa.hpp"

namespace windlass::text::words {

inline constexpr int64_t longest_key = 15;  // bytes of a word that is its own key

struct Key {
  uint64_t low, high;
  bool operator==(const Key &) const = default;
};

inline constexpr uint64_t long_word = uint64_t{1} << 63;  // of high: the length is 0x80 or more

// Free when key.high is 0: no word has no bytes. Two share a line of the cache.
struct alignas(32) Slot {
  Key key;
  int64_t first, count;
};

struct Seeds {
  uint64_t low, high;
};

// Both halves of a product: a one-word step of wyhash (W. Yi, 2019,
// github.com/wangyi-fudan/wyhash).
[[gnu::always_inline]] inline uint64_t mix(uint64_t a, uint64_t b) noexcept {
  __extension__ using Product = unsigned __int128;
  const Product product = static_cast<Product>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

[[gnu::always_inline]] inline uint64_t hash_of(Key key, Seeds seeds) noexcept {
  return key.high & long_word ? key.low : mix(key.low ^ seeds.low, key.high ^ seeds.high);
}

// A power of two of slots; bits of a word's hash are its place, or the next that is free.
struct Table {
  Slot *slots;
  uint64_t mask;  // number of slots - 1
  Seeds seeds;
  int64_t used, limit;  // slots; no word is added when as many are used
  bool crowded;         // a word was added farther from its place than longest_way
};

// Among mask + 1 slots. In bytes it is the hash without other bits: nothing has to be shifted.
constexpr uint64_t place_of(uint64_t hash, uint64_t mask) noexcept {
  return hash / sizeof(Slot) & mask;
}

// In a table half full of n words no run of slots in use is expected beyond 5.2 ln n: 108 for 10^9.
inline constexpr int64_t longest_way = 128;

// What separates words: 9 to 13, lowest to 32, and, when wide, White_Space beyond ASCII as UTF-8.
struct Spaces {
  uint8_t lowest = 0x20;
  bool wide = false;
};

// Between two blocks of a text.
struct Edge {
  uint64_t in_word = 0;  // 1: the last byte is part of a word
  uint64_t spilled = 0;  // the first bytes that end a space that began before
  bool ascii = true;     // nothing else was seen
};

inline constexpr int64_t group_words = 128;  // words whose keys are known before the table is read

// A group's keys and their places in the table. Words that are too long for a key have a key that
// is not in the table; others says which these are.
struct Group {
  Key keys[group_words];
  Slot *places[group_words];
  int32_t others[group_words];
  int64_t words, other_words;
};

inline constexpr Key no_key = {~uint64_t{0}, ~uint64_t{0}};

// Space that edges() needs behind what it has to write.
inline constexpr int64_t edge_room = 64;

struct Kernels {
  // Where words begin and end in turns, of [text, text + bytes), of which text + bytes + after can
  // be read; returns how many edges. bytes is a multiple of 64, or the text ends there.
  int64_t (*edges)(const uint8_t *text, int64_t bytes, int64_t after, Spaces spaces, Edge &edge,
                   uint32_t *out);
  // Keys and places of at most group_words words, word i [edges[2 i], edges[2 i + 1]) of text; 16
  // bytes can be read where a word begins.
  void (*keys)(const uint8_t *text, const uint32_t *edges, int64_t words, bool lower,
               const Table &table, Group &group);
  // Counts the words of a group from `from` on, of which word i is first at offset + edges[2 i].
  // Returns where it stopped: the number of words, or the word for which the table has no room.
  int64_t (*count)(Table &table, const Group &group, int64_t from, const uint32_t *edges,
                   int64_t offset);
};

namespace base {
extern const Kernels kernels;
}
namespace v3 {
extern const Kernels kernels;
}
namespace v4 {
extern const Kernels kernels;
}

const Kernels &kernels() noexcept;

}  // namespace windlass::text::words
