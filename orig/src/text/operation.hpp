// An operation counts in a text, and in the pieces of a text: what it knows of a piece is a
// Summary, and summaries of neighbouring pieces join into the summary of both. One shape serves all
// cores on one text, files, streams and streams merged across machines; this file states it, and
// pieces.hpp makes an Operation of a class that has it.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/run.hpp"
#include "settings.hpp"
#include "source.hpp"

namespace windlass::text {

// Where text is first ill-formed: row of many (0 of one) and byte within it; row -1: nowhere.
struct Ill {
  int64_t row = -1, byte = -1;
};

// Rows of texts: row r is [offsets[r], offsets[r + 1]) of `text`, in bytes.
struct RowRange {
  const uint8_t *text;
  const int64_t *offsets;
  int64_t rows;
};

// A piecewise text: fed in order, joined with what follows, saved and loaded.
class StreamState {
 public:
  virtual ~StreamState() = default;
  // Throw nothing but std::bad_alloc and WDL_CANCELLED, and then have changed nothing.
  virtual void feed(Run &run, const Source &source) = 0;
  virtual void join(const StreamState &next) = 0;  // of the same operation and settings
  virtual int64_t fed() const noexcept = 0;        // bytes
  // Of the text so far, as if it ended here; the offset of the first ill-formed byte or -1.
  virtual int64_t finish(int64_t *out) const = 0;
  virtual std::vector<uint8_t> save() const = 0;
  virtual void load(std::span<const uint8_t> state) = 0;  // throws WDL_BAD_DATA
};

// Prepared, immutable, used by many threads at a time.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual int64_t outputs() const noexcept = 0;
  virtual int64_t item() const noexcept = 0;  // bytes of a unit
  // All cores on one text: the offset of its first ill-formed byte or -1. Throws WDL_CANCELLED.
  virtual int64_t attempt(Run &run, const Source &source, int64_t *out) const = 0;
  // Rows on this thread; out (rows, outputs).
  virtual Ill rows(const RowRange &rows, int64_t *out) const = 0;
  virtual std::unique_ptr<StreamState> stream() const = 0;
};

/* The class that an operation is. Everything is const and called by many threads; what is thrown is
   std::bad_alloc and, by the constructor, Error(WDL_BAD_ARGUMENT, 1, ...) for settings that do not
   suit.

struct Example {
  struct Summary {      // made: of the empty text
    template <class V> void visit(V &v) { v(count), v(prefix); }  // all it is, for saving:
integers,
  };                                                 // bool, std::string, std::vector of such, and
                                                     // structs with a visit of their own
  explicit Example(const Settings &);
  int64_t outputs() const noexcept;
  // A whole text, however long, on this thread. Returns the offset of its first ill-formed byte
  // (out is then unspecified) or -1. Used for short texts and rows: allocates nothing if possible.
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  // A piece of a text, cut anywhere, even within a character; may be empty.
  Summary scan(const uint8_t *text, int64_t bytes) const;
  // left: of both. right is not changed.
  void join(Summary &left, const Summary &right) const;
  // As whole(), of a text that is this one piece.
  int64_t finish(const Summary &summary, int64_t *out) const;

  // Optional. Nothing that follows can change the results: no more is scanned.
  bool settled(const Summary &summary) const noexcept;
  // Optional. Pieces are scanned from the end of the text; settled() then means what precedes, and
  // this many bytes that were not scanned are put before it.
  static constexpr bool from_end = true;
  void precede(Summary &summary, int64_t bytes) const;
  // Optional. Where summaries cost much: a text in memory has a way without them.
  bool direct() const noexcept;
  void run_directly(Run &run, const uint8_t *text, int64_t bytes, int64_t *out) const;
  // Optional. Whether a summary that was loaded is one that scan and join could have made, so that
  // the functions above are safe on it.
  bool sound(const Summary &summary) const noexcept;
  // Optional. The summary of a whole source, where there is a better way than of its chunks.
  Summary summarise(Run &run, const Source &source) const;
  // Optional: when join throws, it has changed nothing (else a stream joins to a copy).
  static constexpr bool joins_or_leaves = true;
  // Optional: true when the class looks at characters by itself. Otherwise, with unit utf8 and
  // invalid strict, text is validated beside it (validity.hpp).
  static constexpr bool validates = true;
};
*/

// Every operation there is, in one list. `outputs` names the results of a text, separated by "|".
struct OperationInfo {
  std::string_view name;
  const char *outputs;
  std::unique_ptr<const Operation> (*make)(const Settings &);  // throws WDL_BAD_ARGUMENT
};
inline constexpr char operation_names[] =
    "count_doubles|count_runs|count|find|rfind|count_lines|count_many|wc|validate_utf8|word_counts|"
    "split";
std::span<const OperationInfo> operations() noexcept;  // in the order of the names

// The table of a stream of "word_counts", which has the settings. Throws WDL_BAD_DATA.
struct WordTable;
WordTable words_of(const StreamState &stream, const Settings &settings);

}  // namespace windlass::text
