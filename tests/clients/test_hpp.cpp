// windlass.hpp against the library: a program of its own, as the header is for users' programs.
#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>
#include <thread>
#include <windlass/windlass.hpp>

namespace {

int failures = 0;

void expect(bool holds, const char *what) {
  if (holds) return;
  failures++;
  std::printf("FAILED: %s\n", what);
}

// The error that call throws; status 0 when it throws none.
template <class Call>
windlass::Error error_of(Call call) {
  try {
    call();
  } catch (const windlass::Error &error) {
    return error;
  }
  return windlass::Error(WDL_OK, "no error");
}

std::int64_t live_handles() {
  std::int64_t count = -1;
  windlass::check(wdl_get_int(0, WDL_PROCESS, "live_handles", &count));
  return count;
}

// Two clouds of 2 columns, around (0, 0) and (10, 10).
std::vector<double> two_clouds(int rows) {
  std::vector<double> x;
  std::uint32_t state = 7;
  for (int i = 0; i < 2 * rows; i++) {
    state = state * 1664525u + 1013904223u;
    x.push_back((i / 2 % 2) * 10.0 + (state >> 8) / double(1 << 24));
  }
  return x;
}

windlass::Mixture two_components() {
  windlass::Mixture gmm;
  gmm.set("n_components", 2);
  gmm.set("init_params", "random_from_data");
  gmm.set("n_init", 8);
  return gmm;
}

void test_errors() {
  const windlass::Error unknown = error_of([] { windlass::Mixture().set("n_componets", 2); });
  expect(unknown.status() == WDL_UNKNOWN_NAME, "an unknown name is told");
  expect(unknown.argument() == 2, "with the place in the prototype");
  expect(std::string(unknown.what()).find("n_components") != std::string::npos,
         "and the nearest name");
  const windlass::Error bad = error_of([] { windlass::text::count_doubles("ab\xff"); });
  expect(bad.status() == WDL_BAD_DATA && bad.position()[0] == 2, "ill-formed UTF-8 and its place");
  expect(error_of([] { windlass::check(WDL_BAD_SHAPE); }).status() == WDL_BAD_SHAPE,
         "a status without a record is thrown all the same");
  expect(windlass::check(WDL_NOT_CONVERGED) == WDL_NOT_CONVERGED, "above 0 nothing is thrown");
  windlass::Context ctx, stale;
  const windlass::Object gone(ctx.disown());
  windlass::check(wdl_release(stale.id()));
  expect(error_of([&] { windlass::text::count_doubles("aa", WDL_TEXT_BYTE, stale); }).status() ==
             WDL_BAD_HANDLE,
         "a stale context leaves its record with the thread");
  stale.disown();
}

void test_owners() {
  const std::int64_t before = live_handles();
  {
    windlass::Mixture a, b;
    expect(live_handles() == before + 2, "a constructor makes one object");
    const wdl_object id = a.id();
    b = std::move(a);
    expect(b.id() == id && !a && live_handles() == before + 1, "a move passes the id on");
    windlass::Object c = std::move(b);
    expect(c.kind() == "mixture", "an owner of any kind");
    expect(error_of([&] { windlass::Context wrong(std::move(c)); }).status() == WDL_BAD_HANDLE,
           "an owner of another kind is refused");
  }
  expect(live_handles() == before, "destructors release");
}

void test_properties() {
  windlass::Mixture gmm, start;
  gmm.set("n_components", 3);
  gmm.set("tol", 1e-4f);
  gmm.set("reg_covar", 0);
  gmm.set("init_params", std::string("random_from_data"));
  gmm.set("start", start);
  gmm.clear_object("start");
  expect(gmm.get<int>("n_components") == 3, "an int comes back");
  expect(gmm.get<double>("tol") == double(1e-4f) && gmm.get<double>("reg_covar") == 0, "reals too");
  expect(gmm.get<std::string>("init_params") == "random_from_data", "and texts");
  const std::vector<double> means = {0, 1, 2, 3, 4, 5};
  gmm.set("means_init", windlass::view(means, 3, 2));
  expect(gmm.get<std::vector<double>>("means_init") == means, "and arrays");
  expect(gmm.shape("means_init") == std::vector<std::int64_t>{3, 2}, "with their shape");
  expect(error_of([&] { gmm.get<std::vector<float>>("means_init"); }).status() == WDL_BAD_DTYPE,
         "elements are of one type");
  gmm.clear_array("means_init");
  expect(error_of([&] { gmm.shape("means_init"); }).status() == WDL_NO_VALUE, "and can be removed");
}

void test_views() {
  std::vector<float> v(6);
  const std::vector<float> &read_only = v;
  expect(windlass::view(v).ndim == 1 && windlass::view(v).shape[0] == 6, "a vector");
  expect(windlass::view(v, 2, 3).stride[0] == 12, "a matrix row by row");
  expect(windlass::view(v).flags == 0 && windlass::view(read_only).flags == WDL_READ_ONLY,
         "const is read-only");
  expect(windlass::view(v.data(), {3}, {8}).stride[0] == 8, "strides");
  expect(windlass::view(std::array<std::uint16_t, 4>{}).dtype == WDL_U16, "unsigned");
  expect(windlass::view(std::array<std::int64_t, 4>{}).dtype == WDL_I64, "signed");
  expect(windlass::view(std::vector<double>(), 0, 5).shape[1] == 5, "no rows");
  for (const auto &shape : {std::array<std::int64_t, 2>{2, 2}, {-2, -3}, {0, 3}, {4, 2}})
    expect(error_of([&] { windlass::view(v, shape[0], shape[1]); }).status() == WDL_BAD_SHAPE,
           "a shape that does not fit is refused");
}

void test_text() {
  expect(windlass::text::count_doubles("aaa\xc3\xa9\xc3\xa9") == 3, "characters");
  expect(windlass::text::count_doubles("\xc3\xc3\xc3", WDL_TEXT_BYTE) == 2, "bytes");
  expect(windlass::text::count_doubles(u"bookkeeper") == 3, "UTF-16 units");
  expect(windlass::text::count_doubles(U"\U0001F600\U0001F600") == 1, "UTF-32");
  expect(windlass::text::count_doubles(std::string_view()) == 0, "nothing");
  expect(windlass::text::count_doubles(std::string_view("\0\0", 2)) == 1, "NUL is data");
  expect(error_of([] { windlass::text::count_doubles("aa", WDL_TEXT_U32); }).status() ==
             WDL_BAD_ARGUMENT,
         "a string_view is not of wider units");
}

void test_text_operations() {
  using Results = std::vector<std::int64_t>;
  windlass::text::Text count("count", {"aba"});
  expect(count.outputs() == 1 && count.run("ababa") == Results{1}, "count");
  count.set("overlapping", std::int64_t{1});
  expect(count.run("ababa") == Results{2}, "count with overlaps");
  expect(count.find_all("ababa") == Results({0, 2}), "find_all");
  expect(count.find_all("none").empty(), "find_all of nothing");
  expect(windlass::text::Text("wc").run("a b\n") == Results({4, 4, 1, 2, 3}), "wc");
  count.set_needles({"b"});
  expect(count.run("ababa") == Results{2}, "another needle");
  expect(error_of([&] { count.run("a\xff"); }).status() == WDL_BAD_DATA, "ill-formed");
  expect(error_of([] { windlass::text::Text("counts"); }).status() == WDL_UNKNOWN_NAME, "unknown");
  expect(error_of([&] { count.run_file("/nowhere"); }).status() == WDL_BAD_ARGUMENT, "no file");
  expect(windlass::text::Text("wc").run_file("/dev/null") == Results(5, 0), "an empty file");
}

void test_streams() {
  using Results = std::vector<std::int64_t>;
  const windlass::text::Text words("word_counts");
  windlass::text::Stream first(words), second(words);
  first.feed("a b");
  second.feed("b a a");
  first.merge(second);
  expect(first.result(2) == Results({4, 2}), "a stream: a, bb, a, a");
  expect(second.result(2) == Results({3, 2}), "what was merged is as it was");
  const windlass::text::WordCounts table = words.word_counts("b a a");
  expect(table.get<std::int64_t>("distinct") == 2 && table.get<std::int64_t>("total") == 3,
         "a table of words");
  expect(error_of([&] { first.merge(first); }).status() == WDL_BAD_ARGUMENT, "itself");
}

void test_mixture() {
  const std::vector<double> x = two_clouds(200);
  const wdl_array rows = windlass::view(x, 200, 2);
  windlass::Mixture gmm = two_components();
  expect(gmm.fit(rows) == WDL_OK && gmm.get<bool>("converged"), "a fit converges");
  const auto labels = gmm.predict(rows);
  expect(labels.size() == 200 && labels[0] != labels[1] && labels[0] == labels[2], "labels");
  const auto responsibilities = gmm.predict_proba(rows);
  expect(responsibilities.size() == 400 &&
             std::fabs(responsibilities[0] + responsibilities[1] - 1) < 1e-12,
         "responsibilities");
  double mean = 0;
  for (double one : gmm.score_samples(rows)) mean += one / 200;
  expect(std::fabs(mean - gmm.score(rows)) < 1e-9, "the score is the mean of the samples'");
  std::vector<double> drawn(20);
  expect(gmm.sample(1, windlass::view(drawn, 10, 2)).size() == 10 && drawn[0] != 0, "a sample");

  const std::vector<char> bytes = gmm.save();
  const auto again = windlass::Object::load<windlass::Mixture>({bytes.data(), bytes.size()});
  expect(again.predict(rows) == labels && again.save() == bytes, "saved and loaded");
  expect(error_of([&] {
           windlass::Object::load({bytes.data(), 10});
         }).status() == WDL_BAD_DATA,
         "a damaged file is refused");

  std::vector<double> weights(2), means(4), covariances(8), back(400);
  windlass::mixture::m_step(rows, windlass::view(responsibilities, 200, 2), 1e-6,
                            windlass::view(weights), windlass::view(means, 2, 2),
                            windlass::view(covariances.data(), {2, 2, 2}));
  expect(std::fabs(weights[0] + weights[1] - 1) < 1e-12, "the M-step's weights sum to 1");
  const wdl_array parameters[] = {windlass::view(weights), windlass::view(means, 2, 2),
                                  windlass::view(covariances.data(), {2, 2, 2})};
  const double bound = windlass::mixture::e_step(rows, parameters[0], parameters[1], parameters[2],
                                                 windlass::view(back, 200, 2));
  windlass::Mixture given;
  given.set_parameters(parameters[0], parameters[1], parameters[2]);
  expect(std::fabs(given.score(rows) - bound) < 1e-12, "E-step and score agree");

  const std::vector<double> counts(200, 2.0);
  windlass::Mixture weighted = two_components();
  expect(weighted.fit(rows, windlass::view(counts)) == WDL_OK, "weighted rows");
  std::vector<double> holed = x;
  holed[7] = std::numeric_limits<double>::quiet_NaN();
  const windlass::Error nan = error_of([&] { gmm.fit(windlass::view(holed, 200, 2)); });
  expect(nan.status() == WDL_BAD_DATA && nan.position()[0] == 3 && nan.position()[1] == 1,
         "NaN and its place");
  expect(gmm.predict(rows) == labels, "a failed fit leaves the mixture as it was");
}

struct Own {
  int value;
};

void test_progress() {
  const std::vector<double> x = two_clouds(200);
  const wdl_array rows = windlass::view(x, 200, 2);
  windlass::Mixture gmm = two_components();
  windlass::Context first;
  int calls = 0;
  first.progress([&calls](const wdl_progress &now) { calls += now.done >= 0; }, 0);
  windlass::Context ctx = std::move(first);  // the callback moves along
  gmm.fit(rows, ctx);
  expect(calls > 0, "progress is told");

  int thrown = 0;
  ctx.progress([](const wdl_progress &) { throw Own{42}; }, 0);
  try {
    gmm.fit(rows, ctx);
  } catch (const Own &own) {
    thrown = own.value;
  }
  expect(thrown == 42, "a callback's exception comes home");
  ctx.progress([](const wdl_progress &now) { return now.done >= 1; }, 0);
  gmm.set("tol", 0);
  expect(gmm.fit(rows, ctx) == WDL_STOPPED, "true stops, and the best so far is kept");
  ctx.no_progress();
  ctx.set("threads", 1);
  expect(ctx.get<int>("threads") == 1, "a context has properties");

  ctx.cancel();
  expect(error_of([&] {
           windlass::text::count_doubles(std::string(1 << 24, 'a'), WDL_TEXT_BYTE, ctx);
         }).status() == WDL_CANCELLED,
         "cancel is sticky");
  ctx.cancel(false);
  expect(windlass::text::count_doubles("aa", WDL_TEXT_BYTE, ctx) == 1, "and can be switched off");
}

void test_progress_replaced() {
  const std::vector<double> x = two_clouds(200);
  const wdl_array rows = windlass::view(x, 200, 2);
  windlass::Mixture gmm = two_components();
  gmm.set("n_init", 1);
  gmm.set("tol", 0);
  gmm.set("max_iter", 20);
  windlass::Context ctx;
  int first = 0, second = 0;
  const std::string long_enough(100, 'a');  // on the heap: a sanitizer sees a callback that is gone
  ctx.progress(
      [&, long_enough](const wdl_progress &) {
        ctx.progress([&](const wdl_progress &) { second++; }, 0);
        first += long_enough.back() == 'a';
      },
      0);
  gmm.fit(rows, ctx);
  expect(first == 1 && second > 10, "a callback that replaces itself");
  int told = 0;
  ctx.progress(
      [&, long_enough](const wdl_progress &) {
        ctx.no_progress();
        told += long_enough.back() == 'a';
      },
      0);
  gmm.fit(rows, ctx);
  expect(told == 1, "a callback that removes itself");
  gmm.fit(rows, ctx);
  expect(told == 1 && first == 1, "and stays away");
}

// 2, -1 on three diagonals.
struct Chain {
  std::vector<std::int32_t> pointer{0}, index;
  std::vector<double> value;

  explicit Chain(std::int32_t n) {
    for (std::int32_t i = 0; i < n; i++) {
      for (std::int32_t j = i - 1; j <= i + 1; j++)
        if (j >= 0 && j < n) index.push_back(j), value.push_back(i == j ? 2 : -1);
      pointer.push_back(std::int32_t(index.size()));
    }
  }
  windlass::Operator csr() const {
    return windlass::Operator::csr(std::int64_t(pointer.size()) - 1, windlass::view(pointer),
                                   windlass::view(index), windlass::view(value));
  }
};

void test_operators() {
  const Chain chain(4);
  const windlass::Operator a = chain.csr();
  expect(a.get<std::string>("form") == "csr" && a.get<int>("entries") == 10, "compressed rows");
  const std::vector<double> x = {1, 2, 3, 5};
  std::vector<double> y(4), z(4);
  a.apply(windlass::view(x), windlass::view(y));
  expect(y == std::vector<double>{0, 0, -1, 7}, "their product");
  const std::string long_enough(100, 'a');  // on the heap: a sanitizer sees a function that is gone
  const windlass::Operator twice = windlass::Operator::function<double>(
      4, 4, [long_enough](std::int32_t, const double *from, double *to) {
        if (from[0] < 0) throw 1;
        for (int i = 0; i < 4; i++) to[i] = 2 * from[i] + (long_enough.back() != 'a');
      });
  twice.apply(windlass::view(x), windlass::view(z));
  expect(z == std::vector<double>{2, 4, 6, 10}, "a function");
  expect(error_of([&] {
           twice.apply(windlass::view(std::vector<double>(4, -1.0)), windlass::view(z));
         }).status() == WDL_CALLBACK_FAILED,
         "that throws");
  expect(error_of([&] {
           twice.apply(windlass::view(x), windlass::view(z), windlass::Context::none(),
                       WDL_ADJOINT);
         }).status() == WDL_UNSUPPORTED,
         "in a mode that it has not");
  windlass::Preconditioner jacobi("jacobi");
  jacobi.setup(a);
  jacobi.apply(windlass::view(x), windlass::view(z));
  expect(z == std::vector<double>{0.5, 1, 1.5, 2.5}, "a preconditioner");
  expect(error_of([] { windlass::Preconditioner("jacoby"); }).status() == WDL_UNKNOWN_NAME,
         "one that there is not");
}

void test_solvers() {
  const int n = 60;
  const Chain chain(n);
  const windlass::Operator a = chain.csr();
  std::vector<double> x(n), seen(n), b(n, 1.0), y(n);
  windlass::Solver solver("cg");
  solver.set("rtol", 1e-12);
  std::int64_t steps = 0;
  solver.callback([&](const wdl_step &now) {
    steps = now.step;
    windlass::step_solution(now, windlass::view(seen));
  });
  expect(solver.solve(a, windlass::view(b), windlass::view(x)) == WDL_OK, "a solve");
  double worst = 0;
  for (int i = 0; i < n; i++)
    worst = std::fmax(worst, std::fabs(x[std::size_t(i)] - (i + 1) * (n - i) / 2.0));
  expect(worst < 1e-8, "gives the parabola");
  expect(steps == solver.get<int>("n_iter") && seen == x, "a callback sees every step");
  solver.callback([](const wdl_step &now) { return now.step == 2; });
  x.assign(n, 0);
  expect(solver.solve(a, windlass::view(b), windlass::view(x)) == WDL_STOPPED, "and can stop it");
  expect(solver.get<int>("n_iter") == 2 && solver.get<std::string>("reason") == "callback",
         "which is told");
  solver.callback([](const wdl_step &) { throw std::string("enough"); });
  bool came = false;
  try {
    solver.solve(a, windlass::view(b), windlass::view(x));
  } catch (const std::string &thrown) {
    came = thrown == "enough";
  }
  expect(came, "what it throws comes home");
  solver.no_callback();
  windlass::Preconditioner ic0("ic0");
  ic0.setup(a);
  solver.set("preconditioner", ic0);
  x.assign(n, 0);
  expect(solver.solve(a, windlass::view(b), windlass::view(x)) == WDL_OK &&
             solver.get<int>("n_iter") <= 2,
         "a preconditioner that is exact");
  expect(solver.get<std::vector<double>>("history").size() ==
             std::size_t(solver.get<int>("n_iter")) + 1,
         "the history");
  const std::vector<char> bytes = solver.save();
  const auto copy = windlass::Object::load<windlass::Solver>({bytes.data(), bytes.size()});
  expect(copy.kind() == "cg" && copy.get<double>("rtol") == 1e-12 &&
             copy.get<double>("residual_norm") == solver.get<double>("residual_norm"),
         "saved and loaded");
}

}  // namespace

int main() {
  test_errors();
  test_owners();
  test_properties();
  test_views();
  test_text();
  test_text_operations();
  test_streams();
  test_mixture();
  test_progress();
  test_progress_replaced();
  test_operators();
  test_solvers();
  expect(live_handles() == 0, "nothing is left");
  std::printf(failures ? "%d checks failed\n" : "all checks passed\n", failures);
  return failures != 0;
}
