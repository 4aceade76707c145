#include "solve.hpp"

#include "core/error.hpp"
#include "sparse/sell.hpp"

namespace windlass::krylov {

void Meeting::add(int turn, int64_t groups, int64_t count, double *to) const noexcept {
  constexpr int64_t N = 8;  // of a line at a time: it is whole blocks of them
  for (int64_t i = 0; i < count; i += N) {
    double t[Cut::most_groups][N];
    for (int64_t g = 0; g < groups; g++) std::memcpy(t[g], line(turn, g) + i, sizeof t[g]);
    for (int64_t left = groups; left > 1;) {
      const int64_t half = (left + 1) / 2;
      for (int64_t g = 0; g + half < left; g++)
        for (int64_t n = 0; n < N; n++) t[g][n] += t[g + half][n];
      left = half;
    }
    for (int64_t n = 0; n < N && i + n < count; n++) to[i + n] = groups ? t[0][n] : 0;
  }
}

Readiness::~Readiness() {
  double ballot[words] = {};
  ballot[refusals] = 1;
  if (open_ && hook.fn) hook(ballot, words);
}

void Readiness::add(double *ballot) {
  open_ = false;
  if (!hook.fn) return;
  if (const int32_t answer = hook(ballot, words)) refuse_sum(answer);
  if (ballot[refusals] > 0)
    throw Error(WDL_CANCELLED, 0, "another process refused its part of this call");
  open_ = true;
}

Shape Readiness::agree(const Shape &own, bool left) {
  double sum[words] = {};
  sum[processes] = 1, sum[rows] = double(own.rows), sum[columns] = double(own.columns);
  sum[preconditioned] = own.preconditioned, sum[from_left] = left, sum[told] = own.told;
  add(sum);
  const auto some = [&](double of) { return of > 0 && of < sum[processes]; };
  if (some(sum[preconditioned]) || some(sum[from_left])) {
    open_ = false;  // all see it
    throw Error(WDL_BAD_ARGUMENT, 1,
                "only some of the processes have a preconditioner, expected all or none");
  }
  return {int64_t(sum[rows]), int64_t(sum[columns]), sum[preconditioned] > 0, sum[told] > 0};
}

void Readiness::begin() {
  double none[words] = {};
  add(none);
  open_ = false;
}

void refuse_sum(int32_t answer) {
  Error error(WDL_CALLBACK_FAILED, 0,
              "the sum over processes answered " + std::to_string(answer) + ", expected 0");
  error.callback_result = answer;
  throw error;
}

void Copy::make() noexcept {
  try {
    made_ = sparse::sell_of(run_, a_);
  } catch (...) {  // no memory, or cancelled: the solve goes on as it was
    made_.reset();
  }
}

Ending solve(const Method &method, const Job &given) {
  Job job = given;
  if (job.settings.side == Side::left) std::swap(job.m, job.left);
  for (const Linear *linear : {&job.a, job.m, job.left}) {
    if (!linear) continue;
    linear->prepare(Mode::plain);
    if (method.needs.adjoint) linear->prepare(Mode::adjoint);
  }
  return method.solve[job.a.dtype() - WDL_F32](job);
}

void Workspace::prepare(int workers, int64_t bytes, int64_t sums, int64_t scalars,
                        int64_t history_size) {
  if (memory_.size() < bytes) memory_ = Aligned<char>(bytes);
  if (meeting_.width < Meeting::width_of(sums, scalars)) meeting_ = Meeting(sums, scalars);
  if (workers_ != workers) {
    team_ = std::make_unique<Team>(workers);
    workers_ = workers;
  }
  const size_t norms = size_t(history_size < Journal::most ? history_size : Journal::most);
  history.reserve(norms);
  next_history.clear();
  next_history.reserve(norms);
  meeting_.failure = 0;
}

}  // namespace windlass::krylov
