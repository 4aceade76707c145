// text.h: where things are in a text, and its words.
#include "core/handles.hpp"
#include "text/file.hpp"
#include "text/find_all.hpp"
#include "text/line_counts.hpp"
#include "text/split.hpp"
#include "text_argument.hpp"

using namespace windlass;

namespace {

const wdl_array *room_for(Arguments &arrays, const wdl_array *out, int32_t place,
                          const char *name) {
  return out ? &arrays.out(out, place, name, {WDL_I64}, 1) : nullptr;
}

int64_t entries(const wdl_array *out) { return out ? out->shape[0] : 0; }

// data is read: what is written may not lie over it.
void name_data(Arguments &arrays, wdl_array &line, const void *data, int64_t length) {
  check_data(data, length, 1);
  line = line_of(data, WDL_U8, length);
  arrays.in(&line, 2, "data", {WDL_U8}, 1);
}

wdl_status new_words(text::WordTable &&table, wdl_word_counts *out) {
  *out = handles::enter(new text::WordCountsObject(std::move(table)));
  return WDL_OK;
}

}  // namespace

wdl_status wdl_text_find_all(wdl_context ctx, wdl_text text, const void *data_or_null,
                             int64_t length, wdl_array *positions_or_null, int64_t *found) {
  return guarded(ctx, "wdl_text_find_all", [&](const Call &call) -> wdl_status {
    given(found, 5, "found");
    const NamedText named(call, text);
    named.prepared();
    wdl_array line;
    Arguments arrays;
    name_data(arrays, line, data_or_null, length);
    room_for(arrays, positions_or_null, 4, "positions");
    arrays.finish();
    int64_t *positions = room(positions_or_null, 4, "positions");
    Run run(call.limits(), call.caller());
    *found =
        text::find_all(run, named.object.settings(), static_cast<const uint8_t *>(data_or_null),
                       length, positions, entries(positions_or_null));
    return WDL_OK;
  });
}

wdl_status wdl_text_line_counts(wdl_context ctx, wdl_text text, const void *data_or_null,
                                int64_t length, wdl_array *counts_or_null,
                                wdl_array *offsets_or_null, int64_t *lines) {
  return guarded(ctx, "wdl_text_line_counts", [&](const Call &call) -> wdl_status {
    given(lines, 6, "lines");
    const NamedText named(call, text, "count_lines");
    named.prepared();
    wdl_array line;
    Arguments arrays;
    name_data(arrays, line, data_or_null, length);
    room_for(arrays, counts_or_null, 4, "counts");
    room_for(arrays, offsets_or_null, 5, "offsets");
    arrays.finish();
    int64_t *counts = room(counts_or_null, 4, "counts");
    int64_t *offsets = room(offsets_or_null, 5, "offsets");
    Run run(call.limits(), call.caller());
    *lines = text::line_counts(run, named.object.settings(),
                               static_cast<const uint8_t *>(data_or_null), length, counts,
                               entries(counts_or_null), offsets, entries(offsets_or_null));
    return WDL_OK;
  });
}

wdl_status wdl_text_split(wdl_context ctx, wdl_text text, const void *data_or_null, int64_t length,
                          wdl_array *starts_or_null, wdl_array *lengths_or_null, int64_t *pieces) {
  return guarded(ctx, "wdl_text_split", [&](const Call &call) -> wdl_status {
    given(pieces, 6, "pieces");
    const NamedText named(call, text, "split");
    named.prepared();
    wdl_array line;
    Arguments arrays;
    name_data(arrays, line, data_or_null, length);
    room_for(arrays, starts_or_null, 4, "starts");
    room_for(arrays, lengths_or_null, 5, "lengths");
    arrays.finish();
    int64_t *starts = room(starts_or_null, 4, "starts");
    int64_t *lengths = room(lengths_or_null, 5, "lengths");
    Run run(call.limits(), call.caller());
    *pieces =
        text::split(run, named.object.settings(), static_cast<const uint8_t *>(data_or_null),
                    length, starts, lengths, entries(starts_or_null), entries(lengths_or_null));
    return WDL_OK;
  });
}

wdl_status wdl_text_word_counts(wdl_context ctx, wdl_text text, const void *data_or_null,
                                int64_t length, wdl_word_counts *out) {
  none_yet(out);
  return guarded(ctx, "wdl_text_word_counts", [&](const Call &call) -> wdl_status {
    given(out, 4, "out");
    const NamedText named(call, text, "word_counts");
    named.prepared();
    check_data(data_or_null, length, 1);
    Run run(call.limits(), call.caller());
    return new_words(
        text::count_words(run, named.object.settings(), text::Source(data_or_null, length)), out);
  });
}

wdl_status wdl_text_word_counts_file(wdl_context ctx, wdl_text text, const char *path,
                                     wdl_word_counts *out) {
  none_yet(out);
  return guarded(ctx, "wdl_text_word_counts_file", [&](const Call &call) -> wdl_status {
    given(path, 2, "path");
    given(out, 3, "out");
    const NamedText named(call, text, "word_counts");
    const text::Operation &operation = named.prepared();
    const text::File file(path, 2);
    Run run(call.limits(), call.caller());
    if (!file.sequential())
      return new_words(text::count_words(run, named.object.settings(), file), out);
    const auto stream = operation.stream();
    feed(call, file, *stream);
    return new_words(text::words_of(*stream, named.object.settings()), out);
  });
}
