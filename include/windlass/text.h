/* windlass text: kernels over bytes, UTF-8 characters and wider units. */
#ifndef WINDLASS_TEXT_H
#define WINDLASS_TEXT_H
#include <windlass/core.h>

/* What is counted, and what a length is counted in: bytes for the first two and the last, units of
   2 or 4 bytes (of any alignment) for the others. */
enum {
  WDL_TEXT_BYTE = 1,
  WDL_TEXT_UTF8 =
      2, /* Unicode characters; ill-formed text is WDL_BAD_DATA with its offset in position[0] */
  WDL_TEXT_U16 = 3,
  WDL_TEXT_U32 = 4,
  WDL_TEXT_UTF8_VALID =
      5 /* as UTF8, known to be valid: not checked. On other text any count, never a crash */
};

/* The number of i with unit[i] == unit[i + 1]: "aaa" has 2. NUL is data; no normalisation, no
   graphemes. text_or_null may be NULL when length is 0. Errors: WDL_BAD_ARGUMENT, WDL_BAD_DATA,
   WDL_CANCELLED. */
WDL_API wdl_status wdl_text_count_doubles(wdl_context ctx, const void *text_or_null, int64_t length,
                                          int32_t unit, int64_t *out);
/* Many texts in one call: text i is [offsets[i], offsets[i + 1]) of text_or_null, whose length is
   checked; offsets has count + 1 entries that never fall; out has count. In an error, position is
   text and offset within it. */
WDL_API wdl_status wdl_text_count_doubles_many(wdl_context ctx, const void *text_or_null,
                                               int64_t length, const int64_t *offsets,
                                               int64_t count, int32_t unit, int64_t *out);
/* Texts of fixed width, as NumPy keeps them: rows is (n, width) of u8, u16 or u32 to suit the unit,
   each row a text whose trailing NULs are padding; out is (n,) of i64. */
WDL_API wdl_status wdl_text_count_doubles_rows(wdl_context ctx, const wdl_array *rows, int32_t unit,
                                               wdl_array *out);
#endif
