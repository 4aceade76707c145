// The saved form from outside: reading its head, and making damaged files whose checksum is right.
#pragma once
#include <windlass/core.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace windlass::test {

// CRC-32 (ISO 3309), bit by bit: independent of the library's.
inline uint32_t crc32(const std::string &bytes) {
  uint32_t c = ~0u;
  for (const char byte : bytes) {
    c ^= uint8_t(byte);
    for (int bit = 0; bit < 8; bit++) c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
  }
  return ~c;
}

inline std::string file_of(const std::string &record, uint32_t version = 1) {
  const uint32_t crc = crc32(record);
  const uint64_t length = record.size();
  std::string file = "WINDLASS";
  file.append(reinterpret_cast<const char *>(&version), 4);
  file.append(reinterpret_cast<const char *>(&crc), 4);
  file.append(reinterpret_cast<const char *>(&length), 8);
  return file + record;
}

inline std::string record_of(const std::string &file) { return file.substr(24); }

template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char *>(&value), sizeof value};
}
inline std::string counted(const std::string &text) { return raw(uint32_t(text.size())) + text; }

// Empty, and *status says why, where it cannot be saved.
inline std::string saved(wdl_object id, wdl_status *status = nullptr) {
  int64_t needed = 0;
  wdl_status found = wdl_save(0, id, nullptr, 0, &needed);
  std::string bytes(found == WDL_OK ? size_t(needed) : 0, '\0');
  if (found == WDL_OK) found = wdl_save(0, id, bytes.data(), needed, &needed);
  if (status) *status = found;
  return found == WDL_OK ? bytes : std::string();
}

inline wdl_status load(const std::string &bytes, wdl_object *out) {
  return wdl_load(0, bytes.data(), int64_t(bytes.size()), out);
}

}  // namespace windlass::test
