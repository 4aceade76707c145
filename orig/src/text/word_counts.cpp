#include "word_counts.hpp"

#include <algorithm>
#include <string_view>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "kernels.hpp"
#include "pieces.hpp"
#include "word_scan.hpp"

namespace windlass::text {
namespace {

const uint8_t *bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const uint8_t *>(text.data());
}

std::string_view view(const uint8_t *text, int64_t bytes) noexcept {
  return {reinterpret_cast<const char *>(text), size_t(bytes)};
}

// What a chunk leaves besides the words in it; copies of its ends where the text cannot be looked
// at again.
struct Ends {
  Cut cut;
  std::string head, tail;
};

// The words of a source on all cores: each worker counts the words within its chunks, and words
// that reach over borders are counted between waves of chunks.
class Count {
 public:
  Count(Run &run, words::Spaces spaces, const Settings &settings, const Source &source)
      : run_(run),
        source_(source),
        spaces_(spaces),
        lower_(settings.lower),
        checked_(settings.unit == Unit::utf8 && settings.invalid == Invalid::strict),
        keeps_(settings.lower || !source.text()),
        words_(size_t(run.workers()), Vocabulary(keeps_ ? nullptr : source.text())),
        scratch_(source.text() ? 0 : size_t(run.workers()) * size_t(chunk_bytes)) {
    for (Vocabulary &words : words_)
      words.reserve(std::min(source.bytes() / 32, likely_words), 0, 0);
  }

  // What is before the first space of the source and after the last (copies where the source is not
  // in memory); the words between are in words().
  Ends go() {
    const int64_t chunks = (source_.bytes() + step - 1) / step;
    const int64_t most = std::min(chunks, wave);
    std::vector<Ends> ends(static_cast<size_t>(most));
    for (int64_t done = 0, size; done < chunks; done += size) {
      // The first chunk alone tells how large the tables will be.
      size = done == 0 && chunks >= worth_a_sample ? 1 : std::min(wave, chunks - done);
      parallel_for(run_, size, [&](int64_t task, int worker) {
        require_time(run_);
        ends[size_t(task)] = count_chunk(done + task, worker);
      });
      for (int64_t task = 0; task < size; task++) join((done + task) * step, ends[size_t(task)]);
      if (done == 0 && size < chunks)
        expected_ = words_[0].likely_distinct(double(chunks) / double(size * run_.workers()));
      source_.pause();
      const int64_t bytes = std::min((done + size) * step, source_.bytes());
      if (run_.report("count words", bytes, source_.bytes(), 0)) require_time(run_);
    }
    return finish();
  }
  bool keeps() const noexcept { return keeps_; }
  Vocabulary words() { return Vocabulary::joined(run_, std::move(words_)); }
  void add(const uint8_t *word, int64_t length, int64_t at) {
    words_[0].add(word, length, lower_, at);
  }

 private:
  // A chunk is read with the bytes around it that tell whether a space begins or ends in it.
  static constexpr int64_t around = 4, step = chunk_bytes - 64, wave = 128, likely_words = 2000;
  static constexpr int64_t worth_a_sample = 16;

  Run &run_;
  const Source &source_;
  words::Spaces spaces_;
  bool lower_, checked_, keeps_;
  std::vector<Vocabulary> words_;
  std::vector<uint8_t> scratch_;
  int64_t expected_ = 0;  // different words in each worker's table
  bool split_ = false;
  int64_t head_ = 0, pending_ = 0;  // where the first word ends, where the last begins
  std::string head_text_, pending_text_;

  Ends count_chunk(int64_t chunk, int worker) {
    const int64_t at = chunk * step, bytes = std::min(step, source_.bytes() - at);
    const int64_t before = std::min(at, around);
    const int64_t after = std::min(source_.bytes() - at - bytes, around);
    uint8_t *own = scratch_.data() + (source_.text() ? 0 : worker * chunk_bytes);
    const uint8_t *text = source_.read(at - before, before + bytes + after, own) + before;
    const Piece piece = {text, bytes, before, after};
    Ends ends;
    words_[size_t(worker)].expect(expected_);
    ends.cut = scan_words(words_[size_t(worker)], piece, spaces_, lower_, at);
    if (checked_ && !ends.cut.ascii) check(piece, at);
    if (!source_.text()) {
      ends.head = view(text, ends.cut.head);
      if (ends.cut.split) ends.tail = view(text + ends.cut.tail, bytes - ends.cut.tail);
    }
    return ends;
  }
  // The characters that begin in the chunk, whole.
  static void check(const Piece &piece, int64_t at) {
    const int64_t begin = character_start(piece, 0), end = character_start(piece, piece.bytes);
    const int64_t bad = kernels().first_ill_formed(piece.text + begin, end - begin);
    if (bad >= 0) refuse_ill_formed(at + begin + bad);
  }
  void join(int64_t at, const Ends &ends) {
    if (!source_.text()) (split_ ? pending_text_ : head_text_) += ends.head;
    if (!ends.cut.split) return;
    if (!split_)
      head_ = at + ends.cut.head;
    else
      add_pending(at + ends.cut.head);
    split_ = true;
    pending_ = at + ends.cut.tail;
    pending_text_ = ends.tail;
  }
  void add_pending(int64_t end) {
    if (end == pending_) return;
    const uint8_t *word = source_.text() ? source_.text() + pending_ : bytes_of(pending_text_);
    add(word, end - pending_, pending_);
  }
  Ends finish() {
    const int64_t bytes = source_.bytes();
    return {{split_ ? head_ : bytes, split_ ? pending_ : bytes, split_, false},
            std::move(head_text_),
            std::move(pending_text_)};
  }
};

}  // namespace

WordTable count_words(Run &run, const Settings &settings, const Source &source) {
  Count count(run, spaces_of(settings), settings, source);
  const Ends ends = count.go();
  const auto add = [&](const std::string &copy, int64_t at, int64_t length) {
    if (length == 0) return;
    count.add(source.text() ? source.text() + at : bytes_of(copy), length, at);
  };
  add(ends.head, 0, ends.cut.head);
  add(ends.tail, ends.cut.tail, source.bytes() - ends.cut.tail);
  return ranked(run, count.words(), settings.top, count.keeps());
}

WordCounts::WordCounts(const Settings &settings) : lower_(settings.lower) {
  if (settings.unit == Unit::u16 || settings.unit == Unit::u32)
    throw Error(WDL_BAD_ARGUMENT, 1,
                std::string("unit is ") + (settings.unit == Unit::u16 ? "u16" : "u32") +
                    ", expected char or byte");
  spaces_ = spaces_of(settings);
}

int64_t WordCounts::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  Vocabulary words(lower_ ? nullptr : text);
  const Cut cut = scan_words(words, {text, bytes, 0, 0}, spaces_, lower_, 0);
  const auto add = [&](int64_t begin, int64_t end) {
    if (begin < end) words.add(text + begin, end - begin, lower_, begin);
  };
  add(0, cut.head);
  if (cut.split) add(cut.tail, bytes);
  out[0] = words.total(), out[1] = words.distinct();
  return -1;
}

WordCounts::Summary WordCounts::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  summary.bytes = bytes;
  summary.words.reserve(std::min<int64_t>(bytes, chunk_bytes) / 32, 0, 0);
  const Cut cut = scan_words(summary.words, {text, bytes, 0, 0}, spaces_, lower_, 0);
  summary.split = cut.split;
  summary.head = view(text, cut.head);
  if (cut.split) summary.tail = view(text + cut.tail, bytes - cut.tail);
  return summary;
}

// The left's last word goes on in the right's first, unless a space is cut by the border.
void WordCounts::join(Summary &left, const Summary &right) const {
  std::string &open = left.split ? left.tail : left.head;
  const SpaceAcross space = space_across(open, right.head, spaces_);
  const bool ends = space.found || right.split;
  const std::string_view next = std::string_view(right.head).substr(size_t(space.after));
  const int64_t begin = left.bytes - int64_t(open.size());
  const size_t all = open.size() + right.head.size();
  if (all > open.capacity()) open.reserve(std::max(all, 2 * open.capacity()));
  std::string tail(right.split ? std::string_view(right.tail) : space.found ? next : "");
  left.words.reserve(right.words.distinct() + 2, right.words.long_words() + 2,
                     right.words.kept_bytes() + (ends ? int64_t(all) : 0));
  // Nothing throws from here on.
  left.words.merge(right.words, left.bytes);
  const auto add = [&](std::string_view word, int64_t at) {
    if (!word.empty()) left.words.add(bytes_of(word), int64_t(word.size()), lower_, at);
  };
  if (space.found)
    open.resize(open.size() - size_t(space.before));
  else
    open += right.head;
  if (ends && left.split) add(open, begin);
  if (space.found && right.split) add(next, left.bytes + space.after);
  if (ends) left.tail = std::move(tail);
  left.split |= ends;
  left.bytes += right.bytes;
}

int64_t WordCounts::finish(const Summary &summary, int64_t *out) const {
  out[0] = summary.words.total(), out[1] = summary.words.distinct();
  const std::string *const ends[] = {&summary.head, &summary.tail};
  for (const std::string *word : ends) {
    if (word->empty()) continue;
    out[0]++;
    out[1] += !summary.words.contains(bytes_of(*word), int64_t(word->size()), lower_);
  }
  // Both are new, and the same.
  if (out[1] == summary.words.distinct() + 2) {
    Vocabulary both;
    for (const std::string *word : ends)
      both.add(bytes_of(*word), int64_t(word->size()), lower_, 0);
    out[1] -= both.distinct() == 1;
  }
  return -1;
}

bool WordCounts::sound(const Summary &summary) const noexcept {
  const auto ends = int64_t(summary.head.size() + summary.tail.size());
  bool fits = summary.words.total() <= summary.bytes;
  summary.words.each([&](const Vocabulary::Word &word) {
    fits = fits && word.first < summary.bytes && word.length <= summary.bytes - word.first;
  });
  if (!fits) return false;
  if (!summary.split)
    return ends == summary.bytes && summary.words.distinct() == 0 && summary.tail.empty();
  return ends < summary.bytes;
}

WordCounts::Summary WordCounts::summarise(Run &run, const Source &source) const {
  Settings settings;
  settings.lower = lower_;
  settings.unit = Unit::byte;
  Count count(run, spaces_, settings, source);
  Ends ends = count.go();
  Summary summary;
  summary.bytes = source.bytes();
  summary.split = ends.cut.split;
  summary.head = std::move(ends.head), summary.tail = std::move(ends.tail);
  if (source.text()) {
    summary.head = view(source.text(), ends.cut.head);
    summary.tail = view(source.text() + ends.cut.tail, source.bytes() - ends.cut.tail);
  }
  summary.words.merge(count.words(), 0);
  return summary;
}

WordTable table_of(const WordCounts::Summary &summary, const Settings &settings) {
  Vocabulary words = summary.words;
  const auto add = [&](const std::string &word, int64_t at) {
    if (!word.empty()) words.add(bytes_of(word), int64_t(word.size()), settings.lower, at);
  };
  add(summary.head, 0);
  add(summary.tail, summary.bytes - int64_t(summary.tail.size()));
  Run run(1);
  return ranked(run, words, settings.top, true);
}

}  // namespace windlass::text
