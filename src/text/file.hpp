// A file as a text. It is mapped only where nobody can shorten it meanwhile, since a read past the
// end of a mapped file ends the process: on a read-only file system, or under a read lease, which
// makes who wants to write wait until it is given back. Else it is read by chunks.
#pragma once
#include <atomic>
#include <functional>

#include "source.hpp"

namespace windlass::text {

class File final : public Source {
 public:
  // Throws WDL_BAD_ARGUMENT where it cannot be opened; argument is the path's place.
  File(const char *path, int32_t argument);
  ~File() override;
  File(const File &) = delete;
  File &operator=(const File &) = delete;

  // Not a regular file: bytes() says nothing, and pieces() is the only way. A pipe that nobody has
  // opened for writing yet is open without waiting for that; pieces() waits.
  bool sequential() const noexcept { return sequential_; }
  bool mapped() const noexcept { return map_ != nullptr; }
  const uint8_t *read(int64_t at, int64_t bytes, uint8_t *scratch) const override;
  void pause() const override;
  // To its end, in order, each piece valid until the next; use(piece) may throw. What has come is
  // reported; WDL_CANCELLED where run stops it, also while nothing comes.
  void pieces(Run &run, const std::function<void(const Source &)> &use) const;

 private:
  int descriptor_ = -1;
  bool sequential_ = false, leased_ = false;
  mutable void *map_ = nullptr;
  mutable std::atomic<bool> wanted_{false};  // by somebody who waits to write

  void open(const char *path, int32_t argument);
  int64_t fill(Run &run, uint8_t *to, int64_t bytes, int64_t before) const;
  void map();
  void unmap() const;
};

}  // namespace windlass::text
