#include "memory.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sum.h>

#include <cmath>

namespace osvos::memory {

at::Tensor queryOf(const at::Tensor& x, bool distance) {
  const auto query = x.to(at::kFloat).contiguous();
  const double scale = 1 / std::sqrt(static_cast<double>(query.size(1)));
  if (!distance) return query.mul(scale);
  const auto squares = at::sum(query.square(), 1, true);
  return at::cat({query.mul(2 * scale), squares.mul(-scale), at::full_like(squares, scale)}, 1);
}

at::Tensor keysOf(const at::Tensor& x, bool distance) {
  const auto keys = x.to(at::kFloat).contiguous();
  if (!distance) return keys;
  const auto squares = at::sum(keys.square(), 1, true);
  return at::cat({keys, at::ones_like(squares), squares.neg()}, 1);
}

}  // namespace osvos::memory
