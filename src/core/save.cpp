#include "save.hpp"

#include <array>
#include <bit>
#include <memory>

#include "handles.hpp"

namespace windlass::save {
namespace {

static_assert(std::endian::native == std::endian::little, "the saved form is memory's own");

constexpr char magic[] = "WINDLASS";
constexpr int64_t head_bytes = 24;
constexpr uint32_t version = 1;

// CRC-32 (ISO 3309), a byte a step.
constexpr auto crc_table = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  return table;
}();
uint32_t crc(const char *data, int64_t length) noexcept {
  uint32_t c = 0xffffffffu;
  for (int64_t i = 0; i < length; i++) c = crc_table[(c ^ uint8_t(data[i])) & 255] ^ c >> 8;
  return ~c;
}

// Counts, and writes while there is room.
class Writer {
 public:
  Writer(char *data, int64_t capacity) noexcept : data_(data), capacity_(capacity) {}
  int64_t used() const noexcept { return used_; }

  template <class T>
  void put(T value) noexcept {
    bytes(&value, sizeof value);
  }
  void text(std::string_view value) noexcept {
    put(uint32_t(value.size()));
    bytes(value.data(), int64_t(value.size()));
  }
  void array(const wdl_array &a) noexcept {
    put(a.dtype), put(a.ndim);
    for (int i = 0; i < a.ndim; i++) put(a.shape[i]);
    const int64_t length = element_count(a) * find_dtype(a.dtype)->size;
    if (length && fits(length)) {
      wdl_array copy = a;
      copy.data = data_ + used_;
      fill_c_strides(copy);
      copy_elements(a, copy);
    }
    used_ += length;
  }
  void object(Object &object, int depth = 0);

 private:
  bool fits(int64_t length) const noexcept { return data_ && used_ + length <= capacity_; }
  void bytes(const void *from, int64_t length) noexcept {
    if (length && fits(length)) std::memcpy(data_ + used_, from, size_t(length));
    used_ += length;
  }
  char *data_;
  int64_t capacity_, used_ = 0;
};

void Writer::object(Object &object, int depth) {
  const Kind &kind = *object.kind;
  if (depth > most_nested)
    throw Error(WDL_UNSUPPORTED, 1,
                "the object keeps objects within objects, too deep to be saved");
  if (!kind.make)
    throw Error(WDL_UNSUPPORTED, 1,
                std::string("an object of kind \"") + kind.name + "\" cannot be saved");
  uint32_t count = 0;
  for (const Property &p : kind.properties) count += has_value(object, p);
  text(kind.name);
  put(count);
  for (const Property &p : kind.properties) {
    if (!has_value(object, p)) continue;
    text(p.info.name);
    put(p.info.type);
    switch (p.info.type) {
      case WDL_INT:
        put(get_int(object, p));
        break;
      case WDL_REAL:
        put(get_real(object, p));
        break;
      case WDL_TEXT:
        text(get_text(object, p));
        break;
      case WDL_ARRAY:
        array(get_array(object, p));
        break;
      default: {
        const Borrow child(*static_cast<Hold *>(p.field(object))->slot(), Borrow::shared, 1,
                           p.info.name);
        this->object(child.object(), depth + 1);
      }
    }
  }
}

using Owned = std::unique_ptr<Object, void (*)(Object *)>;

class Reader {
 public:
  Reader(const char *data, int64_t length, FindKind find_kind) noexcept
      : data_(data), length_(length), find_kind_(find_kind) {}

  Owned object(int depth);
  void finish() const {
    if (at_ != length_) refuse("bytes follow the end");
  }
  [[noreturn]] void refuse(const std::string &why) const {
    throw Error(WDL_BAD_DATA, 1, "data is not a saved object: " + why, head_bytes + at_);
  }

 private:
  template <class T>
  T get() {
    T value;
    std::memcpy(&value, bytes(sizeof value), sizeof value);
    return value;
  }
  const char *bytes(int64_t count) {
    if (count > length_ - at_) refuse("it ends too early");
    at_ += count;
    return data_ + at_ - count;
  }
  std::string_view text() {
    const uint32_t count = get<uint32_t>();
    return {bytes(count), count};
  }
  OwnedArray array(const Property &p);
  void value(Object &object, const Property &p, int depth);

  const char *data_;
  int64_t length_, at_ = 0;
  FindKind find_kind_;
};

OwnedArray Reader::array(const Property &p) {
  wdl_array a{};
  a.dtype = get<int32_t>(), a.ndim = get<int32_t>();
  if (!find_dtype(a.dtype) || a.ndim < 0 || a.ndim > 8 ||
      (p.info.dtype && a.dtype != p.info.dtype) || (p.info.ndim && a.ndim != p.info.ndim))
    refuse(std::string(p.info.name) + " has another dtype or rank");
  int64_t length = find_dtype(a.dtype)->size;
  for (int i = 0; i < a.ndim; i++) {
    a.shape[i] = get<int64_t>();
    if (a.shape[i] < 0 || __builtin_mul_overflow(length, a.shape[i], &length))
      refuse(std::string(p.info.name) + " has an impossible shape");
  }
  fill_c_strides(a);
  a.data = const_cast<char *>(bytes(length));
  return OwnedArray(a);
}

void Reader::value(Object &object, const Property &p, int depth) {
  void *field = p.field ? p.field(object) : nullptr;
  switch (p.info.type) {
    case WDL_INT: {
      const int64_t value = get<int64_t>();
      if (value < int64_t(p.info.minimum) || value > int64_t(p.info.maximum))
        refuse(std::string(p.info.name) + " is out of bounds");
      *static_cast<int64_t *>(field) = value;
      break;
    }
    case WDL_REAL: {
      const double value = get<double>();
      if (!(value >= p.info.minimum && value <= p.info.maximum))
        refuse(std::string(p.info.name) + " is out of bounds");
      *static_cast<double *>(field) = value;
      break;
    }
    case WDL_TEXT: {
      const int32_t choice = find_choice(p, text());
      if (choice < 0) refuse(std::string(p.info.name) + " is not one of the choices");
      *static_cast<int32_t *>(field) = choice;
      break;
    }
    case WDL_ARRAY: {
      OwnedArray value = array(p);
      check_elements(value.view(), p, 1);
      if (p.take_array)
        p.take_array(object, std::move(value));
      else
        *static_cast<OwnedArray *>(field) = std::move(value);
      break;
    }
    default: {
      const wdl_object id = handles::enter(this->object(depth + 1).release());
      const Borrow child(id, Borrow::shared, 1);
      handles::release(id);  // the hold keeps it
      if (p.info.choices && find_choice(p, child.object().kind->name) < 0)
        refuse(std::string(p.info.name) + " is of another kind");
      *static_cast<Hold *>(field) = Hold(child);
    }
  }
}

Owned Reader::object(int depth) {
  if (depth > most_nested) refuse("objects within objects, too deep");
  const std::string_view name = text();
  const Kind *kind = find_kind_(name);
  if (!kind || !kind->make) refuse("no kind " + shown(name) + " in this version");
  Owned made(new_object(*kind), kind->destroy);
  for (uint32_t left = get<uint32_t>(); left; left--) {
    const std::string property(text().substr(0, 64));
    const Property *p = kind->find(property.c_str());
    if (!p || !(p->field || p->take_array))
      refuse("no property " + shown(property) + " in this version");
    if (get<int32_t>() != p->info.type) refuse(shown(property) + " is of another type");
    value(*made, *p, depth);
  }
  if (kind->check) kind->check(*made);
  return made;
}

}  // namespace

int64_t write(Object &object, char *data, int64_t capacity) {
  Writer count(nullptr, 0);
  count.object(object);
  const int64_t record = count.used(), needed = head_bytes + record;
  if (!data) return needed;
  if (capacity < needed)
    throw Error(WDL_TOO_SMALL, 3,
                "capacity is " + std::to_string(capacity) + ", expected at least " +
                    std::to_string(needed));
  Writer body(data + head_bytes, record);
  body.object(object);
  Writer head(data, head_bytes);
  for (char letter : std::string_view(magic)) head.put(letter);
  head.put(version), head.put(crc(data + head_bytes, record)), head.put(record);
  return needed;
}

Object *read(const char *data, int64_t length, FindKind find_kind) {
  auto refuse = [](const char *why, int64_t at) {
    throw Error(WDL_BAD_DATA, 1, std::string("data is not a saved object: ") + why, at);
  };
  uint32_t found_version, found_crc;
  int64_t record;
  if (length < head_bytes || std::memcmp(data, magic, 8)) refuse("it does not begin as one", 0);
  std::memcpy(&found_version, data + 8, 4);
  std::memcpy(&found_crc, data + 12, 4);
  std::memcpy(&record, data + 16, 8);
  if (found_version != version) refuse("it is of another version", 8);
  if (record != length - head_bytes) refuse("its length is wrong", 16);
  if (crc(data + head_bytes, record) != found_crc) refuse("its checksum is wrong", 12);
  Reader reader(data + head_bytes, record, find_kind);
  Owned made = reader.object(0);
  reader.finish();
  return made.release();
}

}  // namespace windlass::save
