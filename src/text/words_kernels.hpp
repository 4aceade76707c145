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

// Two words that share a line of the cache; one is free when its key.high is 0, the second as long
// as the first is.
inline constexpr int bucket_words = 2;
struct alignas(64) Bucket {
  Key keys[bucket_words];
  int64_t counts[bucket_words], firsts[bucket_words];
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

// The sum of the products of neighbouring halves: the hash NH of UMAC (Black, Halevi, Krawczyk,
// Krovetz and Rogaway, 1999, doi:10.1007/3-540-48405-1_14), which vectors compute.
[[gnu::always_inline]] inline uint64_t product_of_halves(uint64_t word, uint64_t seed) noexcept {
  const auto low = static_cast<uint32_t>(word) + static_cast<uint32_t>(seed);
  const uint32_t high = static_cast<uint32_t>(word >> 32) + static_cast<uint32_t>(seed >> 32);
  return static_cast<uint64_t>(low) * high;
}

// Brings all of a sum to the upper bits.
inline constexpr uint64_t spread = 0xD6E8FEB86659FD93;
[[gnu::always_inline]] inline uint64_t hash_of_sum(uint64_t sum) noexcept {
  return (sum ^ sum >> 32) * spread;
}

[[gnu::always_inline]] inline uint64_t hash_of(Key key, Seeds seeds) noexcept {
  if (key.high & long_word) return key.low;
  return hash_of_sum(product_of_halves(key.low, seeds.low) +
                     product_of_halves(key.high, seeds.high));
}

// A power of two of buckets: the upper bits of a word's hash are its bucket, or the next that has
// room. So words are in the order of their hashes, nearly, in a table of any size.
struct Table {
  Bucket *buckets;
  int shift;  // 64 - its logarithm
  Seeds seeds;
};

// In a table half full of n words no run of buckets in use is expected beyond 2.6 ln n: 54 for
// 10^9.
inline constexpr int64_t longest_way = 64;

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

// A group's keys and their buckets. Words that are too long for a key have no_key, which is in no
// table.
struct Group {
  Key keys[group_words];
  Bucket *places[group_words];
  int64_t words;
  int32_t others[group_words + 4];  // the words that were not counted
};

inline constexpr Key no_key = {~uint64_t{0}, ~uint64_t{0}};

// Space that edges() needs behind what it has to write.
inline constexpr int64_t edge_room = 64;

struct Kernels {
  // Where words begin and end in turns, counted from text, of [text + from, text + from + bytes)
  // and `after` bytes more that can be read; returns how many edges. bytes is a multiple of 64, or
  // the text ends there.
  int64_t (*edges)(const uint8_t *text, int64_t from, int64_t bytes, int64_t after, Spaces spaces,
                   Edge &edge, uint32_t *out);
  // Keys and places of at most group_words words, word i [edges[2 i], edges[2 i + 1]) of text; 16
  // bytes can be read where a word begins.
  void (*keys)(const uint8_t *text, const uint32_t *edges, int64_t words, bool lower,
               const Table &table, Group &group);
  // Counts the words of a group that are in their buckets; returns how many others there are.
  int64_t (*count)(Group &group);
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
