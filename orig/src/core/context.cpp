#include "context.hpp"

namespace windlass {
namespace {

constexpr Property properties[] = {
    {int_info("threads", "Threads a call may use; 0: the process's.", "0", 0, 256),
     field<&Context::threads>},
    {real_info("time_limit", "Seconds a call may take; 0: no limit.", "0", 0, 1e9),
     field<&Context::time_limit>},
};

}  // namespace

constinit const Kind context_kind("context", properties, make_object<Context>,
                                  destroy_object<Context>, nullptr);

}  // namespace windlass
