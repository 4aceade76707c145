// What the calls of text.h share: the checks of their arguments.
#pragma once
#include <windlass/text.h>

#include <vector>

#include "core/array.hpp"
#include "guard.hpp"
#include "text/file.hpp"
#include "text/text_object.hpp"

namespace windlass {

// data: how many units of `item` bytes; places 2 and 3 of the prototype.
void check_data(const void *data, int64_t length, int64_t item, int32_t place = 2);
void check_capacity(int64_t capacity, int64_t needed, int32_t place);
wdl_array line_of(const void *data, int32_t dtype, int64_t size);
// Throws WDL_BAD_ARGUMENT unless offsets begin at 0 or later, never fall and end within length.
void check_offsets(const wdl_array &offsets, int64_t length, int32_t place);
// A contiguous vector where the caller's one lies as it should, else a copy.
class Contiguous {
 public:
  explicit Contiguous(const wdl_array &from);
  Contiguous(const Contiguous &) = delete;
  Contiguous &operator=(const Contiguous &) = delete;
  const wdl_array &array() const noexcept { return array_; }

 private:
  wdl_array array_;
  std::vector<uint64_t> copy_;
};
// Room for results that are written one after the other: aligned and contiguous i64.
int64_t *room(const wdl_array *out, int32_t place, const char *name);

// A text, for the operation that is wanted; nullptr: for any.
struct NamedText {
  Target target;
  const text::TextObject &object;

  NamedText(const Call &call, wdl_text id, const char *operation = nullptr, int32_t place = 1);
  const text::Operation &prepared() const { return object.prepared(); }
};

// What is no regular file, to its end. Progress is that of the whole, not of its pieces.
void feed(const Call &call, const text::File &file, text::StreamState &stream);

}  // namespace windlass
