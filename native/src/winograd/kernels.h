// The parts of a Winograd convolution, compiled once for each set of vector instructions.
#pragma once

#include <cstdint>

namespace osvos::winograd {

/// A tile of the output is 4 × 4, what it needs of the input 6 × 6: F(4 × 4, 3 × 3).
constexpr std::int64_t kTile = 4;
constexpr std::int64_t kPatch = 6;
/// Numbers of a transformed tile, for each channel.
constexpr std::int64_t kPoints = kPatch * kPatch;

/// A map [N, H, W, C] cut into patches, `side` apart from each other.
struct Patches {
  /// float32, or bfloat16.
  const void* data;
  std::int64_t height, width, channels;
  /// Rows and columns of zeros before the map.
  std::int64_t top, left;
  /// Tiles in each direction.
  std::int64_t down, across;
  /// Channels filled up with zeros to whole vectors.
  std::int64_t filled;
};

/// Where transformed tiles lie: number `c` of tile `t` at point `p` is data[p * point + c / panel * block + t * row + c %
/// panel]. `panel` is that of the kernels.
struct Planes {
  float* data;
  std::int64_t point, block, row;
};

/// What becomes of an output transformed back.
struct Target {
  void* data;
  /// [C] of float32, filled up to whole vectors; may be null.
  const float* bias;
  /// A map as `data`; may be null.
  const void* residual;
  bool relu;
  std::int64_t height, width, channels;
  std::int64_t down, across;
};

/// c = a · b, or c += a · b. Row r of a at step k is a[r * aRow + k * aStep].
struct Product {
  const float* a;
  std::int64_t aRow, aStep;
  const float* b;
  std::int64_t bStep;
  float* c;
  std::int64_t cRow;
  std::int64_t rows, steps, columns;
  bool add;
};

/// Kernels of one type of maps.
struct MapKernels {
  /// Input transform of the patches begin … end - 1, which become tiles 0 …
  void (*input)(const Patches&, std::int64_t begin, std::int64_t end, const Planes&, float* scratch);
  /// The same for a gradient of the output: the transposed output transform of 4 × 4 numbers.
  void (*gradient)(const Patches&, std::int64_t begin, std::int64_t end, const Planes&, float* scratch);
  /// Output transform of the channels first … first + count - 1, which are 0 … in the planes.
  void (*output)(const Planes&, std::int64_t begin, std::int64_t end, const Target&, std::int64_t first,
                 std::int64_t count, float* scratch);
};

struct Kernels {
  /// Numbers of a vector, and of the columns that a product works on at once.
  std::int64_t lanes, panel;
  MapKernels f32, bf16;
  /// At most `panel` columns, whole vectors.
  void (*multiply)(const Product&);
  /// A square block of `lanes` rows and columns, transposed.
  void (*transpose)(const float* from, std::int64_t fromRow, float* to, std::int64_t toRow);
  /// A filter's 9 taps [9][lanes] → its 36 points, `stride` apart.
  void (*filter)(const float* taps, float* points, std::int64_t stride);
  /// 36 sums, `stride` apart → 9 taps [9][lanes].
  void (*taps)(const float* sums, std::int64_t stride, float* taps);
};

/// No vector is longer.
constexpr std::int64_t kMostLanes = 16;

/// Those for this processor.
const Kernels& kernels();

/// Floats of scratch that the transforms need.
constexpr std::int64_t scratchSize(std::int64_t channels) { return kPoints * channels; }

}  // namespace osvos::winograd
