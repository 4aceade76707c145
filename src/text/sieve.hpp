// Many needles of which few begin anywhere: found by windows, tile by tile, as long as the text is
// such.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "sieve_kernels.hpp"

namespace windlass::text {

class ManySieve {
 public:
  ManySieve() = default;
  ManySieve(const ManySieve &) = delete;  // the tables point into it
  ManySieve &operator=(const ManySieve &) = delete;
  // told: the needles of which it matters where they are. Nothing is built of too many needles.
  void build(const std::vector<std::string> &needles, bool ignore_case,
             const std::vector<bool> &told);
  bool ready() const noexcept { return !needles_.empty() && sieve::kernels().count; }
  const sieve::Sieve &tables() const noexcept { return tables_; }
  int64_t needles() const noexcept { return int64_t(needles_.size()) - 1; }
  bool any_told() const noexcept { return any_told_; }

 private:
  static constexpr size_t most_needles = 512;  // of more, too many places look like one
  static constexpr size_t few_needles = 16;    // three bytes tell enough where looking up is exact
  static constexpr size_t padding = 8;

  sieve::Sieve tables_;
  bool any_told_ = false;
  std::vector<uint8_t> bytes_, fold_;
  std::vector<sieve::Needle> needles_;
  std::vector<sieve::Frame> frames_;
  std::vector<uint16_t> first_, next_, only_;

  int32_t width_of(const sieve::Needle &needle) const noexcept {
    return int32_t(std::min<int64_t>(needle.length, tables_.width));
  }
  void copy(const std::vector<std::string> &needles, bool ignore_case,
            const std::vector<bool> &told);
  void fill_tables();
  void fill_frames();
  void hash_windows(bool ignore_case);
};

// What one thread keeps while it counts.
class SieveScan {
 public:
  explicit SieveScan(const ManySieve &sieve);
  // Bytes at a time.
  int64_t part() const noexcept { return sieve_.any_told() ? sieve::tile : 4 * sieve::tile; }
  // Of a tile up to `most` places may look like needles. False: it has too many, or takes too long.
  bool count(const many::Part &part, int64_t most);
  int64_t count_of(int64_t needle) const noexcept {  // in the part
    const auto &turn = result_.counts[needle + 1].turn;
    return int64_t{turn[0]} + turn[1] + turn[2] + turn[3];
  }
  // found(p, needle) for every one that is told, by rising p of each.
  template <class Found>
  void each_told(Found &&found) const {
    for (int64_t i = 0; i < result_.told; i++)
      found(result_.hits[i].place, int64_t{result_.hits[i].needle} - 1);
  }

 private:
  const ManySieve &sieve_;
  sieve::Count *kernel_;
  std::vector<sieve::Counts> counts_;
  std::vector<uint16_t> places_;
  std::vector<sieve::Hit> hits_;
  sieve::Result result_{};
};

}  // namespace windlass::text
