// The statistics of mixture.h.
#include <windlass/mixture.h>

#include "fit_arguments.hpp"
#include "guard.hpp"
#include "mixture/statistics_object.hpp"

using namespace windlass;
using mixture::Model;
using mixture::StatisticsObject;

wdl_status wdl_mixture_statistics_create(wdl_context ctx, wdl_mixture id,
                                         wdl_mixture_statistics *out) {
  none_yet(out);
  return guarded(ctx, "wdl_mixture_statistics_create", [&](const Call &call) -> wdl_status {
    given(out, 2, "out");
    const Target target(call, id, Borrow::shared, 1);
    const Model &model = target.as<Model>(mixture::model_kind, 1);
    if (!model.fitted()) throw Error(WDL_NO_VALUE, 1, "the mixture is not fitted yet");
    *out = handles::enter(new StatisticsObject(model.parameters));
    return WDL_OK;
  });
}

wdl_status wdl_mixture_statistics_add(wdl_context ctx, wdl_mixture_statistics id,
                                      const wdl_array *x, const wdl_array *weights_or_null) {
  return guarded(ctx, "wdl_mixture_statistics_add", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Samples samples = weighted_samples(arrays, x, 2, weights_or_null, 3);
    const Target target(call, id, Borrow::exclusive, 1);
    auto &object = target.as<StatisticsObject>(mixture::statistics_kind, 1);
    if (samples.x.columns != object.n_features)
      throw Error(WDL_BAD_SHAPE, 2,
                  "x has " + std::to_string(samples.x.columns) + " columns, expected " +
                      std::to_string(object.n_features) + " as the mixture has");
    check_weights(samples, 3);
    Run run(call.limits(), call.caller());
    if (!object.statistics.add(run, samples)) throw_cancelled(run);
    return WDL_OK;
  });
}

wdl_status wdl_mixture_statistics_merge(wdl_context ctx, wdl_mixture_statistics id,
                                        wdl_mixture_statistics other_id) {
  return guarded(ctx, "wdl_mixture_statistics_merge", [&](const Call &call) -> wdl_status {
    const Target target(call, id, Borrow::exclusive, 1);
    auto &into = target.as<StatisticsObject>(mixture::statistics_kind, 1);
    Borrow other;  // none of itself, which is twice what it was
    if (other_id != id) other = Borrow(other_id, Borrow::shared, 2);
    const auto &from =
        other_id == id ? into : other.as<StatisticsObject>(mixture::statistics_kind, 2);
    mixture::merge(into.statistics, from.statistics, 2);
    return WDL_OK;
  });
}

wdl_status wdl_mixture_statistics_set(wdl_context ctx, wdl_mixture_statistics id,
                                      const wdl_array *values) {
  return guarded(ctx, "wdl_mixture_statistics_set", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    arrays.in(values, 2, "values", {WDL_F64}, 1);
    const Target target(call, id, Borrow::exclusive, 1);
    auto &object = target.as<StatisticsObject>(mixture::statistics_kind, 1);
    mixture::set_values(object.statistics, *values, 2);
    return WDL_OK;
  });
}

wdl_status wdl_mixture_update(wdl_context ctx, wdl_mixture id, wdl_mixture_statistics other) {
  return guarded(ctx, "wdl_mixture_update", [&](const Call &call) -> wdl_status {
    Borrow(id, Borrow::shared, 1).as<Model>(mixture::model_kind, 1);  // not both the same object
    const Borrow given(other, Borrow::shared, 2);
    const auto &statistics = given.as<StatisticsObject>(mixture::statistics_kind, 2).statistics;
    const Target target(call, id, Borrow::exclusive, 1);
    Model &model = target.as<Model>(mixture::model_kind, 1);
    Run run(call.limits(), call.caller());
    mixture::update(run, model, statistics);
    return WDL_OK;
  });
}
