#include "count_needle.hpp"

#include <utility>

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

// Of the matches that begin in the range, before which `decided` are decided.
void CountNeedle::decide(Summary &summary, const Range &range, int64_t decided) const {
  if (apart_)
    summary.taken.read(needle_.pattern(), range, decided);
  else
    summary.total += search::kernels().count(needle_.pattern(), range);
}

CountNeedle::Summary CountNeedle::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  summary.bytes = bytes;
  if (needle_.empty()) return summary;
  const auto *chars = reinterpret_cast<const char *>(text);
  const int64_t kept = bytes > most_undecided() ? borders_.edge() : bytes;
  summary.tail.assign(chars + bytes - kept, size_t(kept));
  if (kept == bytes) return summary;
  summary.head.assign(chars, size_t(kept));
  decide(summary, borders_.inner(text, bytes), 0);
  return summary;
}

void CountNeedle::join(Summary &left, const Summary &right) const {
  if (right.bytes == 0) return;
  if (needle_.empty()) {
    left.bytes += right.bytes;
    return;
  }
  if (right.decided() == 0) return append(left, right.tail);
  // What may be out of memory comes first.
  std::string window = left.tail + right.head, tail = right.tail;
  const auto size = int64_t(left.tail.size()), decided = left.decided();
  if (decided == 0) left.head.assign(window, 0, size_t(borders_.edge()));
  const int64_t begin = borders_.margin;
  decide(left, {bytes_of(window), int64_t(window.size()), begin, begin + size}, decided);
  left.taken.then(left.bytes, right.taken, needle_.pattern());
  left.total += right.total;
  left.bytes += right.bytes;
  left.tail = std::move(tail);
}

void CountNeedle::append(Summary &left, const std::string &text) const {
  const auto edge = size_t(borders_.edge());
  const int64_t decided = left.decided();
  const auto size = int64_t(left.tail.size() + text.size());
  const bool full = size > most_undecided(), first = full && decided == 0;
  if (first) left.head.reserve(edge);  // so that it stays as it is where memory is short
  left.tail += text;
  left.bytes += int64_t(text.size());
  if (!full) return;
  if (first) left.head.assign(left.tail, 0, edge);
  decide(left, borders_.inner(bytes_of(left.tail), size), decided);
  left.tail.erase(0, left.tail.size() - edge);
}

int64_t CountNeedle::finish(const Summary &summary, int64_t *out) const {
  *out = summary.bytes + 1;
  if (needle_.empty()) return -1;
  const std::string &head = summary.head, &tail = summary.tail;
  const auto size = int64_t(tail.size());
  const int64_t decided = summary.decided(), begin = borders_.margin;
  if (decided == 0) return whole(bytes_of(tail), size, out);
  // What the ends of the text decide: a match at its begin, and those that begin in its tail.
  const search::Kernels &k = search::kernels();
  const Pattern &pattern = needle_.pattern();
  const int64_t front = k.count(pattern, {bytes_of(head), int64_t(head.size()), 0, begin});
  const Range back{bytes_of(tail), size, begin, size};
  if (apart_) {
    const auto [count, end] = summary.taken.of(front * (borders_.length - begin), pattern);
    int64_t reach = begin + std::max<int64_t>(0, end - decided);
    *out = front + count + k.count_apart(pattern, back, &reach);
  } else {
    *out = front + summary.total + k.count(pattern, back);
  }
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
  const int64_t decided = summary.decided(), edge = borders_.edge();
  const auto head = int64_t(summary.head.size()), tail = int64_t(summary.tail.size());
  if (summary.total < 0 || summary.total > summary.bytes) return false;
  if (needle_.empty()) return summary.bytes >= 0 && head == 0 && tail == 0;
  return decided >= 0 && head == (decided > 0 ? edge : 0) && tail >= (decided > 0 ? edge : 0) &&
         tail <= most_undecided() && summary.taken.sound(needle_.pattern(), summary.bytes);
}

}  // namespace windlass::text
