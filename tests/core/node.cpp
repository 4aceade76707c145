#include "node.hpp"

namespace windlass::test {
namespace {

constexpr double infinity = __builtin_inf();

bool has_result(const Object &object) { return static_cast<const Node &>(object).has_result; }

constexpr Property properties[] = {
    {int_info("count", "Things.", "3", -5, 100), field<&Node::count>},
    {real_info("scale", "Size.", "0.5", 0, 2), field<&Node::scale>},
    {text_info("shape", "Form.", "round", "square|round|flat"), field<&Node::shape>},
    {array_info("table", "Values.", WDL_F64, 2, -1, 1), field<&Node::table>},
    {array_info("any", "Values of any dtype and rank.", 0, 0, 0, 0), field<&Node::any>},
    {object_info("next", "Another node.", "node"), field<&Node::next>},
    {object_info("other", "Another node.", "node"), field<&Node::other>},
    {int_info("found", "What was found.", nullptr, 0, 9, WDL_RESULT), field<&Node::found>,
     has_result},
    {real_info("bound", "Of what was found.", nullptr, -infinity, infinity, WDL_RESULT),
     field<&Node::bound>, has_result},
};

}  // namespace

constinit const Kind node_kind("node", properties, make_object<Node>, destroy_object<Node>,
                               nullptr);

std::atomic<int64_t> Node::destroyed{0};

wdl_object new_node() { return handles::enter(new_object(node_kind)); }

Node &node_of(wdl_object id) { return static_cast<Node &>(*handles::find(id)->object); }

}  // namespace windlass::test
