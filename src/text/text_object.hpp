// The objects of kinds "text" (an operation with its settings), "text_stream" (a text that comes in
// pieces) and "word_counts" (a table of words).
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "core/made_once.hpp"
#include "core/object.hpp"
#include "operation.hpp"
#include "word_counts.hpp"

namespace windlass::text {

extern const Kind text_kind, stream_kind, word_counts_kind;

struct TextObject : Object {
  // Which of the choices.
  int32_t operation = 0, unit = 0, invalid = 0, whole_words = 0, match = 0, whitespace = 0;
  int64_t ignore_case = 0, overlapping = 0, lower = 0, top = 0;
  std::vector<uint8_t> needles;
  std::vector<int64_t> needle_offsets = {0};

  TextObject() : TextObject(text_kind) {}
  explicit TextObject(const Kind &kind) : Object(kind) {}
  TextObject(const TextObject &) = delete;
  TextObject &operator=(const TextObject &) = delete;

  Settings settings() const;
  const OperationInfo &info() const noexcept { return operations()[size_t(operation)]; }
  // Made by the first that asks, for all readers; throws WDL_BAD_ARGUMENT.
  const Operation &prepared() const;
  void set_needles(std::vector<uint8_t> bytes, std::vector<int64_t> offsets);
  void copy_settings(const TextObject &from);
  // By who has the object for himself.
  void forget() noexcept { prepared_.forget(); }

 private:
  MadeOnce<Operation> prepared_;
};

struct StreamObject : TextObject {
  std::unique_ptr<StreamState> state;

  StreamObject() : TextObject(stream_kind) {}
  void begin() { state = prepared().stream(); }  // once the settings are there
  // The state as it is saved; readers share it.
  const std::vector<uint8_t> &saved() const;
  void took_in() noexcept { has_saved_ = false; }

  std::vector<uint8_t> loaded;

 private:
  mutable std::mutex saving_;
  mutable std::vector<uint8_t> saved_;
  mutable bool has_saved_ = false;
};

struct WordCountsObject : Object {
  WordTable table;

  WordCountsObject() : Object(word_counts_kind) {}
  explicit WordCountsObject(WordTable &&made) : Object(word_counts_kind), table(std::move(made)) {}
};

}  // namespace windlass::text
