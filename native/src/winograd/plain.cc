#include "kernels.h"
#include "sets.h"
#include "../vector.h"

namespace osvos::winograd {
namespace {

// 4 numbers: NEON, SSE2
#define LANES 4
#ifdef __aarch64__
#define PANEL_VECTORS 4
#else
#define PANEL_VECTORS 2
#endif
#define ROWS 6
#include "kernels.inc"

}  // namespace

const Kernels* const plain = &table;

}  // namespace osvos::winograd
