#include "factor.hpp"

#include <atomic>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "kernels.hpp"

namespace windlass::mixture {
namespace {

// Rows of a factorisation between two looks at the clock: some 2^24 flops.
int64_t rows_between_looks(int64_t d) {
  const int64_t rows = (int64_t(1) << 24) / (d * d);
  return rows < 1 ? 1 : rows;
}

// a <- r, and u = r^-1, one component; false: stopped.
bool factor(Run &run, const Kernels &kernels, int64_t d, double *a, double *u, int64_t component,
            const Origin &origin) {
  const int64_t step = rows_between_looks(d);
  for (int64_t i = 0; i < d; i += step) {
    const int64_t pivot = kernels.cholesky(d, i, i + step < d ? i + step : d, a);
    if (pivot >= 0) throw_not_positive(origin, component, pivot, a[pivot * d + pivot]);
    if (d > step && run.stop_requested()) return false;
  }
  for (int64_t end = u ? d : 0; end > 0; end -= step) {
    kernels.invert_triangle(d, end > step ? end - step : 0, end, a, u);
    if (d > step && run.stop_requested()) return false;
  }
  return true;
}

// task(component, worker) -> false when stopped. In parallel where that is worth a region.
template <class Task>
bool each_component(Run &run, int64_t k, int64_t d, Task task) {
  std::atomic<bool> stopped{false};
  auto one = [&](int64_t c, int worker) {
    if (stopped.load(std::memory_order_relaxed)) return;
    if (!task(c, worker) || (d >= 64 && run.stop_requested()))
      stopped.store(true, std::memory_order_relaxed);
  };
  if (k * d * d * d < 500000) {
    for (int64_t c = 0; c < k; c++) one(c, 0);
  } else {
    parallel_for(run, k, one);
  }
  return !stopped.load(std::memory_order_relaxed);
}

void grow(std::vector<double> &scratch, int64_t size) {
  if (scratch.size() < size_t(size)) scratch.resize(size_t(size));
}

}  // namespace

void throw_not_positive(const Origin &origin, int64_t component, int64_t pivot, double variance) {
  const std::string place = std::to_string(component);
  if (origin.given)
    throw Error(WDL_BAD_DATA, origin.argument,
                std::string(origin.given) + "[" + place +
                    "] is not positive definite (found at its row " + std::to_string(pivot) + ")",
                component);
  if (!std::isfinite(variance))
    throw Error(WDL_BAD_DATA, origin.argument,
                "the covariance of component " + place + " is beyond double precision: scale x",
                component);
  throw Error(WDL_BAD_DATA, origin.argument,
              "the empirical covariance of component " + place +
                  " is not positive definite (for instance caused by singleton or collapsed "
                  "samples): decrease the number of components, increase reg_covar, or scale x",
              component);
}

bool factor_matrices(Run &run, int64_t k, int64_t d, const double *matrices, double *u,
                     std::vector<double> &scratch, const Origin &origin) {
  const Kernels &kernel = kernels();
  const int64_t size = d * d;
  grow(scratch, size * run.workers());
  return each_component(run, k, d, [&](int64_t c, int worker) {
    double *r = scratch.data() + worker * size;
    for (int64_t i = 0; i < size; i++) r[i] = matrices[c * size + i];
    return factor(run, kernel, d, r, u + c * size, c, origin);
  });
}

// With J the exchange matrix, J P J = r^T r gives P = U U^T for U = J r^T J.
bool invert_matrices(Run &run, int64_t k, int64_t d, const double *matrices, double *factors,
                     double *inverses, std::vector<double> &scratch, const Origin &origin) {
  const Kernels &kernel = kernels();
  const int64_t size = d * d;
  grow(scratch, 2 * size * run.workers());
  return each_component(run, k, d, [&](int64_t c, int worker) {
    double *r = scratch.data() + 2 * worker * size, *v = r + size;
    double *u = factors + c * size, *inverse = inverses + c * size;
    for (int64_t i = 0; i < size; i++) r[i] = matrices[c * size + size - 1 - i];
    if (!factor(run, kernel, d, r, nullptr, c, origin)) return false;
    for (int64_t i = 0; i < d; i++)
      for (int64_t j = 0; j < d; j++) u[i * d + j] = r[(d - 1 - j) * d + d - 1 - i];
    kernel.invert_triangle(d, 0, d, u, v);
    for (int64_t i = 0; i < size; i++) inverse[i] = 0;  // = v^T v
    for (int64_t l = 0; l < d; l++)
      for (int64_t i = l; i < d; i++)
        for (int64_t j = l; j < d; j++) inverse[i * d + j] += v[l * d + i] * v[l * d + j];
    return true;
  });
}

}  // namespace windlass::mixture
