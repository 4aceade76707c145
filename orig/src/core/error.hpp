// What every layer throws; capi/guard.hpp turns it into a status and an error record.
#pragma once
#include <windlass/core.h>

#include <string>
#include <utility>

namespace windlass {

struct Error {
  wdl_status status;
  int32_t argument;  // place in the C prototype, 0 = the context; -1 none
  std::string text;  // "x has shape (3,), expected (n, 2)"; the function's name is put before it
  int64_t position[2] = {-1, -1};
  int64_t callback_result = 0;

  Error(wdl_status s, int32_t place, std::string what, int64_t first = -1, int64_t second = -1)
      : status(s), argument(place), text(std::move(what)), position{first, second} {}
};

}  // namespace windlass
