// What holds for the whole process: the object WDL_PROCESS.
#pragma once
#include "object.hpp"

namespace windlass {

extern const Kind process_kind;
Object &process() noexcept;

namespace process_wide {
int cores() noexcept;         // that affinity and control group allow
int threads() noexcept;       // of calls whose context does not say; the cores unless set
int loop_threads() noexcept;  // of what the calling thread calls without a context
}  // namespace process_wide

}  // namespace windlass
