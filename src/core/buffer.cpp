#include "buffer.hpp"

namespace windlass {
namespace {

constexpr Property properties[] = {
    {.info = array_info("data", "The array that is kept.", 0, 0, 0, 0, WDL_RESULT),
     .field = field<&Buffer::data>,
     .read_array = [](Object &object) { return static_cast<Buffer &>(object).view; }},
};

void show_data(Object &object) {
  Buffer &buffer = static_cast<Buffer &>(object);
  if (!buffer.data) throw Error(WDL_BAD_DATA, 1, "data is missing from a saved buffer");
  buffer.view = buffer.data.view();
}

}  // namespace

constinit const Kind buffer_kind("buffer", properties, make_object<Buffer>, destroy_object<Buffer>,
                                 show_data);

}  // namespace windlass
