#include "buffer.hpp"

namespace windlass {
namespace {

constexpr Property properties[] = {
    {.info = array_info("data", "The array that is kept.", 0, 0, 0, 0, WDL_RESULT),
     .read_array = [](Object &object) { return static_cast<Buffer &>(object).view; },
     .take_array =
         [](Object &object, OwnedArray &&loaded) {
           Buffer &buffer = static_cast<Buffer &>(object);
           buffer.data = std::move(loaded);
           buffer.view = buffer.data.view();
         }},
};

void check_loaded(Object &object) {
  if (!static_cast<Buffer &>(object).data)
    throw Error(WDL_BAD_DATA, 1, "data is not a saved object: the array of a buffer is missing");
}

}  // namespace

constinit const Kind buffer_kind("buffer", properties, make_object<Buffer>, destroy_object<Buffer>,
                                 check_loaded);

}  // namespace windlass
