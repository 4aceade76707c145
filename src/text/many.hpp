// "count_many": how often each of many needles is found.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/run.hpp"
#include "edges.hpp"
#include "many_needles.hpp"
#include "many_reach.hpp"
#include "settings.hpp"

namespace windlass::text {

class CountMany {
 public:
  // What a needle that may overlap itself makes of a piece besides Summary::counts.
  struct Tracked {
    int64_t needle = 0;
    Reach reach;

    template <class V>
    void visit(V &v) {
      v(needle), v(reach);
    }
  };
  // Needles are the distinct ones. tracked by rising needle: match each, where more than one way
  // to come in makes a difference, or the last hit reaches out.
  struct Summary {
    int64_t bytes = 0;
    Edges edges;  // a byte less than the longest needle
    std::vector<int64_t> counts;
    std::vector<Tracked> tracked;
    Reach reach;  // leftmost_first: of all needles

    template <class V>
    void visit(V &v) {
      v(bytes), v(edges), v(counts), v(tracked), v(reach);
    }
  };

  explicit CountMany(const Settings &settings) : needles_(settings) {}
  int64_t outputs() const noexcept { return needles_.listed(); }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  // Where hits may overlap, those that begin in a piece are counted whatever is found before it.
  bool direct() const noexcept { return !needles_.leftmost() && needles_.tracked() == 0; }
  void run_directly(Run &run, const uint8_t *text, int64_t bytes, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;  // of what was saved elsewhere

 private:
  ManyNeedles needles_;

  int64_t edge() const noexcept { return needles_.reach() - 1; }
  int64_t decided(int64_t bytes, int64_t reach) const noexcept;
  // Adds what begins in [from, to) to counts; ends: by track, of the last that was taken.
  void count_range(const uint8_t *text, int64_t bytes, int64_t from, int64_t to, int64_t *counts,
                   int64_t *ends) const;
  void scan_each(const uint8_t *text, Summary &summary) const;
  void scan_leftmost(const uint8_t *text, Summary &summary) const;
  void join_each(Summary &left, const Summary &right) const;
  void join_leftmost(Summary &left, const Summary &right) const;
};

}  // namespace windlass::text
