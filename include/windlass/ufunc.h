/* windlass ufunc: functions of arrays as loops in the form of NumPy's inner loops, and their
   description, so that any language can walk the table and call them. */
#ifndef WINDLASS_UFUNC_H
#define WINDLASS_UFUNC_H
#include <windlass/core.h>

/* NumPy's inner loop. args: the first element of each input and then of each output; steps: bytes
   from one to the next, of any sign and zero; data: what wdl_loop says. Elementwise:
   dimensions[0] elements. With a signature: dimensions[0] times its core, whose sizes follow in the
   order in which their names appear; after a step for each argument come those of the core's axes.
   No alignment is asked for. Outputs may be inputs: exactly, or shifted, where element after
   element is computed in order; so with a step of 0 in input and output a binary loop reduces. With
   a signature they are apart from the inputs.
   Loops run on the process's threads where there is much to do, as many as its property
   "loop_threads" says for the calling thread; they call nothing of the caller's, leave the
   floating-point mode alone and raise the flags of IEEE 754 that their results deserve. From
   any thread; a loop of fewer than one element does nothing. */
typedef void (*wdl_loop_fn)(char **args, const intptr_t *dimensions, const intptr_t *steps,
                            void *data);

typedef struct wdl_loop {
  const char *name, *help;
  const char *types;     /* NumPy's letters: "dd->d" */
  const char *signature; /* "(n)->()"; NULL: elementwise */
  const char *identity;  /* of a reduction: "0", "-inf", "reorderable"; NULL: none */
  wdl_loop_fn loop;
  void *data; /* the loop's last argument */
  int32_t inputs, outputs;
  /* The same for one element, of elementwise loops: the one of its types, all others are NULL. */
  float (*f_f)(float);
  double (*d_d)(double);
  float (*ff_f)(float, float);
  double (*dd_d)(double, double);
} wdl_loop;

/* The loops by index, those of one name in a row and the narrowest types first; *out is NULL past
   the end. What they point to is immortal. Errors: WDL_BAD_ARGUMENT. */
WDL_API wdl_status wdl_ufunc_at(wdl_context ctx, int32_t index, const wdl_loop **out);
/* The loop of that name and those types. Errors: WDL_BAD_ARGUMENT, WDL_UNKNOWN_NAME (the message
   names the nearest name, or the types there are). */
WDL_API wdl_status wdl_ufunc_find(wdl_context ctx, const char *name, const char *types,
                                  const wdl_loop **out);

/* The loop that calls a function of C scalar by scalar: data is the function's pointer, for "dd->d"
   a `double (*)(double, double)`, for "f->f" a `float (*)(float)`; one to four inputs, all of one
   type. flags: 0, or WDL_THREAD_SAFE (sparse.h) where the function may be called from several
   threads at once; without it calls are in order and on the calling thread. Its floating-point
   state is the calling thread's own. With WDL_THREAD_SAFE, for "*", the one that runs another
   elementwise loop on several threads: data is a wdl_loop of the caller's, of which it reads types,
   loop, data, inputs and outputs; arguments that overlap are left to one thread. Errors:
   WDL_BAD_ARGUMENT, WDL_UNKNOWN_NAME (other types). */
WDL_API wdl_status wdl_ufunc_driver(wdl_context ctx, const char *types, int32_t flags,
                                    const wdl_loop **out);
#endif
