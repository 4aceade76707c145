/* What calls of the core cost in C: loops that bench/core.py times through ctypes. Each returns the
   first status that was not the expected one, else 0. */
#include <windlass/core.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT wdl_status core_get_int(wdl_context ctx, wdl_object object, const char *name, int64_t calls,
                               int64_t *value) {
  for (int64_t i = 0; i < calls; i++) {
    const wdl_status status = wdl_get_int(ctx, object, name, value);
    if (status) return status;
  }
  return WDL_OK;
}

EXPORT wdl_status core_get_real(wdl_context ctx, wdl_object object, const char *name, int64_t calls,
                                double *value) {
  for (int64_t i = 0; i < calls; i++) {
    const wdl_status status = wdl_get_real(ctx, object, name, value);
    if (status) return status;
  }
  return WDL_OK;
}

EXPORT wdl_status core_set_real(wdl_context ctx, wdl_object object, const char *name, int64_t calls,
                                double value) {
  for (int64_t i = 0; i < calls; i++) {
    const wdl_status status = wdl_set_real(ctx, object, name, value);
    if (status) return status;
  }
  return WDL_OK;
}

/* A name that is not there: the record is written and the nearest name looked for. */
EXPORT wdl_status core_error(wdl_context ctx, wdl_object object, const char *name, int64_t calls) {
  int64_t value;
  for (int64_t i = 0; i < calls; i++)
    if (wdl_get_int(ctx, object, name, &value) != WDL_UNKNOWN_NAME) return WDL_INTERNAL;
  return WDL_OK;
}

EXPORT wdl_status core_create(wdl_context ctx, int64_t calls) {
  for (int64_t i = 0; i < calls; i++) {
    wdl_context made;
    wdl_status status = wdl_context_create(ctx, &made);
    if (!status) status = wdl_release(made);
    if (status) return status;
  }
  return WDL_OK;
}
