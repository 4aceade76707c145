#include "doubles_operation.hpp"

#include <cstring>

namespace windlass::text {
namespace {

// The last of a text that begins where a character or an ill-formed part does; bytes > 0.
Character last_character(const uint8_t *text, int64_t bytes, bool surrogates) noexcept {
  int64_t at = bytes - 1;
  while (at > 0 && at > bytes - 4 && (text[at] & 0xC0) == 0x80) at--;
  for (;;) {
    const Character next = next_character(text + at, bytes - at, surrogates);
    at += next.bytes;
    if (at == bytes) return next;
  }
}

}  // namespace

void NeighbourCounts::join(const NeighbourCounts &next) noexcept {
  if (next.units == 0) return;
  if (units == 0) {
    *this = next;
    return;
  }
  const bool pair = last >= 0 && last == next.first;
  count += next.count;
  if (pair && !runs) count++;
  if (pair && runs) count += 1 - last_pair - next.first_pair;
  if (units == 1) first_pair = pair;
  last_pair = next.units == 1 ? pair : next.last_pair;
  last = next.last;
  units = 2;
}

CountNeighbours::CountNeighbours(const Settings &settings, bool runs,
                                 const Kernels &kernels) noexcept
    : kernels_(&kernels),
      unit_(settings.unit),
      invalid_(settings.invalid),
      what_{runs, settings.ignore_case} {}

NeighbourCounts CountNeighbours::one(int64_t unit) const noexcept {
  NeighbourCounts counts;
  if (what_.ignore_case && unit >= 'A' && unit <= 'Z') unit += 'a' - 'A';
  counts.units = 1;
  counts.first = counts.last = unit;
  counts.runs = what_.runs;
  return counts;
}

// A character is known by its bytes.
NeighbourCounts CountNeighbours::one(const uint8_t *text, Character character) const noexcept {
  int64_t bytes = 0;
  for (int64_t k = 0; k < character.bytes; k++) bytes = bytes << 8 | text[k];
  return one(character.well_formed ? bytes : -1);
}

int64_t CountNeighbours::unit_at(const uint8_t *q) const noexcept {
  uint16_t two;
  uint32_t four;
  switch (unit_) {
    case Unit::u16:
      std::memcpy(&two, q, sizeof two);
      return two;
    case Unit::u32:
      std::memcpy(&four, q, sizeof four);
      return four;
    default:
      return *q;
  }
}

int64_t CountNeighbours::count_units(const uint8_t *text, int64_t bytes) const noexcept {
  switch (unit_) {
    case Unit::u16:
      return kernels_->count_u16(text, bytes / 2, what_);
    case Unit::u32:
      return kernels_->count_u32(text, bytes / 4, what_);
    default:
      return kernels_->count_u8(text, bytes, what_);
  }
}

NeighbourCounts CountNeighbours::units(const uint8_t *text, int64_t bytes) const noexcept {
  const int64_t size = unit_size(unit_), last = bytes - size;
  if (bytes == 0) return {};
  // Before the ends are looked at, which then are in cache.
  const int64_t count = count_units(text, bytes);
  NeighbourCounts counts = one(unit_at(text));
  if (last > 0) {
    const NeighbourCounts end = one(unit_at(text + last));
    NeighbourCounts pair = one(unit_at(text + last - size));
    counts.join(one(unit_at(text + size)));
    pair.join(end);
    counts.last = end.last;
    counts.last_pair = pair.last_pair;
  }
  counts.count = count;
  return counts;
}

// Of whole characters and ill-formed parts; bytes > 0.
NeighbourCounts CountNeighbours::characters(const uint8_t *text, int64_t bytes,
                                            int64_t &ill) const noexcept {
  int64_t count = 0;
  ill = whole(text, bytes, &count);
  const bool surrogates = trusted();
  const Character first = next_character(text, bytes, surrogates);
  const Character last = last_character(text, bytes, surrogates);
  const int64_t end = bytes - last.bytes;
  NeighbourCounts counts = one(text, first);
  if (end > 0) {
    const uint8_t *second = text + first.bytes;
    counts.join(one(second, next_character(second, bytes - first.bytes, surrogates)));
    const Character before = last_character(text, end, surrogates);
    NeighbourCounts pair = one(text + end - before.bytes, before);
    pair.join(one(text + end, last));
    counts.last = pair.last;
    counts.last_pair = pair.last_pair;
  }
  counts.count = count;
  return counts;
}

int64_t CountNeighbours::whole(const uint8_t *text, int64_t bytes, int64_t *out) const noexcept {
  if (unit_ != Unit::utf8) {
    out[0] = count_units(text, bytes);
    return -1;
  }
  if (invalid_ == Invalid::trusted) out[0] = kernels_->count_utf8_trusted(text, bytes, what_);
  if (invalid_ == Invalid::lossy) out[0] = kernels_->count_utf8_lossy(text, bytes, what_);
  if (invalid_ != Invalid::strict) return -1;
  const Utf8 found = kernels_->count_utf8(text, bytes, what_);
  out[0] = found.count;
  return found.bad;
}

CountNeighbours::Summary CountNeighbours::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  if (unit_ == Unit::utf8) {
    summary.scan(text, bytes, trusted(), [this](const uint8_t *q, int64_t n, int64_t &ill) {
      return characters(q, n, ill);
    });
  } else {
    summary.bytes = bytes;
    summary.bounded = true;
    summary.counts = units(text, bytes);
  }
  return summary;
}

void CountNeighbours::join(Summary &left, const Summary &right) const {
  if (unit_ == Unit::utf8) {
    left.join(right, trusted(), [this](const uint8_t *q, Character next) { return one(q, next); });
  } else {
    left.bytes += right.bytes;
    left.bounded = true;
    left.counts.join(right.counts);
  }
}

int64_t CountNeighbours::finish(const Summary &summary, int64_t *out) const {
  if (unit_ != Unit::utf8) {
    out[0] = summary.counts.count;
    return -1;
  }
  const Summary all =
      summary.whole(trusted(), [this](const uint8_t *q, Character next) { return one(q, next); });
  out[0] = all.counts.count;
  return invalid_ == Invalid::strict ? all.ill : -1;
}

bool CountNeighbours::settled(const Summary &summary) const noexcept {
  return invalid_ == Invalid::strict && summary.ill >= 0;
}

bool CountNeighbours::sound(const Summary &summary) const noexcept {
  const NeighbourCounts &counts = summary.counts;
  return summary.sound() && counts.count >= 0 && counts.count <= summary.bytes &&
         (counts.units == 0 || counts.runs == what_.runs);
}

Ill CountNeighbours::rows(const RowRange &rows, int64_t *out) const noexcept {
  if (!what_.runs && !what_.ignore_case && unit_size(unit_) == 1) {
    if (unit_ == Unit::byte) {
      kernels_->doubles_u8_rows(rows.text, rows.offsets, rows.rows, out);
      return {};
    }
    if (invalid_ == Invalid::trusted) {
      kernels_->doubles_utf8_trusted_rows(rows.text, rows.offsets, rows.rows, out);
      return {};
    }
    if (invalid_ == Invalid::strict) {
      const BadRow bad = kernels_->doubles_utf8_rows(rows.text, rows.offsets, rows.rows, out);
      return bad.row < 0 ? Ill() : Ill{bad.row, bad.bad - rows.offsets[bad.row]};
    }
  }
  for (int64_t row = 0; row < rows.rows; row++) {
    const int64_t begin = rows.offsets[row];
    const int64_t ill = whole(rows.text + begin, rows.offsets[row + 1] - begin, out + row);
    if (ill >= 0) return {row, ill};
  }
  return {};
}

}  // namespace windlass::text
