#include "operator.hpp"

namespace windlass::sparse {
namespace {

constexpr double most = 9007199254740992;  // 2^53

const Operator &of(const Object &object) noexcept { return static_cast<const Operator &>(object); }

constexpr Property properties[] = {
    {text_info("form", "How it is stored, or what it is made of.", nullptr,
               "csr|csc|coo|bsr|dense|diagonal|transpose|adjoint|sum|product|shift|callback",
               WDL_RESULT),
     field<&Operator::form>},
    {int_info("rows", "Length of A x.", nullptr, 0, most, WDL_RESULT), field<&Operator::rows>},
    {int_info("columns", "Length of x.", nullptr, 0, most, WDL_RESULT), field<&Operator::columns>},
    {.info = int_info("entries", "Entries stored, with duplicates and zeros; none of a callback.",
                      nullptr, 0, most, WDL_RESULT),
     .field = field<&Operator::entries>,
     .present = [](const Object &object) { return of(object).entries >= 0; }},
    {text_info("dtype", "What its entries and vectors are.", nullptr, "f32|f64|c64|c128",
               WDL_RESULT),
     field<&Operator::dtype>},
    {.info = int_info("bytes", "Memory that it has allocated, beside what it was given to keep.",
                      nullptr, 0, most, WDL_RESULT),
     .field = field<&Operator::rows>,
     .count = [](const Object &object) { return of(object).linear->memory(); }},
};

}  // namespace

constinit const Kind operator_kind("operator", properties, nullptr, destroy_object<Operator>,
                                   nullptr);

Operator::Operator(Form f, std::unique_ptr<const Linear> made)
    : Object(operator_kind),
      rows(made->rows()),
      columns(made->columns()),
      entries(made->entries()),
      form(int32_t(f)),
      dtype(made->dtype() - WDL_F32),
      linear(std::move(made)) {}

Operator::~Operator() {
  linear.reset();
  if (release) release(user);
}

const Linear &linear_of(const Object &object, int32_t argument) {
  if (object.kind != &operator_kind) Borrow::refuse_kind(object, operator_kind.name, argument);
  return *of(object).linear;
}

}  // namespace windlass::sparse
