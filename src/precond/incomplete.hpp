// What incomplete factorisations and SSOR share: strips are cut, factored each by itself, and
// solved by level schedule. The analysis of a strip is kept while its pattern stays.
#pragma once
#include <functional>

#include "preconditioner.hpp"
#include "schedule.hpp"

namespace windlass::precond {

struct Incomplete : Preconditioner {
  explicit Incomplete(const Kind &kind) : Preconditioner(kind) {}

  // Settings.
  int64_t blocks = 8;
  int32_t factor_dtype = 0;  // which of the choices: f32, f64

  // Results.
  int64_t levels = 0, strips = 0, analyses = 0;
  int32_t stored_dtype = 0;
  std::vector<std::shared_ptr<const StripPlan>> plans;

 protected:
  // Factors a strip in place: L below the diagonal, D on it, U above, where A = L D U, and 1 on the
  // diagonals of L and U. The pattern may change.
  template <class T>
  using Factor = std::function<Pivots(Run &, StripMatrix<T> &)>;

  template <class T>
  void make_of(Run &, const sparse::Rows<T> &, bool hermitian, const Factor<T> &);
  // Of T = F: factors of single precision are used where wanted and where they can hold all values.
  template <class T, class F>
  void fill(Run &, bool hermitian, std::vector<std::shared_ptr<const StripPlan>> &&,
            const std::vector<StripMatrix<T>> &, const Pivots &);
};

// make() of a Model with factor<T>(Run &, StripMatrix<T> &, ...).
inline constexpr std::array incomplete_properties{
    Property{int_info("blocks",
                      "Blocks of consecutive rows whose couplings are dropped, so that threads "
                      "share them; fewer where the matrix is small, 1: none are dropped.",
                      "8", 1, 1 << 16),
             field<&Incomplete::blocks>},
    Property{text_info("factor_dtype",
                       "Precision that factors of an f64 or c128 matrix are stored in; arithmetic "
                       "is the matrix's.",
                       "f32", "f32|f64"),
             field<&Incomplete::factor_dtype>},
};
inline constexpr std::array incomplete_results{
    Property{int_info("levels", "Steps that depend on each other, of one triangle.", nullptr, 0,
                      most, WDL_RESULT),
             field<&Incomplete::levels>, is_set_up},
    Property{int_info("strips", "Blocks that were made.", nullptr, 0, most, WDL_RESULT),
             field<&Incomplete::strips>, is_set_up},
    Property{int_info("analyses", "Set-ups so far that found a new pattern.", nullptr, 0, most,
                      WDL_RESULT),
             field<&Incomplete::analyses>, is_set_up},
    Property{text_info("stored_dtype", "What factors are stored in.", nullptr, "f32|f64|c64|c128",
                       WDL_RESULT),
             field<&Incomplete::stored_dtype>, is_set_up},
};

}  // namespace windlass::precond
