// Threads play the processes of a collective solve: each holds a part of the rows of A, b and x, of
// another size.
#include <gtest/gtest.h>
#include <windlass/windlass.h>

#include <barrier>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "krylov/methods.hpp"

namespace {

constexpr int ranks = 3;
// Rows of rank r are border[r] .. border[r + 1].
constexpr int64_t all_rows[ranks + 1] = {0, 20, 60, 120}, few_rows[ranks + 1] = {0, 2, 4, 7};
const int64_t *border = all_rows;
int64_t rows_of_all() { return border[ranks]; }
enum { never = -1, wrong_shape = -2, nan_in_b = -3 };

// What stands for the network: every process adds, all get the same sum.
struct Network {
  std::barrier<> meeting{ranks};
  double values[ranks][256];
  std::vector<double> vector = std::vector<double>(size_t(rows_of_all()));
};

struct Process {
  Network *network;
  int rank;
  wdl_context ctx = 0;
  wdl_operator a = 0;
  wdl_solver solver = 0;
  int64_t fail_at = never, products = 0;  // the product that answers non-zero
  int64_t sum_fails_at = never, sums = 0;
  wdl_status status = 0;
  std::vector<double> x{};
  int64_t steps = 0, most_steps = 0;
  std::string reason, message;
};

int32_t sum(void *user, double *values, int64_t count) {
  Process &p = *static_cast<Process *>(user);
  Network &network = *p.network;
  std::memcpy(network.values[p.rank], values, size_t(count) * sizeof(double));
  network.meeting.arrive_and_wait();
  for (int64_t i = 0; i < count; i++) {
    values[i] = 0;
    for (int r = 0; r < ranks; r++) values[i] += network.values[r][i];
  }
  network.meeting.arrive_and_wait();
  return p.sums++ == p.sum_fails_at ? 9 : 0;
}

int32_t note_total(void *user, const wdl_progress *now) {
  static_cast<Process *>(user)->most_steps = now->total;
  return 0;
}

// This process's rows of the second difference; x is exchanged as a whole.
int32_t second_difference(void *user, int32_t, const wdl_array *x, wdl_array *y) {
  Process &p = *static_cast<Process *>(user);
  std::vector<double> &whole = p.network->vector;
  const int64_t first = border[p.rank], last = border[p.rank + 1];
  std::memcpy(&whole[size_t(first)], x->data, size_t(last - first) * sizeof(double));
  p.network->meeting.arrive_and_wait();
  for (int64_t i = first; i < last; i++) {
    double v = 2.5 * whole[size_t(i)];
    if (i > 0) v -= whole[size_t(i - 1)];
    if (i + 1 < rows_of_all()) v -= whole[size_t(i + 1)];
    static_cast<double *>(y->data)[i - first] = v;
  }
  p.network->meeting.arrive_and_wait();
  return p.products++ == p.fail_at ? 7 : 0;
}

void run(Process &p, const char *method, void (*prepare)(Process &)) {
  const int64_t first = border[p.rank], part = border[p.rank + 1] - first;
  p.x.assign(size_t(part), 0);
  ASSERT_EQ(wdl_context_create(0, &p.ctx), WDL_OK);
  ASSERT_EQ(wdl_context_sum(p.ctx, sum, &p), WDL_OK);
  ASSERT_EQ(wdl_context_progress(p.ctx, note_total, &p, 0), WDL_OK);
  ASSERT_EQ(wdl_sparse_callback(p.ctx, part, part, WDL_F64, second_difference, WDL_HAS_ADJOINT,
                                nullptr, &p, &p.a),
            WDL_OK);
  ASSERT_EQ(wdl_krylov_create(p.ctx, method, &p.solver), WDL_OK);
  ASSERT_EQ(wdl_set_real(p.ctx, p.solver, "rtol", 1e-10), WDL_OK);
  std::vector<double> right(static_cast<size_t>(part));
  for (int64_t i = 0; i < part; i++) right[size_t(i)] = std::sin(double(first + i));
  wdl_array b, x;
  const int64_t shape = part;
  wdl_array_view(0, right.data(), WDL_F64, 1, &shape, nullptr, 0, &b);
  wdl_array_view(0, p.x.data(), WDL_F64, 1, &shape, nullptr, 0, &x);
  if (prepare) prepare(p);
  if (p.fail_at == wrong_shape) b.shape[0]--;
  if (p.fail_at == nan_in_b) right[3] = std::nan("");
  p.status = wdl_krylov_solve(p.ctx, p.solver, p.a, &b, &x);
  p.message = wdl_error_message(p.ctx);
  if (wdl_get_int(p.ctx, p.solver, "n_iter", &p.steps) == WDL_OK) {
    char text[32];
    int64_t needed;
    wdl_get_text(p.ctx, p.solver, "reason", text, sizeof text, &needed);
    p.reason = text;
  }
  wdl_release(p.solver);
  wdl_release(p.a);
  wdl_release(p.ctx);
}

std::vector<Process> all_run(const char *method, void (*prepare)(Process &) = nullptr) {
  Network network;
  std::vector<Process> processes(ranks);
  std::vector<std::thread> threads;
  for (int r = 0; r < ranks; r++) {
    processes[size_t(r)].network = &network;
    processes[size_t(r)].rank = r;
    threads.emplace_back([&, r] { run(processes[size_t(r)], method, prepare); });
  }
  for (std::thread &thread : threads) thread.join();
  return processes;
}

double residual(const std::vector<Process> &processes) {
  std::vector<double> x;
  for (const Process &p : processes) x.insert(x.end(), p.x.begin(), p.x.end());
  double total = 0;
  for (int64_t i = 0; i < rows_of_all(); i++) {
    double v = 2.5 * x[size_t(i)] - std::sin(double(i));
    if (i > 0) v -= x[size_t(i - 1)];
    if (i + 1 < rows_of_all()) v -= x[size_t(i + 1)];
    total += v * v;
  }
  return std::sqrt(total);
}

class Collective : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Methods, Collective, testing::ValuesIn([] {
                           std::vector<const char *> names;
                           for (const auto *method : windlass::krylov::methods)
                             names.push_back(method->name);
                           return names;
                         }()),
                         [](const auto &method) { return std::string(method.param); });

TEST_P(Collective, SolvesAsOne) {
  const std::vector<Process> processes = all_run(GetParam());
  EXPECT_LT(residual(processes), 1e-8);
  for (const Process &p : processes) {
    EXPECT_EQ(p.status, WDL_OK) << p.message;
    EXPECT_EQ(p.steps, processes[0].steps);
    EXPECT_EQ(p.most_steps, 10 * rows_of_all());
  }
}

TEST_P(Collective, StopsAsOneWhereOneIsCancelled) {
  const std::vector<Process> processes = all_run(GetParam(), [](Process &p) {
    if (p.rank == 1) wdl_cancel(p.ctx, 1);
  });
  for (const Process &p : processes) {
    EXPECT_EQ(p.status, WDL_STOPPED) << p.message;
    EXPECT_EQ(p.reason, p.rank == 1 ? "cancelled" : "elsewhere");
    EXPECT_EQ(p.steps, processes[0].steps);
  }
}

TEST_P(Collective, StopsAsOneWhereTheOperatorOfOneFails) {
  const std::vector<Process> processes = all_run(GetParam(), [](Process &p) {
    if (p.rank == 2) p.fail_at = 3;
  });
  for (const Process &p : processes) {
    EXPECT_EQ(p.status, p.rank == 2 ? WDL_CALLBACK_FAILED : WDL_STOPPED) << p.message;
    EXPECT_EQ(p.message.find("answered 7") != std::string::npos, p.rank == 2) << p.message;
  }
}

TEST_P(Collective, StopsAsOneWhereTheCallbackOfOneSaysSo) {
  const std::vector<Process> processes = all_run(GetParam(), [](Process &p) {
    const wdl_step_fn third = [](void *, const wdl_step *now) -> int32_t { return now->step == 3; };
    if (p.rank == 1) wdl_krylov_callback(p.ctx, p.solver, third, nullptr);
  });
  for (const Process &p : processes) {
    EXPECT_EQ(p.status, WDL_STOPPED) << p.message;
    EXPECT_EQ(p.reason, p.rank == 1 ? "callback" : "elsewhere");
    EXPECT_EQ(p.steps, 3);
  }
}

void expect_untouched(const Process &p) {
  for (const double x : p.x) EXPECT_EQ(x, 0);
}

TEST_P(Collective, DoesNotBeginWhereOneRefuses) {
  for (const auto refused : {wrong_shape, nan_in_b}) {
    const auto prepare = refused == nan_in_b
                             ? [](Process &p) { p.fail_at = p.rank == 0 ? nan_in_b : never; }
                             : [](Process &p) { p.fail_at = p.rank == 0 ? wrong_shape : never; };
    const wdl_status own = refused == nan_in_b ? WDL_BAD_DATA : WDL_BAD_SHAPE;
    for (const Process &p : all_run(GetParam(), prepare)) {
      EXPECT_EQ(p.status, p.rank == 0 ? own : WDL_CANCELLED) << p.message;
      expect_untouched(p);
    }
  }
}

// Each process scales its own part.
int32_t scale(void *, int32_t, const wdl_array *x, wdl_array *y) {
  for (int64_t i = 0; i < x->shape[0]; i++)
    static_cast<double *>(y->data)[i] = 0.4 * static_cast<const double *>(x->data)[i];
  return 0;
}
void precondition(Process &p, const char *property) {
  const int64_t part = int64_t(p.x.size());
  wdl_operator m;
  ASSERT_EQ(
      wdl_sparse_callback(0, part, part, WDL_F64, scale, WDL_HAS_ADJOINT, nullptr, nullptr, &m),
      WDL_OK);
  ASSERT_EQ(wdl_set_object(0, p.solver, property, m), WDL_OK);
  wdl_release(m);
}
void precondition(Process &p) { precondition(p, "preconditioner"); }

TEST_P(Collective, SolvesAsOneWithPreconditioners) {
  if (windlass::krylov::find_method(GetParam())->needs.rectangular) GTEST_SKIP();
  const std::vector<Process> processes = all_run(GetParam(), precondition);
  EXPECT_LT(residual(processes), 1e-8);
  for (const Process &p : processes) {
    EXPECT_EQ(p.status, WDL_OK) << p.message;
    EXPECT_EQ(p.steps, processes[0].steps);
  }
}

TEST_P(Collective, DoesNotBeginWhereOnlySomePrecondition) {
  if (windlass::krylov::find_method(GetParam())->needs.rectangular) GTEST_SKIP();
  for (const Process &p : all_run(GetParam(), [](Process &one) {
         if (one.rank == 1) precondition(one);
       })) {
    EXPECT_EQ(p.status, WDL_BAD_ARGUMENT) << p.message;
    expect_untouched(p);
  }
}

// Fewer rows in each than shadow vectors, steps of a cycle and the like.
TEST_P(Collective, SolvesAsOneWithFewRowsInEach) {
  border = few_rows;
  const std::vector<Process> processes = all_run(GetParam());
  EXPECT_LT(residual(processes), 1e-8);
  for (const Process &p : processes) {
    EXPECT_EQ(p.status, WDL_OK) << p.message;
    EXPECT_EQ(p.steps, processes[0].steps);
    EXPECT_LE(p.steps, 24);
  }
  border = all_rows;
}

TEST_P(Collective, DoesNotBeginWhereSettingsDiffer) {
  for (const auto differ : {+[](Process &p) { wdl_set_real(0, p.solver, "rtol", 1e-9 + p.rank); },
                            +[](Process &p) {
                              if (p.rank == 2) wdl_set_int(0, p.solver, "max_steps", 7);
                            },
                            +[](Process &p) {
                              if (p.rank != 1) return;
                              wdl_release(p.solver);
                              const bool cg = !std::strcmp(GetParam(), "cg");
                              wdl_krylov_create(0, cg ? "gmres" : "cg", &p.solver);
                            }})
    for (const Process &p : all_run(GetParam(), differ)) {
      EXPECT_EQ(p.status, WDL_BAD_ARGUMENT) << p.message;
      EXPECT_NE(p.message.find("do not solve alike"), std::string::npos) << p.message;
      expect_untouched(p);
    }
}

TEST_P(Collective, DoesNotBeginWhereOnlySomePreconditionFromTheLeft) {
  if (GetParam() == std::string("cg") || GetParam() == std::string("minres")) GTEST_SKIP();
  if (windlass::krylov::find_method(GetParam())->needs.rectangular) GTEST_SKIP();
  for (const bool all : {false, true}) {
    static bool everywhere;
    everywhere = all;
    for (const Process &p : all_run(GetParam(), [](Process &one) {
           if (everywhere || one.rank == 2) precondition(one, "left_preconditioner");
         })) {
      EXPECT_EQ(p.status, all ? WDL_OK : WDL_BAD_ARGUMENT) << p.message;
      if (!all) expect_untouched(p);
    }
  }
}

TEST_P(Collective, FailsAsOneWhereTheSumFails) {
  for (const Process &p : all_run(GetParam(), [](Process &one) { one.sum_fails_at = 6; })) {
    EXPECT_EQ(p.status, WDL_CALLBACK_FAILED) << p.message;
    EXPECT_NE(p.message.find("answered 9"), std::string::npos) << p.message;
    expect_untouched(p);
  }
}

}  // namespace
