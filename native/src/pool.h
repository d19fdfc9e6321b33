// Memory of tensors on the processor: blocks that were given back are used again.
#pragma once

#include <cstddef>

namespace osvos {

/// Puts the pool in the place of PyTorch's own allocator for the processor, once in a process. A training asks for the
/// same large blocks in each iteration. glibc hands every block above 32 MB back to the system and takes it anew, each
/// page of it zeroed and mapped again, which costs as much as some layers' arithmetic.
void installPool();

struct PoolUse {
  /// Bytes of tensors that are alive, and the most that there were.
  std::size_t alive;
  std::size_t peak;
  /// Bytes that the system gave, with those kept for later.
  std::size_t reserved;
  /// Times that the system was asked.
  std::size_t requests;
};

PoolUse poolUse();

/// `reserved` of the above, without waiting for other threads.
std::size_t poolReserved();

/// Fills memory with what is no number before it is given out, so that a kernel that does not write all of its result is
/// found. For tests.
void poisonPool(bool on);

/// Gives the blocks that are kept back to the system.
void emptyPool();

}  // namespace osvos
