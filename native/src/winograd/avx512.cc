#include "kernels.h"
#include "sets.h"
#include "../vector.h"

#ifdef OSVOS_X86

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,tune=generic")
#endif

namespace osvos::winograd {
namespace {

#define LANES 16
#define PANEL_VECTORS 4
#define ROWS 6
#include "kernels.inc"

}  // namespace

const Kernels* const avx512 = &table;

}  // namespace osvos::winograd

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
