#include "many_groups.hpp"

#include <algorithm>
#include <numeric>

namespace windlass::text {
namespace {

constexpr int64_t padding = 8;

bool is_letter(uint8_t byte) { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }

void let_in(many::Group &group, int k, uint8_t byte, uint8_t bit) {
  group.low[k][byte & 0x0F] |= bit;
  group.high[k][byte >> 4] |= bit;
}

}  // namespace

void ManyGroups::build(const std::vector<std::string> &needles, bool ignore_case,
                       const std::vector<bool> &marked, bool listed) {
  if (int64_t(needles.size()) > most_grouped) return;
  std::vector<int32_t> order(needles.size());
  std::iota(order.begin(), order.end(), 0);
  // Those alike together: short ones need fewer bytes tested. The order that is asked for stays.
  if (!listed)
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      if (marked[size_t(a)] != marked[size_t(b)]) return bool(marked[size_t(b)]);
      return needles[size_t(a)].size() < needles[size_t(b)].size();
    });
  std::vector<size_t> begins;
  for (const int32_t i : order) {
    begins.push_back(bytes_.size());
    bytes_.insert(bytes_.end(), needles[size_t(i)].begin(), needles[size_t(i)].end());
  }
  bytes_.resize(bytes_.size() + padding);
  for (const uint8_t byte : bytes_) fold_.push_back(ignore_case && is_letter(byte) ? 0x20 : 0);
  place_.resize(needles.size());
  groups_.resize((needles.size() + 7) / 8);
  for (size_t i = 0; i < order.size(); i++) {
    Eight &eight = groups_[i / 8];
    many::Group &group = eight.group;
    const auto b = i % 8;
    const auto bit = uint8_t(1u << b);
    const auto length = int64_t(needles[size_t(order[i])].size());
    const int32_t tested = int32_t(std::min(length, many::tested_bytes));
    group.tested = std::max(group.tested, tested);
    group.needles++;
    group.bytes[b] = bytes_.data() + begins[i];
    group.fold[b] = fold_.data() + begins[i];
    group.length[b] = length;
    eight.needle[b] = order[i];
    place_[size_t(order[i])] = int32_t(i);
    if (marked[size_t(order[i])]) eight.marked |= bit;
    if (length > many::first_bytes) group.beyond |= bit;
    if (length > many::tested_bytes) group.longer |= bit;
    for (int64_t n = length; n < many::tested_bytes; n++) group.within[n] |= bit;
    for (int k = 0; k < many::tested_bytes; k++) {
      if (k >= length) {
        for (int half = 0; half < 16; half++) let_in(group, k, uint8_t(half * 0x11), bit);
        continue;
      }
      const uint8_t byte = group.bytes[b][k];
      let_in(group, k, byte, bit);
      if (group.fold[b][k]) let_in(group, k, uint8_t(byte & ~0x20), bit);
    }
  }
}

bool GroupScan::count(const many::Part &part) {
  part_ = part;
  const many::Kernels &kernels = many::kernels();
  for (size_t g = 0; g < groups_.groups_.size(); g++) {
    const ManyGroups::Eight &eight = groups_.groups_[g];
    int64_t counts[8] = {};
    if (!kernels.count(eight.group, part, counts, eight.marked ? marks(g) : nullptr)) {
      slow_until_ = part.first + pause_.failed(tile_);
      return false;
    }
    for (int b = 0; b < eight.group.needles; b++) counts_[eight.needle[b]] = counts[b];
  }
  pause_.succeeded();
  return true;
}

const uint64_t *GroupScan::marks_of(int64_t needle) {
  const int32_t place = groups_.place(needle);
  const int64_t bytes = part_.last - part_.first;
  many::kernels().select(marks(size_t(place / 8)), bytes, uint8_t(1u << place % 8), bits_);
  if (bytes % 64) bits_[bytes / 64] &= (uint64_t{1} << bytes % 64) - 1;
  return bits_;
}

void GroupScan::select_any() {
  const int64_t bytes = part_.last - part_.first;
  many::kernels().select(marks(0), bytes, 0xFF, bits_);
  for (size_t g = 1; g < groups_.groups_.size(); g++) {
    uint64_t more[most_tile / 64];
    many::kernels().select(marks(g), bytes, 0xFF, more);
    for (int64_t i = 0; i < (bytes + 63) / 64; i++) bits_[i] |= more[i];
  }
}

void GroupScan::mark(int64_t from, int64_t to, const uint32_t *longest, const uint64_t *found) {
  for (size_t g = 0; g < groups_.groups_.size(); g++) {
    if (groups_.groups_[g].marked == 0) continue;
    uint8_t *out = marks(g) + (from - part_.first);
    for (int64_t p = 0; p < to - from; p++) out[p] = uint8_t(found[longest[p]] >> (8 * g));
  }
}

}  // namespace windlass::text
