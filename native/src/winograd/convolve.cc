#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "filter.h"
#include "layout.h"
#include "winograd.h"

namespace osvos::winograd {
namespace {

/// A transformed filter of so many floats stays in a processor's last cache while strip after strip passes.
constexpr std::int64_t kSmallFilter = 1 << 20;
/// Transformed patches of so many floats, too.
constexpr std::int64_t kPatches = 5 << 20;
/// Those of a strip, of a thread of its own.
constexpr std::int64_t kStrip = 60 << 10;

/// Tiles that are worth reading the filter for.
constexpr std::int64_t kLeastStrip = 30;

struct Work {
  const MapKernels& maps;
  Patches patches;
  Filter filter;
  Target target;
  std::int64_t tiles, steps, filled, scratch;
};

/// Transformed tiles of y by panels: `tiles` tiles of `in` · columns of the filter from `first` on. `points` are those
/// columns, transformed.
void multiply(const Work& work, const Planes& in, const Planes& out, std::int64_t tiles, const float* points,
              std::int64_t point, std::int64_t count) {
  const auto& set = kernels();
  for (std::int64_t p = 0; p < kPoints; p++) {
    for (std::int64_t c = 0; c < count; c += set.panel) {
      const auto columns = std::min(set.panel, count - c);
      set.multiply({in.data + p * in.point, in.row, 1, points + p * point + c * work.steps, columns,
                    out.data + p * out.point + c / set.panel * out.block, out.row, tiles, work.steps, columns, false});
    }
  }
}

/// Strip by strip: patches, products and output stay in the cache of one core, the filter in that of all.
void byStrips(const Work& work, const at::TensorOptions& f32) {
  const auto& set = kernels();
  const auto channels = work.patches.filled;
  const auto most = std::max(kStrip / channels / kPoints, kLeastStrip);
  const auto strip = ceilDivide(work.tiles, ceilDivide(work.tiles, most));
  const auto threads = at::get_num_threads();
  const auto point = apart(work.steps * work.filled);
  const auto inPoint = apart(strip * channels), outPoint = apart(strip * panelsOf(work.filled) * set.panel);
  const auto own = kPoints * (inPoint + outPoint) + work.scratch;
  const auto buffers = at::empty({kPoints * point + threads * own}, f32);
  auto* points = buffers.mutable_data_ptr<float>();
  at::parallel_for(0, panelsOf(work.filled), 1, [&](std::int64_t begin, std::int64_t end) {
    const auto first = begin * set.panel, last = std::min(work.filled, end * set.panel);
    transformFilter(work.filter, first, last - first, points + first * work.steps, point);
  });
  at::parallel_for(0, ceilDivide(work.tiles, strip), 1, [&](std::int64_t begin, std::int64_t end) {
    auto* mine = points + kPoints * point + at::get_thread_num() * own;
    const Planes in = {mine, inPoint, set.panel, channels};
    const Planes out = {mine + kPoints * inPoint, outPoint, strip * set.panel, set.panel};
    auto* scratch = out.data + kPoints * outPoint;
    for (auto s = begin; s < end; s++) {
      const auto first = s * strip, last = std::min(work.tiles, first + strip);
      work.maps.input(work.patches, first, last, in, scratch);
      multiply(work, in, out, last - first, points, point, work.filled);
      work.maps.output(out, first, last, work.target, 0, work.filled, scratch);
    }
  });
}

/// Panel by panel of the filter, for one too large for a cache: each panel is transformed when it is needed.
void byPanels(const Work& work, const at::TensorOptions& f32) {
  const auto& set = kernels();
  const auto channels = work.patches.filled;
  const auto strips = ceilDivide(work.tiles * channels * kPoints, kPatches);
  const auto strip = ceilDivide(work.tiles, strips);
  const auto threads = at::get_num_threads();
  const auto panels = panelsOf(work.filled);
  // threads that would find no panel share one
  const auto shares = std::min(ceilDivide(threads, panels), strip);
  const auto share = ceilDivide(strip, shares);
  const auto inPoint = apart(strip * channels), outPoint = apart(share * set.panel);
  const auto point = apart(work.steps * set.panel);
  const auto own = kPoints * (point + outPoint) + work.scratch;
  const auto buffers = at::empty({kPoints * inPoint + threads * own}, f32);
  const Planes in = {buffers.mutable_data_ptr<float>(), inPoint, set.panel, channels};
  auto* rest = in.data + kPoints * inPoint;
  for (std::int64_t start = 0; start < work.tiles; start += strip) {
    const auto tiles = std::min(strip, work.tiles - start);
    at::parallel_for(0, tiles, 4, [&](std::int64_t begin, std::int64_t end) {
      auto* scratch = rest + at::get_thread_num() * own;
      work.maps.input(work.patches, start + begin, start + end, from(in, begin), scratch);
    });
    at::parallel_for(0, panels * shares, 1, [&](std::int64_t begin, std::int64_t end) {
      auto* points = rest + at::get_thread_num() * own;
      const Planes out = {points + kPoints * point, outPoint, share * set.panel, set.panel};
      auto* scratch = out.data + kPoints * outPoint;
      for (auto unit = begin; unit < end; unit++) {
        const auto first = unit / shares * set.panel, count = std::min(set.panel, work.filled - first);
        const auto tile = unit % shares * share, some = std::min(share, tiles - tile);
        if (some <= 0) continue;
        transformFilter(work.filter, first, count, points, point);
        multiply(work, from(in, tile), out, some, points, point, count);
        work.maps.output(out, start + tile, start + tile + some, work.target, first, count, scratch);
      }
    });
  }
}

at::Tensor run(const at::Tensor& x, const Filter& filter, const Convolution& convolution) {
  const auto [height, width] = convolution.output;
  const auto channels = filter.columns();
  const auto patches = patchesOf(x, convolution.padding[0], convolution.padding[1], height, width);
  const auto filled = filledUp(channels);
  const auto f32 = x.options().dtype(at::kFloat);
  const auto y = at::empty({x.size(0), height, width, channels}, x.options());
  at::Tensor bias;
  if (convolution.bias) {
    bias = at::zeros({filled}, f32);
    bias.narrow(0, 0, channels).copy_(*convolution.bias);
  }
  const Target target = {y.mutable_data_ptr(),
                         bias.defined() ? bias.const_data_ptr<float>() : nullptr,
                         convolution.residual ? convolution.residual->const_data_ptr() : nullptr,
                         convolution.relu,
                         height,
                         width,
                         channels,
                         patches.down,
                         patches.across};
  const Work work = {kernelsFor(x),   patches,         filter, target, tilesOf(x, patches),
                     filter.steps(), filled, scratchSize(patches.filled)};
  if (kPoints * work.steps * filled <= kSmallFilter) byStrips(work, f32);
  else byPanels(work, f32);
  return y;
}

}  // namespace

at::Tensor convolve(const at::Tensor& x, const at::Tensor& filter, const Convolution& convolution) {
  return run(x, {filter.const_data_ptr<float>(), filter.size(0), filter.size(1), false}, convolution);
}

at::Tensor inputGradient(const at::Tensor& dy, const at::Tensor& filter, std::array<std::int64_t, 2> size,
                         std::array<std::int64_t, 2> padding) {
  // the rows that a convolution without padding would lose at each side come back
  const Convolution convolution = {{2 - padding[0], 2 - padding[1]}, size, std::nullopt, std::nullopt, false};
  return run(dy, {filter.const_data_ptr<float>(), filter.size(0), filter.size(1), true}, convolution);
}

}  // namespace osvos::winograd
