// Losses of logits, and their gradients.
#include <ATen/Parallel.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/topk.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "call.h"
#include "few-classes.h"

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

/// Logits and labels [pictures, pixels, classes]; a label is 1 at the pixel's class, all are 0 where it is not known.
struct Classified {
  at::Tensor logits, labels;
  /// Pixels of each picture that count, the hardest; 0: all that are known.
  std::int64_t count;
};

struct LossAndSlope {
  at::Tensor loss;
  /// Gradient with respect to the logits.
  at::Tensor slope;
};

/// Sum and number of the losses of the pixels that count, and the least of them.
struct Hardest {
  double sum = 0;
  std::int64_t count = 0;
  float least;
};

Hardest hardestOf(const float* losses, const float* known, std::int64_t pixels, std::int64_t count) {
  Hardest found;
  found.least = -1;
  if (count > 0) {
    std::vector<float> order(pixels);
    // what is no number has no place in an order, and must not be overlooked
    std::transform(losses, losses + pixels, order.begin(),
                   [](float loss) { return std::isnan(loss) ? std::numeric_limits<float>::infinity() : loss; });
    std::nth_element(order.begin(), order.begin() + (count - 1), order.end(), std::greater<float>());
    found.least = order[count - 1];
  }
  for (std::int64_t p = 0; p < pixels; p++) {
    if (known[p] == 0 || losses[p] < found.least) continue;
    found.sum += losses[p];
    found.count++;
  }
  return found;
}

LossAndSlope bootstrapped(const Classified& x) {
  const auto pictures = x.logits.size(0), pixels = x.logits.size(1), classes = x.logits.size(2);
  const auto rows = pictures * pixels;
  auto slope = at::empty_like(x.logits);
  std::vector<float> losses(rows), known(rows);
  const auto* logits = x.logits.const_data_ptr<float>();
  const auto* labels = x.labels.const_data_ptr<float>();
  auto* slopes = slope.mutable_data_ptr<float>();
  softmaxOfFew(logits, slopes, losses.data(), rows, classes);
  constexpr std::int64_t kGrain = 1 << 12;
  at::parallel_for(0, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; row++) {
      float labelled = 0, own = 0;
      for (auto i = row * classes; i < (row + 1) * classes; i++) {
        labelled += labels[i];
        own += labels[i] * logits[i];
      }
      known[row] = labelled;
      losses[row] = labelled * losses[row] - own;
    }
  });
  std::vector<Hardest> hardest(pictures);
  at::parallel_for(0, pictures, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto n = begin; n < end; n++) hardest[n] = hardestOf(&losses[n * pixels], &known[n * pixels], pixels, x.count);
  });
  // the mean of each picture's hardest, or of all that is known
  std::int64_t all = 0;
  for (const auto& found : hardest) all += found.count;
  const auto weightOf = [&](const Hardest& found) {
    const auto number = x.count > 0 ? pictures * std::max<std::int64_t>(1, found.count) : std::max<std::int64_t>(1, all);
    return 1 / static_cast<double>(number);
  };
  double loss = 0;
  for (const auto& found : hardest) loss += weightOf(found) * found.sum;
  at::parallel_for(0, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; row++) {
      const auto& found = hardest[row / pixels];
      const bool counts = known[row] != 0 && !(losses[row] < found.least);
      const auto weight = counts ? static_cast<float>(weightOf(found)) : 0.0f;
      for (auto i = row * classes; i < (row + 1) * classes; i++) slopes[i] = weight * (slopes[i] - labels[i]);
    }
  });
  return {at::scalar_tensor(loss, x.logits.options()), slope};
}

/// The same by ATen's own operations.
LossAndSlope bootstrappedByAten(const Classified& x) {
  const auto pictures = x.logits.size(0);
  const auto logs = at::log_softmax(x.logits, -1);
  const auto losses = at::sum(logs.mul(x.labels), -1).neg();
  auto weights = at::sum(x.labels, -1);
  if (x.count > 0) {
    const auto least = std::get<0>(at::topk(losses, x.count, 1, true, true)).narrow(1, x.count - 1, 1);
    weights = weights.mul(losses.ge(least));
    weights = weights.div(at::sum(weights, 1, true).clamp_min(1).mul(pictures));
  } else {
    weights = weights.div(at::sum(weights).clamp_min(1));
  }
  return {at::sum(losses.mul(weights)), logs.exp().sub_(x.labels).mul_(weights.unsqueeze(-1))};
}

/// logits, labels, how many pixels of each picture count (0: all that are known) → [loss, its gradient]
Napi::Value bootstrappedCrossEntropy(Call& call) {
  Classified x{call.tensor().to(at::kFloat).contiguous(), call.tensor().to(at::kFloat).contiguous(), call.integer()};
  TORCH_CHECK(x.logits.dim() == 3 && x.logits.sizes() == x.labels.sizes() && x.logits.numel() > 0,
              "logits of shape ", x.logits.sizes(), " and labels of shape ", x.labels.sizes());
  TORCH_CHECK(x.count >= 0 && x.count <= x.logits.size(1), x.count, " of ", x.logits.size(1), " pixels");
  const bool loops = call.state.loops(x.logits) && x.logits.size(2) <= kFewClasses;
  const auto [loss, slope] = loops ? bootstrapped(x) : bootstrappedByAten(x);
  auto results = Napi::Array::New(call.env());
  results.Set(0u, call.give(loss));
  results.Set(1u, call.give(slope));
  return results;
}

}  // namespace

void defineLoss(Napi::Object exports) {
  define<crossEntropy>(exports, "crossEntropy");
  define<crossEntropyGradient>(exports, "crossEntropyGradient");
  define<bootstrappedCrossEntropy>(exports, "bootstrappedCrossEntropy");
}

}  // namespace osvos
