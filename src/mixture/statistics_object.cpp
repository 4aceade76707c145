#include "statistics_object.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "core/array.hpp"
#include "core/error.hpp"
#include "parameter_properties.hpp"

namespace windlass::mixture {
namespace {

StatisticsObject &of(Object &object) noexcept { return static_cast<StatisticsObject &>(object); }
Parameters &parameters_of(Object &object) noexcept { return of(object).statistics.parameters; }

constexpr Property properties[] = {
    {text_info("covariance_type", "As the mixture's.", nullptr, "full|tied|diag|spherical",
               WDL_RESULT),
     field<&StatisticsObject::covariance_type>},
    {int_info("n_features", "Columns of x, d.", nullptr, 0, most_exact, WDL_RESULT),
     field<&StatisticsObject::n_features>},
    {.info = array_info("values",
                        "Weight of the rows, their log-likelihood, and of each component the "
                        "weight, sum and products of the rows less the mean.",
                        WDL_F64, 1, -infinity, infinity, WDL_RESULT),
     .read_array =
         [](Object &object) {
           auto &values = of(object).statistics.values;
           return result_view(values, {1, {int64_t(values.size())}});
         },
     .take_array =
         [](Object &object, OwnedArray &&loaded) {
           of(object).statistics.values = std::move(loaded.storage);
         }},
    weights_property<parameters_of>(),
    means_property<parameters_of>(),
    covariances_property<parameters_of>(),
    factors_property<parameters_of>(),
};

void check_loaded(Object &object) {
  StatisticsObject &o = of(object);
  Statistics &s = o.statistics;
  complete_loaded(s.parameters, o.covariance_type, o.n_features);
  if (!are_statistics(s.values, s.parameters))
    throw Error(WDL_BAD_DATA, 1, "data is not a saved object: values are not statistics");
}

}  // namespace

constinit const Kind statistics_kind("mixture_statistics", properties,
                                     make_object<StatisticsObject>,
                                     destroy_object<StatisticsObject>, check_loaded);

StatisticsObject::StatisticsObject(const Parameters &p)
    : Object(statistics_kind), statistics(p), n_features(p.d), covariance_type(int32_t(p.type)) {}

void set_values(Statistics &statistics, const wdl_array &values, int32_t argument) {
  expect_shape(values, argument, "values", {int64_t(statistics.values.size())},
               "to match the mixture");
  std::vector<double> taken(statistics.values.size());
  read_reals(values, argument, "values", taken.data());
  if (!are_statistics(taken, statistics.parameters))
    throw Error(WDL_BAD_DATA, argument,
                "values are no statistics: the first is " + number_text(taken[0]) +
                    ", expected finite values, and weights of 0 or more: that of the rows, which "
                    "is the first, and of each component");
  statistics.values.swap(taken);
}

void merge(Statistics &into, const Statistics &other, int32_t argument) {
  if (!same_parameters(into.parameters, other.parameters))
    throw Error(WDL_BAD_ARGUMENT, argument,
                "other was taken under other parameters than statistics: responsibilities of "
                "different mixtures cannot be added");
  into.add(other);
}

void update(Run &run, Model &model, const Statistics &statistics) {
  const Parameters &from = statistics.parameters, &now = model.parameters;
  const bool as_set = from.k == model.n_components && int32_t(from.type) == model.covariance_type;
  const bool as_fitted =
      model.fitted() && from.k == now.k && from.type == now.type;  // some dropped
  if (!as_set && !as_fitted)
    throw Error(WDL_BAD_ARGUMENT, 2,
                "statistics are of " + std::to_string(from.k) +
                    " components, or of another covariance_type than the mixture's, expected " +
                    std::to_string(model.n_components));
  Parameters to(from.k, from.d, from.type);
  if (!statistics.maximise(run, model.reg_covar, to)) throw_cancelled(run);
  const double bound = statistics.log_likelihood() / statistics.weight();
  model.lower_bounds.push_back(bound);
  model.converged =
      model.lower_bounds.size() > 1 && std::fabs(bound - model.lower_bound) < model.tol;
  model.lower_bound = bound;
  model.n_iter++;
  model.n_batches = 0;
  model.running.clear();
  model.n_features = to.d;
  model.fitted_type = int32_t(to.type);
  model.parameters = std::move(to);
}

}  // namespace windlass::mixture
