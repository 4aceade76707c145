// The object of kind "mixture": what is asked for, and what a fit found.
#pragma once
#include "core/handles.hpp"
#include "fit.hpp"

namespace windlass::mixture {

extern const Kind model_kind;

struct Model : Object {
  // Settings.
  int64_t n_components = 1, max_iter = 100, n_init = 1, seed = 0;
  double tol = 1e-3, reg_covar = 1e-6, step_exponent = 0.6;
  int32_t covariance_type = 0, init_params = 0,  // which of the choices
      starving = 0;
  OwnedArray weights_init, means_init, precisions_init, responsibilities_init;
  Hold start;  // a mixture whose parameters a fit begins with

  // Results.
  Parameters parameters;  // k is 0 before there are any
  int32_t fitted_type = 0;
  int64_t converged = 0, n_iter = 0, n_features = 0;
  double lower_bound = 0;
  std::vector<double> lower_bounds;
  // Of partial_fit: Statistics::values of a row, under the present parameters.
  int64_t n_batches = 0;
  std::vector<double> running;

  Model() : Object(model_kind) {}
  bool fitted() const noexcept { return parameters.k > 0; }
};

// Fits and, unless it throws, takes over what was found. WDL_OK, WDL_NOT_CONVERGED or WDL_STOPPED.
wdl_status fit_model(Run &run, Model &model, const Samples &x);
// One step on a batch of the rows, the first one from a start. Nothing changes when it throws.
void partial_fit(Run &run, Model &model, const Samples &x);
void set_parameters(Model &model, Parameters &&parameters) noexcept;
// Throws WDL_NO_VALUE before a fit, WDL_BAD_SHAPE where x has other columns than it was fitted to.
const Parameters &fitted_parameters(const Model &model, const Matrix &x, int32_t argument);

// From arrays whose dtypes and shapes are checked; `first` is the place of weights in the
// prototype. Throws WDL_BAD_ARGUMENT for weights that are no distribution, WDL_BAD_DATA.
Parameters read_parameters(Run &run, CovarianceType type, const wdl_array &weights,
                           const wdl_array &means, const wdl_array &covariances, int32_t first);
void write_parameters(const Parameters &parameters, const wdl_array &weights,
                      const wdl_array &means, const wdl_array &covariances) noexcept;

}  // namespace windlass::mixture
