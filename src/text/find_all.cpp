#include "find_all.hpp"

#include "characters.hpp"
#include "count_needle.hpp"
#include "pieces.hpp"
#include "search_kernels.hpp"
#include "validity.hpp"

namespace windlass::text {
namespace {

// What a chunk has, and where its places are written.
struct Chunk {
  int64_t count = 0, before = 0;
  int64_t came = 0;  // how far the last match before it reaches in
};

void require_room(const std::vector<Chunk> &chunks, int64_t capacity) {
  const int64_t found = chunks.empty() ? 0 : chunks.back().before + chunks.back().count;
  if (found > capacity)
    throw Error(WDL_TOO_SMALL, 4,
                "positions has room for " + std::to_string(capacity) + ", expected " +
                    std::to_string(found));
}

// Chunks of positions where something may begin: counted, then written, each on all cores.
class Places {
 public:
  Places(Run &run, const uint8_t *text, int64_t bytes, int64_t ends)
      : run_(run),
        text_(text),
        bytes_(bytes),
        ends_(ends),
        chunks_(size_t((ends + chunk_bytes - 1) / chunk_bytes)) {}

  Range range(int64_t chunk) const noexcept {
    const int64_t first = chunk * chunk_bytes;
    return {text_, bytes_, first, std::min(first + chunk_bytes, ends_)};
  }
  template <class Body>
  void each(Body &&body) {
    each_chunk(run_, int64_t(chunks_.size()),
               [&](int64_t chunk, int) { body(chunk, chunks_[size_t(chunk)]); });
  }
  // To the progress callback both passes are halves, where there are two.
  template <class Counting>
  void count(bool written, Counting &&counting) {
    const Run::Stage first(run_, bytes_, 0, 1, written ? 2 : 1);
    counting();
  }
  template <class Body>
  void write(Body &&body) {
    const Run::Stage second(run_, bytes_, 1, 2, 2);
    each(body);
  }
  // What is found before each chunk; of all.
  int64_t add_up() {
    int64_t sum = 0;
    for (Chunk &chunk : chunks_) {
      chunk.before = sum;
      sum += chunk.count;
    }
    return sum;
  }
  std::vector<Chunk> &chunks() noexcept { return chunks_; }

 private:
  Run &run_;
  const uint8_t *text_;
  int64_t bytes_, ends_;
  std::vector<Chunk> chunks_;
};

// Of a needle that may overlap itself matches are taken from the left: what a chunk has follows
// from the chunk before.
void count_apart(Run &run, Places &places, const Pattern &pattern) {
  int64_t reach = 0;
  const size_t chunks = places.chunks().size();
  for (size_t i = 0; i < chunks; i++) {
    require_time(run);
    const Range range = places.range(int64_t(i));
    Chunk &chunk = places.chunks()[i];
    chunk.came = std::max<int64_t>(0, reach - range.first);
    chunk.count = search::kernels().count_apart(pattern, range, &reach);
    if (run.report("text", int64_t(i) + 1, int64_t(chunks), 0)) require_time(run);
  }
}

int64_t find_needle(Run &run, const Needle &needle, bool apart, const uint8_t *text, int64_t bytes,
                    int64_t *positions, int64_t capacity) {
  const search::Kernels &k = search::kernels();
  const Pattern &pattern = needle.pattern();
  Places places(run, text, bytes, std::max<int64_t>(0, bytes - pattern.length + 1));
  places.count(positions != nullptr, [&] {
    if (apart) return count_apart(run, places, pattern);
    places.each([&](int64_t i, Chunk &chunk) { chunk.count = k.count(pattern, places.range(i)); });
  });
  const int64_t found = places.add_up();
  if (!positions) return found;
  require_room(places.chunks(), capacity);
  places.write([&](int64_t i, const Chunk &chunk) {
    const Range range = places.range(i);
    int64_t reach = range.first + chunk.came, resume;
    if (chunk.count == 0) return;
    if (apart)
      k.positions_apart(pattern, range, &reach, positions + chunk.before);
    else
      k.positions(pattern, range, chunk.count, positions + chunk.before, &resume);
  });
  return found;
}

// take(i) for every i where a character or a maximal ill-formed part begins, of those a chunk has.
// What an earlier chunk began is left out: of up to 4 bytes, it began with the nearest byte before
// that is no continuation.
template <class Take>
void each_character(const Range &range, bool surrogates, Take &&take) {
  int64_t i = range.first;
  for (int64_t back = 1; back <= 3 && back <= range.first; back++) {
    const uint8_t byte = range.text[range.first - back];
    if (byte >= 0x80 && byte < 0xC0) continue;
    const int64_t begin = range.first - back;
    i = std::max(i,
                 begin + next_character(range.text + begin, range.bytes - begin, surrogates).bytes);
    break;
  }
  while (i < range.last) {
    take(i);
    i += next_character(range.text + i, range.bytes - i, surrogates).bytes;
  }
}

// The empty needle: before every byte or character, and at the end.
int64_t find_borders(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes,
                     int64_t *positions, int64_t capacity) {
  const bool characters = settings.unit == Unit::utf8;
  const bool surrogates = settings.invalid == Invalid::trusted;
  Places places(run, text, bytes, bytes);
  places.count(positions != nullptr, [&] {
    places.each([&](int64_t i, Chunk &chunk) {
      const Range range = places.range(i);
      if (characters)
        each_character(range, surrogates, [&](int64_t) { chunk.count++; });
      else
        chunk.count = range.last - range.first;
    });
  });
  const int64_t found = places.add_up() + 1;
  if (!positions) return found;
  places.chunks().push_back({1, found - 1, 0});
  require_room(places.chunks(), capacity);
  positions[found - 1] = bytes;
  places.chunks().pop_back();
  places.write([&](int64_t i, const Chunk &chunk) {
    const Range range = places.range(i);
    int64_t *out = positions + chunk.before;
    if (characters)
      each_character(range, surrogates, [&](int64_t at) { *out++ = at; });
    else
      for (int64_t at = range.first; at < range.last; at++) *out++ = at;
  });
  return found;
}

}  // namespace

int64_t find_all(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes,
                 int64_t *positions_or_null, int64_t capacity) {
  const Needle needle(settings, only_needle(settings));
  const int checks = settings.unit == Unit::utf8 && settings.invalid == Invalid::strict;
  const int passes = checks + (positions_or_null ? 2 : 1);
  if (checks) {
    const Run::Stage first(run, bytes, 0, 1, passes);
    int64_t ill;
    const PieceOperation<Validity> validity(settings);
    validity.attempt(run, Source(text, bytes), &ill);
    if (ill >= 0) refuse_ill_formed(ill);
  }
  const Run::Stage others(run, bytes, checks, passes, passes);
  if (needle.empty()) return find_borders(run, settings, text, bytes, positions_or_null, capacity);
  const bool apart = !settings.overlapping && needle.has_border();
  return find_needle(run, needle, apart, text, bytes, positions_or_null, capacity);
}

}  // namespace windlass::text
