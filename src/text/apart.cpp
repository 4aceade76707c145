#include "apart.hpp"

#include <algorithm>
#include <array>

#include "search_kernels.hpp"

namespace windlass::text {
namespace {

constexpr int64_t part_bytes = 4096;

}  // namespace

Reach reach_of(const Pattern &pattern, const Range &range, int64_t reach) {
  const search::Kernels &k = search::kernels();
  std::array<int64_t, 1024> found;
  Reaches reaches(reach, 1);
  int64_t at = range.first;
  while (at < range.last && !reaches.single(at - range.first)) {
    Range part{range.text, range.bytes, at, std::min(at + part_bytes, range.last)};
    const int64_t count =
        k.positions(pattern, part, int64_t(found.size()), found.data(), &part.last);
    for (int64_t i = 0; i < count; i++)
      reaches.hit(found[size_t(i)] - range.first, 0, pattern.length);
    at = part.last;
  }
  if (at < range.last) {
    int64_t end = range.first + reaches.end;
    reaches.counts()[0] +=
        k.count_apart(pattern, {range.text, range.bytes, at, range.last}, &end);
    reaches.end = end - range.first;
  }
  return reaches.finish(std::max<int64_t>(0, range.last - range.first));
}

}  // namespace windlass::text
