// core.h: statuses, errors, contexts, buffers, arrays, saving.
#include "core/buffer.hpp"
#include "core/save.hpp"
#include "core/version.hpp"
#include "guard.hpp"
#include "kinds.hpp"

using namespace windlass;

namespace {

struct StatusName {
  wdl_status status;
  const char *name;
};
constexpr StatusName status_names[] = {
    {WDL_OK, "WDL_OK"},
    {WDL_NOT_CONVERGED, "WDL_NOT_CONVERGED"},
    {WDL_STOPPED, "WDL_STOPPED"},
    {WDL_BREAKDOWN, "WDL_BREAKDOWN"},
    {WDL_BAD_ARGUMENT, "WDL_BAD_ARGUMENT"},
    {WDL_BAD_HANDLE, "WDL_BAD_HANDLE"},
    {WDL_BAD_DTYPE, "WDL_BAD_DTYPE"},
    {WDL_BAD_SHAPE, "WDL_BAD_SHAPE"},
    {WDL_OVERLAP, "WDL_OVERLAP"},
    {WDL_UNKNOWN_NAME, "WDL_UNKNOWN_NAME"},
    {WDL_NO_VALUE, "WDL_NO_VALUE"},
    {WDL_TOO_SMALL, "WDL_TOO_SMALL"},
    {WDL_BUSY, "WDL_BUSY"},
    {WDL_UNSUPPORTED, "WDL_UNSUPPORTED"},
    {WDL_OUT_OF_MEMORY, "WDL_OUT_OF_MEMORY"},
    {WDL_CANCELLED, "WDL_CANCELLED"},
    {WDL_CALLBACK_FAILED, "WDL_CALLBACK_FAILED"},
    {WDL_BAD_DATA, "WDL_BAD_DATA"},
    {WDL_INTERNAL, "WDL_INTERNAL"},
};

}  // namespace

uint32_t wdl_version(void) { return version_number(); }

const char *wdl_status_name(wdl_status status) {
  for (const StatusName &one : status_names)
    if (one.status == status) return one.name;
  return "unknown status";
}

wdl_status wdl_error_get(wdl_context ctx, wdl_error *out) {
  if (!out) return WDL_BAD_ARGUMENT;
  // Asking for a record must not overwrite it, so what is wrong with ctx is recorded nowhere.
  return caught([]() -> wdl_error * { return nullptr; }, "wdl_error_get",
                [&]() -> wdl_status {
                  *out = ctx ? ContextUse(ctx).context->error : last_thread_error();
                  return WDL_OK;
                });
}

const char *wdl_error_message(wdl_context ctx) {
  wdl_error error;
  return show(wdl_error_get(ctx, &error) < 0 ? last_thread_error() : error);
}

wdl_status wdl_context_create(wdl_context ctx, wdl_context *out) {
  none_yet(out);
  return guarded(ctx, "wdl_context_create", [&](const Call &) -> wdl_status {
    given(out, 1, "out");
    *out = handles::enter(new_object(context_kind));
    return WDL_OK;
  });
}

wdl_status wdl_context_progress(wdl_context ctx, wdl_progress_fn fn_or_null, void *user_or_null,
                                double min_seconds) {
  return guarded(ctx, "wdl_context_progress", [&](const Call &call) -> wdl_status {
    if (!call.context()) throw Error(WDL_BAD_HANDLE, 0, "ctx is 0, expected a context");
    if (!(min_seconds >= 0 && min_seconds <= 1e9))
      throw Error(WDL_BAD_ARGUMENT, 3, "min_seconds is out of bounds, expected 0 to 1e9");
    call.context()->progress = fn_or_null;
    call.context()->progress_user = user_or_null;
    call.context()->progress_interval = min_seconds;
    return WDL_OK;
  });
}

wdl_status wdl_context_sum(wdl_context ctx, wdl_sum_fn fn_or_null, void *user_or_null) {
  return guarded(ctx, "wdl_context_sum", [&](const Call &call) -> wdl_status {
    if (!call.context()) throw Error(WDL_BAD_HANDLE, 0, "ctx is 0, expected a context");
    call.context()->sum = fn_or_null;
    call.context()->sum_user = user_or_null;
    return WDL_OK;
  });
}

wdl_status wdl_cancel(wdl_context ctx, int32_t on) { return handles::cancel(ctx, on != 0); }

wdl_status wdl_release(wdl_object object) {
  if (!object) return WDL_OK;
  const wdl_status status = handles::release(object);
  if (status < 0)
    write_error(thread_error(), "wdl_release", status, 0,
                "the handle is stale or foreign, or the process's own");
  return status;
}

namespace {

void check_described(int32_t dtype, int32_t ndim, uint32_t flags) {
  if (!find_dtype(dtype))
    throw Error(WDL_BAD_DTYPE, 2,
                "dtype is " + std::to_string(dtype) + ", expected WDL_U8 to WDL_C128");
  if (ndim < 0 || ndim > 8)
    throw Error(WDL_BAD_SHAPE, 3, "ndim is " + std::to_string(ndim) + ", expected 0 to 8");
  if (flags & ~uint32_t(WDL_READ_ONLY))
    throw Error(WDL_BAD_ARGUMENT, 6,
                "flags is " + std::to_string(flags) + ", expected 0 or WDL_READ_ONLY");
}

// Of a described array, what is left to be wrong: its extents, or no data for them.
void check_extents(const wdl_array &a, int32_t shape_argument) {
  wdl_array without = a;
  without.data = a.data ? a.data : const_cast<wdl_array *>(&a);
  check_array(&without, shape_argument, "the array");
  check_array(&a, 1, "the array");
}

}  // namespace

wdl_status wdl_array_view(wdl_context ctx, const void *data_or_null, int32_t dtype, int32_t ndim,
                          const int64_t *shape_or_null, const int64_t *stride_or_null,
                          uint32_t flags, wdl_array *out) {
  return guarded(ctx, "wdl_array_view", [&](const Call &) -> wdl_status {
    given(out, 7, "out");
    check_described(dtype, ndim, flags);
    wdl_array a{};
    a.data = const_cast<void *>(data_or_null);
    a.dtype = dtype, a.ndim = ndim, a.flags = flags;
    if (ndim > 0) {
      std::memcpy(a.shape, given(shape_or_null, 4, "shape"), sizeof *a.shape * size_t(ndim));
      if (stride_or_null)
        std::memcpy(a.stride, stride_or_null, sizeof *a.stride * size_t(ndim));
      else
        fill_c_strides(a);
    }
    check_extents(a, 4);
    *out = a;
    return WDL_OK;
  });
}

wdl_status wdl_array_matrix(wdl_context ctx, const void *data_or_null, int32_t dtype, int64_t rows,
                            int64_t columns, wdl_array *out) {
  return guarded(ctx, "wdl_array_matrix", [&](const Call &) -> wdl_status {
    given(out, 5, "out");
    check_described(dtype, 2, 0);
    wdl_array a{};
    a.data = const_cast<void *>(data_or_null);
    a.dtype = dtype, a.ndim = 2, a.shape[0] = rows, a.shape[1] = columns;
    fill_c_strides(a);
    check_extents(a, rows < 0 || (columns >= 0 && rows > columns) ? 3 : 4);
    *out = a;
    return WDL_OK;
  });
}

wdl_status wdl_buffer_create(wdl_context ctx, const wdl_array *view, wdl_release_fn release_or_null,
                             void *user_or_null, wdl_buffer *out) {
  none_yet(out);
  return guarded(ctx, "wdl_buffer_create", [&](const Call &) -> wdl_status {
    given(out, 4, "out");
    check_array(view, 1, "view");
    Buffer *made = new Buffer;
    made->view = *view;
    const wdl_object id = handles::enter(made);
    made->release = release_or_null;  // from here on: a failed creation releases nothing
    made->user = user_or_null;
    *out = id;
    return WDL_OK;
  });
}

wdl_status wdl_save(wdl_context ctx, wdl_object object, void *data_or_null, int64_t capacity,
                    int64_t *out) {
  return guarded(ctx, "wdl_save", [&](const Call &call) -> wdl_status {
    given(out, 4, "out");
    if (capacity < 0)
      throw Error(WDL_BAD_ARGUMENT, 3,
                  "capacity is " + std::to_string(capacity) + ", expected 0 or more");
    const Target target(call, object, Borrow::shared, 1);
    *out = save::write(target.object(), static_cast<char *>(data_or_null), capacity);
    return WDL_OK;
  });
}

wdl_status wdl_load(wdl_context ctx, const void *data, int64_t length, wdl_object *out) {
  none_yet(out);
  return guarded(ctx, "wdl_load", [&](const Call &) -> wdl_status {
    given(out, 3, "out");
    given(data, 1, "data");
    if (length < 0)
      throw Error(WDL_BAD_ARGUMENT, 2,
                  "length is " + std::to_string(length) + ", expected 0 or more");
    *out = handles::enter(save::read(static_cast<const char *>(data), length, find_kind));
    return WDL_OK;
  });
}
