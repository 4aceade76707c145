// krylov.h.
#include <windlass/krylov.h>

#include "core/digits.hpp"
#include "guard.hpp"
#include "krylov/solver.hpp"
#include "sparse/operator.hpp"

using namespace windlass;
using krylov::Ending;
using krylov::Linear;
using krylov::Reason;
using krylov::Solver;

namespace {

void check_finite(const wdl_array &v, int32_t argument, const char *name) {
  const Vector entries = vector(v);
  visit_scalar(v.dtype, [&]<class T>() {
    for (int64_t i = 0; i < entries.size; i++) {
      if (__builtin_isfinite(norm2(Wide<T>(entries.get<T>(i))))) continue;
      const T entry = entries.get<T>(i);
      const double re = double(real(entry));
      if (__builtin_isfinite(re) && __builtin_isfinite(double(magnitude(entry)))) continue;
      Error error(WDL_BAD_DATA, argument,
                  std::string(name) + " is not finite at entry " + std::to_string(i));
      error.position[0] = i;
      throw error;
    }
  });
}

// What a solver holds to precondition a with, or nothing.
class Held {
 public:
  Held(const Hold &hold, const char *name, const Linear &a) {
    if (!hold) return;
    borrowed_ = Borrow(*hold.slot(), Borrow::shared, 1, name);
    m_ = &krylov::preconditioner_of(borrowed_.object());
    const int64_t n = a.columns();
    if (m_->dtype() != a.dtype())
      throw Error(WDL_BAD_DTYPE, 1,
                  std::string(name) + " has dtype " + find_dtype(m_->dtype())->name +
                      ", expected " + find_dtype(a.dtype())->name + " as the operator has");
    if (m_->rows() != n || m_->columns() != n)
      throw Error(WDL_BAD_SHAPE, 1,
                  std::string(name) + " has shape (" + std::to_string(m_->rows()) + ", " +
                      std::to_string(m_->columns()) + "), expected (" + std::to_string(n) + ", " +
                      std::to_string(n) + ") to match the operator");
  }
  const Linear *get() const noexcept { return m_; }

 private:
  Borrow borrowed_;
  const Linear *m_ = nullptr;
};

// A vector of the caller's as contiguous memory: its own where that is so already, or this.
class Contiguous {
 public:
  Contiguous(const wdl_array &v, Aligned<char> &memory, bool always) : array_(v), inner_(v) {
    const int64_t size = find_dtype(v.dtype)->size;
    if (!always && v.stride[0] == size && uintptr_t(v.data) % uintptr_t(size) == 0) return;
    if (memory.size() < v.shape[0] * size) memory = Aligned<char>(v.shape[0] * size);
    inner_.data = memory.get();
    fill_c_strides(inner_);
    copy_elements(v, inner_);
  }
  void *data() const noexcept { return inner_.data; }
  void write_back() const noexcept {
    if (inner_.data != array_.data) copy_elements(inner_, array_);
  }

 private:
  const wdl_array &array_;
  wdl_array inner_;
};

wdl_status status_of(const Ending &ending) {
  switch (ending.reason) {
    case Reason::converged:
    case Reason::least_squares:
      return WDL_OK;
    case Reason::cancelled:
    case Reason::time_limit:
    case Reason::callback:
    case Reason::elsewhere:
      return WDL_STOPPED;
    case Reason::max_steps:
    case Reason::stagnation:
    case Reason::condition_limit:
      return WDL_NOT_CONVERGED;
    default:
      return WDL_BREAKDOWN;
  }
}

wdl_status outcome(const Call &call, const Run &run, const Ending &ending) {
  const wdl_status status = status_of(ending);
  if (status == WDL_OK) return status;
  const Digits steps(ending.steps), norm(ending.residual), norm_b(ending.norm_b);
  return call.outcome(status,
                      {"ended by ", krylov::reason_name(ending.reason), " after ", steps.text(),
                       " steps; ||b - A x|| is ", norm.text(), ", ||b|| is ", norm_b.text(),
                       "; x is the best that was seen"},
                      &run);
}

}  // namespace

wdl_status wdl_krylov_create(wdl_context ctx, const char *method, wdl_solver *out) {
  none_yet(out);
  return guarded(ctx, "wdl_krylov_create", [&](const Call &) -> wdl_status {
    given(method, 1, "method");
    given(out, 2, "out");
    const Kind *kind = krylov::find_solver_kind(method);
    if (!kind) {
      Nearest nearest(method);
      for (const Kind *known : krylov::all_kinds) nearest.consider(known->name);
      throw Error(WDL_UNKNOWN_NAME, 1,
                  "method is " + shown(method) + ", which there is not" + nearest.text());
    }
    *out = handles::enter(new_object(*kind));
    return WDL_OK;
  });
}

wdl_status wdl_krylov_callback(wdl_context ctx, wdl_solver id, wdl_step_fn fn_or_null,
                               void *user_or_null) {
  return guarded_plain(ctx, "wdl_krylov_callback", [&](const Call &call) -> wdl_status {
    const Target target(call, id, Borrow::exclusive, 1);
    Solver &solver = krylov::solver_of(target.object(), 1);
    solver.callback = fn_or_null;
    solver.callback_user = user_or_null;
    return WDL_OK;
  });
}

wdl_status wdl_krylov_step_solution(wdl_context ctx, const wdl_step *now, wdl_array *out) {
  return guarded(ctx, "wdl_krylov_step_solution", [&](const Call &) -> wdl_status {
    given(now, 1, "now");
    const krylov::Solution *solution = krylov::solution_of(now->inner);
    if (!solution)
      throw Error(WDL_NO_VALUE, 1, "now is not the step of a callback that runs on this thread");
    Arguments arrays;
    arrays.out(out, 2, "out", {solution->dtype}, 1);
    expect_shape(*out, 2, "out", {solution->length}, "to match the operator");
    Aligned<char> memory;
    const Contiguous x(*out, memory, false);
    solution->form(solution->method, x.data());
    x.write_back();
    return WDL_OK;
  });
}

wdl_status wdl_krylov_solve(wdl_context ctx, wdl_solver id, wdl_operator a, const wdl_array *b,
                            wdl_array *x) {
  return guarded(ctx, "wdl_krylov_solve", [&](const Call &call) -> wdl_status {
    krylov::SumHook hook;
    if (call.context()) hook = {call.context()->sum, call.context()->sum_user, call.caller()};
    krylov::Readiness ready(hook);
    const Target of(call, a, Borrow::shared, 2);
    const Linear &linear = sparse::linear_of(of.object(), 2);
    const Target target(call, id, Borrow::exclusive, 1);
    Solver &solver = krylov::solver_of(target.object(), 1);
    Arguments arrays;
    arrays.in(b, 3, "b", {linear.dtype()}, 1);
    arrays.out(x, 4, "x", {linear.dtype()}, 1);
    expect_shape(*b, 3, "b", {linear.rows()}, "to match the operator");
    expect_shape(*x, 4, "x", {linear.columns()}, "to match the operator");
    arrays.finish();
    const Held m(solver.preconditioner, "the preconditioner", linear);
    const Held left(solver.left_preconditioner, "the left_preconditioner", linear);
    check_finite(*b, 3, "b");
    check_finite(*x, 4, "x");
    const Contiguous right(*b, solver.workspace.right, false);
    const Contiguous solution(*x, solver.workspace.solution, true);
    Run run(call.limits(), call.caller());
    const Ending ending = krylov::solve(run, solver, linear, int64_t(a), m.get(), left.get(),
                                        right.data(), solution.data(), ready);
    solution.write_back();
    return outcome(call, run, ending);
  });
}
