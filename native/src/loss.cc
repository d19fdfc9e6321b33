// Weighted cross-entropy of logits with its gradient, in one pass each.
#include <ATen/Parallel.h>
#include <ATen/core/Reduction.h>

#include <cmath>

#include "call.h"
#include "vector.h"

namespace osvos {
namespace {

constexpr std::int64_t kGrain = 1 << 14;

struct Labelled {
  at::Tensor logits, labels, weights;
};

Labelled labelled(Call& call) {
  Labelled l{call.tensor(), call.tensor(), call.tensor()};
  for (auto* part : {&l.logits, &l.labels, &l.weights}) *part = part->to(at::kFloat).contiguous();
  TORCH_CHECK(l.logits.numel() == l.labels.numel() && l.logits.numel() == l.weights.numel(),
              "logits, labels and weights differ in number");
  return l;
}

/// z, y, w → Σ w · (max(z, 0) − z·y + log(1 + e^−|z|)), summed in double
Napi::Value crossEntropy(Call& call) {
  const auto l = labelled(call);
  if (!call.state.loops(l.logits)) {
    return call.give(at::binary_cross_entropy_with_logits(l.logits, l.labels.view_as(l.logits),
                                                          l.weights.view_as(l.logits), std::nullopt,
                                                          at::Reduction::Sum));
  }
  const auto* z = l.logits.const_data_ptr<float>();
  const auto* y = l.labels.const_data_ptr<float>();
  const auto* w = l.weights.const_data_ptr<float>();
  const double sum = at::parallel_reduce(
      0, l.logits.numel(), kGrain, 0.0,
      [&](std::int64_t begin, std::int64_t end, double part) {
        for (auto i = begin; i < end; i++) {
          if (w[i] == 0) continue;
          part += static_cast<double>(w[i] * (std::max(z[i], 0.0f) - z[i] * y[i] + std::log1p(std::exp(-std::abs(z[i])))));
        }
        return part;
      },
      std::plus<double>());
  return call.give(at::full({}, sum, at::kFloat));
}

/// z, y, w, factor (a scalar tensor) → factor · w · (σ(z) − y), in the logits' shape
Napi::Value crossEntropyGradient(Call& call) {
  const auto l = labelled(call);
  const auto scale = call.tensor();
  if (!call.state.loops(l.logits)) {
    const auto difference = at::sigmoid(l.logits).sub_(l.labels.view_as(l.logits));
    return call.give(difference.mul_(l.weights.view_as(l.logits)).mul_(scale));
  }
  const auto factor = scale.item<float>();
  auto result = at::empty_like(l.logits);
  const auto* z = l.logits.const_data_ptr<float>();
  const auto* y = l.labels.const_data_ptr<float>();
  const auto* w = l.weights.const_data_ptr<float>();
  auto* g = result.mutable_data_ptr<float>();
  at::parallel_for(0, result.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; i++) {
      g[i] = w[i] == 0 ? 0.0f : factor * w[i] * (1.0f / (1.0f + std::exp(-z[i])) - y[i]);
    }
  });
  return call.give(result);
}

}  // namespace

void defineLoss(Napi::Object exports) {
  define<crossEntropy>(exports, "crossEntropy");
  define<crossEntropyGradient>(exports, "crossEntropyGradient");
}

}  // namespace osvos
