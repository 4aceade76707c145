// Summaries as bytes and back: integers as 8 bytes little-endian, texts and vectors with their
// length. One `visit` of a summary serves both directions.
#pragma once
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.hpp"

namespace windlass::text {

class ArchiveWriter {
 public:
  template <class T>
  void operator()(const T &value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
      number(uint64_t(int64_t(value)));
    else if constexpr (requires { value.data(), value.size(); })
      sequence(value);
    else
      const_cast<T &>(value).visit(*this);  // which only reads it
  }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;

  void number(uint64_t value) {
    for (int i = 0; i < 8; i++) bytes_.push_back(uint8_t(value >> 8 * i));
  }
  template <class T>
  void sequence(const T &values) {
    number(values.size());
    if constexpr (sizeof(values[0]) == 1) {
      const auto *begin = reinterpret_cast<const uint8_t *>(values.data());
      bytes_.insert(bytes_.end(), begin, begin + values.size());
    } else {
      for (const auto &value : values) (*this)(value);
    }
  }
};

class ArchiveReader {
 public:
  explicit ArchiveReader(std::span<const uint8_t> bytes) noexcept : bytes_(bytes) {}

  template <class T>
  void operator()(T &value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      value = T(int64_t(number()));
    } else if constexpr (requires { value.data(), value.size(); }) {
      sequence(value);
    } else {
      value.visit(*this);
    }
  }
  void finish() const {
    if (at_ != bytes_.size()) refuse();
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;

  [[noreturn]] void refuse() const {
    throw Error(WDL_BAD_DATA, 1, "state of a stream is damaged at byte " + std::to_string(at_),
                int64_t(at_));
  }
  uint64_t number() {
    if (bytes_.size() - at_ < 8) refuse();
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value |= uint64_t(bytes_[at_ + size_t(i)]) << 8 * i;
    at_ += 8;
    return value;
  }
  template <class T>
  void sequence(T &values) {
    using Value = std::remove_cvref_t<decltype(values[0])>;
    const uint64_t count = number();
    // Eight bytes an entry at least, or one: what is damaged asks for no more than is there.
    if (count > (bytes_.size() - at_) / (sizeof(Value) == 1 ? 1 : 8)) refuse();
    if constexpr (requires { values.resize(0); }) {
      values.resize(size_t(count));
    } else if (count != values.size()) {
      refuse();
    }
    if constexpr (sizeof(Value) == 1) {
      if (count) std::memcpy(values.data(), bytes_.data() + at_, size_t(count));
      at_ += size_t(count);
    } else {
      for (auto &value : values) (*this)(value);
    }
  }
};

}  // namespace windlass::text
