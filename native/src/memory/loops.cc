#include "loops.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <limits>

namespace osvos::memory {
namespace {

/// Numbers that are worked on at once: some registers' worth. Copies of so many, so that what is written may lie where
/// it is read without keeping the compiler from using vectors, and sums in as many parts.
constexpr std::int64_t kLanes = 64;
using Lanes = std::array<float, kLanes>;

/// Columns whose maxima are kept at once: they stay in the first cache.
constexpr std::int64_t kColumns = 1024;

constexpr float kLowest = -std::numeric_limits<float>::infinity();

OSVOS_VECTOR void bestOfColumns(const float* scores, std::int64_t cells, std::int64_t stride, std::int64_t count,
                                std::int32_t* places) {
  std::array<float, kColumns> best;
  std::copy_n(scores, count, best.begin());
  std::fill_n(places, count, 0);
  for (std::int64_t q = 1; q < cells; q++) {
    const auto* row = scores + q * stride;
    const auto cell = static_cast<std::int32_t>(q);
    for (std::int64_t c = 0; c < count; c++) {
      const bool better = row[c] > best[c];
      best[c] = better ? row[c] : best[c];
      places[c] = better ? cell : places[c];
    }
  }
}

OSVOS_VECTOR void subtract(float* scores, const float* rows, const float* columns, float y, float x, float factor,
                           std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) {
    const float down = rows[i] - y, right = columns[i] - x;
    scores[i] -= factor * (down * down + right * right);
  }
}

OSVOS_VECTOR float largestOfRow(const float* scores, std::int64_t count) {
  Lanes best;
  best.fill(kLowest);
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; j++) best[j] = scores[i + j] > best[j] ? scores[i + j] : best[j];
  }
  float largest = *std::max_element(best.begin(), best.end());
  for (; i < count; i++) largest = std::max(largest, scores[i]);
  return largest;
}

template <typename T>
OSVOS_VECTOR float exponentialsOfRow(const float* scores, float largest, T* weights, std::int64_t count) {
  Lanes sums = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Lanes part;
    for (std::int64_t j = 0; j < kLanes; j++) part[j] = expOf(scores[i + j] - largest);
    std::array<T, kLanes> kept;
    for (std::int64_t j = 0; j < kLanes; j++) save(kept[j], part[j]);
    for (std::int64_t j = 0; j < kLanes; j++) sums[j] += load(kept[j]);
    for (std::int64_t j = 0; j < kLanes; j++) weights[i + j] = kept[j];
  }
  float sum = 0;
  for (const float part : sums) sum += part;
  for (; i < count; i++) {
    save(weights[i], expOf(scores[i] - largest));
    sum += load(weights[i]);
  }
  return sum;
}

template <typename T>
OSVOS_VECTOR void joinRow(float* to, float scale, const T* x, float weight, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) to[i] = scale * to[i] + weight * load(x[i]);
}

OSVOS_VECTOR void scaleRow(float* to, float scale, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) to[i] *= scale;
}

/// Whether any of `kLanes` numbers is above a bound.
OSVOS_VECTOR bool anyAbove(const float* x, float bound) {
  std::int32_t found = 0;
  for (std::int64_t j = 0; j < kLanes; j++) found |= x[j] > bound ? 1 : 0;
  return found != 0;
}

}  // namespace

void Kernel::find(const float* scores, std::int64_t cells, std::int64_t count) {
  rows.resize(count);
  columns.resize(count);
  at::parallel_for(0, (count + kColumns - 1) / kColumns, 1, [&](std::int64_t begin, std::int64_t end) {
    std::array<std::int32_t, kColumns> places;
    for (auto chunk = begin; chunk < end; chunk++) {
      const auto from = chunk * kColumns;
      const auto size = std::min(kColumns, count - from);
      bestOfColumns(scores + from, cells, count, size, places.data());
      for (std::int64_t c = 0; c < size; c++) {
        rows[from + c] = static_cast<float>(places[c] / width);
        columns[from + c] = static_cast<float>(places[c] % width);
      }
    }
  });
}

void Kernel::apply(float* scores, std::int64_t cell) const {
  subtract(scores, rows.data(), columns.data(), static_cast<float>(cell / width), static_cast<float>(cell % width), factor,
           static_cast<std::int64_t>(rows.size()));
}

float largestOf(const float* scores, std::int64_t count) { return largestOfRow(scores, count); }

template <typename T>
float exponentials(const float* scores, float largest, T* weights, std::int64_t count) {
  return exponentialsOfRow(scores, largest, weights, count);
}
template float exponentials(const float*, float, float*, std::int64_t);
template float exponentials(const float*, float, Bf16*, std::int64_t);

template <typename T>
void join(float* to, float scale, const T* x, float weight, std::int64_t count) {
  joinRow(to, scale, x, weight, count);
}
template void join(float*, float, const float*, float, std::int64_t);
template void join(float*, float, const Bf16*, float, std::int64_t);

void scaleBy(float* to, float scale, std::int64_t count) { scaleRow(to, scale, count); }

void Best::look(const float* row, std::int64_t columns, std::int32_t from) {
  const auto add = [&](float score, std::int32_t cell) {
    auto place = count < capacity ? count++ : count - 1;
    for (; place > 0 && scores[place - 1] < score; place--) {
      scores[place] = scores[place - 1];
      cells[place] = cells[place - 1];
    }
    scores[place] = score;
    cells[place] = cell;
  };
  const auto bound = [&] { return count < capacity ? kLowest : scores[capacity - 1]; };
  for (std::int64_t i = 0; i < columns; i += kLanes) {
    const auto size = std::min(kLanes, columns - i);
    if (size == kLanes && !anyAbove(row + i, bound())) continue;
    for (std::int64_t j = i; j < i + size; j++) {
      if (row[j] > bound()) add(row[j], from + static_cast<std::int32_t>(j));
    }
  }
}

}  // namespace osvos::memory
