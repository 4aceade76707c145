/* windlass krylov: iterative solvers of A x = b. A solver is an object whose kind is the method:
   "cg", "minres", "gmres", "fgmres", "lgmres", "gcrotmk", "bicg", "bicgstab", "cgs", "qmr",
   "tfqmr", "idrs", "lsqr", "lsmr". Its settings and results are properties: "rtol", "atol",
   "max_steps", "preconditioner" (an operator, or what precond.h makes; from the right),
   "left_preconditioner" (the same, from the left; of methods for general A), and what the method
   has;
   "converged", "reason", "n_iter", "residual_norm" (of b - A x, computed anew), "recurrence_norm",
   "history", ... A, b and x are f32, f64, c64 or c128, all alike.

   Converged means that ||b - A x||, computed anew at the end, is at most max(rtol ||b||, atol),
   whatever the method's recurrence says. x is finite and the best that was seen.
   Errors of all: WDL_BAD_HANDLE, WDL_UNKNOWN_NAME, WDL_BAD_DTYPE, WDL_BAD_SHAPE, WDL_OVERLAP,
   WDL_BAD_ARGUMENT, WDL_BAD_DATA (NaN or infinity in b or x), WDL_UNSUPPORTED (a method that
   needs A's adjoint, and a callback without it; one that takes no preconditioner),
   WDL_CALLBACK_FAILED (of an operator, or a sum over processes), WDL_CANCELLED (another process
   refuses its part), WDL_BUSY, WDL_OUT_OF_MEMORY. */
#ifndef WINDLASS_KRYLOV_H
#define WINDLASS_KRYLOV_H
#include <windlass/sparse.h>

typedef wdl_object wdl_solver;

/* By the method's name. Memory is taken at the first solve and kept: the next of the same shape
   allocates nothing. Where "copy" is "auto" the first solve with an operator may copy it into a
   smaller format once it has made several products. The copy of a real matrix in compressed rows
   is kept: later solves of the same operator go on with it, and read the values anew. A copy of a
   sum, transpose or the like serves that solve alone; later ones use the operator as it is. */
WDL_API wdl_status wdl_krylov_create(wdl_context ctx, const char *method, wdl_solver *out);

typedef struct wdl_step {
  int64_t step;      /* from 1 */
  double norm;       /* of the residual, as the method's recurrence has it */
  const char *kind;  /* of norm: "recurrence" */
  const void *inner; /* for wdl_krylov_step_solution */
} wdl_step;
typedef int32_t (*wdl_step_fn)(void *user, const wdl_step *now); /* non-zero: stop */
/* Called after every step of every later solve, on the calling thread. NULL: no more. */
WDL_API wdl_status wdl_krylov_callback(wdl_context ctx, wdl_solver solver, wdl_step_fn fn_or_null,
                                       void *user_or_null);
/* The solution as of this step, (n,) of A's dtype; within the callback only. */
WDL_API wdl_status wdl_krylov_step_solution(wdl_context ctx, const wdl_step *now, wdl_array *out);

/* Solves A x = b: b (m,), x (n,), any strides. x is where to begin, and then the solution; a call
   that is refused leaves it. Collective: its inner products are summed over processes by the
   context's sum, and all processes stop together. WDL_OK: converged. WDL_NOT_CONVERGED:
   "max_steps", "stagnation", "condition_limit". WDL_STOPPED: cancelled, out of time, or by the
   callback. WDL_BREAKDOWN: "breakdown", "indefinite", "not_symmetric", "not_finite". */
WDL_API wdl_status wdl_krylov_solve(wdl_context ctx, wdl_solver solver, wdl_operator a,
                                    const wdl_array *b, wdl_array *x);
#endif
