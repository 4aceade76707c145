#include "many_needles.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "core/error.hpp"
#include "search_kernels.hpp"

namespace windlass::text {

ManyNeedles::ManyNeedles(const Settings &settings)
    : leftmost_(settings.match == Match::leftmost_first), automaton_(build(settings)) {
  chain();
  std::vector<bool> marked(needles_.size(), leftmost_);
  for (size_t i = 0; i < marked.size(); i++)
    if (tracked(int64_t(i))) marked[i] = true;
  groups_.build(needles_, settings.ignore_case, marked, leftmost_);
  if (!leftmost_) sieve_.build(needles_, settings.ignore_case, marked);
  if (distinct() > most_grouped) return;
  found_with_.assign(needles_.size() + 1, 0);
  for (auto w = by_length_.rbegin(); w != by_length_.rend(); ++w)
    found_with_[*w] = found_with_[automaton_.shorter(*w)] | uint64_t{1}
                                                                << groups_.place(int64_t{*w} - 1);
}

// As many places to compare as take the time of the other ways. Measured: 2 ns each and 0.03 ns a
// byte; of groups 0.0175 ns for each byte that is tested. Of so many needles that the automaton is
// the other way, at 2 ns a byte, places take 6 ns, since branches are not foreseen.
int64_t ManyNeedles::worthwhile(int64_t bytes) const noexcept {
  const double other = groups_.ready() ? 0.0175 * double(groups_.tested()) : 2.0 / 3;
  return int64_t(double(bytes) * (other - 0.03) / 2) + 8;
}

// Matches follow each other at the period as long as the text has it.
Hits ManyNeedles::run_from(int64_t track, const many::Part &all, int64_t p) const noexcept {
  const Pattern &of = tracks_[size_t(track)];
  const int64_t end = std::min(all.bytes, all.last - 1 + of.length), from = p + of.length;
  if (from >= end || (!of.folded && all.text[from] != all.text[from - of.period]))
    return {p, of.period, 1};
  const int64_t until = search::kernels().period_end(of, all.text, from, end);
  return {p, of.period, (until - from) / of.period + 1};
}

Automaton ManyNeedles::build(const Settings &settings) {
  collect(settings);
  const std::vector<std::string_view> views(needles_.begin(), needles_.end());
  return Automaton(views, settings.ignore_case);
}

void ManyNeedles::collect(const Settings &settings) {
  if (settings.needles.empty())
    throw Error(WDL_BAD_ARGUMENT, 1, "needles are none, expected 1 or more");
  if (leftmost_ && settings.overlapping)
    throw Error(WDL_BAD_ARGUMENT, 1, "overlapping is 1, expected 0 with match leftmost_first");
  Settings plain = settings;
  plain.whole_words = WholeWords::no;
  std::unordered_map<std::string, int32_t> known;
  int64_t total = 0;
  for (size_t i = 0; i < settings.needles.size(); i++) {
    const std::string_view view = settings.needles[i];
    if (view.empty()) throw Error(WDL_BAD_ARGUMENT, 1, "needle " + std::to_string(i) + " is empty");
    const Needle needle(plain, view);
    const auto &pattern = needle.pattern();
    std::string bytes(reinterpret_cast<const char *>(pattern.bytes), view.size());
    const auto [at, is_new] = known.try_emplace(bytes, int32_t(needles_.size()));
    which_.push_back(is_new || !leftmost_ ? at->second : -1);
    if (!is_new) continue;
    total += int64_t(view.size());
    if (total >= int64_t{1} << 31)
      throw Error(WDL_BAD_ARGUMENT, 1, "needles are 2^31 bytes in all or more");
    const bool tracks = !leftmost_ && !settings.overlapping && needle.has_border();
    tracked_.push_back(tracks ? int32_t(tracks_.size()) : -1);
    if (tracks) {
      Pattern of{};
      of.length = pattern.length, of.period = pattern.period, of.folded = pattern.folded;
      tracks_.push_back(of);
      track_needles_.push_back(int32_t(needles_.size()));
    }
    lengths_.push_back(int64_t(view.size()));
    needles_.push_back(std::move(bytes));
  }
}

void ManyNeedles::chain() {
  const size_t size = needles_.size() + 1;
  by_length_.resize(size - 1);
  std::iota(by_length_.begin(), by_length_.end(), 1u);
  std::stable_sort(by_length_.begin(), by_length_.end(),
                   [this](uint32_t a, uint32_t b) { return lengths_[a - 1] > lengths_[b - 1]; });
  first_tracked_.assign(size, 0);
  next_tracked_.assign(size, 0);
  first_listed_.assign(size, 0);
  for (auto w = by_length_.rbegin(); w != by_length_.rend(); ++w) {
    const uint32_t shorter = automaton_.shorter(*w);
    next_tracked_[*w] = first_tracked_[shorter];
    first_tracked_[*w] = tracked(int64_t{*w} - 1) ? *w : first_tracked_[shorter];
    const uint32_t before = first_listed_[shorter];
    first_listed_[*w] = before ? std::min(before, *w) : *w;
  }
}

// Where a needle is found as the longest, all shorter ones of its chain are found.
void ManyNeedles::add_visits(int64_t *visits, int64_t *counts) const noexcept {
  for (const uint32_t w : by_length_) {
    if (!tracked(int64_t{w} - 1)) counts[w - 1] += visits[w];
    visits[automaton_.shorter(w)] += visits[w];
  }
}

void ManyNeedles::list(const int64_t *counts, int64_t *out) const noexcept {
  for (size_t i = 0; i < which_.size(); i++) out[i] = which_[i] < 0 ? 0 : counts[which_[i]];
}

}  // namespace windlass::text
