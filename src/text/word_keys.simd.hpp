// Keys of short words, their hashes, and the words of a bucket. A key is one load of 16 bytes, cut
// to the word's length, which becomes the last byte; a vector has as many as fit.
#pragma once
#include <cstddef>
#include <cstdint>

#include "lanes.simd.hpp"
#include "words_kernels.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

using words::Bucket;
using words::Group;
using words::Key;
using words::longest_key;
using words::Table;

inline Bucket *found_place(const Table &table, uint64_t hash) {
  Bucket *const place = table.buckets + (hash >> table.shift);
  __builtin_prefetch(place);
  return place;
}

// put_keys: keys and buckets of words_at_once words, of each of which 16 bytes can be read; returns
// a mask of those that are too long for a key, whose keys are anything.

#if defined(__SSE2__)

constexpr int words_at_once = sizeof(Vector) / sizeof(Key);

inline __m128i load_16(const void *q) { return _mm_loadu_si128(static_cast<const __m128i *>(q)); }

// For every 16 bytes: their numbers, and what selects the first byte as the last, or as all.
struct KeyBytes {
  alignas(sizeof(Vector)) uint8_t number[sizeof(Vector)], as_last[sizeof(Vector)];
};
constexpr KeyBytes key_bytes = [] {
  KeyBytes table{};
  for (unsigned i = 0; i < sizeof(Vector); ++i) {
    table.number[i] = static_cast<uint8_t>(i % 16);
    table.as_last[i] = i % 16 == 15 ? 0 : 0x80;
  }
  return table;
}();

#endif

#if !defined(__AVX512BW__)
constexpr int64_t fetched_later = 0;  // put_keys has fetched them
#endif

#if !defined(__AVX512BW__) && defined(__SSE2__)
inline uint64_t first_hash(__m128i sum) {
  return words::hash_of_sum(static_cast<uint64_t>(_mm_cvtsi128_si64(sum)));
}
#endif

#if defined(__AVX512BW__)

// What a vector has written can be read at once only some words later, and two moves between kinds
// of registers are slower: places are fetched then.
constexpr int64_t fetched_later = 16;

// Masked where GCC 12 warns of the other (bug 105593).
constexpr __mmask8 every = 0xFF;

// Capital ASCII letters as small ones.
inline Vector lower_letters(Vector a) {
  const Vector place = _mm512_sub_epi8(a, _mm512_set1_epi8('A'));
  const __mmask64 upper = _mm512_cmplt_epu8_mask(place, _mm512_set1_epi8(26));
  return _mm512_mask_add_epi8(a, upper, a, _mm512_set1_epi8(0x20));
}

template <bool lower>
inline uint32_t put_keys(const uint8_t *text, const uint32_t *edges, const Table &table, Key *keys,
                         Bucket **places) {
  const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(edges));
  const __m256i length = _mm256_sub_epi32(_mm256_srli_epi64(pairs, 32), pairs);
  Vector bytes = _mm512_castsi128_si512(load_16(text + edges[0]));
  bytes = _mm512_mask_broadcast_i32x4(bytes, 0x00F0, load_16(text + edges[2]));
  bytes = _mm512_mask_broadcast_i32x4(bytes, 0x0F00, load_16(text + edges[4]));
  bytes = _mm512_mask_broadcast_i32x4(bytes, 0xF000, load_16(text + edges[6]));
  if (lower) bytes = lower_letters(bytes);
  const Vector twice = _mm512_maskz_permutexvar_epi64(
      every, _mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3), _mm512_castsi256_si512(length));
  const Vector all = _mm512_shuffle_epi8(twice, _mm512_setzero_si512());
  const Vector last = _mm512_shuffle_epi8(twice, load(key_bytes.as_last));
  const __mmask64 own = _mm512_cmplt_epi8_mask(load(key_bytes.number), all);
  const Vector key = _mm512_mask_blend_epi8(own, last, bytes);
  _mm512_storeu_si512(keys, key);
  const Vector seeds = _mm512_maskz_broadcast_i32x4(0xFFFF, load_16(&table.seeds));
  const Vector seeded = _mm512_add_epi32(key, seeds);
  const Vector product =
      _mm512_maskz_mul_epu32(every, seeded, _mm512_maskz_srli_epi64(every, seeded, 32));
  const Vector sum =
      _mm512_add_epi64(product, _mm512_maskz_shuffle_epi32(0xFFFF, product, _MM_PERM_BADC));
  const __m256i sums = reinterpret_cast<__m256i>(__builtin_shufflevector(
      reinterpret_cast<__v8di>(sum), reinterpret_cast<__v8di>(sum), 0, 2, 4, 6));
  const __m256i hash = _mm256_mullo_epi64(_mm256_xor_si256(sums, _mm256_srli_epi64(sums, 32)),
                                          _mm256_set1_epi64x(static_cast<int64_t>(words::spread)));
  const __m256i number = _mm256_srl_epi64(hash, _mm_cvtsi32_si128(table.shift));
  const __m256i place = _mm256_add_epi64(
      _mm256_slli_epi64(number, 6), _mm256_set1_epi64x(reinterpret_cast<intptr_t>(table.buckets)));
  static_assert(sizeof(Bucket) == 64);
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(places), place);
  const uint32_t longs =
      _mm256_mask_cmpgt_epi32_mask(0x55, length, _mm256_set1_epi32(static_cast<int>(longest_key)));
  if (longs == 0) [[likely]]
    return 0;
  return (longs & 1) | (longs >> 1 & 2) | (longs >> 2 & 4) | (longs >> 3 & 8);
}

#elif defined(__AVX2__)

// Added to A to Z it gives the least of the signed bytes.
inline Vector lower_letters(Vector a) {
  const Vector moved = _mm256_add_epi8(a, _mm256_set1_epi8(static_cast<char>(0x80 - 'A')));
  const Vector upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(0x80 + 26)), moved);
  return _mm256_or_si256(a, _mm256_and_si256(upper, _mm256_set1_epi8(0x20)));
}

template <bool lower>
inline uint32_t put_keys(const uint8_t *text, const uint32_t *edges, const Table &table, Key *keys,
                         Bucket **places) {
  const __m128i pairs = load_16(edges);
  const __m128i length = _mm_sub_epi32(_mm_srli_epi64(pairs, 32), pairs);
  Vector bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(text + edges[0])),
                                         load_16(text + edges[2]), 1);
  if (lower) bytes = lower_letters(bytes);
  const Vector twice = _mm256_permute4x64_epi64(_mm256_castsi128_si256(length), 0x50);
  const Vector all = _mm256_shuffle_epi8(twice, _mm256_setzero_si256());
  const Vector last = _mm256_shuffle_epi8(twice, load(key_bytes.as_last));
  const Vector own = _mm256_cmpgt_epi8(all, load(key_bytes.number));
  const Vector key = _mm256_or_si256(_mm256_and_si256(own, bytes), last);
  _mm256_storeu_si256(reinterpret_cast<Vector *>(keys), key);
  const Vector seeded = _mm256_add_epi32(key, _mm256_broadcastsi128_si256(load_16(&table.seeds)));
  const Vector product = _mm256_mul_epu32(seeded, _mm256_srli_epi64(seeded, 32));
  const Vector sum = _mm256_add_epi64(product, _mm256_shuffle_epi32(product, 0x4E));
  places[0] = found_place(table, first_hash(_mm256_castsi256_si128(sum)));
  places[1] = found_place(table, first_hash(_mm256_extracti128_si256(sum, 1)));
  const int longs = _mm_movemask_ps(
      _mm_castsi128_ps(_mm_cmpgt_epi32(length, _mm_set1_epi32(static_cast<int>(longest_key)))));
  return static_cast<uint32_t>((longs & 1) | (longs >> 1 & 2));
}

#elif defined(__SSE2__)

// Added to A to Z it gives the least of the signed bytes.
inline Vector lower_letters(Vector a) {
  const Vector moved = _mm_add_epi8(a, _mm_set1_epi8(static_cast<char>(0x80 - 'A')));
  const Vector upper = _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(0x80 + 26)));
  return _mm_or_si128(a, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
}

template <bool lower>
inline uint32_t put_keys(const uint8_t *text, const uint32_t *edges, const Table &table, Key *keys,
                         Bucket **places) {
  const uint32_t length = edges[1] - edges[0];
  Vector bytes = load_16(text + edges[0]);
  if (lower) bytes = lower_letters(bytes);
  const Vector all = _mm_set1_epi8(static_cast<char>(length));
  const Vector own = _mm_cmplt_epi8(load(key_bytes.number), all);
  const Vector last = _mm_slli_si128(all, 15);
  const Vector key = _mm_or_si128(_mm_and_si128(own, bytes), last);
  _mm_storeu_si128(reinterpret_cast<Vector *>(keys), key);
  const Vector seeded = _mm_add_epi32(key, load_16(&table.seeds));
  const Vector product = _mm_mul_epu32(seeded, _mm_srli_epi64(seeded, 32));
  places[0] =
      found_place(table, first_hash(_mm_add_epi64(product, _mm_shuffle_epi32(product, 0x4E))));
  return length > longest_key;
}

#else

constexpr int words_at_once = 1;

template <bool lower>
inline uint32_t put_keys(const uint8_t *text, const uint32_t *edges, const Table &table, Key *keys,
                         Bucket **places) {
  const int64_t length = int64_t{edges[1]} - edges[0];
  const uint8_t *const word = text + edges[0];
  uint8_t bytes[16] = {};
  for (int64_t i = 0; i < length && i < longest_key; ++i) {
    const bool upper = lower && word[i] >= 'A' && word[i] <= 'Z';
    bytes[i] = static_cast<uint8_t>(word[i] | (upper ? 0x20 : 0));
  }
  bytes[15] = static_cast<uint8_t>(length & 0x7F);
  __builtin_memcpy(keys, bytes, sizeof *keys);
  places[0] = found_place(table, words::hash_of(*keys, table.seeds));
  return length > longest_key;
}

#endif

// Where the counts of words_at_once words are, from i on, or `none` of those that are not in their
// buckets, whose numbers are appended to others; writes up to words_at_once more there.
#if defined(__AVX512BW__)

inline int32_t *look_up(const Group &group, int64_t i, int64_t *none, int64_t **counts,
                        int32_t *others) {
  Bucket *const *const places = group.places + i;
  const auto pair = [&](int k) {
    const auto *const one = reinterpret_cast<const __m256i *>(places[k]->keys);
    const auto *const other = reinterpret_cast<const __m256i *>(places[k + 1]->keys);
    return _mm512_maskz_inserti64x4(every, _mm512_castsi256_si512(_mm256_load_si256(one)),
                                    _mm256_load_si256(other), 1);
  };
  const Vector wanted = _mm512_loadu_si512(group.keys + i);
  const __mmask8 low =
      _mm512_cmpeq_epi64_mask(pair(0), _mm512_maskz_shuffle_i64x2(every, wanted, wanted, 0x50));
  const __mmask8 high =
      _mm512_cmpeq_epi64_mask(pair(2), _mm512_maskz_shuffle_i64x2(every, wanted, wanted, 0xFA));
  uint32_t same = _mm512_kunpackb(high, low);
  same &= same >> 1;  // both halves of a key
  const uint32_t second = _pext_u32(same, 0x4444), found = second | _pext_u32(same, 0x1111);
  __m256i count = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(places));
  count = _mm256_add_epi64(count, _mm256_set1_epi64x(offsetof(Bucket, counts)));
  count = _mm256_mask_add_epi64(count, static_cast<__mmask8>(second), count,
                                _mm256_set1_epi64x(sizeof(int64_t)));
  count = _mm256_mask_blend_epi64(static_cast<__mmask8>(found),
                                  _mm256_set1_epi64x(reinterpret_cast<intptr_t>(none)), count);
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(counts), count);
  const __m128i number =
      _mm_add_epi32(_mm_set1_epi32(static_cast<int>(i)), _mm_setr_epi32(0, 1, 2, 3));
  const auto missing = static_cast<__mmask8>(~found & 0xF);
  _mm_storeu_si128(reinterpret_cast<__m128i *>(others), _mm_maskz_compress_epi32(missing, number));
  return others + __builtin_popcount(missing);
}

#else

// 1 for the first, 4 for the second word of a bucket, 0 for neither.
#if defined(__AVX2__)

inline uint32_t words_with(const Bucket &bucket, const Key &key) {
  const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bucket.keys));
  const __m256i same = _mm256_cmpeq_epi64(both, _mm256_broadcastsi128_si256(load_16(&key)));
  const auto halves = static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(same)));
  return halves & halves >> 1 & 5;
}

#elif defined(__SSE2__)

inline uint32_t words_with(const Bucket &bucket, const Key &key) {
  const __m128i wanted = load_16(&key);
  const int first = _mm_movemask_epi8(_mm_cmpeq_epi8(load_16(bucket.keys), wanted));
  const int second = _mm_movemask_epi8(_mm_cmpeq_epi8(load_16(bucket.keys + 1), wanted));
  return static_cast<uint32_t>(first == 0xFFFF) | static_cast<uint32_t>(second == 0xFFFF) << 2;
}

#else

inline uint32_t words_with(const Bucket &bucket, const Key &key) {
  return bucket.keys[0] == key ? 1 : bucket.keys[1] == key ? 4 : 0;
}

#endif

inline int32_t *look_up(const Group &group, int64_t i, int64_t *none, int64_t **counts,
                        int32_t *others) {
  for (int64_t k = i; k < i + words_at_once; ++k) {
    Bucket *const bucket = group.places[k];
    const uint32_t found = words_with(*bucket, group.keys[k]);
    *counts++ = found ? bucket->counts + (found >> 2) : none;
    *others = static_cast<int32_t>(k);
    others += found == 0;
  }
  return others;
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
