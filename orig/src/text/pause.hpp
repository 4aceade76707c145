// Ways that are quick for most texts only, and give up where they are not.
#pragma once
#include <algorithm>
#include <cstdint>

namespace windlass::text {

// How long to leave a quick way alone after it has failed: longer each time.
class Pause {
 public:
  // What to leave out, having failed within `step` bytes.
  int64_t failed(int64_t step) noexcept {
    bytes_ = std::min<int64_t>(bytes_ == 0 ? step : 2 * bytes_, 64 * step);
    good_ = 0;
    return bytes_;
  }
  // After a while of quick text a slow place is taken for a new one.
  void succeeded() noexcept {
    if (++good_ == 64) bytes_ = 0;
  }
  int64_t bytes() const noexcept { return bytes_; }

 private:
  int64_t bytes_ = 0, good_ = 0;
};

}  // namespace windlass::text
