// The loop around a method, run by every member: the residual is computed anew before the first
// cycle and after each, and decides; what the method's recurrence says never does.
#pragma once
#include "method.hpp"

namespace windlass::krylov {

struct Ending {
  Reason reason = Reason::none;
  int64_t steps = 0, products = 0, preconditionings = 0;
  double residual = 0;    // of the x that is given back, recomputed
  double recurrence = 0;  // the method's last norm
  double norm_b = 0;
};

// A cycle that ends short of the target and takes less than this off the residual is the last.
inline constexpr double least_progress = 0.999;

template <class T, template <class> class Method>
class Drive {
 public:
  using S = Wide<T>;
  Drive(Space<T> &space, Monitor<T> &monitor, const Settings &settings)
      : s_(space), monitor_(monitor), settings_(settings), method_(space, settings) {}

  Ending run() {
    const double norm_b = __builtin_sqrt(real(s_.template sums<1>(
        [&](Panel p, S *part) { part[0] += S(s_.k.norm2(p.length, s_.b + p.first)); })[0]));
    monitor_.target = __builtin_fmax(settings_.rtol * norm_b, settings_.atol);
    double norm = s_.residual(s_.vector(0));
    monitor_.begin(norm);
    monitor_.keep(norm, s_.x);
    Reason reason = settle(norm, Reason::none);
    while (reason == Reason::none) {
      monitor_.reason = Reason::none;
      method_.run(monitor_);
      s_.meet();
      const double before = norm;
      norm = s_.residual(s_.vector(0));
      reason = settle(norm, after(monitor_.reason, before, norm));
      if (norm < monitor_.best_norm()) monitor_.keep(norm, s_.x);
    }
    if (reason != Reason::converged) norm = go_back(norm);
    return {reason, monitor_.steps,     s_.products, s_.preconditionings,
            norm,   monitor_.last_norm, norm_b};
  }

 private:
  // What a cycle's end means once the residual is known.
  Reason after(Reason ended, double before, double now) const {
    const bool progress = now < least_progress * before;
    switch (ended) {
      case Reason::none:  // of a cycle: a restart may stand still once
        return progress ? Reason::none : Reason::stagnation;
      case Reason::recurrence:
        return progress ? Reason::none : Reason::stagnation;
      case Reason::breakdown:
        return progress ? Reason::none : Reason::breakdown;
      default:
        return ended;
    }
  }
  Reason settle(double norm, Reason reason) const {
    if (norm <= monitor_.target) return Reason::converged;
    if (reason == Reason::none && !__builtin_isfinite(norm)) return Reason::not_finite;
    if (reason == Reason::none && s_.stopping() != Reason::none) return s_.stopping();
    return reason;
  }
  // To the best x that was seen, if that is another; its residual. What the monitor kept on the way
  // is known by its recurrence only.
  double go_back(double norm) {
    if (norm <= monitor_.best_norm()) return norm;
    exchange();
    const double other = s_.residual(s_.vector(0));
    if (!(other < norm) && __builtin_isfinite(norm))
      exchange();
    else
      norm = other;
    return norm;
  }
  void exchange() {
    T *best = monitor_.best();
    s_.each(s_.columns, [&](Panel p) {
      for (int64_t i = p.first; i < p.first + p.length; i++) {
        const T x = s_.x[i];
        s_.x[i] = best[i];
        best[i] = x;
      }
    });
  }

  Space<T> &s_;
  Monitor<T> &monitor_;
  const Settings &settings_;
  Method<T> method_;
};

}  // namespace windlass::krylov
