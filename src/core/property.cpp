// Properties: look-up, checks, values.
#include <charconv>
#include <cmath>

#include "handles.hpp"
#include "object.hpp"

namespace windlass {
namespace {

std::string range(const Property &p) {
  return number_text(p.info.minimum) + " to " + number_text(p.info.maximum);
}

// Levenshtein's distance (1966) over names of at most 63 letters; 63 for longer ones.
int distance(std::string_view a, std::string_view b) noexcept {
  if (a.size() > 63 || b.size() > 63) return 63;
  int row[64];
  for (size_t j = 0; j <= b.size(); j++) row[j] = int(j);
  for (size_t i = 0; i < a.size(); i++) {
    int diagonal = row[0];
    row[0] = int(i) + 1;
    for (size_t j = 0; j < b.size(); j++) {
      const int change = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      int best = row[j] < row[j + 1] ? row[j] : row[j + 1];
      best = best + 1 < change ? best + 1 : change;
      row[j + 1] = best;
    }
  }
  return row[b.size()];
}

const char *type_name(int32_t type) noexcept {
  static constexpr const char *names[] = {"?",      "an int",   "a real",
                                          "a text", "an array", "an object"};
  return names[type >= 1 && type <= 5 ? type : 0];
}

template <class T>
T &value_of(Object &object, const Property &p) {
  return *static_cast<T *>(p.field(object));
}

void tell(Object &object) noexcept {
  if (object.kind->changed) object.kind->changed(object);
}

void require_value(Object &object, const Property &p) {
  if (!has_value(object, p))
    throw Error(WDL_NO_VALUE, 2,
                std::string(p.info.name) +
                    (p.info.flags & WDL_RESULT ? " has no value yet" : " is not set"));
}

void require_range(const Property &p, double value, const std::string &came, int32_t argument) {
  if (!(value >= p.info.minimum && value <= p.info.maximum))
    throw Error(WDL_BAD_ARGUMENT, argument,
                std::string(p.info.name) + " is " + came + ", expected " + range(p));
}

void set_initial(Object &object) noexcept {
  for (const Property &p : object.kind->properties) {
    if (!p.field || !p.info.initial) continue;
    const std::string_view text = p.info.initial;
    const char *end = text.data() + text.size();
    if (p.info.type == WDL_INT) std::from_chars(text.data(), end, value_of<int64_t>(object, p));
    if (p.info.type == WDL_REAL) std::from_chars(text.data(), end, value_of<double>(object, p));
    if (p.info.type == WDL_TEXT) value_of<int32_t>(object, p) = find_choice(p, text);
  }
}

}  // namespace

std::string shown(std::string_view value) {
  constexpr size_t longest = 40;
  std::string text = "\"";
  for (char letter : value.substr(0, longest))
    text += letter >= ' ' && letter <= '~' ? letter : '?';
  return text + (value.size() > longest ? "...\"" : "\"");
}

void Nearest::consider(std::string_view name) noexcept {
  const int d = distance(wanted_, name);
  if (d < distance_) best_ = name, distance_ = d;
}

const Property &find_property(const Kind &kind, const char *name, int32_t argument) {
  if (!name) throw Error(WDL_BAD_ARGUMENT, argument, "name is NULL, expected a property's name");
  if (const Property *found = kind.find(name)) return *found;
  const std::string_view wanted(name, strnlen(name, 64));
  Nearest nearest(wanted);
  for (const Property &p : kind.properties) nearest.consider(p.info.name);
  throw Error(WDL_UNKNOWN_NAME, argument,
              std::string("name is ") + shown(wanted) + ", expected a property of \"" + kind.name +
                  "\"" + nearest.text());
}

void require_type(const Property &p, int32_t type, bool setting) {
  const bool widens = setting && type == WDL_INT && p.info.type == WDL_REAL;
  if (p.info.type != type && !widens)
    throw Error(
        WDL_BAD_ARGUMENT, 2,
        std::string(p.info.name) + " is " + type_name(p.info.type) + ", not " + type_name(type));
  if (setting && !(p.info.flags & WDL_SETTABLE))
    throw Error(WDL_BAD_ARGUMENT, 2, std::string(p.info.name) + " is a result, and not to be set");
}

std::string_view choice_name(const Property &p, int32_t choice) noexcept {
  std::string_view left = p.info.choices;
  for (; choice > 0; choice--) {
    const size_t bar = left.find('|');
    if (bar == left.npos) return {};
    left.remove_prefix(bar + 1);
  }
  return left.substr(0, left.find('|'));
}

int32_t find_choice(const Property &p, std::string_view value) noexcept {
  for (int32_t i = 0; !value.empty(); i++) {
    const std::string_view one = choice_name(p, i);
    if (one == value) return i;
    if (one.empty()) break;
  }
  return -1;
}

Object *new_object(const Kind &kind) {
  Object *object = kind.make();
  set_initial(*object);
  return object;
}

bool has_value(Object &object, const Property &p) noexcept {
  if (p.present && !p.present(object)) return false;
  if (p.read_array) return true;
  if (p.info.type == WDL_ARRAY) return value_of<OwnedArray>(object, p).present;
  if (p.info.type == WDL_OBJECT) return bool(value_of<Hold>(object, p));
  return true;
}

void set_int(Object &object, const Property &p, int64_t value, int32_t argument) {
  require_type(p, WDL_INT, true);
  // Bounds of an int are whole and within int64: beyond 2^53 a double would round the value to one.
  const bool real = p.info.type == WDL_REAL;
  if (real || value < int64_t(p.info.minimum) || value > int64_t(p.info.maximum))
    require_range(p,
                  real        ? double(value)
                  : value < 0 ? -HUGE_VAL
                              : HUGE_VAL,
                  std::to_string(value), argument);
  if (p.write_int)
    p.write_int(value);
  else if (p.info.type == WDL_REAL)
    value_of<double>(object, p) = double(value);
  else
    value_of<int64_t>(object, p) = value;
  tell(object);
}

void set_real(Object &object, const Property &p, double value, int32_t argument) {
  require_type(p, WDL_REAL, true);
  require_range(p, value, number_text(value), argument);
  value_of<double>(object, p) = value;
  tell(object);
}

void set_text(Object &object, const Property &p, const char *value, int32_t argument) {
  require_type(p, WDL_TEXT, true);
  if (!value)
    throw Error(WDL_BAD_ARGUMENT, argument, std::string(p.info.name) + " is NULL, expected a text");
  const std::string_view text(value, strnlen(value, 256));
  const int32_t choice = find_choice(p, text);
  if (choice < 0) {
    Nearest nearest(text);
    for (int32_t i = 0; !choice_name(p, i).empty(); i++) nearest.consider(choice_name(p, i));
    throw Error(WDL_BAD_ARGUMENT, argument,
                std::string(p.info.name) + " is " + shown(text) + ", expected one of " +
                    p.info.choices + nearest.text());
  }
  if (p.write_text)
    p.write_text(choice);
  else
    value_of<int32_t>(object, p) = choice;
  tell(object);
}

void check_elements(const wdl_array &value, const Property &p, int32_t argument) {
  const std::string who = p.info.name;
  if (p.info.dtype && value.dtype != p.info.dtype)
    throw Error(WDL_BAD_DTYPE, argument,
                who + " has dtype " + find_dtype(value.dtype)->name + ", expected " +
                    find_dtype(p.info.dtype)->name);
  if (p.info.ndim && value.ndim != p.info.ndim)
    throw Error(WDL_BAD_SHAPE, argument,
                who + " has shape " + shape_text(value.ndim, value.shape) + ", expected " +
                    std::to_string(p.info.ndim) +
                    (p.info.ndim == 1 ? " dimension" : " dimensions"));
  if (p.info.dtype != WDL_F64) return;
  const OwnedArray packed(value);
  const int64_t count = packed.size();
  for (int64_t i = 0; i < count; i++)
    if (const double x = packed.reals()[i];
        !std::isfinite(x) || x < p.info.minimum || x > p.info.maximum)
      throw Error(WDL_BAD_DATA, argument,
                  who + " has " + number_text(x) + " as entry " + std::to_string(i) +
                      ", expected finite and " + range(p),
                  i);
}

void set_array(Object &object, const Property &p, const wdl_array *value, int32_t argument) {
  require_type(p, WDL_ARRAY, true);
  OwnedArray fresh;
  if (value) {
    check_array(value, argument, p.info.name);
    check_elements(*value, p, argument);
    fresh = OwnedArray(*value);
  }
  value_of<OwnedArray>(object, p) = std::move(fresh);
  tell(object);
}

int64_t get_int(Object &object, const Property &p) {
  require_type(p, WDL_INT, false);
  if (p.read_int) return p.read_int();
  if (p.present) require_value(object, p);
  if (p.count) return p.count(object);
  return value_of<int64_t>(object, p);
}

double get_real(Object &object, const Property &p) {
  require_type(p, WDL_REAL, false);
  if (p.present) require_value(object, p);
  return value_of<double>(object, p);
}

std::string_view get_text(Object &object, const Property &p) {
  require_type(p, WDL_TEXT, false);
  if (p.read_text) return p.read_text();
  require_value(object, p);
  return choice_name(p, value_of<int32_t>(object, p));
}

wdl_array get_array(Object &object, const Property &p) {
  require_type(p, WDL_ARRAY, false);
  require_value(object, p);
  return p.read_array ? p.read_array(object) : value_of<OwnedArray>(object, p).view();
}

}  // namespace windlass
