// Convolution with bias, residual and ReLU in one pass, and its gradients. Maps are [N, H, W, C] in memory, which ATen
// calls channels-last; oneDNN and cuDNN compute on them as they lie, and so do the project's own kernels, which take over
// where fewer multiplications make them faster.
#include <ATen/Parallel.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>

#include "call.h"
#include "vector.h"
#include "winograd/winograd.h"

namespace osvos {
namespace {

/// Partial sums of a bias' gradient.
constexpr std::int64_t kParts = 64;

struct Geometry {
  std::array<std::int64_t, 2> stride;
  std::array<std::int64_t, 2> dilation;
  // top, bottom, left, right
  std::array<std::int64_t, 4> padding;

  std::array<std::int64_t, 2> before() const { return {padding[0], padding[2]}; }
  bool symmetric() const { return padding[0] == padding[1] && padding[2] == padding[3]; }
  /// What the convolution itself pads: all of it, or nothing where the two sides differ.
  std::array<std::int64_t, 2> own() const {
    return symmetric() ? std::array{padding[0], padding[2]} : std::array<std::int64_t, 2>{0, 0};
  }
};

Geometry geometryOf(Call& call) {
  const auto n = call.shape();
  TORCH_CHECK(n.size() == 8, "a convolution has 8 numbers of geometry, not ", n.size());
  TORCH_CHECK(n[0] > 0 && n[1] > 0 && n[6] > 0 && n[7] > 0, "strides and dilations are above zero");
  TORCH_CHECK(n[2] >= 0 && n[3] >= 0 && n[4] >= 0 && n[5] >= 0, "padding is not below zero");
  return {{n[0], n[1]}, {n[6], n[7]}, {n[2], n[3], n[4], n[5]}};
}

/// Shape of y; throws where map and filter do not fit. oneDNN itself checks little of what it is given.
std::vector<std::int64_t> outputShape(at::IntArrayRef x, at::IntArrayRef filter, const Geometry& geometry) {
  TORCH_CHECK(x.size() == 4 && filter.size() == 4, "a map and a filter have 4 axes, not ", x.size(), " and ", filter.size());
  TORCH_CHECK(x[3] == filter[2], "a map of ", x[3], " channels and a filter for ", filter[2]);
  std::vector<std::int64_t> shape = {x[0], 0, 0, filter[3]};
  for (std::size_t axis = 0; axis < 2; axis++) {
    const auto room = x[axis + 1] + geometry.padding[2 * axis] + geometry.padding[2 * axis + 1];
    const auto reach = geometry.dilation[axis] * (filter[axis] - 1) + 1;
    TORCH_CHECK(filter[axis] > 0 && room >= reach, "a filter of ", filter, " does not fit into a map of ", x);
    shape[axis + 1] = (room - reach) / geometry.stride[axis] + 1;
  }
  for (const auto size : {x[0], x[3], filter[3]}) TORCH_CHECK(size > 0, "a convolution of nothing");
  return shape;
}

void mustBe(const char* what, const at::Tensor& tensor, at::IntArrayRef shape) {
  TORCH_CHECK(tensor.sizes() == shape, what, " has the shape ", tensor.sizes(), ", not ", shape);
}

/// Whether the project's own kernels take a convolution of x, or a gradient of one.
bool byWinograd(const Call& call, at::IntArrayRef x, at::IntArrayRef y, at::IntArrayRef filter, const Geometry& geometry,
                bool (*worth)(const winograd::Size&, bool)) {
  const std::array<std::int64_t, 2> one = {1, 1};
  if (!call.state.device.is_cpu() || !call.state.ownLoops || call.state.winograd == winograd::Use::never) return false;
  if (filter[0] != 3 || filter[1] != 3 || geometry.stride != one || geometry.dilation != one) return false;
  if (call.state.winograd == winograd::Use::always) return true;
  const auto tiles = y[0] * ((y[1] + 3) / 4) * ((y[2] + 3) / 4);
  return worth({x[3], y[3], tiles}, call.state.precision == Precision::bf16);
}

at::Tensor channelsFirst(const at::Tensor& x) { return x.permute({0, 3, 1, 2}); }

/// Copies only where an operation gave back another order.
at::Tensor channelsLast(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).contiguous(); }

at::Tensor padded(const at::Tensor& x, const Geometry& geometry) {
  if (geometry.symmetric()) return x;
  const auto [top, bottom, left, right] = geometry.padding;
  return at::constant_pad_nd(x, {left, right, top, bottom});
}

using Scalars = c10::List<std::optional<at::Scalar>>;
using Pointwise = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, at::IntArrayRef,
                             at::IntArrayRef, at::IntArrayRef, std::int64_t, c10::string_view,
                             Scalars, std::optional<c10::string_view>);
using PointwiseBinary = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                   const std::optional<at::Tensor>&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef,
                                   std::int64_t, c10::string_view, std::optional<at::Scalar>,
                                   std::optional<c10::string_view>, Scalars,
                                   std::optional<c10::string_view>);

std::optional<c10::OperatorHandle> findOperator(const char* overload) {
  return c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", overload});
}

/// oneDNN's convolution does bias, sum and ReLU while its results are still in registers; none on other devices, and in
/// builds of PyTorch without oneDNN.
std::optional<at::Tensor> fused(const at::Tensor& x, const at::Tensor& filter, const std::optional<at::Tensor>& bias,
                                const std::optional<at::Tensor>& residual, const Geometry& geometry, bool relu) {
  if (!x.is_cpu()) return std::nullopt;
  static const auto plain = findOperator("");
  static const auto binary = findOperator("binary");
  if (!plain || !binary) return std::nullopt;
  const auto padding = geometry.own();
  if (!residual) {
    return plain->typed<Pointwise>().call(x, filter, bias, padding, geometry.stride, geometry.dilation, 1,
                                          relu ? "relu" : "none", Scalars(), std::nullopt);
  }
  const auto after = relu ? std::optional<c10::string_view>("relu") : std::nullopt;
  return binary->typed<PointwiseBinary>().call(x, *residual, filter, bias, padding, geometry.stride,
                                               geometry.dilation, 1, "add", std::nullopt, after, Scalars(), std::nullopt);
}

at::Tensor inSteps(const at::Tensor& x, const at::Tensor& filter, const std::optional<at::Tensor>& bias,
                   const std::optional<at::Tensor>& residual, const Geometry& geometry, bool relu) {
  auto y = at::conv2d(x, filter, bias, geometry.stride, geometry.own(), geometry.dilation);
  if (residual) y.add_(*residual);
  return relu ? y.relu_() : y;
}

/// x, filter handle and shape, bias, residual, geometry, relu → y
Napi::Value convolve(Call& call) {
  const auto type = call.state.activations();
  auto x = call.tensor();
  const auto handle = call.handle();
  const auto shape = call.shape();
  auto bias = call.maybeTensor();
  auto residual = call.maybeTensor();
  const auto geometry = geometryOf(call);
  const bool relu = call.flag();
  const auto y = outputShape(x.sizes(), shape, geometry);
  if (bias) mustBe("the bias", *bias, {y[3]});
  if (residual) mustBe("the residual", *residual, y);
  if (byWinograd(call, x.sizes(), y, shape, geometry, winograd::worthConvolving)) {
    if (residual) residual = residual->to(type).contiguous();
    return call.give(winograd::convolve(x.to(type).contiguous(), call.state.store.exactFilter(handle, shape),
                                        {geometry.before(), {y[1], y[2]}, bias, residual, relu}));
  }
  const auto filter = call.state.store.filter(handle, shape, type);
  x = padded(channelsFirst(x.to(type)), geometry);
  if (bias) bias = bias->to(type);
  if (residual) residual = channelsFirst(residual->to(type));
  const auto result =
      call.state.ownLoops ? fused(x, filter, bias, residual, geometry, relu) : std::optional<at::Tensor>();
  return call.give(channelsLast(result ? *result : inSteps(x, filter, bias, residual, geometry, relu)));
}

/// dy, filter handle and shape, shape of x, geometry → dx
Napi::Value inputGradient(Call& call) {
  const auto type = call.state.activations();
  const auto gradient = call.tensor();
  const auto handle = call.handle();
  const auto shape = call.shape();
  auto input = call.shape();
  const auto geometry = geometryOf(call);
  mustBe("the gradient", gradient, outputShape(input, shape, geometry));
  if (byWinograd(call, input, gradient.sizes(), shape, geometry, winograd::worthConvolving)) {
    const auto filter = call.state.store.exactFilter(handle, shape);
    return call.give(winograd::inputGradient(gradient.to(type).contiguous(), filter, {input[1], input[2]},
                                             geometry.before()));
  }
  const auto dy = channelsFirst(gradient.to(type));
  const auto filter = call.state.store.filter(handle, shape, type);
  const auto [height, width] = std::array{input[1], input[2]};
  if (!geometry.symmetric()) {
    input[1] += geometry.padding[0] + geometry.padding[1];
    input[2] += geometry.padding[2] + geometry.padding[3];
  }
  // of x only the shape is read
  const auto x = channelsFirst(at::empty({1}, dy.options()).expand(input));
  auto dx = std::get<0>(at::convolution_backward(dy, x, filter, std::nullopt, geometry.stride, geometry.own(),
                                                 geometry.dilation, false, {0, 0}, 1, {true, false, false}));
  if (!geometry.symmetric()) dx = dx.narrow(2, geometry.padding[0], height).narrow(3, geometry.padding[2], width);
  return call.give(channelsLast(dx));
}

/// x, dy, shape of the filter, geometry → gradient of the filter, float32
Napi::Value filterGradient(Call& call) {
  const auto type = call.state.activations();
  const auto input = call.tensor();
  const auto gradient = call.tensor();
  const auto shape = call.shape();
  const auto geometry = geometryOf(call);
  mustBe("the gradient", gradient, outputShape(input.sizes(), shape, geometry));
  if (byWinograd(call, input.sizes(), gradient.sizes(), shape, geometry, winograd::worthGradient)) {
    const auto dw = winograd::filterGradient(input.to(type).contiguous(), gradient.to(type).contiguous(),
                                             geometry.before());
    return call.give(dw.permute({2, 3, 1, 0}));
  }
  const auto dy = channelsFirst(gradient.to(type));
  const auto x = padded(channelsFirst(input.to(type)), geometry);
  // of the filter only the shape is read
  const auto filter = at::empty({1}, dy.options()).expand(shape).permute({3, 2, 0, 1});
  const auto dw = std::get<1>(at::convolution_backward(dy, x, filter, std::nullopt, geometry.stride, geometry.own(),
                                                       geometry.dilation, false, {0, 0}, 1, {false, true, false}));
  return call.give(dw.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast).permute({2, 3, 1, 0}));
}

template <typename T>
OSVOS_VECTOR void addRows(const T* x, std::int64_t rows, std::int64_t channels, float* sums) {
  for (std::int64_t r = 0; r < rows; r++) {
    for (std::int64_t c = 0; c < channels; c++) sums[c] += load(x[r * channels + c]);
  }
}

template <typename T>
at::Tensor sumOfRows(const at::Tensor& x, std::int64_t channels) {
  const auto rows = x.numel() / channels;
  const auto* from = static_cast<const T*>(x.const_data_ptr());
  // partial sums of equal length, whatever the threads: the same bytes each time, and little lost to rounding
  const auto parts = std::min<std::int64_t>(rows, kParts);
  auto partial = at::zeros({parts, channels}, x.options().dtype(at::kFloat));
  auto* sums = partial.mutable_data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto part = begin; part < end; part++) {
      const auto first = rows * part / parts;
      addRows(from + first * channels, rows * (part + 1) / parts - first, channels, sums + part * channels);
    }
  });
  return at::sum(partial, 0);
}

/// dy → its sum over all axes but the last, float32
Napi::Value biasGradient(Call& call) {
  const auto dy = call.tensor().contiguous();
  TORCH_CHECK(dy.dim() > 0 && dy.numel() > 0, "a map has channels and is not empty");
  const auto channels = dy.size(-1);
  if (!call.state.loops(dy)) return call.give(at::sum(dy.reshape({-1, channels}), at::IntArrayRef{0}, false, at::kFloat));
  return call.give(dy.scalar_type() == at::kBFloat16 ? sumOfRows<Bf16>(dy, channels)
                                                     : sumOfRows<float>(dy.to(at::kFloat), channels));
}

winograd::Use useOf(const std::string& name) {
  if (name == "auto") return winograd::Use::automatic;
  if (name == "always") return winograd::Use::always;
  TORCH_CHECK(name == "never", "the project's own convolutions are used auto, always or never, not ", name);
  return winograd::Use::never;
}

/// 'auto', 'always' or 'never'
Napi::Value useWinograd(Call& call) {
  call.state.winograd = useOf(call.text());
  return call.nothing();
}

}  // namespace

void defineConvolution(Napi::Object exports) {
  define<convolve>(exports, "convolve");
  define<inputGradient>(exports, "inputGradient");
  define<filterGradient>(exports, "filterGradient");
  define<biasGradient>(exports, "biasGradient");
  define<useWinograd>(exports, "useWinograd");
}

}  // namespace osvos
