#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "loops.h"
#include "memory.h"

namespace osvos::memory {
namespace {

/// Rows that a thread takes at least.
constexpr std::int64_t kRows = 16;

template <typename Work>
void forEachRow(std::int64_t rows, const Work& work) {
  at::parallel_for(0, rows, kRows, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; row++) work(row);
  });
}

/// Matrices of one type after each other in the same memory.
class Buffer {
 public:
  explicit Buffer(at::ScalarType type) : numbers_(at::empty({0}, at::TensorOptions(at::kCPU).dtype(type))) {}

  at::Tensor matrix(std::int64_t rows, std::int64_t columns) {
    if (numbers_.numel() < rows * columns) numbers_ = at::empty({rows * columns}, numbers_.options());
    return numbers_.narrow(0, 0, rows * columns).view({rows, columns});
  }

 private:
  at::Tensor numbers_;
};

/// Scores of one part after the other.
class Scores {
 public:
  explicit Scores(const Memory& memory)
      : memory_(memory), kernel_{memory.width, static_cast<float>(memory.factor()), {}, {}}, buffer_(at::kFloat) {}

  /// All of a part, as `row` wants them.
  void find(const Part& part) {
    table_ = buffer_.matrix(memory_.cells(), part.keys.size(0));
    at::mm_out(table_, memory_.query, part.keys.t());
    if (memory_.sigma > 0) kernel_.find(table_.const_data_ptr<float>(), table_.size(0), table_.size(1));
  }

  /// Those of one cell of the query; to be asked for once.
  float* row(std::int64_t cell) const {
    auto* row = table_.mutable_data_ptr<float>() + cell * count();
    if (memory_.sigma > 0) kernel_.apply(row, cell);
    return row;
  }

  const at::Tensor& table() const { return table_; }
  std::int64_t count() const { return table_.size(1); }

 private:
  const Memory& memory_;
  Kernel kernel_;
  Buffer buffer_;
  at::Tensor table_;
};

/// Largest score of each cell of the query, and the sum of its weights in its unit (Milakov & Gimelshein 2018).
struct Running {
  std::vector<float> largest, sums;
  /// What the last part leaves of the sums before it.
  std::vector<float> kept;

  explicit Running(std::int64_t cells)
      : largest(cells, -std::numeric_limits<float>::infinity()), sums(cells, 0), kept(cells) {}

  /// Turns a row of scores into weights.
  template <typename T>
  void add(std::int64_t cell, const float* scores, T* weights, std::int64_t count) {
    const auto next = std::max(largest[cell], largestOf(scores, count));
    kept[cell] = std::exp(largest[cell] - next);
    sums[cell] = kept[cell] * sums[cell] + exponentials(scores, next, weights, count);
    largest[cell] = next;
  }
};

at::Tensor readAll(const Memory& memory) {
  const auto cells = memory.cells(), channels = memory.channels();
  auto result = at::zeros({cells, channels}, memory.query.options());
  auto* read = result.mutable_data_ptr<float>();
  Running running(cells);
  Scores scores(memory);
  forEachPart(memory, 4, [&](const Part& part) {
    scores.find(part);
    forEachRow(cells, [&](std::int64_t q) {
      auto* row = scores.row(q);
      running.add(q, row, row, scores.count());
      if (running.kept[q] != 1) scaleBy(read + q * channels, running.kept[q], channels);
    });
    result.addmm_(scores.table(), part.values.to(at::kFloat));
  });
  forEachRow(cells, [&](std::int64_t q) { scaleBy(read + q * channels, 1 / running.sums[q], channels); });
  return result;
}

/// The same with products in bfloat16, whose sums over parts are kept in float32.
at::Tensor readAllReduced(const Memory& memory) {
  const auto cells = memory.cells(), channels = memory.channels();
  auto result = at::zeros({cells, channels}, memory.query.options());
  auto* read = result.mutable_data_ptr<float>();
  Running running(cells);
  Scores scores(memory);
  Buffer buffer(at::kBFloat16);
  auto found = at::empty({cells, channels}, memory.query.options().dtype(at::kBFloat16));
  forEachPart(memory, 6, [&](const Part& part) {
    scores.find(part);
    const auto weights = buffer.matrix(cells, scores.count());
    auto* first = static_cast<Bf16*>(weights.mutable_data_ptr());
    forEachRow(cells, [&](std::int64_t q) { running.add(q, scores.row(q), first + q * scores.count(), scores.count()); });
    at::mm_out(found, weights, part.values.to(at::kBFloat16));
    const auto* own = static_cast<const Bf16*>(found.const_data_ptr());
    forEachRow(cells, [&](std::int64_t q) {
      join(read + q * channels, running.kept[q], own + q * channels, 1, channels);
    });
  });
  forEachRow(cells, [&](std::int64_t q) { scaleBy(read + q * channels, 1 / running.sums[q], channels); });
  return result;
}

/// Rows of values by their number in the whole memory.
class Values {
 public:
  explicit Values(const Memory& memory) {
    for (const auto& block : memory.blocks) {
      firsts_.push_back(count_);
      const auto type = block.values.scalar_type();
      tables_.push_back((type == at::kBFloat16 ? block.values : block.values.to(at::kFloat)).contiguous());
      count_ += block.values.size(0);
    }
  }

  /// to ← to + weight · row
  void add(float* to, float weight, std::int64_t cell) const {
    const auto block = std::upper_bound(firsts_.begin(), firsts_.end(), cell) - firsts_.begin() - 1;
    const auto& table = tables_[block];
    const auto channels = table.size(1);
    const auto place = (cell - firsts_[block]) * channels;
    if (table.scalar_type() == at::kFloat) join(to, 1, table.const_data_ptr<float>() + place, weight, channels);
    else join(to, 1, static_cast<const Bf16*>(table.const_data_ptr()) + place, weight, channels);
  }

 private:
  std::vector<std::int64_t> firsts_;
  std::vector<at::Tensor> tables_;
  std::int64_t count_ = 0;
};

/// Few weights, so few that their values are added one by one.
at::Tensor readBest(const Memory& memory) {
  const auto cells = memory.cells(), channels = memory.channels(), capacity = memory.best;
  std::vector<float> bestScores(cells * capacity);
  std::vector<std::int32_t> bestCells(cells * capacity);
  std::vector<Best> best;
  for (std::int64_t q = 0; q < cells; q++) best.push_back({&bestScores[q * capacity], &bestCells[q * capacity], capacity, 0});
  Scores scores(memory);
  forEachPart(memory, 4, [&](const Part& part) {
    scores.find(part);
    const auto first = static_cast<std::int32_t>(part.first);
    forEachRow(cells, [&](std::int64_t q) { best[q].look(scores.row(q), scores.count(), first); });
  });
  const Values values(memory);
  auto result = at::zeros({cells, channels}, memory.query.options());
  auto* read = result.mutable_data_ptr<float>();
  forEachRow(cells, [&](std::int64_t q) {
    const auto& own = best[q];
    float sum = 0;
    for (std::int64_t i = 0; i < own.count; i++) {
      const float weight = std::exp(own.scores[i] - own.scores[0]);
      values.add(read + q * channels, weight, own.cells[i]);
      sum += weight;
    }
    scaleBy(read + q * channels, 1 / sum, channels);
  });
  return result;
}

}  // namespace

at::Tensor readOnProcessor(const Memory& memory) {
  if (memory.best > 0) return readBest(memory);
  return memory.type == at::kFloat ? readAll(memory) : readAllReduced(memory);
}

}  // namespace osvos::memory
