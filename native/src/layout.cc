// Tensors made, cut, joined and turned.
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/full.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/zeros.h>

#include "call.h"

namespace osvos {
namespace {

at::ScalarType typeOf(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "int32") return at::kInt;
  if (name == "bool") return at::kBool;
  TORCH_CHECK(false, "no tensor is of the type ", name);
}

/// shape, value, type → filled
Napi::Value fill(Call& call) {
  const auto shape = call.shape();
  const auto value = call.number();
  return call.give(at::full(shape, value, at::TensorOptions(call.state.device).dtype(typeOf(call.text()))));
}

/// x, type → y; from float32 towards zero, to bool whether it is not zero
Napi::Value cast(Call& call) {
  const auto x = call.tensor();
  return call.give(x.to(typeOf(call.text()), false, true));
}

/// x → a copy of its own
Napi::Value copy(Call& call) { return call.give(call.tensor().clone()); }

/// x, order of the axes → y
Napi::Value transpose(Call& call) {
  const auto x = call.tensor();
  return call.give(x.permute(call.shape()).contiguous());
}

/// x, begin, size → y
Napi::Value slice(Call& call) {
  auto y = call.tensor();
  const auto begin = call.shape();
  const auto size = call.shape();
  TORCH_CHECK(begin.size() == size.size() && static_cast<std::int64_t>(begin.size()) == y.dim(), "a slice of ",
              y.dim(), " axes needs as many begins and sizes");
  for (std::size_t axis = 0; axis < begin.size(); axis++) y = y.narrow(axis, begin[axis], size[axis]);
  return call.give(y.clone(at::MemoryFormat::Contiguous));
}

/// x, before and after of each axis, value → y
Napi::Value pad(Call& call) {
  const auto x = call.tensor();
  const auto sides = call.shape();
  const auto value = call.number();
  TORCH_CHECK(static_cast<std::int64_t>(sides.size()) == 2 * x.dim(), "padding of ", x.dim(), " axes needs twice as many numbers");
  // ATen counts from the last axis
  std::vector<std::int64_t> turned;
  for (auto axis = x.dim() - 1; axis >= 0; axis--) turned.insert(turned.end(), {sides[2 * axis], sides[2 * axis + 1]});
  return call.give(at::constant_pad_nd(x, turned, value).contiguous());
}

std::vector<at::Tensor> tensors(Call& call) {
  const auto count = call.integer();
  std::vector<at::Tensor> list;
  for (std::int64_t i = 0; i < count; i++) list.push_back(call.tensor());
  return list;
}

/// count, that many tensors, axis → joined
Napi::Value concatenate(Call& call) {
  const auto list = tensors(call);
  return call.give(at::cat(list, call.integer()).contiguous());
}

/// count, that many tensors → their sum
Napi::Value addAll(Call& call) {
  const auto list = tensors(call);
  TORCH_CHECK(!list.empty(), "a sum of no tensors");
  if (list.size() == 1) return call.give(list[0].clone());
  auto sum = at::add(list[0], list[1]);
  for (std::size_t i = 2; i < list.size(); i++) sum.add_(list[i]);
  return call.give(sum);
}

/// x, repetitions of each axis → y
Napi::Value tile(Call& call) {
  const auto x = call.tensor();
  return call.give(x.repeat(call.shape()).contiguous());
}

/// x, axes → y
Napi::Value reverse(Call& call) {
  const auto x = call.tensor();
  return call.give(at::flip(x, call.shape()).contiguous());
}

/// x, indices, axis → y; indices outside are an error
Napi::Value gather(Call& call) {
  const auto x = call.tensor();
  const auto indices = call.tensor();
  const auto axis = call.integer();
  return call.give(at::index_select(x, axis, indices.reshape({-1}).to(at::kLong)).contiguous());
}

/// x [n, …], segments [n], count → sums [count, …]; rows of segments outside are left out
Napi::Value segmentSum(Call& call) {
  auto x = call.tensor();
  auto segments = call.tensor().reshape({-1}).to(at::kLong);
  const auto count = call.integer();
  const auto within = at::logical_and(segments.ge(0), segments.lt(count)).nonzero().reshape({-1});
  x = at::index_select(x, 0, within);
  segments = at::index_select(segments, 0, within);
  auto shape = x.sizes().vec();
  shape[0] = count;
  return call.give(at::zeros(shape, x.options()).index_add_(0, segments, x));
}

}  // namespace

void defineLayout(Napi::Object exports) {
  define<fill>(exports, "fill");
  define<cast>(exports, "cast");
  define<copy>(exports, "copy");
  define<transpose>(exports, "transpose");
  define<slice>(exports, "slice");
  define<pad>(exports, "pad");
  define<concatenate>(exports, "concatenate");
  define<addAll>(exports, "addAll");
  define<tile>(exports, "tile");
  define<reverse>(exports, "reverse");
  define<gather>(exports, "gather");
  define<segmentSum>(exports, "segmentSum");
}

}  // namespace osvos
