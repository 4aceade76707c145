// 64 bytes of a text against one byte of a needle, and a text against a stretch of a needle.
#pragma once
#include <cstdint>

#include "blocks.simd.hpp"
#include "needle.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

constexpr uint64_t first_bits(int64_t count) {  // count < 64
  return (uint64_t{1} << count) - 1;
}

template <class Piece>
inline Piece piece_at(const uint8_t *q) {
  Piece piece;
  __builtin_memcpy(&piece, q, sizeof piece);
  return piece;
}

#if defined(__SSE2__)

using Bytes64 = Block;
constexpr int64_t step = sizeof(Vector);

inline Bytes64 load64(const uint8_t *q) { return load_block(q); }

#else

struct Bytes64 {
  uint8_t v[64];
};

inline Bytes64 load64(const uint8_t *q) { return piece_at<Bytes64>(q); }

#endif

#if defined(__AVX512BW__)

inline Bytes64 load_some(const uint8_t *q, int64_t bytes) {
  return {{load_first<uint8_t>(q, static_cast<uint64_t>(bytes))}};
}

#else

// The first `bytes` bytes, fewer than 64, the others 0 and not read.
inline Bytes64 load_some(const uint8_t *q, int64_t bytes) {
  alignas(64) uint8_t room[64] = {};
  uint8_t *to = room;
  const auto copy = [&]<class Piece>(Piece piece) {
    if ((bytes & static_cast<int64_t>(sizeof piece)) == 0) return;
    __builtin_memcpy(&piece, q, sizeof piece);
    __builtin_memcpy(to, &piece, sizeof piece);
    q += sizeof piece, to += sizeof piece;
  };
  struct Long {
    uint8_t bytes[32];
  };
  struct Short {
    uint8_t bytes[16];
  };
  copy(Long{}), copy(Short{}), copy(uint64_t{}), copy(uint32_t{}), copy(uint16_t{}),
      copy(uint8_t{});
  return load64(room);
}

#endif

#if defined(__AVX512BW__)

// A byte of a needle in all lanes.
template <bool folded>
struct Probe {
  Vector byte, fold;

  static Probe of(const Pattern &p, int64_t i) {
    return {all(p.bytes[i]), folded ? all(p.fold[i]) : zero()};
  }
};

// 0 in the lanes that equal.
struct Found {
  Vector differing;
};

template <bool folded>
inline Found probe(const Bytes64 &a, const Probe<folded> &p) {
  if (!folded) return {_mm512_xor_si512(a.v[0], p.byte)};
  return {_mm512_ternarylogic_epi64(a.v[0], p.fold, p.byte, 0x56)};  // (a | fold) ^ byte
}
template <bool folded>
inline Found narrow(Found found, const Bytes64 &a, const Probe<folded> &p) {
  if (!folded)  // found | (a ^ byte)
    return {_mm512_ternarylogic_epi64(found.differing, a.v[0], p.byte, 0xF6)};
  return {_mm512_or_si512(found.differing, probe(a, p).differing)};
}
inline uint64_t mask_of(Found f) { return _mm512_testn_epi8_mask(f.differing, f.differing); }
inline Found any_of(Found a, Found b) { return {_mm512_min_epu8(a.differing, b.differing)}; }

// Counters of a byte each, for 255 additions.
struct Counters {
  Vector lanes = zero();

  void add(Found f) {
    lanes = _mm512_mask_sub_epi8(lanes, mask_of(f), lanes, _mm512_set1_epi32(-1));
  }
  Vector sums() const { return sum_bytes(lanes); }
};

// Bit j: byte j is in the set of those that are letters, digits or _ (ascii), or not whitespace.
inline uint64_t joining(const Bytes64 &a, bool ascii) {
  const Vector v = a.v[0];
  const auto between = [](Vector w, uint8_t least, uint8_t count) {
    return uint64_t{_mm512_cmplt_epu8_mask(_mm512_sub_epi8(w, all(least)), all(count))};
  };
  if (!ascii) return ~(between(v, 9, 5) | _mm512_cmpeq_epi8_mask(v, all(' ')));
  return between(_mm512_or_si512(v, all(0x20)), 'a', 26) | between(v, '0', 10) |
         _mm512_cmpeq_epi8_mask(v, all('_'));
}

#elif defined(__SSE2__)

template <bool folded>
struct Probe {
  Vector byte, fold;

  static Probe of(const Pattern &p, int64_t i) {
    return {all(p.bytes[i]), folded ? all(p.fold[i]) : zero()};
  }
};

// All bits in the lanes that equal.
struct Found {
  Block equal;
};

template <bool folded>
inline Vector probe(Vector a, const Probe<folded> &p) {
  return equal_lanes<uint8_t>(folded ? either(a, p.fold) : a, p.byte);
}
template <bool folded>
inline Found probe(const Bytes64 &a, const Probe<folded> &p) {
  return {each_vector([&](int k) { return probe(a.v[k], p); })};
}
template <bool folded>
inline Found narrow(const Found &found, const Bytes64 &a, const Probe<folded> &p) {
  return {each_vector([&](int k) { return both(found.equal.v[k], probe(a.v[k], p)); })};
}
inline uint64_t mask_of(const Found &f) { return mask_of(f.equal); }
inline Found any_of(const Found &a, const Found &b) {
  return {each_vector([&](int k) { return either(a.equal.v[k], b.equal.v[k]); })};
}

#if defined(__AVX2__)
inline Vector less(Vector a, Vector b) { return _mm256_sub_epi8(a, b); }
#else
inline Vector less(Vector a, Vector b) { return _mm_sub_epi8(a, b); }
#endif

struct Counters {
  Block lanes = each_vector([](int) { return zero(); });

  void add(const Found &f) {
    lanes = each_vector([&](int k) { return less(lanes.v[k], f.equal.v[k]); });
  }
  Vector sums() const {
    Vector sum = sum_bytes(lanes.v[0]);
    for (int k = 1; k < vectors_a_block; ++k) sum = add64(sum, sum_bytes(lanes.v[k]));
    return sum;
  }
};

inline uint64_t joining(const Bytes64 &a, bool ascii) {
  const auto between = [](Vector w, uint8_t least, uint8_t most) {
    const Vector d = less(w, all(least)), top = all(static_cast<uint8_t>(most - least));
    return equal_lanes<uint8_t>(maximum(d, top), top);
  };
  const auto is = [](Vector v, uint8_t byte) { return equal_lanes<uint8_t>(v, all(byte)); };
  const uint64_t mask = mask_of(each_vector([&](int k) {
    const Vector v = a.v[k];
    if (!ascii) return either(between(v, 9, 13), is(v, ' '));
    return either(between(either(v, all(0x20)), 'a', 'z'),
                  either(between(v, '0', '9'), is(v, '_')));
  }));
  return ascii ? mask : ~mask;
}

#else

template <bool folded>
struct Probe {
  uint8_t byte, fold;

  static Probe of(const Pattern &p, int64_t i) { return {p.bytes[i], p.fold[i]}; }
};

struct Found {
  uint64_t mask;
};

template <bool folded>
inline Found probe(const Bytes64 &a, const Probe<folded> &p) {
  uint64_t mask = 0;
  for (int j = 0; j < 64; ++j)
    mask |= static_cast<uint64_t>((folded ? a.v[j] | p.fold : a.v[j]) == p.byte) << j;
  return {mask};
}
template <bool folded>
inline Found narrow(Found found, const Bytes64 &a, const Probe<folded> &p) {
  return {found.mask & probe(a, p).mask};
}
inline uint64_t mask_of(Found f) { return f.mask; }

struct Counters {
  int64_t count = 0;

  void add(Found f) { count += ones(f.mask); }
};

inline uint64_t joining(const Bytes64 &a, bool ascii) {
  uint64_t mask = 0;
  for (int j = 0; j < 64; ++j) {
    const uint8_t v = a.v[j], small = v | 0x20;
    const bool word = (small >= 'a' && small <= 'z') || (v >= '0' && v <= '9') || v == '_';
    const bool space = v == ' ' || (v >= 9 && v <= 13);
    mask |= static_cast<uint64_t>(ascii ? word : !space) << j;
  }
  return mask;
}

#endif

template <bool folded>
inline bool agrees(const Pattern &p, int64_t i, uint8_t byte) {
  return (folded ? byte | p.fold[i] : byte) == p.bytes[i];
}

// A bit for each byte of a vector at needle[i] that equals the text's at q[i].
template <bool folded>
inline uint64_t agreeing(const Pattern &p, const uint8_t *q, int64_t i) {
#if defined(__AVX512BW__)
  const Vector a = folded ? _mm512_or_si512(load(q + i), load(p.fold + i)) : load(q + i);
  return _mm512_cmpeq_epi8_mask(a, load(p.bytes + i));
#elif defined(__SSE2__)
  const Vector a = folded ? either(load(q + i), load(p.fold + i)) : load(q + i);
  return upper_bits(equal_lanes<uint8_t>(a, load(p.bytes + i)));
#else
  return agrees<folded>(p, i, q[i]);
#endif
}

#if !defined(__SSE2__)
constexpr int64_t step = 1;
#endif
constexpr uint64_t step_bits = step == 64 ? ~uint64_t{0} : first_bits(step % 64);

// The first i in [from, to) where needle and text q[i] differ; to if there is none.
template <bool folded>
inline int64_t first_difference(const Pattern &p, const uint8_t *q, int64_t from, int64_t to) {
  int64_t i = from;
  for (; to - i >= step; i += step)
    if (const uint64_t differing = ~agreeing<folded>(p, q, i) & step_bits)
      return i + __builtin_ctzll(differing);
  if (i == to) return to;
  if (to >= step) {  // what has been compared before, once more
    const uint64_t differing = ~agreeing<folded>(p, q, to - step) & step_bits;
    const uint64_t left = differing >> (step - (to - i));
    return left ? i + __builtin_ctzll(left) : to;
  }
#if defined(__AVX512BW__)
  const auto count = static_cast<uint64_t>(to - i);
  const Vector a = load_first<uint8_t>(q + i, count);
  const Vector b = folded ? _mm512_or_si512(a, load(p.fold + i)) : a;
  const uint64_t differing =
      ~_mm512_cmpeq_epi8_mask(b, load(p.bytes + i)) & first_bits(static_cast<int64_t>(count));
  return differing ? i + __builtin_ctzll(differing) : to;
#else
  for (; i < to; ++i)
    if (!agrees<folded>(p, i, q[i])) return i;
  return to;
#endif
}

template <bool folded, class Piece>
inline bool piece_agrees(const Pattern &p, const uint8_t *q, int64_t i) {
  const Piece text = piece_at<Piece>(q + i);
  return (folded ? text | piece_at<Piece>(p.fold + i) : text) == piece_at<Piece>(p.bytes + i);
}

// All of the needle.
template <bool folded>
inline bool begins(const Pattern &p, const uint8_t *q) {
  const int64_t m = p.length;
  if (step <= 32 && m < step) {
    if (m >= 16) {
      const bool low =
          piece_agrees<folded, uint64_t>(p, q, 0) && piece_agrees<folded, uint64_t>(p, q, 8);
      return low && piece_agrees<folded, uint64_t>(p, q, m - 16) &&
             piece_agrees<folded, uint64_t>(p, q, m - 8);
    }
    if (m >= 8)
      return piece_agrees<folded, uint64_t>(p, q, 0) && piece_agrees<folded, uint64_t>(p, q, m - 8);
    if (m >= 4)
      return piece_agrees<folded, uint32_t>(p, q, 0) && piece_agrees<folded, uint32_t>(p, q, m - 4);
  }
  return first_difference<folded>(p, q, 0, m) == m;
}

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
