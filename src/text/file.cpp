// F_SETLEASE and F_SETSIG are Linux's own.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "core/object.hpp"
#include "pieces.hpp"

namespace windlass::text {
namespace {

constexpr int64_t piece_bytes = int64_t{8} << 20;  // of a pipe, at a time
constexpr int patience = 10;                       // ms between looks at whether to stop

std::string problem(int error) {
  char text[128] = "";
  const char *said = strerror_r(error, text, sizeof text);
  return said;
}

[[noreturn]] void refuse_read(int error) {
  throw Error(WDL_BAD_DATA, 2, "path names a file that cannot be read: " + problem(error));
}

// Bytes got: fewer than asked for only at the end.
int64_t fill(int descriptor, uint8_t *to, int64_t bytes, int64_t at) {
  int64_t got = 0;
  while (got < bytes) {
    const auto left = size_t(bytes - got);
    const ssize_t now = pread(descriptor, to + got, left, at + got);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0) refuse_read(errno);
    if (now == 0) break;
    got += now;
  }
  return got;
}

}  // namespace

File::File(const char *path, int32_t argument) : Source(nullptr, 0) {
  open(path, argument);
  if (!sequential_ && bytes_ > 0) map();
}

File::~File() {
  unmap();
  if (descriptor_ >= 0) close(descriptor_);
}

void File::open(const char *path, int32_t argument) {
  const auto refuse = [&](int error) {
    throw Error(error == ENOMEM ? WDL_OUT_OF_MEMORY : WDL_BAD_ARGUMENT, argument,
                "path is " + shown(path) + ": " + problem(error));
  };
  // To wait for who writes to a pipe is pieces' part.
  struct stat about;
  const int pipe = stat(path, &about) == 0 && S_ISFIFO(about.st_mode) ? O_NONBLOCK : 0;
  descriptor_ = ::open(path, O_RDONLY | O_CLOEXEC | pipe);
  if (descriptor_ < 0) refuse(errno);
  int error = fstat(descriptor_, &about) ? errno : S_ISDIR(about.st_mode) ? EISDIR : 0;
  if (error) {
    close(descriptor_);
    refuse(error);
  }
  // Files of /proc say that they are empty, those of /sys that they are as long as a page.
  const bool unknown = about.st_size == 0 || (about.st_blocks == 0 && about.st_size <= 1 << 16);
  sequential_ = !S_ISREG(about.st_mode) || unknown;
  bytes_ = sequential_ ? 0 : int64_t(about.st_size);
}

void File::map() {
  struct statvfs system;
  bool safe = fstatvfs(descriptor_, &system) == 0 && (system.f_flag & ST_RDONLY);
#ifdef F_SETLEASE
  // Who breaks the lease is told of by a signal, which by default ends the process: SIGURG is
  // ignored unless somebody handles it.
  if (!safe && fcntl(descriptor_, F_SETSIG, SIGURG) == 0)
    safe = leased_ = fcntl(descriptor_, F_SETLEASE, F_RDLCK) == 0;
#endif
  struct stat about;  // once more: now it stays
  if (!safe || fstat(descriptor_, &about) || about.st_size != bytes_) return unmap();
  void *at = mmap(nullptr, size_t(bytes_), PROT_READ, MAP_SHARED, descriptor_, 0);
  if (at == MAP_FAILED) return unmap();
  madvise(at, size_t(bytes_), MADV_SEQUENTIAL);
  map_ = at;
}

void File::unmap() const {
  if (map_) munmap(map_, size_t(bytes_));
  map_ = nullptr;
#ifdef F_SETLEASE
  if (leased_) fcntl(descriptor_, F_SETLEASE, F_UNLCK);
#endif
}

const uint8_t *File::read(int64_t at, int64_t bytes, uint8_t *scratch) const {
  if (map_ && !wanted_.load(std::memory_order_relaxed)) {
#ifdef F_SETLEASE
    if (!leased_ || fcntl(descriptor_, F_GETLEASE) == F_RDLCK)
      return static_cast<const uint8_t *>(map_) + at;
    wanted_.store(true, std::memory_order_relaxed);
#else
    return static_cast<const uint8_t *>(map_) + at;
#endif
  }
  const int64_t got = text::fill(descriptor_, scratch, bytes, at);
  if (got < bytes)
    throw Error(WDL_BAD_DATA, 2,
                "path names a file that has become shorter: it ends at byte " +
                    std::to_string(at + got) + ", and had " + std::to_string(bytes_),
                at + got);
  return scratch;
}

void File::pause() const {
  if (wanted_.load(std::memory_order_relaxed)) unmap();
}

// The same of what is not regular, where more may come later. `before`: bytes got so far.
int64_t File::fill(Run &run, uint8_t *to, int64_t bytes, int64_t before) const {
  int64_t got = 0;
  while (got < bytes) {
    pollfd waits = {descriptor_, POLLIN, 0};
    const bool ready = poll(&waits, 1, patience) > 0;
    if (run.report("text", before + got, -1, 0)) require_time(run);
    if (!ready) continue;
    const ssize_t now = ::read(descriptor_, to + got, size_t(bytes - got));
    if (now < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (now < 0) refuse_read(errno);
    if (now == 0) break;
    got += now;
  }
  return got;
}

void File::pieces(Run &run, const std::function<void(const Source &)> &use) const {
  std::vector<uint8_t> buffer{};
  buffer.resize(size_t(piece_bytes));
  for (int64_t before = 0;;) {
    const int64_t got = fill(run, buffer.data(), piece_bytes, before);
    if (got) use(Source(buffer.data(), got));
    before += got;
    if (got < piece_bytes) {
      if (run.report("text", before, before, 0)) require_time(run);
      return;
    }
  }
}

}  // namespace windlass::text
