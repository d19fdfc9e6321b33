#include <ATen/ops/amax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/floor_divide.h>
#include <ATen/ops/full.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "memory.h"

namespace osvos::memory {
namespace {

/// Bytes for each score of a part, at most: scores, distances and weights; with what sorting takes.
constexpr std::int64_t kBytes = 16, kBytesSorted = 48;

at::Tensor scoresOf(const Memory& memory, const Part& part) {
  auto scores = at::mm(memory.query, part.keys.t());
  if (memory.sigma == 0) return scores;
  const auto places = at::argmax(scores, 0);
  const auto rows = at::floor_divide(places, memory.width);
  const auto columns = places.sub(rows, memory.width);
  const auto along = [&](std::int64_t size, const at::Tensor& from) {
    return at::arange(size, scores.options()).unsqueeze(1).sub(from.to(at::kFloat).unsqueeze(0)).square_();
  };
  const auto vertical = along(memory.cells() / memory.width, rows).unsqueeze(1);
  const auto distances = vertical.add(along(memory.width, columns).unsqueeze(0));
  return scores.sub_(distances.view(scores.sizes()), memory.factor());
}

at::Tensor readAll(const Memory& memory) {
  const auto options = memory.query.options();
  auto largest = at::full({memory.cells(), 1}, -std::numeric_limits<double>::infinity(), options);
  auto sums = at::zeros({memory.cells(), 1}, options);
  auto result = at::zeros({memory.cells(), memory.channels()}, options);
  forEachPart(memory, kBytes, [&](const Part& part) {
    auto scores = scoresOf(memory, part);
    const auto next = at::maximum(largest, at::amax(scores, 1, true));
    const auto kept = at::exp(largest.sub(next));
    const auto weights = scores.sub_(next).exp_().to(memory.type);
    sums.mul_(kept).add_(at::sum(weights, 1, true, at::kFloat));
    result.mul_(kept).add_(at::mm(weights, part.values.to(memory.type)));
    largest = next;
  });
  return result.div_(sums);
}

at::Tensor readBest(const Memory& memory) {
  at::Tensor best, cells;
  forEachPart(memory, kBytesSorted, [&](const Part& part) {
    auto scores = scoresOf(memory, part);
    auto numbers = at::arange(part.first, part.first + scores.size(1), scores.options().dtype(at::kLong)).expand_as(scores);
    if (best.defined()) {
      scores = at::cat({best, scores}, 1);
      numbers = at::cat({cells, numbers}, 1);
    }
    // stable: of equal ones the first stays first
    const auto [sorted, order] = at::sort(scores, true, 1, true);
    const auto count = std::min(memory.best, scores.size(1));
    best = sorted.narrow(1, 0, count).clone();
    cells = numbers.gather(1, order.narrow(1, 0, count));
  });
  const auto weights = at::softmax(best, 1);
  auto result = at::zeros({memory.cells(), memory.channels()}, best.options());
  forEachPart(memory, kBytes, [&](const Part& part) {
    const auto count = part.keys.size(0);
    const auto places = cells.sub(part.first);
    const auto here = at::logical_and(places.ge(0), places.lt(count));
    auto table = at::zeros({memory.cells(), count}, best.options());
    table.scatter_add_(1, places.clamp(0, count - 1), weights.mul(here));
    result.addmm_(table, part.values.to(at::kFloat));
  });
  return result;
}

}  // namespace

at::Tensor readOnDevice(const Memory& memory) { return memory.best > 0 ? readBest(memory) : readAll(memory); }

}  // namespace osvos::memory
