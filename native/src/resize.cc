// Bilinear resizing of maps [N, H, W, C] and its exact adjoint, axis by axis.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "call.h"
#include "vector.h"

namespace osvos {
namespace {

struct Term {
  std::int64_t cell;
  float weight;
};

/// Row r of a sparse matrix is `terms[begins[r]] … terms[begins[r + 1] - 1]`.
struct Rows {
  std::vector<std::int64_t> begins;
  std::vector<Term> terms;
  std::int64_t size() const { return static_cast<std::int64_t>(begins.size()) - 1; }
};

/// How cells of the output look for their place in the input, as in TensorFlow.
struct Rule {
  bool alignCorners;
  bool halfPixelCenters;
};

Rows forwardRows(std::int64_t input, std::int64_t output, const Rule& rule) {
  const double scale = rule.alignCorners && output > 1 ? static_cast<double>(input - 1) / static_cast<double>(output - 1)
                                                       : static_cast<double>(input) / static_cast<double>(output);
  Rows rows{{0}, {}};
  for (std::int64_t o = 0; o < output; o++) {
    const double place = rule.halfPixelCenters ? (static_cast<double>(o) + 0.5) * scale - 0.5 : static_cast<double>(o) * scale;
    const double within = std::clamp(place, 0.0, static_cast<double>(input - 1));
    const auto lower = static_cast<std::int64_t>(std::floor(within));
    const auto share = static_cast<float>(within - static_cast<double>(lower));
    rows.terms.push_back({lower, 1 - share});
    if (share > 0) rows.terms.push_back({lower + 1, share});
    rows.begins.push_back(static_cast<std::int64_t>(rows.terms.size()));
  }
  return rows;
}

Rows transposed(const Rows& rows, std::int64_t input) {
  std::vector<std::vector<Term>> lists(input);
  for (std::int64_t o = 0; o < rows.size(); o++) {
    for (auto t = rows.begins[o]; t < rows.begins[o + 1]; t++) lists[rows.terms[t].cell].push_back({o, rows.terms[t].weight});
  }
  Rows result{{0}, {}};
  for (const auto& list : lists) {
    result.terms.insert(result.terms.end(), list.begin(), list.end());
    result.begins.push_back(static_cast<std::int64_t>(result.terms.size()));
  }
  return result;
}

template <typename From, typename To>
OSVOS_VECTOR void combine(const From* base, std::int64_t stride, const Term* terms, std::int64_t count, To* to,
                          std::int64_t width) {
  if (count == 2) {
    const auto* a = base + terms[0].cell * stride;
    const auto* b = base + terms[1].cell * stride;
    const float u = terms[0].weight;
    const float v = terms[1].weight;
    for (std::int64_t i = 0; i < width; i++) save(to[i], u * load(a[i]) + v * load(b[i]));
    return;
  }
  constexpr std::int64_t kBlock = 64;
  for (std::int64_t from = 0; from < width; from += kBlock) {
    float sum[kBlock] = {};
    const auto length = std::min(kBlock, width - from);
    for (std::int64_t t = 0; t < count; t++) {
      const auto* cells = base + terms[t].cell * stride + from;
      const float weight = terms[t].weight;
      for (std::int64_t i = 0; i < length; i++) sum[i] += weight * load(cells[i]);
    }
    for (std::int64_t i = 0; i < length; i++) save(to[from + i], sum[i]);
  }
}

/// `x` seen as [outer, cells, inner] becomes [outer, rows, inner].
template <typename From, typename To>
void along(const at::Tensor& x, at::Tensor& y, const Rows& rows, std::int64_t outer, std::int64_t inner) {
  const auto cells = x.numel() / (outer * inner);
  const auto* from = static_cast<const From*>(x.const_data_ptr());
  auto* to = static_cast<To*>(y.mutable_data_ptr());
  const auto grain = std::max<std::int64_t>(1, (1 << 14) / inner);
  at::parallel_for(0, outer * rows.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto index = begin; index < end; index++) {
      const auto first = rows.begins[index % rows.size()];
      combine(from + index / rows.size() * cells * inner, inner, rows.terms.data() + first,
              rows.begins[index % rows.size() + 1] - first, to + index * inner, inner);
    }
  });
}

/// Rows of the map, then its columns, or the other way round: first what makes the smaller map. Between them float32.
template <typename T>
at::Tensor apply(const at::Tensor& x, const Rows& vertical, const Rows& horizontal) {
  const auto n = x.size(0);
  const auto [height, width, channels] = std::array{x.size(1), x.size(2), x.size(3)};
  auto y = at::empty({n, vertical.size(), horizontal.size(), channels}, x.options());
  const auto options = x.options().dtype(at::kFloat);
  if (vertical.size() * width <= height * horizontal.size()) {
    auto between = at::empty({n, vertical.size(), width, channels}, options);
    along<T, float>(x, between, vertical, n, width * channels);
    along<float, T>(between, y, horizontal, n * vertical.size(), channels);
  } else {
    auto between = at::empty({n, height, horizontal.size(), channels}, options);
    along<T, float>(x, between, horizontal, n * height, channels);
    along<float, T>(between, y, vertical, n, horizontal.size() * channels);
  }
  return y;
}

at::Tensor dense(const Rows& rows, std::int64_t cells, const at::Tensor& like) {
  auto matrix = at::zeros({rows.size(), cells}, at::kFloat);
  auto entries = matrix.accessor<float, 2>();
  for (std::int64_t r = 0; r < rows.size(); r++) {
    for (auto t = rows.begins[r]; t < rows.begins[r + 1]; t++) entries[r][rows.terms[t].cell] += rows.terms[t].weight;
  }
  return matrix.to(like.device());
}

/// By products with dense matrices, on whichever device.
at::Tensor multiply(const at::Tensor& x, const Rows& vertical, const Rows& horizontal) {
  const auto [n, height, width, channels] = std::array{x.size(0), x.size(1), x.size(2), x.size(3)};
  const auto tall = at::matmul(dense(vertical, height, x), x.to(at::kFloat).reshape({n, height, width * channels}));
  const auto maps = tall.reshape({n * vertical.size(), width, channels});
  return at::matmul(dense(horizontal, width, x), maps)
      .reshape({n, vertical.size(), horizontal.size(), channels})
      .to(x.scalar_type());
}

at::Tensor apply(const State& state, const at::Tensor& x, const Rows& vertical, const Rows& horizontal) {
  if (!state.loops(x)) return multiply(x, vertical, horizontal);
  const auto map = x.contiguous();
  return map.scalar_type() == at::kBFloat16 ? apply<Bf16>(map, vertical, horizontal)
                                            : apply<float>(map.to(at::kFloat), vertical, horizontal);
}

/// x, height, width, alignCorners, halfPixelCenters → y
Napi::Value resizeBilinear(Call& call) {
  const auto x = call.tensor();
  const auto height = call.integer();
  const auto width = call.integer();
  const Rule rule{call.flag(), call.flag()};
  TORCH_CHECK(x.dim() == 4 && x.numel() > 0 && height > 0 && width > 0, "resizing needs maps of 4 axes, none empty");
  return call.give(
      apply(call.state, x, forwardRows(x.size(1), height, rule), forwardRows(x.size(2), width, rule)));
}

/// dy, height and width of x, alignCorners, halfPixelCenters → dx
Napi::Value resizeBilinearAdjoint(Call& call) {
  const auto dy = call.tensor();
  const auto height = call.integer();
  const auto width = call.integer();
  const Rule rule{call.flag(), call.flag()};
  TORCH_CHECK(dy.dim() == 4 && dy.numel() > 0 && height > 0 && width > 0, "resizing needs maps of 4 axes, none empty");
  const auto vertical = transposed(forwardRows(height, dy.size(1), rule), height);
  const auto horizontal = transposed(forwardRows(width, dy.size(2), rule), width);
  return call.give(apply(call.state, dy, vertical, horizontal));
}

}  // namespace

void defineResize(Napi::Object exports) {
  define<resizeBilinear>(exports, "resizeBilinear");
  define<resizeBilinearAdjoint>(exports, "resizeBilinearAdjoint");
}

}  // namespace osvos
