// A kind of object with a property of every type, for tests of what all kinds share.
#pragma once
#include <atomic>

#include "core/handles.hpp"

namespace windlass::test {

extern const Kind node_kind;

struct Node : Object {
  static constexpr uint64_t alive = 0x6c6976656c797965;
  static std::atomic<int64_t> destroyed;

  uint64_t mark = alive;  // anything else: it has been destroyed, or never was
  int64_t count = 0, found = 0;
  double scale = 0, bound = 0;
  int32_t shape = 0;
  OwnedArray table, any;
  Hold next, other;
  bool has_result = false;

  Node() : Object(node_kind) {}
  ~Node() {
    mark = 0;
    destroyed.fetch_add(1);
  }
};

// A new node with its initial values, and its id.
wdl_object new_node();
Node &node_of(wdl_object id);  // without a borrow: for looking at

}  // namespace windlass::test
