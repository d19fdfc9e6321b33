// One number in, one number out; tables of ATen's own functions by the names that TensorFlow.js gives their kernels.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <unordered_map>

#include "call.h"
#include "vector.h"

namespace osvos {
namespace {

using Unary = at::Tensor (*)(const at::Tensor&);
using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

const std::unordered_map<std::string, Unary> kUnary = {
    {"Abs", [](const at::Tensor& x) { return at::abs(x); }},
    {"Ceil", [](const at::Tensor& x) { return at::ceil(x); }},
    {"Cos", [](const at::Tensor& x) { return at::cos(x); }},
    {"Elu", [](const at::Tensor& x) { return at::elu(x); }},
    {"Erf", [](const at::Tensor& x) { return at::erf(x); }},
    {"Exp", [](const at::Tensor& x) { return at::exp(x); }},
    {"Expm1", [](const at::Tensor& x) { return at::expm1(x); }},
    {"Floor", [](const at::Tensor& x) { return at::floor(x); }},
    {"IsFinite", [](const at::Tensor& x) { return at::isfinite(x); }},
    {"IsInf", [](const at::Tensor& x) { return at::isinf(x); }},
    {"IsNan", [](const at::Tensor& x) { return at::isnan(x); }},
    {"Log", [](const at::Tensor& x) { return at::log(x); }},
    {"Log1p", [](const at::Tensor& x) { return at::log1p(x); }},
    {"LogicalNot", [](const at::Tensor& x) { return at::logical_not(x); }},
    {"Neg", [](const at::Tensor& x) { return at::neg(x); }},
    {"Reciprocal", [](const at::Tensor& x) { return at::reciprocal(x); }},
    {"Relu", [](const at::Tensor& x) { return at::relu(x); }},
    {"Relu6", [](const at::Tensor& x) { return at::clamp(x, 0, 6); }},
    {"Round", [](const at::Tensor& x) { return at::round(x); }},
    {"Rsqrt", [](const at::Tensor& x) { return at::rsqrt(x); }},
    {"Sigmoid", [](const at::Tensor& x) { return at::sigmoid(x); }},
    {"Sign", [](const at::Tensor& x) { return at::sign(x); }},
    {"Sin", [](const at::Tensor& x) { return at::sin(x); }},
    {"Softplus", [](const at::Tensor& x) { return at::softplus(x); }},
    {"Sqrt", [](const at::Tensor& x) { return at::sqrt(x); }},
    {"Square", [](const at::Tensor& x) { return at::square(x); }},
    {"Tanh", [](const at::Tensor& x) { return at::tanh(x); }},
};

const std::unordered_map<std::string, Binary> kBinary = {
    {"Add", [](const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); }},
    {"Equal", [](const at::Tensor& a, const at::Tensor& b) { return at::eq(a, b); }},
    {"Greater", [](const at::Tensor& a, const at::Tensor& b) { return at::gt(a, b); }},
    {"GreaterEqual", [](const at::Tensor& a, const at::Tensor& b) { return at::ge(a, b); }},
    {"Less", [](const at::Tensor& a, const at::Tensor& b) { return at::lt(a, b); }},
    {"LessEqual", [](const at::Tensor& a, const at::Tensor& b) { return at::le(a, b); }},
    {"LogicalAnd", [](const at::Tensor& a, const at::Tensor& b) { return at::logical_and(a, b); }},
    {"LogicalOr", [](const at::Tensor& a, const at::Tensor& b) { return at::logical_or(a, b); }},
    {"Maximum", [](const at::Tensor& a, const at::Tensor& b) { return at::maximum(a, b); }},
    {"Minimum", [](const at::Tensor& a, const at::Tensor& b) { return at::minimum(a, b); }},
    {"Mod", [](const at::Tensor& a, const at::Tensor& b) { return at::remainder(a, b); }},
    {"Multiply", [](const at::Tensor& a, const at::Tensor& b) { return at::mul(a, b); }},
    {"NotEqual", [](const at::Tensor& a, const at::Tensor& b) { return at::ne(a, b); }},
    {"Pow", [](const at::Tensor& a, const at::Tensor& b) { return at::pow(a, b); }},
    {"RealDiv", [](const at::Tensor& a, const at::Tensor& b) { return at::div(a, b); }},
    {"SquaredDifference", [](const at::Tensor& a, const at::Tensor& b) { return at::square(at::sub(a, b)); }},
    {"Sub", [](const at::Tensor& a, const at::Tensor& b) { return at::sub(a, b); }},
};

template <typename Functions>
auto find(const Functions& functions, const std::string& name) {
  const auto found = functions.find(name);
  TORCH_CHECK(found != functions.end(), "no function is called ", name);
  return found->second;
}

/// name, x → y
Napi::Value unary(Call& call) {
  const auto function = find(kUnary, call.text());
  return call.give(function(call.tensor()));
}

/// name, a, b → c, with TensorFlow.js' broadcasting, which is NumPy's
Napi::Value binary(Call& call) {
  const auto function = find(kBinary, call.text());
  const auto a = call.tensor();
  const auto b = call.tensor();
  return call.give(function(a, b));
}

/// x, alpha → 1 above zero, alpha below, what is no number as it is
Napi::Value step(Call& call) {
  const auto x = call.tensor();
  const auto alpha = call.number();
  auto y = at::where(x > 0, at::ones({}, x.options()), at::full({}, alpha, x.options()));
  return call.give(at::where(at::isnan(x), x, y));
}

/// x, lowest, highest → y
Napi::Value clamp(Call& call) {
  const auto x = call.tensor();
  const auto low = call.number();
  const auto high = call.number();
  return call.give(at::clamp(x, low, high));
}

/// condition, a, b → c
Napi::Value select(Call& call) {
  auto condition = call.tensor().to(at::kBool);
  const auto a = call.tensor();
  const auto b = call.tensor();
  // a condition of one axis chooses whole rows
  if (condition.dim() == 1 && a.dim() > 1) {
    std::vector<std::int64_t> shape(a.dim(), 1);
    shape[0] = condition.size(0);
    condition = condition.reshape(shape);
  }
  return call.give(at::where(condition, a, b));
}

template <typename T>
OSVOS_VECTOR void maskRange(const T* dy, const T* y, T* dz, std::int64_t count) {
  // the sign bit and zero tell whether y is above zero, in both types: no conversion
  for (std::int64_t i = 0; i < count; i++) dz[i] = load(y[i]) > 0 ? dy[i] : T{};
}

template <typename T>
void mask(const at::Tensor& dy, const at::Tensor& y, at::Tensor& dz) {
  const auto* from = static_cast<const T*>(dy.const_data_ptr());
  const auto* map = static_cast<const T*>(y.const_data_ptr());
  auto* to = static_cast<T*>(dz.mutable_data_ptr());
  at::parallel_for(0, dy.numel(), 1 << 15, [&](std::int64_t begin, std::int64_t end) {
    maskRange(from + begin, map + begin, to + begin, end - begin);
  });
}

/// dy, y → dy where the ReLU's output y is above zero, else 0
Napi::Value reluGradient(Call& call) {
  auto dy = call.tensor();
  const auto y = call.tensor().contiguous();
  if (!call.state.loops(y) || (y.scalar_type() != at::kFloat && y.scalar_type() != at::kBFloat16))
    return call.give(at::threshold_backward(dy.to(y.scalar_type()), y, 0));
  dy = dy.to(y.scalar_type()).contiguous();
  TORCH_CHECK(dy.sizes() == y.sizes(), "a gradient of shape ", dy.sizes(), " for a map of shape ", y.sizes());
  auto dz = at::empty_like(y);
  if (y.scalar_type() == at::kFloat) mask<float>(dy, y, dz);
  else mask<Bf16>(dy, y, dz);
  return call.give(dz);
}

}  // namespace

void definePointwise(Napi::Object exports) {
  define<unary>(exports, "unary");
  define<binary>(exports, "binary");
  define<step>(exports, "step");
  define<clamp>(exports, "clamp");
  define<select>(exports, "select");
  define<reluGradient>(exports, "reluGradient");
}

}  // namespace osvos
