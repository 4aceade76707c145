// The object of kind "kmeans": what is asked for, and what a fit found.
#pragma once
#include "core/handles.hpp"
#include "fit.hpp"
#include "nearest.hpp"

namespace windlass::cluster {

extern const Kind model_kind;

struct Model : Object {
  // Settings.
  int64_t n_clusters = 8, n_init = 0, max_iter = 300, seed = 0;
  double tol = 1e-4;
  int32_t init = 0, algorithm = 0;  // which of the choices
  OwnedArray init_centers;

  // Results.
  std::vector<double> centers, counts;  // k x d and k; empty before there are any
  int64_t n_features = 0, n_iter = 0, converged = 0;
  double inertia = 0;

  Model() : Object(model_kind) {}
  bool fitted() const noexcept { return !centers.empty(); }
  Centres centres() const noexcept {
    return {int64_t(counts.size()), n_features, centers.data(), 1};
  }
};

// Each takes over what was found unless it throws. The first: WDL_OK, WDL_NOT_CONVERGED or
// WDL_STOPPED.
wdl_status fit_model(Run &run, Model &model, const Samples &x, const MutableVector &labels);
void step_model(Run &run, Model &model, const Samples &x, const MutableVector &labels);
void set_centers(Model &model, const wdl_array &centers, const wdl_array *counts_or_null,
                 int32_t first);
// Throws WDL_NO_VALUE before a fit, WDL_BAD_SHAPE where x has other columns than it was fitted to.
Centres fitted_centres(const Model &model, const Matrix &x, int32_t argument);

}  // namespace windlass::cluster
