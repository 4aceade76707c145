// sparse.h.
#include <windlass/sparse.h>

#include "core/array.hpp"
#include "enter_operator.hpp"
#include "product_arguments.hpp"
#include "sparse/callback.hpp"
#include "sparse/composed.hpp"
#include "sparse/compressed.hpp"
#include "sparse/stored.hpp"

using namespace windlass;
using sparse::Form;
using sparse::Linear;
using sparse::Mode;

namespace {

constexpr int64_t longest = int64_t(1) << 48;  // of a vector: beyond any memory

void check_length(int64_t length, int32_t argument, const char *name) {
  if (length < 0 || length > longest)
    throw Error(WDL_BAD_ARGUMENT, argument,
                std::string(name) + " is " + std::to_string(length) + ", expected 0 to 2^48");
}

// Of an array that is empty one way, the other may be as long as it likes.
void check_lengths(const wdl_array &values) {
  for (int i = 0; i < values.ndim; i++)
    if (values.shape[i] > longest)
      throw Error(WDL_BAD_SHAPE, 1,
                  "values has shape " + shape_text(values.ndim, values.shape) +
                      ", expected at most 2^48 rows and columns");
}

constexpr std::initializer_list<int32_t> index_dtypes = {WDL_I32, WDL_I64},
                                         scalars = {WDL_F32, WDL_F64, WDL_C64, WDL_C128};

sparse::CompressedArrays compressed_in(Arguments &arrays, const wdl_array *indptr,
                                       const wdl_array *indices, const wdl_array *values,
                                       int32_t values_ndim, const char *extent) {
  arrays.in(indptr, 2, "indptr", index_dtypes, 1);
  if (indptr->shape[0] < 1)
    throw Error(WDL_BAD_SHAPE, 2, "indptr has shape (0,), expected one entry more than rows");
  arrays.in(indices, 3, "indices", index_dtypes, 1);
  arrays.in(values, 4, "values", scalars, values_ndim);
  int64_t shape[] = {indices->shape[0], values->shape[1], values->shape[2]};
  expect_shape(*values, 4, "values", std::span(shape, size_t(values_ndim)), "to match indices");
  return {indptr, indices, values, 2, 3, extent};
}

}  // namespace

wdl_status wdl_sparse_csr(wdl_context ctx, int64_t columns, const wdl_array *indptr,
                          const wdl_array *indices, const wdl_array *values,
                          wdl_release_fn release_or_null, void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_csr", [&](const Call &call) -> wdl_status {
    check_length(columns, 1, "columns");
    Arguments arrays;
    const auto from = compressed_in(arrays, indptr, indices, values, 1, "columns");
    given(out, 7, "out");
    Run run(call.limits(), call.caller());
    *out = enter(Form::csr, sparse::make_compressed(run, columns, from),
                 {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_csc(wdl_context ctx, int64_t rows, const wdl_array *indptr,
                          const wdl_array *indices, const wdl_array *values,
                          wdl_release_fn release_or_null, void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_csc", [&](const Call &call) -> wdl_status {
    check_length(rows, 1, "rows");
    Arguments arrays;
    const auto from = compressed_in(arrays, indptr, indices, values, 1, "rows");
    given(out, 7, "out");
    Run run(call.limits(), call.caller());
    auto by_columns = sparse::make_compressed(run, rows, from);
    *out = enter(Form::csc, std::make_unique<sparse::Transposed>(std::move(by_columns)),
                 {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_coo(wdl_context ctx, int64_t rows, int64_t columns, const wdl_array *row,
                          const wdl_array *column, const wdl_array *values,
                          wdl_release_fn release_or_null, void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_coo", [&](const Call &call) -> wdl_status {
    check_length(rows, 1, "rows");
    check_length(columns, 2, "columns");
    Arguments arrays;
    arrays.in(row, 3, "row", index_dtypes, 1);
    arrays.in(column, 4, "column", index_dtypes, 1);
    expect_shape(*column, 4, "column", {row->shape[0]}, "to match row");
    arrays.in(values, 5, "values", scalars, 1);
    expect_shape(*values, 5, "values", {row->shape[0]}, "to match row");
    given(out, 8, "out");
    Run run(call.limits(), call.caller());
    *out = enter(Form::coo,
                 sparse::make_of_coordinates(run, rows, columns, {row, column, values, 3, 4}),
                 {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_bsr(wdl_context ctx, int64_t columns, const wdl_array *indptr,
                          const wdl_array *indices, const wdl_array *values,
                          wdl_release_fn release_or_null, void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_bsr", [&](const Call &call) -> wdl_status {
    check_length(columns, 1, "columns");
    Arguments arrays;
    const auto from = compressed_in(arrays, indptr, indices, values, 3, "block columns");
    const int64_t height = values->shape[1], width = values->shape[2];
    if (height < 1 || width < 1 || height > longest || indptr->shape[0] - 1 > longest / height)
      throw Error(WDL_BAD_SHAPE, 4,
                  "values has shape " + shape_text(3, values->shape) +
                      ", expected blocks of one row and column or more, and at most 2^48 rows");
    if (columns % width)
      throw Error(WDL_BAD_SHAPE, 4,
                  "values has shape " + shape_text(3, values->shape) +
                      ", whose blocks do not divide " + std::to_string(columns) + " columns");
    given(out, 7, "out");
    Run run(call.limits(), call.caller());
    *out =
        enter(Form::bsr, sparse::make_blocks(run, columns, from), {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_dense(wdl_context ctx, const wdl_array *values,
                            wdl_release_fn release_or_null, void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_dense", [&](const Call &) -> wdl_status {
    Arguments arrays;
    arrays.in(values, 1, "values", scalars, 2);
    check_lengths(*values);
    given(out, 4, "out");
    *out = enter(Form::dense, sparse::make_dense(*values), {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_diagonal(wdl_context ctx, const wdl_array *values,
                               wdl_release_fn release_or_null, void *user_or_null,
                               wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_diagonal", [&](const Call &) -> wdl_status {
    Arguments arrays;
    arrays.in(values, 1, "values", scalars, 1);
    check_lengths(*values);
    given(out, 4, "out");
    *out = enter(Form::diagonal, sparse::make_diagonal(*values), {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_callback(wdl_context ctx, int64_t rows, int64_t columns, int32_t dtype,
                               wdl_apply_fn apply, uint32_t flags, wdl_release_fn release_or_null,
                               void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_callback", [&](const Call &) -> wdl_status {
    check_length(rows, 1, "rows");
    check_length(columns, 2, "columns");
    if (dtype < WDL_F32 || dtype > WDL_C128)
      throw Error(WDL_BAD_DTYPE, 3,
                  "dtype is " + std::to_string(dtype) + ", expected WDL_F32 to WDL_C128");
    given(reinterpret_cast<void *>(apply), 4, "apply");
    if (flags & ~uint32_t(WDL_THREAD_SAFE | WDL_HAS_TRANSPOSE | WDL_HAS_ADJOINT))
      throw Error(WDL_BAD_ARGUMENT, 5,
                  "flags is " + std::to_string(flags) +
                      ", expected a sum of WDL_THREAD_SAFE, WDL_HAS_TRANSPOSE, WDL_HAS_ADJOINT");
    given(out, 8, "out");
    *out =
        enter(Form::callback,
              std::make_unique<sparse::Callback>(rows, columns, dtype, apply, flags, user_or_null),
              {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_apply(wdl_context ctx, wdl_operator a, int32_t mode, const wdl_array *x,
                            wdl_array *y) {
  return guarded(ctx, "wdl_sparse_apply", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Target target(call, a, Borrow::shared, 1);
    const Linear &linear = sparse::linear_of(target.object(), 1);
    check_product(arrays, linear, "the operator", mode, {x, "x"}, {y, "y"});
    Run run(call.limits(), call.caller());
    sparse::apply(run, linear, Mode(mode), *x, *y);
    return WDL_OK;
  });
}
