/* windlass sparse: operators, y = A x. A stored matrix is kept as it lies in the caller's arrays
   where these are contiguous and aligned, else copied; what is kept must live until release is
   called and its structure must not change (its values may, between calls). Values are f32, f64,
   c64 or c128, and so are the vectors; indices are i32 or i64, in any order, and entries of the
   same place are added. Every operator is an object of the kind "operator" whose properties are
   results: "form", "rows", "columns", "entries", "dtype", "bytes". Operators cannot be saved.
   Errors of all: WDL_BAD_HANDLE, WDL_BAD_DTYPE, WDL_BAD_SHAPE, WDL_BAD_ARGUMENT, WDL_BAD_DATA
   (structure: position is the entry), WDL_CANCELLED, WDL_OUT_OF_MEMORY. */
#ifndef WINDLASS_SPARSE_H
#define WINDLASS_SPARSE_H
#include <windlass/core.h>

typedef wdl_object wdl_operator;

/* What is multiplied: A, its transpose, or its conjugate transpose. */
enum { WDL_PLAIN = 0, WDL_TRANSPOSE = 1, WDL_ADJOINT = 2 };

/* Compressed rows: indptr (rows + 1,), indices and values (entries,); row i has the entries
   indptr[i] to indptr[i + 1] - 1, in the columns that indices tells. release_or_null is called
   once, from any thread, when the last user of the operator is gone; not at all when this returns
   negative. */
WDL_API wdl_status wdl_sparse_csr(wdl_context ctx, int64_t columns, const wdl_array *indptr,
                                  const wdl_array *indices, const wdl_array *values,
                                  wdl_release_fn release_or_null, void *user_or_null,
                                  wdl_operator *out);

/* The same by columns: indptr (columns + 1,), indices are rows. */
WDL_API wdl_status wdl_sparse_csc(wdl_context ctx, int64_t rows, const wdl_array *indptr,
                                  const wdl_array *indices, const wdl_array *values,
                                  wdl_release_fn release_or_null, void *user_or_null,
                                  wdl_operator *out);
/* Entries in any order: row, column and values (entries,). Always a copy, sorted by rows. */
WDL_API wdl_status wdl_sparse_coo(wdl_context ctx, int64_t rows, int64_t columns,
                                  const wdl_array *row, const wdl_array *column,
                                  const wdl_array *values, wdl_release_fn release_or_null,
                                  void *user_or_null, wdl_operator *out);
/* Compressed rows of blocks: values (blocks, r, c), indptr and indices count blocks; there are
   r times as many rows as block rows, and columns is a multiple of c. */
WDL_API wdl_status wdl_sparse_bsr(wdl_context ctx, int64_t columns, const wdl_array *indptr,
                                  const wdl_array *indices, const wdl_array *values,
                                  wdl_release_fn release_or_null, void *user_or_null,
                                  wdl_operator *out);
/* values (m, n); kept as it lies where its rows or its columns are contiguous. */
WDL_API wdl_status wdl_sparse_dense(wdl_context ctx, const wdl_array *values,
                                    wdl_release_fn release_or_null, void *user_or_null,
                                    wdl_operator *out);
/* The square matrix with values (n,) on its diagonal. */
WDL_API wdl_status wdl_sparse_diagonal(wdl_context ctx, const wdl_array *values,
                                       wdl_release_fn release_or_null, void *user_or_null,
                                       wdl_operator *out);

/* Operators made of operators, which they keep alive, at most 32 within each other
   (WDL_UNSUPPORTED). All are of one dtype; coefficients of real ones are real. */
/* The transpose, or with conjugate not 0 the adjoint. */
WDL_API wdl_status wdl_sparse_transpose(wdl_context ctx, wdl_operator a, int32_t conjugate,
                                        wdl_operator *out);
/* alpha A + beta B */
WDL_API wdl_status wdl_sparse_sum(wdl_context ctx, double alpha_re, double alpha_im, wdl_operator a,
                                  double beta_re, double beta_im, wdl_operator b,
                                  wdl_operator *out);
/* A B: x is multiplied with B first. */
WDL_API wdl_status wdl_sparse_product(wdl_context ctx, wdl_operator a, wdl_operator b,
                                      wdl_operator *out);
/* A + (re + i im) I, of a square A. */
WDL_API wdl_status wdl_sparse_shift(wdl_context ctx, wdl_operator a, double re, double im,
                                    wdl_operator *out);

/* y <- A x (mode WDL_PLAIN), the transpose or the adjoint times x, over contiguous vectors of the
   operator's dtype that do not overlap. Called on the thread of the call that needs it, in its
   floating-point mode; 0: done, else the call fails with WDL_CALLBACK_FAILED and this result in its
   record. It may call the library with the context of that call. */
typedef int32_t (*wdl_apply_fn)(void *user, int32_t mode, const wdl_array *x, wdl_array *y);
/* WDL_THREAD_SAFE: apply may run on several threads at once. Without it calls with this operator
   must not be made at the same time, which the caller sees to. */
enum { WDL_THREAD_SAFE = 1, WDL_HAS_TRANSPOSE = 2, WDL_HAS_ADJOINT = 4 };
/* An operator that only this function knows. dtype: of its vectors. flags: what apply can do beside
   WDL_PLAIN; of a real operator transpose and adjoint are the same. */
WDL_API wdl_status wdl_sparse_callback(wdl_context ctx, int64_t rows, int64_t columns,
                                       int32_t dtype, wdl_apply_fn apply, uint32_t flags,
                                       wdl_release_fn release_or_null, void *user_or_null,
                                       wdl_operator *out);

/* y <- A x by mode: x (n,) and y (m,), or (n, k) and (m, k); any strides, of the operator's dtype.
   The same bits for any number of threads, any strides, and any k. Errors: WDL_UNSUPPORTED (a
   callback without that mode), WDL_CALLBACK_FAILED. */
WDL_API wdl_status wdl_sparse_apply(wdl_context ctx, wdl_operator a, int32_t mode,
                                    const wdl_array *x, wdl_array *y);
#endif
