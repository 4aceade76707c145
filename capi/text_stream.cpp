// text.h: texts that come in pieces.
#include "core/handles.hpp"
#include "text_argument.hpp"

using namespace windlass;

namespace {

text::StreamObject &stream_of(const Target &target, int32_t place = 1) {
  return target.as<text::StreamObject>(text::stream_kind, place);
}

// The names of the settings that differ would say more than that some do.
std::string difference(const text::TextObject &a, const text::TextObject &b) {
  std::string names;
  const auto note = [&](bool differs, const char *name) {
    if (differs) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  note(a.operation != b.operation, "operation");
  note(a.unit != b.unit, "unit");
  note(a.invalid != b.invalid, "invalid");
  note(a.ignore_case != b.ignore_case, "ignore_case");
  note(a.overlapping != b.overlapping, "overlapping");
  note(a.whole_words != b.whole_words, "whole_words");
  note(a.match != b.match, "match");
  note(a.whitespace != b.whitespace, "whitespace");
  note(a.lower != b.lower, "lower");
  note(a.top != b.top, "top");
  note(a.needles != b.needles || a.needle_offsets != b.needle_offsets, "needles");
  return names;
}

}  // namespace

wdl_status wdl_text_stream_create(wdl_context ctx, wdl_text text, wdl_text_stream *out) {
  none_yet(out);
  return guarded(ctx, "wdl_text_stream_create", [&](const Call &call) -> wdl_status {
    given(out, 2, "out");
    const NamedText named(call, text);
    auto made = std::make_unique<text::StreamObject>();
    made->copy_settings(named.object);
    made->begin();
    *out = handles::enter(made.release());
    return WDL_OK;
  });
}

wdl_status wdl_text_feed(wdl_context ctx, wdl_text_stream stream, const void *data_or_null,
                         int64_t length) {
  return guarded(ctx, "wdl_text_feed", [&](const Call &call) -> wdl_status {
    const Target target(call, stream, Borrow::exclusive, 1);
    text::StreamObject &object = stream_of(target);
    const int64_t item = object.prepared().item();
    check_data(data_or_null, length, item);
    if (length * item > most_bytes - object.state->fed())
      throw Error(WDL_BAD_ARGUMENT, 3, "length is more than a stream can take in all");
    Run run(call.limits(), call.caller());
    object.state->feed(run, text::Source(data_or_null, length * item));
    object.took_in();
    return WDL_OK;
  });
}

wdl_status wdl_text_merge(wdl_context ctx, wdl_text_stream stream, wdl_text_stream next) {
  return guarded(ctx, "wdl_text_merge", [&](const Call &call) -> wdl_status {
    if (stream == next)
      throw Error(WDL_BAD_ARGUMENT, 2, "next is the stream itself, expected what follows it");
    const Target target(call, stream, Borrow::exclusive, 1);
    const Target other(call, next, Borrow::shared, 2);
    text::StreamObject &object = stream_of(target);
    const text::StreamObject &following = stream_of(other, 2);
    if (const std::string names = difference(object, following); !names.empty())
      throw Error(WDL_BAD_ARGUMENT, 2,
                  "next differs from the stream in " + names + ", expected the same");
    if (following.state->fed() > most_bytes - object.state->fed())
      throw Error(WDL_BAD_ARGUMENT, 2, "next has more bytes than a stream can take in all");
    object.state->join(*following.state);
    object.took_in();
    return WDL_OK;
  });
}

wdl_status wdl_text_result(wdl_context ctx, wdl_text_stream stream, int64_t capacity,
                           int64_t *out) {
  return guarded(ctx, "wdl_text_result", [&](const Call &call) -> wdl_status {
    const Target target(call, stream, Borrow::shared, 1);
    const text::StreamObject &object = stream_of(target);
    const int64_t outputs = object.prepared().outputs();
    check_capacity(capacity, outputs, 2);
    given(out, 3, "out");
    std::vector<int64_t> results(size_t(outputs), 0);
    const int64_t ill = object.state->finish(results.data());
    if (ill >= 0)
      throw Error(WDL_BAD_DATA, 1,
                  "the stream's text is not valid UTF-8 at byte " + std::to_string(ill), ill);
    std::memcpy(out, results.data(), results.size() * sizeof *out);
    return WDL_OK;
  });
}

wdl_status wdl_text_stream_word_counts(wdl_context ctx, wdl_text_stream stream,
                                       wdl_word_counts *out) {
  none_yet(out);
  return guarded(ctx, "wdl_text_stream_word_counts", [&](const Call &call) -> wdl_status {
    given(out, 2, "out");
    const Target target(call, stream, Borrow::shared, 1);
    const text::StreamObject &object = stream_of(target);
    if (object.info().name != "word_counts")
      throw Error(WDL_BAD_ARGUMENT, 1,
                  "stream has the operation \"" + std::string(object.info().name) +
                      "\", expected \"word_counts\"");
    *out = handles::enter(
        new text::WordCountsObject(text::words_of(*object.state, object.settings())));
    return WDL_OK;
  });
}
