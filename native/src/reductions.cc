// Many numbers in, few out. Sums and means of reduced precision are taken and given in float32.
#include <ATen/ops/all.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/any.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/argmin.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/topk.h>

#include "call.h"
#include "few-classes.h"

namespace osvos {
namespace {

bool isReduced(const at::Tensor& x) { return x.scalar_type() == at::kBFloat16; }

/// name, x, axes, keepDims → y
Napi::Value reduce(Call& call) {
  const auto name = call.text();
  auto x = call.tensor();
  const auto axes = call.shape();
  const bool keep = call.flag();
  if (axes.empty()) return call.give(x.clone());
  const auto wide = isReduced(x) ? std::optional(at::kFloat) : std::nullopt;
  if (name == "Sum") {
    const auto type = wide ? wide : x.scalar_type() == at::kFloat ? std::nullopt : std::optional(at::kInt);
    return call.give(at::sum(x, axes, keep, type));
  }
  if (name == "Mean") return call.give(at::mean(x.to(at::kFloat), axes, keep));
  if (name == "Max") return call.give(at::amax(x, axes, keep));
  if (name == "Min") return call.give(at::amin(x, axes, keep));
  if (name == "All") return call.give(at::all(x.to(at::kBool), axes, keep));
  if (name == "Any") return call.give(at::any(x.to(at::kBool), axes, keep));
  TORCH_CHECK(false, "no reduction is called ", name);
}

/// name, x, axis → indices, int32; the first of equal ones
Napi::Value argument(Call& call) {
  const auto name = call.text();
  const auto x = call.tensor();
  const auto axis = call.integer();
  TORCH_CHECK(name == "ArgMax" || name == "ArgMin", "no reduction is called ", name);
  const auto found = name == "ArgMax" ? at::argmax(x, axis) : at::argmin(x, axis);
  return call.give(found.to(at::kInt));
}

/// x → Σx² / 2, in float32
Napi::Value halfSumOfSquares(Call& call) {
  const auto x = call.tensor().to(at::kFloat);
  // a view in the order in which the numbers lie, so that nothing is copied
  const auto flat = x.is_non_overlapping_and_dense() ? x.as_strided({x.numel()}, {1}) : x.reshape({-1});
  return call.give(at::dot(flat, flat).mul_(0.5));
}

/// x, logarithm → softmax over the last axis, or its logarithm
Napi::Value softmax(Call& call) {
  const auto x = call.tensor().to(at::kFloat).contiguous();
  if (call.flag()) return call.give(at::log_softmax(x, -1));
  const auto classes = x.dim() > 0 ? x.size(-1) : 0;
  if (!call.state.loops(x) || classes < 1 || classes > kFewClasses) return call.give(at::softmax(x, -1));
  auto y = at::empty_like(x);
  softmaxOfFew(x.const_data_ptr<float>(), y.mutable_data_ptr<float>(), nullptr, x.numel() / classes, classes);
  return call.give(y);
}

/// x, k → [values, indices (int32)], the largest first
Napi::Value topK(Call& call) {
  const auto x = call.tensor();
  const auto [values, indices] = at::topk(x, call.integer(), -1, true, true);
  auto results = Napi::Array::New(call.env());
  results.Set(0u, call.give(values));
  results.Set(1u, call.give(indices.to(at::kInt)));
  return results;
}

}  // namespace

void defineReductions(Napi::Object exports) {
  define<reduce>(exports, "reduce");
  define<argument>(exports, "argument");
  define<halfSumOfSquares>(exports, "halfSumOfSquares");
  define<softmax>(exports, "softmax");
  define<topK>(exports, "topK");
}

}  // namespace osvos
