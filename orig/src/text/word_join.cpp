// Tables of several workers as one. Words are in the order of their hashes, but for those whose
// bucket was full, so that ranges of the buckets can be joined by different threads. What reaches
// over a range's end, finds no room near its bucket or is long is left for afterwards.
#include <cmath>

#include "core/parallel.hpp"
#include "word_table.hpp"

namespace windlass::text {
namespace {

using words::Bucket;
using words::bucket_words;
using words::Key;

constexpr size_t ranges = 64;
constexpr size_t least_buckets = 64 * ranges;  // worth several threads
constexpr size_t near = 8;                     // buckets looked at

}  // namespace

Vocabulary Vocabulary::joined(Run &run, std::vector<Vocabulary> tables) {
  const auto fewer = [](const Vocabulary &a, const Vocabulary &b) { return a.used_ < b.used_; };
  std::swap(tables[0], *std::max_element(tables.begin(), tables.end(), fewer));
  Vocabulary &all = tables[0];
  for (size_t i = 1; i < tables.size(); i++) {
    const Vocabulary &other = tables[i];
    const bool alike = all.seeds_.low == other.seeds_.low && all.seeds_.high == other.seeds_.high;
    const size_t least = std::min(all.buckets_.size(), other.buckets_.size());
    if (!alike || least < least_buckets) {
      all.add_all(other, 0);
      continue;
    }
    Joined parts[ranges];
    parallel_for(run, ranges,
                 [&](int64_t range, int) { all.join_range(other, size_t(range), parts[range]); });
    for (const Joined &part : parts) all.used_ += part.used, all.total_ += part.total;
    for (const Joined &part : parts)
      for (const size_t place : part.left)
        all.add_from(other.buckets_[place / bucket_words], int(place % bucket_words), other, 0);
  }
  return std::move(all);
}

void Vocabulary::join_range(const Vocabulary &other, size_t range, Joined &to) {
  const size_t theirs = other.buckets_.size() / ranges, own = buckets_.size() / ranges;
  for (size_t i = range * theirs; i < (range + 1) * theirs; i++)
    for (int k = 0; k < bucket_words && other.buckets_[i].keys[k].high != 0; k++)
      if (!join_word(other.buckets_[i], k, range * own, (range + 1) * own, to))
        to.left.push_back(i * bucket_words + size_t(k));
}

bool Vocabulary::join_word(const Bucket &from, int k, size_t begin, size_t end,
                           Joined &to) noexcept {
  const Key key = from.keys[k];
  const size_t home = words::hash_of(key, seeds_) >> shift_of(buckets_.size());
  if (key.high & words::long_word || home < begin || home >= end) return false;
  for (size_t i = home; i < std::min(end, home + near); i++) {
    Bucket &bucket = buckets_[i];
    for (int place = 0; place < bucket_words; place++) {
      const bool free = bucket.keys[place].high == 0;
      if (!free && !(bucket.keys[place] == key)) continue;
      bucket.firsts[place] = free ? from.firsts[k] : std::min(bucket.firsts[place], from.firsts[k]);
      bucket.keys[place] = key;
      bucket.counts[place] += from.counts[k];
      to.used += free, to.total += from.counts[k];
      return true;
    }
  }
  return false;
}

// The chance that the next word is new is that of words seen once (I. J. Good, 1953,
// doi:10.1093/biomet/40.3-4.237), so words grow as text to the power of their share, which falls.
int64_t Vocabulary::likely_distinct(double times) const noexcept {
  int64_t once = 0;
  for (const Bucket &bucket : buckets_)
    for (int k = 0; k < bucket_words; k++) once += bucket.counts[k] == 1;
  if (times <= 1 || once == 0) return used_;
  return static_cast<int64_t>(double(used_) * std::pow(times, 0.6 * double(once) / double(used_)));
}

}  // namespace windlass::text
