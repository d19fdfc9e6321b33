// One call from JavaScript: its arguments in order, its result, and errors of ATen as errors of JavaScript.
#pragma once

#include <ATen/core/Tensor.h>
#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "store.h"
#include "winograd/choice.h"

namespace osvos {

/// What the addon keeps for one Node.js environment (the main thread, or a worker).
struct State {
  Store store;
  at::Device device = at::kCPU;
  Precision precision = Precision::f32;
  /// Off in tests: kernels do on the processor what they do on a card, by ATen's own operations.
  bool ownLoops = true;
  winograd::Use winograd = winograd::Use::automatic;
  /// Bytes that V8 was told of.
  std::int64_t accounted = 0;

  /// Whether a kernel may go through this tensor's memory itself.
  bool loops(const at::Tensor& x) const { return ownLoops && x.is_cpu(); }

  /// Type of activations and of the filters' working copies.
  at::ScalarType activations() const { return precision == Precision::bf16 ? at::kBFloat16 : at::kFloat; }
};

/// Reads arguments from left to right. A tensor takes two arguments, its handle and its shape: the shape belongs to the
/// tensor of TensorFlow.js, not to the memory that several of them share.
class Call {
 public:
  explicit Call(const Napi::CallbackInfo& info) : info_(info), state(*info.Env().GetInstanceData<State>()) {}

  at::Tensor tensor();
  /// None where the handle is null.
  std::optional<at::Tensor> maybeTensor();
  std::uint32_t handle();
  std::vector<std::int64_t> shape();
  std::int64_t integer();
  double number();
  bool flag();
  std::string text();
  /// The next argument as it is.
  Napi::Value value();

  /// Keeps a result; its handle is what JavaScript gets.
  Napi::Value give(at::Tensor result);
  Napi::Value nothing() { return info_.Env().Undefined(); }
  Napi::Env env() const { return info_.Env(); }

 private:
  const Napi::CallbackInfo& info_;
  std::size_t next_ = 0;

 public:
  State& state;
};

using Body = Napi::Value (*)(Call&);

/// Tells V8 how much memory it does not see, once that has changed by much.
void accountMemory(const Napi::Env& env, State& state);

/// Runs a body; whatever goes wrong inside reaches JavaScript as an Error with one line of text.
Napi::Value guard(const Napi::CallbackInfo& info, Body body);

template <Body body>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  return guard(info, body);
}

template <Body body>
void define(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<&guarded<body>>(exports.Env(), name));
}

void defineConvolution(Napi::Object exports);
void defineLayout(Napi::Object exports);
void defineLoss(Napi::Object exports);
void defineMemoryRead(Napi::Object exports);
void defineOptimizer(Napi::Object exports);
void definePointwise(Napi::Object exports);
void definePooling(Napi::Object exports);
void defineProducts(Napi::Object exports);
void defineReductions(Napi::Object exports);
void defineResize(Napi::Object exports);

}  // namespace osvos
