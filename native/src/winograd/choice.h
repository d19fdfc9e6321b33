// Where Winograd's way is the faster one.
#pragma once

#include <cstdint>

namespace osvos::winograd {

/// `always` and `never` are for tests and comparisons.
enum class Use { automatic, always, never };

/// A convolution: channels, and tiles of 4 × 4 that its output takes.
struct Size {
  std::int64_t in, out, tiles;
};

/// Against oneDNN, for y and dx and for the filter's gradient.
bool worthConvolving(const Size& size, bool bf16);
bool worthGradient(const Size& size, bool bf16);

}  // namespace osvos::winograd
