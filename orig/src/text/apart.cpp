#include "apart.hpp"

#include <algorithm>

#include "search_kernels.hpp"

namespace windlass::text {
namespace {

using Run = ApartCount::Run;
using Taken = ApartCount::Taken;

// Those of a run that are free.
void take(const Run &run, const Pattern &pattern, Taken &taken) {
  const int64_t step = pattern.period, length = pattern.length;
  const int64_t held = std::max<int64_t>(0, taken.end - run.first);
  const int64_t skipped = (held + step - 1) / step;
  if (skipped >= run.count) return;
  const int64_t stride = (length + step - 1) / step;
  const int64_t more = (run.count - 1 - skipped) / stride;
  taken.count += more + 1;
  taken.end = run.first + (skipped + more * stride) * step + length;
}

bool matches(const Pattern &pattern, const Range &range, int64_t at) {
  return search::kernels().first(pattern, {range.text, range.bytes, at, at + 1}) >= 0;
}

// Of the run whose first match is at `first`.
int64_t run_count(const Pattern &pattern, const Range &range, int64_t first) {
  const int64_t period = pattern.period, behind = first + pattern.length;
  const int64_t last = std::min(range.last + pattern.length - 1, range.bytes);
  const int64_t end = search::kernels().period_end(pattern, range.text, behind, last);
  int64_t count = (end - behind) / period + 1;
  // Whole words: the bytes next to all but the first and the last are the needle's own.
  if (pattern.whole) {
    if (count > 1 && !matches(pattern, range, first + (count - 1) * period)) count--;
    if (count > 1 && !matches(pattern, range, first + period)) count = 1;
  }
  return count;
}

}  // namespace

bool ApartCount::sound(const Pattern &pattern, int64_t bytes) const noexcept {
  for (const Run &run : runs) {
    if (run.first < 0 || run.first > bytes || run.count < 0) return false;
    if (run.count > (bytes - run.first) / pattern.period + 1) return false;
  }
  for (const Taken &taken : after)
    if (taken.count < 0 || taken.count > bytes || taken.end < 0 ||
        taken.end > bytes + pattern.length)
      return false;
  return third >= -1 && third <= bytes;
}

ApartCount::Taken ApartCount::of(int64_t end, const Pattern &pattern) const {
  Taken taken{0, end};
  for (const Run &run : runs) take(run, pattern, taken);
  if (third < 0) return taken;
  const Taken &more = after[taken.end > third];
  return {taken.count + more.count, more.count > 0 ? more.end : taken.end};
}

void ApartCount::add(const Run &run, const Pattern &pattern) {
  if (third < 0) {
    Run *last = nullptr;
    for (Run &mine : runs) {
      if (mine.count == 0) {
        if (last && run.first == last->first + last->count * pattern.period)
          last->count += run.count;
        else
          mine = run;
        return;
      }
      last = &mine;
    }
    if (run.first == last->first + last->count * pattern.period) {
      last->count += run.count;
      return;
    }
    third = run.first;
    after = {Taken{0, third}, Taken{0, third + 1}};
  }
  for (Taken &taken : after) take(run, pattern, taken);
}

int64_t ApartCount::read_while_two(const Pattern &pattern, const Range &range, int64_t base) {
  const search::Kernels &kernels = search::kernels();
  const int64_t shift = base - range.first;
  int64_t at = range.first;
  while (third < 0 && at < range.last) {
    const int64_t first = kernels.first(pattern, {range.text, range.bytes, at, range.last});
    if (first < 0) return range.last;
    const int64_t count = run_count(pattern, range, first);
    add({first + shift, count}, pattern);
    at = first + (count - 1) * pattern.period + 1;
  }
  if (at >= range.last || after[0].end == after[1].end) return at;
  int64_t reaches[2], counts[2] = {};
  for (size_t k = 0; k < 2; k++) reaches[k] = after[k].end - shift;
  at = kernels.count_apart_twice(pattern, {range.text, range.bytes, at, range.last}, reaches,
                                 counts);
  for (size_t k = 0; k < 2; k++) after[k] = {after[k].count + counts[k], reaches[k] + shift};
  return at;
}

void ApartCount::follow(const Taken &taken) {
  for (Taken &way : after) way = {way.count + taken.count, taken.end};
}

void ApartCount::read(const Pattern &pattern, const Range &range, int64_t base) {
  const int64_t at = read_while_two(pattern, range, base);
  if (at >= range.last) return;
  int64_t reach = end() - base + range.first;
  const Range rest{range.text, range.bytes, at, range.last};
  const int64_t count = search::kernels().count_apart(pattern, rest, &reach);
  follow({count, reach - range.first + base});
}

void ApartCount::then(int64_t decided, const ApartCount &next, const Pattern &pattern) {
  for (const Run &run : next.runs)
    if (run.count > 0) add({run.first + decided, run.count}, pattern);
  if (next.third < 0) return;
  if (third < 0) {
    third = next.third + decided;
    after = next.after;
    for (Taken &taken : after) taken.end += decided;
    return;
  }
  for (Taken &taken : after) {
    const Taken &more = next.after[taken.end > next.third + decided];
    if (more.count > 0) taken = {taken.count + more.count, more.end + decided};
  }
}

}  // namespace windlass::text
