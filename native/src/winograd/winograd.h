// 3 × 3 convolutions of stride 1 on the processor with a quarter of the multiplications.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>

namespace osvos::winograd {

struct Convolution {
  /// Rows and columns of zeros at top and left.
  std::array<std::int64_t, 2> padding;
  /// Height and width of y.
  std::array<std::int64_t, 2> output;
  /// Of any type.
  std::optional<at::Tensor> bias;
  /// Added before the ReLU; of the shape and type of y.
  std::optional<at::Tensor> residual;
  bool relu = false;
};

/// x [N, H, W, C] in float32 or bfloat16, filter [out, in, 3, 3] of float32 in channels-last order → y of the type of x.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& filter, const Convolution& convolution);

/// dy, filter as above, height and width of x, padding of the convolution → dx
at::Tensor inputGradient(const at::Tensor& dy, const at::Tensor& filter, std::array<std::int64_t, 2> size,
                         std::array<std::int64_t, 2> padding);

/// x, dy, padding → gradient of the filter [out, in, 3, 3], float32 in channels-last order.
at::Tensor filterGradient(const at::Tensor& x, const at::Tensor& dy, std::array<std::int64_t, 2> padding);

}  // namespace osvos::winograd
