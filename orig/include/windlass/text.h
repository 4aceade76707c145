/* windlass text: kernels over text as bytes, UTF-8 characters and wider units. What is to be done
   is an object of kind "text", an operation with its settings; it is prepared once, many calls and
   threads may use it at a time, and every operation takes one text, many, a file, or a stream.
   Results are int64, as many for each text as the operation has outputs, whatever the number of
   threads:

     operation       outputs                    settings besides unit and invalid
     count_doubles   count                      ignore_case
     count_runs      count                      ignore_case
     count           count                      needle, ignore_case, overlapping, whole_words
     find, rfind     position (byte, -1: none)  needle, ignore_case, whole_words
     count_lines     lines, total               needle, ignore_case, overlapping, whole_words
     count_many      one count a needle         needles, ignore_case, overlapping, match
     wc              bytes chars lines words longest_line    whitespace
     validate_utf8   position (byte, -1: well formed)
     word_counts     total, distinct            whitespace, lower, top
     split           pieces                     whitespace, or needle as the separator

   Errors of all: WDL_BAD_ARGUMENT, WDL_BAD_HANDLE, WDL_BAD_DATA (ill-formed UTF-8: position is the
   byte or, of many texts, text and byte within it), WDL_CANCELLED, WDL_OUT_OF_MEMORY. */
#ifndef WINDLASS_TEXT_H
#define WINDLASS_TEXT_H
#include <windlass/core.h>

typedef wdl_object wdl_text;
typedef wdl_object wdl_text_stream;
typedef wdl_object wdl_word_counts;

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
   graphemes. text_or_null may be NULL when length is 0. The operation "count_doubles" without an
   object. */
WDL_API wdl_status wdl_text_count_doubles(wdl_context ctx, const void *text_or_null, int64_t length,
                                          int32_t unit, int64_t *out);

/* An operation by its name. Properties, all to be set but the last three:
     unit         char (of UTF-8), byte, u16, u32 (these two: count_doubles and count_runs only)
     invalid      of unit char, what ill-formed UTF-8 is: strict (an error), lossy (each maximal
                  ill-formed part a character that equals nothing), trusted (there is none; not
                  looked for)
     ignore_case  1: ASCII letters equal their other case
     overlapping  1: "aa" is twice in "aaa"
     whole_words  no, space (between ASCII whitespace or ends), ascii (between characters other than
                  A-Z a-z 0-9 _ or ends, where the needle begins or ends with one of these)
     match        each (needle counted on its own), leftmost_first (as an alternation of regular
                  expressions takes them: no two overlap, of those that begin together the first)
     whitespace   unicode (White_Space), ascii (6 characters), python (str.isspace)
     lower        1: ASCII letters as small ones
     top          the most frequent only; 0: all
     operation, needles (bytes, one after the other), needle_offsets (where each begins, and the
                  end)
 */
WDL_API wdl_status wdl_text_create(wdl_context ctx, const char *operation, wdl_text *out);
/* Needle i is [offsets[i], offsets[i + 1]) of needles_or_null (length bytes in all, copied). An
   empty needle is found at every unit and at the end. */
WDL_API wdl_status wdl_text_set_needles(wdl_context ctx, wdl_text text, const void *needles_or_null,
                                        int64_t length, const int64_t *offsets, int64_t count);
/* The number of results a text has, and their names separated by "|" ("count" for every needle of
   count_many). */
WDL_API wdl_status wdl_text_outputs(wdl_context ctx, wdl_text text, int64_t *count,
                                    const char **names);

/* One text of length units, on all cores. out has room for capacity results. */
WDL_API wdl_status wdl_text_run(wdl_context ctx, wdl_text text, const void *data_or_null,
                                int64_t length, int64_t capacity, int64_t *out);
/* Many texts in one call: text i is [offsets[i], offsets[i + 1]) of data_or_null (length units);
   offsets is (n + 1,) of i32 or i64 that never falls; out (n, outputs) of i64. */
WDL_API wdl_status wdl_text_run_many(wdl_context ctx, wdl_text text, const void *data_or_null,
                                     int64_t length, const wdl_array *offsets, wdl_array *out);
/* Texts of fixed width as NumPy keeps them: rows is (n, width) of u8, u16 or u32 to suit the unit,
   each row a text whose trailing NULs are padding. */
WDL_API wdl_status wdl_text_run_rows(wdl_context ctx, wdl_text text, const wdl_array *rows,
                                     wdl_array *out);
/* Texts anywhere: addresses (n,) of u64 and lengths in bytes (n,) of i64, both contiguous. What an
   address names is read as it is: a wrong one is a crash. */
WDL_API wdl_status wdl_text_run_pieces(wdl_context ctx, wdl_text text, const wdl_array *addresses,
                                       const wdl_array *lengths, wdl_array *out);
/* A file, by its path in the file system's bytes. It is mapped where nobody can shorten it
   meanwhile (a read lease is had, or the file system is read-only), else read by chunks; one that
   ends before its size at the start is WDL_BAD_DATA. Pipes and devices are read to their end. */
WDL_API wdl_status wdl_text_run_file(wdl_context ctx, wdl_text text, const char *path,
                                     int64_t capacity, int64_t *out);

/* Where all needles are, in bytes, in rising order: written to positions, contiguous i64 with as
   many entries as found or more (WDL_TOO_SMALL, which says how many). positions_or_null NULL counts
   only. Settings of "count". */
WDL_API wdl_status wdl_text_find_all(wdl_context ctx, wdl_text text, const void *data_or_null,
                                     int64_t length, wdl_array *positions_or_null, int64_t *found);
/* Operation "count_lines": how many hits each line has, and where the lines begin (lines + 1
   entries: the last is the end). Contiguous i64, as many entries as needed or more. */
WDL_API wdl_status wdl_text_line_counts(wdl_context ctx, wdl_text text, const void *data_or_null,
                                        int64_t length, wdl_array *counts_or_null,
                                        wdl_array *offsets_or_null, int64_t *lines);
/* Operation "split": where the pieces begin and their lengths, in bytes; contiguous i64. */
WDL_API wdl_status wdl_text_split(wdl_context ctx, wdl_text text, const void *data_or_null,
                                  int64_t length, wdl_array *starts_or_null,
                                  wdl_array *lengths_or_null, int64_t *pieces);
/* Operation "word_counts": a table of kind "word_counts", the most frequent word first, of equals
   the one that appears first. Its properties: "offsets" and "lengths" of each word in the text,
   "counts", "distinct", "total"; for tables of files, streams and lowered texts also "keys", the
   words' bytes, which offsets then are of. */
WDL_API wdl_status wdl_text_word_counts(wdl_context ctx, wdl_text text, const void *data_or_null,
                                        int64_t length, wdl_word_counts *out);
WDL_API wdl_status wdl_text_word_counts_file(wdl_context ctx, wdl_text text, const char *path,
                                             wdl_word_counts *out);

/* A text that comes in pieces, cut anywhere (between units): the results are those of the whole.
   The stream keeps the operation and its settings as they are now (all but split, which keeps
   pieces). */
WDL_API wdl_status wdl_text_stream_create(wdl_context ctx, wdl_text text, wdl_text_stream *out);
WDL_API wdl_status wdl_text_feed(wdl_context ctx, wdl_text_stream stream, const void *data_or_null,
                                 int64_t length);
/* next has been fed what follows: afterwards stream stands for both, and next is as it was. Both
   have the same operation and settings. Streams can be saved and loaded, on other machines too. */
WDL_API wdl_status wdl_text_merge(wdl_context ctx, wdl_text_stream stream, wdl_text_stream next);
/* The results as if the text ended here; the stream goes on. */
WDL_API wdl_status wdl_text_result(wdl_context ctx, wdl_text_stream stream, int64_t capacity,
                                   int64_t *out);
WDL_API wdl_status wdl_text_stream_word_counts(wdl_context ctx, wdl_text_stream stream,
                                               wdl_word_counts *out);
#endif
