// Where pieces are. Chunks of the text begin with characters; the words that begin in each are
// counted, which says where in the results each chunk's words go, and then they are written.
#include <algorithm>

#include "characters.hpp"
#include "find_all.hpp"
#include "pieces.hpp"
#include "split.hpp"
#include "wc_kernels.hpp"
#include "word_scan.hpp"

namespace windlass::text {
namespace {

// Bytes whose edges are found at a time: they and their edges stay in the first-level cache.
constexpr int64_t span_bytes = 1536;

struct Places {
  int64_t *starts, *lengths;  // may be null
  int64_t start_capacity, length_capacity;

  void require(int64_t pieces) const {
    if (starts && start_capacity < pieces) refuse(4, "starts", start_capacity, pieces);
    if (lengths && length_capacity < pieces) refuse(5, "lengths", length_capacity, pieces);
  }
  bool wanted() const noexcept { return starts || lengths; }
  void put(int64_t piece, int64_t begin, int64_t end) const noexcept {
    if (starts) starts[piece] = begin;
    if (lengths) lengths[piece] = end - begin;
  }
  // Words from `piece` on, of edges counted from `at`.
  void put(int64_t piece, int64_t words, int64_t at, const uint32_t *edges) const noexcept {
    if (starts)
      for (int64_t i = 0; i < words; i++) starts[piece + i] = at + edges[2 * i];
    if (lengths)
      for (int64_t i = 0; i < words; i++)
        lengths[piece + i] = int64_t(edges[2 * i + 1] - edges[2 * i]);
  }

 private:
  [[noreturn]] static void refuse(int32_t place, const char *name, int64_t room, int64_t pieces) {
    throw Error(WDL_TOO_SMALL, place,
                std::string(name) + " has room for " + std::to_string(room) + ", expected " +
                    std::to_string(pieces));
  }
};

struct Chunk {
  int64_t begin = 0, ill = -1, words = 0;
  bool begins_in_word = false, ends_in_word = false;
  int64_t first = 0;  // of the words that begin in it
};

class Words {
 public:
  Words(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes)
      : run_(run),
        settings_(settings),
        text_(text),
        bytes_(bytes),
        chunks_(size_t((bytes + chunk_bytes - 1) / chunk_bytes)) {}

  int64_t count() {
    each_chunk(run_, chunks(), [this](int64_t chunk, int) { count_in(chunk); });
    int64_t total = 0;
    bool in_word = false;
    for (Chunk &chunk : chunks_) {
      if (chunk.ill >= 0) refuse_ill_formed(chunk.ill);
      chunk.first = total;
      total += chunk.words - (in_word && chunk.begins_in_word);
      in_word = chunk.ends_in_word;
    }
    total_ = total;
    return total;
  }
  void put(const Places &places) {
    each_chunk(run_, chunks(), [&](int64_t chunk, int) { put(chunk, places); });
  }

 private:
  Run &run_;
  const Settings &settings_;
  const uint8_t *text_;
  int64_t bytes_;
  std::vector<Chunk> chunks_;
  int64_t total_ = 0;

  int64_t chunks() const noexcept { return int64_t(chunks_.size()); }
  int64_t begin(int64_t chunk) const noexcept {
    const int64_t border = std::min(chunk * chunk_bytes, bytes_);
    return settings_.unit == Unit::byte ? border : character_start({text_, bytes_, 0, 0}, border);
  }
  int64_t words_before(int64_t chunk) const noexcept {
    return chunk < chunks() ? chunks_[size_t(chunk)].first : total_;
  }

  void count_in(int64_t index) {
    Chunk &chunk = chunks_[size_t(index)];
    const int64_t at = begin(index), size = begin(index + 1) - at;
    chunk.begin = at;
    if (size == 0) return;
    wc::Tally tally;
    Character first = {1, true, false};
    if (settings_.unit == Unit::byte) {
      wc::kernels().bytes(tally, text_ + at, size, settings_.whitespace);
    } else {
      const int64_t ill =
          wc::kernels().utf8(tally, text_ + at, size, settings_.whitespace, settings_.invalid);
      if (ill >= 0) chunk.ill = at + ill;
      first = next_character(text_ + at, size);
    }
    chunk.words = tally.words();
    chunk.begins_in_word =
        !(first.well_formed && is_space(text_ + at, first.bytes, settings_.whitespace));
    chunk.ends_in_word = tally.in_word();
  }

  // Words that begin in a chunk; the last may end far behind it.
  void put(int64_t index, const Places &places) const {
    const int64_t end = begin(index + 1);
    int64_t piece = words_before(index);
    const int64_t last = words_before(index + 1);
    uint32_t edges[span_bytes + words::edge_room];
    words::Edge edge;
    edge.in_word = index > 0 && chunks_[size_t(index - 1)].ends_in_word;
    bool ours = false;  // the word that the span before leaves open
    int64_t open = 0;
    for (int64_t at = chunks_[size_t(index)].begin; piece < last;) {
      if (at >= bytes_) {
        // One is open; more are left where ill-formed text was trusted, and spaces seen or not by
        // what is around them.
        for (; piece < last; piece++, open = bytes_) places.put(piece, open, bytes_);
        return;
      }
      if ((at - end) % chunk_bytes == 0) require_time(run_);
      // Behind the chunk only the end of its last word is looked for.
      const int64_t limit = at < end ? end : bytes_;
      const int64_t size = std::min(span_bytes, limit - at);
      const bool was_open = edge.in_word;
      const int64_t found = words::kernels().edges(text_ + at, 0, size, bytes_ - at - size,
                                                   spaces_of(settings_), edge, edges);
      if (was_open && found > 0 && ours) places.put(piece++, open, at + edges[0]);
      const int64_t from = was_open ? 1 : 0;
      const int64_t whole = std::min((found - from) / 2, last - piece);
      if (whole > 0) places.put(piece, whole, at, edges + from);
      piece += std::max<int64_t>(whole, 0);
      if (found > 0 && edge.in_word) {
        open = at + edges[found - 1];
        ours = true;
      }
      at += size;
    }
  }
};

int64_t split_by(Run &run, Settings settings, const uint8_t *text, int64_t bytes,
                 const Places &places) {
  const auto length = int64_t(settings.needles[0].size());
  settings.overlapping = false;
  settings.whole_words = WholeWords::no;
  const int passes = places.wanted() ? 3 : 1;
  const auto find = [&](int pass, int64_t *positions, int64_t capacity) {
    const Run::Stage stage(run, bytes, pass, pass + 1, passes);
    return find_all(run, settings, text, bytes, positions, capacity);
  };
  const int64_t found = find(0, nullptr, 0);
  places.require(found + 1);
  if (!places.wanted()) return found + 1;
  std::vector<int64_t> at(size_t(found) + 1);
  find(1, at.data(), found);
  at[size_t(found)] = bytes;
  const int64_t a_task = chunk_bytes / int64_t(sizeof(int64_t));
  const Run::Stage last_pass(run, bytes, 2, 3, passes);
  each_chunk(run, (found + a_task) / a_task, [&](int64_t task, int) {
    const int64_t last = std::min(found + 1, (task + 1) * a_task);
    for (int64_t i = task * a_task; i < last; i++)
      places.put(i, i == 0 ? 0 : at[size_t(i - 1)] + length, at[size_t(i)]);
  });
  return found + 1;
}

}  // namespace

int64_t split(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes,
              int64_t *starts_or_null, int64_t *lengths_or_null, int64_t start_capacity,
              int64_t length_capacity) {
  const Places places{starts_or_null, lengths_or_null, start_capacity, length_capacity};
  const Split checked(settings);  // throws where settings do not suit
  if (!settings.needles.empty()) return split_by(run, settings, text, bytes, places);
  Words words(run, settings, text, bytes);
  const int passes = places.wanted() ? 2 : 1;
  int64_t pieces;
  {
    const Run::Stage first(run, bytes, 0, 1, passes);
    pieces = words.count();
  }
  places.require(pieces);
  if (!places.wanted()) return pieces;
  const Run::Stage second(run, bytes, 1, 2, passes);
  words.put(places);
  return pieces;
}

}  // namespace windlass::text
