#include "fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "em.hpp"

namespace windlass::mixture {
namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

void check(const Samples &samples, int64_t k) {
  int64_t rows = 0;
  for (int64_t i = 0; i < samples.x.rows && rows < k; i++) rows += samples.counts(i);
  if (k < 1 || rows < k)
    throw Error(WDL_BAD_ARGUMENT, samples.argument,
                "n_components is " + std::to_string(k) + ", expected 1 to the number of rows of x" +
                    (samples.weights.data ? " with a positive weight" : ""));
}

// A restart on its way.
struct Climb {
  FitResult now;
  Parameters next;
  Starvation starvation;
  bool done = false;

  Climb(int64_t d, const Options &o)
      : next(o.n_components, d, o.covariance_type), starvation(o.starving, o.n_components) {
    now.parameters = next;
    now.lower_bound = minus_infinity;
    now.lower_bounds.reserve(size_t(std::min<int64_t>(o.max_iter, 65536)));
  }
  void take(double bound, const Options &o) {
    std::swap(now.parameters, next);
    now.converged = std::fabs(bound - now.lower_bound) < o.tol;
    now.lower_bound = bound;
    now.lower_bounds.push_back(bound);
    now.n_iter++;
    done = now.converged || now.n_iter >= o.max_iter;
  }
};

// The restarts of one call. Several climb together, so that x is read once for all of them.
class Fit {
 public:
  Fit(Run &run, const Samples &samples, const Options &o, const Start &start)
      : run_(run),
        options_(o),
        start_(start),
        restarts_(start.repeatable() ? o.n_init : 1),
        at_once_(Passes::mixtures_at_once(samples, o.n_components, o.covariance_type, restarts_)),
        em_(run, samples, o.n_components, o.covariance_type, at_once_) {}

  FitResult best() {
    for (int64_t first = 0; first < restarts_ && !stopped_; first += at_once_) {
      begin(first, std::min(restarts_, first + at_once_));
      while (!stopped_ && advance()) {
      }
      for (Climb &climb : climbs_) offer(climb);
    }
    if (!found_) throw_cancelled(run_);
    best_.stopped = stopped_;
    return std::move(best_);
  }

 private:
  Run &run_;
  const Options &options_;
  const Start &start_;
  int64_t restarts_, at_once_, iterations_ = 0;
  Em em_;
  std::vector<Climb> climbs_;
  FitResult best_;
  bool found_ = false, stopped_ = false;

  void begin(int64_t first, int64_t end) {
    climbs_.clear();
    for (int64_t number = first; number < end && !stopped_; number++) {
      Climb climb(em_.layout().d, options_);
      climb.done = !options_.max_iter;
      climb.now.lower_bound = start_.lower_bound;
      stopped_ = !initialise(run_, em_, start_, number, options_.reg_covar, climb.starvation,
                             climb.now.parameters);
      if (!stopped_) climbs_.push_back(std::move(climb));
    }
  }
  // An iteration of all that are not done. False: there is none.
  bool advance() {
    std::vector<Iteration> steps;
    for (size_t i = 0; i < climbs_.size(); i++)
      if (!climbs_[i].done)
        steps.push_back({&climbs_[i].now.parameters, &climbs_[i].next, 0, int64_t(i)});
    if (steps.empty()) return false;
    const bool lowest = options_.starving == Starving::reseed;
    stopped_ = !em_.iterate(steps, options_.reg_covar, lowest);
    for (size_t i = 0; i < steps.size() && !stopped_; i++) settle(steps[i]);
    return true;
  }
  void settle(const Iteration &step) {
    Climb &climb = climbs_[size_t(step.mixture)];
    if (!climb.starvation.factor(em_, *step.from, *step.to, em_.lowest(step.mixture))) {
      stopped_ = true;
      return;
    }
    climb.take(step.bound, options_);
    const bool last = std::ranges::all_of(climbs_, &Climb::done);
    stopped_ = run_.report("fit", ++iterations_, restarts_ * options_.max_iter, step.bound, last);
  }
  void offer(Climb &climb) {
    if (stopped_ && climb.now.n_iter == 0) return;
    const bool better =
        climb.now.lower_bound > best_.lower_bound || best_.lower_bound == minus_infinity;
    if (found_ && !better) return;
    best_ = std::move(climb.now);
    best_.parameters = climb.starvation.kept(std::move(best_.parameters));
    found_ = true;
  }
};

}  // namespace

FitResult fit(Run &run, const Samples &samples, const Options &o, const Start &start) {
  check(samples, o.n_components);
  return Fit(run, samples, o, start).best();
}

}  // namespace windlass::mixture
