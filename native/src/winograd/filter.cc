#include "filter.h"

#include <algorithm>

namespace osvos::winograd {
namespace {

/// Taps [steps][9][lanes] of some steps of a vector of columns.
void readTaps(const Filter& filter, std::int64_t column, std::int64_t step, std::int64_t steps, float* taps) {
  const auto& set = kernels();
  const auto lanes = set.lanes;
  const auto in = filter.in;
  const auto count = std::min(lanes, filter.columns() - column);
  const bool whole = count == lanes && steps == lanes;
  for (std::int64_t k = 0; k < 9; k++) {
    if (filter.turned) {
      for (std::int64_t s = 0; s < steps; s++) {
        const auto* from = filter.data + ((step + s) * 9 + 8 - k) * in + column;
        auto* to = taps + (s * 9 + k) * lanes;
        std::copy(from, from + count, to);
        std::fill(to + count, to + lanes, 0.f);
      }
    } else if (whole) {
      set.transpose(filter.data + (column * 9 + k) * in + step, 9 * in, taps + k * lanes, 9 * lanes);
    } else {
      for (std::int64_t s = 0; s < steps; s++) {
        for (std::int64_t l = 0; l < lanes; l++) {
          taps[(s * 9 + k) * lanes + l] = l < count ? filter.data[((column + l) * 9 + k) * in + step + s] : 0;
        }
      }
    }
  }
}

}  // namespace

void transformFilter(const Filter& filter, std::int64_t first, std::int64_t count, float* to, std::int64_t point) {
  const auto& set = kernels();
  const auto lanes = set.lanes;
  const auto steps = filter.steps();
  float taps[9 * kMostLanes * kMostLanes];
  for (std::int64_t c = 0; c < count; c += lanes) {
    const auto panel = c / set.panel * set.panel;
    const auto width = std::min(set.panel, count - panel);
    auto* place = to + panel * steps + c - panel;
    for (std::int64_t s = 0; s < steps; s += lanes) {
      const auto some = std::min(lanes, steps - s);
      readTaps(filter, first + c, s, some, taps);
      for (std::int64_t i = 0; i < some; i++) set.filter(taps + i * 9 * lanes, place + (s + i) * width, point);
    }
  }
}

}  // namespace osvos::winograd
