#include "world.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <string_view>

namespace deep {
namespace {

constexpr double sentinel = -12345.5;
constexpr int64_t whole_sentinel = -987654321;

// Two clouds, by a multiplicative congruential generator (Park, Miller 1988).
std::vector<double> samples() {
  std::vector<double> x;
  uint64_t state = 20240229;
  for (int64_t i = 0; i < World::rows * World::columns; i++) {
    double sum = 0;
    for (int part = 0; part < 4; part++) {
      state = state * 48271 % 2147483647;
      sum += double(state) / 2147483647 - 0.5;
    }
    x.push_back(sum + ((i / World::columns) % 2 ? 3.0 : -3.0));
  }
  return x;
}

template <class T>
void append(std::string &to, const T &value) {
  to.append(reinterpret_cast<const char *>(&value), sizeof value);
}
template <class T>
void append_all(std::string &to, const std::vector<T> &values) {
  to.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

std::vector<char> make_text() {
  std::vector<char> text(size_t(World::long_text));
  uint32_t state = 1;
  for (char &c : text) c = char('a' + ((state = state * 1664525u + 1013904223u) >> 30));
  return text;
}

std::vector<char> make_prose() {
  std::vector<char> text = make_text();
  uint32_t state = 7;
  for (char &c : text) {
    state = state * 1664525u + 1013904223u;
    if (state >> 30 == 0) c = state >> 26 & 1 ? ' ' : '\n';
  }
  return text;
}

// In memory, by a path; no folder has to be cleaned.
std::string make_file(std::string_view content) {
  const int file = memfd_create("prose", 0);
  for (size_t at = 0; at < content.size();) {
    const ssize_t written = write(file, content.data() + at, content.size() - at);
    if (written <= 0) give_up("memfd");
    at += size_t(written);
  }
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace

const char *const World::operation_names[operations] = {
    "count_doubles", "count_runs", "count",         "find",        "rfind", "count_lines",
    "count_many",    "wc",         "validate_utf8", "word_counts", "split"};

void give_up(const std::string &why) {
  std::fprintf(stderr, "%s: %s\n", why.c_str(), wdl_error_message(0));
  std::_Exit(3);
}

void require(wdl_status status, const char *what) {
  if (status != WDL_OK) give_up(std::string(what) + ": " + wdl_status_name(status));
}

int64_t live_handles() {
  int64_t n = -1;
  require(wdl_get_int(0, WDL_PROCESS, "live_handles", &n), "live_handles");
  return n;
}

std::string save(wdl_object object) {
  int64_t needed = 0;
  const wdl_status status = wdl_save(0, object, nullptr, 0, &needed);
  if (status == WDL_UNSUPPORTED) return "an operator";
  require(status, "wdl_save");
  std::string bytes(size_t(needed), 0);
  require(wdl_save(0, object, bytes.data(), needed, &needed), "wdl_save");
  return bytes;
}

std::string results(wdl_object object) {
  const char *kind = nullptr;
  require(wdl_kind_of(0, object, &kind), "kind");
  std::string all;
  const wdl_property *p = nullptr;
  for (int32_t i = 0; wdl_property_at(0, kind, i, &p) == WDL_OK && p; i++) {
    const std::string_view name = p->name;
    int64_t whole = 0;
    double real = 0;
    char text[64] = {};
    wdl_array array{};
    std::vector<double> values;
    if (name == "seconds" || name == "bytes" || p->type == WDL_OBJECT) continue;
    if (p->type == WDL_INT) wdl_get_int(0, object, p->name, &whole);
    if (p->type == WDL_REAL) wdl_get_real(0, object, p->name, &real);
    if (p->type == WDL_TEXT) wdl_get_text(0, object, p->name, text, sizeof text, &whole);
    if (p->type == WDL_ARRAY && wdl_get_array(0, object, p->name, &array) == WDL_OK) {
      size_t count = 1;
      for (int32_t i = 0; i < array.ndim; i++) count *= size_t(array.shape[i]);
      values.resize(count);
      array.data = values.data();
      if (count) require(wdl_get_array(0, object, p->name, &array), p->name);
    }
    append(all, whole), append(all, real), append_all(all, values);
    all += text;
  }
  return all;
}

const std::vector<char> &World::text() {
  static const std::vector<char> made = make_text();
  return made;
}

const std::vector<char> &World::prose() {
  static const std::vector<char> made = make_prose();
  return made;
}

const char *World::prose_file(int64_t bytes) {
  static std::map<int64_t, std::string> made;
  std::string &name = made[bytes];
  if (name.empty()) name = make_file({prose().data(), size_t(bytes)});
  return name.c_str();
}

void World::make_texts() {
  static constexpr char needle[] = "abc", first[] = "ab ca b\nab", second[] = "c abc\n abcab";
  static constexpr int64_t one[] = {0, 3}, two[] = {0, 1, 3};
  for (int i = 0; i < operations; i++) {
    const std::string name = operation_names[i];
    require(wdl_text_create(0, name.c_str(), &texts[i]), name.c_str());
    const bool many = name == "count_many";
    if (many || name == "count" || name == "count_lines" || name.ends_with("find"))
      require(wdl_text_set_needles(0, texts[i], needle, 3, many ? two : one, many ? 2 : 1),
              name.c_str());
    for (wdl_text_stream *stream : {&streams[i], &following[i]})
      require(wdl_text_stream_create(0, texts[i], stream), "stream");
    require(wdl_text_feed(0, streams[i], first, 10), "feed");
    require(wdl_text_feed(0, following[i], second, 12), "feed");
    if (name == "word_counts")
      require(wdl_text_word_counts(0, texts[i], first, 10, &words), "word_counts");
  }
}

World::World(int threads) {
  x = samples();
  nan_x = x;
  nan_x[size_t(1000 * columns + 1)] = std::numeric_limits<double>::quiet_NaN();
  x32.assign(x.begin(), x.end());
  weights = {0.25, 0.75}, bad_weights = {1.5, 0.5};
  means = {-3, -3, -3, 3, 3, 3};
  covariances = {1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 0, 2, 0, 0, 0, 2};
  bad_covariances = covariances;
  bad_covariances[9] = -1;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t c = 0; c < components; c++) responsibilities.push_back(i % 2 == c ? 0.9 : 0.1);

  require(wdl_context_create(0, &ctx), "context");
  require(wdl_set_int(0, ctx, "threads", threads), "threads");
  for (wdl_mixture *one : {&fitted, &fresh, &parent, &spare}) {
    require(wdl_mixture_create(0, one), "mixture");
    require(wdl_set_int(0, *one, "n_components", components), "n_components");
  }
  const wdl_array w = vector(weights), m = matrix(means, components, columns),
                  c = cube(covariances, components, columns);
  require(wdl_mixture_set_parameters(0, fitted, &w, &m, &c), "parameters");
  require(wdl_set_object(0, parent, "start", fitted), "start");
  require(wdl_mixture_statistics_create(0, fitted, &statistics), "statistics");
  const wdl_array samples = matrix(x, rows, columns);
  require(wdl_mixture_statistics_add(0, statistics, &samples, nullptr), "rows");
  for (wdl_kmeans *one : {&fitted_kmeans, &fresh_kmeans}) {
    require(wdl_kmeans_create(0, one), "kmeans");
    require(wdl_set_int(0, *one, "n_clusters", components), "n_clusters");
  }
  require(wdl_kmeans_set_centers(0, fitted_kmeans, &m, nullptr), "centers");
  const wdl_array kept = vector(weights);
  require(wdl_buffer_create(0, &kept, nullptr, nullptr, &buffer), "buffer");
  make_texts();
  require(wdl_context_create(0, &stale), "stale");
  require(wdl_release(stale), "stale");
  const std::string bytes_of_parent = save(parent);
  saved.assign(bytes_of_parent.begin(), bytes_of_parent.end());

  integer = whole_sentinel, real = sentinel;
  view.ndim = 7, view.reserved = 99;
  error.status = 99;
  reals.assign(size_t(rows * columns), sentinel);
  more_reals = most_reals = reals;
  integers.assign(size_t(rows), whole_sentinel);
  bytes.assign(4096, '#');
}

World::~World() {
  for (wdl_operator one : operators) wdl_release(one);
  for (wdl_object one : solvers) wdl_release(one);
  for (wdl_object one : {precond, grid, fitted_kmeans, fresh_kmeans, words, buffer, statistics,
                         spare, parent, fresh, fitted, ctx, id})
    if (one) wdl_release(one);
  for (wdl_object one : crowd_) wdl_release(one);
  for (const auto &list : {texts, streams, following})
    for (int i = 0; i < operations; i++) wdl_release(list[i]);
}

std::string World::objects() const {
  std::string all;
  for (wdl_object one :
       {fitted, fresh, parent, spare, statistics, buffer, words, fitted_kmeans, fresh_kmeans})
    all += one ? save(one) : "released";
  for (const auto &list : {texts, streams, following})
    for (int i = 0; i < operations; i++) all += save(list[i]);
  for (wdl_object one : solvers) all += results(one);
  // Not by wdl_save: the seconds of a set-up differ.
  for (const char *name : {"rows", "entries", "pivots", "levels", "analyses"}) {
    int64_t found = -1;
    if (precond) wdl_get_int(0, precond, name, &found);
    all += std::to_string(found) + " ";
  }
  return all + std::to_string(released);
}

std::string World::values() const {
  std::string all = id ? save(id) : std::string();
  append(all, integer), append(all, real), append(all, pointer), append(all, error);
  wdl_array without_address = view;
  without_address.data = nullptr;
  append(all, without_address), append(all, view.data != nullptr);
  return all;
}

std::string World::arrays() const {
  std::string all;
  append_all(all, reals), append_all(all, more_reals), append_all(all, most_reals),
      append_all(all, products);
  append_all(all, integers), append_all(all, bytes);
  return all;
}

wdl_array World::vector(const std::vector<double> &data) const {
  wdl_array a;
  const int64_t size = int64_t(data.size());
  require(wdl_array_view(0, data.data(), WDL_F64, 1, &size, nullptr, 0, &a), "vector");
  return a;
}

wdl_array World::matrix(const std::vector<double> &data, int64_t first, int64_t second) const {
  wdl_array a;
  require(wdl_array_matrix(0, data.data(), WDL_F64, first, second, &a), "matrix");
  return a;
}

wdl_array World::cube(const std::vector<double> &data, int64_t k, int64_t d) const {
  wdl_array a;
  const int64_t shape[] = {k, d, d};
  require(wdl_array_view(0, data.data(), WDL_F64, 3, shape, nullptr, 0, &a), "cube");
  return a;
}

void World::crowd(int64_t handles) {
  while (live_handles() < handles) {
    crowd_.push_back(0);
    require(wdl_mixture_create(0, &crowd_.back()), "crowd");
  }
}

wdl_array World::labels_array() {
  wdl_array a;
  require(wdl_array_view(0, integers.data(), WDL_I64, 1, &rows, nullptr, 0, &a), "labels");
  return a;
}

wdl_array World::results_array(int64_t texts, int64_t outputs) {
  wdl_array a;
  if (texts * outputs > rows) give_up("too many results");
  require(wdl_array_matrix(0, integers.data(), WDL_I64, texts, outputs, &a), "results");
  return a;
}

}  // namespace deep
