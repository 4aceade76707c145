// The error record of calls without a context, one a thread. It lies on the heap behind one
// pointer: memory that is thread_local in a library loaded by dlopen would be allocated by the C
// library, which ends the process when there is none.
#pragma once
#include <windlass/core.h>

namespace windlass {

// Where this thread's next error goes; nullptr when there is no memory for it, which is remembered.
wdl_error *thread_error() noexcept;
// This thread's last error; of one that found no memory, a record that says so.
const wdl_error &last_thread_error() noexcept;
// A copy for wdl_error_message.
const char *show(const wdl_error &error) noexcept;

}  // namespace windlass
