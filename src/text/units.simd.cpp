// Problem: sum over i of [u(i) == u(i + 1)], for units of 1, 2 or 4 bytes; of runs, those i whose
// u(i) != u(i - 1) too. ASCII letters may equal their other case.
// Each vector is compared with the one that begins a unit later, so every byte is read from memory
// once and from the first-level cache twice. Short texts add up bits of masks; long ones count in
// bytes, which are added up every 255 steps (W. Mula, N. Kurz, D. Lemire, Faster population counts
// using AVX2 instructions, 2018, doi 10.1093/comjnl/bxx046, discuss both).
// Keeps nothing in memory. Results are exact.
#include "units.simd.hpp"

#include "blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

// Up to here masks are faster: counters have to be cleared and added up.
constexpr int64_t mask_bytes = 4096;

template <class U>
inline U unit_at(const uint8_t *q) {
  U unit;
  __builtin_memcpy(&unit, q, sizeof unit);
  return unit;
}

// What is counted: pairs of units U, or only those that no equal unit precedes (which is then read:
// the first pair of a text is counted apart).
template <class U, bool runs, bool ignore_case>
struct Pairs {
  using Unit = U;
  static constexpr int64_t size = sizeof(U);
  static constexpr bool looks_back = runs, compares_only = !runs && !ignore_case;

  static bool equal_units(U a, U b) {
    if (a == b) return true;
    return ignore_case && (a ^ b) == 0x20 && static_cast<U>((a | 0x20) - 'a') < 26;
  }
  static bool equal_at(const uint8_t *q) {
    return equal_units(unit_at<U>(q), unit_at<U>(q + size));
  }
  static bool at(const uint8_t *q) { return equal_at(q) && !(runs && equal_at(q - size)); }

#if defined(__SSE2__)
  static Hits equal_vectors(Vector a, Vector b) {
    return ignore_case ? same_ignoring_case<U>(a, b) : same<U>(a, b);
  }
  // `read(k)`: the vector k units on.
  template <class Read>
  [[gnu::always_inline]] static Hits of(Read &&read) {
    const Vector here = read(0);
    const Hits hits = equal_vectors(here, read(1));
    if constexpr (!runs) return hits;
    return without_hits(hits, equal_vectors(here, read(-1)));
  }
  static Hits hits(const uint8_t *q) {
    return of([q](int k) { return load(q + k * size); });
  }
#endif
};

#if defined(__SSE2__)

constexpr int64_t width = sizeof(Vector);

#if defined(__AVX512BW__)

// What begins a unit after the first of two vectors that follow each other.
template <class U>
inline Vector a_unit_on(Vector here, Vector next) {
  return _mm512_alignr_epi8(_mm512_maskz_alignr_epi64(0xFF, next, here, 2), here, sizeof(U));
}

#endif

// The pairs that begin in two vectors. A load that crosses a line of the cache takes as long as two
// shuffles: where there is little to do beside, half of them are replaced.
template <class P>
[[gnu::always_inline]] inline void tally_two(Vector &c0, Vector &c1, const uint8_t *q) {
  using U = typename P::Unit;
#if defined(__AVX512BW__)
  if constexpr (P::compares_only) {
    const Vector here = held(load(q)), next = held(load(q + width));
    c0 = tally_hits<U>(c0, same<U>(here, a_unit_on<U>(here, next)));
    c1 = tally_hits<U>(c1, same<U>(next, load(q + width + P::size)));
    return;
  }
#endif
  c0 = tally_hits<U>(c0, P::hits(q));
  c1 = tally_hits<U>(c1, P::hits(q + width));
}

// The pairs that begin in the bytes from q up to end, in whole groups of four vectors; moves q on.
template <class P>
int64_t count_groups(const uint8_t *&q, const uint8_t *end) {
  Vector sums = zero();
  while (end - q >= 4 * width) {
    const int64_t groups = (end - q) / (4 * width);
    Vector c0 = zero(), c1 = zero(), c2 = zero(), c3 = zero();
    for (int64_t left = groups < 255 ? groups : 255; left > 0; --left, q += 4 * width) {
      tally_two<P>(c0, c1, q);
      tally_two<P>(c2, c3, q + 2 * width);
    }
    sums = add64(sums,
                 add64(add64(sum_bytes(c0), sum_bytes(c1)), add64(sum_bytes(c2), sum_bytes(c3))));
  }
  return total<typename P::Unit>(sums);
}

#endif

#if defined(__AVX512BW__)

// One load in two then stays within a line of the cache.
inline int64_t units_to_line(const uint8_t *q, int64_t size) {
  return static_cast<int64_t>(-reinterpret_cast<uintptr_t>(q) % 64) / size;
}

template <class P>
inline int64_t first_pairs(const uint8_t *q, int64_t count) {
  const auto units = static_cast<uint64_t>(count);
  const Hits hits =
      P::of([q, units](int k) { return load_first<typename P::Unit>(q + k * P::size, units); });
  return ones(hits & _bzhi_u64(~uint64_t{0}, static_cast<unsigned>(units)));
}

// Those of the `left` pairs from q on.
template <class P>
inline int64_t count_pairs(const uint8_t *q, int64_t left) {
  constexpr int64_t lanes = width / P::size;
  int64_t count = 0;
  if (left <= 0) return 0;
  if (left > mask_bytes / P::size) {
    const int64_t head = units_to_line(q, P::size);
    count = first_pairs<P>(q, head);
    q += head * P::size;
    const uint8_t *end = q + (left - head) * P::size;
    count += count_groups<P>(q, end);
    left = (end - q) / P::size;
    if (left == 0) return count;
  }
  for (; left > lanes; left -= lanes, q += width) count += ones(P::hits(q));
  return count + first_pairs<P>(q, left);
}

#elif defined(__SSE2__)

// Fewer pairs than a vector holds: two pieces of the greatest power of two that fits, the second
// one ends where the pairs end, and what both cover is counted once.
template <class P, class Piece>
inline int64_t count_piece(const uint8_t *q, int64_t bytes) {
  constexpr int64_t size = sizeof(Piece);
  const auto hits = [](const uint8_t *at) -> uint64_t {
    const Hits found = P::of([at](int k) {
      if constexpr (size == 16)
        return widen(_mm_loadu_si128(reinterpret_cast<const __m128i *>(at + k * P::size)));
      else
        return widen(_mm_cvtsi64_si128(static_cast<int64_t>(unit_at<Piece>(at + k * P::size))));
    });
    return bits_of(found) & ((uint64_t{1} << size) - 1);
  };
  const uint64_t first = hits(q), second = hits(q + bytes - size) >> (2 * size - bytes);
  return ones(first | second << size) / P::size;
}

template <class P>
inline int64_t count_few(const uint8_t *q, int64_t bytes) {
  if (bytes >= 16) return count_piece<P, __m128i>(q, bytes);
  if (bytes >= 8) return count_piece<P, uint64_t>(q, bytes);
  if (bytes >= 4) return count_piece<P, uint32_t>(q, bytes);
  int64_t count = 0;
  for (int64_t i = 0; i < bytes; i += P::size) count += P::at(q + i);
  return count;
}

template <class P>
inline int64_t count_pairs(const uint8_t *q, int64_t left) {
  if (left <= 0) return 0;
  const uint8_t *const end = q + left * P::size;
  if (end - q < width) return count_few<P>(q, end - q);
  int64_t count = 0;
  // Without a popcount instruction counters are never slower.
  if (end - q > (width == 16 ? 64 : mask_bytes)) count = count_groups<P>(q, end);
  int64_t bits = 0;
  for (; end - q >= width; q += width) bits += ones(bits_of(P::hits(q)));
  if (end > q) bits += ones(bits_of(P::hits(end - width)) >> (width - (end - q)));
  return count + bits / P::size;
}

#else

// Blocks of 255 pairs in bytes, which every compiler turns into vectors.
template <class P>
inline int64_t count_pairs(const uint8_t *q, int64_t left) {
  int64_t count = 0;
  for (; left > 0; left -= 255) {
    const int64_t pairs = left < 255 ? left : 255;
    uint8_t block = 0;
    for (int64_t i = 0; i < pairs; ++i)
      block = static_cast<uint8_t>(block + P::at(q + i * P::size));
    count += block;
    q += pairs * P::size;
  }
  return count;
}

#endif

template <class P>
inline int64_t count_units(const uint8_t *q, int64_t length) {
  if constexpr (!P::looks_back) return count_pairs<P>(q, length - 1);
  if (length < 2) return 0;
  return P::equal_at(q) + count_pairs<P>(q + P::size, length - 2);
}

template <class U>
inline int64_t count_doubles(const uint8_t *q, int64_t length) {
  return count_units<Pairs<U, false, false>>(q, length);
}

template <class U>
inline int64_t count(const void *text, int64_t length, Neighbours what) {
  const auto *q = static_cast<const uint8_t *>(text);
  if (what.runs && what.ignore_case) return count_units<Pairs<U, true, true>>(q, length);
  if (what.runs) return count_units<Pairs<U, true, false>>(q, length);
  if (what.ignore_case) return count_units<Pairs<U, false, true>>(q, length);
  return count_doubles<U>(q, length);
}

}  // namespace

int64_t doubles_u8(const uint8_t *text, int64_t length) {
  return count_doubles<uint8_t>(text, length);
}

int64_t count_u8(const void *text, int64_t length, Neighbours what) {
  return count<uint8_t>(text, length, what);
}
int64_t count_u16(const void *text, int64_t length, Neighbours what) {
  return count<uint16_t>(text, length, what);
}
int64_t count_u32(const void *text, int64_t length, Neighbours what) {
  return count<uint32_t>(text, length, what);
}

void doubles_u8_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out) {
  for (int64_t row = 0; row < rows; ++row)
    out[row] = count_doubles<uint8_t>(text + offsets[row], offsets[row + 1] - offsets[row]);
}

}  // namespace windlass::text::WDL_LEVEL
