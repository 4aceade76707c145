// The list of operations: a new one is a class and a row.
#include "count_needle.hpp"
#include "doubles_operation.hpp"
#include "find_needle.hpp"
#include "lines.hpp"
#include "lines_empty.hpp"
#include "many.hpp"
#include "pieces.hpp"
#include "split.hpp"
#include "validated.hpp"
#include "validity.hpp"
#include "wc.hpp"
#include "word_counts.hpp"

namespace windlass::text {
namespace {

using Made = std::unique_ptr<const Operation>;

// Whether what the operation does not look at has to be validated beside it.
template <class Op>
bool validated(const Settings &settings) noexcept {
  if constexpr (requires { Op::validates; }) return false;
  return settings.unit == Unit::utf8 && settings.invalid == Invalid::strict;
}

template <class Op>
Made make(const Settings &settings) {
  if constexpr (!requires { Op::validates; })
    if (validated<Op>(settings)) return std::make_unique<PieceOperation<Validated<Op>>>(settings);
  return std::make_unique<PieceOperation<Op>>(settings);
}

// An empty needle is at every border between characters.
Made make_count(const Settings &settings) {
  const bool empty = settings.needles.size() == 1 && settings.needles[0].empty();
  return empty && settings.whole_words == WholeWords::no ? make<CharacterBorders>(settings)
                                                         : make<CountNeedle>(settings);
}

Made make_lines(const Settings &settings) {
  return line_needle(settings).empty() ? make<CountEmptyInLines>(settings)
                                       : make<CountLines>(settings);
}

constexpr OperationInfo all[] = {
    {"count_doubles", "count", make<CountDoubles>},
    {"count_runs", "count", make<CountRuns>},
    {"count", "count", make_count},
    {"find", "position", make<FindFirst>},
    {"rfind", "position", make<FindLast>},
    {"count_lines", "lines|total", make_lines},
    {"count_many", "count", make<CountMany>},
    {"wc", "bytes|chars|lines|words|longest_line", make<Wc>},
    {"validate_utf8", "position", make<Validity>},
    {"word_counts", "total|distinct", make<WordCounts>},
    {"split", "pieces", make<Split>},
};

// operation_names are the choices of a property, which is a text.
constexpr bool named_in_order() {
  std::string_view left = operation_names;
  for (const OperationInfo &one : all) {
    if (left.substr(0, one.name.size()) != one.name) return false;
    left.remove_prefix(one.name.size());
    if (!left.empty()) {
      if (left[0] != '|') return false;
      left.remove_prefix(1);
    }
  }
  return left.empty();
}
static_assert(named_in_order());

}  // namespace

std::span<const OperationInfo> operations() noexcept { return all; }

WordTable words_of(const StreamState &stream, const Settings &settings) {
  int64_t counts[2];
  if (const int64_t ill = stream.finish(counts); ill >= 0)
    throw Error(WDL_BAD_DATA, 1,
                "the stream's text is not valid UTF-8 at byte " + std::to_string(ill), ill);
  if (validated<WordCounts>(settings))
    return table_of(static_cast<const PieceStream<Validated<WordCounts>> &>(stream).summary().inner,
                    settings);
  return table_of(static_cast<const PieceStream<WordCounts> &>(stream).summary(), settings);
}

}  // namespace windlass::text
