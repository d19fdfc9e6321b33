// What the addon gives to JavaScript: memory and settings here, kernels in the files beside.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/ops/empty.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include "call.h"
#include "pool.h"

namespace osvos {
namespace {

bool hasMps() {
#ifdef __APPLE__
  return at::hasMPS();
#else
  return false;
#endif
}

at::Device deviceOf(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name == "cuda") {
    TORCH_CHECK(at::hasCUDA(), "PyTorch finds no CUDA card");
    return at::Device(at::kCUDA, 0);
  }
  if (name == "mps") {
    TORCH_CHECK(hasMps(), "PyTorch finds no GPU of Apple's");
    return at::Device(at::kMPS, 0);
  }
  TORCH_CHECK(false, "no device is called ", name);
}

/// device, threads (0: as they are), bf16
Napi::Value configure(Call& call) {
  call.state.device = deviceOf(call.text());
  const auto threads = call.integer();
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
  call.state.precision = call.flag() ? Precision::bf16 : Precision::f32;
  return call.nothing();
}

/// → {version, cuda, mps, threads, capability}
Napi::Value describe(Call& call) {
  auto result = Napi::Object::New(call.env());
  result.Set("version", TORCH_VERSION);
  result.Set("cuda", at::hasCUDA());
  result.Set("mps", hasMps());
  result.Set("threads", at::get_num_threads());
  result.Set("capability", at::get_cpu_capability());
  return result;
}

Napi::Value synchronize(Call& call) {
  const auto device = call.state.device;
  if (!device.is_cpu()) c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
  return call.nothing();
}

/// typed array, shape, type → tensor with a copy of its numbers
Napi::Value upload(Call& call) {
  const auto argument = call.value();
  TORCH_CHECK(argument.IsTypedArray(), "what is uploaded is no typed array");
  const auto array = argument.As<Napi::TypedArray>();
  const auto shape = call.shape();
  const auto name = call.text();
  const auto type = name == "float32" ? at::kFloat : name == "int32" ? at::kInt : at::kBool;
  TORCH_CHECK(type == at::kFloat   ? array.TypedArrayType() == napi_float32_array
              : type == at::kInt   ? array.TypedArrayType() == napi_int32_array
                                   : array.ElementSize() == 1,
              "the typed array is not of the type ", name);
  auto tensor = at::empty(shape, at::TensorOptions(at::kCPU).dtype(type));
  TORCH_CHECK(array.ByteLength() == tensor.nbytes(), array.ElementLength(), " numbers for the shape ", at::IntArrayRef(shape));
  const auto* bytes = static_cast<const std::uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  if (tensor.nbytes() > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, tensor.nbytes());
  return call.give(tensor.to(call.state.device));
}

/// handle, typed array of the tensor's size: fills it with the numbers
Napi::Value download(Call& call) {
  const auto& stored = call.state.store.get(call.handle());
  const auto argument = call.value();
  TORCH_CHECK(argument.IsTypedArray(), "there is no typed array to download to");
  const auto array = argument.As<Napi::TypedArray>();
  const auto type = stored.scalar_type() == at::kBFloat16 ? at::kFloat : stored.scalar_type();
  const auto plain = stored.to(at::kCPU, type).contiguous();
  TORCH_CHECK(array.ByteLength() == plain.nbytes(), "a typed array of another size than the tensor");
  auto* bytes = static_cast<std::uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  if (plain.nbytes() > 0) std::memcpy(bytes, plain.const_data_ptr(), plain.nbytes());
  return call.nothing();
}

Napi::Value release(Call& call) {
  call.state.store.release(call.handle());
  return call.nothing();
}

/// → {tensors, alive, peak, reserved, requests}: tensors of this environment, bytes and requests of the process
Napi::Value memory(Call& call) {
  const auto use = poolUse();
  auto result = Napi::Object::New(call.env());
  result.Set("tensors", static_cast<double>(call.state.store.count()));
  result.Set("alive", static_cast<double>(use.alive));
  result.Set("peak", static_cast<double>(use.peak));
  result.Set("reserved", static_cast<double>(use.reserved));
  result.Set("requests", static_cast<double>(use.requests));
  return result;
}

Napi::Value emptyCache(Call& call) {
  emptyPool();
  return call.nothing();
}

Napi::Value useOwnLoops(Call& call) {
  call.state.ownLoops = call.flag();
  return call.nothing();
}

Napi::Value poison(Call& call) {
  poisonPool(call.flag());
  return call.nothing();
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  installPool();
  env.SetInstanceData(new State());
  define<configure>(exports, "configure");
  define<describe>(exports, "describe");
  define<synchronize>(exports, "synchronize");
  define<upload>(exports, "upload");
  define<download>(exports, "download");
  define<release>(exports, "release");
  define<memory>(exports, "memory");
  define<emptyCache>(exports, "emptyCache");
  define<poison>(exports, "poison");
  define<useOwnLoops>(exports, "useOwnLoops");
  defineConvolution(exports);
  defineLayout(exports);
  defineLoss(exports);
  defineMemoryRead(exports);
  defineOptimizer(exports);
  definePointwise(exports);
  definePooling(exports);
  defineProducts(exports);
  defineReductions(exports);
  defineResize(exports);
  return exports;
}

NODE_API_MODULE(osvos_torch, start)

}  // namespace
}  // namespace osvos
