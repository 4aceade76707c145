/* windlass: everything. */
#ifndef WINDLASS_WINDLASS_H
#define WINDLASS_WINDLASS_H
#include <windlass/cluster.h>
#include <windlass/core.h>
#include <windlass/cpython.h>
#include <windlass/krylov.h>
#include <windlass/mixture.h>
#include <windlass/precond.h>
#include <windlass/sparse.h>
#include <windlass/text.h>
#include <windlass/ufunc.h>
#endif
