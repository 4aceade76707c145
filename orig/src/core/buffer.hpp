// An array kept beyond a call: the caller's memory with its release function, or, loaded, its own.
#pragma once
#include "handles.hpp"

namespace windlass {

extern const Kind buffer_kind;

struct Buffer : Object {
  wdl_array view{};
  OwnedArray data;  // loaded; empty when the memory is the caller's
  wdl_release_fn release = nullptr;
  void *user = nullptr;

  Buffer() : Object(buffer_kind) {}
  ~Buffer() {
    if (release) release(user);
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
};

}  // namespace windlass
