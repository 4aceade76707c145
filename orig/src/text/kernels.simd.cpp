#include "kernels.hpp"

#include "units.simd.hpp"
#include "utf8.simd.hpp"
#include "validity.simd.hpp"

namespace windlass::text {

const Kernels WDL_LEVEL::kernels = {
    .doubles_u8_rows = WDL_LEVEL::doubles_u8_rows,
    .doubles_utf8_rows = WDL_LEVEL::doubles_utf8_rows,
    .doubles_utf8_trusted_rows = WDL_LEVEL::doubles_utf8_trusted_rows,
    .count_u8 = WDL_LEVEL::count_u8,
    .count_u16 = WDL_LEVEL::count_u16,
    .count_u32 = WDL_LEVEL::count_u32,
    .count_utf8 = WDL_LEVEL::count_utf8,
    .count_utf8_trusted = WDL_LEVEL::count_utf8_trusted,
    .count_utf8_lossy = WDL_LEVEL::count_utf8_lossy,
    .first_ill_formed = WDL_LEVEL::find_ill_formed,
};

}  // namespace windlass::text
