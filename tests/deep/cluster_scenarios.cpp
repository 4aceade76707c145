#include <utility>

#include "scenarios.hpp"

namespace deep {
namespace {

constexpr int64_t n = World::rows, d = World::columns, k = World::components;

wdl_array labels32(World &w) {
  wdl_array a = w.labels_array();
  a.dtype = WDL_I32, a.stride[0] = 4;
  return a;
}

wdl_status fit(World &w, const std::vector<double> &x) {
  const wdl_array rows = w.matrix(x, n, d);
  wdl_array labels = labels32(w);
  return wdl_kmeans_fit(w.ctx, w.fresh_kmeans, &rows, nullptr, &labels);
}
wdl_status fit_fresh(World &w) { return fit(w, w.x); }

wdl_array row_weights(World &w) {
  wdl_array a = w.labels_array();
  a.data = w.responsibilities.data(), a.dtype = WDL_F64;
  return a;
}

void set_int(World &w, const char *name, int64_t value) {
  require(wdl_set_int(0, w.fresh_kmeans, name, value), name);
}

int32_t stop(void *, const wdl_progress *now) { return now->done >= 1 ? 5 : 0; }

wdl_status transform(World &w, wdl_kmeans kmeans, const std::vector<double> &x) {
  const wdl_array rows = w.matrix(x, n, d);
  wdl_array out = w.matrix(w.reals, n, k);
  return wdl_kmeans_transform(w.ctx, kmeans, &rows, &out);
}

wdl_status plus_plus(World &w, const std::vector<double> &x, int64_t trials) {
  const wdl_array rows = w.matrix(x, n, d), weights = row_weights(w);
  wdl_array centers = w.matrix(w.reals, k, d), indices = w.labels_array();
  indices.shape[0] = k;
  return wdl_kmeans_plusplus(w.ctx, &rows, &weights, 7, trials, &centers, &indices);
}

constexpr Scenario scenarios[] = {
    {"wdl_kmeans_create", "", [](World &w) { return wdl_kmeans_create(w.ctx, &w.id); }},
    {"wdl_kmeans_create", "NULL", [](World &w) { return wdl_kmeans_create(w.ctx, nullptr); }},
    {"wdl_kmeans_fit", "with threads to start", fit_fresh, nullptr, true},
    {"wdl_kmeans_fit", "", fit_fresh},
    {"wdl_kmeans_fit", "random rows", fit_fresh,
     [](World &w) { require(wdl_set_text(0, w.fresh_kmeans, "init", "random"), "init"); }},
    {"wdl_kmeans_fit", "elkan", fit_fresh,
     [](World &w) { require(wdl_set_text(0, w.fresh_kmeans, "algorithm", "elkan"), "algorithm"); }},
    {"wdl_kmeans_fit", "given centres, one of them far off", fit_fresh,
     [](World &w) {
       std::vector<double> far = w.means;
       far[0] = 1e6;
       const wdl_array centers = w.matrix(far, k, d);
       require(wdl_set_array(0, w.fresh_kmeans, "init_centers", &centers), "init_centers");
     }},
    {"wdl_kmeans_fit", "not converged", fit_fresh, [](World &w) { set_int(w, "max_iter", 1); }},
    {"wdl_kmeans_fit", "stopped", fit_fresh,
     [](World &w) { require(wdl_context_progress(w.ctx, stop, nullptr, 0), "progress"); }},
    {"wdl_kmeans_fit", "cancelled", fit_fresh, [](World &w) { wdl_cancel(w.ctx, 1); }},
    {"wdl_kmeans_fit", "NaN", [](World &w) { return fit(w, w.nan_x); }},
    {"wdl_kmeans_fit", "too many clusters", fit_fresh,
     [](World &w) { set_int(w, "n_clusters", n + 1); }},
    {"wdl_kmeans_fit", "weighted, single precision, columns first",
     [](World &w) {
       const wdl_array weights = row_weights(w);
       wdl_array x;
       require(wdl_array_matrix(0, w.x32.data(), WDL_F32, d, n, &x), "x");
       std::swap(x.shape[0], x.shape[1]);
       std::swap(x.stride[0], x.stride[1]);
       return wdl_kmeans_fit(w.ctx, w.fresh_kmeans, &x, &weights, nullptr);
     }},
    {"wdl_kmeans_partial_fit", "of a new one",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, n, d);
       return wdl_kmeans_partial_fit(w.ctx, w.fresh_kmeans, &x, nullptr, nullptr);
     }},
    {"wdl_kmeans_partial_fit", "of a fitted one",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, n, d), weights = row_weights(w);
       wdl_array labels = w.labels_array();
       return wdl_kmeans_partial_fit(w.ctx, w.fitted_kmeans, &x, &weights, &labels);
     }},
    {"wdl_kmeans_partial_fit", "NaN",
     [](World &w) {
       const wdl_array x = w.matrix(w.nan_x, n, d);
       return wdl_kmeans_partial_fit(w.ctx, w.fitted_kmeans, &x, nullptr, nullptr);
     }},
    {"wdl_kmeans_set_centers", "",
     [](World &w) {
       const wdl_array centers = w.matrix(w.means, k, d), counts = w.vector(w.weights);
       return wdl_kmeans_set_centers(w.ctx, w.fresh_kmeans, &centers, &counts);
     }},
    {"wdl_kmeans_set_centers", "shape",
     [](World &w) {
       const wdl_array centers = w.matrix(w.means, d, k), counts = w.vector(w.weights);
       return wdl_kmeans_set_centers(w.ctx, w.fresh_kmeans, &centers, &counts);
     }},
    {"wdl_kmeans_predict", "",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, n, d);
       wdl_array out = w.labels_array();
       return wdl_kmeans_predict(w.ctx, w.fitted_kmeans, &x, &out);
     }},
    {"wdl_kmeans_predict", "another kind",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, n, d);
       wdl_array out = w.labels_array();
       return wdl_kmeans_predict(w.ctx, w.fitted, &x, &out);
     }},
    {"wdl_kmeans_transform", "", [](World &w) { return transform(w, w.fitted_kmeans, w.x); }},
    {"wdl_kmeans_transform", "not fitted",
     [](World &w) { return transform(w, w.fresh_kmeans, w.x); }},
    {"wdl_kmeans_transform", "NaN",
     [](World &w) { return transform(w, w.fitted_kmeans, w.nan_x); }},
    {"wdl_kmeans_score", "",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, n, d), weights = row_weights(w);
       return wdl_kmeans_score(w.ctx, w.fitted_kmeans, &x, &weights, &w.real);
     }},
    {"wdl_kmeans_score", "columns",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, n * d, 1);
       return wdl_kmeans_score(w.ctx, w.fitted_kmeans, &x, nullptr, &w.real);
     }},
    {"wdl_kmeans_plusplus", "", [](World &w) { return plus_plus(w, w.x, 0); }},
    {"wdl_kmeans_plusplus", "NaN", [](World &w) { return plus_plus(w, w.nan_x, 0); }},
    {"wdl_kmeans_plusplus", "trials", [](World &w) { return plus_plus(w, w.x, -1); }},
};

}  // namespace

std::span<const Scenario> cluster_scenarios() { return scenarios; }

}  // namespace deep
