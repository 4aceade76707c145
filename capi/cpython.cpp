// cpython.h. A function of CPython gets no record of its own with a call, so each operation has its
// function and its record.
#include <windlass/cpython.h>
#include <windlass/text.h>

#include <cstring>

#include "guard.hpp"

using namespace windlass;

namespace {

constexpr const char *operations[] = {"count_doubles", "count", "find", "rfind"};
constexpr int64_t longest = 64 << 10;  // read with the GIL held: some microseconds

// The state's bits above the width (unicodeobject.h).
constexpr uint32_t width_bits = 7, compact = 8, ascii = 16;

wdl_cpython pythons[std::size(operations)];

struct Text {
  const void *data = nullptr;  // nullptr: none that is read here
  int64_t length = 0;
  int32_t unit = 0;
  const void *type = nullptr;
};

const void *type_of(const wdl_cpython &python, void *object) noexcept {
  void *type = python.type(object);
  python.release(type);  // both types that are asked for are immortal
  return type;
}

Text text_of(const wdl_cpython &python, void *object) noexcept {
  const void *type = type_of(python, object);
  if (type == python.bytes) return {python.data(object), python.size(object), WDL_TEXT_UTF8, type};
  if (type != python.unicode) return {};
  const char *base = static_cast<const char *>(object);
  uint32_t state;
  std::memcpy(&state, base + python.state, sizeof state);
  state >>= python.shift;
  if (!(state & compact)) return {};
  const int64_t length = python.length(object);
  if (state & ascii) return {base + python.ascii, length, WDL_TEXT_BYTE, type};
  const uint32_t width = state & width_bits;
  return {base + python.characters, length,
          width == 1   ? WDL_TEXT_BYTE
          : width == 2 ? WDL_TEXT_U16
                       : WDL_TEXT_U32,
          type};
}

bool count_doubles(const wdl_cpython &python, void *object, int64_t &found) noexcept {
  const Text text = text_of(python, object);
  return text.data && text.length <= longest &&
         wdl_text_count_doubles(0, text.data, text.length, text.unit, &found) == WDL_OK;
}

// Of bytes, or of a str of ASCII; the operation's id is looked up by the needle.
bool look(const wdl_cpython &python, void *object, void *needle, int64_t &found) noexcept {
  const Text text = text_of(python, object);
  const bool bytes = text.unit == WDL_TEXT_UTF8;
  if (!text.data || text.length > longest) return false;
  if (!bytes && text.data != static_cast<const char *>(object) + python.ascii) return false;
  if (type_of(python, needle) != text.type) return false;
  void *id = python.find(bytes ? python.of_bytes : python.of_str, needle);
  if (!id) {
    python.clear();
    return false;
  }
  const auto operation = static_cast<wdl_text>(python.number(id));
  return wdl_text_run(0, operation, text.data, text.length, 1, &found) == WDL_OK;
}

template <int which>
void *enter(void *, void *const *arguments, intptr_t count, void *names) {
  const wdl_cpython &python = pythons[which];
  constexpr intptr_t expected = which == 0 ? 1 : 2;
  if (count == expected && !names && python.entries(python.in_force) == 0) {
    int64_t found;
    bool answered;
    if constexpr (which == 0)
      answered = count_doubles(python, arguments[0], found);
    else
      answered = look(python, arguments[0], arguments[1], found);
    if (answered) return python.integer(found);
  }
  return python.call(python.otherwise, arguments, count, names);
}

constexpr wdl_cpython_fn functions[] = {enter<0>, enter<1>, enter<2>, enter<3>};
static_assert(std::size(functions) == std::size(operations));

void check(const wdl_cpython *python, bool needle, int32_t argument) {
  const wdl_cpython &p = *given(python, argument, "python");
  const bool complete = p.unicode && p.bytes && p.type && p.release && p.length && p.data &&
                        p.size && p.entries && p.find && p.number && p.integer && p.clear &&
                        p.call && p.otherwise && p.in_force &&
                        (!needle || (p.of_bytes && p.of_str));
  if (!complete)
    throw Error(WDL_BAD_ARGUMENT, argument, "python has a pointer that is NULL, expected all");
  const bool lies =
      p.state > 0 && p.characters > p.state && p.ascii > p.state && p.shift >= 0 && p.shift < 27;
  if (!lies)
    throw Error(WDL_BAD_ARGUMENT, argument,
                "python has a str's state at " + std::to_string(p.state) + " >> " +
                    std::to_string(p.shift) + ", its characters at " +
                    std::to_string(p.characters) + " and " + std::to_string(p.ascii) +
                    ", expected the state first and a shift of 0 to 26");
}

size_t index_of(const char *operation) {
  const std::string_view name{given(operation, 1, "operation"), strnlen(operation, 64)};
  Nearest nearest(name);
  for (size_t i = 0; i < std::size(operations); i++) {
    if (name == operations[i]) return i;
    nearest.consider(operations[i]);
  }
  throw Error(WDL_UNKNOWN_NAME, 1,
              "operation is " + shown(name) + ", expected count_doubles, count, find or rfind" +
                  nearest.text());
}

}  // namespace

wdl_status wdl_cpython_text(wdl_context ctx, const char *operation, const wdl_cpython *python,
                            wdl_cpython_fn *out) {
  return guarded_plain(ctx, "wdl_cpython_text", [&](const Call &) -> wdl_status {
    const size_t which = index_of(operation);
    check(python, which > 0, 2);
    given(out, 3, "out");
    pythons[which] = *python;
    *out = functions[which];
    return WDL_OK;
  });
}
