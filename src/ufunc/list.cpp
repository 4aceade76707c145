#include "list.hpp"

#include <array>

#include "elementwise.hpp"

namespace windlass::ufunc {
namespace {

using flags::divide_by_zero, flags::overflow, flags::underflow;

// A function in single and in double precision.
struct Row {
  const char *name, *help, *signature, *identity;
  int32_t inputs, outputs;
  const char *f32_types, *f64_types;
  wdl_loop_fn f32, f64;
  const void *data = nullptr;
};

template <Block Functions::*block, int inputs, uint32_t infinity, uint32_t tiny>
constexpr Elementwise elementwise = {block, inputs, {infinity, tiny}};

// infinity: the flag of an infinite result of finite arguments, tiny: of a subnormal or zero one.
template <Block Functions::*block, uint32_t infinity, uint32_t tiny>
constexpr Row unary(const char *name, const char *help) {
  return {name,
          help,
          nullptr,
          nullptr,
          1,
          1,
          "f->f",
          "d->d",
          elementwise_loop<float>,
          elementwise_loop<double>,
          &elementwise<block, 1, infinity, tiny>};
}
template <Block Functions::*block, uint32_t infinity, uint32_t tiny>
constexpr Row binary(const char *name, const char *identity, const char *help) {
  return {name,
          help,
          nullptr,
          identity,
          2,
          1,
          "ff->f",
          "dd->d",
          elementwise_loop<float>,
          elementwise_loop<double>,
          &elementwise<block, 2, infinity, tiny>};
}

constexpr Row rows[] = {
    unary<&Functions::exp, overflow, underflow>("exp", "The exponential of x."),
    unary<&Functions::expit, 0, underflow>("expit", "1 / (1 + exp(-x)), the logistic function."),
    binary<&Functions::logaddexp, 0, 0>("logaddexp", "-inf", "log(exp(a) + exp(b))."),
};

constexpr wdl_loop loop_of(const Row &row, const char *types, wdl_loop_fn loop) {
  return {row.name,
          row.help,
          types,
          row.signature,
          row.identity,
          loop,
          const_cast<void *>(row.data),
          row.inputs,
          row.outputs};
}

constexpr auto list = [] {
  std::array<wdl_loop, 2 * std::size(rows)> both{};
  auto at = both.begin();
  for (const Row &row : rows) {
    *at++ = loop_of(row, row.f32_types, row.f32);
    *at++ = loop_of(row, row.f64_types, row.f64);
  }
  return both;
}();

}  // namespace

std::span<const wdl_loop> loops() noexcept { return list; }

}  // namespace windlass::ufunc
