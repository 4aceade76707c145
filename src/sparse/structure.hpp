// Checks of the structure of compressed rows, in parts that threads share.
#pragma once
#include <algorithm>
#include <string>
#include <type_traits>

#include "compressed.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/samples.hpp"

namespace windlass::sparse {

[[noreturn]] void refuse_entry(int32_t argument, const char *name, int64_t place, int64_t came,
                               const std::string &expected);

template <class Body>
void in_chunks(Run &run, int64_t count, Body body) {
  constexpr int64_t chunk = 1 << 18;  // entries of a task: 0.1 ms
  parallel_for(run, (count + chunk - 1) / chunk, [&](int64_t task, int) {
    if (run.stop_requested()) throw_cancelled(run);
    body(task * chunk, std::min(count, (task + 1) * chunk));
  });
}

// Throws WDL_BAD_DATA for the first that is not 0 <= index < extent.
template <class I>
void check_indices(Run &run, const Kept<I> &index, int64_t extent, int32_t argument,
                   const char *name, const char *of) {
  using Bits = std::make_unsigned_t<I>;
  in_chunks(run, index.size(), [&](int64_t first, int64_t last) {
    Bits greatest = 0;  // of a negative one: more than any
    for (int64_t k = first; k < last; k++) greatest = std::max(greatest, Bits(index[k]));
    if (greatest < uint64_t(extent)) return;
    int64_t k = first;
    while (uint64_t(Bits(index[k])) < uint64_t(extent)) k++;
    refuse_entry(argument, name, k, index[k],
                 "0 or more and less than " + std::to_string(extent) + ", the " + of);
  });
}

template <class I>
void check_structure(Run &run, const CompressedArrays &from, int64_t extent, const Kept<I> &pointer,
                     const Kept<I> &index) {
  const int64_t rows = pointer.size() - 1, entries = index.size();
  const int32_t argument = from.pointer_argument;
  if (pointer[0] != 0) refuse_entry(argument, "indptr", 0, pointer[0], "0");
  in_chunks(run, rows, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++)
      if (pointer[i + 1] < pointer[i])
        refuse_entry(argument, "indptr", i + 1, pointer[i + 1],
                     "at least the " + std::to_string(pointer[i]) + " before it");
  });
  if (pointer[rows] != entries)
    refuse_entry(argument, "indptr", rows, pointer[rows],
                 "the number of indices, " + std::to_string(entries));
  check_indices(run, index, extent, from.index_argument, "indices", from.extent);
}

}  // namespace windlass::sparse
