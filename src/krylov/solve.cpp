#include "solve.hpp"

#include "core/error.hpp"

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

bool Readiness::tell(double refusals) noexcept {
  told_ = true;
  if (!hook.fn) return refusals == 0;
  return !hook.fn(hook.user, &refusals, 1) && refusals == 0;
}

void Readiness::begin() {
  if (!tell(0)) throw Error(WDL_CANCELLED, 0, "another process refused its part of this call");
}

void Workspace::prepare(int workers, int64_t bytes, int64_t sums, int64_t scalars,
                        int64_t history_size) {
  if (memory_.size() < bytes) memory_ = Aligned<char>(bytes);
  if (meeting_.width < Meeting::width_of(sums, scalars)) meeting_ = Meeting(sums, scalars);
  if (workers_ < workers) {
    team_ = std::make_unique<Team>(workers);
    workers_ = workers;
  }
  history.clear();
  history.reserve(size_t(history_size < Journal::most ? history_size : Journal::most));
  meeting_.failure = 0;
}

}  // namespace windlass::krylov
