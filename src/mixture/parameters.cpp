#include "parameters.hpp"

#include <atomic>
#include <cmath>
#include <new>
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

[[noreturn]] void throw_not_positive(const Origin &origin, int64_t component, int64_t pivot) {
  const std::string place = std::to_string(component);
  if (origin.given)
    throw Error(WDL_BAD_DATA, origin.argument,
                std::string(origin.given) + "[" + place +
                    "] is not positive definite (found at its row " + std::to_string(pivot) + ")",
                component);
  throw Error(WDL_BAD_DATA, origin.argument,
              "the empirical covariance of component " + place +
                  " is not positive definite (for instance caused by singleton or collapsed "
                  "samples): decrease the number of components, increase reg_covar, or scale x",
              component);
}

// a <- r, and u = r^-1, one component; false: stopped.
bool factor(Run &run, const Kernels &kernels, int64_t d, double *a, double *u, int64_t component,
            const Origin &origin) {
  const int64_t step = rows_between_looks(d);
  for (int64_t i = 0; i < d; i += step) {
    const int64_t pivot = kernels.cholesky(d, i, i + step < d ? i + step : d, a);
    if (pivot >= 0) throw_not_positive(origin, component, pivot);
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

Parameters::Parameters(int64_t components, int64_t dimensions) : k(components), d(dimensions) {
  if (double(k) * double(d) * double(d) > 1e15) throw std::bad_alloc();
  weights.resize(size_t(k));
  means.resize(size_t(k * d));
  covariances.resize(size_t(k * d * d));
  precisions_cholesky.resize(size_t(k * d * d));
}

bool factor_covariances(Run &run, Parameters &p, std::vector<double> &scratch,
                        const Origin &origin) {
  const Kernels &kernel = kernels();
  const int64_t d = p.d, size = d * d;
  grow(scratch, size * run.workers());
  return each_component(run, p.k, d, [&](int64_t c, int worker) {
    double *r = scratch.data() + worker * size;
    const double *covariance = p.covariances.data() + c * size;
    for (int64_t i = 0; i < size; i++) r[i] = covariance[i];
    return factor(run, kernel, d, r, p.precisions_cholesky.data() + c * size, c, origin);
  });
}

bool factor_covariances(Run &run, Parameters &p, const Origin &origin) {
  std::vector<double> scratch;
  return factor_covariances(run, p, scratch, origin);
}

// With J the exchange matrix, J P J = r^T r gives P = U U^T for U = J r^T J.
bool factor_precisions(Run &run, const double *precisions, Parameters &p,
                       std::vector<double> &scratch, const Origin &origin) {
  const Kernels &kernel = kernels();
  const int64_t d = p.d, size = d * d;
  grow(scratch, 2 * size * run.workers());
  return each_component(run, p.k, d, [&](int64_t c, int worker) {
    double *r = scratch.data() + 2 * worker * size, *v = r + size;
    double *u = p.precisions_cholesky.data() + c * size;
    const double *precision = precisions + c * size;
    for (int64_t i = 0; i < size; i++) r[i] = precision[size - 1 - i];
    if (!factor(run, kernel, d, r, nullptr, c, origin)) return false;
    for (int64_t i = 0; i < d; i++)
      for (int64_t j = 0; j < d; j++) u[i * d + j] = r[(d - 1 - j) * d + d - 1 - i];
    kernel.invert_triangle(d, 0, d, u, v);
    double *covariance = p.covariances.data() + c * size;  // = v^T v
    for (int64_t i = 0; i < size; i++) covariance[i] = 0;
    for (int64_t l = 0; l < d; l++)
      for (int64_t i = l; i < d; i++)
        for (int64_t j = l; j < d; j++) covariance[i * d + j] += v[l * d + i] * v[l * d + j];
    return true;
  });
}

double log_offset(const Parameters &p, int64_t c) {
  const double log_2pi = 1.8378770664093454836;
  const double *u = p.precisions_cholesky.data() + c * p.d * p.d;
  double log_det = 0;
  for (int64_t j = 0; j < p.d; j++) log_det += std::log(u[j * p.d + j]);
  return std::log(p.weights[size_t(c)]) + log_det - 0.5 * double(p.d) * log_2pi;
}

}  // namespace windlass::mixture
