#include "text_argument.hpp"

namespace windlass {

void check_data(const void *data, int64_t length, int64_t item, int32_t place) {
  if (length < 0 || length > most_bytes / item)
    throw Error(WDL_BAD_ARGUMENT, place + 1,
                "length is " + std::to_string(length) + ", expected 0 or more, within memory");
  if (length) given(data, place, "data");
}

void check_capacity(int64_t capacity, int64_t needed, int32_t place) {
  if (capacity < 0)
    throw Error(WDL_BAD_ARGUMENT, place,
                "capacity is " + std::to_string(capacity) + ", expected 0 or more");
  if (capacity < needed)
    throw Error(WDL_TOO_SMALL, place,
                "capacity is " + std::to_string(capacity) + ", expected at least " +
                    std::to_string(needed) + ", the operation's outputs");
}

wdl_array line_of(const void *data, int32_t dtype, int64_t size) {
  wdl_array a{};
  a.data = const_cast<void *>(data), a.dtype = dtype, a.ndim = 1, a.shape[0] = size;
  fill_c_strides(a);
  return a;
}

namespace {

template <class T>
void check_offsets_as(const T *offsets, int64_t count, int64_t length, int32_t place) {
  bool falls = offsets[0] < 0 || offsets[count] > length;
  for (int64_t i = 0; i < count; i++) falls |= offsets[i + 1] < offsets[i];
  int64_t before = 0;
  for (int64_t i = 0; falls && i <= count; before = offsets[i++])
    if (offsets[i] < before || offsets[i] > length)
      throw Error(WDL_BAD_ARGUMENT, place,
                  "offsets has " + std::to_string(offsets[i]) + " as entry " + std::to_string(i) +
                      ", expected " + std::to_string(before) + " to " + std::to_string(length),
                  i);
}

}  // namespace

void check_offsets(const wdl_array &offsets, int64_t length, int32_t place) {
  const int64_t count = offsets.shape[0] - 1;
  if (offsets.dtype == WDL_I32)
    check_offsets_as(static_cast<const int32_t *>(offsets.data), count, length, place);
  else
    check_offsets_as(static_cast<const int64_t *>(offsets.data), count, length, place);
}

Contiguous::Contiguous(const wdl_array &from) : array_(from) {
  const int64_t size = find_dtype(from.dtype)->size, count = from.shape[0];
  const bool lies_well = reinterpret_cast<uintptr_t>(from.data) % size_t(size) == 0 &&
                         (count <= 1 || from.stride[0] == size);
  if (lies_well) return;
  copy_.resize(size_t(count));
  array_.data = copy_.data();
  fill_c_strides(array_);
  copy_elements(from, array_);
}

int64_t *room(const wdl_array *out, int32_t place, const char *name) {
  if (!out) return nullptr;
  if (reinterpret_cast<uintptr_t>(out->data) % 8 || (out->shape[0] > 1 && out->stride[0] != 8))
    throw Error(WDL_UNSUPPORTED, place,
                std::string(name) + " has a stride of " + std::to_string(out->stride[0]) +
                    " bytes or is not aligned, expected contiguous i64");
  return static_cast<int64_t *>(out->data);
}

void feed(const Call &call, const text::File &file, text::StreamState &stream) {
  Run::Limits limits = call.limits();
  Run run(limits, call.caller());
  limits.progress = nullptr;
  Run within(limits, call.caller());
  file.pieces(run, [&](const text::Source &piece) { stream.feed(within, piece); });
}

NamedText::NamedText(const Call &call, wdl_text id, const char *operation, int32_t place)
    : target(call, id, Borrow::shared, place),
      object(target.as<text::TextObject>(text::text_kind, place)) {
  if (operation && object.info().name != operation)
    throw Error(WDL_BAD_ARGUMENT, place,
                "text has the operation \"" + std::string(object.info().name) + "\", expected \"" +
                    operation + "\"");
}

}  // namespace windlass
