// Tensors of one Node.js environment, by handle.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace osvos {

/// Which numbers a kernel may compute with.
enum class Precision { f32, bf16 };

/// Tensors by handle. Handles are small integers, used again after `release`.
class Store {
 public:
  std::uint32_t add(at::Tensor value);

  /// The tensor as it is stored. Throws on a handle that is not in use.
  const at::Tensor& get(std::uint32_t handle) const;

  /// Puts other numbers behind a handle; what was derived from the old ones is dropped.
  void replace(std::uint32_t handle, at::Tensor value);

  /// Tells that the numbers behind a handle were changed in place.
  void changed(std::uint32_t handle);

  void release(std::uint32_t handle);

  /// A filter [k, k, in, out] as ATen wants it: [out, in, k, k] in channels-last order, in the type asked for. Made
  /// once for each change of the numbers: a filter is used at least twice between two updates of a training, and for
  /// every frame in segmentation. The stored tensor keeps its logical shape and takes the same order in memory, so that
  /// in float32 nothing is held twice and gradients have the order of their parameters.
  at::Tensor filter(std::uint32_t handle, at::IntArrayRef shape, at::ScalarType type);

  /// The same in float32, whatever type `filter` was asked for.
  at::Tensor exactFilter(std::uint32_t handle, at::IntArrayRef shape);

  std::size_t count() const { return slots_.size() - free_.size(); }

 private:
  struct Slot {
    at::Tensor value;
    at::Tensor filter;
  };

  Slot& slot(std::uint32_t handle);

  /// In the stored tensor's type.
  at::Tensor turned(Slot& slot, at::IntArrayRef shape);

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace osvos
