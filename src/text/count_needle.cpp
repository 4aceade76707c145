#include "count_needle.hpp"

#include "apart.hpp"
#include "pieces.hpp"
#include "search_kernels.hpp"

namespace windlass::text {
namespace {

const uint8_t *bytes_of(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

}  // namespace

CountNeedle::CountNeedle(const Settings &settings)
    : needle_(settings, only_needle(settings)),
      apart_(!settings.overlapping && needle_.has_border()),
      borders_(needle_) {}

int64_t CountNeedle::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  const Range all{text, bytes, 0, bytes};
  int64_t reach = 0;
  if (needle_.empty())
    *out = bytes + 1;
  else if (apart_)
    *out = search::kernels().count_apart(needle_.pattern(), all, &reach);
  else
    *out = search::kernels().count(needle_.pattern(), all);
  return -1;
}

void CountNeedle::run_directly(Run &run, const uint8_t *text, int64_t bytes, int64_t *out) const {
  int64_t total = 0, reach = 0;
  for (int64_t at = 0; at < bytes; at += chunk_bytes) {
    if (run.report("text", at, bytes, 0)) require_time(run);
    const Range range{text, bytes, at, std::min(at + chunk_bytes, bytes)};
    total += search::kernels().count_apart(needle_.pattern(), range, &reach);
  }
  *out = total;
}

CountNeedle::Summary CountNeedle::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  summary.bytes = bytes;
  if (bytes == 0 || needle_.empty()) return summary;
  summary.edges = Edges(text, bytes, borders_.edge());
  const Range range = borders_.inner(text, bytes);
  if (apart_)
    summary.reach = reach_of(needle_.pattern(), range, borders_.edge() + 1);
  else
    summary.total = search::kernels().count(needle_.pattern(), range);
  return summary;
}

void CountNeedle::join(Summary &left, const Summary &right) const {
  if (right.bytes == 0) return;
  if (needle_.empty() || left.bytes == 0) {
    const int64_t bytes = left.bytes + right.bytes;
    left = right;
    left.bytes = bytes;
    return;
  }
  const Straddle middle(borders_, left.edges, left.bytes, right.edges, right.bytes);
  if (apart_) {
    const int64_t before = borders_.decided(left.bytes), both = middle.to - middle.from;
    const Reach between = reach_of(needle_.pattern(), middle.range(), borders_.edge() + 1);
    left.reach = left.reach.then(before, between, both);
    if (const int64_t after = borders_.decided(right.bytes); after > 0)
      left.reach = left.reach.then(before + both, right.reach, after);
  } else {
    left.total += search::kernels().count(needle_.pattern(), middle.range()) + right.total;
  }
  left.edges.join(right.edges, borders_.edge());
  left.bytes += right.bytes;
}

int64_t CountNeedle::finish(const Summary &summary, int64_t *out) const {
  *out = needle_.empty() ? summary.bytes + 1 : summary.total;
  if (needle_.empty() || (!apart_ && borders_.margin == 0)) return -1;
  // What the ends of the text decide: a match at its begin, and those that begin in its tail.
  const search::Kernels &k = search::kernels();
  const std::string &head = summary.edges.head, &tail = summary.edges.tail;
  const int64_t front =
      k.count(needle_.pattern(), {bytes_of(head), int64_t(head.size()), 0, borders_.margin});
  const int64_t before = borders_.decided(summary.bytes);
  const int64_t came = front > 0 ? borders_.length - borders_.margin : 0;
  const Way &way = summary.reach.of(came);
  const int64_t cover = way.cover < 0 ? std::max<int64_t>(0, came - before) : way.cover;
  const auto size = int64_t(tail.size());
  const int64_t begin = borders_.margin + before - (summary.bytes - size);
  const Range back{bytes_of(tail), size, begin, size};
  int64_t reach = begin + cover;
  *out +=
      front + (way.counts.empty() ? 0 : way.counts[0]) +
      (apart_ ? k.count_apart(needle_.pattern(), back, &reach) : k.count(needle_.pattern(), back));
  return -1;
}

Ill CountNeedle::rows(const RowRange &rows, int64_t *out) const {
  if (needle_.empty())
    for (int64_t row = 0; row < rows.rows; row++)
      out[row] = rows.offsets[row + 1] - rows.offsets[row] + 1;
  else
    search::kernels().count_rows(needle_.pattern(), apart_, rows.text, rows.offsets, rows.rows,
                                 out);
  return {};
}

bool CountNeedle::sound(const Summary &summary) const noexcept {
  if (summary.bytes < 0 || summary.total < 0 || summary.total > summary.bytes) return false;
  if (needle_.empty()) return true;
  return summary.edges.fit(summary.bytes, borders_.edge()) &&
         summary.reach.sound(borders_.edge() + 1, 1, summary.bytes);
}

}  // namespace windlass::text
