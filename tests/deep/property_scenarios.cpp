#include "scenarios.hpp"

namespace deep {
namespace {

constexpr Scenario scenarios[] = {
    {"wdl_kind_at", "",
     [](World &w) { return wdl_kind_at(w.ctx, 3, reinterpret_cast<const char **>(&w.pointer)); }},
    {"wdl_kind_at", "negative",
     [](World &w) { return wdl_kind_at(w.ctx, -1, reinterpret_cast<const char **>(&w.pointer)); }},
    {"wdl_property_at", "",
     [](World &w) {
       return wdl_property_at(w.ctx, "mixture", 2,
                              reinterpret_cast<const wdl_property **>(&w.pointer));
     }},
    {"wdl_property_at", "unknown",
     [](World &w) {
       return wdl_property_at(w.ctx, "mixtrue", 2,
                              reinterpret_cast<const wdl_property **>(&w.pointer));
     }},
    {"wdl_kind_of", "",
     [](World &w) {
       return wdl_kind_of(w.ctx, w.buffer, reinterpret_cast<const char **>(&w.pointer));
     }},
    {"wdl_kind_of", "stale",
     [](World &w) {
       return wdl_kind_of(w.ctx, w.stale, reinterpret_cast<const char **>(&w.pointer));
     }},
    {"wdl_set_int", "", [](World &w) { return wdl_set_int(w.ctx, w.fresh, "max_iter", 7); }},
    {"wdl_set_int", "of a real", [](World &w) { return wdl_set_int(w.ctx, w.fresh, "tol", 1); }},
    {"wdl_set_int", "of the context",
     [](World &w) { return wdl_set_int(w.ctx, w.ctx, "threads", 2); }},
    {"wdl_set_int", "bounds", [](World &w) { return wdl_set_int(w.ctx, w.fresh, "max_iter", -7); }},
    {"wdl_set_int", "unknown", [](World &w) { return wdl_set_int(w.ctx, w.fresh, "max_itre", 7); }},
    {"wdl_set_int", "a result", [](World &w) { return wdl_set_int(w.ctx, w.fresh, "n_iter", 7); }},
    {"wdl_set_int", "stale", [](World &w) { return wdl_set_int(w.ctx, w.stale, "max_iter", 7); }},
    {"wdl_set_real", "", [](World &w) { return wdl_set_real(w.ctx, w.fresh, "tol", 1e-9); }},
    {"wdl_set_real", "bounds", [](World &w) { return wdl_set_real(w.ctx, w.fresh, "tol", -1.25); }},
    {"wdl_set_real", "another type",
     [](World &w) { return wdl_set_real(w.ctx, w.fresh, "max_iter", 1); }},
    {"wdl_set_text", "",
     [](World &w) { return wdl_set_text(w.ctx, w.fresh, "init_params", "random_from_data"); }},
    {"wdl_set_text", "not a choice",
     [](World &w) { return wdl_set_text(w.ctx, w.fresh, "init_params", "kmeans"); }},
    {"wdl_set_text", "NULL",
     [](World &w) { return wdl_set_text(w.ctx, w.fresh, "init_params", nullptr); }},
    {"wdl_set_array", "",
     [](World &w) {
       const wdl_array a = w.matrix(w.means, World::components, World::columns);
       return wdl_set_array(w.ctx, w.fresh, "means_init", &a);
     }},
    {"wdl_set_array", "NULL",
     [](World &w) { return wdl_set_array(w.ctx, w.fresh, "means_init", nullptr); }},
    {"wdl_set_array", "NaN",
     [](World &w) {
       const wdl_array a = w.matrix(w.nan_x, World::rows, World::columns);
       return wdl_set_array(w.ctx, w.fresh, "responsibilities_init", &a);
     }},
    {"wdl_set_array", "rank",
     [](World &w) {
       const wdl_array a = w.vector(w.weights);
       return wdl_set_array(w.ctx, w.fresh, "means_init", &a);
     }},
    {"wdl_set_object", "",
     [](World &w) { return wdl_set_object(w.ctx, w.fresh, "start", w.parent); }},
    {"wdl_set_object", "none",
     [](World &w) { return wdl_set_object(w.ctx, w.parent, "start", 0); }},
    {"wdl_set_object", "a circle",
     [](World &w) { return wdl_set_object(w.ctx, w.fitted, "start", w.parent); }},
    {"wdl_set_object", "itself",
     [](World &w) { return wdl_set_object(w.ctx, w.fitted, "start", w.fitted); }},
    {"wdl_set_object", "another kind",
     [](World &w) { return wdl_set_object(w.ctx, w.fresh, "start", w.buffer); }},
    {"wdl_get_int", "",
     [](World &w) { return wdl_get_int(w.ctx, w.fitted, "n_features", &w.integer); }},
    {"wdl_get_int", "no value",
     [](World &w) { return wdl_get_int(w.ctx, w.fresh, "n_features", &w.integer); }},
    {"wdl_get_int", "another type",
     [](World &w) { return wdl_get_int(w.ctx, w.fresh, "tol", &w.integer); }},
    {"wdl_get_real", "", [](World &w) { return wdl_get_real(w.ctx, w.fitted, "tol", &w.real); }},
    {"wdl_get_real", "no value",
     [](World &w) { return wdl_get_real(w.ctx, w.fitted, "lower_bound", &w.real); }},
    {"wdl_get_text", "",
     [](World &w) {
       return wdl_get_text(w.ctx, w.fitted, "init_params", w.bytes.data(), 100, &w.integer);
     }},
    {"wdl_get_text", "of the process",
     [](World &w) {
       return wdl_get_text(w.ctx, WDL_PROCESS, "build", w.bytes.data(), 1000, &w.integer);
     }},
    {"wdl_get_text", "too small",
     [](World &w) {
       return wdl_get_text(w.ctx, w.fitted, "init_params", w.bytes.data(), 2, &w.integer);
     }},
    {"wdl_get_array", "",
     [](World &w) {
       wdl_array a = w.cube(w.reals, World::components, World::columns);
       return wdl_get_array(w.ctx, w.fitted, "precisions_cholesky", &a);
     }},
    {"wdl_get_array", "shape",
     [](World &w) {
       w.view.data = nullptr;
       return wdl_get_array(w.ctx, w.fitted, "precisions_cholesky", &w.view);
     }},
    {"wdl_get_array", "another shape",
     [](World &w) {
       wdl_array a = w.cube(w.reals, World::columns, World::columns);
       return wdl_get_array(w.ctx, w.fitted, "precisions_cholesky", &a);
     }},
    {"wdl_get_array", "no value",
     [](World &w) {
       w.view.data = nullptr;
       return wdl_get_array(w.ctx, w.fresh, "means", &w.view);
     }},
};

}  // namespace

std::span<const Scenario> property_scenarios() { return scenarios; }

}  // namespace deep
