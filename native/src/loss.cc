// Weighted cross-entropy of logits, and its gradient.
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/sigmoid.h>

#include "call.h"

namespace osvos {
namespace {

struct Labelled {
  at::Tensor logits, labels, weights;
};

Labelled labelled(Call& call) {
  Labelled l{call.tensor(), call.tensor(), call.tensor()};
  for (auto* part : {&l.logits, &l.labels, &l.weights}) *part = part->to(at::kFloat).contiguous();
  TORCH_CHECK(l.logits.numel() == l.labels.numel() && l.logits.numel() == l.weights.numel(),
              "logits, labels and weights differ in number");
  l.labels = l.labels.view_as(l.logits);
  l.weights = l.weights.view_as(l.logits);
  return l;
}

/// z, y, w → Σ w · (max(z, 0) − z·y + log(1 + e^−|z|))
Napi::Value crossEntropy(Call& call) {
  const auto l = labelled(call);
  return call.give(at::binary_cross_entropy_with_logits(l.logits, l.labels, l.weights, std::nullopt,
                                                        at::Reduction::Sum));
}

/// z, y, w, factor (a scalar tensor) → factor · w · (σ(z) − y), in the logits' shape
Napi::Value crossEntropyGradient(Call& call) {
  const auto l = labelled(call);
  const auto factor = call.tensor();
  return call.give(at::sigmoid(l.logits).sub_(l.labels).mul_(l.weights).mul_(factor));
}

}  // namespace

void defineLoss(Napi::Object exports) {
  define<crossEntropy>(exports, "crossEntropy");
  define<crossEntropyGradient>(exports, "crossEntropyGradient");
}

}  // namespace osvos
