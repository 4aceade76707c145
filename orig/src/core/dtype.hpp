// The element types of wdl_array: the list exists here only.
#pragma once
#include <windlass/core.h>

#include <cstdint>

namespace windlass {

struct Dtype {
  int32_t id;
  int32_t size;
  const char *name;
};

inline constexpr Dtype dtypes[] = {
    {WDL_U8, 1, "u8"},   {WDL_U16, 2, "u16"}, {WDL_U32, 4, "u32"}, {WDL_U64, 8, "u64"},
    {WDL_I8, 1, "i8"},   {WDL_I16, 2, "i16"}, {WDL_I32, 4, "i32"}, {WDL_I64, 8, "i64"},
    {WDL_F32, 4, "f32"}, {WDL_F64, 8, "f64"}, {WDL_C64, 8, "c64"}, {WDL_C128, 16, "c128"},
};
constexpr bool dtypes_in_order() {
  for (int i = 0; i < 12; i++)
    if (dtypes[i].id != i + 1) return false;
  return true;
}
static_assert(dtypes_in_order());

// nullptr: no such dtype.
constexpr const Dtype *find_dtype(int32_t id) noexcept {
  return id >= 1 && id <= 12 ? &dtypes[id - 1] : nullptr;
}

}  // namespace windlass
