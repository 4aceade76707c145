// The text module of windlass.hpp, which includes it.
#ifndef WINDLASS_TEXT_HPP
#define WINDLASS_TEXT_HPP
#include <windlass/windlass.hpp>

namespace windlass {
namespace text {

// The owner of a table of words: properties "offsets", "lengths", "counts", "total", "distinct".
class WordCounts : public Object {
 public:
  explicit WordCounts(Object &&other) : Object(std::move(other), "word_counts") {}
};

// An operation by its name, with its settings as properties: Text("wc"), Text("count", {"the"}).
// Lengths and offsets are in bytes. Many threads may use one at a time.
class Text : public Object {
 public:
  explicit Text(const char *operation, const std::vector<std::string_view> &needles = {})
      : Object(create(operation)) {
    if (!needles.empty()) set_needles(needles);
  }
  explicit Text(Object &&other) : Object(std::move(other), "text") {}

  void set_needles(const std::vector<std::string_view> &needles) {
    std::string all;
    std::vector<std::int64_t> offsets = {0};
    for (std::string_view needle : needles) {
      all += needle;
      offsets.push_back(std::int64_t(all.size()));
    }
    windlass::check(wdl_text_set_needles(0, id(), all.data(), std::int64_t(all.size()),
                                         offsets.data(), std::int64_t(needles.size())));
  }
  std::int64_t outputs() const {
    std::int64_t count;
    const char *names;
    windlass::check(wdl_text_outputs(0, id(), &count, &names));
    return count;
  }

  std::vector<std::int64_t> run(std::string_view text, const Context &ctx = Context::none()) const {
    std::vector<std::int64_t> results(static_cast<std::size_t>(outputs()));
    ctx.check(wdl_text_run(ctx.id(), id(), text.data(), std::int64_t(text.size()),
                           std::int64_t(results.size()), results.data()));
    return results;
  }
  std::vector<std::int64_t> run_file(const char *path, const Context &ctx = Context::none()) const {
    std::vector<std::int64_t> results(static_cast<std::size_t>(outputs()));
    ctx.check(
        wdl_text_run_file(ctx.id(), id(), path, std::int64_t(results.size()), results.data()));
    return results;
  }
  // Where all needles are.
  std::vector<std::int64_t> find_all(std::string_view text,
                                     const Context &ctx = Context::none()) const {
    const auto size = std::int64_t(text.size());
    std::int64_t found;
    ctx.check(wdl_text_find_all(ctx.id(), id(), text.data(), size, nullptr, &found));
    std::vector<std::int64_t> positions(static_cast<std::size_t>(found));
    wdl_array out = view(positions);
    if (found) ctx.check(wdl_text_find_all(ctx.id(), id(), text.data(), size, &out, &found));
    return positions;
  }
  WordCounts word_counts(std::string_view text, const Context &ctx = Context::none()) const {
    wdl_word_counts made;
    ctx.check(wdl_text_word_counts(ctx.id(), id(), text.data(), std::int64_t(text.size()), &made));
    return WordCounts(Object(made));
  }

 private:
  static wdl_text create(const char *operation) {
    wdl_text made;
    windlass::check(wdl_text_create(0, operation, &made));
    return made;
  }
};

// A text that comes in pieces.
class Stream : public Object {
 public:
  explicit Stream(const Text &text) : Object(create(text)) {}
  explicit Stream(Object &&other) : Object(std::move(other), "text_stream") {}

  void feed(std::string_view piece, const Context &ctx = Context::none()) {
    ctx.check(wdl_text_feed(ctx.id(), id(), piece.data(), std::int64_t(piece.size())));
  }
  // `next` has been fed what follows.
  void merge(const Stream &next, const Context &ctx = Context::none()) {
    ctx.check(wdl_text_merge(ctx.id(), id(), next.id()));
  }
  std::vector<std::int64_t> result(std::int64_t outputs) const {
    std::vector<std::int64_t> results(static_cast<std::size_t>(outputs));
    windlass::check(wdl_text_result(0, id(), outputs, results.data()));
    return results;
  }

 private:
  static wdl_text_stream create(const Text &text) {
    wdl_text_stream made;
    windlass::check(wdl_text_stream_create(0, text.id(), &made));
    return made;
  }
};

// The number of i with unit[i] == unit[i + 1], in characters of UTF-8 or, with WDL_TEXT_BYTE,
// bytes.
inline std::int64_t count_doubles(std::string_view text, std::int32_t unit = WDL_TEXT_UTF8,
                                  const Context &ctx = Context::none()) {
  if (unit != WDL_TEXT_BYTE && unit != WDL_TEXT_UTF8 && unit != WDL_TEXT_UTF8_VALID)
    throw Error(WDL_BAD_ARGUMENT, "count_doubles: a std::string_view holds bytes or UTF-8");
  std::int64_t count;
  ctx.check(wdl_text_count_doubles(ctx.id(), text.data(), std::int64_t(text.size()), unit, &count));
  return count;
}
inline std::int64_t count_doubles(std::u16string_view text, const Context &ctx = Context::none()) {
  std::int64_t count;
  ctx.check(wdl_text_count_doubles(ctx.id(), text.data(), std::int64_t(text.size()), WDL_TEXT_U16,
                                   &count));
  return count;
}
inline std::int64_t count_doubles(std::u32string_view text, const Context &ctx = Context::none()) {
  std::int64_t count;
  ctx.check(wdl_text_count_doubles(ctx.id(), text.data(), std::int64_t(text.size()), WDL_TEXT_U32,
                                   &count));
  return count;
}

}  // namespace text
}  // namespace windlass
#endif
