// A space-time memory and its query, part after part.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace osvos::memory {

struct Block {
  at::Tensor keys, values;
};

struct Memory {
  /// [cells, channels]: what, multiplied with `keysOf`, gives scores.
  at::Tensor query;
  std::vector<Block> blocks;
  bool distance;
  std::int64_t width;
  /// 0: no kernel.
  double sigma;
  /// 0: all.
  std::int64_t best;
  std::int64_t bytes;
  /// Of weights and values where they are multiplied.
  at::ScalarType type;

  std::int64_t cells() const { return query.size(0); }
  std::int64_t channels() const { return blocks[0].values.size(1); }
  double factor() const { return 0.5 / (sigma * sigma); }
};

/// What `Memory::query` is made of. A distance is a product too: −|q − k|² is that of (2q, −|q|², 1) and (k, 1, −|k|²).
at::Tensor queryOf(const at::Tensor& x, bool distance);

at::Tensor keysOf(const at::Tensor& x, bool distance);

/// A part of one block.
struct Part {
  at::Tensor keys, values;
  /// Cells of the memory before it.
  std::int64_t first;
};

/// Calls `work` with one part of the memory after the other, none larger than what is allowed where each score takes so
/// many bytes.
template <typename Work>
void forEachPart(const Memory& memory, std::int64_t bytesPerScore, const Work& work) {
  // keys and values may have to be copied
  const auto channels = memory.query.size(1) + memory.channels();
  const auto most = std::max<std::int64_t>(1, memory.bytes / (bytesPerScore * memory.cells() + 4 * channels));
  std::int64_t before = 0;
  for (const auto& [keys, values] : memory.blocks) {
    for (std::int64_t from = 0; from < keys.size(0); from += most) {
      const auto size = std::min(most, keys.size(0) - from);
      work(Part{keysOf(keys.narrow(0, from, size), memory.distance), values.narrow(0, from, size), before + from});
    }
    before += keys.size(0);
  }
}

/// What each cell of the query reads, [cells, channels] in float32; scores never exist as a whole.
at::Tensor readOnProcessor(const Memory& memory);

/// The same by ATen's own operations, on whichever device.
at::Tensor readOnDevice(const Memory& memory);

}  // namespace osvos::memory
