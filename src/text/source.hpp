// Where a text's bytes come from: memory, or a file that is mapped or read by chunks.
#pragma once
#include <cstdint>
#include <memory>

#include "core/run.hpp"

namespace windlass::text {

// Bytes a chunk: some 8 us at the speed of memory, many times the cost of a task or a hot region,
// so that a text of a megabyte has work for every core.
inline constexpr int64_t chunk_bytes = int64_t{1} << 18;

// The same of texts in memory that are read once: a chunk costs some 0.3 us besides and a stream of
// reads that begins anew, 5 %, which a longer text, or one thread, can do without.
inline int64_t chunk_of(const Run &run, int64_t bytes) noexcept {
  const bool has_enough = bytes >= 64 * chunk_bytes * (run.workers() - 1);
  return has_enough ? 4 * chunk_bytes : chunk_bytes;
}

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
