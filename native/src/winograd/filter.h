// Filters, transformed for products of tiles.
#pragma once

#include <cstdint>

#include "kernels.h"

namespace osvos::winograd {

/// A filter [out, in, 3, 3] of float32 in channels-last order; `turned` for the gradient of the input, which is a
/// convolution with the filter turned round and its channels exchanged.
struct Filter {
  const float* data;
  std::int64_t out, in;
  bool turned;

  std::int64_t steps() const { return turned ? out : in; }
  std::int64_t columns() const { return turned ? in : out; }
};

/// Transforms the columns first … first + count - 1, whole vectors. Step s of column c at point p comes to
/// to[p * point + (c - first) / panel * panel * steps + s * width + (c - first) % panel], where `width` is that of the
/// panel: less than the others for the last one.
void transformFilter(const Filter& filter, std::int64_t first, std::int64_t count, float* to, std::int64_t point);

}  // namespace osvos::winograd
