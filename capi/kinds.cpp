#include "kinds.hpp"

#include "cluster/model.hpp"
#include "core/buffer.hpp"
#include "core/context.hpp"
#include "core/process.hpp"
#include "mixture/model.hpp"
#include "mixture/statistics_object.hpp"
#include "sparse/operator.hpp"
#include "text/text_object.hpp"

namespace windlass {
namespace {

constexpr const Kind *all[] = {
    &process_kind,        &context_kind,           &buffer_kind,         &text::text_kind,
    &text::stream_kind,   &text::word_counts_kind, &mixture::model_kind, &mixture::statistics_kind,
    &cluster::model_kind, &sparse::operator_kind,
};

}  // namespace

std::span<const Kind *const> kinds() noexcept { return all; }

const Kind *find_kind(std::string_view name) noexcept {
  for (const Kind *kind : all)
    if (name == kind->name) return kind;
  return nullptr;
}

}  // namespace windlass
