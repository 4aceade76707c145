#include "scenarios.hpp"

namespace deep {
namespace {

// Ill-formed far from each other, in the first and the last chunk.
const std::vector<char> &bad_text() {
  static const std::vector<char> made = [] {
    std::vector<char> text = World::text();
    text[12345] = text[text.size() - 5] = char(0xff);
    return text;
  }();
  return made;
}

wdl_status one(World &w, const std::vector<char> &text, int32_t unit, int64_t item) {
  return wdl_text_count_doubles(w.ctx, text.data(), int64_t(text.size()) / item, unit, &w.integer);
}

// As many texts as offsets has entries, less one.
wdl_status many(World &w, const std::vector<char> &text, const std::vector<int64_t> &offsets) {
  return wdl_text_count_doubles_many(w.ctx, text.data(), int64_t(text.size()), offsets.data(),
                                     int64_t(offsets.size()) - 1, WDL_TEXT_UTF8, w.integers.data());
}

const std::vector<int64_t> &borders(int64_t texts) {
  static std::vector<int64_t> few, more;
  std::vector<int64_t> &made = texts < 10 ? few : more;
  if (made.empty())
    for (int64_t i = 0; i <= texts; i++) made.push_back(World::long_text * i / texts);
  return made;
}

wdl_array rows_of(const std::vector<char> &text, int64_t stride) {
  wdl_array a;
  const int64_t shape[] = {1500, 64}, strides[] = {64 * stride, stride};
  require(wdl_array_view(0, text.data(), WDL_U8, 2, shape, strides, WDL_READ_ONLY, &a), "rows");
  return a;
}

wdl_status rows(World &w, const std::vector<char> &text, int64_t stride) {
  const wdl_array a = rows_of(text, stride);
  wdl_array out = w.labels_array();
  return wdl_text_count_doubles_rows(w.ctx, &a, WDL_TEXT_UTF8, &out);
}

constexpr Scenario scenarios[] = {
    {"wdl_text_count_doubles", "the first region, with threads to start",
     [](World &w) { return one(w, World::text(), WDL_TEXT_BYTE, 1); }, nullptr, true},
    {"wdl_text_count_doubles", "a fault, with threads to start",
     [](World &w) { return one(w, bad_text(), WDL_TEXT_UTF8, 1); }, nullptr, true},
    {"wdl_text_count_doubles", "bytes",
     [](World &w) { return one(w, World::text(), WDL_TEXT_BYTE, 1); }},
    {"wdl_text_count_doubles", "UTF-8",
     [](World &w) { return one(w, World::text(), WDL_TEXT_UTF8, 1); }},
    {"wdl_text_count_doubles", "wide",
     [](World &w) { return one(w, World::text(), WDL_TEXT_U32, 4); }},
    {"wdl_text_count_doubles", "faults",
     [](World &w) { return one(w, bad_text(), WDL_TEXT_UTF8, 1); }},
    {"wdl_text_count_doubles", "unit", [](World &w) { return one(w, World::text(), 77, 1); }},
    {"wdl_text_count_doubles", "NULL",
     [](World &w) { return wdl_text_count_doubles(w.ctx, nullptr, 5, WDL_TEXT_BYTE, &w.integer); }},
    {"wdl_text_count_doubles_many", "short texts",
     [](World &w) { return many(w, World::text(), borders(1500)); }},
    {"wdl_text_count_doubles_many", "long texts",
     [](World &w) { return many(w, World::text(), borders(2)); }},
    {"wdl_text_count_doubles_many", "faults in short texts",
     [](World &w) { return many(w, bad_text(), borders(1500)); }},
    {"wdl_text_count_doubles_many", "faults in long texts",
     [](World &w) { return many(w, bad_text(), borders(2)); }},
    {"wdl_text_count_doubles_many", "offsets",
     [](World &w) {
       const int64_t falling[] = {0, 9, 5};
       return wdl_text_count_doubles_many(w.ctx, World::text().data(), 100, falling, 2,
                                          WDL_TEXT_BYTE, w.integers.data());
     }},
    {"wdl_text_count_doubles_rows", "", [](World &w) { return rows(w, World::text(), 1); }},
    {"wdl_text_count_doubles_rows", "strided", [](World &w) { return rows(w, World::text(), 3); }},
    {"wdl_text_count_doubles_rows", "faults", [](World &w) { return rows(w, bad_text(), 3); }},
    {"wdl_text_count_doubles_rows", "shape",
     [](World &w) {
       const wdl_array a = rows_of(World::text(), 1);
       wdl_array out = w.labels_array();
       out.shape[0]--;
       return wdl_text_count_doubles_rows(w.ctx, &a, WDL_TEXT_BYTE, &out);
     }},
};

}  // namespace

std::span<const Scenario> text_scenarios() {
  bad_text(), borders(2), borders(1500);  // made now: no scenario may allocate on its own account
  return scenarios;
}

}  // namespace deep
