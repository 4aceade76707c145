#include "many.hpp"

#include <algorithm>
#include <memory>

#include "pieces.hpp"

namespace windlass::text {
namespace {

struct Window {
  std::string text;
  int64_t border;

  const uint8_t *bytes() const { return reinterpret_cast<const uint8_t *>(text.data()); }
  int64_t size() const { return int64_t(text.size()); }
};

// What lies about the border of two pieces.
Window window_of(const CountMany::Summary &left, const CountMany::Summary &right) {
  return {left.edges.tail + right.edges.head, int64_t(left.edges.tail.size())};
}

// How many of the hits are taken from the left, none before `end`; moves it on.
int64_t take(const Hits &run, int64_t length, int64_t &end) {
  const int64_t before =
      end <= run.first ? 0 : (end - run.first + run.step - 1) / run.step;  // not taken
  if (before >= run.count) return 0;
  const int64_t stride = (length + run.step - 1) / run.step;  // from one taken to the next
  const int64_t taken = (run.count - 1 - before) / stride + 1;
  end = run.first + (before + (taken - 1) * stride) * run.step + length;
  return taken;
}

// A needle that may overlap itself, as far as a piece has been read.
struct Track {
  int64_t end = 0;
  std::unique_ptr<Reaches> reaches;  // since a hit that not all ways to come in can take
};

}  // namespace

// Hits of needles up to `reach` bytes that begin before this are within the piece, all of them.
int64_t CountMany::decided(int64_t bytes, int64_t reach) const noexcept {
  return std::max<int64_t>(0, bytes - (reach - 1));
}

int64_t CountMany::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  std::array<int64_t, 64> few{};
  std::vector<int64_t> many(needles_.distinct() > 64 ? size_t(needles_.distinct()) : 0);
  int64_t *counts = many.empty() ? few.data() : many.data();
  if (needles_.leftmost()) {
    needles_.find_first(text, bytes, 0, bytes, [&](int64_t p, int64_t needle) {
      counts[needle]++;
      return p + needles_.length(needle);
    });
  } else {
    std::array<int64_t, 64> few_ends{};
    std::vector<int64_t> many_ends(needles_.tracked() > 64 ? size_t(needles_.tracked()) : 0);
    int64_t *ends = many_ends.empty() ? few_ends.data() : many_ends.data();
    count_range(text, bytes, 0, bytes, counts, ends);
  }
  needles_.list(counts, out);
  return -1;
}

void CountMany::count_range(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                            int64_t *counts, int64_t *ends) const {
  needles_.count_each(text, bytes, from, to, counts, [&](int64_t needle, const Hits &run) {
    counts[needle] += take(run, needles_.length(needle), ends[needles_.track(needle)]);
  });
}

CountMany::Summary CountMany::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  if (bytes == 0) return summary;
  summary.bytes = bytes;
  summary.edges = Edges(text, bytes, edge());
  if (needles_.leftmost())
    scan_leftmost(text, summary);
  else
    scan_each(text, summary);
  return summary;
}

void CountMany::scan_each(const uint8_t *text, Summary &summary) const {
  summary.counts.resize(size_t(needles_.distinct()));
  int64_t *counts = summary.counts.data();
  std::vector<Track> tracks(size_t(needles_.tracked()));
  const auto found = [&](int64_t needle, const Hits &run) {
    Track &track = tracks[size_t(needles_.track(needle))];
    const int64_t length = needles_.length(needle);
    if (run.first < length - 1 && !track.reaches)
      track.reaches = std::make_unique<Reaches>(length, 1);
    if (track.reaches)
      track.reaches->hits(run.first, run.step, run.count, 0, length);
    else
      counts[needle] += take(run, length, track.end);
  };
  needles_.count_each(text, summary.bytes, 0, summary.bytes, counts, found);
  for (int64_t needle = 0; needle < needles_.distinct(); needle++) {
    if (!needles_.tracked(needle)) continue;
    Track &track = tracks[size_t(needles_.track(needle))];
    const int64_t within = decided(summary.bytes, needles_.length(needle));
    if (track.reaches)
      summary.tracked.push_back({needle, track.reaches->finish(within)});
    else if (track.end > within)
      summary.tracked.push_back({needle, {{{0, track.end - within, {}}}}});
  }
}

void CountMany::scan_leftmost(const uint8_t *text, Summary &summary) const {
  const int64_t within = decided(summary.bytes, needles_.reach());
  Reaches reaches(needles_.reach(), needles_.distinct());
  int64_t *counts = nullptr;
  const auto found = [&](int64_t p, int64_t needle) {
    const int64_t length = needles_.length(needle);
    if (!counts && reaches.single(p)) counts = reaches.counts();
    if (!counts) {
      reaches.hit(p, needle, length);
      return p + 1;
    }
    if (p < reaches.end) return reaches.end;
    counts[needle]++;
    return reaches.end = p + length;
  };
  needles_.find_first(text, summary.bytes, 0, within, found);
  summary.reach = reaches.finish(within);
}

void CountMany::join(Summary &left, const Summary &right) const {
  if (right.bytes == 0) return;
  if (left.bytes == 0) {
    left = right;
    return;
  }
  if (needles_.leftmost())
    join_leftmost(left, right);
  else
    join_each(left, right);
  left.edges.join(right.edges, edge());
  left.bytes += right.bytes;
}

void CountMany::join_each(Summary &left, const Summary &right) const {
  const Window window = window_of(left, right);
  add_counts(left.counts, right.counts);
  // Of tracked needles, where they begin before the border and end behind it; from the border.
  std::vector<std::pair<int64_t, int64_t>> straddling;
  const int64_t first = std::max<int64_t>(0, window.border - edge());
  needles_.find_all(window.bytes(), window.size(), first, window.border,
                    [&](int64_t p, int64_t needle) {
                      if (p + needles_.length(needle) <= window.border) return;
                      if (needles_.tracked(needle))
                        straddling.emplace_back(needle, p - window.border);
                      else
                        left.counts[size_t(needle)]++;
                    });
  std::stable_sort(straddling.begin(), straddling.end(),
                   [](const auto &a, const auto &b) { return a.first < b.first; });
  std::vector<Tracked> tracked;
  size_t l = 0, r = 0, s = 0;
  while (l < left.tracked.size() || r < right.tracked.size() || s < straddling.size()) {
    int64_t needle = INT64_MAX;
    if (l < left.tracked.size()) needle = std::min(needle, left.tracked[l].needle);
    if (r < right.tracked.size()) needle = std::min(needle, right.tracked[r].needle);
    if (s < straddling.size()) needle = std::min(needle, straddling[s].first);
    const int64_t length = needles_.length(needle);
    const int64_t before = decided(left.bytes, length), after = decided(right.bytes, length);
    const int64_t both = decided(left.bytes + right.bytes, length);
    const int64_t middle = std::min(both, left.bytes) - before;
    Reaches straddle(length, 1);
    for (; s < straddling.size() && straddling[s].first == needle; s++)
      straddle.hit(left.bytes + straddling[s].second - before, 0, length);
    Reach reach = straddle.finish(middle);
    if (l < left.tracked.size() && left.tracked[l].needle == needle)
      reach = left.tracked[l++].reach.then(before, reach, middle);
    else
      reach = Reach{}.then(before, reach, middle);
    const bool is_right = r < right.tracked.size() && right.tracked[r].needle == needle;
    if (after > 0)
      reach = reach.then(before + middle, is_right ? right.tracked[r].reach : Reach{}, after);
    if (is_right) r++;
    const Way &only = reach.of(0);
    if (reach.ways.size() == 1 && only.cover <= 0) {
      if (!only.counts.empty()) left.counts[size_t(needle)] += only.counts[0];
      continue;
    }
    tracked.push_back({needle, std::move(reach)});
  }
  left.tracked = std::move(tracked);
}

void CountMany::join_leftmost(Summary &left, const Summary &right) const {
  const Window window = window_of(left, right);
  const int64_t longest = needles_.reach();
  const int64_t before = decided(left.bytes, longest), after = decided(right.bytes, longest);
  const int64_t both = decided(left.bytes + right.bytes, longest);
  const int64_t middle = std::min(both, left.bytes) - before;
  const int64_t first = window.border - (left.bytes - before);
  Reaches straddle(longest, needles_.distinct());
  needles_.find_first(window.bytes(), window.size(), first, first + middle,
                      [&](int64_t p, int64_t needle) {
                        straddle.hit(p - first, needle, needles_.length(needle));
                        return p + 1;
                      });
  left.reach = left.reach.then(before, straddle.finish(middle), middle);
  if (after > 0) left.reach = left.reach.then(before + middle, right.reach, after);
}

int64_t CountMany::finish(const Summary &summary, int64_t *out) const {
  std::vector<int64_t> counts = summary.counts;
  counts.resize(size_t(needles_.distinct()));
  for (const Tracked &tracked : summary.tracked) {
    const Way &way = tracked.reach.of(0);
    if (!way.counts.empty()) counts[size_t(tracked.needle)] += way.counts[0];
  }
  if (needles_.leftmost()) {
    // What begins in the tail and is shorter than the longest needle is decided by the end.
    const Way &way = summary.reach.of(0);
    add_counts(counts, way.counts);
    const auto *tail = reinterpret_cast<const uint8_t *>(summary.edges.tail.data());
    const int64_t bytes = int64_t(summary.edges.tail.size());
    needles_.find_first(tail, bytes, std::max<int64_t>(0, way.cover), bytes,
                        [&](int64_t p, int64_t needle) {
                          counts[size_t(needle)]++;
                          return p + needles_.length(needle);
                        });
  }
  needles_.list(counts.data(), out);
  return -1;
}

void CountMany::run_directly(Run &run, const uint8_t *text, int64_t bytes, int64_t *out) const {
  const auto distinct = size_t(needles_.distinct());
  std::vector<int64_t> counts(size_t(run.workers()) * distinct);
  const int64_t step = chunk_of(run, bytes);
  const auto count = [&](int64_t chunk, int worker) {
    const int64_t from = chunk * step, to = std::min(from + step, bytes);
    count_range(text, bytes, from, to, &counts[size_t(worker) * distinct], nullptr);
  };
  each_chunk(run, (bytes + step - 1) / step, count, wave_chunks * chunk_bytes / step);
  for (size_t i = distinct; i < counts.size(); i++) counts[i % distinct] += counts[i];
  needles_.list(counts.data(), out);
}

bool CountMany::sound(const Summary &summary) const noexcept {
  const auto distinct = size_t(needles_.distinct());
  if (summary.bytes < 0 || !summary.edges.fit(summary.bytes, edge())) return false;
  if (!counts_fit(summary.counts, distinct, summary.bytes)) return false;
  int64_t last = -1;
  for (const Tracked &tracked : summary.tracked) {
    if (tracked.needle <= last || tracked.needle >= needles_.distinct()) return false;
    if (!needles_.tracked(tracked.needle) ||
        !tracked.reach.sound(needles_.length(tracked.needle), 1, summary.bytes))
      return false;
    last = tracked.needle;
  }
  return summary.reach.sound(needles_.reach(), distinct, summary.bytes);
}

}  // namespace windlass::text
