// Every allocation of the process, counted, and failed on demand: the n-th after arm(), or all
// from the n-th on. Builds without a sanitizer take malloc and its family over; with one, which has
// taken them already, operator new and its family.
#pragma once
#include <cstdint>

namespace deep {

enum class Fail { once, from_then_on };

void arm(int64_t n, Fail mode) noexcept;
int64_t disarm() noexcept;       // how many were failed
int64_t outstanding() noexcept;  // blocks allocated less blocks freed, since the process began

}  // namespace deep
