// The list of kinds: what can be described, made by name, saved and loaded.
#pragma once
#include <string_view>

#include "core/object.hpp"

namespace windlass {

std::span<const Kind *const> kinds() noexcept;
const Kind *find_kind(std::string_view name) noexcept;  // nullptr: none

}  // namespace windlass
