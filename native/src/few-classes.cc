#include "few-classes.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "vector.h"

namespace osvos {
namespace {

/// Rows that are worked on at once.
constexpr std::int64_t kRows = 64;
using Column = std::array<float, kRows>;

OSVOS_VECTOR void softmaxOfRows(const float* x, float* y, float* logs, std::int64_t rows, std::int64_t classes) {
  std::array<Column, kFewClasses> columns;
  Column largest, sums;
  for (std::int64_t c = 0; c < classes; c++) {
    for (std::int64_t r = 0; r < rows; r++) columns[c][r] = x[r * classes + c];
  }
  for (std::int64_t r = 0; r < rows; r++) largest[r] = columns[0][r];
  for (std::int64_t c = 1; c < classes; c++) {
    for (std::int64_t r = 0; r < rows; r++) largest[r] = columns[c][r] > largest[r] ? columns[c][r] : largest[r];
  }
  for (std::int64_t r = 0; r < rows; r++) sums[r] = 0;
  for (std::int64_t c = 0; c < classes; c++) {
    for (std::int64_t r = 0; r < rows; r++) {
      columns[c][r] = expOf(columns[c][r] - largest[r]);
      sums[r] += columns[c][r];
    }
  }
  if (logs) {
    for (std::int64_t r = 0; r < rows; r++) logs[r] = largest[r] + std::log(sums[r]);
  }
  for (std::int64_t r = 0; r < rows; r++) sums[r] = 1 / sums[r];
  for (std::int64_t c = 0; c < classes; c++) {
    for (std::int64_t r = 0; r < rows; r++) y[r * classes + c] = columns[c][r] * sums[r];
  }
}

}  // namespace

void softmaxOfFew(const float* x, float* y, float* logs, std::int64_t rows, std::int64_t classes) {
  const auto chunks = (rows + kRows - 1) / kRows;
  at::parallel_for(0, chunks, 32, [&](std::int64_t begin, std::int64_t end) {
    for (auto chunk = begin; chunk < end; chunk++) {
      const auto first = chunk * kRows;
      const auto place = first * classes;
      softmaxOfRows(x + place, y + place, logs ? logs + first : nullptr, std::min(kRows, rows - first), classes);
    }
  });
}

}  // namespace osvos
