// The error that a call throws; WDL_OK where it throws none.
#pragma once
#include "core/error.hpp"

namespace windlass::test {

template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error &e) {
    return e;
  }
  return Error(WDL_OK, -1, "nothing was thrown");
}

}  // namespace windlass::test
