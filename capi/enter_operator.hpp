// How an operator gets its id, and what it keeps.
#pragma once
#include <memory>
#include <utility>

#include "guard.hpp"
#include "sparse/operator.hpp"

namespace windlass {

// What an operator keeps is released with it, and only once it has come to be.
struct Release {
  wdl_release_fn fn = nullptr;
  void *user = nullptr;
};

inline wdl_object enter(sparse::Form form, std::unique_ptr<const sparse::Linear> linear,
                        const Release &release, std::vector<Hold> parts = {}, int depth = 1) {
  auto made = std::make_unique<sparse::Operator>(form, std::move(linear));
  made->parts = std::move(parts);
  made->depth = depth;
  sparse::Operator *entered = made.get();
  const wdl_object id = handles::enter(made.release());
  entered->release = release.fn;
  entered->user = release.user;
  return id;
}

}  // namespace windlass
