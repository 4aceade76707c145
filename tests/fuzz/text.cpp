// One operation of text.h (operation.cpp says which): every level, the whole, rows and pieces cut
// anywhere, streams that are merged, saved and loaded, must agree. The first six bytes choose the
// settings, the needle's length and the cuts; the needle comes next, then the text.
#include <windlass/windlass.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "target.hpp"

extern const char fuzz_operation[];

namespace {

const std::string operation = fuzz_operation;
constexpr size_t head = 6;
constexpr const char *levels[] = {"base", "v3", "v4"};

void require(bool good, const char *what) {
  if (good) return;
  std::fprintf(stderr, "%s, %s: %s\n", operation.c_str(), what, wdl_error_message(0));
  std::abort();
}

// What a call came to: its status, where the text is ill-formed, or the results.
struct Outcome {
  wdl_status status = WDL_OK;
  int64_t row = -1, byte = -1;
  std::vector<int64_t> results;
  bool operator==(const Outcome &) const = default;
};

Outcome outcome(wdl_status status, std::vector<int64_t> results, bool of_rows = false) {
  require(status == WDL_OK || status == WDL_BAD_DATA, "status");
  if (status == WDL_OK) return {status, -1, -1, std::move(results)};
  wdl_error error;
  wdl_error_get(0, &error);
  return {status, of_rows ? error.position[0] : -1, error.position[of_rows ? 1 : 0], {}};
}

class Id {
 public:
  explicit Id(wdl_object id) : id_(id) {}
  Id(Id &&other) noexcept : id_(std::exchange(other.id_, 0)) {}
  ~Id() { wdl_release(id_); }
  operator wdl_object() const { return id_; }

 private:
  wdl_object id_;
};

struct Input {
  uint8_t choices[head];
  std::string needle;
  std::unique_ptr<char[]> memory;  // no byte to spare
  int64_t bytes = 0, item = 1;
  const char *text() const { return memory.get(); }
  int64_t units() const { return bytes / item; }
};

Input input_of(const uint8_t *data, size_t size) {
  Input in;
  std::memcpy(in.choices, data, head);
  const size_t length = std::min(size - head, size_t(in.choices[3] % 12));
  const auto *at = reinterpret_cast<const char *>(data) + head;
  in.needle.assign(at, length);
  in.bytes = int64_t(size - head - length);
  in.memory.reset(new char[size_t(in.bytes)]);
  std::memcpy(in.memory.get(), at + length, size_t(in.bytes));
  return in;
}

bool choose(wdl_text text, Input &in) {
  const bool neighbours = operation == "count_doubles" || operation == "count_runs";
  const uint8_t a = in.choices[0], b = in.choices[1];
  const char *units[] = {"char", "byte", "u16", "u32"};
  const int unit = a % (neighbours ? 4 : 2);
  const char *invalid[] = {"strict", "lossy", "trusted"}, *words[] = {"no", "space", "ascii"};
  const char *white[] = {"unicode", "ascii", "python"};
  in.item = unit < 2 ? 1 : unit == 2 ? 2 : 4;
  in.bytes -= in.bytes % in.item;
  const bool bad = wdl_set_text(0, text, "unit", units[unit]) |
                   wdl_set_text(0, text, "invalid", invalid[a / 4 % 3]) |
                   wdl_set_int(0, text, "ignore_case", a / 16 % 2) |
                   wdl_set_int(0, text, "overlapping", a / 32 % 2) |
                   wdl_set_int(0, text, "lower", a / 64 % 2) |
                   wdl_set_text(0, text, "whole_words", words[b % 3]) |
                   wdl_set_text(0, text, "whitespace", white[b / 4 % 3]) |
                   wdl_set_text(0, text, "match", b & 16 ? "leftmost_first" : "each") |
                   wdl_set_int(0, text, "top", b / 32);
  require(!bad, "settings");
  std::vector<int64_t> ends = {0, int64_t(in.needle.size())};
  if (operation == "count_many")
    for (size_t end = in.choices[2] % 4u; end < in.needle.size(); end += 1 + in.choices[2] / 4 % 4u)
      ends.insert(ends.end() - 1, int64_t(end));
  const bool needles = operation.starts_with("count") || operation.ends_with("find") ||
                       (operation == "split" && in.choices[2] & 1);
  if (needles && operation != "word_counts")
    require(wdl_text_set_needles(0, text, in.needle.data(), int64_t(in.needle.size()), ends.data(),
                                 int64_t(ends.size()) - 1) == WDL_OK,
            "needles");
  int64_t outputs;
  const char *names;
  return wdl_text_outputs(0, text, &outputs, &names) == WDL_OK;
}

int64_t outputs_of(wdl_text text) {
  int64_t outputs = 0;
  const char *names;
  require(wdl_text_outputs(0, text, &outputs, &names) == WDL_OK, "outputs");
  return outputs;
}

Outcome whole(wdl_text text, const Input &in, int64_t from, int64_t to, wdl_context ctx = 0) {
  std::vector<int64_t> out(size_t(outputs_of(text)));
  const wdl_status status = wdl_text_run(ctx, text, in.text() + from * in.item, to - from,
                                         int64_t(out.size()), out.data());
  return outcome(status, std::move(out));
}

// Up to four cuts, from the input.
std::vector<int64_t> cuts_of(const Input &in) {
  std::vector<int64_t> cuts = {0, in.units()};
  for (int i = 0; i < 3; i++) cuts.push_back((in.choices[3 + i] / (i ? 1 : 12)) % (in.units() + 1));
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

std::string save(wdl_object object) {
  int64_t needed = 0;
  require(wdl_save(0, object, nullptr, 0, &needed) == WDL_OK, "save");
  std::string bytes(size_t(needed), 0);
  require(wdl_save(0, object, bytes.data(), needed, &needed) == WDL_OK, "save");
  return bytes;
}

Id stream_of(wdl_text text, const Input &in, int64_t from, int64_t to) {
  wdl_text_stream made = 0;
  require(wdl_text_stream_create(0, text, &made) == WDL_OK, "stream");
  require(wdl_text_feed(0, made, in.text() + from * in.item, to - from) == WDL_OK, "feed");
  return Id(made);
}

Id reloaded(wdl_object object) {
  const std::string bytes = save(object);
  wdl_object again = 0;
  require(wdl_load(0, bytes.data(), int64_t(bytes.size()), &again) == WDL_OK, "load");
  require(save(again) == bytes, "saved again");
  return Id(again);
}

Outcome result(wdl_text_stream stream, int64_t outputs) {
  std::vector<int64_t> out(static_cast<size_t>(outputs));
  const wdl_status status = wdl_text_result(0, stream, outputs, out.data());
  return outcome(status, std::move(out));
}

using Words = std::vector<std::pair<std::string, int64_t>>;

std::vector<int64_t> column(wdl_word_counts table, const char *name) {
  wdl_array a{};
  require(wdl_get_array(0, table, name, &a) == WDL_OK, name);
  std::vector<int64_t> values(size_t(a.shape[0]) + 1);
  a.data = values.data();
  require(wdl_get_array(0, table, name, &a) == WDL_OK, name);
  values.pop_back();
  return values;
}

// offsets are of keys where there are keys.
Words words_of(wdl_word_counts table, const char *text) {
  std::vector<char> keys;
  wdl_array a{};
  if (wdl_get_array(0, table, "keys", &a) == WDL_OK) {
    keys.resize(size_t(a.shape[0]) + 1);
    a.data = keys.data();
    require(wdl_get_array(0, table, "keys", &a) == WDL_OK, "keys");
    text = keys.data();
  }
  const auto offsets = column(table, "offsets"), lengths = column(table, "lengths"),
             counts = column(table, "counts");
  Words words;
  for (size_t i = 0; i < counts.size(); i++)
    words.emplace_back(std::string(text + offsets[i], size_t(lengths[i])), counts[i]);
  return words;
}

void check_words(wdl_text text, const Input &in, wdl_text_stream stream, const Outcome &expected) {
  wdl_word_counts one = 0, other = 0;
  const wdl_status status = wdl_text_word_counts(0, text, in.text(), in.bytes, &one);
  require(status == expected.status, "the words' status");
  require(wdl_text_stream_word_counts(0, stream, &other) == status, "the stream's words' status");
  const Id a(one), b(other);
  if (status != WDL_OK) return;
  require(words_of(a, in.text()) == words_of(b, nullptr), "words");
  int64_t total = -1, distinct = -1;
  require(wdl_get_int(0, a, "total", &total) == WDL_OK, "total");
  require(wdl_get_int(0, a, "distinct", &distinct) == WDL_OK, "distinct");
  require(total == expected.results[0] && distinct == expected.results[1], "totals");
}

wdl_array line(std::vector<int64_t> &values) {
  wdl_array a;
  const auto size = int64_t(values.size());
  require(wdl_array_view(0, values.data(), WDL_I64, 1, &size, nullptr, 0, &a) == WDL_OK, "view");
  return a;
}

using Places = wdl_status (*)(wdl_context, wdl_text, const void *, int64_t, wdl_array *,
                              wdl_array *, int64_t *);

// Where things are: as many as were counted.
void check_places(wdl_text text, const Input &in, const Outcome &expected, Places call,
                  bool lines) {
  int64_t found = -1;
  wdl_status status = call(0, text, in.text(), in.bytes, nullptr, nullptr, &found);
  require(status == expected.status, "places' status");
  if (status != WDL_OK) return;
  std::vector<int64_t> first(size_t(found) + 1), second(size_t(found) + 1);
  wdl_array a = line(first), b = line(second);
  require(call(0, text, in.text(), in.bytes, &a, &b, &found) == WDL_OK, "places");
  if (!lines) {
    require(found == expected.results[0], "the number of pieces");
    for (int64_t i = 0; i < found; i++)
      require(first[size_t(i)] >= 0 && second[size_t(i)] >= 0 &&
                  first[size_t(i)] + second[size_t(i)] <= in.bytes,
              "a piece");
    return;
  }
  int64_t holding = 0, total = 0;
  for (int64_t i = 0; i < found; i++) holding += first[size_t(i)] > 0, total += first[size_t(i)];
  require(holding == expected.results[0] && total == expected.results[1], "counts of lines");
  require(second.back() == in.bytes && second[0] == 0, "borders of lines");
}

void check_found(wdl_text text, const Input &in, const Outcome &expected) {
  int64_t found = -1;
  wdl_status status = wdl_text_find_all(0, text, in.text(), in.bytes, nullptr, &found);
  require(status == expected.status, "find_all's status");
  if (status != WDL_OK) return;
  require(found == expected.results[0], "find_all's number");
  std::vector<int64_t> places(size_t(found) + 1);
  wdl_array a = line(places);
  require(wdl_text_find_all(0, text, in.text(), in.bytes, &a, &found) == WDL_OK, "find_all");
  for (int64_t i = 0; i < found; i++)
    require(places[size_t(i)] >= (i ? places[size_t(i) - 1] + 1 : 0) &&
                places[size_t(i)] <= in.bytes - int64_t(in.needle.size()),
            "a position");
}

void check_streams(wdl_text text, const Input &in, const Outcome &expected) {
  const std::vector<int64_t> cuts = cuts_of(in);
  const int64_t outputs = outputs_of(text);
  std::vector<Id> parts;
  for (size_t i = 0; i + 1 < cuts.size(); i++)
    parts.push_back(stream_of(text, in, cuts[i], cuts[i + 1]));
  const Id fed = reloaded(stream_of(text, in, 0, cuts[1]));
  for (size_t i = 1; i + 1 < cuts.size(); i++)
    require(wdl_text_feed(0, fed, in.text() + cuts[i] * in.item, cuts[i + 1] - cuts[i]) == WDL_OK,
            "feed");
  require(result(fed, outputs) == expected, "a stream that was fed");
  require(result(reloaded(fed), outputs) == expected, "a stream that was loaded");
  // From the left, and from the right.
  Id left = stream_of(text, in, 0, cuts[1]);
  for (size_t i = 1; i < parts.size(); i++)
    require(wdl_text_merge(0, left, reloaded(parts[i])) == WDL_OK, "merge");
  require(result(left, outputs) == expected, "streams merged from the left");
  for (size_t i = parts.size() - 1; i > 0; i--)
    require(wdl_text_merge(0, parts[i - 1], parts[i]) == WDL_OK, "merge");
  require(result(reloaded(parts[0]), outputs) == expected, "streams merged from the right");
  if (operation == "word_counts") check_words(text, in, parts[0], expected);
  if (in.units() > 40) return;
  const Id slow = stream_of(text, in, 0, 0);
  for (int64_t i = 0; i < in.units(); i++)
    require(wdl_text_feed(0, slow, in.text() + i * in.item, 1) == WDL_OK, "feed");
  require(result(slow, outputs) == expected, "a stream fed by units");
}

void check_rows(wdl_text text, const Input &in) {
  std::vector<int64_t> cuts = cuts_of(in), out;
  const int64_t rows = int64_t(cuts.size()) - 1, outputs = outputs_of(text);
  Outcome expected;
  for (int64_t r = 0; r < rows && expected.status == WDL_OK; r++) {
    const Outcome one = whole(text, in, cuts[size_t(r)], cuts[size_t(r) + 1]);
    if (one.status != WDL_OK) {
      expected = {one.status, r, one.byte, {}};
    } else {
      expected.results.insert(expected.results.end(), one.results.begin(), one.results.end());
    }
  }
  out.resize(size_t(rows * outputs));
  const wdl_array offsets = line(cuts);
  wdl_array results;
  require(wdl_array_matrix(0, out.data(), WDL_I64, rows, outputs, &results) == WDL_OK, "matrix");
  const wdl_status status = wdl_text_run_many(0, text, in.text(), in.units(), &offsets, &results);
  require(outcome(status, std::move(out), true) == expected, "rows");
}

// The text again and again: more than a chunk, so that the cores share it.
void check_threads(wdl_text text, const Input &in) {
  static const Id contexts[] = {[] {
                                  wdl_context made = 0;
                                  require(wdl_context_create(0, &made) == WDL_OK, "context");
                                  wdl_set_int(0, made, "threads", 1);
                                  return Id(made);
                                }(),
                                [] {
                                  wdl_context made = 0;
                                  require(wdl_context_create(0, &made) == WDL_OK, "context");
                                  wdl_set_int(0, made, "threads", 3);
                                  return Id(made);
                                }()};
  Input large;
  std::memcpy(large.choices, in.choices, head);
  large.item = in.item;
  large.bytes = (600'000 / in.bytes + 1) * in.bytes;
  large.memory.reset(new char[size_t(large.bytes)]);
  for (int64_t at = 0; at < large.bytes; at += in.bytes)
    std::memcpy(large.memory.get() + at, in.text(), size_t(in.bytes));
  const int64_t outputs = outputs_of(text), units = large.units();
  const auto run = [&](wdl_context ctx) {
    std::vector<int64_t> out(static_cast<size_t>(outputs));
    const wdl_status status = wdl_text_run(ctx, text, large.text(), units, outputs, out.data());
    Outcome made{status, -1, -1, std::move(out)};
    if (status == WDL_OK) return made;
    wdl_error error;
    wdl_error_get(ctx, &error);
    return Outcome{status, -1, error.position[0], {}};
  };
  const Outcome one = run(contexts[0]), three = run(contexts[1]);
  require(one == three, "threads");
  const Id stream = stream_of(text, large, 0, units / 3);
  require(wdl_text_feed(0, stream, large.text() + units / 3 * in.item, units - units / 3) == WDL_OK,
          "feed");
  require(result(stream, outputs) == one, "a long stream");
}

bool is_trusted(const Input &in) { return in.choices[0] / 4 % 3 == 2; }

bool is_well_formed(const Input &in) {
  wdl_text made = 0;
  require(wdl_text_create(0, "validate_utf8", &made) == WDL_OK, "create");
  return whole(Id(made), in, 0, in.bytes).results[0] < 0;
}

// What the text comes to at this level, or nothing where the settings do not suit.
bool check_level(const uint8_t *data, size_t size, Outcome &expected) {
  Input in = input_of(data, size);
  wdl_text made = 0;
  require(wdl_text_create(0, operation.c_str(), &made) == WDL_OK, "create");
  const Id text(made);
  if (!choose(text, in)) return false;
  expected = whole(text, in, 0, in.units());
  // Of ill-formed text that is trusted any count will do.
  if (in.item == 1 && is_trusted(in) && !is_well_formed(in)) {
    expected = {};
    return true;
  }
  check_streams(text, in, expected);
  check_rows(text, in);
  if (operation == "count") check_found(text, in, expected);
  if (operation == "count_lines") check_places(text, in, expected, wdl_text_line_counts, true);
  if (operation == "split") check_places(text, in, expected, wdl_text_split, false);
  if (in.choices[5] == 77 && in.bytes > 100 && in.bytes % 64 == 0) check_threads(text, in);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < head) return 0;
  Outcome first;
  bool known = false;
  for (const char *level : levels) {
    if (wdl_set_text(0, WDL_PROCESS, "isa", level) != WDL_OK) continue;
    Outcome found;
    if (!check_level(data, size, found)) return 0;
    require(!known || found == first, level);
    first = found, known = true;
  }
  return 0;
}

std::vector<std::string> seeds() {
  std::string ascii, wide, mixed;
  for (int i = 0; i < 200; i++) ascii += "aab abab the\nA_a\r\n\taa"[i * i % 7 * 3 % 21];
  for (int i = 0; i < 40; i++) wide += "\u00e9\u00e9\u2003\u4e2d\u4e2d\U0001f642\u00a0\u3000\n";
  for (int i = 0; i < 12; i++)
    mixed += ascii.substr(size_t(i), 7) + "\u0085\xe4\xb8\u2028x" + ascii[0];
  const auto made = [](std::string choices, const std::string &text) {
    choices.resize(head, '\x11');
    return choices + text;
  };
  return {made({0, 0, 1, 2, 30, 77}, "aa" + ascii),
          made({1, 1, 7, 3, 50, 5}, "aba" + ascii),
          made({4, 18, 5, 5, 60, 77}, "\u00e9\u4e2d" + wide),
          made({5, 2, 9, 1, 9, 9}, "a" + mixed),
          made({112, 6, 3, 0, 4, 1}, mixed),
          made({34, 20, 6, 6, 100, 77}, "abaaba" + ascii)};
}
