#include "scenarios.hpp"

namespace deep {
namespace {

constexpr int64_t n = World::rows, d = World::columns, k = World::components;

wdl_array samples(const World &w) { return w.matrix(w.x, n, d); }

wdl_status fit(World &w, wdl_mixture mixture) {
  const wdl_array x = samples(w);
  return wdl_mixture_fit(w.ctx, mixture, &x, nullptr);
}

wdl_status fit_fresh(World &w) { return fit(w, w.fresh); }

void give(World &w, bool weights, bool means, bool precisions) {
  const wdl_array a = w.vector(w.weights), b = w.matrix(w.means, k, d),
                  c = w.cube(w.covariances, k, d);
  if (weights) require(wdl_set_array(0, w.fresh, "weights_init", &a), "weights_init");
  if (means) require(wdl_set_array(0, w.fresh, "means_init", &b), "means_init");
  if (precisions) require(wdl_set_array(0, w.fresh, "precisions_init", &c), "precisions_init");
}

void draw_rows(World &w) {
  require(wdl_set_text(0, w.fresh, "init_params", "random_from_data"), "init_params");
}

int32_t stop(void *, const wdl_progress *now) { return now->done >= 2 ? 5 : 0; }

wdl_status set_parameters(World &w, const std::vector<double> &weights,
                          const std::vector<double> &covariances) {
  const wdl_array a = w.vector(weights), b = w.matrix(w.means, k, d), c = w.cube(covariances, k, d);
  return wdl_mixture_set_parameters(w.ctx, w.fresh, &a, &b, &c);
}

wdl_status proba(World &w, wdl_mixture mixture, const std::vector<double> &x) {
  const wdl_array rows = w.matrix(x, n, d);
  wdl_array out = w.matrix(w.reals, n, k);
  return wdl_mixture_predict_proba(w.ctx, mixture, &rows, &out);
}

wdl_status e_step(World &w, const std::vector<double> &x, const std::vector<double> &covariances) {
  const wdl_array rows = w.matrix(x, n, d), a = w.vector(w.weights), b = w.matrix(w.means, k, d),
                  c = w.cube(covariances, k, d);
  wdl_array out = w.matrix(w.reals, n, k);
  return wdl_mixture_e_step(w.ctx, &rows, &a, &b, &c, &out, &w.real);
}

wdl_status m_step(World &w, const std::vector<double> &x, double reg_covar) {
  const wdl_array rows = w.matrix(x, n, d), r = w.matrix(w.responsibilities, n, k);
  wdl_array a, b = w.matrix(w.more_reals, k, d), c = w.cube(w.most_reals, k, d);
  require(wdl_array_view(0, w.reals.data(), WDL_F64, 1, &k, nullptr, 0, &a), "weights");
  return wdl_mixture_m_step(w.ctx, &rows, &r, reg_covar, &a, &b, &c);
}

constexpr Scenario scenarios[] = {
    {"wdl_mixture_create", "", [](World &w) { return wdl_mixture_create(w.ctx, &w.id); }},
    {"wdl_mixture_create", "NULL", [](World &w) { return wdl_mixture_create(w.ctx, nullptr); }},
    {"wdl_mixture_fit", "dirichlet, with threads to start", fit_fresh, nullptr, true},
    {"wdl_mixture_fit", "dirichlet", fit_fresh},
    {"wdl_mixture_fit", "three starts", fit_fresh,
     [](World &w) { require(wdl_set_int(0, w.fresh, "n_init", 3), "n_init"); }},
    {"wdl_mixture_fit", "not converged", fit_fresh,
     [](World &w) {
       require(wdl_set_int(0, w.fresh, "tol", 0), "tol");
       require(wdl_set_int(0, w.fresh, "max_iter", 2), "max_iter");
     }},
    {"wdl_mixture_fit", "of a fitted one", [](World &w) { return fit(w, w.fitted); }},
    {"wdl_mixture_fit", "from another mixture", [](World &w) { return fit(w, w.parent); }},
    {"wdl_mixture_fit", "rows drawn from the data", fit_fresh, draw_rows},
    {"wdl_mixture_fit", "given parameters", fit_fresh, [](World &w) { give(w, true, true, true); }},
    {"wdl_mixture_fit", "given means", fit_fresh, [](World &w) { give(w, false, true, false); }},
    {"wdl_mixture_fit", "given responsibilities", fit_fresh,
     [](World &w) {
       const wdl_array r = w.matrix(w.responsibilities, n, k);
       require(wdl_set_array(0, w.fresh, "responsibilities_init", &r), "responsibilities_init");
     }},
    {"wdl_mixture_fit", "weighted rows drawn from the data",
     [](World &w) {
       const wdl_array x = samples(w);
       wdl_array rows = w.labels_array();
       rows.data = w.responsibilities.data(), rows.dtype = WDL_F64;
       return wdl_mixture_fit(w.ctx, w.fresh, &x, &rows);
     },
     draw_rows},
    {"wdl_mixture_fit", "single precision",
     [](World &w) {
       wdl_array x;
       require(wdl_array_matrix(0, w.x32.data(), WDL_F32, n, d, &x), "x");
       return wdl_mixture_fit(w.ctx, w.fresh, &x, nullptr);
     }},
    {"wdl_mixture_fit", "stopped", fit_fresh,
     [](World &w) {
       require(wdl_set_int(0, w.fresh, "tol", 0), "tol");
       require(wdl_context_progress(w.ctx, stop, nullptr, 0), "progress");
     }},
    {"wdl_mixture_fit", "the most iterations and starts", fit_fresh,
     [](World &w) {
       require(wdl_set_int(0, w.fresh, "max_iter", int64_t(1) << 40), "max_iter");
       require(wdl_set_int(0, w.fresh, "n_init", 1 << 20), "n_init");
       require(wdl_context_progress(w.ctx, stop, nullptr, 0), "progress");
     }},
    {"wdl_mixture_fit", "cancelled", fit_fresh, [](World &w) { wdl_cancel(w.ctx, 1); }},
    {"wdl_mixture_fit", "NaN",
     [](World &w) {
       const wdl_array x = w.matrix(w.nan_x, n, d);
       return wdl_mixture_fit(w.ctx, w.fresh, &x, nullptr);
     }},
    {"wdl_mixture_fit", "too few rows",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, 1, d);
       return wdl_mixture_fit(w.ctx, w.fresh, &x, nullptr);
     }},
    {"wdl_mixture_fit", "another kind",
     [](World &w) {
       const wdl_array x = samples(w);
       return wdl_mixture_fit(w.ctx, w.buffer, &x, nullptr);
     }},
    {"wdl_mixture_partial_fit", "the first batch",
     [](World &w) {
       const wdl_array x = samples(w);
       return wdl_mixture_partial_fit(w.ctx, w.fresh, &x, nullptr);
     }},
    {"wdl_mixture_partial_fit", "a later batch",
     [](World &w) {
       const wdl_array x = samples(w);
       return wdl_mixture_partial_fit(w.ctx, w.fitted, &x, nullptr);
     }},
    {"wdl_mixture_set_parameters", "",
     [](World &w) { return set_parameters(w, w.weights, w.covariances); }},
    {"wdl_mixture_set_parameters", "no distribution",
     [](World &w) { return set_parameters(w, w.bad_weights, w.covariances); }},
    {"wdl_mixture_set_parameters", "not positive definite",
     [](World &w) { return set_parameters(w, w.weights, w.bad_covariances); }},
    {"wdl_mixture_predict", "",
     [](World &w) {
       const wdl_array x = samples(w);
       wdl_array out = w.labels_array();
       return wdl_mixture_predict(w.ctx, w.fitted, &x, &out);
     }},
    {"wdl_mixture_predict", "overlap",
     [](World &w) {
       const wdl_array x = w.matrix(w.reals, n, d);
       wdl_array out = w.labels_array();
       out.data = w.reals.data();
       return wdl_mixture_predict(w.ctx, w.fitted, &x, &out);
     }},
    {"wdl_mixture_predict_proba", "", [](World &w) { return proba(w, w.fitted, w.x); }},
    {"wdl_mixture_predict_proba", "not fitted", [](World &w) { return proba(w, w.fresh, w.x); }},
    {"wdl_mixture_predict_proba", "NaN", [](World &w) { return proba(w, w.fitted, w.nan_x); }},
    {"wdl_mixture_score_samples", "",
     [](World &w) {
       const wdl_array x = samples(w);
       wdl_array out = w.labels_array();
       out.data = w.reals.data(), out.dtype = WDL_F64;
       return wdl_mixture_score_samples(w.ctx, w.fitted, &x, &out);
     }},
    {"wdl_mixture_score_samples", "dtype",
     [](World &w) {
       const wdl_array x = samples(w);
       wdl_array out = w.labels_array();
       return wdl_mixture_score_samples(w.ctx, w.fitted, &x, &out);
     }},
    {"wdl_mixture_score", "",
     [](World &w) {
       const wdl_array x = samples(w);
       return wdl_mixture_score(w.ctx, w.fitted, &x, &w.real);
     }},
    {"wdl_mixture_score", "columns",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, n * d, 1);
       return wdl_mixture_score(w.ctx, w.fitted, &x, &w.real);
     }},
    {"wdl_mixture_statistics_create", "",
     [](World &w) { return wdl_mixture_statistics_create(w.ctx, w.fitted, &w.id); }},
    {"wdl_mixture_statistics_create", "not fitted",
     [](World &w) { return wdl_mixture_statistics_create(w.ctx, w.fresh, &w.id); }},
    {"wdl_mixture_statistics_add", "",
     [](World &w) {
       const wdl_array x = samples(w);
       return wdl_mixture_statistics_add(w.ctx, w.statistics, &x, nullptr);
     }},
    {"wdl_mixture_statistics_merge", "",
     [](World &w) { return wdl_mixture_statistics_merge(w.ctx, w.statistics, w.statistics); }},
    {"wdl_mixture_statistics_set", "shape",
     [](World &w) {
       const wdl_array values = w.vector(w.weights);
       return wdl_mixture_statistics_set(w.ctx, w.statistics, &values);
     }},
    {"wdl_mixture_update", "",
     [](World &w) { return wdl_mixture_update(w.ctx, w.fitted, w.statistics); }},
    {"wdl_mixture_update", "another's statistics",
     [](World &w) { return wdl_mixture_update(w.ctx, w.fresh, w.statistics); }},
    {"wdl_mixture_sample", "",
     [](World &w) {
       wdl_array x = w.matrix(w.reals, n, d), labels = w.labels_array();
       return wdl_mixture_sample(w.ctx, w.fitted, 7, &x, &labels);
     }},
    {"wdl_mixture_sample", "read-only",
     [](World &w) {
       wdl_array x = w.matrix(w.reals, n, d);
       x.flags = WDL_READ_ONLY;
       return wdl_mixture_sample(w.ctx, w.fitted, 7, &x, nullptr);
     }},
    {"wdl_mixture_e_step", "", [](World &w) { return e_step(w, w.x, w.covariances); }},
    {"wdl_mixture_e_step", "NaN", [](World &w) { return e_step(w, w.nan_x, w.covariances); }},
    {"wdl_mixture_e_step", "not positive definite",
     [](World &w) { return e_step(w, w.x, w.bad_covariances); }},
    {"wdl_mixture_m_step", "", [](World &w) { return m_step(w, w.x, 1e-6); }},
    {"wdl_mixture_m_step", "NaN", [](World &w) { return m_step(w, w.nan_x, 1e-6); }},
    {"wdl_mixture_m_step", "reg_covar", [](World &w) { return m_step(w, w.x, -1); }},
};

}  // namespace

std::span<const Scenario> mixture_scenarios() { return scenarios; }

}  // namespace deep
