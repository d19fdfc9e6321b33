// Loops of the read of a space-time memory, on the processor. Rows are cells of the query, columns cells of the memory.
#pragma once

#include <cstdint>
#include <vector>

#include "../vector.h"

namespace osvos::memory {

/// The kernel around the cell of the query that a cell of the memory resembles most.
struct Kernel {
  std::int64_t width;
  /// 1 / 2σ².
  float factor;
  /// Row and column of that cell, for each cell of a part of the memory.
  std::vector<float> rows, columns;

  /// Finds these cells in scores [cells, count]; the first of equal ones.
  void find(const float* scores, std::int64_t cells, std::int64_t count);

  /// Takes the squared distances from the scores of one cell of the query.
  void apply(float* scores, std::int64_t cell) const;
};

float largestOf(const float* scores, std::int64_t count);

/// e^(score − largest), which may take the scores' place; gives the sum of what was written.
template <typename T>
float exponentials(const float* scores, float largest, T* weights, std::int64_t count);

/// to ← scale · to + weight · x
template <typename T>
void join(float* to, float scale, const T* x, float weight, std::int64_t count);

void scaleBy(float* to, float scale, std::int64_t count);

/// The best cells of the memory for one cell of the query, best first; of equal ones those that came first.
struct Best {
  float* scores;
  std::int32_t* cells;
  std::int64_t capacity;
  std::int64_t count;

  /// Looks through the scores of cells `from`, `from` + 1, …
  void look(const float* row, std::int64_t columns, std::int32_t from);
};

}  // namespace osvos::memory
