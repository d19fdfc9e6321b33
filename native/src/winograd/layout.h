// Sizes and places of what is transformed.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>

#include "kernels.h"

namespace osvos::winograd {

inline std::int64_t ceilDivide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Channels filled up to whole vectors.
inline std::int64_t filledUp(std::int64_t channels) { return ceilDivide(channels, kernels().lanes) * kernels().lanes; }

/// Panels that the channels make.
inline std::int64_t panelsOf(std::int64_t channels) { return ceilDivide(channels, kernels().panel); }

/// Distance of points: more than needed by some lines of a cache, so that the points of a tile do not compete for the
/// same ones.
inline std::int64_t apart(std::int64_t floats) { return floats + 48; }

inline const MapKernels& kernelsFor(const at::Tensor& x) {
  return x.scalar_type() == at::kBFloat16 ? kernels().bf16 : kernels().f32;
}

/// Patches of x for the tiles of a map of height × width.
inline Patches patchesOf(const at::Tensor& x, std::int64_t top, std::int64_t left, std::int64_t height,
                         std::int64_t width) {
  const auto channels = x.size(3);
  const auto down = ceilDivide(height, kTile), across = ceilDivide(width, kTile);
  return {x.const_data_ptr(), x.size(1), x.size(2), channels, top, left, down, across, filledUp(channels)};
}

inline std::int64_t tilesOf(const at::Tensor& x, const Patches& patches) {
  return x.size(0) * patches.down * patches.across;
}

/// The planes from another tile on.
inline Planes from(const Planes& planes, std::int64_t tile) {
  return {planes.data + tile * planes.row, planes.point, planes.block, planes.row};
}

}  // namespace osvos::winograd
