#include "many_reach.hpp"

#include <algorithm>
#include <bit>

namespace windlass::text {
namespace {

int64_t shifted(int64_t r, int64_t decided) { return std::max<int64_t>(0, r - decided); }

void append(Reach &to, Way way) {
  if (!to.ways.empty()) {
    const Way &last = to.ways.back();
    if (last.cover == way.cover && last.counts == way.counts) return;
  }
  to.ways.push_back(std::move(way));
}

}  // namespace

void add_counts(std::vector<int64_t> &to, const std::vector<int64_t> &from) {
  if (from.empty()) return;
  if (to.empty()) to.resize(from.size());
  for (size_t i = 0; i < from.size(); i++) to[i] += from[i];
}

Way Reach::of(int64_t r) const {
  if (ways.empty()) return {};
  size_t low = 0, high = ways.size();
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    (ways[middle].from <= r ? low : high) = middle;
  }
  return ways[low];
}

bool counts_fit(const std::vector<int64_t> &counts, size_t outputs, int64_t bytes) noexcept {
  for (const int64_t count : counts)
    if (count < 0 || count > bytes) return false;
  return counts.empty() || counts.size() == outputs;
}

bool Reach::sound(int64_t reach, size_t outputs, int64_t bytes) const noexcept {
  int64_t from = -1;
  for (const Way &way : ways) {
    if (way.from <= from || way.from > bytes + reach) return false;
    if (way.cover < -1 || way.cover >= reach) return false;
    if (!counts_fit(way.counts, outputs, bytes)) return false;
    from = way.from;
  }
  return ways.empty() || ways[0].from == 0;
}

Reach Reach::then(int64_t decided, const Reach &next, int64_t next_decided) const {
  Reach both;
  const std::vector<Way> one(1);
  const std::vector<Way> &mine = ways.empty() ? one : ways;
  const std::vector<Way> &others = next.ways.empty() ? one : next.ways;
  for (size_t i = 0; i < mine.size(); i++) {
    const Way &way = mine[i];
    if (way.cover >= 0) {
      const Way &after = next.of(way.cover);
      Way sum{way.from, after.cover, way.counts};
      if (after.cover < 0) sum.cover = shifted(way.cover, next_decided);
      add_counts(sum.counts, after.counts);
      append(both, std::move(sum));
      continue;
    }
    // What comes in goes on: the next one's ways, as far as they begin among those of this way.
    const int64_t last = i + 1 < mine.size() ? mine[i + 1].from : INT64_MAX;
    const Way &first = next.of(shifted(way.from, decided));
    append(both, {way.from, first.cover, first.counts});
    for (const Way &after : others) {
      const int64_t from = after.from + decided;
      if (after.from > 0 && from > way.from && from < last)
        append(both, {from, after.cover, after.counts});
    }
  }
  return both;
}

int32_t Reaches::node() {
  nodes_.emplace_back();
  return int32_t(nodes_.size() - 1);
}

std::vector<int64_t> &Reaches::counts_of(int32_t node) {
  std::vector<int64_t> &counts = nodes_[size_t(node)].counts;
  if (counts.empty()) counts.resize(size_t(outputs_));
  return counts;
}

// Two that have one future from now on.
int32_t Reaches::merge(int32_t a, int32_t b) {
  if (a < 0) return b;
  int32_t both = std::max(a, b);
  const bool taken = !nodes_[size_t(a)].counts.empty() || !nodes_[size_t(b)].counts.empty();
  if (taken) {
    both = node();
    nodes_[size_t(both)].end = nodes_[size_t(a)].end;
  }
  for (const int32_t child : {a, b})
    if (child != both) nodes_[size_t(child)].parent = both;
  return both;
}

void Reaches::hold(int32_t node, int64_t end) {
  if (ring_.empty()) ring_.assign(std::bit_ceil(size_t(reach_) + 1), -1);
  nodes_[size_t(node)].end = end;
  int32_t &place = ring_[size_t(end) & (ring_.size() - 1)];
  if (place < 0) held_++;
  place = merge(place, node);
}

// Frees the ways whose last hits end at p or before.
void Reaches::release(int64_t p) {
  if (entered_ < reach_ && entered_ <= p) {
    const int32_t entering = node();
    starts_.emplace_back(entered_, entering);
    entered_ = std::min(p, reach_ - 1) + 1;
    free_ = merge(free_, entering);
  }
  if (held_ > 0) {
    const int64_t size = int64_t(ring_.size());
    for (int64_t e = std::max(swept_ + 1, p + 1 - size); e <= p; e++) {
      int32_t &place = ring_[size_t(e & (size - 1))];
      if (place < 0) continue;
      free_ = merge(free_, place);
      place = -1;
      held_--;
    }
  }
  swept_ = p;
}

void Reaches::hit(int64_t p, int64_t output, int64_t length) {
  if (p > swept_) release(p);
  if (free_ < 0) return;
  counts_of(free_)[size_t(output)]++;
  hold(free_, p + length);
  free_ = -1;
}

// Every way takes one hit in `cycle` that follow each other, once it has taken one.
void Reaches::hits(int64_t p, int64_t step, int64_t count, int64_t output, int64_t length) {
  const int64_t cycle = (length + step - 1) / step;
  int64_t i = 0;
  for (; i < count && i < 2 * cycle; i++) hit(p + i * step, output, length);
  if (const int64_t cycles = (count - i) / cycle; cycles > 0) {
    skip(cycles, cycles * cycle * step, output);
    i += cycles * cycle;
  }
  for (; i < count; i++) hit(p + i * step, output, length);
}

// All ways are held: as if each had taken `cycles` hits more.
void Reaches::skip(int64_t cycles, int64_t bytes, int64_t output) {
  std::vector<int32_t> held;
  for (int32_t &place : ring_) {
    if (place >= 0) held.push_back(place);
    place = -1;
  }
  held_ = 0;
  swept_ += bytes;
  for (const int32_t node : held) {
    counts_of(node)[size_t(output)] += cycles;
    hold(node, nodes_[size_t(node)].end + bytes);
  }
}

bool Reaches::single(int64_t p) {
  if (single_) return true;
  if (p > swept_ + 1) release(p - 1);
  if (entered_ < reach_ || (free_ >= 0) + held_ != 1) return false;
  single_ = true;
  for (const int32_t held : ring_)
    if (held >= 0) free_ = held, end = nodes_[size_t(held)].end;
  return true;
}

int64_t *Reaches::counts() { return counts_of(free_).data(); }

Reach Reaches::finish(int64_t decided) {
  Reach reach;
  if (starts_.empty()) return reach;
  if (single_) nodes_[size_t(free_)].end = end;
  if (!single_ && free_ >= 0) nodes_[size_t(free_)].end = 0;
  // A parent is made after its children, or is the later of two that have taken nothing.
  for (size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i].parent < 0) continue;
    const Node &parent = nodes_[size_t(nodes_[i].parent)];
    add_counts(nodes_[i].counts, parent.counts);
    nodes_[i].end = parent.end;
  }
  for (const auto &[from, start] : starts_) {
    const Node &node = nodes_[size_t(start)];
    append(reach, {from, shifted(node.end, decided), node.counts});
  }
  if (entered_ < reach_) append(reach, {entered_, -1, {}});
  return reach;
}

}  // namespace windlass::text
