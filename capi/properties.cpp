// core.h: kinds and properties by name.
#include "guard.hpp"
#include "kinds.hpp"

using namespace windlass;

namespace {

// A property of an object for one call.
struct Named {
  Target target;
  const Property &property;

  Named(const Call &call, wdl_object id, const char *name, Borrow::Mode mode)
      : target(call, id, mode, 1), property(find_property(*target.object().kind, name, 2)) {}
  Object &object() const noexcept { return target.object(); }
};

}  // namespace

wdl_status wdl_kind_at(wdl_context ctx, int32_t index, const char **out) {
  return guarded_plain(ctx, "wdl_kind_at", [&](const Call &) -> wdl_status {
    given(out, 2, "out");
    if (index < 0)
      throw Error(WDL_BAD_ARGUMENT, 1,
                  "index is " + std::to_string(index) + ", expected 0 or more");
    *out = size_t(index) < kinds().size() ? kinds()[size_t(index)]->name : nullptr;
    return WDL_OK;
  });
}

wdl_status wdl_property_at(wdl_context ctx, const char *kind, int32_t index,
                           const wdl_property **out) {
  return guarded_plain(ctx, "wdl_property_at", [&](const Call &) -> wdl_status {
    given(kind, 1, "kind");
    if (index < 0)
      throw Error(WDL_BAD_ARGUMENT, 2,
                  "index is " + std::to_string(index) + ", expected 0 or more");
    given(out, 3, "out");
    const std::string_view name(kind, strnlen(kind, 64));
    const Kind *found = find_kind(name);
    if (!found) {
      Nearest nearest(name);
      for (const Kind *one : kinds()) nearest.consider(one->name);
      throw Error(
          WDL_UNKNOWN_NAME, 1,
          "kind is " + shown(name) + ", expected one that wdl_kind_at lists" + nearest.text());
    }
    const auto list = found->properties;
    *out = size_t(index) < list.size() ? &list[size_t(index)].info : nullptr;
    return WDL_OK;
  });
}

wdl_status wdl_kind_of(wdl_context ctx, wdl_object object, const char **out) {
  return guarded_plain(ctx, "wdl_kind_of", [&](const Call &call) -> wdl_status {
    given(out, 2, "out");
    *out = Target(call, object, Borrow::shared, 1).object().kind->name;
    return WDL_OK;
  });
}

wdl_status wdl_set_int(wdl_context ctx, wdl_object object, const char *name, int64_t value) {
  return guarded(ctx, "wdl_set_int", [&](const Call &call) -> wdl_status {
    const Named named(call, object, name, Borrow::exclusive);
    set_int(named.object(), named.property, value, 3);
    return WDL_OK;
  });
}

wdl_status wdl_set_real(wdl_context ctx, wdl_object object, const char *name, double value) {
  return guarded(ctx, "wdl_set_real", [&](const Call &call) -> wdl_status {
    const Named named(call, object, name, Borrow::exclusive);
    set_real(named.object(), named.property, value, 3);
    return WDL_OK;
  });
}

wdl_status wdl_set_text(wdl_context ctx, wdl_object object, const char *name, const char *value) {
  return guarded(ctx, "wdl_set_text", [&](const Call &call) -> wdl_status {
    const Named named(call, object, name, Borrow::exclusive);
    set_text(named.object(), named.property, value, 3);
    return WDL_OK;
  });
}

wdl_status wdl_set_array(wdl_context ctx, wdl_object object, const char *name,
                         const wdl_array *value_or_null) {
  return guarded(ctx, "wdl_set_array", [&](const Call &call) -> wdl_status {
    const Named named(call, object, name, Borrow::exclusive);
    set_array(named.object(), named.property, value_or_null, 3);
    return WDL_OK;
  });
}

wdl_status wdl_set_object(wdl_context ctx, wdl_object object, const char *name,
                          wdl_object value_or_null) {
  return guarded(ctx, "wdl_set_object", [&](const Call &call) -> wdl_status {
    const Named named(call, object, name, Borrow::exclusive);
    require_type(named.property, WDL_OBJECT, true);
    if (value_or_null && value_or_null == object)
      throw Error(WDL_BAD_ARGUMENT, 3, std::string(name) + " is the object itself");
    if (!value_or_null)
      set_object(named.object(), named.property, nullptr, 3);
    else {
      const Target value(call, value_or_null, Borrow::shared, 3);
      if (!value.borrow()) Borrow::refuse_kind(value.object(), named.property.info.choices, 3);
      set_object(named.object(), named.property, value.borrow(), 3);
    }
    return WDL_OK;
  });
}

wdl_status wdl_get_int(wdl_context ctx, wdl_object object, const char *name, int64_t *out) {
  return guarded_plain(ctx, "wdl_get_int", [&](const Call &call) -> wdl_status {
    given(out, 3, "out");
    const Named named(call, object, name, Borrow::shared);
    *out = get_int(named.object(), named.property);
    return WDL_OK;
  });
}

wdl_status wdl_get_real(wdl_context ctx, wdl_object object, const char *name, double *out) {
  return guarded_plain(ctx, "wdl_get_real", [&](const Call &call) -> wdl_status {
    given(out, 3, "out");
    const Named named(call, object, name, Borrow::shared);
    *out = get_real(named.object(), named.property);
    return WDL_OK;
  });
}

wdl_status wdl_get_text(wdl_context ctx, wdl_object object, const char *name, char *text_or_null,
                        int64_t capacity, int64_t *out) {
  return guarded_plain(ctx, "wdl_get_text", [&](const Call &call) -> wdl_status {
    given(out, 5, "out");
    if (capacity < 0)
      throw Error(WDL_BAD_ARGUMENT, 4,
                  "capacity is " + std::to_string(capacity) + ", expected 0 or more");
    const Named named(call, object, name, Borrow::shared);
    const std::string_view value = get_text(named.object(), named.property);
    const int64_t needed = int64_t(value.size()) + 1;
    if (text_or_null) {
      if (capacity < needed)
        throw Error(WDL_TOO_SMALL, 4,
                    "capacity is " + std::to_string(capacity) + ", expected at least " +
                        std::to_string(needed));
      std::memcpy(text_or_null, value.data(), value.size());
      text_or_null[value.size()] = 0;
    }
    *out = needed;
    return WDL_OK;
  });
}

wdl_status wdl_get_array(wdl_context ctx, wdl_object object, const char *name, wdl_array *out) {
  return guarded_plain(ctx, "wdl_get_array", [&](const Call &call) -> wdl_status {
    given(out, 3, "out");
    const Named named(call, object, name, Borrow::shared);
    wdl_array value = get_array(named.object(), named.property);
    if (!out->data) {
      value.data = nullptr;
      value.flags = 0;
      fill_c_strides(value);
      *out = value;
      return WDL_OK;
    }
    Arguments arrays;
    arrays.out(out, 3, "out", {value.dtype}, value.ndim);
    for (int i = 0; i < value.ndim; i++)
      if (value.shape[i] != out->shape[i])
        throw Error(WDL_BAD_SHAPE, 3,
                    "out has shape " + shape_text(out->ndim, out->shape) + ", expected " +
                        shape_text(value.ndim, value.shape) + " as " + name + " has");
    copy_elements(value, *out);
    return WDL_OK;
  });
}
