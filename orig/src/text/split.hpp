// Operation "split": the pieces of a text between separators, as str.split(needle), or its words,
// as str.split().
#pragma once
#include <memory>
#include <optional>

#include "count_needle.hpp"
#include "validity.hpp"
#include "wc.hpp"

namespace windlass::text {

// One output: pieces.
class Split {
 public:
  struct Summary {
    Wc::Summary words;
    CountNeedle::Summary separators;
    Validity::Summary validity;
    template <class V>
    void visit(V &v) {
      v(words), v(separators), v(validity);
    }
  };
  static constexpr bool validates = true;

  explicit Split(const Settings &settings);
  int64_t outputs() const noexcept { return 1; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;

 private:
  Wc words_;
  std::unique_ptr<const CountNeedle> separators_;  // nullptr: white space separates
  std::optional<Validity> validity_;               // beside separators, where text may be refused
};

// Where the pieces of a text begin and their lengths, in bytes, on all cores; returns how many
// there are. Throws, before anything is written, WDL_BAD_DATA (argument 2) and WDL_TOO_SMALL (4:
// starts, 5: lengths); WDL_CANCELLED.
int64_t split(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes,
              int64_t *starts_or_null, int64_t *lengths_or_null, int64_t start_capacity,
              int64_t length_capacity);

}  // namespace windlass::text
