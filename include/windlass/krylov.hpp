// windlass for C++17: operators, preconditioners and solvers, the owners of sparse.h, precond.h and
// krylov.h. windlass.hpp includes it.
#ifndef WINDLASS_KRYLOV_HPP
#define WINDLASS_KRYLOV_HPP
#include <windlass/windlass.hpp>

namespace windlass {

// sparse.h; vectors as there.
class Operator : public Object {
 public:
  explicit Operator(Object &&other) : Object(std::move(other), "operator") {}

  // Compressed rows in the caller's memory, which must outlive the operator and all that use it.
  static Operator csr(std::int64_t columns, const wdl_array &indptr, const wdl_array &indices,
                      const wdl_array &values, const Context &ctx = Context::none()) {
    wdl_operator made;
    ctx.check(
        wdl_sparse_csr(ctx.id(), columns, &indptr, &indices, &values, nullptr, nullptr, &made));
    return Operator(Object(made));
  }
  // fn(int mode, const T *x, T *y) writes y, in the modes that flags tell beside WDL_PLAIN. The
  // operator keeps it. Where it throws the call fails with WDL_CALLBACK_FAILED.
  template <class T, class Fn>
  static Operator function(std::int64_t rows, std::int64_t columns, Fn fn,
                           std::uint32_t flags = 0) {
    auto kept = std::make_unique<Fn>(std::move(fn));
    wdl_operator made;
    windlass::check(wdl_sparse_callback(0, rows, columns, dtype_of<T>(), call<T, Fn>, flags,
                                        drop<Fn>, kept.get(), &made));
    kept.release();
    return Operator(Object(made));
  }

  // y <- A x, by mode.
  void apply(const wdl_array &x, wdl_array y, const Context &ctx = Context::none(),
             std::int32_t mode = WDL_PLAIN) const {
    ctx.check(wdl_sparse_apply(ctx.id(), id(), mode, &x, &y));
  }

 private:
  template <class T, class Fn>
  static std::int32_t call(void *fn, std::int32_t mode, const wdl_array *x, wdl_array *y) noexcept {
    try {
      (*static_cast<Fn *>(fn))(mode, static_cast<const T *>(x->data), static_cast<T *>(y->data));
      return 0;
    } catch (...) {
      return 1;
    }
  }
  template <class Fn>
  static void drop(void *fn) noexcept {
    delete static_cast<Fn *>(fn);
  }
};

// precond.h: "jacobi", "ilu0", ...
class Preconditioner : public Object {
 public:
  explicit Preconditioner(const char *name) : Object(create(name)) {}
  explicit Preconditioner(Object &&other) noexcept : Object(std::move(other)) {}

  void setup(const Operator &a, const Context &ctx = Context::none()) {
    ctx.check(wdl_precond_setup(ctx.id(), id(), a.id()));
  }
  // z <- M r, by mode.
  void apply(const wdl_array &r, wdl_array z, const Context &ctx = Context::none(),
             std::int32_t mode = WDL_PLAIN) const {
    ctx.check(wdl_precond_apply(ctx.id(), id(), mode, &r, &z));
  }

 private:
  static wdl_precond create(const char *name) {
    wdl_precond made;
    windlass::check(wdl_precond_create(0, name, &made));
    return made;
  }
};

// krylov.h: "cg", "gmres", ...
class Solver : public Object {
 public:
  explicit Solver(const char *method) : Object(create(method)) {}
  explicit Solver(Object &&other) noexcept : Object(std::move(other)) {}

  // x is where to begin, and then the solution. WDL_OK, WDL_NOT_CONVERGED, WDL_STOPPED or
  // WDL_BREAKDOWN.
  wdl_status solve(const Operator &a, const wdl_array &b, wdl_array x,
                   const Context &ctx = Context::none()) {
    const wdl_status status = wdl_krylov_solve(ctx.id(), id(), a.id(), &b, &x);
    if (state_ && state_->thrown) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
    return ctx.check(status);
  }
  // fn(const wdl_step &) runs on the calling thread after every step. It returns nothing, or what
  // is true to stop. What it throws stops the solve and comes out of it.
  template <class Fn>
  void callback(Fn fn) {
    auto made = std::make_unique<State>();
    made->fn = [fn = std::move(fn)](const wdl_step &now) mutable { return stops(fn, now); };
    windlass::check(wdl_krylov_callback(0, id(), &State::call, made.get()));
    state_ = std::move(made);
  }
  void no_callback() {
    windlass::check(wdl_krylov_callback(0, id(), nullptr, nullptr));
    state_.reset();
  }

 private:
  // Stays where it is, whatever becomes of its owner.
  struct State {
    std::function<bool(const wdl_step &)> fn;
    std::exception_ptr thrown;

    static std::int32_t call(void *user, const wdl_step *now) noexcept {
      State &state = *static_cast<State *>(user);
      try {
        return state.fn(*now);
      } catch (...) {
        state.thrown = std::current_exception();
        return 1;
      }
    }
  };
  static wdl_solver create(const char *method) {
    wdl_solver made;
    windlass::check(wdl_krylov_create(0, method, &made));
    return made;
  }
  std::unique_ptr<State> state_;
};

// The solution as of a step, within a solver's callback.
inline void step_solution(const wdl_step &now, wdl_array out) {
  check(wdl_krylov_step_solution(0, &now, &out));
}

}  // namespace windlass

#endif
