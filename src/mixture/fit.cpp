#include "fit.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "em.hpp"

namespace windlass::mixture {
namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

FitResult empty_result(int64_t d, const Options &o) {
  FitResult r;
  r.parameters = Parameters(o.n_components, d, o.covariance_type);
  r.lower_bound = minus_infinity;
  r.lower_bounds.reserve(size_t(o.max_iter < 65536 ? o.max_iter : 65536));
  return r;
}

void check(const Samples &samples, int64_t k) {
  int64_t rows = 0;
  for (int64_t i = 0; i < samples.x.rows && rows < k; i++) rows += samples.counts(i);
  if (k < 1 || rows < k)
    throw Error(WDL_BAD_ARGUMENT, samples.argument,
                "n_components is " + std::to_string(k) + ", expected 1 to the number of rows of x" +
                    (samples.weights.data ? " with a positive weight" : ""));
}

// One restart of several; `next` is workspace.
void climb(Run &run, Em &em, const Options &o, const Start &start, int64_t number, int64_t restarts,
           FitResult &now, Parameters &next) {
  now.converged = false, now.n_iter = 0, now.lower_bound = minus_infinity;
  now.lower_bounds.clear();
  now.stopped = !initialise(run, em, start, number, o.reg_covar, now.parameters);
  while (!now.stopped && !now.converged && now.n_iter < o.max_iter) {
    double bound;
    if (!em.iterate(now.parameters, o.reg_covar, next, bound)) {
      now.stopped = true;
      return;
    }
    std::swap(now.parameters, next);
    now.converged = std::fabs(bound - now.lower_bound) < o.tol;
    now.lower_bound = bound;
    now.lower_bounds.push_back(bound);
    now.n_iter++;
    const bool last = now.converged && number + 1 == restarts;
    const int64_t done = number * o.max_iter + now.n_iter;
    now.stopped = run.report("fit", done, restarts * o.max_iter, bound, last);
  }
}

}  // namespace

FitResult fit(Run &run, const Samples &samples, const Options &o, const Start &start) {
  const int64_t k = o.n_components, d = samples.x.columns;
  check(samples, k);
  Em em(run, samples, k, o.covariance_type);
  FitResult best = empty_result(d, o), now = empty_result(d, o);
  Parameters next = best.parameters;
  const int64_t restarts = start.repeatable() ? o.n_init : 1;
  bool stopped = false;
  for (int64_t number = 0; number < restarts && !stopped; number++) {
    climb(run, em, o, start, number, restarts, now, next);
    stopped = now.stopped;
    if (stopped && number == 0 && now.n_iter == 0) throw_cancelled(run);
    const bool better = now.lower_bound > best.lower_bound || best.lower_bound == minus_infinity;
    if (better && !(stopped && now.n_iter == 0)) std::swap(best, now);
  }
  best.stopped = stopped;
  return best;
}

}  // namespace windlass::mixture
