/* windlass core: statuses, errors, contexts, objects, properties, arrays, cancel and progress. C99
   and C++11. Grammar, checked by a script: a call returns wdl_status and takes the context first;
   `const T *` goes in, `T *` comes out and is last; what may be NULL ends in _or_null; user is
   opaque; names are NUL-terminated ASCII, data is pointer + count. Exceptions, all of them:
   wdl_version, wdl_status_name, wdl_error_message, wdl_cancel (safe in a signal handler, so it
   writes no error record) and wdl_release. Preprocessor lines stand alone, so that a parser that
   drops `#` lines and the word WDL_API reads the rest. */
#ifndef WINDLASS_CORE_H
#define WINDLASS_CORE_H
#include <stdint.h>
#if defined(_WIN32) && defined(WDL_BUILD)
#define WDL_VISIBLE __declspec(dllexport)
#elif defined(_WIN32) && !defined(WDL_STATIC)
#define WDL_VISIBLE __declspec(dllimport)
#elif defined(__GNUC__)
#define WDL_VISIBLE __attribute__((visibility("default")))
#else
#define WDL_VISIBLE
#endif
#ifdef __cplusplus
#define WDL_API extern "C" WDL_VISIBLE
#else
#define WDL_API extern WDL_VISIBLE
#endif

typedef int32_t wdl_status;
/* Below 2^53, so exact in a double (JavaScript, Lua, R); 0 is none; one owner, released once. */
typedef uint64_t wdl_object;
/* 0: the process's threads, this thread's error record, no time limit, no cancel, no callbacks. */
typedef wdl_object wdl_context;
typedef wdl_object wdl_buffer;

enum {
  WDL_OK = 0,
  /* Positive: every output is valid and there is something to know. */
  WDL_NOT_CONVERGED = 1,
  WDL_STOPPED = 2,   /* by cancel, time limit or progress callback; the best so far is kept */
  WDL_BREAKDOWN = 3, /* of a solver; no call of this version answers it */
  /* -1 to -99, refused: found before the first write, nothing was touched. */
  WDL_BAD_ARGUMENT = -1,
  WDL_BAD_HANDLE = -2, /* none, stale, foreign, or of another kind */
  WDL_BAD_DTYPE = -3,
  WDL_BAD_SHAPE = -4,
  WDL_OVERLAP = -5, /* an output shares memory with another argument or with itself */
  WDL_UNKNOWN_NAME = -6,
  WDL_NO_VALUE = -7,  /* not computed yet, or not set */
  WDL_TOO_SMALL = -8, /* capacity; the message says what is needed */
  WDL_BUSY = -9,      /* another call uses the object: many readers or one writer */
  WDL_UNSUPPORTED = -10,
  /* -100 and below, failed on the way: objects are as before, scalar outputs untouched, the
     contents of output arrays unspecified. */
  WDL_OUT_OF_MEMORY = -100,
  WDL_CANCELLED = -101,       /* as WDL_STOPPED, where there is no partial result to keep */
  WDL_CALLBACK_FAILED = -102, /* of an operator; its result is in the record */
  WDL_BAD_DATA = -103, /* NaN, infinity, invalid UTF-8, a matrix that is not positive definite, a
                          damaged file */
  WDL_INTERNAL = -104
};

/* The object of the process, always there. To set: "threads", "isa", and "loop_threads" (ufunc.h)
   of the calling thread. To get also: "cores", "isa_supported", "live_handles", "build". */
enum { WDL_PROCESS = 1 };

/* Two structs are the caller's and frozen: wdl_error and wdl_array. Every other one is the
   library's, read through a const pointer, and only ever grows at its end. */
typedef struct wdl_error {
  wdl_status status;
  int32_t argument;    /* place in the prototype, 0 = the context; -1 none */
  int64_t position[2]; /* where in the data: row and column, row and byte, byte, entry; -1 none */
  int64_t callback_result; /* what the callback that stopped or failed the call returned; else 0 */
  char function[64];
  char text[416]; /* UTF-8, a whole sentence */
} wdl_error;

WDL_API uint32_t wdl_version(void); /* major << 16 | minor << 8 | patch */
/* "WDL_OK"; immortal; "unknown status" for what is none. */
WDL_API const char *wdl_status_name(wdl_status status);
/* The record of the last call on ctx (0: of this thread) that returned non-zero. Only such a call
   writes it; wdl_cancel and the two functions below never do. A bad or busy context and a failed
   wdl_release are recorded with the thread. Errors: WDL_BAD_ARGUMENT (out is NULL), WDL_BAD_HANDLE,
   WDL_BUSY. */
WDL_API wdl_status wdl_error_get(wdl_context ctx, wdl_error *out);
/* The text of that record: this thread's copy, good until its next wdl_error_message. Never NULL.
 */
WDL_API const char *wdl_error_message(wdl_context ctx);

/* One call at a time runs on a context (another thread's gets WDL_BUSY); a callback may call on
   with the context it runs under; such nested work is serial and reports no progress. */
typedef struct wdl_progress {
  const char *phase;     /* "fit" */
  int64_t done, total;   /* total -1: unknown */
  double value, seconds; /* the quantity that converges (mean log-likelihood, residual norm); time
                            since the start */
} wdl_progress;
typedef int32_t (*wdl_progress_fn)(void *user, const wdl_progress *now); /* non-zero: stop */
typedef int32_t (*wdl_sum_fn)(void *user, double *values,
                              int64_t count); /* in place, over all processes; same bits on each */
typedef void (*wdl_release_fn)(void *user);   /* once, any thread, no lock of ours held */
/* Properties: "threads" (a call may use; 0: the process's), "time_limit" (seconds a call may take;
 * 0: none). */
WDL_API wdl_status wdl_context_create(wdl_context ctx, wdl_context *out);
/* Called on the calling thread, not more often than every min_seconds (0 to 1e9), and once at the
 * end. */
WDL_API wdl_status wdl_context_progress(wdl_context ctx, wdl_progress_fn fn_or_null,
                                        void *user_or_null, double min_seconds);
/* Inner products and statistics of collective calls are summed over processes by fn. */
WDL_API wdl_status wdl_context_sum(wdl_context ctx, wdl_sum_fn fn_or_null, void *user_or_null);
/* From any thread or signal handler: lock-free, touches no error record. Stays on, for the running
   and all later calls on ctx, until switched off with on = 0. Long loops look at least every 10 ms.
 */
WDL_API wdl_status wdl_cancel(wdl_context ctx, int32_t on);

/* The id is stale at once; what it named lives until the last call and the last object that use it
   are done. 0: WDL_OK. Takes no context: finalizers run on any thread, in any order, also after the
   context is gone. */
WDL_API wdl_status wdl_release(wdl_object object);

enum { WDL_INT = 1, WDL_REAL = 2, WDL_TEXT = 3, WDL_ARRAY = 4, WDL_OBJECT = 5 };
enum { WDL_SETTABLE = 1, WDL_RESULT = 2 };
typedef struct wdl_property {
  const char *name, *help;
  const char *initial;     /* the value at creation, as text; NULL: none */
  const char *choices;     /* of a text, and the kinds of an object, separated by |; NULL: any */
  double minimum, maximum; /* of an int, a real, and each element of an array */
  int32_t type, flags;
  int32_t dtype, ndim; /* of an array (ndim 0: any number of axes); 0 otherwise */
} wdl_property;

enum {
  WDL_U8 = 1,
  WDL_U16 = 2,
  WDL_U32 = 3,
  WDL_U64 = 4,
  WDL_I8 = 5,
  WDL_I16 = 6,
  WDL_I32 = 7,
  WDL_I64 = 8,
  WDL_F32 = 9,
  WDL_F64 = 10,
  WDL_C64 = 11,
  WDL_C128 = 12
};
enum { WDL_READ_ONLY = 1 };
typedef struct wdl_array {
  void *data; /* may be NULL when a shape is 0 */
  int64_t shape[8],
      stride[8]; /* strides in bytes: any sign, zero, unaligned; entries beyond ndim are ignored */
  int32_t dtype, ndim;
  uint32_t flags, reserved; /* reserved is 0 */
} wdl_array;
/* Fills *out and reads no data. stride_or_null in bytes, NULL: C order. shape and stride_or_null
 * have ndim entries. */
WDL_API wdl_status wdl_array_view(wdl_context ctx, const void *data_or_null, int32_t dtype,
                                  int32_t ndim, const int64_t *shape_or_null,
                                  const int64_t *stride_or_null, uint32_t flags, wdl_array *out);
/* The same for a C-ordered, writable matrix. */
WDL_API wdl_status wdl_array_matrix(wdl_context ctx, const void *data_or_null, int32_t dtype,
                                    int64_t rows, int64_t columns, wdl_array *out);
/* Keeps an array beyond a call. release_or_null is called once the last user is gone; not at all
   when this returns negative. Property: "data", the array. */
WDL_API wdl_status wdl_buffer_create(wdl_context ctx, const wdl_array *view,
                                     wdl_release_fn release_or_null, void *user_or_null,
                                     wdl_buffer *out);

/* Kinds ("process", "context", "buffer", "mixture") and their properties, by index; *out is NULL
   past the end. What they point to is immortal. */
WDL_API wdl_status wdl_kind_at(wdl_context ctx, int32_t index, const char **out);
WDL_API wdl_status wdl_property_at(wdl_context ctx, const char *kind, int32_t index,
                                   const wdl_property **out);
WDL_API wdl_status wdl_kind_of(wdl_context ctx, wdl_object object, const char **out);
/* set takes effect at the next fit, solve or set-up; results stay until then. An int goes into a
   real; nothing else converts. Errors of all: WDL_BAD_HANDLE, WDL_UNKNOWN_NAME (the message names
   the nearest), WDL_BAD_ARGUMENT (another type, out of bounds, not a choice, a result),
   WDL_NO_VALUE (get), WDL_BUSY. */
WDL_API wdl_status wdl_set_int(wdl_context ctx, wdl_object object, const char *name, int64_t value);
WDL_API wdl_status wdl_set_real(wdl_context ctx, wdl_object object, const char *name, double value);
WDL_API wdl_status wdl_set_text(wdl_context ctx, wdl_object object, const char *name,
                                const char *value);
/* An array is copied (any strides; dtype and ndim as described), an object is kept alive. NULL and
 * 0 take it away. */
WDL_API wdl_status wdl_set_array(wdl_context ctx, wdl_object object, const char *name,
                                 const wdl_array *value_or_null);
WDL_API wdl_status wdl_set_object(wdl_context ctx, wdl_object object, const char *name,
                                  wdl_object value_or_null);
WDL_API wdl_status wdl_get_int(wdl_context ctx, wdl_object object, const char *name, int64_t *out);
WDL_API wdl_status wdl_get_real(wdl_context ctx, wdl_object object, const char *name, double *out);
/* *out is the bytes needed with the final NUL. text_or_null NULL asks for them only; a capacity
 * below: WDL_TOO_SMALL. */
WDL_API wdl_status wdl_get_text(wdl_context ctx, wdl_object object, const char *name,
                                char *text_or_null, int64_t capacity, int64_t *out);
/* out->data NULL: fills dtype, ndim, shape, C strides and copies nothing; else copies there, where
   dtype and shape must fit. */
WDL_API wdl_status wdl_get_array(wdl_context ctx, wdl_object object, const char *name,
                                 wdl_array *out);

/* Any object but the process and operators as bytes and back: little-endian, versioned,
   checksummed; the same bytes for the same object. Objects it keeps alive are saved within. *out is
   the bytes needed; data_or_null NULL asks for them only. Errors: WDL_TOO_SMALL, WDL_UNSUPPORTED;
   load: WDL_BAD_DATA (damaged, of a newer version, values that do not fit). */
WDL_API wdl_status wdl_save(wdl_context ctx, wdl_object object, void *data_or_null,
                            int64_t capacity, int64_t *out);
WDL_API wdl_status wdl_load(wdl_context ctx, const void *data, int64_t length, wdl_object *out);
#endif
