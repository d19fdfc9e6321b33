#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "layout.h"
#include "winograd.h"

namespace osvos::winograd {
namespace {

/// Transformed tiles of x and dy, in floats, that stay in a processor's last cache.
constexpr std::int64_t kTiles = 4608 << 10;
/// Tiles of a strip where all of them do not.
constexpr std::int64_t kStrip = 96;
/// Sums of so many floats are worth having for each thread, and so many tiles for a thread of its own.
constexpr std::int64_t kOwnSums = 2560 << 10, kOwnTiles = 4 * kStrip;
/// Tiles that a thread transforms at a time.
constexpr std::int64_t kGrain = 6;

/// Sums of products of tiles: [points][rows: channels of dy][columns: channels of x], a panel by a panel.
struct Work {
  Planes x, dy;
  std::int64_t in, out;

  std::int64_t rows(std::int64_t group) const { return std::min(kernels().panel, out - group * kernels().panel); }
  std::int64_t columns(std::int64_t panel) const { return std::min(kernels().panel, in - panel * kernels().panel); }

  void multiply(std::int64_t p, std::int64_t group, std::int64_t panel, std::int64_t tiles, float* sums,
                bool add) const {
    kernels().multiply({dy.data + p * dy.point + group * dy.block, 1, dy.row, x.data + p * x.point + panel * x.block,
                        x.row, sums, kernels().panel, rows(group), tiles, columns(panel), add});
  }
};

/// Sums of a group of rows and a panel of columns, `point` apart → gradient [out][9][in].
void giveTaps(const Work& work, std::int64_t group, std::int64_t panel, const float* sums, std::int64_t point, float* to,
              std::int64_t out, std::int64_t in) {
  const auto& set = kernels();
  float taps[9 * kMostLanes];
  const auto first = group * set.panel;
  for (auto o = first; o < std::min(out, first + set.panel); o++) {
    for (auto c = panel * set.panel; c < std::min(in, (panel + 1) * set.panel); c += set.lanes) {
      set.taps(sums + (o - first) * set.panel + c - panel * set.panel, point, taps);
      const auto count = std::min(set.lanes, in - c);
      for (std::int64_t k = 0; k < 9; k++) {
        std::copy(taps + k * set.lanes, taps + k * set.lanes + count, to + (o * 9 + k) * in + c);
      }
    }
  }
}

}  // namespace

at::Tensor filterGradient(const at::Tensor& x, const at::Tensor& dy, std::array<std::int64_t, 2> padding) {
  const auto& set = kernels();
  const auto& maps = kernelsFor(x);
  const auto height = dy.size(1), width = dy.size(2);
  const auto in = x.size(3), out = dy.size(3);
  const auto inputs = patchesOf(x, padding[0], padding[1], height, width);
  const auto gradients = patchesOf(dy, 0, 0, height, width);
  const auto tiles = tilesOf(x, inputs);
  const auto threads = at::get_num_threads();
  const auto f32 = x.options().dtype(at::kFloat);
  const auto panels = panelsOf(in), groups = panelsOf(out), pairs = panels * groups;

  const auto perTile = kPoints * (panels + groups) * set.panel;
  const bool atOnce = tiles * perTile <= kTiles && pairs >= threads;
  const auto strip = atOnce ? tiles : std::min(tiles, kStrip);
  const auto inPoint = apart(strip * panels * set.panel), outPoint = apart(strip * groups * set.panel);
  const auto scratch = scratchSize(std::max(inputs.filled, gradients.filled));
  const auto point = apart(set.panel * set.panel);
  const auto own = scratch + (atOnce ? kPoints * point : 0);
  const auto buffers = at::empty({kPoints * (inPoint + outPoint) + threads * own}, f32);
  auto* memory = buffers.mutable_data_ptr<float>();
  const Work work = {{memory, inPoint, strip * set.panel, set.panel},
                     {memory + kPoints * inPoint, outPoint, strip * set.panel, set.panel},
                     inputs.filled,
                     gradients.filled};
  auto* rest = memory + kPoints * (inPoint + outPoint);
  const auto transform = [&](std::int64_t first, std::int64_t count) {
    at::parallel_for(0, ceilDivide(count, kGrain), 1, [&](std::int64_t begin, std::int64_t end) {
      auto* mine = rest + at::get_thread_num() * own;
      const auto start = begin * kGrain, stop = std::min(count, end * kGrain);
      maps.input(inputs, first + start, first + stop, from(work.x, start), mine);
      maps.gradient(gradients, first + start, first + stop, from(work.dy, start), mine);
    });
  };
  auto gradient = at::empty({out, in, 3, 3}, f32, at::MemoryFormat::ChannelsLast);
  auto* to = gradient.mutable_data_ptr<float>();

  if (atOnce) {
    transform(0, tiles);
    at::parallel_for(0, pairs, 1, [&](std::int64_t begin, std::int64_t end) {
      auto* sums = rest + at::get_thread_num() * own + scratch;
      for (auto pair = begin; pair < end; pair++) {
        const auto group = pair % groups, panel = pair / groups;
        for (std::int64_t p = 0; p < kPoints; p++) work.multiply(p, group, panel, tiles, sums + p * point, false);
        giveTaps(work, group, panel, sums, point, to, out, in);
      }
    });
    return gradient;
  }

  const auto size = pairs * kPoints * point;
  const auto shares = size <= kOwnSums ? std::clamp<std::int64_t>(tiles / kOwnTiles, 1, threads) : 1;
  const auto sums = at::empty({shares * size}, f32);
  auto* sum = sums.mutable_data_ptr<float>();
  if (shares > 1) {
    // each thread by itself: what it transforms stays in its own cache
    const auto tileSize = kPoints * (inPoint + outPoint) + scratch;
    const auto tileBuffers = at::empty({shares * tileSize}, f32);
    auto* place = tileBuffers.mutable_data_ptr<float>();
    at::parallel_for(0, shares, 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto share = begin; share < end; share++) {
        auto* mine = place + share * tileSize;
        auto own = work;
        own.x.data = mine;
        own.dy.data = mine + kPoints * inPoint;
        auto* spare = own.dy.data + kPoints * outPoint;
        const auto start = tiles * share / shares, stop = tiles * (share + 1) / shares;
        for (auto first = start; first < stop; first += strip) {
          const auto last = std::min(stop, first + strip);
          maps.input(inputs, first, last, own.x, spare);
          maps.gradient(gradients, first, last, own.dy, spare);
          for (std::int64_t unit = 0; unit < kPoints * pairs; unit++) {
            const auto p = unit / pairs, pair = unit % pairs;
            own.multiply(p, pair % groups, pair / groups, last - first,
                         sum + share * size + (pair * kPoints + p) * point, first > start);
          }
        }
      }
    });
  } else {
    for (std::int64_t first = 0; first < tiles; first += strip) {
      const auto count = std::min(strip, tiles - first);
      transform(first, count);
      at::parallel_for(0, kPoints * pairs, 1, [&](std::int64_t begin, std::int64_t end) {
        for (auto unit = begin; unit < end; unit++) {
          const auto p = unit / pairs, pair = unit % pairs;
          work.multiply(p, pair % groups, pair / groups, count, sum + (pair * kPoints + p) * point, first > 0);
        }
      });
    }
  }
  at::parallel_for(0, pairs, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto pair = begin; pair < end; pair++) {
      const auto group = pair % groups, panel = pair / groups;
      auto* total = sum + pair * kPoints * point;
      for (std::int64_t share = 1; share < shares; share++) {
        const auto* other = total + share * size;
        for (std::int64_t p = 0; p < kPoints; p++) {
          // beyond the rows there is nothing
          const auto used = work.rows(group) * set.panel;
          for (std::int64_t i = 0; i < used; i++) total[p * point + i] += other[p * point + i];
        }
      }
      giveTaps(work, group, panel, total, point, to, out, in);
    }
  });
  return gradient;
}

}  // namespace osvos::winograd
