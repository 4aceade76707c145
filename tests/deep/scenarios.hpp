// One call each, on a World: every exported function where it succeeds and where it refuses.
#pragma once
#include <span>

#include "world.hpp"

namespace deep {

struct Scenario {
  const char *function, *what;
  wdl_status (*act)(World &);
  void (*prepare)(World &) = nullptr;  // before it, where nothing is failed
  bool cold = false;                   // of what a process does once: run in a process of its own
  bool spares = false;                 // may do without memory, and come to the same arrays
};

std::span<const Scenario> core_scenarios();
std::span<const Scenario> property_scenarios();
std::span<const Scenario> text_scenarios();
std::span<const Scenario> mixture_scenarios();
std::span<const Scenario> cluster_scenarios();
std::span<const Scenario> sparse_scenarios();
std::span<const Scenario> krylov_scenarios();
std::span<const Scenario> precond_scenarios();
std::span<const Scenario> ufunc_scenarios();
std::span<const Scenario> cpython_scenarios();

// Of the modules that compute, and of all.
inline constexpr std::span<const Scenario> (*computing[])() = {
    text_scenarios,    mixture_scenarios, cluster_scenarios, sparse_scenarios,
    precond_scenarios, krylov_scenarios,  ufunc_scenarios,   cpython_scenarios};
template <class Visit>
void each_computing(Visit visit) {
  for (const auto list : computing)
    for (const Scenario &s : list()) visit(s);
}
template <class Visit>
void each_of_all(Visit visit) {
  for (const auto list : {core_scenarios, property_scenarios})
    for (const Scenario &s : list()) visit(s);
  each_computing(visit);
}

}  // namespace deep
