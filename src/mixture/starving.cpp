#include "starving.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "covariance.hpp"

namespace windlass::mixture {
namespace {

constexpr double least_rows = 0.5;
constexpr int64_t most_reseeds = 10;  // of a component, on average: then they are dropped

// Doubles of a component's covariance.
int64_t covariance_size(const Parameters &p) noexcept {
  return int64_t(p.covariances.size()) / p.k;
}

// The weights of the other components made to sum to `sum`.
void scale_others(Parameters &p, int64_t c, double sum) noexcept {
  double others = 0;
  for (int64_t i = 0; i < p.k; i++) others += i == c ? 0 : p.weights[size_t(i)];
  if (!(others > 0)) return;
  for (int64_t i = 0; i < p.k; i++)
    if (i != c) p.weights[size_t(i)] *= sum / others;
}

}  // namespace

bool Starvation::begin(Run &run, Em &em, double reg_covar, Parameters &to) const {
  if (policy_ == Starving::error) return em.factor(to);
  Parameters all(1, to.d, to.type);
  std::vector<char> replaced(size_t(to.k));
  for (;;) {
    int64_t c = -1;
    try {
      return em.factor(to);
    } catch (const Error &e) {
      c = e.position[0];
      const bool own = to.type != CovarianceType::tied && c >= 0 && !replaced[size_t(c)];
      if (e.status != WDL_BAD_DATA || !own) throw;
    }
    if (std::ranges::count(replaced, 1) == 0) {
      Em one(run, em.tiles().samples(), 1, to.type, 1, Precision::twice);
      if (!one.maximise_random(RandomRows::uniform, 0, 0, reg_covar, all)) return false;  // all 1
    }
    replaced[size_t(c)] = 1;
    std::ranges::copy(all.covariances, to.covariances.begin() + c * covariance_size(to));
  }
}

bool Starvation::factor(Em &em, const Parameters &from, Parameters &to,
                        std::span<const Lowest> lowest) {
  if (policy_ == Starving::error) return em.factor(to);
  const Samples &samples = em.tiles().samples();
  std::vector<Lowest> sorted(lowest.begin(), lowest.end());
  std::ranges::stable_sort(sorted, {}, &Lowest::density);
  rows_.clear();
  for (const Lowest &one : sorted)
    if (one.row >= 0) rows_.insert(rows_.begin(), one.row);
  for (int64_t c = 0; c < to.k; c++)
    if (dropped_[size_t(c)]) drop(from, to, c);
  const double a_row = em.tiles().total_weight() / double(samples.x.rows);
  for (int64_t c = 0; c < to.k; c++)
    if (!dropped_[size_t(c)] &&
        to.weights[size_t(c)] * em.tiles().total_weight() < least_rows * a_row)
      mend(samples, from, to, c);
  for (int64_t attempt = 0;; attempt++) try {
      return em.factor(to);
    } catch (const Error &e) {
      const int64_t c = e.position[0];
      if (e.status != WDL_BAD_DATA || to.type == CovarianceType::tied || c < 0 ||
          dropped_[size_t(c)] || attempt > 2 * to.k)
        throw;
      mend(samples, from, to, c);
    }
}

void Starvation::mend(const Samples &samples, const Parameters &from, Parameters &to, int64_t c) {
  const bool again =
      policy_ == Starving::reseed && !rows_.empty() && reseeds_ < most_reseeds * to.k;
  if (again) return reseed(samples, from, to, c);
  if (live() > 1) drop(from, to, c);
}

void Starvation::reseed(const Samples &samples, const Parameters &from, Parameters &to, int64_t c) {
  const int64_t row = rows_.back(), d = to.d;
  rows_.pop_back();
  reseeds_++;
  for (int64_t j = 0; j < d; j++) to.means[size_t(c * d + j)] = value(samples.x, row, j);
  to.weights[size_t(c)] = 1 / double(live());
  scale_others(to, c, 1 - to.weights[size_t(c)]);
  if (to.type == CovarianceType::tied) return;
  const int64_t size = covariance_size(to);
  for (int64_t i = 0; i < size; i++) {
    double sum = 0;
    for (int64_t o = 0; o < from.k; o++)
      if (!dropped_[size_t(o)]) sum += from.covariances[size_t(o * size + i)];
    to.covariances[size_t(c * size + i)] = sum / double(live());
  }
}

// Kept as it was, with weight 0, until kept().
void Starvation::drop(const Parameters &from, Parameters &to, int64_t c) {
  dropped_[size_t(c)] = 1;
  to.weights[size_t(c)] = 0;
  scale_others(to, c, 1);
  std::copy_n(from.means.begin() + c * to.d, to.d, to.means.begin() + c * to.d);
  if (to.type == CovarianceType::tied) return;
  const int64_t size = covariance_size(to);
  std::copy_n(from.covariances.begin() + c * size, size, to.covariances.begin() + c * size);
}

int64_t Starvation::live() const noexcept {
  return std::count(dropped_.begin(), dropped_.end(), char{0});
}

Parameters Starvation::kept(Parameters &&all) const {
  if (live() == all.k) return std::move(all);
  Parameters p(live(), all.d, all.type);
  const int64_t size = all.type == CovarianceType::tied ? 0 : covariance_size(all);
  int64_t to = 0;
  for (int64_t c = 0; c < all.k; c++) {
    if (dropped_[size_t(c)]) continue;
    p.weights[size_t(to)] = all.weights[size_t(c)];
    std::copy_n(all.means.begin() + c * p.d, p.d, p.means.begin() + to * p.d);
    std::copy_n(all.covariances.begin() + c * size, size, p.covariances.begin() + to * size);
    std::copy_n(all.precisions_cholesky.begin() + c * size, size,
                p.precisions_cholesky.begin() + to * size);
    to++;
  }
  if (!size) p.covariances = all.covariances, p.precisions_cholesky = all.precisions_cholesky;
  return p;
}

}  // namespace windlass::mixture
