#include "sieve.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <string_view>

#include "core/isa.hpp"

namespace windlass::text {
namespace {

using sieve::around;
using sieve::window;

bool is_letter(uint8_t byte) { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }

bool permutes_bytes() noexcept {
#if defined(__x86_64__)
  return sieve::kernels().count_permuting && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2");
#else
  return false;
#endif
}

// Of a thousand bytes of English prose or source, about so many.
constexpr std::string_view letters = " etaoinsrhldcumfpgwybvkxjqz";
constexpr uint8_t share[] = {150, 95, 72, 64, 59, 55, 54, 50, 48, 40, 32, 32, 25, 22,
                             20,  18, 18, 15, 14, 14, 11, 8,  6,  2,  1,  1,  1};

// The trigrams that English has most of (R. E. Lewand, Cryptological Mathematics, 2000).
constexpr std::string_view common[] = {"the", "and", "tha", "ent", "ing", "ion", "tio", "for",
                                       "nde", "has", "nce", "edt", "tis", "oft", "sth", "men"};

double commonness(std::string_view bytes) {
  double factor = 1;
  for (const std::string_view three : common)
    if (bytes.find(three) != bytes.npos) factor *= 4;
  return factor;
}

// How often a lookup lets a byte in: the kernel's tables do not tell all bytes apart.
std::array<double, 256> shares(bool permuting) {
  std::array<double, 256> of_byte;
  of_byte.fill(1);
  for (size_t i = 0; i < letters.size(); i++) {
    of_byte[uint8_t(letters[i])] = share[i];
    if (i > 0) of_byte[letters[i] & ~0x20] = 2 + share[i] / 10;
  }
  for (int byte = '0'; byte <= '9'; byte++) of_byte[size_t(byte)] = 4;
  for (const char c : {'\n', ',', '.', '\0', '_', '(', ')'}) of_byte[uint8_t(c)] = 10;
  for (int byte = 0x80; byte < 0xC0; byte++) of_byte[size_t(byte)] = 4;
  const size_t kept = permuting ? 0x7F : 0x0F;
  std::array<double, 256> sums{}, let_in;
  for (size_t byte = 0; byte < 256; byte++) sums[byte & kept] += of_byte[byte];
  for (size_t byte = 0; byte < 256; byte++) let_in[byte] = sums[byte & kept];
  return let_in;
}

// Where in a needle the window of the rarest bytes is, of those that a frame allows.
int32_t best_offset(const sieve::Needle &needle, int32_t width,
                    const std::array<double, 256> &share_of) {
  const int64_t length = needle.length;
  const bool fits = length <= 2 * around;
  const auto last = int32_t(std::min<int64_t>(length - width, around));
  int32_t best = fits ? int32_t(std::max<int64_t>(0, length - around)) : 0;
  double least = 1e300;
  for (int32_t offset = best; offset <= last; offset++) {
    const auto *bytes = reinterpret_cast<const char *>(needle.bytes) + offset;
    double let_in = commonness({bytes, size_t(width)});
    for (int32_t k = 0; k < width; k++) {
      const uint8_t byte = needle.bytes[offset + k];
      let_in *= share_of[byte];
      if (needle.fold[offset + k]) let_in *= 1 + share_of[byte & ~0x20] / share_of[byte];
    }
    if (let_in < least) least = let_in, best = offset;
  }
  return best;
}

}  // namespace

void ManySieve::build(const std::vector<std::string> &needles, bool ignore_case,
                      const std::vector<bool> &told) {
  if (needles.size() > most_needles) return;
  copy(needles, ignore_case, told);
  if (permutes_bytes() && needles.size() <= few_needles) tables_.width = 3;
  const std::array<double, 256> share_of = shares(permutes_bytes());
  for (size_t n = 1; n < needles_.size(); n++) {
    needles_[n].offset = best_offset(needles_[n], width_of(needles_[n]), share_of);
    tables_.before = std::max<int64_t>(tables_.before, needles_[n].offset);
  }
  fill_tables();
  fill_frames();
  hash_windows(ignore_case);
}

void ManySieve::copy(const std::vector<std::string> &needles, bool ignore_case,
                     const std::vector<bool> &told) {
  for (const std::string &needle : needles)
    bytes_.insert(bytes_.end(), needle.begin(), needle.end());
  bytes_.resize(bytes_.size() + padding);
  for (const uint8_t byte : bytes_) fold_.push_back(ignore_case && is_letter(byte) ? 0x20 : 0);
  needles_.push_back({bytes_.data(), fold_.data(), 0, 0, false});  // stands for none
  size_t begin = 0;
  for (size_t i = 0; i < needles.size(); i++) {
    const auto length = int64_t(needles[i].size());
    needles_.push_back({bytes_.data() + begin, fold_.data() + begin, length, 0, told[i]});
    begin += needles[i].size();
    any_told_ |= told[i];
  }
}

// Needles of like windows share an eighth, so that its tables let in few bytes.
void ManySieve::fill_tables() {
  std::vector<size_t> order(needles_.size() - 1);
  std::iota(order.begin(), order.end(), size_t{1});
  const auto view = [&](size_t n) {
    const sieve::Needle &needle = needles_[n];
    return std::string_view(reinterpret_cast<const char *>(needle.bytes) + needle.offset,
                            size_t(width_of(needle)));
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return view(a) < view(b); });
  const size_t eighths = std::max<size_t>(8, order.size());
  for (size_t i = 0; i < order.size(); i++) {
    const sieve::Needle &needle = needles_[order[i]];
    const auto bit = uint8_t(1u << (8 * i / eighths));
    for (int32_t k = 0; k < window; k++) {
      uint8_t *four = tables_.by_four[k], *seven = tables_.by_seven[k];
      if (k >= width_of(needle)) {
        for (int j = 0; j < 16; j++) four[j] |= bit;
        for (int j = 0; j < 128; j++) seven[j] |= bit;
        continue;
      }
      const uint8_t byte = needle.bytes[needle.offset + k];
      four[byte & 0x0F] |= bit;
      seven[byte & 0x7F] |= bit;
      if (needle.fold[needle.offset + k]) seven[byte & ~0x20 & 0x7F] |= bit;
    }
  }
}

void ManySieve::fill_frames() {
  frames_.resize(needles_.size());
  for (size_t n = 1; n < needles_.size(); n++) {
    const sieve::Needle &needle = needles_[n];
    sieve::Frame &frame = frames_[n];
    const int64_t begin = around - needle.offset;
    for (int64_t i = 0; i < needle.length && begin + i < 2 * around; i++) {
      frame.bytes[begin + i] = needle.bytes[i];
      frame.mask[begin + i] = uint8_t(~needle.fold[i]);
    }
  }
  tables_.frames = frames_.data();
  tables_.needles = needles_.data();
}

void ManySieve::hash_windows(bool ignore_case) {
  int32_t width = tables_.width;
  for (size_t n = 1; n < needles_.size(); n++) width = std::min(width, width_of(needles_[n]));
  uint8_t bits[window] = {};
  std::fill_n(bits, width, uint8_t(ignore_case ? ~0x20 : 0xFF));
  std::memcpy(&tables_.key_bits, bits, sizeof bits);
  first_.assign(std::max<size_t>(1024, std::bit_ceil(8 * needles_.size())), 0);
  tables_.key_shift = 32 - std::countr_zero(first_.size());
  next_.assign(needles_.size(), 0);
  only_.assign(first_.size(), 0);
  for (size_t n = 1; n < needles_.size(); n++) {
    const sieve::Needle &needle = needles_[n];
    uint32_t key = 0;
    std::memcpy(&key, needle.bytes + needle.offset, size_t(width_of(needle)));
    const size_t h = sieve::hash(key & tables_.key_bits, tables_.key_shift);
    next_[n] = first_[h];
    first_[h] = uint16_t(n);
    const bool plain = next_[n] == 0 && !needle.told && needle.length <= 2 * around;
    tables_.all_plain &= plain;
    only_[h] = plain ? uint16_t(sizeof(sieve::Frame) * n) : 1;
  }
  tables_.first = first_.data();
  tables_.next = next_.data();
  tables_.plain = only_.data();
}

SieveScan::SieveScan(const ManySieve &sieve)
    : sieve_(sieve),
      kernel_(permutes_bytes() ? sieve::kernels().count_permuting : sieve::kernels().count),
      counts_(size_t(sieve.needles()) + 1),
      places_(sieve::room_for_places),
      hits_(sieve.any_told() ? sieve::most_hits : 0) {
  result_.counts = counts_.data();
  result_.places = places_.data();
  result_.hits = hits_.data();
}

bool SieveScan::count(const many::Part &part, int64_t most) {
  std::fill(counts_.begin(), counts_.end(), sieve::Counts{});
  result_.told = 0;
  return kernel_(sieve_.tables(), part, std::min(most, sieve::most_places), result_);
}

}  // namespace windlass::text
