/* windlass precond: preconditioners, z = M r with M near the inverse of a matrix A. A kind each,
   whose properties are settings and results: "jacobi", "block_jacobi", "ssor", "ilu0", "ilut",
   "ic0", "chebyshev". Results of all: "rows", "dtype", "entries", "bytes", "seconds" (of the last
   set-up); of those that divide by pivots "pivots" and "first_pivot": rows whose pivot was zero or
   tiny, which are changed so that M stays finite; of "ic0" "shift"; of those with triangles
   "levels", "strips", "analyses", "stored_dtype". A preconditioner is saved without what a set-up
   made. Errors of all: WDL_BAD_HANDLE, WDL_CANCELLED, WDL_OUT_OF_MEMORY. */
#ifndef WINDLASS_PRECOND_H
#define WINDLASS_PRECOND_H
#include <windlass/core.h>

typedef wdl_object wdl_precond;

/* name: one of the kinds. Errors: WDL_UNKNOWN_NAME. */
WDL_API wdl_status wdl_precond_create(wdl_context ctx, const char *name, wdl_precond *out);
/* Makes M of a, an operator of sparse.h, which is square and, but for "chebyshev" with "scaling"
   "none", has entries of its own. Only "chebyshev" keeps it; the others see later changes of its
   values by another set-up, which analyses the pattern again only where it has changed. The same
   bits for any number of threads. A failed set-up leaves the preconditioner as it was. Errors:
   WDL_BAD_SHAPE, WDL_BAD_DATA (an entry not finite; under "ic0" and "chebyshev" not Hermitian or
   not positive definite: position is row and column), WDL_UNSUPPORTED (no entries),
   WDL_BAD_ARGUMENT (settings that do not fit a), WDL_CALLBACK_FAILED. */
WDL_API wdl_status wdl_precond_setup(wdl_context ctx, wdl_precond precond, wdl_object a);
/* z <- M r (mode WDL_PLAIN), or the transpose or the adjoint of M times r: both (n,) or (n, k), any
   strides, of the matrix's dtype. Errors: WDL_NO_VALUE (not set up), WDL_BAD_ARGUMENT,
   WDL_BAD_DTYPE, WDL_BAD_SHAPE, WDL_OVERLAP, WDL_UNSUPPORTED (a callback without that mode),
   WDL_CALLBACK_FAILED. */
WDL_API wdl_status wdl_precond_apply(wdl_context ctx, wdl_precond precond, int32_t mode,
                                     const wdl_array *r, wdl_array *z);
#endif
