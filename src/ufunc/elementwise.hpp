// The loops of elementwise functions: any strides, overlap, threads and flags around the kernels'
// blocks.
#pragma once
#include <windlass/ufunc.h>

#include "kernels.hpp"

namespace windlass::ufunc {

// What the data of such a loop points to.
struct Elementwise {
  Block Functions::*block;
  int inputs;
  bool associative;  // reduced in a tree, whose shape depends on the number of elements only
  Deserved deserved;
};

template <class T>
void elementwise_loop(char **args, const intptr_t *dimensions, const intptr_t *steps, void *data);

}  // namespace windlass::ufunc
