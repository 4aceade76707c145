#include "lines.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "pieces.hpp"
#include "search_kernels.hpp"

namespace windlass::text {
namespace {

const uint8_t *bytes_of(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

bool has_feed(const uint8_t *text, int64_t from, int64_t to) {
  return to > from && std::memchr(text + from, '\n', size_t(to - from)) != nullptr;
}

}  // namespace

std::string_view line_needle(const Settings &settings) {
  const std::string_view needle = only_needle(settings);
  if (const size_t at = needle.find('\n'); at != needle.npos)
    throw Error(WDL_BAD_ARGUMENT, 1,
                "needle holds a line feed at byte " + std::to_string(at) +
                    ", expected none: a match lies within a line");
  return needle;
}

CountLines::CountLines(const Settings &settings)
    : needle_(settings, line_needle(settings)),
      apart_(!settings.overlapping && needle_.has_border()),
      margin_(settings.whole_words == WholeWords::no ? 0 : 1) {
  if (needle_.empty()) throw Error(WDL_BAD_ARGUMENT, 1, "needle is empty");
}

// Matches that begin at margin_ and up are decided as far as here, counted from margin_.
int64_t CountLines::decided(int64_t bytes) const noexcept {
  return std::max<int64_t>(0, bytes - edge());
}

int64_t CountLines::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  lines::Tally tally;
  lines::kernels().tally(pattern(), {text, bytes, 0, bytes}, apart_, &tally);
  out[0] = tally.lines + tally.open;
  out[1] = tally.total;
  return -1;
}

// As tally() for every way to come in, whose totals go to `taken` (whose positions begin at base).
void CountLines::take_apart(const Range &range, lines::Tally *tally, ApartCount &taken,
                            int64_t base) const {
  const int64_t at = taken.read_while_two(pattern(), range, base);
  lines::kernels().tally(pattern(), {range.text, range.bytes, range.first, at}, false, tally);
  if (at >= range.last) return;
  tally->total = 0;
  tally->reach = taken.end() - base + range.first;
  lines::kernels().tally(pattern(), {range.text, range.bytes, at, range.last}, true, tally);
  taken.follow({tally->total, tally->reach - range.first + base});
}

CountLines::Summary CountLines::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  if (bytes == 0) return summary;
  summary.bytes = bytes;
  summary.edges = Edges(text, bytes, edge());
  const Range range{text, bytes, margin_, margin_ + decided(bytes)};
  lines::Tally tally;
  if (apart_) {
    take_apart(range, &tally, summary.taken, 0);
  } else {
    lines::kernels().tally(pattern(), range, false, &tally);
    summary.total = tally.total;
  }
  const int64_t from = std::max(range.last, margin_);
  if (from < bytes && tally.open && has_feed(text, from, bytes)) {
    tally.lines++;
    tally.open = false;
  }
  const bool any = tally.first >= 0;
  const int64_t first = any ? tally.first : bytes;
  // A line that holds a match and has ended has an LF; before the first match there may be another.
  const bool before = has_feed(text, 0, first);
  summary.has_feed = before || tally.lines > 0 || (any && has_feed(text, first, bytes));
  summary.first = any && !before;
  summary.last = tally.open;
  summary.between = tally.lines - (summary.has_feed && summary.first);
  return summary;
}

void CountLines::join(Summary &left, const Summary &right) const {
  if (right.bytes == 0) return;
  if (left.bytes == 0) {
    left = right;
    return;
  }
  const std::string window = left.edges.tail + right.edges.head;
  const int64_t begin = left.bytes - int64_t(left.edges.tail.size());  // of the window
  const int64_t before = decided(left.bytes), both = decided(left.bytes + right.bytes);
  const int64_t middle = std::min(both, left.bytes) - before;
  const int64_t from = margin_ + before - begin;
  const Range range{bytes_of(window), int64_t(window.size()), from, from + middle};
  lines::Tally tally;
  if (apart_) {
    take_apart(range, &tally, left.taken, before);
    if (decided(right.bytes) > 0) left.taken.then(before + middle, right.taken, pattern());
  } else {
    lines::kernels().tally(pattern(), range, false, &tally);
    left.total += tally.total + right.total;
  }
  const bool joined = left.last || right.first || tally.first >= 0;
  if (left.has_feed && right.has_feed) {
    left.between += joined + right.between;
    left.last = right.last;
  } else if (right.has_feed) {
    left.first = joined;
    left.between = right.between;
    left.last = right.last;
  } else {
    left.last = joined;
    if (!left.has_feed) left.first = joined;
  }
  left.has_feed |= right.has_feed;
  left.edges.join(right.edges, edge());
  left.bytes += right.bytes;
}

int64_t CountLines::finish(const Summary &summary, int64_t *out) const {
  // What the ends of the text decide: a match at its begin, and those that begin in its tail.
  const std::string &head = summary.edges.head, &tail = summary.edges.tail;
  lines::Tally front, back;
  lines::kernels().tally(pattern(), {bytes_of(head), int64_t(head.size()), 0, margin_}, false,
                         &front);
  const int64_t before = decided(summary.bytes);
  const int64_t came = front.total > 0 ? length() - margin_ : 0;
  const auto [count, end] = summary.taken.of(came, pattern());
  const auto size = int64_t(tail.size()), begin = margin_ + before - (summary.bytes - size);
  if (begin < size) {
    back.reach = begin + std::max<int64_t>(0, end - before);
    lines::kernels().tally(pattern(), {bytes_of(tail), size, begin, size}, apart_, &back);
  }
  const bool first = summary.first || front.total > 0, last = summary.last || back.first >= 0;
  out[0] = summary.has_feed ? first + summary.between + last : first || last;
  out[1] = summary.total + front.total + back.total + count;
  return -1;
}

void CountLines::run_directly(Run &run, const uint8_t *text, int64_t bytes, int64_t *out) const {
  const auto line_begin = [&](int64_t at) {
    if (at <= 0 || at >= bytes) return std::min(at, bytes);
    const void *feed = std::memchr(text + at - 1, '\n', size_t(bytes - at + 1));
    return feed ? static_cast<const uint8_t *>(feed) + 1 - text : bytes;
  };
  std::atomic<int64_t> lines{0}, total{0};
  const int64_t step = chunk_of(run, bytes);
  parallel_for(run, (bytes + step - 1) / step, [&](int64_t task, int) {
    const int64_t end = line_begin((task + 1) * step);
    lines::Tally tally;
    for (int64_t at = line_begin(task * step); at < end; at += step) {
      require_time(run);
      const Range range{text, bytes, at, std::min(at + step, end)};
      lines::kernels().tally(pattern(), range, true, &tally);
    }
    lines += tally.lines + tally.open, total += tally.total;
  });
  out[0] = lines, out[1] = total;
}

bool CountLines::sound(const Summary &summary) const noexcept {
  const auto within = [&](int64_t value) { return value >= 0 && value <= summary.bytes; };
  return within(summary.total) && within(summary.between) &&
         summary.edges.fit(summary.bytes, edge()) && summary.taken.sound(pattern(), summary.bytes);
}

}  // namespace windlass::text
