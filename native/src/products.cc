// Products of matrices, in float32: they carry least squares and scores, not the bulk of a network.
#include <ATen/ops/matmul.h>

#include "call.h"

namespace osvos {
namespace {

/// a, b, whether each is transposed → a · b over the last two axes, the others broadcast
Napi::Value product(Call& call) {
  auto a = call.tensor().to(at::kFloat);
  auto b = call.tensor().to(at::kFloat);
  if (call.flag()) a = a.transpose(-1, -2);
  if (call.flag()) b = b.transpose(-1, -2);
  return call.give(at::matmul(a, b).contiguous());
}

}  // namespace

void defineProducts(Napi::Object exports) { define<product>(exports, "product"); }

}  // namespace osvos
