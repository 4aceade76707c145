// Any bytes into wdl_load, as they are and with the length and checksum put right. What loads must
// save to bytes that load and save to the same bytes, tell its properties, and stand being used.
#include <windlass/windlass.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "target.hpp"

namespace {

void require(bool good, const char *what, wdl_status status) {
  if (good) return;
  std::fprintf(stderr, "%s: %s, %s\n", what, wdl_status_name(status), wdl_error_message(0));
  std::abort();
}

uint32_t crc(const std::string &bytes) {
  uint32_t c = ~0u;
  for (char byte : bytes) {
    c ^= uint8_t(byte);
    for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
  }
  return ~c;
}

std::string framed(const std::string &record) {
  std::string bytes("WINDLASS\1\0\0\0", 12);
  const uint32_t sum = crc(record);
  const uint64_t length = record.size();
  bytes.append(reinterpret_cast<const char *>(&sum), 4);
  bytes.append(reinterpret_cast<const char *>(&length), 8);
  return bytes + record;
}

std::string save(wdl_object object) {
  int64_t needed = 0;
  wdl_status status = wdl_save(0, object, nullptr, 0, &needed);
  require(status == WDL_OK, "save", status);
  std::string bytes(size_t(needed), 0);
  status = wdl_save(0, object, bytes.data(), needed, &needed);
  require(status == WDL_OK, "save", status);
  return bytes;
}

void read_property(wdl_object object, const wdl_property &p) {
  int64_t whole;
  double real;
  char text[256];
  wdl_array a{};
  wdl_status status = WDL_OK;
  if (p.type == WDL_INT) status = wdl_get_int(0, object, p.name, &whole);
  if (p.type == WDL_REAL) status = wdl_get_real(0, object, p.name, &real);
  if (p.type == WDL_TEXT) status = wdl_get_text(0, object, p.name, text, sizeof text, &whole);
  if (p.type == WDL_ARRAY && (status = wdl_get_array(0, object, p.name, &a)) == WDL_OK) {
    int64_t bytes = 16;
    for (int i = 0; i < a.ndim; i++) bytes *= a.shape[i];
    std::vector<char> memory(size_t(bytes) + 1);
    a.data = memory.data();
    status = wdl_get_array(0, object, p.name, &a);
  }
  require(status == WDL_OK || status == WDL_NO_VALUE, p.name, status);
}

void known(const char *what, wdl_status status) {
  require(status != WDL_INTERNAL && status != WDL_BUSY && status != WDL_BAD_HANDLE, what, status);
}

void use_mixture(wdl_mixture mixture) {
  int64_t d = 2;
  if (wdl_get_int(0, mixture, "n_features", &d) == WDL_OK && d > 4096) return;
  const int64_t n = 5;
  std::vector<double> data(size_t(n * d), 0.5), out(5);
  for (size_t i = 0; i < data.size(); i++) data[i] += double(i % 7);
  wdl_array x, y;
  require(wdl_array_matrix(0, data.data(), WDL_F64, n, d, &x) == WDL_OK, "x", 0);
  require(wdl_array_view(0, out.data(), WDL_F64, 1, &n, nullptr, 0, &y) == WDL_OK, "y", 0);
  known("score_samples", wdl_mixture_score_samples(0, mixture, &x, &y));
  known("sample", wdl_mixture_sample(0, mixture, 1, &x, nullptr));
  known("max_iter", wdl_set_int(0, mixture, "max_iter", 2));
  known("n_init", wdl_set_int(0, mixture, "n_init", 2));
  for (size_t i = 0; i < data.size(); i++) data[i] = double(i * i % 7);
  known("fit", wdl_mixture_fit(0, mixture, &x, nullptr));
}

const std::string &some_text() {
  static const std::string text = [] {
    std::string made;
    for (int i = 0; i < 60; i++) made += "aab abab a\nb \u00e9\u2003 abc"[i * 7 % 22];
    return made;
  }();
  return text;
}

void use_text(wdl_text text) {
  std::vector<int64_t> out(300);
  known("run", wdl_text_run(0, text, some_text().data(), 40, 300, out.data()));
}

void ask(wdl_text_stream stream) {
  std::vector<int64_t> out(300);
  known("result", wdl_text_result(0, stream, 300, out.data()));
  wdl_word_counts words = 0;
  known("words", wdl_text_stream_word_counts(0, stream, &words));
  wdl_release(words);
}

// Asked, fed, and merged with what it was, on either side.
void use_stream(wdl_text_stream stream, const std::string &saved) {
  wdl_text_stream copy = 0, other = 0;
  for (wdl_text_stream *one : {&copy, &other})
    require(wdl_load(0, saved.data(), int64_t(saved.size()), one) == WDL_OK, "a copy", 0);
  ask(stream);
  for (const int64_t bytes : {0, 1, 3, 7, 60})
    known("feed", wdl_text_feed(0, stream, some_text().data(), bytes & ~int64_t{3})), ask(stream);
  known("merge", wdl_text_merge(0, stream, copy));
  ask(stream);
  known("merge", wdl_text_merge(0, copy, stream));
  known("merge", wdl_text_merge(0, copy, other));
  known("feed", wdl_text_feed(0, copy, some_text().data(), 12));
  ask(copy);
  save(copy);
  for (const wdl_text_stream one : {copy, other}) wdl_release(one);
}

void load(const std::string &bytes) {
  wdl_object object = 1, again = 0;
  wdl_status status = wdl_load(0, bytes.data(), int64_t(bytes.size()), &object);
  if (status != WDL_OK) {
    require(status == WDL_BAD_DATA && !object, "load", status);
    return;
  }
  const std::string saved = save(object);
  status = wdl_load(0, saved.data(), int64_t(saved.size()), &again);
  require(status == WDL_OK, "load of what was saved", status);
  require(save(again) == saved, "saving again", status);
  require(wdl_release(again) == WDL_OK, "release", 0);
  const char *kind = nullptr;
  require(wdl_kind_of(0, object, &kind) == WDL_OK, "kind_of", 0);
  const wdl_property *p = nullptr;
  for (int32_t i = 0; wdl_property_at(0, kind, i, &p) == WDL_OK && p; i++)
    read_property(object, *p);
  if (!std::strcmp(kind, "mixture")) use_mixture(object);
  if (!std::strcmp(kind, "text")) use_text(object);
  if (!std::strcmp(kind, "text_stream")) use_stream(object, saved);
  require(wdl_release(object) == WDL_OK, "release", 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string bytes(reinterpret_cast<const char *>(data), size);
  load(bytes);
  load(framed(bytes.size() > 24 && !bytes.compare(0, 8, "WINDLASS") ? bytes.substr(24) : bytes));
  int64_t live = -1;
  const wdl_status status = wdl_get_int(0, WDL_PROCESS, "live_handles", &live);
  require(status == WDL_OK && live == 0, "handles are left", status);
  return 0;
}

namespace {

// A stream of every operation, of two sets of settings; a text and a table of words.
std::vector<std::string> text_seeds() {
  static constexpr const char *names[] = {
      "count_doubles", "count_runs", "count", "count",         "find",        "rfind",
      "count_lines",   "count_many", "wc",    "validate_utf8", "word_counts", "split"};
  static constexpr int64_t one[] = {0, 3}, three[] = {0, 1, 3, 6}, none[] = {0, 0};
  std::vector<std::string> all;
  for (size_t i = 0; i < 2 * std::size(names); i++) {
    const std::string name = names[i / 2];
    const bool many = name == "count_many", empty = i / 2 == 3;
    wdl_text text = 0;
    wdl_text_stream stream = 0;
    wdl_status bad = wdl_text_create(0, name.c_str(), &text);
    if (many || name == "count" || name == "count_lines" || name.ends_with("find"))
      bad |= wdl_text_set_needles(0, text, "abaaba", 6,
                                  many    ? three
                                  : empty ? none
                                          : one,
                                  many ? 3 : 1);
    if (i % 2) {
      bad |= wdl_set_text(0, text, "invalid", "lossy") | wdl_set_int(0, text, "ignore_case", 1) |
             wdl_set_text(0, text, "match", "leftmost_first") | wdl_set_int(0, text, "lower", 1);
      if (!empty && !many) bad |= wdl_set_text(0, text, "whole_words", "ascii");
    }
    bad |= wdl_text_stream_create(0, text, &stream);
    const std::string &data = some_text();
    bad |= wdl_text_feed(0, stream, data.data(), i % 3 ? 30 : 48);
    require(!bad, "a seed", bad);
    all.push_back(save(stream));
    wdl_release(stream);
    if (i == 0 || many) all.push_back(save(text));
    if (name == "word_counts" && i % 2) {
      wdl_word_counts table = 0;
      require(wdl_text_word_counts(0, text, data.data(), 40, &table) == WDL_OK, "a table", 0);
      all.push_back(save(table));
      wdl_release(table);
    }
    wdl_release(text);
  }
  return all;
}

}  // namespace

std::vector<std::string> seeds() {
  wdl_object context = 0, buffer = 0, plain = 0, fitted = 0, parent = 0;
  double weights[] = {0.5, 0.5}, means[] = {0, 1, 2, 3},
         covariances[] = {1, 0, 0, 1, 2, 0.5, 0.5, 2}, x[40];
  for (int i = 0; i < 40; i++) x[i] = i * i % 13 + i % 2 * 8;
  const int64_t k = 2, shape[] = {2, 2, 2};
  wdl_array w, m, c, rows;
  wdl_status bad = wdl_array_view(0, weights, WDL_F64, 1, &k, nullptr, 0, &w);
  bad |= wdl_array_matrix(0, means, WDL_F64, 2, 2, &m);
  bad |= wdl_array_matrix(0, x, WDL_F64, 20, 2, &rows);
  bad |= wdl_array_view(0, covariances, WDL_F64, 3, shape, nullptr, 0, &c);
  bad |= wdl_context_create(0, &context) | wdl_buffer_create(0, &m, nullptr, nullptr, &buffer);
  for (wdl_object *one : {&plain, &fitted, &parent}) bad |= wdl_mixture_create(0, one);
  bad |= wdl_mixture_set_parameters(0, fitted, &w, &m, &c);
  bad |= wdl_set_array(0, parent, "means_init", &m) | wdl_set_int(0, parent, "n_components", 2);
  bad |= wdl_mixture_fit(0, parent, &rows, nullptr) < 0;
  bad |= wdl_set_object(0, parent, "start", fitted);
  require(!bad, "seeds", bad);
  std::vector<std::string> all;
  for (wdl_object one : {context, buffer, plain, fitted, parent}) {
    all.push_back(save(one));
    wdl_release(one);
  }
  for (const std::string &one : text_seeds()) all.push_back(one);
  return all;
}
