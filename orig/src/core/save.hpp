// Any object as bytes and back. Layout, little-endian:
//   "WINDLASS", u32 version, u32 CRC-32 of the record, u64 bytes of the record, the record
//   record: kind, u32 count, then for each property that has a value: name, u32 type, value
//   value: i64 | f64 | text | u32 dtype, u32 ndim, i64 shape[ndim], elements in C order | record
//   kind, name, text: u32 bytes, the bytes
#pragma once
#include <string_view>

#include "object.hpp"

namespace windlass::save {

using FindKind = const Kind *(*)(std::string_view name);

// The bytes needed; writes them when data is given. Throws WDL_TOO_SMALL, WDL_UNSUPPORTED.
int64_t write(Object &object, char *data, int64_t capacity);
// A new object, not yet entered. Throws WDL_BAD_DATA with the offset of what is wrong.
Object *read(const char *data, int64_t length, FindKind find_kind);

}  // namespace windlass::save
