// The loop around a method, run by every member: the residual is computed anew before the first
// cycle and after each, and decides; what the method's recurrence says never does.
#pragma once
#include "method.hpp"

namespace windlass::krylov {

struct Ending {
  Reason reason = Reason::none;  // none: nothing was done, b is to be scaled first
  int64_t steps = 0, products = 0, preconditionings = 0;
  double residual = 0;    // of the x that is given back, recomputed
  double recurrence = 0;  // the method's last norm
  double norm_b = 0;
  double slope = -1;    // ||A^H r - damping^2 (x - x0)||, recomputed; -1: was not asked for
  bool copied = false;  // A, into a faster format
};

// Where a method has ended its cycle early, another has to take this off the residual.
inline constexpr double least_progress = 0.999;
// A method that restarts may crawl: only so many cycles one after the other that take nothing but
// rounding off the smallest residual are its end.
inline constexpr int patience = 3;
template <class T>
inline constexpr double only_rounding = 1 - 64 * eps_of<T>;
// Breakdowns that a method may answer by another choice.
inline constexpr int most_renewals = 2;

// A method, for the loop around it; that is compiled once for all of them.
template <class T>
class Cycles {
 public:
  virtual void run(Monitor<T> &) = 0;
  virtual bool renew() = 0;  // false: there is no other choice
  virtual void hand_over() = 0;

 protected:
  ~Cycles() = default;
};
template <class T, template <class> class Method>
class CyclesOf final : public Cycles<T> {
 public:
  CyclesOf(Space<T> &space, const Settings &settings) : method_(space, settings) {}
  void run(Monitor<T> &monitor) override { method_.run(monitor); }
  bool renew() override {
    if constexpr (requires(Method<T> & m) { m.renew(); }) return method_.renew(), true;
    return false;
  }
  void hand_over() override {
    if constexpr (requires(Method<T> & m) { m.hand_over(); }) method_.hand_over();
  }

 private:
  Method<T> method_;
};

template <class T>
class Drive {
 public:
  using S = Wide<T>;
  // best: memory for an x.
  Drive(Space<T> &space, Monitor<T> &monitor, const Settings &settings, T *best, Cycles<T> &method)
      : s_(space), monitor_(monitor), settings_(settings), best_(best), method_(method) {}

  Ending run() {
    const double norm_b = s_.norm(s_.rows, s_.b);
    if (monitor_.out_of_range(norm_b)) return {.reason = Reason::none, .norm_b = norm_b};
    monitor_.target = __builtin_fmax(settings_.rtol * norm_b, settings_.atol);
    monitor_.rtol = settings_.rtol;
    double norm = start(norm_b);
    monitor_.begin(norm);
    keep(norm);
    Reason reason = settle(norm);
    if (reason == Reason::none && monitor_.exhausted()) reason = Reason::max_steps;
    while (reason == Reason::none) {
      const double before = norm;
      monitor_.cycle(norm);
      monitor_.scale = s_.turn(s_.vector(0), norm);
      method_.run(monitor_);
      s_.meet();
      norm = best_of_cycle(measure());
      reason = settle(norm);
      if (reason == Reason::none) reason = after(monitor_.reason, before, norm);
      if (reason == Reason::breakdown && renewed()) {
        if (!(norm <= best_norm_)) copy(best_, s_.x), norm = measure();
        reason = settle(norm);
      }
      if (reason == Reason::none && monitor_.exhausted()) reason = Reason::max_steps;
      if (norm < best_norm_ && sound()) keep(norm);
    }
    if (!good(reason) && !(norm <= best_norm_ && sound())) {
      copy(best_, s_.x);
      norm = best_norm_;
    }
    if (sound() && s_.recycling().next_vectors) method_.hand_over();
    return {reason, monitor_.steps,     s_.products, s_.preconditionings,
            norm,   monitor_.last_norm, norm_b,      slope_};
  }

 private:
  // The residual's norm of x; of 0, where b is that, or the start's residual is out of all range.
  double start(double norm_b) {
    if (norm_b > 0 || norm_b != norm_b) {
      const double norm = measure();
      if (norm <= largest_range<T> * norm_b) return norm;
    }
    s_.each(s_.columns, [&](Panel p) {
      std::memset(static_cast<void *>(s_.x + p.first), 0, size_t(p.length) * sizeof(T));
    });
    return measure();
  }

  // The residual, and its norm; NaN where x is not finite, which a column of zeros hides.
  double measure() {
    const double norm = s_.residual(s_.vector(0));
    return __builtin_isfinite(s_.norm(s_.columns, s_.x)) ? norm : __builtin_nan("");
  }

  // What a cycle's end means where its residual is not small enough.
  Reason after(Reason ended, double before, double now) {
    const bool progress = now < least_progress * before;
    idle_ = now < only_rounding<T> * best_norm_ ? 0 : idle_ + 1;
    // The damping holds on to the start, which a second cycle would not know.
    const bool again = progress && settings_.damping == 0;
    switch (ended) {
      case Reason::none:  // of a cycle
        return now != before && idle_ < patience ? Reason::none : Reason::stagnation;
      case Reason::recurrence:
        return again ? Reason::none : Reason::stagnation;
      case Reason::breakdown:
      case Reason::not_finite:
        return again ? Reason::none : ended;
      case Reason::least_squares:
        return flat(now) ? ended : again ? Reason::none : Reason::stagnation;
      default:
        return ended;
    }
  }
  // Whether A^H r is as small as the method says. Vector 1 is free between two cycles.
  bool flat(double norm) {
    T *g = s_.vector(1);
    const double damping = settings_.damping;
    const auto total = s_.template apply<2>(
        s_.vector(0), g,
        [&](Panel p, S *part) {
          if (damping > 0)
            for (int64_t i = p.first; i < p.first + p.length; i++) {
              const S way = S(s_.x[i]) - S(best_[i]);
              g[i] -= T(S(damping * damping) * way);
              part[1] += S(norm2(way));
            }
          part[0] += S(s_.k.norm2(p.length, g + p.first));
        },
        monitor_.adjoint);
    slope_ = __builtin_sqrt(real(total[0]));
    const double whole = __builtin_hypot(norm, damping * __builtin_sqrt(real(total[1])));
    return sound() && slope_ <= 2 * monitor_.flat * monitor_.norm_a * whole;
  }
  // Whether the method can try again in another way.
  bool renewed() { return renewals_++ < most_renewals && method_.renew(); }
  // What a recomputed norm decides alone.
  Reason settle(double norm) const {
    const Reason stopping = s_.stopping();
    if (!sound()) return stopping;
    if (!__builtin_isfinite(norm)) return Reason::not_finite;
    if (norm <= monitor_.target) return Reason::converged;
    return stopping;
  }
  static bool good(Reason reason) noexcept {
    return reason == Reason::converged || reason == Reason::least_squares;
  }
  // Whether what was computed last can be believed: nothing failed. Processes know of each other
  // only that one of them stops, so that they believe nothing then.
  bool sound() const noexcept {
    const Reason stopping = s_.stopping();
    return stopping == Reason::none || (!s_.hook().fn && stopping != Reason::operator_failed);
  }

  // The norm of x, or of the best x of the cycle where that is better; x is that one then.
  double best_of_cycle(double norm) {
    T *seen = monitor_.seen();
    if (!seen || norm <= monitor_.target || norm <= monitor_.seen_norm() || !sound()) return norm;
    exchange(seen);
    const double other = measure();
    if (other <= norm || !__builtin_isfinite(norm)) return other;
    exchange(seen);
    return measure();
  }
  void keep(double norm) {
    best_norm_ = norm;
    copy(s_.x, best_);
  }
  void copy(const T *from, T *to) {
    s_.each(s_.columns, [&](Panel p) { s_.copy(p, from, to); });
  }
  void exchange(T *other) {
    s_.each(s_.columns, [&](Panel p) {
      for (int64_t i = p.first; i < p.first + p.length; i++) {
        const T x = s_.x[i];
        s_.x[i] = other[i];
        other[i] = x;
      }
    });
  }

  Space<T> &s_;
  Monitor<T> &monitor_;
  const Settings &settings_;
  T *const best_;
  double best_norm_ = 0;
  double slope_ = -1;
  int idle_ = 0, renewals_ = 0;
  Cycles<T> &method_;
};

extern template class Drive<float>;
extern template class Drive<double>;
extern template class Drive<Complex<float>>;
extern template class Drive<Complex<double>>;

}  // namespace windlass::krylov
