#include <cstring>

#include "scenarios.hpp"

namespace deep {
namespace {

wdl_status load(World &w, int64_t length) { return wdl_load(w.ctx, w.saved.data(), length, &w.id); }

void count_release(void *user) { ++*static_cast<int *>(user); }

constexpr int64_t shape[] = {2, 3}, huge[] = {INT64_MAX / 2, INT64_MAX / 2};

constexpr Scenario scenarios[] = {
    {"wdl_version", "", [](World &w) { return w.integer = int64_t(wdl_version()), WDL_OK + 0; }},
    {"wdl_status_name", "",
     [](World &w) { return w.pointer = wdl_status_name(WDL_BUSY), WDL_OK + 0; }},
    {"wdl_error_get", "", [](World &w) { return wdl_error_get(w.ctx, &w.error); }},
    {"wdl_error_get", "a stale context", [](World &w) { return wdl_error_get(w.stale, &w.error); }},
    {"wdl_error_message", "",
     [](World &w) { return std::strlen(wdl_error_message(w.ctx)) ? WDL_INTERNAL : WDL_OK + 0; }},
    {"wdl_error_message", "a stale context",
     [](World &w) { return wdl_error_message(w.stale) ? WDL_OK + 0 : WDL_INTERNAL; }},
    {"wdl_context_create", "", [](World &w) { return wdl_context_create(w.ctx, &w.id); }},
    {"wdl_context_create", "without a context",
     [](World &w) { return wdl_context_create(0, &w.id); }},
    {"wdl_context_create", "NULL", [](World &w) { return wdl_context_create(w.ctx, nullptr); }},
    {"wdl_context_create", "a stale context",
     [](World &w) { return wdl_context_create(w.stale, &w.id); }},
    {"wdl_context_progress", "",
     [](World &w) { return wdl_context_progress(w.ctx, nullptr, nullptr, 1); }},
    {"wdl_context_progress", "bounds",
     [](World &w) { return wdl_context_progress(w.ctx, nullptr, nullptr, -1); }},
    {"wdl_context_sum", "", [](World &w) { return wdl_context_sum(w.ctx, nullptr, nullptr); }},
    {"wdl_context_sum", "no context", [](World &) { return wdl_context_sum(0, nullptr, nullptr); }},
    {"wdl_cancel", "", [](World &w) { return wdl_cancel(w.ctx, 0); }},
    {"wdl_cancel", "a stale context", [](World &w) { return wdl_cancel(w.stale, 1); }},
    {"wdl_release", "",
     [](World &w) {
       const wdl_object object = w.spare;
       w.spare = 0;
       return wdl_release(object);
     }},
    {"wdl_release", "held by another",
     [](World &w) {
       const wdl_object object = w.parent;
       w.parent = 0;
       return wdl_release(object);
     }},
    {"wdl_release", "stale", [](World &w) { return wdl_release(w.stale); }},
    {"wdl_release", "stale, the first error of its thread",
     [](World &w) { return wdl_release(w.stale); }, nullptr, true},
    {"wdl_array_view", "",
     [](World &w) {
       return wdl_array_view(w.ctx, w.x.data(), WDL_F64, 2, shape, nullptr, 0, &w.view);
     }},
    {"wdl_array_view", "overflow",
     [](World &w) {
       return wdl_array_view(w.ctx, w.x.data(), WDL_F64, 2, huge, nullptr, 0, &w.view);
     }},
    {"wdl_array_view", "dtype",
     [](World &w) { return wdl_array_view(w.ctx, w.x.data(), 77, 2, shape, nullptr, 0, &w.view); }},
    {"wdl_array_matrix", "",
     [](World &w) { return wdl_array_matrix(w.ctx, w.x.data(), WDL_F64, 2, 3, &w.view); }},
    {"wdl_array_matrix", "negative",
     [](World &w) { return wdl_array_matrix(w.ctx, w.x.data(), WDL_F64, -2, 3, &w.view); }},
    {"wdl_array_matrix", "NULL data",
     [](World &w) { return wdl_array_matrix(w.ctx, nullptr, WDL_F64, 2, 3, &w.view); }},
    {"wdl_buffer_create", "",
     [](World &w) {
       const wdl_array a = w.vector(w.weights);
       return wdl_buffer_create(w.ctx, &a, nullptr, nullptr, &w.id);
     }},
    {"wdl_buffer_create", "with a release function",
     [](World &w) {
       const wdl_array a = w.vector(w.weights);
       const wdl_status status = wdl_buffer_create(w.ctx, &a, count_release, &w.released, &w.id);
       if (status < 0) return status;
       wdl_release(w.id);
       w.id = 0;
       return w.released == 1 ? status : WDL_INTERNAL;
     }},
    {"wdl_buffer_create", "NULL",
     [](World &w) { return wdl_buffer_create(w.ctx, nullptr, count_release, &w.released, &w.id); }},
    {"wdl_save", "size",
     [](World &w) { return wdl_save(w.ctx, w.parent, nullptr, 0, &w.integer); }},
    {"wdl_save", "nested",
     [](World &w) {
       return wdl_save(w.ctx, w.parent, w.bytes.data(), int64_t(w.bytes.size()), &w.integer);
     }},
    {"wdl_save", "a buffer",
     [](World &w) {
       return wdl_save(w.ctx, w.buffer, w.bytes.data(), int64_t(w.bytes.size()), &w.integer);
     }},
    {"wdl_save", "the context itself",
     [](World &w) {
       return wdl_save(w.ctx, w.ctx, w.bytes.data(), int64_t(w.bytes.size()), &w.integer);
     }},
    {"wdl_save", "too small",
     [](World &w) { return wdl_save(w.ctx, w.parent, w.bytes.data(), 10, &w.integer); }},
    {"wdl_save", "unsupported",
     [](World &w) { return wdl_save(w.ctx, WDL_PROCESS, nullptr, 0, &w.integer); }},
    {"wdl_load", "nested", [](World &w) { return load(w, int64_t(w.saved.size())); }},
    {"wdl_load", "too short", [](World &w) { return load(w, int64_t(w.saved.size()) - 1); }},
    {"wdl_load", "damaged", [](World &w) { return load(w, int64_t(w.saved.size())); },
     [](World &w) { w.saved[40] ^= 1; }},
    {"wdl_load", "negative", [](World &w) { return load(w, -1); }},
    // The table of handles has room for 1024 before it grows.
    {"wdl_mixture_create", "the one that grows the table",
     [](World &w) {
       static wdl_mixture made[100];
       wdl_status status = WDL_OK;
       int count = 0;
       while (count < 100 && status == WDL_OK)
         if ((status = wdl_mixture_create(w.ctx, &made[count])) == WDL_OK) count++;
       while (count) wdl_release(made[--count]);
       return status;
     },
     [](World &w) { w.crowd(1000); }, true},
};

}  // namespace

std::span<const Scenario> core_scenarios() { return scenarios; }

}  // namespace deep
