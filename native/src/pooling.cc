// Largest and mean value of windows, and their gradients, on maps [N, H, W, C].
#include <ATen/Parallel.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <array>
#include <limits>

#include "call.h"
#include "vector.h"

namespace osvos {
namespace {

struct Window {
  std::int64_t height, width, down, right, top, left;
};

/// Largest count of channels that a row's marks are kept for at once.
constexpr std::int64_t kChannels = 256;

Window windowOf(Call& call) {
  const auto n = call.shape();
  TORCH_CHECK(n.size() == 6, "a window has 6 numbers, not ", n.size());
  TORCH_CHECK(n[0] > 0 && n[1] > 0 && n[2] > 0 && n[3] > 0, "a window and its steps are above zero");
  TORCH_CHECK(n[4] >= 0 && n[5] >= 0, "padding is not below zero");
  return {n[0], n[1], n[2], n[3], n[4], n[5]};
}

/// The part of a window that lies inside the map; `begin` counts cells of the map.
struct Span {
  std::int64_t begin, end;
};

Span inside(std::int64_t place, std::int64_t step, std::int64_t before, std::int64_t size, std::int64_t cells) {
  const auto begin = place * step - before;
  return {std::max<std::int64_t>(begin, 0), std::min(begin + size, cells)};
}

template <typename T>
OSVOS_VECTOR void larger(T* best, const T* x, std::int64_t count) {
  for (std::int64_t c = 0; c < count; c++) best[c] = load(x[c]) > load(best[c]) ? x[c] : best[c];
}

template <typename T>
at::Tensor maxPoolOf(const at::Tensor& x, const Window& window, at::IntArrayRef shape) {
  auto y = at::empty(shape, x.options());
  const auto [height, width, channels] = std::array{x.size(1), x.size(2), x.size(3)};
  const auto* from = static_cast<const T*>(x.const_data_ptr());
  auto* to = static_cast<T*>(y.mutable_data_ptr());
  const auto [rows, columns] = std::array{shape[1], shape[2]};
  at::parallel_for(0, shape[0] * rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; row++) {
      const auto* map = from + row / rows * height * width * channels;
      const auto vertical = inside(row % rows, window.down, window.top, window.height, height);
      for (std::int64_t column = 0; column < columns; column++) {
        const auto horizontal = inside(column, window.right, window.left, window.width, width);
        auto* best = to + (row * columns + column) * channels;
        bool first = true;
        for (auto i = vertical.begin; i < vertical.end; i++) {
          for (auto j = horizontal.begin; j < horizontal.end; j++) {
            const auto* cell = map + (i * width + j) * channels;
            if (first) std::copy_n(cell, channels, best);
            else larger(best, cell, channels);
            first = false;
          }
        }
        TORCH_CHECK(!first, "a window lies outside the map");
      }
    }
  });
  return y;
}

/// An integer as wide as the number: comparing bits and choosing by them needs no change of width, which would keep the
/// compiler from using whole vectors.
template <typename T>
struct BitsOf;
template <>
struct BitsOf<float> {
  using Type = std::uint32_t;
};
template <>
struct BitsOf<Bf16> {
  using Type = std::uint16_t;
};
template <typename T>
using Bits = typename BitsOf<T>::Type;

template <typename T>
const Bits<T>* bits(const T* x) {
  return reinterpret_cast<const Bits<T>*>(x);
}
template <typename T>
Bits<T>* bits(T* x) {
  return reinterpret_cast<Bits<T>*>(x);
}

/// `given` has all bits set where another cell of the window has had the gradient. y is a copy of some x: equal in bits.
template <typename B>
OSVOS_VECTOR void giveOnce(B* dx, const B* x, const B* y, const B* dy, B* given, std::int64_t count) {
  for (std::int64_t c = 0; c < count; c++) {
    const B same = x[c] == y[c] ? static_cast<B>(~B{0}) : B{0};
    const B here = static_cast<B>(same & ~given[c]);
    given[c] = static_cast<B>(given[c] | here);
    dx[c] = static_cast<B>(dy[c] & here);
  }
}

/// The same where windows overlap: to what others have given.
template <typename T>
OSVOS_VECTOR void giveMore(T* dx, const T* x, const T* y, const T* dy, Bits<T>* given, std::int64_t count) {
  const auto* a = bits(x);
  const auto* b = bits(y);
  for (std::int64_t c = 0; c < count; c++) {
    const bool here = a[c] == b[c] && !given[c];
    given[c] = here ? static_cast<Bits<T>>(~Bits<T>{0}) : given[c];
    save(dx[c], load(dx[c]) + (here ? load(dy[c]) : 0.0f));
  }
}

/// The first of equal cells gets all, as in TensorFlow. Rows of windows that overlap are never done at the same time.
template <typename T>
at::Tensor maxPoolGradientOf(const at::Tensor& x, const at::Tensor& y, const at::Tensor& dy, const Window& window) {
  const bool overlap = window.height > window.down || window.width > window.right;
  auto dx = at::zeros_like(x);
  const auto [height, width, channels] = std::array{x.size(1), x.size(2), x.size(3)};
  const auto [rows, columns] = std::array{y.size(1), y.size(2)};
  const auto* map = static_cast<const T*>(x.const_data_ptr());
  const auto* largest = static_cast<const T*>(y.const_data_ptr());
  const auto* gradient = static_cast<const T*>(dy.const_data_ptr());
  auto* result = static_cast<T*>(dx.mutable_data_ptr());
  const auto apart = (window.height + window.down - 1) / window.down;
  for (std::int64_t turn = 0; turn < std::min(apart, rows); turn++) {
    const auto perMap = (rows - turn + apart - 1) / apart;
    at::parallel_for(0, x.size(0) * perMap, 1, [&](std::int64_t begin, std::int64_t end) {
      std::array<Bits<T>, kChannels> given;
      for (auto index = begin; index < end; index++) {
        const auto n = index / perMap;
        const auto row = index % perMap * apart + turn;
        const auto vertical = inside(row, window.down, window.top, window.height, height);
        for (std::int64_t column = 0; column < columns; column++) {
          const auto horizontal = inside(column, window.right, window.left, window.width, width);
          const auto out = ((n * rows + row) * columns + column) * channels;
          for (std::int64_t from = 0; from < channels; from += kChannels) {
            const auto count = std::min(kChannels, channels - from);
            std::fill_n(given.begin(), count, 0);
            for (auto i = vertical.begin; i < vertical.end; i++) {
              for (auto j = horizontal.begin; j < horizontal.end; j++) {
                const auto in = ((n * height + i) * width + j) * channels + from;
                const auto* y0 = largest + out + from;
                const auto* dy0 = gradient + out + from;
                if (overlap) giveMore(result + in, map + in, y0, dy0, given.data(), count);
                else giveOnce(bits(result + in), bits(map + in), bits(y0), bits(dy0), given.data(), count);
              }
            }
          }
        }
      }
    });
  }
  return dx;
}

/// ATen pads both sides alike, and counts cells of the map alone where asked to, as TensorFlow does.
at::Tensor channelsFirst(const at::Tensor& x) { return x.permute({0, 3, 1, 2}); }
at::Tensor channelsLast(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).contiguous(); }

/// The map as far as windows reach, with nothing larger than −∞ around; a last row that no window sees is left out.
at::Tensor reached(const at::Tensor& x, const Window& w, at::IntArrayRef shape) {
  const auto below = (shape[1] - 1) * w.down + w.height - w.top - x.size(1);
  const auto right = (shape[2] - 1) * w.right + w.width - w.left - x.size(2);
  return at::constant_pad_nd(channelsFirst(x), {w.left, right, w.top, below}, -std::numeric_limits<double>::infinity());
}

at::Tensor maxPoolByAten(const at::Tensor& x, const Window& w, at::IntArrayRef shape) {
  return channelsLast(at::max_pool2d(reached(x, w, shape), {w.height, w.width}, {w.down, w.right}));
}

at::Tensor maxPoolGradientByAten(const at::Tensor& x, const at::Tensor& dy, const Window& w) {
  const auto seen = reached(x, w, dy.sizes());
  const std::array<std::int64_t, 2> size = {w.height, w.width};
  const std::array<std::int64_t, 2> step = {w.down, w.right};
  const auto places = std::get<1>(at::max_pool2d_with_indices(seen, size, step));
  const auto gradient = at::max_pool2d_with_indices_backward(channelsFirst(dy), seen, size, step, {0, 0}, {1, 1}, false,
                                                             places);
  const auto below = x.size(1) + w.top - gradient.size(2);
  const auto right = x.size(2) + w.left - gradient.size(3);
  return channelsLast(at::constant_pad_nd(gradient, {-w.left, right, -w.top, below}));
}

/// x, window, shape of y → y
Napi::Value maxPool(Call& call) {
  const auto x = call.tensor().contiguous();
  const auto window = windowOf(call);
  const auto shape = call.shape();
  TORCH_CHECK(x.dim() == 4 && shape.size() == 4 && x.size(0) == shape[0] && x.size(3) == shape[3],
              "a map of shape ", x.sizes(), " is not pooled to ", at::IntArrayRef(shape));
  if (!call.state.loops(x)) return call.give(maxPoolByAten(x, window, shape));
  return call.give(x.scalar_type() == at::kBFloat16 ? maxPoolOf<Bf16>(x, window, shape)
                                                    : maxPoolOf<float>(x.to(at::kFloat), window, shape));
}

/// x, y, dy, window → dx
Napi::Value maxPoolGradient(Call& call) {
  const auto x = call.tensor().contiguous();
  const auto type = x.scalar_type() == at::kBFloat16 ? at::kBFloat16 : at::kFloat;
  const auto y = call.tensor().to(type).contiguous();
  const auto dy = call.tensor().to(type).contiguous();
  const auto window = windowOf(call);
  TORCH_CHECK(x.dim() == 4 && y.dim() == 4, "a map has 4 axes");
  TORCH_CHECK(y.sizes() == dy.sizes() && x.size(0) == y.size(0) && x.size(3) == y.size(3),
              "shapes of pooling do not fit: ", x.sizes(), ", ", y.sizes(), ", ", dy.sizes());
  if (!call.state.loops(x)) return call.give(maxPoolGradientByAten(x.to(type), dy, window));
  return call.give(type == at::kBFloat16 ? maxPoolGradientOf<Bf16>(x, y, dy, window)
                                         : maxPoolGradientOf<float>(x.to(at::kFloat), y, dy, window));
}

/// x, window → y; the same padding on opposite sides
Napi::Value averagePool(Call& call) {
  const auto x = call.tensor();
  const auto w = windowOf(call);
  TORCH_CHECK(x.dim() == 4, "a map has 4 axes");
  return call.give(channelsLast(at::avg_pool2d(channelsFirst(x), {w.height, w.width}, {w.down, w.right},
                                               {w.top, w.left}, false, false)));
}

/// dy, x, window → dx
Napi::Value averagePoolGradient(Call& call) {
  const auto dy = call.tensor();
  const auto x = call.tensor();
  const auto w = windowOf(call);
  TORCH_CHECK(x.dim() == 4 && dy.dim() == 4, "a map has 4 axes");
  return call.give(channelsLast(at::avg_pool2d_backward(channelsFirst(dy), channelsFirst(x), {w.height, w.width},
                                                        {w.down, w.right}, {w.top, w.left}, false, false,
                                                        std::nullopt)));
}

}  // namespace

void definePooling(Napi::Object exports) {
  define<maxPool>(exports, "maxPool");
  define<maxPoolGradient>(exports, "maxPoolGradient");
  define<averagePool>(exports, "averagePool");
  define<averagePoolGradient>(exports, "averagePoolGradient");
}

}  // namespace osvos
