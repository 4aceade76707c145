// text.h.
#include <windlass/text.h>

#include "guard.hpp"
#include "text/count.hpp"

using namespace windlass;

namespace {

text::Counted counted(int32_t unit, int32_t argument) {
  if (unit == WDL_TEXT_UTF8_VALID) return {text::Unit::utf8, true};
  if (unit < WDL_TEXT_BYTE || unit > WDL_TEXT_U32)
    throw Error(
        WDL_BAD_ARGUMENT, argument,
        "unit is " + std::to_string(unit) + ", expected WDL_TEXT_BYTE to WDL_TEXT_UTF8_VALID");
  return {text::Unit(unit), false};
}

void check_text(const void *text, int64_t length, const text::Counted &what) {
  if (length < 0 || length > most_bytes / text::unit_size(what.unit))
    throw Error(WDL_BAD_ARGUMENT, 2,
                "length is " + std::to_string(length) + ", expected 0 or more, within memory");
  if (length) given(text, 1, "text");
}

wdl_array line(const void *data, int32_t dtype, int64_t size) {
  wdl_array a{};
  a.data = const_cast<void *>(data), a.dtype = dtype, a.ndim = 1, a.shape[0] = size;
  fill_c_strides(a);
  return a;
}

void check_offsets(const int64_t *offsets, int64_t count, int64_t length) {
  bool falls = offsets[0] < 0 || offsets[count] > length;
  for (int64_t i = 0; i < count; i++) falls |= offsets[i + 1] < offsets[i];
  int64_t before = 0;
  for (int64_t i = 0; falls && i <= count; before = offsets[i++])
    if (offsets[i] < before || offsets[i] > length)
      throw Error(WDL_BAD_ARGUMENT, 3,
                  "offsets has " + std::to_string(offsets[i]) + " as entry " + std::to_string(i) +
                      ", expected " + std::to_string(before) + " to " + std::to_string(length),
                  i);
}

}  // namespace

wdl_status wdl_text_count_doubles(wdl_context ctx, const void *text_or_null, int64_t length,
                                  int32_t unit, int64_t *out) {
  return guarded(ctx, "wdl_text_count_doubles", [&](const Call &call) -> wdl_status {
    const text::Counted what = counted(unit, 3);
    check_text(text_or_null, length, what);
    given(out, 4, "out");
    Run run(call.limits(), call.caller());
    *out = text::count_doubles(run, what, text_or_null, length);
    return WDL_OK;
  });
}

wdl_status wdl_text_count_doubles_many(wdl_context ctx, const void *text_or_null, int64_t length,
                                       const int64_t *offsets, int64_t count, int32_t unit,
                                       int64_t *out) {
  return guarded(ctx, "wdl_text_count_doubles_many", [&](const Call &call) -> wdl_status {
    const text::Counted what = counted(unit, 5);
    check_text(text_or_null, length, what);
    given(offsets, 3, "offsets");
    if (count < 0 || count > most_bytes / 8)
      throw Error(WDL_BAD_ARGUMENT, 4,
                  "count is " + std::to_string(count) + ", expected 0 or more, within memory");
    given(out, 6, "out");
    const int64_t bytes = length * text::unit_size(what.unit);
    const wdl_array texts = line(text_or_null, WDL_U8, bytes),
                    borders = line(offsets, WDL_I64, count + 1), counts = line(out, WDL_I64, count);
    Arguments arrays;
    arrays.in(&texts, 1, "text", {WDL_U8}, 1);
    arrays.in(&borders, 3, "offsets", {WDL_I64}, 1);
    arrays.out(&counts, 6, "out", {WDL_I64}, 1);
    arrays.finish();
    check_offsets(offsets, count, length);
    Run run(call.limits(), call.caller());
    text::count_doubles_many(run, what, text_or_null, offsets, count, out);
    return WDL_OK;
  });
}

wdl_status wdl_text_count_doubles_rows(wdl_context ctx, const wdl_array *rows, int32_t unit,
                                       wdl_array *out) {
  return guarded(ctx, "wdl_text_count_doubles_rows", [&](const Call &call) -> wdl_status {
    const text::Counted what = counted(unit, 2);
    const int64_t item = text::unit_size(what.unit);
    Arguments arrays;
    arrays.in(rows, 1, "rows", {item == 1 ? WDL_U8 : item == 2 ? WDL_U16 : WDL_U32}, 2);
    arrays.out(out, 3, "out", {WDL_I64}, 1);
    expect_shape(*out, 3, "out", {rows->shape[0]}, "to match rows");
    arrays.finish();
    Run run(call.limits(), call.caller());
    text::count_doubles_rows(run, what, matrix(*rows), mutable_vector(*out));
    return WDL_OK;
  });
}
