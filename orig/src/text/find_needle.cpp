#include "find_needle.hpp"

#include "search_kernels.hpp"

namespace windlass::text {
namespace {

const uint8_t *bytes_of(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

bool is_sound(const NeedleBorders &borders, const FindSummary &summary) noexcept {
  if (summary.bytes < 0 || summary.position < -1 || summary.position > summary.bytes) return false;
  return borders.length == 0 || summary.edges.fit(summary.bytes, borders.edge());
}

void join_edges(const NeedleBorders &borders, FindSummary &left, const FindSummary &right) {
  if (borders.length > 0) left.edges.join(right.edges, borders.edge());
  left.bytes += right.bytes;
}

// A match at the begin of a text, which its end or begin decide.
bool at_begin(const Needle &needle, const NeedleBorders &borders, const FindSummary &summary) {
  if (borders.margin == 0) return false;
  const std::string &head = summary.edges.head;
  const Range range{bytes_of(head), int64_t(head.size()), 0, 1};
  return search::kernels().first(needle.pattern(), range) == 0;
}

// Matches at the end of a text, decided by that; not those at its begin.
Range at_end(const NeedleBorders &borders, const FindSummary &summary) noexcept {
  const std::string &tail = summary.edges.tail;
  const auto size = int64_t(tail.size());
  const int64_t before = borders.decided(summary.bytes);
  return {bytes_of(tail), size, borders.margin + before - (summary.bytes - size), size};
}

// Of a window's position, in the text.
int64_t moved(int64_t found, int64_t by) { return found < 0 ? -1 : found + by; }

}  // namespace

FindFirst::FindFirst(const Settings &settings)
    : needle_(settings, only_needle(settings)), borders_(needle_) {}

int64_t FindFirst::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  *out = needle_.empty() ? 0 : search::kernels().first(needle_.pattern(), {text, bytes, 0, bytes});
  return -1;
}

FindFirst::Summary FindFirst::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  summary.bytes = bytes;
  if (bytes == 0 || needle_.empty()) return summary;
  summary.edges = Edges(text, bytes, borders_.edge());
  summary.position = search::kernels().first(needle_.pattern(), borders_.inner(text, bytes));
  return summary;
}

void FindFirst::join(Summary &left, const Summary &right) const {
  if (left.position < 0 && left.bytes > 0 && right.bytes > 0 && !needle_.empty()) {
    const Straddle middle(borders_, left.edges, left.bytes, right.edges, right.bytes);
    left.position = moved(search::kernels().first(needle_.pattern(), middle.range()), middle.begin);
  }
  if (left.position < 0) left.position = moved(right.position, left.bytes);
  join_edges(borders_, left, right);
}

int64_t FindFirst::finish(const Summary &summary, int64_t *out) const {
  if (needle_.empty() || at_begin(needle_, borders_, summary)) {
    *out = 0;
    return -1;
  }
  *out = summary.position;
  if (*out >= 0 || borders_.margin == 0) return -1;
  const auto skipped = summary.bytes - int64_t(summary.edges.tail.size());
  *out = moved(search::kernels().first(needle_.pattern(), at_end(borders_, summary)), skipped);
  return -1;
}

bool FindFirst::sound(const Summary &summary) const noexcept { return is_sound(borders_, summary); }

bool FindFirst::settled(const Summary &summary) const noexcept {
  return summary.position >= 0 || needle_.empty();
}

FindLast::FindLast(const Settings &settings)
    : needle_(settings, only_needle(settings)), borders_(needle_) {}

int64_t FindLast::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  *out =
      needle_.empty() ? bytes : search::kernels().last(needle_.pattern(), {text, bytes, 0, bytes});
  return -1;
}

FindLast::Summary FindLast::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  summary.bytes = bytes;
  if (bytes == 0 || needle_.empty()) return summary;
  summary.edges = Edges(text, bytes, borders_.edge());
  summary.position = search::kernels().last(needle_.pattern(), borders_.inner(text, bytes));
  return summary;
}

void FindLast::join(Summary &left, const Summary &right) const {
  if (right.position >= 0) {
    left.position = left.bytes + right.position;
  } else if (left.bytes > 0 && right.bytes > 0 && !needle_.empty()) {
    const Straddle middle(borders_, left.edges, left.bytes, right.edges, right.bytes);
    const int64_t found = search::kernels().last(needle_.pattern(), middle.range());
    if (found >= 0) left.position = middle.begin + found;
  }
  join_edges(borders_, left, right);
}

int64_t FindLast::finish(const Summary &summary, int64_t *out) const {
  *out = needle_.empty() ? summary.bytes : summary.position;
  if (needle_.empty() || borders_.margin == 0) return -1;
  const int64_t found = search::kernels().last(needle_.pattern(), at_end(borders_, summary));
  if (found >= 0)
    *out = summary.bytes - int64_t(summary.edges.tail.size()) + found;
  else if (*out < 0 && at_begin(needle_, borders_, summary))
    *out = 0;
  return -1;
}

void FindLast::precede(Summary &summary, int64_t bytes) const noexcept {
  summary.bytes += bytes;
  summary.position += bytes;
}

bool FindLast::sound(const Summary &summary) const noexcept { return is_sound(borders_, summary); }

}  // namespace windlass::text
