// Problem: the words of a text (maximal runs of what is no white space) and how often each occurs.
// Spaces are masks of 64 bytes; a word begins or ends where a bit of the mask differs from the one
// before. A short word's key is one load of 16 bytes, cut to its length; its hash is one product.
// Keys of a group of words are made before the table is looked at, so that what the table reads is
// on its way from memory, and no branch but the table's own depends on a word.
// Keeps nothing in memory but the table. Reads nothing outside the text.
#include <cstddef>

#include "characters.hpp"
#include "space.simd.hpp"
#include "words_kernels.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

using words::Edge;
using words::Group;
using words::Key;
using words::longest_key;
using words::Slot;
using words::Spaces;
using words::Table;

constexpr int64_t block_bytes = 64;
constexpr int64_t look_ahead = 2;  // a space has up to three bytes

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

int64_t edges(const uint8_t *text, int64_t bytes, int64_t after, Spaces spaces, Edge &edge,
              uint32_t *out) {
  uint32_t *to = out;
  int64_t i = 0;
  for (; i + block_bytes <= bytes && i + block_bytes + look_ahead <= bytes + after;
       i += block_bytes)
    to = take_block(text + i, i, spaces, edge, ~uint64_t{0}, to);
  for (; i < bytes; i += block_bytes) {
    uint8_t padded[block_bytes + look_ahead] = {};
    const int64_t left = bytes - i, readable = left + after;
    const int64_t copied =
        readable < block_bytes + look_ahead ? readable : block_bytes + look_ahead;
    __builtin_memcpy(padded, text + i, static_cast<size_t>(copied));
    const uint64_t in_text = left < 64 ? (uint64_t{1} << left) - 1 : ~uint64_t{0};
    uint32_t *const before = to;
    const uint64_t in_word = edge.in_word;
    to = take_block(padded, i, spaces, edge, in_text, to);
    if (left < 64) edge.in_word = (in_word + static_cast<uint64_t>(to - before)) & 1;
  }
  return to - out;
}

// By a word's length: which of 16 bytes are its own, and the length as the last one.
struct Length {
  alignas(16) uint8_t own[16];
  alignas(16) uint8_t as_last[16];
};

struct Lengths {
  Length of[16];
};

constexpr Lengths lengths = [] {
  Lengths table{};
  for (int n = 0; n < 16; ++n) {
    for (int i = 0; i < n; ++i) table.of[n].own[i] = 0xFF;
    table.of[n].as_last[15] = static_cast<uint8_t>(n);
  }
  return table;
}();

// The key of a word of 1 to 15 bytes; 16 bytes can be read.
#if defined(__SSE2__)

inline __m128i load_16(const void *q) { return _mm_loadu_si128(static_cast<const __m128i *>(q)); }

// Added to A to Z it gives the least of the signed bytes.
inline __m128i lower_16(__m128i a) {
  const __m128i moved = _mm_add_epi8(a, _mm_set1_epi8(static_cast<char>(0x80 - 'A')));
  const __m128i upper = _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(0x80 + 26)));
  return _mm_or_si128(a, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
}

template <bool lower>
inline void put_key(const uint8_t *word, int64_t length, Key *out) {
  __m128i bytes = load_16(word);
  if (lower) bytes = lower_16(bytes);
  const Length &cut = lengths.of[length];
  const __m128i key = _mm_or_si128(_mm_and_si128(bytes, load_16(cut.own)), load_16(cut.as_last));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(out), key);
}

inline bool equal_keys(const Key &a, const Key &b) {
  const __m128i x = load_16(&a), y = load_16(&b);
#if defined(__SSE4_1__)
  const __m128i differing = _mm_xor_si128(x, y);
  return _mm_testz_si128(differing, differing);
#else
  return _mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) == 0xFFFF;
#endif
}

#else

template <bool lower>
inline void put_key(const uint8_t *word, int64_t length, Key *out) {
  uint8_t bytes[16] = {};
  for (int64_t i = 0; i < length; ++i) {
    const bool upper = lower && word[i] >= 'A' && word[i] <= 'Z';
    bytes[i] = static_cast<uint8_t>(word[i] | (upper ? 0x20 : 0));
  }
  bytes[15] = static_cast<uint8_t>(length);
  __builtin_memcpy(out, bytes, sizeof *out);
}

inline bool equal_keys(const Key &a, const Key &b) { return a == b; }

#endif

template <bool lower>
inline void make_keys(const uint8_t *text, const uint32_t *edges, int64_t count, const Table &table,
                      Group &group) {
  auto *const slots = reinterpret_cast<unsigned char *>(table.slots);
  const uint64_t mask = table.mask * sizeof(Slot);
  const words::Seeds seeds = table.seeds;
  int64_t others = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t begin = edges[2 * i], length = edges[2 * i + 1] - begin;
    Key *const key = group.keys + i;
    if (length > longest_key) [[unlikely]] {
      group.others[others++] = static_cast<int32_t>(i);
      *key = words::no_key;
      group.places[i] = table.slots;
      continue;
    }
    put_key<lower>(text + begin, length, key);
    // Read again from where it was put: two moves between kinds of registers are slower.
    asm("" : "+m"(*key));
    const uint64_t hash = words::mix(key->low ^ seeds.low, key->high ^ seeds.high);
    auto *const place = reinterpret_cast<Slot *>(slots + (hash & mask));
    __builtin_prefetch(place);
    group.places[i] = place;
  }
  group.words = count;
  group.other_words = others;
}

void keys(const uint8_t *text, const uint32_t *edges, int64_t words, bool lower, const Table &table,
          Group &group) {
  if (lower)
    make_keys<true>(text, edges, words, table, group);
  else
    make_keys<false>(text, edges, words, table, group);
}

// The slot that has the key or is to have it; nullptr: there is no room for one more. A word more
// frequent than the one in its place changes with it, so that most words are found at once: what
// moves stays within the slots in use that follow its own place.
[[gnu::noinline]] Slot *find_farther(Table &table, const Key &key, Slot *own, int64_t first) {
  const uint64_t mask = table.mask;
  auto place = static_cast<uint64_t>(own - table.slots);
  for (int64_t steps = 0;; ++steps, place = (place + 1) & mask) {
    Slot *slot = table.slots + place;
    if (equal_keys(slot->key, key)) {
      if (slot->count <= own->count) return slot;
      const Slot less = *own;
      *own = *slot;
      *slot = less;
      return own;
    }
    if (slot->key.high != 0) continue;
    if (table.used >= table.limit) return nullptr;
    table.crowded |= steps > words::longest_way;
    ++table.used;
    slot->key = key;
    slot->first = first;
    return slot;
  }
}

int64_t count(Table &table, const Group &group, int64_t from, const uint32_t *edges,
              int64_t offset) {
  const int64_t all = group.words;
  for (int64_t i = from; i < all; ++i) {
    Slot *slot = group.places[i];
    if (!equal_keys(slot->key, group.keys[i])) [[unlikely]] {
      if (group.keys[i].high == words::no_key.high) continue;
      slot = find_farther(table, group.keys[i], slot, offset + edges[2 * i]);
      if (slot == nullptr) return i;
    }
    ++slot->count;
  }
  return all;
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
