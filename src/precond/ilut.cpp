// Incomplete LU by value: of each row, entries below "drop_tolerance" times its 2-norm are dropped
// (those of L before they are divided by a pivot), and of the rest the "fill" largest are kept, in
// L and in U. Y. Saad, 1994, doi 10.1002/nla.1680010405.
#include <algorithm>
#include <cmath>

#include "core/samples.hpp"
#include "incomplete.hpp"
#include "names.hpp"
#include "pivots.hpp"

namespace windlass::precond {
namespace {

struct Ilut : Incomplete {
  Ilut() : Incomplete(ilut_kind) {}
  double drop_tolerance = 1e-3;
  int64_t fill_per_row = 10;

  void make(Run &, const Source &) override;
};

// One row at work, as a dense vector and the list of what is not zero in it.
template <class T>
class Row {
 public:
  explicit Row(int64_t n) : value_(static_cast<size_t>(n)), used_(static_cast<size_t>(n)) {}

  Wide<T> &at(int32_t column) {
    if (!used_[size_t(column)]) {
      used_[size_t(column)] = true;
      value_[size_t(column)] = {};
      list_.push_back(column);
      if (column < diagonal_) {
        queue_.push_back(column);
        std::push_heap(queue_.begin(), queue_.end(), later);
      }
    }
    return value_[size_t(column)];
  }
  void begin(int32_t diagonal) noexcept { diagonal_ = diagonal; }
  // The leftmost column left of the diagonal that was not yet given; -1: none is left.
  int32_t next() {
    if (queue_.empty()) return -1;
    std::pop_heap(queue_.begin(), queue_.end(), later);
    const int32_t column = queue_.back();
    queue_.pop_back();
    return column;
  }
  // The columns of [first, last) whose entries are not below the bound, or the count largest of
  // them, rising.
  void chosen(int32_t first, int32_t last, double bound, int64_t count,
              std::vector<int32_t> &columns) const {
    columns.clear();
    for (int32_t c : list_)
      if (c >= first && c<last &&double(size(c)) >= bound &&double(size(c))> 0)
        columns.push_back(c);
    if (int64_t(columns.size()) > count) {
      std::nth_element(
          columns.begin(), columns.begin() + count, columns.end(),
          [this](int32_t a, int32_t b) { return size(a) != size(b) ? size(a) > size(b) : a < b; });
      columns.resize(size_t(count));
    }
    std::sort(columns.begin(), columns.end());
  }
  void clear() noexcept {
    for (int32_t c : list_) used_[size_t(c)] = false;
    list_.clear();
  }

 private:
  static bool later(int32_t a, int32_t b) noexcept { return a > b; }
  double size(int32_t column) const { return double(magnitude(value_[size_t(column)])); }

  std::vector<Wide<T>> value_;
  std::vector<char> used_;
  std::vector<int32_t> list_, queue_;
  int32_t diagonal_ = 0;
};

template <class T>
class Factoring {
 public:
  Factoring(const StripMatrix<T> &a, double drop, int64_t fill)
      : a_(a), drop_(drop), fill_(fill), row_(a.pattern.rows()) {
    made_.first = a.first, made_.size = a.size;
    made_.pattern.pointer.push_back(0);
  }

  StripMatrix<T> operator()(Run &run, Pivots &changed) {
    const int64_t n = a_.pattern.rows();
    for (int64_t i = 0; i < n; i++) {
      if (i % 64 == 63 && run.stop_requested()) throw_cancelled(run);
      const double bound = drop_ * load(int32_t(i));
      eliminate(bound);
      const int32_t diagonal = int32_t(i);
      row_.chosen(0, diagonal, 0, fill_, columns_);
      for (int32_t c : columns_) put(c);
      made_.pattern.diagonal.push_back(int64_t(made_.value.size()));
      put(diagonal);
      row_.chosen(diagonal + 1, int32_t(n), bound, fill_, columns_);
      for (int32_t c : columns_) put(c);
      made_.pattern.pointer.push_back(int64_t(made_.value.size()));
      mend_row(made_, i, changed);
      row_.clear();
    }
    return std::move(made_);
  }

 private:
  // The row's 2-norm.
  double load(int32_t i) {
    double sum = 0;
    row_.begin(i);
    const double size = a_.size[size_t(i)];
    for (int64_t k = a_.pattern.pointer[size_t(i)]; k < a_.pattern.pointer[size_t(i) + 1]; k++) {
      const Wide<T> v = a_.value[size_t(k)];
      row_.at(a_.pattern.index[size_t(k)]) = v;
      const double share = double(magnitude(v)) / size;
      sum += share * share;
    }
    return size * std::sqrt(sum);
  }
  void eliminate(double bound) {
    const Pattern &p = made_.pattern;
    for (int32_t c = row_.next(); c >= 0; c = row_.next()) {
      Wide<T> &l = row_.at(c);
      const size_t diagonal = size_t(p.diagonal[size_t(c)]);
      const double entry = double(magnitude(l));
      l = entry >= bound ? l / made_.value[diagonal] : Wide<T>{};
      if (l == Wide<T>{}) continue;
      const Wide<T> factor = l;
      for (size_t k = diagonal + 1; k < size_t(p.pointer[size_t(c) + 1]); k++)
        row_.at(p.index[k]) -= factor * made_.value[k];
    }
  }
  void put(int32_t column) {
    made_.pattern.index.push_back(column);
    made_.value.push_back(row_.at(column));
  }

  const StripMatrix<T> &a_;
  double drop_;
  int64_t fill_;
  StripMatrix<T> made_;
  Row<T> row_;
  std::vector<int32_t> columns_;
};

void Ilut::make(Run &run, const Source &a) {
  visit_scalar(a.linear.dtype(), [&]<class T>() {
    make_of<T>(run, sparse::rows_of<T>(run, a.linear), false, [&](Run &own, StripMatrix<T> &s) {
      Pivots changed;
      s = Factoring<T>(s, drop_tolerance, fill_per_row)(own, changed);
      divide_by_pivots(s, changed);
      return changed;
    });
  });
}

constexpr std::array settings{
    Property{
        real_info("drop_tolerance", "Entries of a row below this share of its 2-norm are dropped.",
                  "0.001", 0, 1e300),
        field<&Ilut::drop_tolerance>},
    Property{int_info("fill", "Most entries of a row that are kept, in L and in U each.", "10", 0,
                      1 << 30),
             field<&Ilut::fill_per_row>},
};
constexpr auto properties =
    joined(settings, incomplete_properties, all_results, pivot_results, incomplete_results);

}  // namespace

constinit const Kind ilut_kind("ilut", properties, make_object<Ilut>, destroy_object<Ilut>,
                               nullptr);

}  // namespace windlass::precond
