// The second solve of the same shape allocates nothing: every allocation fails during it, and it
// gives the bits of the first. Prints how many were made.
#include <cstdio>
#include <cstring>

#include "allocation.hpp"
#include "world.hpp"

namespace {

using deep::require;

constexpr int64_t n = 3000;

struct System {
  std::vector<int32_t> pointer{0}, index;
  std::vector<double> value, b;
  wdl_operator a = 0;

  System() {
    for (int64_t i = 0; i < n; i++) {
      for (int64_t j = i - 1; j <= i + 1; j++)
        if (j >= 0 && j < n) index.push_back(int32_t(j)), value.push_back(i == j ? 4 : -1);
      pointer.push_back(int32_t(index.size()));
      b.push_back(double(i % 7) - 2.5), b.push_back(0);
    }
    const wdl_array p = view(pointer.data(), WDL_I32, int64_t(pointer.size()), 4),
                    i = view(index.data(), WDL_I32, int64_t(index.size()), 4),
                    v = view(value.data(), WDL_F64, int64_t(value.size()), 8);
    require(wdl_sparse_csr(0, n, &p, &i, &v, nullptr, nullptr, &a), "csr");
  }
  static wdl_array view(const void *data, int32_t dtype, int64_t size, int64_t stride) {
    wdl_array made;
    require(wdl_array_view(0, data, dtype, 1, &size, &stride, 0, &made), "view");
    return made;
  }
};

int32_t look(void *user, const wdl_step *now) {
  wdl_array out = System::view(user, WDL_F64, n, 8);
  return wdl_krylov_step_solution(0, now, &out) < 0;
}

struct Case {
  bool preconditioned, strided, told;
};

// What is wrong with it; nullptr: nothing.
const char *fault_of(wdl_context ctx, const System &system, const char *method, Case what) {
  wdl_solver solver;
  wdl_precond m = 0;
  require(wdl_krylov_create(0, method, &solver), method);
  if (what.preconditioned) {
    require(wdl_precond_create(0, "ilu0", &m), "ilu0");
    require(wdl_precond_setup(0, m, system.a), "setup");
    if (wdl_set_object(0, solver, "preconditioner", m)) return "takes no preconditioner";
  }
  std::vector<double> seen(size_t{n}), x[2];
  if (what.told) require(wdl_krylov_callback(0, solver, look, seen.data()), "callback");
  const int64_t step = what.strided ? 16 : 8;
  const wdl_array b = System::view(system.b.data(), WDL_F64, n, step);
  wdl_status status[2];
  int64_t failed = 0;
  for (int time = 0; time < 2; time++) {
    x[time].assign(size_t(n * step / 8), 0);
    wdl_array out = System::view(x[time].data(), WDL_F64, n, step);
    if (time) deep::arm(1, deep::Fail::from_then_on);
    status[time] = wdl_krylov_solve(ctx, solver, system.a, &b, &out);
    if (time) failed = deep::disarm();
  }
  wdl_release(solver), wdl_release(m);
  if (status[0] == WDL_UNSUPPORTED && what.preconditioned) return nullptr;  // least squares
  if (status[0] < 0) return "the first solve fails";
  if (failed) return "the second solve allocates";
  if (status[0] != status[1] || x[0] != x[1]) return "the second solve differs";
  return nullptr;
}

}  // namespace

int main() {
  const System system;
  wdl_context ctx;
  require(wdl_context_create(0, &ctx), "context");
  require(wdl_set_int(0, ctx, "threads", 3), "threads");
  int64_t solves = 0, methods = 0, faults = 0;
  const char *kind = nullptr;
  for (int32_t k = 0; wdl_kind_at(0, k, &kind) == WDL_OK && kind; k++) {
    wdl_solver is_one;
    if (wdl_krylov_create(0, kind, &is_one) < 0) continue;
    wdl_release(is_one);
    methods++;
    for (int bits = 0; bits < 8; bits++) {
      const Case what = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
      solves++;
      if (const char *fault = fault_of(ctx, system, kind, what)) {
        faults++;
        std::fprintf(stderr, "%s%s%s%s: %s\n", kind, what.preconditioned ? ", with ilu0" : "",
                     what.strided ? ", strided" : "", what.told ? ", with a callback" : "", fault);
      }
    }
  }
  wdl_release(system.a), wdl_release(ctx);
  std::printf("second solves: %lld of %lld methods, %lld faults\n", (long long)solves,
              (long long)methods, (long long)faults);
  return faults ? 1 : 0;
}
