// Problem: the words of a text (maximal runs of what is no white space) and how often each occurs.
// Spaces are masks of 64 bytes; a word begins or ends where a bit differs from the one before it.
// Keys of a group of words are made before the table is looked at, so that what the table reads is
// on its way from memory, and no branch but the table's own depends on a word.
// Keeps nothing in memory but the table. Reads nothing outside the text.
#include <cstddef>

#include "characters.hpp"
#include "space.simd.hpp"
#include "word_keys.simd.hpp"
#include "words_kernels.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

using words::Bucket;
using words::Edge;
using words::Group;
using words::Key;
using words::Spaces;
using words::Table;

constexpr int64_t block_bytes = 64;
constexpr int64_t look_ahead = 2;    // a space has up to three bytes
constexpr int64_t far_ahead = 2048;  // read from memory while the words before it are counted

#if defined(__SSE2__)

// Bytes of spaces beyond ASCII in the block at q.
inline uint64_t spaces_beyond_ascii(const uint8_t *q, const Block &here, uint64_t &spilled) {
  const uint64_t before = spilled;
  spilled = 0;
  const uint64_t leads =
      equal_to(here, 0xC2) | equal_to(here, 0xE1) | equal_to(here, 0xE2) | equal_to(here, 0xE3);
  if (leads == 0) return before;
  const Block next = load_block(q + 1), last = load_block(q + 2);
  const uint64_t two = spaces_of_two(here, next), three = spaces_of_three(here, next, last);
  spilled = two >> 63 | three >> 63 | three >> 62;
  return before | two | two << 1 | three | three << 1 | three << 2;
}

inline uint64_t spaces_at(const uint8_t *q, Spaces spaces, Edge &edge) {
  const Block here = load_block(q);
  uint64_t found = spaces.lowest == 0x20 ? ascii_spaces<false>(here) : ascii_spaces<true>(here);
  if (any(reach(here, 0x80))) {
    edge.ascii = false;
    if (spaces.wide) return found | spaces_beyond_ascii(q, here, edge.spilled);
  }
  found |= edge.spilled;
  edge.spilled = 0;
  return found;
}

#else

// Bytes of the space at q, 0: there is none.
inline int64_t space_at(const uint8_t *q, Spaces spaces) {
  const Character here = next_character(q, 1 + look_ahead);
  if (!here.well_formed || (here.bytes > 1 && !spaces.wide)) return 0;
  const Whitespace set = spaces.lowest == 0x20 ? Whitespace::unicode : Whitespace::python;
  return is_space(q, here.bytes, set) ? here.bytes : 0;
}

inline uint64_t spaces_at(const uint8_t *q, Spaces spaces, Edge &edge) {
  uint64_t found = edge.spilled, high = 0;
  edge.spilled = 0;
  for (int i = 0; i < 64; ++i) {
    high |= q[i];
    const int64_t bytes = space_at(q + i, spaces);
    const uint64_t here = (uint64_t{1} << bytes) - 1;
    found |= here << i;
    if (i > 61) edge.spilled |= here >> (64 - i);
  }
  edge.ascii &= high < 0x80;
  return found;
}

#endif

// Places of the bits, each added to `at`; may write edge_room more.
#if defined(__AVX512F__)

inline uint32_t *put_bits(uint64_t bits, int64_t at, uint32_t *out) {
  const __m512i place = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int k = 0; k < 64; k += 16) {
    const auto some = static_cast<__mmask16>(bits >> k);
    const __m512i base = _mm512_set1_epi32(static_cast<int>(at + k));
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi32(some, _mm512_add_epi32(base, place)));
    out += ones(some);
  }
  return out;
}

#elif defined(__SSE2__)

// The bits of a byte: their places, and how many.
struct ByteBits {
  uint8_t places[256][8];
  uint8_t count[256];
};

constexpr ByteBits byte_bits = [] {
  ByteBits table{};
  for (int byte = 0; byte < 256; ++byte)
    for (int i = 0; i < 8; ++i)
      if (byte >> i & 1) table.places[byte][table.count[byte]++] = static_cast<uint8_t>(i);
  return table;
}();

inline void put_eight(const uint8_t *places, int64_t at, uint32_t *out) {
  const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(places));
#if defined(__AVX2__)
  const __m256i base = _mm256_set1_epi32(static_cast<int>(at));
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(out),
                      _mm256_add_epi32(base, _mm256_cvtepu8_epi32(eight)));
#else
  const __m128i base = _mm_set1_epi32(static_cast<int>(at)), none = _mm_setzero_si128();
  const __m128i wide = _mm_unpacklo_epi8(eight, none);
  _mm_storeu_si128(reinterpret_cast<__m128i *>(out),
                   _mm_add_epi32(base, _mm_unpacklo_epi16(wide, none)));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(out + 4),
                   _mm_add_epi32(base, _mm_unpackhi_epi16(wide, none)));
#endif
}

inline uint32_t *put_bits(uint64_t bits, int64_t at, uint32_t *out) {
#pragma GCC unroll 8
  for (int k = 0; k < 64; k += 8) {
    const auto byte = static_cast<uint8_t>(bits >> k);
    put_eight(byte_bits.places[byte], at + k, out);
    out += byte_bits.count[byte];
  }
  return out;
}

#else

inline uint32_t *put_bits(uint64_t bits, int64_t at, uint32_t *out) {
  for (; bits != 0; bits &= bits - 1) *out++ = static_cast<uint32_t>(at + __builtin_ctzll(bits));
  return out;
}

#endif

inline uint32_t *take_block(const uint8_t *q, int64_t at, Spaces spaces, Edge &edge,
                            uint64_t in_text, uint32_t *out) {
  const uint64_t word = ~spaces_at(q, spaces, edge);
  const uint64_t edges = (word ^ (word << 1 | edge.in_word)) & in_text;
  edge.in_word = word >> 63;
  return put_bits(edges, at, out);
}

int64_t edges(const uint8_t *text, int64_t from, int64_t bytes, int64_t after, Spaces spaces,
              Edge &edge, uint32_t *out) {
  uint32_t *to = out;
  const int64_t end = from + bytes, readable = end + after;
  int64_t i = from;
  for (; i + block_bytes <= end && i + block_bytes + look_ahead <= readable; i += block_bytes) {
    __builtin_prefetch(text + i + far_ahead);
    to = take_block(text + i, i, spaces, edge, ~uint64_t{0}, to);
  }
  for (; i < end; i += block_bytes) {
    uint8_t padded[block_bytes + look_ahead] = {};
    const int64_t left = end - i, known = readable - i;
    const int64_t copied = known < block_bytes + look_ahead ? known : block_bytes + look_ahead;
    __builtin_memcpy(padded, text + i, static_cast<size_t>(copied));
    const uint64_t in_text = left < 64 ? (uint64_t{1} << left) - 1 : ~uint64_t{0};
    uint32_t *const before = to;
    const uint64_t in_word = edge.in_word;
    to = take_block(padded, i, spaces, edge, in_text, to);
    if (left >= 64) continue;
    edge.in_word = (in_word + static_cast<uint64_t>(to - before)) & 1;
    edge.spilled = 0;  // spaces that begin in the 64 bytes, but behind the text
  }
  return to - out;
}

// words_at_once words at a time; the last are made so many by repeating one.
template <bool lower>
inline void make_keys(const uint8_t *text, const uint32_t *edges, int64_t count, const Table &table,
                      Group &group) {
  static_assert(words::group_words % words_at_once == 0);
  const auto make = [&](const uint32_t *some, int64_t i) {
    uint32_t longs = put_keys<lower>(text, some, table, group.keys + i, group.places + i);
    for (; longs != 0; longs &= longs - 1) group.keys[i + __builtin_ctz(longs)] = words::no_key;
  };
  const auto fetch = [&](int64_t k) { __builtin_prefetch(group.places[k]); };
  int64_t i = 0;
  for (; i + words_at_once <= count; i += words_at_once) {
    make(edges + 2 * i, i);
    if (fetched_later > 0 && i >= fetched_later)
      for (int64_t k = 0; k < words_at_once; ++k) fetch(i - fetched_later + k);
  }
  for (int64_t k = i > fetched_later ? i - fetched_later : 0; k < i; ++k) fetch(k);
  if (i < count) {
    uint32_t last[2 * words_at_once];
    for (int64_t k = 0; k < words_at_once; ++k) {
      const int64_t from = i + k < count ? i + k : i;
      last[2 * k] = edges[2 * from], last[2 * k + 1] = edges[2 * from + 1];
    }
    make(last, i);
  }
  group.words = count;
}

void keys(const uint8_t *text, const uint32_t *edges, int64_t words, bool lower, const Table &table,
          Group &group) {
  if (lower)
    make_keys<true>(text, edges, words, table, group);
  else
    make_keys<false>(text, edges, words, table, group);
}

int64_t count(Group &group) {
  int64_t *counts[words::group_words], none = 0;
  int32_t *others = group.others;
  const int64_t all = group.words;
  for (int64_t i = 0; i < all; i += words_at_once)
    others = look_up(group, i, &none, counts + i, others);
  while (others > group.others && others[-1] >= all) --others;  // repeated to be so many
    // On its own: a count that is read while it is not known where the one before it is written may
    // have to be read again.
#pragma GCC unroll 4
  for (int64_t i = 0; i < all; ++i) ++*counts[i];
  return others - group.others;
}

}  // namespace

}  // namespace windlass::text::WDL_LEVEL

namespace windlass::text::words {

const Kernels WDL_LEVEL::kernels = {
    .edges = text::WDL_LEVEL::edges,
    .keys = text::WDL_LEVEL::keys,
    .count = text::WDL_LEVEL::count,
};

}  // namespace windlass::text::words
