#include "word_rank.hpp"

#include <algorithm>
#include <utility>

#include "core/parallel.hpp"

namespace windlass::text {
namespace {

using Place = Vocabulary::Placed;

constexpr size_t digit_bits = 11, digits = size_t{1} << digit_bits;
constexpr size_t least_share = 8192;  // places worth a thread's while

// Shares of places, one a worker: body(share, its first place, the place after its last).
class Shares {
 public:
  Shares(Run &run, size_t places)
      : run_(run),
        places_(places),
        shares_(std::clamp<size_t>(places / least_share, 1, size_t(run.workers()))) {}
  size_t count() const noexcept { return shares_; }

  template <class Body>
  void each(Body &&body) const {
    parallel_for(run_, int64_t(shares_), [&](int64_t share, int) {
      body(size_t(share), places_ * size_t(share) / shares_, places_ * size_t(share + 1) / shares_);
    });
  }

 private:
  Run &run_;
  size_t places_, shares_;
};

// Sorts by what `number` gives, up to 64 bits, from the least; equals keep their order.
template <class Number>
void radix_sort(const Shares &shares, std::vector<Place> &places, uint64_t greatest,
                Number &&number) {
  std::vector<Place> other(places.size());
  std::vector<size_t> next(shares.count() * digits);  // where a share's next of each digit goes
  for (unsigned shift = 0; shift < 64 && greatest >> shift; shift += digit_bits) {
    const auto digit = [&](const Place &place) { return (number(place) >> shift) % digits; };
    std::fill(next.begin(), next.end(), 0);
    shares.each([&](size_t share, size_t begin, size_t end) {
      for (size_t i = begin; i < end; i++) next[share * digits + digit(places[i])]++;
    });
    size_t before = 0;
    for (size_t d = 0; d < digits; d++)
      for (size_t share = 0; share < shares.count(); share++)
        before += std::exchange(next[share * digits + d], before);
    shares.each([&](size_t share, size_t begin, size_t end) {
      for (size_t i = begin; i < end; i++)
        other[next[share * digits + digit(places[i])]++] = places[i];
    });
    places.swap(other);
  }
}

void sort(const Shares &shares, std::vector<Place> &places) {
  int64_t last = 0, most = 0;
  for (const Place &place : places)
    last = std::max(last, place.first), most = std::max(most, place.count);
  radix_sort(shares, places, uint64_t(last), [](const Place &p) { return uint64_t(p.first); });
  radix_sort(shares, places, uint64_t(most),
             [most](const Place &p) { return uint64_t(most - p.count); });
}

void cut(std::vector<Place> &places, int64_t top) {
  if (top == 0 || size_t(top) >= places.size()) return;
  std::nth_element(places.begin(), places.begin() + top, places.end(),
                   [](const Place &a, const Place &b) {
                     return a.count != b.count ? a.count > b.count : a.first < b.first;
                   });
  places.resize(size_t(top));
}

void put_keys(const Shares &shares, const std::vector<Place> &places, const Vocabulary &words,
              WordTable &table) {
  int64_t bytes = 0;
  for (size_t i = 0; i < places.size(); i++) {
    table.offsets[i] = bytes;
    bytes += table.lengths[i];
  }
  table.keys.resize(size_t(bytes));
  shares.each([&](size_t, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++)
      std::copy_n(words.at(places[i]).bytes, table.lengths[i],
                  table.keys.data() + table.offsets[i]);
  });
}

}  // namespace

WordTable ranked(Run &run, const Vocabulary &words, int64_t top, bool keys) {
  std::vector<Place> places = words.places();
  cut(places, top);
  const Shares shares(run, places.size());
  sort(shares, places);
  WordTable table;
  table.total = words.total(), table.distinct = words.distinct();
  for (auto *column : {&table.offsets, &table.lengths, &table.counts})
    column->resize(places.size());
  shares.each([&](size_t, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) {
      table.offsets[i] = places[i].first;
      table.lengths[i] = words.length(places[i]);
      table.counts[i] = places[i].count;
    }
  });
  if (keys) put_keys(shares, places, words, table);
  return table;
}

}  // namespace windlass::text
