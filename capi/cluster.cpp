// cluster.h.
#include <windlass/cluster.h>

#include "cluster/model.hpp"
#include "cluster/plus_plus.hpp"
#include "fit_arguments.hpp"
#include "guard.hpp"

using namespace windlass;
using cluster::Centres;
using cluster::Model;

namespace {

MutableVector labels_out(Arguments &arrays, const wdl_array *labels, int32_t argument,
                         int64_t rows) {
  arrays.out(labels, argument, "labels", {WDL_I64, WDL_I32}, 1);
  expect_shape(*labels, argument, "labels", {rows}, "to match x");
  return mutable_vector(*labels);
}
MutableVector labels_or_none(Arguments &arrays, const wdl_array *labels_or_null, int32_t argument,
                             int64_t rows) {
  return labels_or_null ? labels_out(arrays, labels_or_null, argument, rows) : MutableVector{};
}

// What a fitted object computes from x; want names its outputs before it begins.
template <class Want>
wdl_status evaluate(wdl_context ctx, const char *function, wdl_kmeans id, const wdl_array *x,
                    const wdl_array *weights_or_null, Want &&want) {
  return guarded(ctx, function, [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Samples samples = weighted_samples(arrays, x, 2, weights_or_null, 3);
    const Target target(call, id, Borrow::shared, 1);
    const Model &model = target.as<Model>(cluster::model_kind, 1);
    const Centres centres = cluster::fitted_centres(model, samples.x, 2);
    check_weights(samples, 3);
    Run run(call.limits(), call.caller());
    want(run, arrays, samples, centres);
    return WDL_OK;
  });
}

}  // namespace

wdl_status wdl_kmeans_create(wdl_context ctx, wdl_kmeans *out) {
  none_yet(out);
  return guarded(ctx, "wdl_kmeans_create", [&](const Call &) -> wdl_status {
    given(out, 1, "out");
    *out = handles::enter(new_object(cluster::model_kind));
    return WDL_OK;
  });
}

wdl_status wdl_kmeans_fit(wdl_context ctx, wdl_kmeans id, const wdl_array *x,
                          const wdl_array *weights_or_null, wdl_array *labels_or_null) {
  return guarded(ctx, "wdl_kmeans_fit", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Samples samples = weighted_samples(arrays, x, 2, weights_or_null, 3);
    const MutableVector labels = labels_or_none(arrays, labels_or_null, 4, samples.x.rows);
    arrays.finish();
    const Target target(call, id, Borrow::exclusive, 1);
    Model &model = target.as<Model>(cluster::model_kind, 1);
    Run run(call.limits(), call.caller());
    const wdl_status status = cluster::fit_model(run, model, samples, labels);
    return fit_outcome(call, run, status, model.n_iter, "; the best so far is kept");
  });
}

wdl_status wdl_kmeans_partial_fit(wdl_context ctx, wdl_kmeans id, const wdl_array *x,
                                  const wdl_array *weights_or_null, wdl_array *labels_or_null) {
  return guarded(ctx, "wdl_kmeans_partial_fit", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Samples samples = weighted_samples(arrays, x, 2, weights_or_null, 3);
    const MutableVector labels = labels_or_none(arrays, labels_or_null, 4, samples.x.rows);
    arrays.finish();
    const Target target(call, id, Borrow::exclusive, 1);
    Run run(call.limits(), call.caller());
    cluster::step_model(run, target.as<Model>(cluster::model_kind, 1), samples, labels);
    return WDL_OK;
  });
}

wdl_status wdl_kmeans_set_centers(wdl_context ctx, wdl_kmeans id, const wdl_array *centers,
                                  const wdl_array *counts_or_null) {
  return guarded(ctx, "wdl_kmeans_set_centers", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    arrays.in(centers, 2, "centers", {WDL_F64}, 2);
    if (centers->shape[0] < 1 || centers->shape[1] < 1)
      throw Error(WDL_BAD_SHAPE, 2,
                  "centers has shape " + shape_text(2, centers->shape) +
                      ", expected at least one row and column");
    if (counts_or_null) {
      arrays.in(counts_or_null, 3, "counts", {WDL_F64}, 1);
      expect_shape(*counts_or_null, 3, "counts", {centers->shape[0]}, "to match centers");
    }
    const Target target(call, id, Borrow::exclusive, 1);
    cluster::set_centers(target.as<Model>(cluster::model_kind, 1), *centers, counts_or_null, 2);
    return WDL_OK;
  });
}

wdl_status wdl_kmeans_predict(wdl_context ctx, wdl_kmeans id, const wdl_array *x,
                              wdl_array *labels) {
  return evaluate(ctx, "wdl_kmeans_predict", id, x, nullptr,
                  [&](Run &run, Arguments &arrays, const Samples &samples, const Centres &centres) {
                    const MutableVector out = labels_out(arrays, labels, 3, samples.x.rows);
                    arrays.finish();
                    cluster::nearest(run, samples, centres, out, false);
                  });
}

wdl_status wdl_kmeans_transform(wdl_context ctx, wdl_kmeans id, const wdl_array *x,
                                wdl_array *distances) {
  return evaluate(ctx, "wdl_kmeans_transform", id, x, nullptr,
                  [&](Run &run, Arguments &arrays, const Samples &samples, const Centres &centres) {
                    arrays.out(distances, 3, "distances", {WDL_F64, WDL_F32}, 2);
                    expect_shape(*distances, 3, "distances", {samples.x.rows, centres.k},
                                 "to match x and the centers");
                    arrays.finish();
                    cluster::transform(run, samples, centres, mutable_matrix(*distances));
                  });
}

wdl_status wdl_kmeans_score(wdl_context ctx, wdl_kmeans id, const wdl_array *x,
                            const wdl_array *weights_or_null, double *out) {
  return evaluate(ctx, "wdl_kmeans_score", id, x, weights_or_null,
                  [&](Run &run, Arguments &, const Samples &samples, const Centres &centres) {
                    given(out, 4, "out");
                    *out = -cluster::nearest(run, samples, centres, {}, true);
                  });
}

wdl_status wdl_kmeans_plusplus(wdl_context ctx, const wdl_array *x,
                               const wdl_array *weights_or_null, int64_t seed, int64_t local_trials,
                               wdl_array *centers, wdl_array *indices) {
  return guarded(ctx, "wdl_kmeans_plusplus", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Samples samples = weighted_samples(arrays, x, 1, weights_or_null, 2);
    constexpr int64_t most_trials = 1 << 20;
    if (local_trials < 0 || local_trials > most_trials)
      throw Error(WDL_BAD_ARGUMENT, 4,
                  "local_trials is " + std::to_string(local_trials) + ", expected 0 to " +
                      std::to_string(most_trials));
    arrays.out(centers, 5, "centers", {WDL_F64, WDL_F32}, 2);
    const int64_t k = centers->shape[0], d = samples.x.columns;
    expect_shape(*centers, 5, "centers", {k < 1 ? 1 : k, d}, "to match x");
    arrays.out(indices, 6, "indices", {WDL_I64}, 1);
    expect_shape(*indices, 6, "indices", {k}, "to match centers");
    arrays.finish();
    check_weights(samples, 2);
    Run run(call.limits(), call.caller());
    const std::vector<int64_t> rows =
        cluster::plus_plus(run, samples, k, uint64_t(seed), 0, local_trials);
    if (rows.empty()) throw_cancelled(run);
    const MutableMatrix out = mutable_matrix(*centers);
    for (int64_t c = 0; c < k; c++) {
      mutable_vector(*indices).put<int64_t>(c, rows[size_t(c)]);
      for (int64_t j = 0; j < d; j++) {
        const double entry = value(samples.x, rows[size_t(c)], j);
        out.dtype == WDL_F32 ? out.put<float>(c, j, float(entry)) : out.put<double>(c, j, entry);
      }
    }
    return WDL_OK;
  });
}
