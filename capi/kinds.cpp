#include "kinds.hpp"

#include <algorithm>
#include <array>

#include "cluster/model.hpp"
#include "core/buffer.hpp"
#include "core/context.hpp"
#include "core/process.hpp"
#include "krylov/solver.hpp"
#include "mixture/model.hpp"
#include "mixture/statistics_object.hpp"
#include "precond/names.hpp"
#include "sparse/operator.hpp"
#include "text/text_object.hpp"

namespace windlass {
namespace {

constexpr const Kind *single[] = {
    &process_kind,        &context_kind,           &buffer_kind,         &text::text_kind,
    &text::stream_kind,   &text::word_counts_kind, &mixture::model_kind, &mixture::statistics_kind,
    &cluster::model_kind, &sparse::operator_kind,
};

// With those of preconditioners and solvers.
constexpr auto all = [] {
  constexpr auto &solvers = krylov::all_kinds;
  std::array<const Kind *, std::size(single) + std::size(precond::all_kinds) + std::size(solvers)>
      list{};
  auto end = std::copy(std::begin(single), std::end(single), list.begin());
  end = std::copy(std::begin(precond::all_kinds), std::end(precond::all_kinds), end);
  std::copy(std::begin(solvers), std::end(solvers), end);
  return list;
}();

}  // namespace

std::span<const Kind *const> kinds() noexcept { return all; }

const Kind *find_kind(std::string_view name) noexcept {
  for (const Kind *kind : all)
    if (name == kind->name) return kind;
  return nullptr;
}

}  // namespace windlass
