// Every kernel at every level, whole and in chunks, against the unit-at-a-time reference. The first
// two bytes choose the chunk and where rows end.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>

#include "../support/doubles_reference.hpp"
#include "target.hpp"
#include "text/doubles.hpp"

using namespace windlass;

namespace {

void require(bool good, const char *what, isa::Level level) {
  if (good) return;
  std::fprintf(stderr, "%s differs at level %s\n", what, isa::name(level));
  std::abort();
}

// A copy that ends where its memory ends, `offset` bytes into a line.
class Copy {
 public:
  Copy(const uint8_t *data, size_t size, size_t offset)
      : memory_(static_cast<uint8_t *>(std::aligned_alloc(64, 64 * ((offset + size) / 64 + 1)))),
        exact_(size ? new uint8_t[size] : nullptr),
        offset_(offset) {
    if (!memory_) throw std::bad_alloc();
    if (size)
      std::memcpy(exact_.get(), data, size), std::memcpy(memory_.get() + offset, data, size);
  }
  const uint8_t *exact() const { return exact_.get(); }
  const uint8_t *shifted() const { return memory_.get() + offset_; }

 private:
  struct Free {
    void operator()(uint8_t *p) const { std::free(p); }
  };
  std::unique_ptr<uint8_t, Free> memory_;
  std::unique_ptr<uint8_t[]> exact_;
  size_t offset_;
};

struct Expected {
  int64_t u8, u16, u32, utf8, bad;
};

void check_whole(const text::Kernels &k, isa::Level level, const uint8_t *p, int64_t n,
                 const Expected &e) {
  require(k.doubles_u8(p, n) == e.u8, "doubles_u8", level);
  require(k.doubles_u16(p, n / 2) == e.u16, "doubles_u16", level);
  require(k.doubles_u32(p, n / 4) == e.u32, "doubles_u32", level);
  const text::Utf8 found = k.doubles_utf8(p, n);
  require(found.count == e.utf8 && found.bad == e.bad, "doubles_utf8", level);
  const int64_t trusted = k.doubles_utf8_trusted(p, n);
  require(e.bad >= 0 || trusted == e.utf8, "doubles_utf8_trusted", level);
}

void check_chunks(const text::Kernels &k, isa::Level level, const uint8_t *p, int64_t n,
                  int64_t chunk, const Expected &e) {
  int64_t bytes = 0, characters = 0, bad = -1;
  for (int64_t i = 0; i * chunk < n; i++) {
    bytes += text::count_chunk(k, text::Unit::byte, p, n, i, chunk, false).count;
    const text::Utf8 found = text::count_chunk(k, text::Unit::utf8, p, n, i, chunk, false);
    characters += found.count;
    if (found.bad >= 0 && (bad < 0 || found.bad < bad)) bad = found.bad;
    text::count_chunk(k, text::Unit::utf8, p, n, i, chunk, true);
  }
  require(bytes == e.u8, "doubles_u8 in chunks", level);
  require(bad == e.bad && (bad >= 0 || characters == e.utf8), "doubles_utf8 in chunks", level);
}

void check_rows(const text::Kernels &k, isa::Level level, const uint8_t *p, int64_t n,
                int64_t width) {
  std::vector<int64_t> offsets{0}, out, expected;
  while (offsets.back() < n)
    offsets.push_back(offsets.back() + width < n ? offsets.back() + width : n);
  const auto rows = int64_t(offsets.size()) - 1;
  out.resize(size_t(rows) + 1);
  k.doubles_u8_rows(p, offsets.data(), rows, out.data());
  for (int64_t r = 0; r < rows; r++)
    require(
        out[size_t(r)] == test::count_doubles_slowly<uint8_t>(
                              p + offsets[size_t(r)], offsets[size_t(r) + 1] - offsets[size_t(r)]),
        "doubles_u8_rows", level);
  int64_t bad_row = -1;
  for (int64_t r = 0; r < rows && bad_row < 0; r++) {
    const int64_t begin = offsets[size_t(r)], size = offsets[size_t(r) + 1] - begin;
    const test::Decoded row = test::decode_utf8(p + begin, size);
    if (row.bad >= 0) bad_row = r;
    expected.push_back(row.bad >= 0 ? begin + row.bad : test::count_doubles_slowly(row));
  }
  const text::BadRow bad = k.doubles_utf8_rows(p, offsets.data(), rows, out.data());
  require(bad.row == bad_row && (bad_row < 0 || bad.bad == expected.back()), "doubles_utf8_rows",
          level);
  const size_t good = size_t(bad_row < 0 ? rows : bad_row);
  for (size_t r = 0; r < good; r++) require(out[r] == expected[r], "doubles_utf8_rows", level);
  k.doubles_utf8_trusted_rows(p, offsets.data(), rows, out.data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  const int64_t chunk = 1 + data[0], n = int64_t(size) - 2;
  const Copy copy(data + 2, size - 2, data[1] % 64);
  const test::Decoded decoded = test::decode_utf8(copy.exact(), n);
  const Expected e{test::count_doubles_slowly<uint8_t>(copy.exact(), n),
                   test::count_doubles_slowly<uint16_t>(copy.exact(), n / 2),
                   test::count_doubles_slowly<uint32_t>(copy.exact(), n / 4),
                   decoded.bad >= 0 ? 0 : test::count_doubles_slowly(decoded), decoded.bad};
  for (isa::Level level : isa::supported()) {
    const text::Kernels &k = text::kernels_at(level);
    check_whole(k, level, copy.exact(), n, e);
    check_whole(k, level, copy.shifted(), n, e);
    check_chunks(k, level, copy.exact(), n, chunk, e);
    check_rows(k, level, copy.exact(), n, 1 + data[1] % 67);
  }
  return 0;
}

std::vector<std::string> seeds() {
  std::string ascii(300, 'a'), mixed, wide;
  for (size_t i = 0; i < ascii.size(); i++) ascii[i] = char('a' + i * i % 7 % 3);
  for (uint32_t c : {0x7fu, 0x80u, 0x7ffu, 0x800u, 0xd7ffu, 0xe000u, 0xffffu, 0x10000u, 0x10ffffu})
    for (int times = 1; times < 6; times++)
      for (int i = 0; i < times; i++) test::append_utf8(mixed, c);
  for (int i = 0; i < 90; i++) test::append_utf8(wide, 0x4e00u + uint32_t(i / 2));
  std::vector<std::string> all{
      "ab", "\x40\x01", ascii, mixed, wide, ascii + mixed + wide + std::string(40, '\0') + ascii};
  for (size_t i = 2; i < all.size(); i++) all[i].insert(0, "\x1f\x07");
  return all;
}
