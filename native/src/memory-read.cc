// The read of a space-time memory: means of values, weighted by the softmax of how alike keys are (Oh et al. 2019).
#include <limits>

#include "call.h"
#include "memory/memory.h"

namespace osvos {
namespace {

/// query, count, that many keys and values in turn, whether keys are compared by distance, height and width of the
/// query's grid, σ (0: no kernel), how many of the best are read (0: all), bytes for one part → what was read, float32
Napi::Value memoryRead(Call& call) {
  const auto query = call.tensor();
  memory::Memory memory{};
  const auto count = call.integer();
  for (std::int64_t i = 0; i < count; i++) {
    auto keys = call.tensor();
    memory.blocks.push_back({std::move(keys), call.tensor()});
  }
  memory.distance = call.flag();
  const auto grid = call.shape();
  memory.sigma = call.number();
  memory.best = call.integer();
  memory.bytes = call.integer();
  memory.type = call.state.activations();
  TORCH_CHECK(query.dim() == 2 && count > 0, "a memory's query has 2 axes, and the memory at least one block");
  TORCH_CHECK(grid.size() == 2 && grid[0] * grid[1] == query.size(0), "the grid ", at::IntArrayRef(grid), " for ",
              query.size(0), " cells");
  std::int64_t all = 0;
  for (const auto& [keys, values] : memory.blocks) {
    TORCH_CHECK(keys.dim() == 2 && values.dim() == 2 && keys.size(1) == query.size(1) && keys.size(0) > 0 &&
                    keys.size(0) == values.size(0) && values.size(1) == memory.channels(),
                "keys of shape ", keys.sizes(), " and values of shape ", values.sizes(), " do not fit their memory");
    all += keys.size(0);
  }
  TORCH_CHECK(all <= std::numeric_limits<std::int32_t>::max(), "a memory of ", all, " cells");
  if (memory.best >= all) memory.best = 0;
  memory.width = grid[1];
  memory.query = memory::queryOf(query, memory.distance);
  return call.give(call.state.loops(memory.query) ? memory::readOnProcessor(memory) : memory::readOnDevice(memory));
}

}  // namespace

void defineMemoryRead(Napi::Object exports) { define<memoryRead>(exports, "memoryRead"); }

}  // namespace osvos
