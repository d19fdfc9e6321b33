#include "pool.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace osvos {
namespace {

// Below this malloc is as good, and blocks are too many to be looked up.
constexpr std::size_t kSmall = 64 << 10;
// Huge pages need this alignment; a block this large fills at least one.
constexpr std::size_t kHugePage = 2 << 20;
constexpr std::size_t kPage = 4 << 10;
constexpr std::size_t kCacheLine = 64;
// A kept block may be larger than what is asked for by this share.
constexpr double kSlack = 1.125;
// What the system has given may be more than the most that was ever alive, by this share and these bytes: a loop that
// comes to the same peak again finds all its blocks, and sizes that are gone for good do not pile up.
constexpr double kSpare = 0.15;
constexpr std::size_t kAlwaysSpare = 64 << 20;

class Pool {
 public:
  void* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto size = (bytes + kPage - 1) / kPage * kPage;
    void* block = take(size);
    if (!block) {
      const auto most = std::max(peak_, alive_ + size);
      const auto allowed = most + static_cast<std::size_t>(kSpare * static_cast<double>(most)) + kAlwaysSpare;
      while (kept_ > 0 && reserved_ + size > allowed) drop();
      block = request(size);
      if (!block) {
        while (kept_ > 0) drop();
        block = request(size);
      }
      TORCH_CHECK(block, "no memory left for ", bytes, " bytes");
      sizes_[block] = size;
      reserved_ += size;
    }
    alive_ += sizes_[block];
    peak_ = std::max(peak_, alive_);
    return block;
  }

  /// False for a block that is not of the pool.
  bool release(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = sizes_.find(block);
    if (found == sizes_.end()) return false;
    const auto size = found->second;
    alive_ -= size;
    kept_ += size;
    free_.emplace(size, Kept{block, clock_++});
    return true;
  }

  void empty() {
    const std::lock_guard lock(mutex_);
    while (kept_ > 0) drop();
  }

  std::size_t reserved() const { return reserved_; }

  PoolUse use() {
    const std::lock_guard lock(mutex_);
    return {alive_, peak_, reserved_, requests_};
  }

 private:
  struct Kept {
    void* block;
    std::size_t since;
  };

  void* take(std::size_t size) {
    const auto found = free_.lower_bound(size);
    if (found == free_.end() || static_cast<double>(found->first) > kSlack * static_cast<double>(size)) return nullptr;
    void* block = found->second.block;
    kept_ -= found->first;
    free_.erase(found);
    return block;
  }

  /// Gives the block that has waited longest back to the system.
  void drop() {
    const auto oldest = std::min_element(
        free_.begin(), free_.end(), [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
    kept_ -= oldest->first;
    reserved_ -= oldest->first;
    sizes_.erase(oldest->second.block);
    std::free(oldest->second.block);
    free_.erase(oldest);
  }

  void* request(std::size_t size) {
    requests_++;
    void* block = nullptr;
    if (posix_memalign(&block, size < kHugePage ? kPage : kHugePage, size) != 0) return nullptr;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (size >= kHugePage) madvise(block, size, MADV_HUGEPAGE);  // advice: no harm where it is not taken
#endif
    return block;
  }

  std::mutex mutex_;
  std::unordered_map<void*, std::size_t> sizes_;
  std::multimap<std::size_t, Kept> free_;
  std::size_t alive_ = 0;
  std::size_t peak_ = 0;
  std::size_t kept_ = 0;
  std::size_t requests_ = 0;
  std::atomic<std::size_t> reserved_ = 0;
  std::size_t clock_ = 0;
};

/// Never destroyed: tensors of static life are freed after it would be.
Pool& pool() {
  static auto* const instance = new Pool();
  return *instance;
}

std::atomic<bool> poisoned = false;

/// One for all blocks: oneDNN takes and gives memory without the context that could tell them apart.
void release(void* block) {
  const bool large = reinterpret_cast<std::uintptr_t>(block) % kPage == 0 && block && pool().release(block);
  if (!large) std::free(block);
}

class PoolAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* block = nullptr;
    if (bytes >= kSmall) block = pool().allocate(bytes);
    else if (bytes > 0 && posix_memalign(&block, kCacheLine, bytes) != 0)
      TORCH_CHECK(false, "no memory left for ", bytes, " bytes");
    if (poisoned && block) std::memset(block, 0xff, bytes);
    return {block, block, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
};

}  // namespace

void installPool() {
  static std::once_flag once;
  // above the priority of PyTorch's own, which is 0
  std::call_once(once, [] { c10::SetCPUAllocator(new PoolAllocator(), 1); });
}

PoolUse poolUse() { return pool().use(); }

std::size_t poolReserved() { return pool().reserved(); }

void poisonPool(bool on) { poisoned = on; }

void emptyPool() { pool().empty(); }

}  // namespace osvos
