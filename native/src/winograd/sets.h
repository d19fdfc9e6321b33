// Kernels by sets of vector instructions.
#pragma once

#include "kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define OSVOS_X86
#endif

namespace osvos::winograd {

#ifdef OSVOS_X86
extern const Kernels* const avx512;
extern const Kernels* const avx2;
#endif
extern const Kernels* const plain;

}  // namespace osvos::winograd
