#include "line_counts.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "lines_empty.hpp"
#include "pieces.hpp"
#include "validity.hpp"

namespace windlass::text {
namespace {

void refuse_ill_text(Run &run, const Settings &settings, const Source &source) {
  const Validity validity(settings);
  int64_t byte = -1;
  validity.finish(summarise(run, validity, source), &byte);
  if (byte >= 0) refuse_ill_formed(byte);
}

void require_room(int64_t needed, int64_t capacity, int32_t place, const char *name) {
  if (capacity < needed)
    throw Error(WDL_TOO_SMALL, place,
                std::string(name) + " has room for " + std::to_string(capacity) + ", expected " +
                    std::to_string(needed) + " or more");
}

// Lines belong to the chunk in which they begin.
struct Lines {
  const uint8_t *text;
  int64_t bytes;
  std::vector<int64_t> first;  // of the lines that begin in a chunk, and at last their number

  int64_t chunks() const noexcept { return (bytes + chunk_bytes - 1) / chunk_bytes; }
  // The first line's begin at or behind `at`.
  int64_t begin(int64_t at) const noexcept {
    if (at == 0 || at >= bytes) return std::min(at, bytes);
    const void *feed = std::memchr(text + at - 1, '\n', size_t(bytes - at + 1));
    return feed ? static_cast<const uint8_t *>(feed) + 1 - text : bytes;
  }
};

void count_feeds(Run &run, Lines &lines) {
  const lines::Kernels &kernels = lines::kernels();
  lines.first.assign(size_t(lines.chunks() + 1), 0);
  each_chunk(run, lines.chunks(), [&](int64_t chunk, int) {
    // A line begins behind each LF but the text's last byte: those from a byte before the chunk.
    const int64_t at = chunk * chunk_bytes, end = std::min(at + chunk_bytes, lines.bytes);
    const int64_t from = std::max<int64_t>(0, at - 1);
    lines.first[size_t(chunk + 1)] =
        kernels.feeds(lines.text + from, end - 1 - from) + (chunk == 0);
  });
  for (size_t i = 1; i < lines.first.size(); i++) lines.first[i] += lines.first[i - 1];
}

void count_borders(const CharacterBorders &borders, const Lines &lines, int64_t from, int64_t to,
                   int64_t *counts, int64_t *offsets) {
  for (int64_t line = 0; from < to; line++) {
    const void *feed = std::memchr(lines.text + from, '\n', size_t(to - from));
    const int64_t end = feed ? static_cast<const uint8_t *>(feed) - lines.text : to;
    if (offsets) offsets[line] = from;
    if (counts) borders.whole(lines.text + from, end - from, counts + line);
    from = end + 1;
  }
}

}  // namespace

int64_t line_counts(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes,
                    int64_t *counts_or_null, int64_t counts_capacity, int64_t *offsets_or_null,
                    int64_t offsets_capacity) {
  std::optional<CountLines> count;
  std::optional<CharacterBorders> borders;
  if (line_needle(settings).empty())
    borders.emplace(settings);
  else
    count.emplace(settings);
  const int checks = settings.unit == Unit::utf8 && settings.invalid == Invalid::strict;
  const int passes = checks + (counts_or_null || offsets_or_null ? 2 : 1);
  if (checks) {
    const Run::Stage first(run, bytes, 0, 1, passes);
    refuse_ill_text(run, settings, Source(text, bytes));
  }
  Lines lines{text, bytes, {}};
  {
    const Run::Stage second(run, bytes, checks, checks + 1, passes);
    count_feeds(run, lines);
  }
  const int64_t total = lines.first.back();
  if (counts_or_null) require_room(total, counts_capacity, 4, "counts");
  if (offsets_or_null) require_room(total + 1, offsets_capacity, 5, "offsets");
  if (offsets_or_null) offsets_or_null[total] = bytes;
  if (!counts_or_null && !offsets_or_null) return total;
  const Run::Stage last(run, bytes, passes - 1, passes, passes);
  each_chunk(run, lines.chunks(), [&](int64_t chunk, int) {
    const int64_t line = lines.first[size_t(chunk)];
    if (line == lines.first[size_t(chunk + 1)]) return;
    const int64_t at = chunk * chunk_bytes, from = lines.begin(at);
    const int64_t to = lines.begin(std::min(bytes, at + chunk_bytes));
    int64_t *counts = counts_or_null ? counts_or_null + line : nullptr;
    int64_t *offsets = offsets_or_null ? offsets_or_null + line : nullptr;
    if (borders)
      count_borders(*borders, lines, from, to, counts, offsets);
    else
      lines::kernels().by_line(count->pattern(), {text, to, from, to}, count->apart(), counts,
                               offsets);
  });
  return total;
}

}  // namespace windlass::text
