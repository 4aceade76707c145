// What a caller sets once for many calls: threads, time limit, callbacks, error record.
#pragma once
#include "handles.hpp"

namespace windlass {

extern const Kind context_kind;

struct Context : Object {
  int64_t threads = 0;
  double time_limit = 0;
  wdl_progress_fn progress = nullptr;
  void *progress_user = nullptr;
  double progress_interval = 0;
  wdl_sum_fn sum = nullptr;
  void *sum_user = nullptr;
  wdl_error error{};
  int depth = 0;  // calls running on it: a callback's own calls are nested, and serial

  Context() : Object(context_kind) {}
};

}  // namespace windlass
