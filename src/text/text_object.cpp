#include "text_object.hpp"

namespace windlass::text {
namespace {

constexpr double most = 9007199254740992;  // 2^53

TextObject &of(Object &object) noexcept { return static_cast<TextObject &>(object); }
StreamObject &stream(Object &object) noexcept { return static_cast<StreamObject &>(object); }
WordTable &table(Object &object) noexcept { return static_cast<WordCountsObject &>(object).table; }

template <class T>
wdl_array view(const std::vector<T> &values, int32_t dtype) noexcept {
  wdl_array a{};
  a.data = const_cast<T *>(values.data()), a.dtype = dtype, a.ndim = 1, a.flags = WDL_READ_ONLY;
  a.shape[0] = int64_t(values.size());
  fill_c_strides(a);
  return a;
}

template <class T>
std::vector<T> taken(const OwnedArray &loaded) {
  std::vector<T> values(size_t(loaded.size()));
  if (!values.empty()) std::memcpy(values.data(), loaded.storage.data(), sizeof(T) * values.size());
  return values;
}

// The settings, which can be set on a text and are those of a stream.
template <int32_t Flags>
struct Rows {
  // A result has no initial value.
  static constexpr const char *initial(const char *value) noexcept {
    return Flags == WDL_SETTABLE ? value : nullptr;
  }

  static constexpr Property operation = {
      text_info("operation", "What is done.", nullptr, operation_names, WDL_RESULT),
      field<&TextObject::operation>};
  static constexpr Property unit = {
      text_info("unit", "What is counted: characters of UTF-8, bytes, units of 2 or 4 bytes.",
                initial("char"), "char|byte|u16|u32", Flags),
      field<&TextObject::unit>};
  static constexpr Property invalid = {
      text_info("invalid",
                "Ill-formed UTF-8: an error, characters that equal nothing, or not looked for.",
                initial("strict"), "strict|lossy|trusted", Flags),
      field<&TextObject::invalid>};
  static constexpr Property ignore_case = {
      int_info("ignore_case", "Whether ASCII letters equal their other case.", initial("0"), 0, 1,
               Flags),
      field<&TextObject::ignore_case>};
  static constexpr Property overlapping = {
      int_info("overlapping", "Whether hits may share bytes.", initial("0"), 0, 1, Flags),
      field<&TextObject::overlapping>};
  static constexpr Property whole_words = {
      text_info("whole_words", "Hits count between spaces, or ASCII word borders, only.",
                initial("no"), "no|space|ascii", Flags),
      field<&TextObject::whole_words>};
  static constexpr Property match = {
      text_info("match", "Each needle by itself, or the leftmost of all and of these the first.",
                initial("each"), "each|leftmost_first", Flags),
      field<&TextObject::match>};
  static constexpr Property whitespace = {
      text_info("whitespace", "What separates words: White_Space, 6 of ASCII, or str.isspace.",
                initial("unicode"), "unicode|ascii|python", Flags),
      field<&TextObject::whitespace>};
  static constexpr Property lower = {
      int_info("lower", "Whether ASCII letters of words become small.", initial("0"), 0, 1, Flags),
      field<&TextObject::lower>};
  static constexpr Property top = {
      int_info("top", "Words that are kept, the most frequent; 0: all.", initial("0"), 0, most,
               Flags),
      field<&TextObject::top>};
  static constexpr Property needles = {
      .info = array_info("needles", "The needles' bytes, one needle after the other.", WDL_U8, 1, 0,
                         255, WDL_RESULT),
      .read_array = [](Object &object) { return view(of(object).needles, WDL_U8); },
      .take_array = [](Object &object,
                       OwnedArray &&loaded) { of(object).needles = taken<uint8_t>(loaded); }};
  static constexpr Property needle_offsets = {
      .info = array_info("needle_offsets", "Where each needle begins in \"needles\", and the end.",
                         WDL_I64, 1, 0, most, WDL_RESULT),
      .read_array = [](Object &object) { return view(of(object).needle_offsets, WDL_I64); },
      .take_array =
          [](Object &object, OwnedArray &&loaded) {
            of(object).needle_offsets = taken<int64_t>(loaded);
          }};
};

using Set = Rows<WDL_SETTABLE>;
using Fixed = Rows<WDL_RESULT>;

constexpr Property text_properties[] = {
    Set::unit,        Set::invalid,   Set::ignore_case, Set::overlapping,
    Set::whole_words, Set::match,     Set::whitespace,  Set::lower,
    Set::top,         Set::operation, Set::needles,     Set::needle_offsets,
};

constexpr Property stream_properties[] = {
    Fixed::operation,
    Fixed::unit,
    Fixed::invalid,
    Fixed::ignore_case,
    Fixed::overlapping,
    Fixed::whole_words,
    Fixed::match,
    Fixed::whitespace,
    Fixed::lower,
    Fixed::top,
    Fixed::needles,
    Fixed::needle_offsets,
    {.info =
         array_info("state", "What is known of the text so far.", WDL_U8, 1, 0, 255, WDL_RESULT),
     .read_array = [](Object &object) { return view(stream(object).saved(), WDL_U8); },
     .take_array = [](Object &object,
                      OwnedArray &&made) { stream(object).loaded = taken<uint8_t>(made); }},
};

template <auto Member>
constexpr Property column(const char *name, const char *help) {
  return {
      .info = array_info(name, help, WDL_I64, 1, 0, most, WDL_RESULT),
      .read_array = [](Object &object) { return view(table(object).*Member, WDL_I64); },
      .take_array = [](Object &object,
                       OwnedArray &&loaded) { table(object).*Member = taken<int64_t>(loaded); }};
}

constexpr Property word_properties[] = {
    column<&WordTable::offsets>("offsets", "Where each word begins in the text, or in \"keys\"."),
    column<&WordTable::lengths>("lengths", "Bytes of each word."),
    column<&WordTable::counts>("counts", "How often each word is there."),
    {.info = array_info("keys", "The words' bytes, unless the offsets are of the caller's text.",
                        WDL_U8, 1, 0, 255, WDL_RESULT),
     .present =
         [](const Object &o) {
           return static_cast<const WordCountsObject &>(o).table.keys.size() > 0;
         },
     .read_array = [](Object &object) { return view(table(object).keys, WDL_U8); },
     .take_array = [](Object &object,
                      OwnedArray &&loaded) { table(object).keys = taken<uint8_t>(loaded); }},
    {.info = int_info("total", "Words in the text.", nullptr, 0, most, WDL_RESULT),
     .field = [](Object &object) -> void * { return &table(object).total; }},
    {.info = int_info("distinct", "Different words in the text.", nullptr, 0, most, WDL_RESULT),
     .field = [](Object &object) -> void * { return &table(object).distinct; }},
};

void refuse(const char *what) {
  throw Error(WDL_BAD_DATA, 1, std::string("data is not a saved object: ") + what);
}

void check_text(Object &object) {
  const TextObject &text = of(object);
  const auto &ends = text.needle_offsets;
  bool bad = ends.empty() || ends.front() != 0 || ends.back() != int64_t(text.needles.size());
  for (size_t i = 1; i < ends.size(); i++) bad |= ends[i] < ends[i - 1];
  if (bad) refuse("its needles do not fit together");
}

void check_stream(Object &object) {
  check_text(object);
  try {
    stream(object).begin();
  } catch (const Error &error) {
    refuse(error.text.c_str());
  }
  stream(object).state->load(stream(object).loaded);
  stream(object).loaded = {};
}

void check_words(Object &object) {
  const WordTable &t = table(object);
  const size_t words = t.offsets.size();
  bool bad = t.lengths.size() != words || t.counts.size() != words;
  for (size_t i = 0; !bad && i < words; i++)
    bad = t.offsets[i] < 0 || t.lengths[i] < 0 || t.counts[i] < 0 ||
          (!t.keys.empty() && (t.offsets[i] > int64_t(t.keys.size()) ||
                               t.lengths[i] > int64_t(t.keys.size()) - t.offsets[i]));
  if (bad) refuse("its words do not fit together");
}

void forget_prepared(Object &object) noexcept { of(object).forget(); }

}  // namespace

constinit const Kind text_kind("text", text_properties, make_object<TextObject>,
                               destroy_object<TextObject>, check_text, forget_prepared);
constinit const Kind stream_kind("text_stream", stream_properties, make_object<StreamObject>,
                                 destroy_object<StreamObject>, check_stream);
constinit const Kind word_counts_kind("word_counts", word_properties, make_object<WordCountsObject>,
                                      destroy_object<WordCountsObject>, check_words);

Settings TextObject::settings() const {
  static constexpr Unit units[] = {Unit::utf8, Unit::byte, Unit::u16, Unit::u32};
  Settings s;
  s.unit = units[unit];
  s.invalid = Invalid(invalid);
  s.ignore_case = ignore_case, s.overlapping = overlapping, s.lower = lower;
  s.whole_words = WholeWords(whole_words), s.match = Match(match);
  s.whitespace = Whitespace(whitespace), s.top = top;
  const auto *bytes = reinterpret_cast<const char *>(needles.data());
  for (size_t i = 0; i + 1 < needle_offsets.size(); i++)
    s.needles.emplace_back(bytes + needle_offsets[i],
                           size_t(needle_offsets[i + 1] - needle_offsets[i]));
  return s;
}

const Operation &TextObject::prepared() const {
  return prepared_.get([this] { return info().make(settings()); });
}

void TextObject::set_needles(std::vector<uint8_t> bytes, std::vector<int64_t> offsets) {
  forget();
  needles = std::move(bytes), needle_offsets = std::move(offsets);
}

void TextObject::copy_settings(const TextObject &from) {
  std::vector<uint8_t> bytes = from.needles;
  std::vector<int64_t> offsets = from.needle_offsets;
  set_needles(std::move(bytes), std::move(offsets));
  operation = from.operation, unit = from.unit, invalid = from.invalid;
  whole_words = from.whole_words, match = from.match, whitespace = from.whitespace;
  ignore_case = from.ignore_case, overlapping = from.overlapping;
  lower = from.lower, top = from.top;
}

const std::vector<uint8_t> &StreamObject::saved() const {
  const std::lock_guard<std::mutex> one(saving_);
  if (!has_saved_) saved_ = state->save();
  has_saved_ = true;
  return saved_;
}

}  // namespace windlass::text
