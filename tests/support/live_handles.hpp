// Fixtures for tests that make objects, and a kind of object to make.
#pragma once
#include <gtest/gtest.h>
#include <windlass/core.h>

#include <cstring>
#include <string>

#include "core/handles.hpp"

namespace windlass::test {

// Every test leaves as many objects as it found.
class LiveHandles : public testing::Test {
 protected:
  void SetUp() override { before_ = handles::live(); }
  void TearDown() override { EXPECT_EQ(handles::live(), before_) << "objects were left alive"; }

 private:
  int64_t before_ = 0;
};

// The status with which body throws; WDL_OK when it does not. *text: what it says.
template <class Body>
wdl_status thrown_by(Body &&body, std::string *text = nullptr, int32_t *argument = nullptr) {
  try {
    body();
    return WDL_OK;
  } catch (const Error &error) {
    if (text) *text = error.text;
    if (argument) *argument = error.argument;
    return error.status;
  } catch (const std::bad_alloc &) {
    return WDL_OUT_OF_MEMORY;
  }
}

inline std::string message(wdl_context ctx) { return wdl_error_message(ctx); }

inline wdl_context new_context() {
  wdl_context made = 0;
  EXPECT_EQ(wdl_context_create(0, &made), WDL_OK) << message(0);
  return made;
}

}  // namespace windlass::test
