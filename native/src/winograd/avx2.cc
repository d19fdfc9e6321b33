#include "kernels.h"
#include "sets.h"
#include "../vector.h"

#ifdef OSVOS_X86

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,tune=generic")
#endif

namespace osvos::winograd {
namespace {

#define LANES 8
#define PANEL_VECTORS 2
#define ROWS 6
#include "kernels.inc"

}  // namespace

const Kernels* const avx2 = &table;

}  // namespace osvos::winograd

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
