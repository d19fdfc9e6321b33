// One step of Adam or of gradient descent with momentum, in place, in one pass over a parameter.
#include <ATen/Parallel.h>
#include <ATen/ops/empty_strided.h>

#include <array>
#include <cmath>

#include "call.h"
#include "vector.h"

namespace osvos {
namespace {

constexpr std::int64_t kGrain = 1 << 15;

struct AdamNumbers {
  float scale, kept, coupled, beta1, beta2, stride, epsilon;
};

OSVOS_VECTOR void adamRange(float* value, const float* gradient, float* first, float* second, const AdamNumbers& n,
                            std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) {
    const float g = n.scale * gradient[i] + n.coupled * value[i];
    const float m = n.beta1 * first[i] + (1 - n.beta1) * g;
    const float v = n.beta2 * second[i] + (1 - n.beta2) * g * g;
    first[i] = m;
    second[i] = v;
    value[i] = n.kept * value[i] - n.stride * m / (std::sqrt(v) + n.epsilon);
  }
}

OSVOS_VECTOR void momentumRange(float* value, const float* gradient, float* velocity, float scale, float coupled,
                                float momentum, float rate, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) {
    velocity[i] = momentum * velocity[i] + scale * gradient[i] + coupled * value[i];
    value[i] -= rate * velocity[i];
  }
}

/// In the order of `like`, so that the numbers of all lie side by side. A filter's order changes when it is first used.
at::Tensor inOrderOf(const at::Tensor& like, const at::Tensor& x) {
  TORCH_CHECK(x.sizes() == like.sizes(), "a tensor of shape ", x.sizes(), " for a parameter of shape ", like.sizes());
  if (x.strides() == like.strides()) return x;
  return at::empty_strided(like.sizes(), like.strides(), x.options()).copy_(x);
}

struct Parameter {
  std::uint32_t handle;
  at::Tensor value;
  /// float32, in the value's order.
  at::Tensor gradient;
};

/// What the arguments of every step begin with: handle of the value, its shape, gradient.
Parameter parameterOf(Call& call) {
  const auto handle = call.handle();
  const auto shape = call.shape();
  const auto value = call.state.store.get(handle);
  TORCH_CHECK(value.sizes() == at::IntArrayRef(shape) && value.scalar_type() == at::kFloat &&
                  value.is_non_overlapping_and_dense(),
              "a parameter is a whole float32 tensor of its own shape");
  return {handle, value, inOrderOf(value, call.tensor().to(at::kFloat))};
}

/// The next argument, handle of what a step keeps beside a value: put into the value's order where it is not.
at::Tensor slotOf(Call& call, const at::Tensor& value) {
  auto& store = call.state.store;
  const auto handle = call.handle();
  const auto kept = store.get(handle).reshape(value.sizes());
  const auto slot = inOrderOf(value, kept);
  if (slot.data_ptr() != store.get(handle).data_ptr()) store.replace(handle, slot);
  return slot;
}

/// handle of the value, its shape, gradient, handles of the two moments, then scale, kept, coupled, β₁, β₂, stride, ε:
/// changes value and moments
Napi::Value adam(Call& call) {
  const auto [handle, value, gradient] = parameterOf(call);
  const std::array m = {slotOf(call, value), slotOf(call, value)};
  AdamNumbers n{};
  for (float* number : {&n.scale, &n.kept, &n.coupled, &n.beta1, &n.beta2, &n.stride, &n.epsilon})
    *number = static_cast<float>(call.number());
  if (!call.state.loops(value)) {
    auto g = gradient.mul(n.scale);
    if (n.coupled != 0) g.add_(value, n.coupled);
    m[0].mul_(n.beta1).add_(g, 1 - n.beta1);
    m[1].mul_(n.beta2).addcmul_(g, g, 1 - n.beta2);
    if (n.kept != 1) value.mul_(n.kept);
    value.addcdiv_(m[0], m[1].sqrt().add_(n.epsilon), -n.stride);
  } else {
    auto* v = value.mutable_data_ptr<float>();
    const auto* g = gradient.const_data_ptr<float>();
    auto* first = m[0].mutable_data_ptr<float>();
    auto* second = m[1].mutable_data_ptr<float>();
    at::parallel_for(0, value.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      adamRange(v + begin, g + begin, first + begin, second + begin, n, end - begin);
    });
  }
  call.state.store.changed(handle);
  return call.nothing();
}

/// handle of the value, its shape, gradient, handle of the velocity, then scale, coupled decay, momentum, rate: changes
/// value and velocity
Napi::Value momentum(Call& call) {
  const auto [handle, value, gradient] = parameterOf(call);
  const auto velocity = slotOf(call, value);
  const auto scale = static_cast<float>(call.number());
  const auto coupled = static_cast<float>(call.number());
  const auto share = static_cast<float>(call.number());
  const auto rate = static_cast<float>(call.number());
  if (!call.state.loops(value)) {
    velocity.mul_(share).add_(gradient, scale);
    if (coupled != 0) velocity.add_(value, coupled);
    value.sub_(velocity, rate);
  } else {
    auto* v = value.mutable_data_ptr<float>();
    const auto* g = gradient.const_data_ptr<float>();
    auto* u = velocity.mutable_data_ptr<float>();
    at::parallel_for(0, value.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      momentumRange(v + begin, g + begin, u + begin, scale, coupled, share, rate, end - begin);
    });
  }
  call.state.store.changed(handle);
  return call.nothing();
}

}  // namespace

void defineOptimizer(Napi::Object exports) {
  define<adam>(exports, "adam");
  define<momentum>(exports, "momentum");
}

}  // namespace osvos
