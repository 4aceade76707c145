// text.h: operations, and their runs over one text, many, and files.
#include "core/handles.hpp"
#include "text/batch.hpp"
#include "text/doubles_operation.hpp"
#include "text/file.hpp"
#include "text/pieces.hpp"
#include "text_argument.hpp"

using namespace windlass;

namespace {

text::Settings counted(int32_t unit, int32_t argument) {
  if (unit < WDL_TEXT_BYTE || unit > WDL_TEXT_UTF8_VALID)
    throw Error(
        WDL_BAD_ARGUMENT, argument,
        "unit is " + std::to_string(unit) + ", expected WDL_TEXT_BYTE to WDL_TEXT_UTF8_VALID");
  text::Settings settings;
  const bool trusted = unit == WDL_TEXT_UTF8_VALID;
  settings.unit = trusted ? text::Unit::utf8 : text::Unit(unit);
  if (trusted) settings.invalid = text::Invalid::trusted;
  return settings;
}

text::Source memory(const void *data, int64_t length, const text::Operation &operation) {
  return {data, length * operation.item()};
}

void require_well_formed(int64_t ill, int32_t argument) {
  if (ill >= 0)
    throw Error(WDL_BAD_DATA, argument, "text is not valid UTF-8 at byte " + std::to_string(ill),
                ill);
}

// The results of a text that has many: to the caller only when all is well.
struct Held {
  explicit Held(int64_t count) : many(count > 8 ? size_t(count) : 0), size(count) {}
  int64_t *data() noexcept { return many.empty() ? few : many.data(); }
  void give(int64_t *out) noexcept { std::memcpy(out, data(), size_t(size) * sizeof *out); }

  int64_t few[8];
  std::vector<int64_t> many;
  int64_t size;
};

void check_results(const wdl_array *out, int64_t rows, int64_t outputs, Arguments &arrays,
                   int32_t place) {
  arrays.out(out, place, "out", {WDL_I64}, 2);
  expect_shape(*out, place, "out", {rows, outputs}, "texts and outputs of the operation");
}

}  // namespace

wdl_status wdl_text_count_doubles(wdl_context ctx, const void *text_or_null, int64_t length,
                                  int32_t unit, int64_t *out) {
  return guarded(ctx, "wdl_text_count_doubles", [&](const Call &call) -> wdl_status {
    const text::PieceOperation<text::CountDoubles> operation(counted(unit, 3));
    check_data(text_or_null, length, operation.item(), 1);
    given(out, 4, "out");
    Run run(call.limits(), call.caller());
    int64_t doubles;
    require_well_formed(operation.attempt(run, memory(text_or_null, length, operation), &doubles),
                        1);
    *out = doubles;
    return WDL_OK;
  });
}

wdl_status wdl_text_create(wdl_context ctx, const char *operation, wdl_text *out) {
  none_yet(out);
  return guarded(ctx, "wdl_text_create", [&](const Call &) -> wdl_status {
    given(operation, 1, "operation");
    given(out, 2, "out");
    const std::string_view name(operation, strnlen(operation, 64));
    const auto all = text::operations();
    size_t which = 0;
    Nearest nearest(name);
    for (; which < all.size() && all[which].name != name; which++)
      nearest.consider(all[which].name);
    if (which == all.size())
      throw Error(WDL_UNKNOWN_NAME, 1,
                  "operation is " + shown(name) + ", expected one of " + text::operation_names +
                      nearest.text());
    auto *made = static_cast<text::TextObject *>(new_object(text::text_kind));
    made->operation = int32_t(which);
    *out = handles::enter(made);
    return WDL_OK;
  });
}

wdl_status wdl_text_set_needles(wdl_context ctx, wdl_text text, const void *needles_or_null,
                                int64_t length, const int64_t *offsets, int64_t count) {
  return guarded(ctx, "wdl_text_set_needles", [&](const Call &call) -> wdl_status {
    const Target target(call, text, Borrow::exclusive, 1);
    auto &object = target.as<text::TextObject>(text::text_kind, 1);
    if (length < 0 || length > most_bytes)
      throw Error(WDL_BAD_ARGUMENT, 3,
                  "length is " + std::to_string(length) + ", expected 0 or more, within memory");
    if (length) given(needles_or_null, 2, "needles");
    given(offsets, 4, "offsets");
    if (count < 0 || count > most_bytes / 8)
      throw Error(WDL_BAD_ARGUMENT, 5,
                  "count is " + std::to_string(count) + ", expected 0 or more, within memory");
    wdl_array borders = line_of(offsets, WDL_I64, count + 1);
    const Contiguous aligned(borders);
    check_offsets(aligned.array(), length, 4);
    const auto *first = static_cast<const int64_t *>(aligned.array().data);
    std::vector<int64_t> from(first, first + count + 1);
    const auto *bytes = static_cast<const uint8_t *>(needles_or_null);
    std::vector<uint8_t> copy;
    if (length) copy.assign(bytes + from.front(), bytes + from.back());
    const int64_t begin = from.front();
    for (int64_t &at : from) at -= begin;
    object.set_needles(std::move(copy), std::move(from));
    return WDL_OK;
  });
}

wdl_status wdl_text_outputs(wdl_context ctx, wdl_text text, int64_t *count, const char **names) {
  return guarded(ctx, "wdl_text_outputs", [&](const Call &call) -> wdl_status {
    given(count, 2, "count");
    given(names, 3, "names");
    const NamedText named(call, text);
    const int64_t outputs = named.prepared().outputs();
    *count = outputs;
    *names = named.object.info().outputs;
    return WDL_OK;
  });
}

wdl_status wdl_text_run(wdl_context ctx, wdl_text text, const void *data_or_null, int64_t length,
                        int64_t capacity, int64_t *out) {
  return guarded(ctx, "wdl_text_run", [&](const Call &call) -> wdl_status {
    const NamedText named(call, text);
    const text::Operation &operation = named.prepared();
    check_data(data_or_null, length, operation.item());
    check_capacity(capacity, operation.outputs(), 4);
    given(out, 5, "out");
    Held held(operation.outputs());
    Run run(call.limits(), call.caller());
    const text::Source source = memory(data_or_null, length, operation);
    require_well_formed(operation.attempt(run, source, held.data()), 2);
    held.give(out);
    return WDL_OK;
  });
}

wdl_status wdl_text_run_many(wdl_context ctx, wdl_text text, const void *data_or_null,
                             int64_t length, const wdl_array *offsets, wdl_array *out) {
  return guarded(ctx, "wdl_text_run_many", [&](const Call &call) -> wdl_status {
    const NamedText named(call, text);
    const text::Operation &operation = named.prepared();
    check_data(data_or_null, length, operation.item());
    const wdl_array data = line_of(data_or_null, WDL_U8, length * operation.item());
    Arguments arrays;
    arrays.in(&data, 2, "data", {WDL_U8}, 1);
    arrays.in(offsets, 4, "offsets", {WDL_I32, WDL_I64}, 1);
    if (offsets->shape[0] < 1)
      throw Error(WDL_BAD_SHAPE, 4, "offsets has shape (0,), expected one entry or more");
    check_results(out, offsets->shape[0] - 1, operation.outputs(), arrays, 5);
    arrays.finish();
    const Contiguous borders(*offsets);
    check_offsets(borders.array(), length, 4);
    Run run(call.limits(), call.caller());
    text::run_many(run, operation, data_or_null, borders.array(), mutable_matrix(*out));
    return WDL_OK;
  });
}

wdl_status wdl_text_run_rows(wdl_context ctx, wdl_text text, const wdl_array *rows,
                             wdl_array *out) {
  return guarded(ctx, "wdl_text_run_rows", [&](const Call &call) -> wdl_status {
    const NamedText named(call, text);
    const text::Operation &operation = named.prepared();
    const int64_t item = operation.item();
    Arguments arrays;
    arrays.in(rows, 2, "rows", {item == 1 ? WDL_U8 : item == 2 ? WDL_U16 : WDL_U32}, 2);
    check_results(out, rows->shape[0], operation.outputs(), arrays, 3);
    arrays.finish();
    Run run(call.limits(), call.caller());
    text::run_rows(run, operation, matrix(*rows), mutable_matrix(*out));
    return WDL_OK;
  });
}

wdl_status wdl_text_run_pieces(wdl_context ctx, wdl_text text, const wdl_array *addresses,
                               const wdl_array *lengths, wdl_array *out) {
  return guarded(ctx, "wdl_text_run_pieces", [&](const Call &call) -> wdl_status {
    const NamedText named(call, text);
    const text::Operation &operation = named.prepared();
    Arguments arrays;
    arrays.in(addresses, 2, "addresses", {WDL_U64}, 1);
    arrays.in(lengths, 3, "lengths", {WDL_I64}, 1);
    expect_shape(*lengths, 3, "lengths", {addresses->shape[0]}, "to match addresses");
    check_results(out, addresses->shape[0], operation.outputs(), arrays, 4);
    arrays.finish();
    const Contiguous where(*addresses), sizes(*lengths);
    const auto *address = static_cast<const uint64_t *>(where.array().data);
    const auto *size = static_cast<const int64_t *>(sizes.array().data);
    int64_t all = 0;
    for (int64_t i = 0; i < addresses->shape[0]; i++) {
      const bool bad = size[i] < 0 || size[i] > most_bytes || size[i] % operation.item();
      if (bad || (size[i] && !address[i]))
        throw Error(
            WDL_BAD_ARGUMENT, 3,
            "lengths has " + std::to_string(size[i]) + " as entry " + std::to_string(i) +
                (bad ? ", expected whole units, 0 or more, within memory" : " for the address 0"),
            i);
      all += size[i];
      if (all > most_bytes)
        throw Error(WDL_BAD_ARGUMENT, 3, "lengths add up to more than memory", i);
    }
    Run run(call.limits(), call.caller());
    text::run_pieces(run, operation, address, size, mutable_matrix(*out));
    return WDL_OK;
  });
}

wdl_status wdl_text_run_file(wdl_context ctx, wdl_text text, const char *path, int64_t capacity,
                             int64_t *out) {
  return guarded(ctx, "wdl_text_run_file", [&](const Call &call) -> wdl_status {
    const NamedText named(call, text);
    const text::Operation &operation = named.prepared();
    given(path, 2, "path");
    check_capacity(capacity, operation.outputs(), 3);
    given(out, 4, "out");
    Held held(operation.outputs());
    const text::File file(path, 2);
    Run run(call.limits(), call.caller());
    const auto require_units = [&](int64_t bytes) {
      if (bytes % operation.item())
        throw Error(WDL_BAD_DATA, 2,
                    "path names a file of " + std::to_string(bytes) +
                        " bytes, expected whole units of " + std::to_string(operation.item()));
    };
    require_units(file.bytes());
    if (file.sequential()) {
      const auto stream = operation.stream();
      feed(call, file, *stream);
      require_units(stream->fed());
      require_well_formed(stream->finish(held.data()), 2);
    } else {
      require_well_formed(operation.attempt(run, file, held.data()), 2);
    }
    held.give(out);
    return WDL_OK;
  });
}
