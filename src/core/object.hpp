// Objects describe themselves: a Kind names an object's properties, and that one table serves
// checking, description, defaults, saving and loading, and every binding.
#pragma once
#include <windlass/core.h>

#include <cstring>
#include <span>

#include "array.hpp"

namespace windlass {

struct Kind;

struct Object {
  const Kind *kind;
  explicit constexpr Object(const Kind &k) noexcept : kind(&k) {}
};

// Where a value lies, by its type: int64_t, double, int32_t (which of the choices), OwnedArray,
// Hold.
struct Property {
  wdl_property info;
  void *(*field)(Object &) = nullptr;
  bool (*present)(const Object &) = nullptr;  // has it a value; nullptr: as the field says
  // Of values that are computed or shared between threads; the field is unused then.
  int64_t (*read_int)() = nullptr;
  void (*write_int)(int64_t) = nullptr;
  std::string_view (*read_text)() = nullptr;
  void (*write_text)(int32_t choice) = nullptr;
  wdl_array (*read_array)(Object &) = nullptr;
  void (*take_array)(Object &, OwnedArray &&) = nullptr;  // in loading
  int64_t (*count)(const Object &) = nullptr;             // an int that is computed
};

// The rows of a kind's table: {int_info("threads", "Threads a call may use.", "0", 0, 256),
// field<...>}.
constexpr wdl_property int_info(const char *name, const char *help, const char *initial,
                                double minimum, double maximum, int32_t flags = WDL_SETTABLE) {
  return {name, help, initial, nullptr, minimum, maximum, WDL_INT, flags, 0, 0};
}
constexpr wdl_property real_info(const char *name, const char *help, const char *initial,
                                 double minimum, double maximum, int32_t flags = WDL_SETTABLE) {
  return {name, help, initial, nullptr, minimum, maximum, WDL_REAL, flags, 0, 0};
}
constexpr wdl_property text_info(const char *name, const char *help, const char *initial,
                                 const char *choices, int32_t flags = WDL_SETTABLE) {
  return {name, help, initial, choices, 0, 0, WDL_TEXT, flags, 0, 0};
}
constexpr wdl_property array_info(const char *name, const char *help, int32_t dtype, int32_t ndim,
                                  double minimum, double maximum, int32_t flags = WDL_SETTABLE) {
  return {name, help, nullptr, nullptr, minimum, maximum, WDL_ARRAY, flags, dtype, ndim};
}
constexpr wdl_property object_info(const char *name, const char *help, const char *kinds) {
  return {name, help, nullptr, kinds, 0, 0, WDL_OBJECT, WDL_SETTABLE, 0, 0};
}

// Looks a name up by three of its letters: a property read costs some 20 ns, and a search would
// double it.
struct NameIndex {
  static constexpr int buckets = 64, none = 255;
  uint8_t first[buckets], next[buckets];

  static constexpr unsigned hash(const char *name, size_t length) noexcept {
    if (!length) return 0;
    const unsigned a = uint8_t(name[0]), b = uint8_t(name[length / 2]),
                   c = uint8_t(name[length - 1]);
    return (a * 3 + b * 7 + c * 13 + unsigned(length)) % buckets;
  }
  explicit constexpr NameIndex(std::span<const Property> properties) noexcept : first{}, next{} {
    for (int i = 0; i < buckets; i++) first[i] = next[i] = none;
    for (size_t i = properties.size(); i-- > 0;) {
      const char *name = properties[i].info.name;
      size_t length = 0;
      while (name[length]) length++;
      const unsigned at = hash(name, length);
      next[i] = first[at];
      first[at] = uint8_t(i);
    }
  }
};

struct Kind {
  const char *name;
  std::span<const Property> properties;  // at most 64
  Object *(*make)();  // a new one, fields not yet initial; nullptr: not by wdl_load
  void (*destroy)(Object *) noexcept;
  void (*check)(Object &);             // after loading: throws where values do not fit together
  void (*changed)(Object &) noexcept;  // after a property was set; nullptr: nothing to do
  NameIndex index;

  constexpr Kind(const char *n, std::span<const Property> p, Object *(*m)(),
                 void (*d)(Object *) noexcept, void (*c)(Object &),
                 void (*h)(Object &) noexcept = nullptr)
      : name(n), properties(p), make(m), destroy(d), check(c), changed(h), index(p) {}

  const Property *find(const char *property) const noexcept {
    const size_t length = std::strlen(property);
    for (uint8_t i = index.first[NameIndex::hash(property, length)]; i != NameIndex::none;
         i = index.next[i])
      if (!std::strcmp(properties[i].info.name, property)) return &properties[i];
    return nullptr;
  }
};

template <class T>
Object *make_object() {
  return new T;
}
template <class T>
void destroy_object(Object *object) noexcept {
  delete static_cast<T *>(object);
}

// The field of a property from a pointer to a member: field<&Context::threads>.
template <auto Member>
struct MemberOf;
template <class Owner, class Value, Value Owner::*Member>
struct MemberOf<Member> {
  static void *get(Object &object) { return &(static_cast<Owner &>(object).*Member); }
};
template <auto Member>
inline constexpr void *(*field)(Object &) = &MemberOf<Member>::get;

// A name of the caller's, for a message: quoted, cut, what is not printable ASCII as ?.
std::string shown(std::string_view value);
// The name that is least different from the wanted one.
class Nearest {
 public:
  explicit Nearest(std::string_view wanted) noexcept : wanted_(wanted) {}
  void consider(std::string_view name) noexcept;
  std::string text() const { return "; the nearest is \"" + std::string(best_) + "\""; }

 private:
  std::string_view wanted_, best_;
  int distance_ = INT32_MAX;
};
// Throws WDL_UNKNOWN_NAME with the nearest name.
const Property &find_property(const Kind &kind, const char *name, int32_t argument);
// Made and set as the table says; of a kind that can be made.
Object *new_object(const Kind &kind);

// Check and set, or throw and leave as it was. argument is the place of the value in the prototype.
void set_int(Object &object, const Property &p, int64_t value, int32_t argument);
void set_real(Object &object, const Property &p, double value, int32_t argument);
void set_text(Object &object, const Property &p, const char *value, int32_t argument);
void set_array(Object &object, const Property &p, const wdl_array *value, int32_t argument);
// Throw WDL_NO_VALUE, or WDL_BAD_ARGUMENT for another type.
int64_t get_int(Object &object, const Property &p);
double get_real(Object &object, const Property &p);
std::string_view get_text(Object &object, const Property &p);
wdl_array get_array(Object &object, const Property &p);  // a view of the object's memory

bool has_value(Object &object, const Property &p) noexcept;
// As set_array, for a value that is not the caller's: of a result too, as loading does.
void check_elements(const wdl_array &value, const Property &p, int32_t argument);
void require_type(const Property &p, int32_t type, bool setting);
std::string_view choice_name(const Property &p, int32_t choice) noexcept;
int32_t find_choice(const Property &p, std::string_view value) noexcept;  // -1: none

}  // namespace windlass
