#include <algorithm>
#include <cstring>
#include <utility>

#include "scenarios.hpp"

namespace deep {
namespace {

constexpr int operations = World::operations;
constexpr char short_text[] = "abcab abc\nb abc aab\n";
constexpr int64_t short_bytes = sizeof short_text - 1;

constexpr int index_of(std::string_view name) {
  constexpr std::string_view names[] = {"count_doubles", "count_runs",  "count",      "find",
                                        "rfind",         "count_lines", "count_many", "wc",
                                        "validate_utf8", "word_counts", "split"};
  for (int i = 0; i < operations; i++)
    if (names[i] == name) return i;
  throw "no such operation";
}
constexpr int count = index_of("count"), lines = index_of("count_lines"), wc = index_of("wc"),
              words = index_of("word_counts"), split = index_of("split");
constexpr int64_t outputs_of[operations] = {1, 1, 1, 1, 1, 2, 2, 5, 1, 2, 1};

// Ill-formed far from each other, in the first and the last chunk.
const std::vector<char> &bad_text() {
  static const std::vector<char> made = [] {
    std::vector<char> text = World::prose();
    text[12345] = text[text.size() - 5] = char(0xff);
    return text;
  }();
  return made;
}

wdl_status doubles(World &w, const std::vector<char> &text, int32_t unit, int64_t item) {
  return wdl_text_count_doubles(w.ctx, text.data(), int64_t(text.size()) / item, unit, &w.integer);
}

// A table of words is many allocations, so its texts are two chunks.
int64_t length_of(int operation) { return operation == words ? 300'000 : World::long_text; }

wdl_status run(World &w, int operation, const std::vector<char> &text) {
  return wdl_text_run(w.ctx, w.texts[operation], text.data(), length_of(operation), 5,
                      w.integers.data());
}

const std::vector<int64_t> &borders(int operation, int64_t texts) {
  static std::vector<int64_t> few, more, of_words;
  const bool table = operation == words && texts < 10;
  std::vector<int64_t> &made = table ? of_words : texts < 10 ? few : more;
  const int64_t whole = table ? texts * length_of(operation) : World::long_text;
  if (made.empty())
    for (int64_t i = 0; i <= texts; i++) made.push_back(whole * i / texts);
  return made;
}

wdl_array line_of(const std::vector<int64_t> &values) {
  wdl_array a;
  const auto size = int64_t(values.size());
  require(wdl_array_view(0, values.data(), WDL_I64, 1, &size, nullptr, WDL_READ_ONLY, &a), "line");
  return a;
}

wdl_status many(World &w, int operation, const std::vector<char> &text, int64_t texts) {
  wdl_array offsets = line_of(borders(operation, texts));
  if (operation == words) offsets.shape[0] = (texts = std::min<int64_t>(texts, 9)) + 1;
  wdl_array out = w.results_array(texts, outputs_of[operation]);
  return wdl_text_run_many(w.ctx, w.texts[operation], text.data(), int64_t(text.size()), &offsets,
                           &out);
}

wdl_status rows(World &w, int operation, const std::vector<char> &text, int64_t stride,
                int64_t rows_out = 300) {
  wdl_array a, out = w.results_array(rows_out, outputs_of[operation]);
  const int64_t shape[] = {300, 64}, strides[] = {64 * stride, stride};
  require(wdl_array_view(0, text.data(), WDL_U8, 2, shape, strides, WDL_READ_ONLY, &a), "rows");
  return wdl_text_run_rows(w.ctx, w.texts[operation], &a, &out);
}

wdl_status pieces(World &w, int operation, const std::vector<char> &text, int64_t stride) {
  static uint64_t address[600];
  static int64_t length[600];
  wdl_array where, sizes, out = w.results_array(300, outputs_of[operation]);
  for (int64_t i = 0; i < 600; i++) {
    address[i] = reinterpret_cast<uint64_t>(text.data()) + uint64_t(97 * i);
    length[i] = i == 8 ? length_of(operation) / 2 : i % 60;
  }
  const int64_t shape[] = {300}, strides[] = {8 * stride};
  require(wdl_array_view(0, address, WDL_U64, 1, shape, strides, 0, &where), "addresses");
  require(wdl_array_view(0, length, WDL_I64, 1, shape, strides, 0, &sizes), "lengths");
  return wdl_text_run_pieces(w.ctx, w.texts[operation], &where, &sizes, &out);
}

wdl_status file(World &w, int operation, const char *path) {
  return wdl_text_run_file(w.ctx, w.texts[operation], path, 5, w.integers.data());
}

wdl_status find_all(World &w, int operation, const std::vector<char> &text, int64_t room) {
  static std::vector<int64_t> positions(1 << 18);
  wdl_array out = line_of(positions);
  out.flags = 0, out.shape[0] = room;
  return wdl_text_find_all(w.ctx, w.texts[operation], text.data(), int64_t(text.size()), &out,
                           &w.integer);
}

using Places = wdl_status (*)(wdl_context, wdl_text, const void *, int64_t, wdl_array *,
                              wdl_array *, int64_t *);

wdl_status places(World &w, Places call, int operation, const std::vector<char> &text) {
  static std::vector<int64_t> first(1 << 21), second(1 << 21);
  wdl_array a = line_of(first), b = line_of(second);
  a.flags = b.flags = 0;
  return call(w.ctx, w.texts[operation], text.data(), int64_t(text.size()), &a, &b, &w.integer);
}

void tear(World &w, int operation) {
  require(wdl_text_feed(0, w.streams[operation], "\xff\xff", 2), "feed");
}

void save_stream(World &w, int operation) {
  const std::string bytes = save(w.streams[operation]);
  w.saved.assign(bytes.begin(), bytes.end());
}

wdl_status set_needles(World &w, const int64_t *offsets) {
  return wdl_text_set_needles(w.ctx, w.texts[count], short_text, short_bytes, offsets, 2);
}
constexpr int64_t needles[] = {0, 3, 8}, falling[] = {0, 9, 5};

constexpr Scenario scenarios[] = {
    {"wdl_text_count_doubles", "the first region, with threads to start",
     [](World &w) { return doubles(w, World::text(), WDL_TEXT_BYTE, 1); }, nullptr, true},
    {"wdl_text_count_doubles", "a fault, with threads to start",
     [](World &w) { return doubles(w, bad_text(), WDL_TEXT_UTF8, 1); }, nullptr, true},
    {"wdl_text_count_doubles", "bytes",
     [](World &w) { return doubles(w, World::text(), WDL_TEXT_BYTE, 1); }},
    {"wdl_text_count_doubles", "UTF-8",
     [](World &w) { return doubles(w, World::text(), WDL_TEXT_UTF8, 1); }},
    {"wdl_text_count_doubles", "wide",
     [](World &w) { return doubles(w, World::text(), WDL_TEXT_U32, 4); }},
    {"wdl_text_count_doubles", "faults",
     [](World &w) { return doubles(w, bad_text(), WDL_TEXT_UTF8, 1); }},
    {"wdl_text_count_doubles", "unit", [](World &w) { return doubles(w, World::text(), 77, 1); }},
    {"wdl_text_count_doubles", "NULL",
     [](World &w) { return wdl_text_count_doubles(w.ctx, nullptr, 5, WDL_TEXT_BYTE, &w.integer); }},
    {"wdl_text_create", "", [](World &w) { return wdl_text_create(w.ctx, "wc", &w.id); }},
    {"wdl_text_create", "unknown",
     [](World &w) { return wdl_text_create(w.ctx, "count_worlds", &w.id); }},
    {"wdl_text_set_needles", "", [](World &w) { return set_needles(w, needles); }},
    {"wdl_text_set_needles", "of what was prepared",
     [](World &w) { return set_needles(w, needles); },
     [](World &w) { run(w, count, World::text()); }},
    {"wdl_text_set_needles", "offsets", [](World &w) { return set_needles(w, falling); }},
    {"wdl_text_outputs", "",
     [](World &w) {
       return wdl_text_outputs(w.ctx, w.texts[wc], &w.integer,
                               reinterpret_cast<const char **>(&w.pointer));
     }},
    {"wdl_text_outputs", "needles that do not suit",
     [](World &w) {
       return wdl_text_outputs(w.ctx, w.texts[count], &w.integer,
                               reinterpret_cast<const char **>(&w.pointer));
     },
     [](World &w) { require(set_needles(w, needles), "needles"); }},
    {"wdl_text_run", "the first region, with threads to start",
     [](World &w) { return run(w, count, World::text()); }, nullptr, true},
    {"wdl_text_run", "capacity",
     [](World &w) {
       return wdl_text_run(w.ctx, w.texts[wc], short_text, short_bytes, 4, w.integers.data());
     }},
    {"wdl_text_run_many", "offsets",
     [](World &w) {
       static const std::vector<int64_t> falls = {0, 9, 5};
       const wdl_array offsets = line_of(falls);
       wdl_array out = w.results_array(2, 1);
       return wdl_text_run_many(w.ctx, w.texts[count], short_text, short_bytes, &offsets, &out);
     }},
    {"wdl_text_run_rows", "shape", [](World &w) { return rows(w, count, World::text(), 1, 299); }},
    {"wdl_text_run_file", "a stream", [](World &w) { return file(w, wc, "/proc/version"); }},
    {"wdl_text_run_file", "words of a stream",
     [](World &w) { return file(w, words, "/proc/version"); }},
    {"wdl_text_run_file", "nowhere", [](World &w) { return file(w, wc, "/nowhere/at/all"); }},
    {"wdl_text_find_all", "", [](World &w) { return find_all(w, count, World::prose(), 1 << 18); }},
    {"wdl_text_find_all", "too small",
     [](World &w) { return find_all(w, count, World::prose(), 9); }},
    {"wdl_text_find_all", "faults",
     [](World &w) { return find_all(w, count, bad_text(), 1 << 18); }},
    {"wdl_text_line_counts", "",
     [](World &w) { return places(w, wdl_text_line_counts, lines, World::prose()); }},
    {"wdl_text_line_counts", "faults",
     [](World &w) { return places(w, wdl_text_line_counts, lines, bad_text()); }},
    {"wdl_text_line_counts", "another operation",
     [](World &w) { return places(w, wdl_text_line_counts, wc, World::prose()); }},
    {"wdl_text_split", "",
     [](World &w) { return places(w, wdl_text_split, split, World::prose()); }},
    {"wdl_text_split", "faults",
     [](World &w) { return places(w, wdl_text_split, split, bad_text()); }},
    {"wdl_text_word_counts", "short",
     [](World &w) {
       return wdl_text_word_counts(w.ctx, w.texts[words], short_text, short_bytes, &w.id);
     }},
    {"wdl_text_word_counts", "long",
     [](World &w) {
       return wdl_text_word_counts(w.ctx, w.texts[words], World::prose().data(), length_of(words),
                                   &w.id);
     }},
    {"wdl_text_word_counts", "faults",
     [](World &w) {
       return wdl_text_word_counts(w.ctx, w.texts[words], bad_text().data(), length_of(words),
                                   &w.id);
     }},
    {"wdl_text_word_counts_file", "",
     [](World &w) {
       return wdl_text_word_counts_file(w.ctx, w.texts[words], World::prose_file(length_of(words)),
                                        &w.id);
     }},
    {"wdl_text_word_counts_file", "a stream",
     [](World &w) {
       return wdl_text_word_counts_file(w.ctx, w.texts[words], "/proc/version", &w.id);
     }},
    {"wdl_text_word_counts_file", "nowhere",
     [](World &w) {
       return wdl_text_word_counts_file(w.ctx, w.texts[words], "/nowhere/at/all", &w.id);
     }},
    {"wdl_text_merge", "itself",
     [](World &w) { return wdl_text_merge(w.ctx, w.streams[wc], w.streams[wc]); }},
    {"wdl_text_merge", "other settings",
     [](World &w) { return wdl_text_merge(w.ctx, w.streams[wc], w.streams[count]); }},
    {"wdl_text_result", "ill-formed",
     [](World &w) { return wdl_text_result(w.ctx, w.streams[count], 5, w.integers.data()); },
     [](World &w) { tear(w, count); }},
    {"wdl_text_stream_word_counts", "",
     [](World &w) { return wdl_text_stream_word_counts(w.ctx, w.streams[words], &w.id); }},
    {"wdl_text_stream_word_counts", "of many words",
     [](World &w) { return wdl_text_stream_word_counts(w.ctx, w.streams[words], &w.id); },
     [](World &w) {
       require(wdl_text_feed(0, w.streams[words], World::prose().data(), length_of(words)), "feed");
     }},
    {"wdl_text_stream_word_counts", "ill-formed",
     [](World &w) { return wdl_text_stream_word_counts(w.ctx, w.streams[words], &w.id); },
     [](World &w) { tear(w, words); }},
    {"wdl_text_stream_word_counts", "another operation",
     [](World &w) { return wdl_text_stream_word_counts(w.ctx, w.streams[wc], &w.id); }},
};

// What every operation has to stand.
template <int Op>
constexpr Scenario of_each[] = {
    {"wdl_text_run", "short",
     [](World &w) {
       return wdl_text_run(w.ctx, w.texts[Op], short_text, short_bytes, 5, w.integers.data());
     }},
    {"wdl_text_run", "long", [](World &w) { return run(w, Op, World::prose()); }},
    {"wdl_text_run", "faults", [](World &w) { return run(w, Op, bad_text()); }},
    {"wdl_text_run_many", "short texts", [](World &w) { return many(w, Op, World::prose(), 300); }},
    {"wdl_text_run_many", "long texts", [](World &w) { return many(w, Op, World::prose(), 2); }},
    {"wdl_text_run_many", "faults in short texts",
     [](World &w) { return many(w, Op, bad_text(), 300); }},
    {"wdl_text_run_many", "faults in long texts",
     [](World &w) { return many(w, Op, bad_text(), 2); }},
    {"wdl_text_run_rows", "", [](World &w) { return rows(w, Op, World::prose(), 1); }},
    {"wdl_text_run_rows", "strided", [](World &w) { return rows(w, Op, World::prose(), 3); }},
    {"wdl_text_run_rows", "faults", [](World &w) { return rows(w, Op, bad_text(), 3); }},
    {"wdl_text_run_pieces", "", [](World &w) { return pieces(w, Op, World::prose(), 1); }},
    {"wdl_text_run_pieces", "strided, faults",
     [](World &w) { return pieces(w, Op, bad_text(), 2); }},
    {"wdl_text_run_file", "",
     [](World &w) { return file(w, Op, World::prose_file(length_of(Op))); }},
    {"wdl_text_stream_create", "",
     [](World &w) { return wdl_text_stream_create(w.ctx, w.texts[Op], &w.id); }},
    {"wdl_text_feed", "short",
     [](World &w) { return wdl_text_feed(w.ctx, w.streams[Op], short_text, short_bytes); }},
    {"wdl_text_feed", "long",
     [](World &w) {
       return wdl_text_feed(w.ctx, w.streams[Op], World::prose().data(), length_of(Op));
     }},
    {"wdl_text_merge", "",
     [](World &w) { return wdl_text_merge(w.ctx, w.streams[Op], w.following[Op]); }},
    {"wdl_text_result", "",
     [](World &w) { return wdl_text_result(w.ctx, w.streams[Op], 5, w.integers.data()); }},
    {"wdl_save", "a stream",
     [](World &w) {
       return wdl_save(w.ctx, w.streams[Op], w.bytes.data(), int64_t(w.bytes.size()), &w.integer);
     },
     [](World &w) { require(wdl_text_feed(0, w.streams[Op], "b", 1), "feed"); }},
    {"wdl_load", "a stream",
     [](World &w) { return wdl_load(w.ctx, w.saved.data(), int64_t(w.saved.size()), &w.id); },
     [](World &w) { save_stream(w, Op); }},
};

struct All {
  std::vector<std::string> names;  // what each is about
  std::vector<Scenario> all{std::begin(scenarios), std::end(scenarios)};

  All() { add(std::make_integer_sequence<int, operations>()); }
  template <int... Op>
  void add(std::integer_sequence<int, Op...>) {
    names.reserve(operations * std::size(of_each<0>));
    (add(of_each<Op>, World::operation_names[Op]), ...);
  }
  void add(std::span<const Scenario> list, const char *operation) {
    for (Scenario s : list) {
      names.push_back(std::string(operation) + (*s.what ? ", " : "") + s.what);
      s.what = names.back().c_str();
      all.push_back(s);
    }
  }
};

}  // namespace

std::span<const Scenario> text_scenarios() {
  // Made now: no scenario may allocate on its own account.
  bad_text();
  for (int operation : {count, words})
    borders(operation, 2), borders(operation, 300), World::prose_file(length_of(operation));
  static const All made;
  return made.all;
}

}  // namespace deep
