// Stopping, history, progress, cancelling: what all methods do alike between two steps. Every
// member holds one; all of them decide alike, for they look at sums only.
#pragma once
#include <vector>

#include "space.hpp"

namespace windlass::krylov {

// One step, as the caller's callback sees it.
struct Step {
  int64_t step;
  double norm;
  const char *kind;  // of norm: "recurrence", "residual"
};

// What the members share of it; written by the caller's thread.
struct Journal {
  static constexpr int64_t most = 100000;  // norms of the history
  Run *run = nullptr;
  std::vector<double> &history;  // reserved before
  int32_t (*callback)(void *user, const Step &, void (*solution)(void *, void *x),
                      void *method) = nullptr;
  void *user = nullptr;
  int64_t max_steps = 0;
  double unit = 1;  // b and x are the caller's over this
};

// Of norms whose squares stay within the range of their scalar.
template <class T>
inline constexpr double largest_range = sizeof(Real<T>) == 4 ? 0x1p+30 : 0x1p+200;

template <class T>
class Monitor {
 public:
  using S = Wide<T>;

  // Memory for the best x of a cycle, by the norms that the method tells.
  Monitor(Space<T> &space, Journal &journal, T *seen_or_null)
      : seen_(seen_or_null), space_(space), journal_(journal) {}

  double target = 0;  // max(rtol ||b||, atol)
  double rtol = 0;
  int64_t steps = 0;
  Reason reason = Reason::none;
  double last_norm = 0;
  double scale = 1;  // of a norm that the method tells, to that of b - A x
  // Of an ending by Reason::least_squares: ||A|| is at least norm_a, and ||A^H r|| counts as zero
  // up to flat * norm_a * ||r||.
  double norm_a = 0, flat = 0;
  Mode adjoint = Mode::adjoint;  // of A; plain where A is Hermitian

  // After a step: norm is the method's own of the residual, or what stands for it. True: go on.
  // x_or_null, the solution as it stands, is kept by a method that wanders where the norm has
  // halved since it last was.
  bool step(double norm, const T *x_or_null = nullptr) {
    return step(norm, x_or_null, [&](T *out) { copy_solution(x_or_null, out); });
  }
  // form(out) writes the solution of this step; called by one member alone, when it is asked for.
  template <class Form>
  bool step(double norm, const T *x_or_null, Form &&form) {
    const auto call = [](void *f, void *out) {
      (*static_cast<std::remove_reference_t<Form> *>(f))(static_cast<T *>(out));
    };
    return step(norm, x_or_null, {call, &form});
  }
  struct Former {
    void (*form)(void *user, void *x);
    void *user;
  };
  [[gnu::noinline]] bool step(double norm, const T *x_or_null, Former former) {
    steps++;
    norm *= scale;
    last_norm = norm;
    if (space_.caller()) tell(norm);
    if (space_.shape.told) ask(norm, former);
    if (x_or_null && seen_ && norm < 0.5 * seen_norm_) keep(norm, x_or_null);
    if (!__builtin_isfinite(norm))
      reason = Reason::not_finite;
    else if (norm <= target)
      reason = Reason::recurrence;
    else if (space_.stopping() != Reason::none)
      reason = space_.stopping();
    else if (exhausted())
      reason = Reason::max_steps;
    return reason == Reason::none;
  }
  // Whether a method's norm is small enough.
  bool small(double norm) const noexcept { return norm * scale <= target; }
  // The method can't go on. False, as step answers.
  bool broken(Reason why = Reason::breakdown) {
    reason = why;
    return false;
  }
  // For that value, unless it is not finite.
  bool broken(S value, Reason why = Reason::breakdown) {
    return broken(__builtin_isfinite(magnitude(value)) ? why : Reason::not_finite);
  }
  // Whether ||A^H r|| is so small beside ||A|| ||r|| that no x has a smaller residual; the method
  // ends then, and what it says is checked.
  bool stationary(double slope, double norm, double norm_of_a, double tolerance) {
    if (!(slope <= tolerance * norm_of_a * norm)) return false;
    norm_a = norm_of_a, flat = tolerance;
    reason = Reason::least_squares;
    return true;
  }
  // Whether squares of numbers of b's size, times those of A's and of a residual that falls, would
  // leave the range of their scalar: the system is to be scaled first.
  bool out_of_range(double norm_b) const noexcept {
    constexpr double most = largest_range<T>;
    return journal_.unit == 1 && norm_b > 0 && !(norm_b >= 1 / most && norm_b <= most);
  }
  bool exhausted() const noexcept { return steps >= journal_.max_steps; }
  // The start of a history.
  void begin(double norm) {
    last_norm = norm;
    if (space_.caller()) record(norm);
  }
  // The start of a cycle.
  void cycle(double norm) {
    reason = Reason::none;
    seen_norm_ = norm;
    kept_ = false;
  }
  // The best x that was seen in this cycle, and its norm, as told; nullptr: that of its beginning.
  T *seen() const noexcept { return kept_ ? seen_ : nullptr; }
  double seen_norm() const noexcept { return seen_norm_; }

 private:
  void keep(double norm, const T *x) {
    seen_norm_ = norm;
    kept_ = true;
    space_.own(space_.columns, [&](Panel p) { space_.copy(p, x, seen_); });
  }
  void tell(double norm) {
    record(norm);
    Run &run = *journal_.run;
    if (!run.report("solve", steps, journal_.max_steps, norm * journal_.unit)) return;
    switch (run.stopped()) {
      case Run::cancel:
        return space_.wish(Reason::cancelled);
      case Run::time:
        return space_.wish(Reason::time_limit);
      default:
        return space_.wish(Reason::callback);
    }
  }
  void record(double norm) {
    if (int64_t(journal_.history.size()) < Journal::most)
      journal_.history.push_back(norm * journal_.unit);
  }
  // Its answer is to be known at once, to all: by a sum of nothing.
  void ask(double norm, const Former &former) {
    if (space_.caller() && journal_.callback) {
      auto in_units = [&](T *out) {
        former.form(former.user, out);
        if (journal_.unit != 1) multiply(journal_.unit, out);
      };
      const auto solution = [](void *f, void *out) {
        (*static_cast<decltype(in_units) *>(f))(static_cast<T *>(out));
      };
      const Step now = {steps, norm * journal_.unit, "recurrence"};
      if (journal_.callback(journal_.user, now, solution, &in_units)) space_.wish(Reason::callback);
    }
    space_.template sums<1>([](Panel, auto *) {});
  }
  void multiply(double unit, T *x) const noexcept {
    for (int64_t i = 0; i < space_.columns.rows; i++) x[i] = T(S(unit) * S(x[i]));
  }
  void copy_solution(const T *x, T *out) const noexcept {
    std::memcpy(out, x ? x : space_.x, size_t(space_.columns.rows) * sizeof(T));
  }

  T *seen_;
  bool kept_ = false;
  double seen_norm_ = 0;
  Space<T> &space_;
  Journal &journal_;
};

}  // namespace windlass::krylov
