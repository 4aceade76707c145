#include "model.hpp"

#include <cmath>

#include "covariance.hpp"
#include "parameter_properties.hpp"
#include "statistics.hpp"

namespace windlass::mixture {
namespace {

Model &of(Object &object) noexcept { return static_cast<Model &>(object); }
bool fitted(const Object &object) { return static_cast<const Model &>(object).fitted(); }
bool bounded(const Object &object) {
  return !static_cast<const Model &>(object).lower_bounds.empty();
}

Parameters &parameters_of(Object &object) noexcept { return of(object).parameters; }

constexpr double most = most_exact;

constexpr Property properties[] = {
    {int_info("n_components", "Components of the mixture.", "1", 1, 1 << 20),
     field<&Model::n_components>},
    {text_info(
         "covariance_type",
         "What the covariances are: a matrix each, one for all, a diagonal each, a number each.",
         "full", "full|tied|diag|spherical"),
     field<&Model::covariance_type>},
    {real_info("tol", "A fit has converged when the mean log-likelihood changes by less.", "0.001",
               0, infinity),
     field<&Model::tol>},
    {real_info("reg_covar", "Added to the diagonals of the covariances.", "0.000001", 0, infinity),
     field<&Model::reg_covar>},
    {real_info("step_exponent",
               "In partial_fit batch t counts t^-step_exponent, what came before the rest.", "0.6",
               0.5, 1),
     field<&Model::step_exponent>},
    {int_info("max_iter", "Most iterations; 0: the parameters that a fit begins with.", "100", 0,
              1ll << 40),
     field<&Model::max_iter>},
    {int_info("n_init", "Starts, of which the best is kept.", "1", 1, 1 << 20),
     field<&Model::n_init>},
    {text_info(
         "init_params",
         "How responsibilities begin: random in each row, uniform on the simplex (dirichlet) or "
         "uniform numbers over their sum (random); 1 for a row drawn from the data for each "
         "component, evenly or by k-means++; or 1 for each row's cluster by k-means.",
         "kmeans", "dirichlet|random_from_data|random|kmeans|k-means++"),
     field<&Model::init_params>},
    {text_info("starving",
               "What to do with a component that has less weight than half a row, or whose "
               "covariance is not positive definite.",
               "error", "error|reseed|drop"),
     field<&Model::starving>},
    {int_info("seed", "Of the random numbers of a start.", "0", -most, most), field<&Model::seed>},
    {array_info("weights_init", "Weights to begin with, (k,), summing to 1.", WDL_F64, 1, 0, 1),
     field<&Model::weights_init>},
    {array_info("means_init", "Means to begin with, (k, d).", WDL_F64, 2, -infinity, infinity),
     field<&Model::means_init>},
    {array_info("precisions_init", "Inverse covariances to begin with, shaped like covariances.",
                WDL_F64, 0, -infinity, infinity),
     field<&Model::precisions_init>},
    {array_info("responsibilities_init", "Responsibilities to begin with, (n, k).", WDL_F64, 2, 0,
                infinity),
     field<&Model::responsibilities_init>},
    {object_info("start", "A fitted mixture whose parameters a fit begins with.", "mixture"),
     field<&Model::start>},
    {text_info("fitted_covariance_type", "The covariance_type of the parameters.", nullptr,
               "full|tied|diag|spherical", WDL_RESULT),
     field<&Model::fitted_type>, fitted},
    {int_info("n_features", "Columns of x, d.", nullptr, 0, most, WDL_RESULT),
     field<&Model::n_features>, fitted},
    {int_info("converged", "Whether the fit ended by tol.", nullptr, 0, 1, WDL_RESULT),
     field<&Model::converged>, fitted},
    {int_info("n_iter", "Iterations of the best start.", nullptr, 0, most, WDL_RESULT),
     field<&Model::n_iter>, fitted},
    {real_info("lower_bound", "Mean log-likelihood of the best start's last iteration.", nullptr,
               -infinity, infinity, WDL_RESULT),
     field<&Model::lower_bound>, bounded},
    {.info = array_info("lower_bounds", "Mean log-likelihood of each iteration, (n_iter,).",
                        WDL_F64, 1, -infinity, infinity, WDL_RESULT),
     .present = bounded,
     .read_array =
         [](Object &object) {
           auto &bounds = of(object).lower_bounds;
           return result_view(bounds, {1, {int64_t(bounds.size())}});
         },
     .take_array =
         [](Object &object, OwnedArray &&loaded) {
           of(object).lower_bounds = std::move(loaded.storage);
         }},
    {int_info("n_batches", "Calls of partial_fit since there are parameters.", nullptr, 0, most,
              WDL_RESULT),
     field<&Model::n_batches>, fitted},
    {.info = array_info("running_statistics", "What partial_fit keeps of the batches so far.",
                        WDL_F64, 1, -infinity, infinity, WDL_RESULT),
     .present =
         [](const Object &object) { return !static_cast<const Model &>(object).running.empty(); },
     .read_array =
         [](Object &object) {
           auto &values = of(object).running;
           return result_view(values, {1, {int64_t(values.size())}});
         },
     .take_array = [](Object &object,
                      OwnedArray &&loaded) { of(object).running = std::move(loaded.storage); }},
    weights_property<parameters_of>(),
    means_property<parameters_of>(),
    covariances_property<parameters_of>(),
    factors_property<parameters_of>(),
};

void require_distribution(const double *weights, int64_t k, const char *name, int32_t argument) {
  if (is_distribution(weights, k)) return;
  double sum = 0;
  for (int64_t c = 0; c < k; c++) sum += weights[c];
  throw Error(WDL_BAD_ARGUMENT, argument,
              std::string(name) + " sums to " + number_text(sum) +
                  ", expected entries of 0 or more that sum to 1");
}

void require_symmetric(CovarianceType type, const double *matrices, int64_t k, int64_t d,
                       const char *name, int32_t argument) {
  const Entry at = covariance_of(type).asymmetric(matrices, k, d);
  if (at.component >= 0)
    throw Error(WDL_BAD_ARGUMENT, argument,
                std::string(name) + "[" + std::to_string(at.component) +
                    "] is not symmetric: entry " + std::to_string(at.row) + ", " +
                    std::to_string(at.column),
                at.component);
}

// After loading: the arrays of a fit are there together and fit each other, or none is there.
void check_loaded(Object &object) {
  Model &m = of(object);
  const Parameters &p = m.parameters;
  const bool empty = p.weights.empty() && p.means.empty() && p.covariances.empty() &&
                     p.precisions_cholesky.empty() && !m.n_features && m.lower_bounds.empty();
  if (!empty) complete_loaded(m.parameters, m.fitted_type, m.n_features);
  if (!m.running.empty() && (empty || !are_statistics(m.running, p)))
    throw Error(WDL_BAD_DATA, 1, "data is not a saved object: running_statistics are none");
}

// A setting of the fit as x and n_components want it.
void require_setting(const OwnedArray &array, const char *name, const Shape &shape) {
  if (array) expect_shape(array.view(), 1, name, shape.span(), "to match n_components and x");
}

// What the fit begins with, borrowed from the model.
Start start_of(const Model &model, const Samples &x) {
  const int64_t k = model.n_components, d = x.x.columns;
  const auto type = CovarianceType(model.covariance_type);
  require_setting(model.weights_init, "weights_init", {1, {k}});
  require_setting(model.means_init, "means_init", {2, {k, d}});
  require_setting(model.precisions_init, "precisions_init", covariance_of(type).shape(k, d));
  require_setting(model.responsibilities_init, "responsibilities_init", {2, {x.x.rows, k}});
  Start start;
  start.init = Init(model.init_params);
  start.seed = uint64_t(model.seed);
  start.argument = 1;
  if (model.weights_init) {
    require_distribution(model.weights_init.reals(), k, "weights_init", 1);
    start.weights = model.weights_init.reals();
  }
  if (model.means_init) start.means = model.means_init.reals();
  if (model.precisions_init) {
    require_symmetric(type, model.precisions_init.reals(), k, d, "precisions_init", 1);
    start.precisions = model.precisions_init.reals();
  }
  if (model.responsibilities_init) {
    start.init = Init::responsibilities;
    start.responsibilities = matrix(model.responsibilities_init.view());
  }
  return start;
}

Options options_of(const Model &model) {
  return {.n_components = model.n_components,
          .covariance_type = CovarianceType(model.covariance_type),
          .tol = model.tol,
          .reg_covar = model.reg_covar,
          .max_iter = model.max_iter,
          .n_init = model.n_init,
          .starving = Starving(model.starving)};
}

}  // namespace

constinit const Kind model_kind("mixture", properties, make_object<Model>, destroy_object<Model>,
                                check_loaded);

void set_parameters(Model &model, Parameters &&parameters) noexcept {
  model.parameters = std::move(parameters);
  model.n_features = model.parameters.d;
  model.fitted_type = int32_t(model.parameters.type);
  model.converged = model.n_iter = model.n_batches = 0;
  model.running.clear();
  model.lower_bound = 0;
  model.lower_bounds.clear();
}

wdl_status fit_model(Run &run, Model &model, const Samples &x) {
  check_weights(x, 3);
  Start start = start_of(model, x);
  Borrow from;
  if (model.start) {
    from = Borrow(*model.start.slot(), Borrow::shared, 1, "start");
    const Model &other = from.as<Model>(model_kind, 1);
    if (!other.fitted() || other.n_features != x.x.columns ||
        other.parameters.k != model.n_components ||
        other.parameters.type != CovarianceType(model.covariance_type))
      throw Error(WDL_BAD_ARGUMENT, 1,
                  "start is a mixture of " + std::to_string(other.parameters.k) +
                      " components in " + std::to_string(other.n_features) + " columns, expected " +
                      std::to_string(model.n_components) + " in " + std::to_string(x.x.columns) +
                      ", of the same covariance_type");
    start.parameters = &other.parameters;
    if (!other.lower_bounds.empty()) start.lower_bound = other.lower_bound;
  }
  FitResult found = fit(run, x, options_of(model), start);
  set_parameters(model, std::move(found.parameters));
  model.converged = found.converged;
  model.n_iter = found.n_iter;
  model.lower_bound = found.lower_bound;
  model.lower_bounds = std::move(found.lower_bounds);
  if (found.stopped) return WDL_STOPPED;
  return found.converged || !model.max_iter ? WDL_OK : WDL_NOT_CONVERGED;
}

// Stepwise EM (Cappe, Moulines 2009, doi 10.1111/j.1467-9868.2009.00698.x): statistics of a row,
// s <- (1 - rate) s + rate s_batch with rate t^-step_exponent, and a maximisation step on them.
void partial_fit(Run &run, Model &model, const Samples &x) {
  check_weights(x, 3);
  const bool begun = model.fitted();
  Parameters from;
  if (begun) {
    from = fitted_parameters(model, x.x, 2);
  } else {
    Options only_start = options_of(model);
    only_start.max_iter = 0;
    from = fit(run, x, only_start, start_of(model, x)).parameters;
  }
  Statistics now(from);
  if (!now.add(run, x)) throw_cancelled(run);
  const double bound = now.log_likelihood() / now.weight();
  const double rate = std::pow(double(model.n_batches + 1), -model.step_exponent);
  now.scale((model.n_batches ? rate : 1) / now.weight());
  if (model.n_batches) {
    Statistics before(from);
    before.values = model.running;
    before.scale(1 - rate);
    now.add(before);
  }
  Parameters to(from.k, from.d, from.type);
  if (!now.maximise(run, model.reg_covar, to)) throw_cancelled(run);
  now.move_to(to);
  model.lower_bounds.push_back(bound);
  model.lower_bound = bound;
  model.running.swap(now.values);
  model.parameters = std::move(to);
  model.n_features = model.parameters.d;
  model.fitted_type = int32_t(model.parameters.type);
  model.n_iter++;
  model.n_batches++;
  model.converged = 0;
}

const Parameters &fitted_parameters(const Model &model, const Matrix &x, int32_t argument) {
  if (!model.fitted()) throw Error(WDL_NO_VALUE, 1, "the mixture is not fitted yet");
  if (x.columns != model.n_features)
    throw Error(WDL_BAD_SHAPE, argument,
                "x has " + std::to_string(x.columns) + " columns, expected " +
                    std::to_string(model.n_features) + " as in the fit");
  return model.parameters;
}

Parameters read_parameters(Run &run, CovarianceType type, const wdl_array &weights,
                           const wdl_array &means, const wdl_array &covariances, int32_t first) {
  Parameters p(means.shape[0], means.shape[1], type);
  read_reals(weights, first, "weights", p.weights.data());
  require_distribution(p.weights.data(), p.k, "weights", first);
  read_reals(means, first + 1, "means", p.means.data());
  read_reals(covariances, first + 2, "covariances", p.covariances.data());
  require_symmetric(type, p.covariances.data(), p.k, p.d, "covariances", first + 2);
  if (!factor_covariances(run, p, {first + 2, "covariances"})) throw_cancelled(run);
  return p;
}

void write_parameters(const Parameters &parameters, const wdl_array &weights,
                      const wdl_array &means, const wdl_array &covariances) noexcept {
  Parameters &p = const_cast<Parameters &>(parameters);  // a view has one kind of pointer
  copy_elements(result_view(p.weights, {1, {p.k}}), weights);
  copy_elements(result_view(p.means, {2, {p.k, p.d}}), means);
  copy_elements(result_view(p.covariances, covariance_of(p.type).shape(p.k, p.d)), covariances);
}

}  // namespace windlass::mixture
