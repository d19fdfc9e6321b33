#include "choice.h"

#include <algorithm>

#include "sets.h"

#ifdef OSVOS_X86
#include <cpuid.h>
#endif

namespace osvos::winograd {
namespace {

/// Below this many channels the transforms weigh more than the products that they save.
constexpr std::int64_t kChannels = 16, kChannelsBf16 = 32;
/// Below this many tiles the filter's transform does.
constexpr std::int64_t kTiles = 8, kTilesBf16 = 28;

/// Whether anything was measured for the kernels that are used here.
bool known() {
#ifdef OSVOS_X86
  return &kernels() != plain;
#else
  return false;
#endif
}

/// Products of matrices in bfloat16 as one instruction: oneDNN's convolutions are out of reach then.
bool hasMatrixInstructions() {
#ifdef OSVOS_X86
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  constexpr unsigned amxBf16 = 1u << 22;
  return (d & amxBf16) != 0;
#else
  return false;
#endif
}

bool worth(const Size& size, bool bf16, std::int64_t tiles) {
  static const bool usable = known(), usableBf16 = usable && !hasMatrixInstructions();
  return (bf16 ? usableBf16 : usable) && size.tiles >= tiles &&
         std::min(size.in, size.out) >= (bf16 ? kChannelsBf16 : kChannels);
}

}  // namespace

bool worthConvolving(const Size& size, bool bf16) { return worth(size, bf16, bf16 ? kTilesBf16 : kTiles); }
bool worthGradient(const Size& size, bool bf16) { return worth(size, bf16, kTiles); }

}  // namespace osvos::winograd
