// Generalised loops whose output is one of their inputs, as NumPy's out= may be: that input's core
// is copied first.
#pragma once
#include <windlass/ufunc.h>

namespace windlass::ufunc {

// What a loop takes and gives; its types are letters of NumPy, one an argument, "dd->d", and its
// axes have names of one letter, "(n,d),(m,d)->(n,m)".
struct Core {
  const char *types, *signature;
  int32_t inputs, outputs;
  wdl_loop_fn loop;
};

// A loop, by its Core as `data`. Without memory for a copy the results stay what they were, and
// invalid is raised.
void loop_in_place(char **args, const intptr_t *dimensions, const intptr_t *steps, void *core);

}  // namespace windlass::ufunc
