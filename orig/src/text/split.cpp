#include "split.hpp"

#include "pieces.hpp"

namespace windlass::text {
namespace {

// What the separators are looked for with.
Settings separator_of(Settings settings) {
  if (settings.needles.size() != 1)
    throw Error(WDL_BAD_ARGUMENT, 1,
                std::to_string(settings.needles.size()) + " needles, expected one separator");
  if (settings.needles[0].empty())
    throw Error(WDL_BAD_ARGUMENT, 1, "needle is empty, expected a separator");
  if (settings.ignore_case)
    throw Error(WDL_BAD_ARGUMENT, 1, "ignore_case is 1, expected 0: separators are as they are");
  settings.overlapping = false;
  settings.whole_words = WholeWords::no;
  return settings;
}

}  // namespace

Split::Split(const Settings &settings) : words_(settings) {
  if (settings.needles.empty()) return;
  separators_ = std::make_unique<const CountNeedle>(separator_of(settings));
  if (settings.unit == Unit::utf8 && settings.invalid == Invalid::strict)
    validity_.emplace(settings);
}

int64_t Split::whole(const uint8_t *text, int64_t bytes, int64_t *out) const {
  if (separators_) {
    int64_t ill = -1;
    if (validity_) validity_->whole(text, bytes, &ill);
    if (ill < 0) ill = separators_->whole(text, bytes, out);
    ++out[0];
    return ill;
  }
  int64_t totals[5] = {};
  const int64_t ill = words_.whole(text, bytes, totals);
  out[0] = totals[3];
  return ill;
}

Split::Summary Split::scan(const uint8_t *text, int64_t bytes) const {
  Summary summary;
  if (!separators_) summary.words = words_.scan(text, bytes);
  if (separators_) summary.separators = separators_->scan(text, bytes);
  if (validity_) summary.validity = validity_->scan(text, bytes);
  return summary;
}

void Split::join(Summary &left, const Summary &right) const {
  if (!separators_) words_.join(left.words, right.words);
  if (separators_) separators_->join(left.separators, right.separators);
  if (validity_) validity_->join(left.validity, right.validity);
}

int64_t Split::finish(const Summary &summary, int64_t *out) const {
  int64_t totals[5] = {}, ill = -1;
  if (separators_) {
    if (validity_) validity_->finish(summary.validity, &ill);
    if (ill < 0) ill = separators_->finish(summary.separators, totals);
    out[0] = totals[0] + 1;
    return ill;
  }
  ill = words_.finish(summary.words, totals);
  out[0] = totals[3];
  return ill;
}

bool Split::sound(const Summary &summary) const noexcept {
  const auto sound = [](const auto &op, const auto &part) {
    if constexpr (requires { op.sound(part); }) return op.sound(part);
    return true;
  };
  if (separators_ && !sound(*separators_, summary.separators)) return false;
  return words_.sound(summary.words) && summary.validity.sound();
}

}  // namespace windlass::text
