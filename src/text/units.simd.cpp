// Problem: sum over i of [u(i) == u(i + 1)], for units of 1, 2 or 4 bytes.
// Each vector is compared with the one that begins a unit later, so every byte is read from memory
// once and from the first-level cache twice. Short texts add up bits of masks; long ones count in
// bytes, which are added up every 255 steps (W. Mula, N. Kurz, D. Lemire, Faster population counts
// using AVX2 instructions, 2018, doi 10.1093/comjnl/bxx046, discuss both).
// Keeps nothing in memory. Results are exact.
#include "units.simd.hpp"

#include "lanes.simd.hpp"

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

template <class U>
inline bool pair_at(const uint8_t *q) {
  return unit_at<U>(q) == unit_at<U>(q + sizeof(U));
}

#if defined(__SSE2__)

constexpr int64_t width = sizeof(Vector);

template <class U>
inline uint64_t pairs(const uint8_t *q) {
  return equal<U>(load(q), load(q + sizeof(U)));
}

// The pairs that begin in the bytes from q up to end, in whole groups of four vectors; moves q on.
template <class U>
int64_t count_groups(const uint8_t *&q, const uint8_t *end) {
  Vector sums = zero();
  while (end - q >= 4 * width) {
    const int64_t groups = (end - q) / (4 * width);
    Vector c0 = zero(), c1 = zero(), c2 = zero(), c3 = zero();
    for (int64_t left = groups < 255 ? groups : 255; left > 0; --left, q += 4 * width) {
      const auto step = [&](Vector c, int64_t at) {
        return tally<U>(c, load(q + at), load(q + at + static_cast<int64_t>(sizeof(U))));
      };
      c0 = step(c0, 0);
      c1 = step(c1, width);
      c2 = step(c2, 2 * width);
      c3 = step(c3, 3 * width);
    }
    sums = add64(sums,
                 add64(add64(sum_bytes(c0), sum_bytes(c1)), add64(sum_bytes(c2), sum_bytes(c3))));
  }
  return total<U>(sums);
}

#endif

#if defined(__AVX512BW__)

// One load in two then stays within a line of the cache.
template <class U>
inline int64_t units_to_line(const uint8_t *q) {
  return static_cast<int64_t>(-reinterpret_cast<uintptr_t>(q) % 64 / sizeof(U));
}

template <class U>
inline int64_t first_pairs(const uint8_t *q, int64_t count) {
  const auto units = static_cast<uint64_t>(count);
  const Vector here = load_first<U>(q, units), next = load_first<U>(q + sizeof(U), units);
  return ones(equal<U>(here, next) & _bzhi_u64(~uint64_t{0}, static_cast<unsigned>(units)));
}

template <class U>
inline int64_t count_doubles(const uint8_t *q, int64_t length) {
  constexpr int64_t lanes = width / static_cast<int64_t>(sizeof(U));
  int64_t left = length - 1, count = 0;
  if (left <= 0) return 0;
  if (left > mask_bytes / static_cast<int64_t>(sizeof(U))) {
    const int64_t head = units_to_line<U>(q);
    count = first_pairs<U>(q, head);
    q += head * static_cast<int64_t>(sizeof(U));
    const uint8_t *end = q + (left - head) * static_cast<int64_t>(sizeof(U));
    count += count_groups<U>(q, end);
    left = (end - q) / static_cast<int64_t>(sizeof(U));
    if (left == 0) return count;
  }
  for (; left > lanes; left -= lanes, q += width) count += ones(pairs<U>(q));
  return count + first_pairs<U>(q, left);
}

#elif defined(__SSE2__)

// Fewer pairs than a vector holds: two pieces of the greatest power of two that fits, the second
// one ends where the pairs end, and what both cover is counted once.
template <class U, class Piece>
inline int64_t count_piece(const uint8_t *q, int64_t bytes) {
  constexpr int64_t size = sizeof(Piece);
  const auto hits = [](const uint8_t *at) -> uint64_t {
    __m128i here, next;
    if constexpr (size == 16) {
      here = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
      next = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at + sizeof(U)));
    } else {
      here = _mm_cvtsi64_si128(static_cast<int64_t>(unit_at<Piece>(at)));
      next = _mm_cvtsi64_si128(static_cast<int64_t>(unit_at<Piece>(at + sizeof(U))));
    }
    __m128i same;
    if constexpr (sizeof(U) == 1) same = _mm_cmpeq_epi8(here, next);
    if constexpr (sizeof(U) == 2) same = _mm_cmpeq_epi16(here, next);
    if constexpr (sizeof(U) == 4) same = _mm_cmpeq_epi32(here, next);
    return static_cast<uint64_t>(_mm_movemask_epi8(same)) & ((uint64_t{1} << size) - 1);
  };
  const uint64_t first = hits(q), second = hits(q + bytes - size) >> (2 * size - bytes);
  return ones(first | second << size) / static_cast<int64_t>(sizeof(U));
}

template <class U>
inline int64_t count_few(const uint8_t *q, int64_t bytes) {
  if (bytes >= 16) return count_piece<U, __m128i>(q, bytes);
  if (bytes >= 8) return count_piece<U, uint64_t>(q, bytes);
  if (bytes >= 4) return count_piece<U, uint32_t>(q, bytes);
  int64_t count = 0;
  for (int64_t i = 0; i < bytes; i += static_cast<int64_t>(sizeof(U))) count += pair_at<U>(q + i);
  return count;
}

template <class U>
inline int64_t count_doubles(const uint8_t *q, int64_t length) {
  constexpr int64_t size = sizeof(U);
  if (length < 2) return 0;
  const uint8_t *const end = q + (length - 1) * size;
  if (end - q < width) return count_few<U>(q, end - q);
  int64_t count = 0;
  // Without a popcount instruction counters are never slower.
  if (end - q > (width == 16 ? 64 : mask_bytes)) count = count_groups<U>(q, end);
  int64_t bits = 0;
  for (; end - q >= width; q += width) bits += ones(pairs<U>(q));
  if (end > q) bits += ones(pairs<U>(end - width) >> (width - (end - q)));
  return count + bits / size;
}

#else

// Blocks of 255 pairs in bytes, which every compiler turns into vectors.
template <class U>
inline int64_t count_doubles(const uint8_t *q, int64_t length) {
  int64_t count = 0;
  for (int64_t left = length - 1; left > 0; left -= 255) {
    const int64_t pairs = left < 255 ? left : 255;
    uint8_t block = 0;
    for (int64_t i = 0; i < pairs; ++i)
      block = static_cast<uint8_t>(block + pair_at<U>(q + i * static_cast<int64_t>(sizeof(U))));
    count += block;
    q += pairs * static_cast<int64_t>(sizeof(U));
  }
  return count;
}

#endif

template <class U>
inline void count_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out) {
  for (int64_t row = 0; row < rows; ++row)
    out[row] = count_doubles<U>(text + offsets[row] * static_cast<int64_t>(sizeof(U)),
                                offsets[row + 1] - offsets[row]);
}

}  // namespace

int64_t doubles_u8(const uint8_t *text, int64_t length) {
  return count_doubles<uint8_t>(text, length);
}
int64_t doubles_u16(const void *text, int64_t length) {
  return count_doubles<uint16_t>(static_cast<const uint8_t *>(text), length);
}
int64_t doubles_u32(const void *text, int64_t length) {
  return count_doubles<uint32_t>(static_cast<const uint8_t *>(text), length);
}

void doubles_u8_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out) {
  count_rows<uint8_t>(text, offsets, rows, out);
}
void doubles_u16_rows(const void *text, const int64_t *offsets, int64_t rows, int64_t *out) {
  count_rows<uint16_t>(static_cast<const uint8_t *>(text), offsets, rows, out);
}
void doubles_u32_rows(const void *text, const int64_t *offsets, int64_t rows, int64_t *out) {
  count_rows<uint32_t>(static_cast<const uint8_t *>(text), offsets, rows, out);
}

}  // namespace windlass::text::WDL_LEVEL
