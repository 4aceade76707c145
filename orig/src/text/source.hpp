// Where a text's bytes come from: memory, or a file that is mapped or read by chunks.
#pragma once
#include <cstdint>
#include <memory>

#include "core/run.hpp"

namespace windlass::text {

// Bytes a chunk: some 8 us at the speed of memory, many times the cost of a task or a hot region,
// so that a text of a megabyte has work for every core.
inline constexpr int64_t chunk_bytes = int64_t{1} << 18;

class Source {
 public:
  Source(const void *text, int64_t bytes) noexcept
      : text_(static_cast<const uint8_t *>(text)), bytes_(bytes) {}
  virtual ~Source() = default;

  int64_t bytes() const noexcept { return bytes_; }
  const uint8_t *text() const noexcept { return text_; }  // nullptr: read() is the only way
  // [at, at + bytes): in memory, or read into scratch (chunk_bytes of room). Any thread. Throws
  // WDL_BAD_DATA where a file has become shorter.
  virtual const uint8_t *read(int64_t at, int64_t bytes, uint8_t *scratch) const {
    (void)bytes, (void)scratch;
    return text_ + at;
  }
  // By the calling thread while nobody uses what was read, at least every 100 ms: a file that
  // somebody wants to change is let go.
  virtual void pause() const {}

 protected:
  const uint8_t *text_;
  int64_t bytes_;
};

}  // namespace windlass::text
