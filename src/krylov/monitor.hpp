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
};

template <class T>
class Monitor {
 public:
  Monitor(Space<T> &space, Journal &journal, T *best_or_null)
      : best_(best_or_null), space_(space), journal_(journal) {}

  double target = 0;  // max(rtol ||b||, atol)
  int64_t steps = 0;
  Reason reason = Reason::none;

  // After a step: norm is the method's own of the residual, or what stands for it. True: go on.
  // x_or_null, the solution as it stands, is kept where the norm has halved since it last was.
  bool step(double norm, const T *x_or_null = nullptr) {
    return step(norm, x_or_null, [&](T *out) { copy_solution(x_or_null, out); });
  }
  // form(out) writes the solution of this step; called by one member alone, when it is asked for.
  template <class Form>
  bool step(double norm, const T *x_or_null, Form &&form) {
    steps++;
    last_norm = norm;
    if (space_.caller()) tell(norm);
    if (journal_.callback) ask(norm, form);
    if (x_or_null && best_ && norm < 0.5 * best_norm_) keep(norm, x_or_null);
    if (!__builtin_isfinite(norm))
      reason = Reason::not_finite;
    else if (norm <= target)
      reason = Reason::recurrence;
    else if (space_.stopping() != Reason::none)
      reason = space_.stopping();
    else if (steps >= journal_.max_steps)
      reason = Reason::max_steps;
    return reason == Reason::none;
  }
  // The method can't go on. False, as step answers.
  bool broken(Reason why = Reason::breakdown) {
    reason = why;
    return false;
  }
  // The start of a history, and of the best x.
  void begin(double norm) {
    last_norm = norm;
    best_norm_ = norm;
    if (space_.caller()) journal_.history.push_back(norm);
  }
  double last_norm = 0;
  double best_norm() const noexcept { return best_norm_; }
  void keep(double norm, const T *x) {
    best_norm_ = norm;
    space_.own(space_.columns, [&](Panel p) {
      std::memcpy(best_ + p.first, x + p.first, size_t(p.length) * sizeof(T));
    });
  }
  T *best() const noexcept { return best_; }

 private:
  void tell(double norm) {
    if (int64_t(journal_.history.size()) < Journal::most) journal_.history.push_back(norm);
    Run &run = *journal_.run;
    if (!run.report("solve", steps, journal_.max_steps, norm)) return;
    switch (run.stopped()) {
      case Run::cancel:
        return space_.wish(Reason::cancelled);
      case Run::time:
        return space_.wish(Reason::time_limit);
      default:
        return space_.wish(Reason::callback);
    }
  }
  // Its answer is to be known at once, to all: by a sum of nothing.
  template <class Form>
  void ask(double norm, Form &form) {
    if (space_.caller()) {
      const auto solution = [](void *f, void *out) {
        (*static_cast<std::remove_reference_t<Form> *>(f))(static_cast<T *>(out));
      };
      if (journal_.callback(journal_.user, Step{steps, norm, "recurrence"}, solution, &form))
        space_.wish(Reason::callback);
    }
    space_.template sums<1>([](Panel, auto *) {});
  }
  void copy_solution(const T *x, T *out) const noexcept {
    std::memcpy(out, x ? x : space_.x, size_t(space_.columns.rows) * sizeof(T));
  }

  T *best_;
  double best_norm_ = 0;
  Space<T> &space_;
  Journal &journal_;
};

}  // namespace windlass::krylov
