#include "call.h"

#include <c10/core/InferenceMode.h>

#include <cstdlib>

#include "pool.h"

namespace osvos {
namespace {

constexpr std::int64_t kAccounted = 16 << 20;

}  // namespace

Napi::Value Call::value() {
  TORCH_CHECK(next_ < info_.Length(), "argument ", next_ + 1, " is missing");
  return info_[next_++];
}

std::uint32_t Call::handle() {
  const auto argument = value();
  TORCH_CHECK(argument.IsNumber(), "argument ", next_, " is no handle");
  return argument.As<Napi::Number>().Uint32Value();
}

std::vector<std::int64_t> Call::shape() {
  const auto argument = value();
  TORCH_CHECK(argument.IsArray(), "argument ", next_, " is no list of integers");
  const auto list = argument.As<Napi::Array>();
  std::vector<std::int64_t> numbers(list.Length());
  for (std::uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value number = list[i];
    TORCH_CHECK(number.IsNumber(), "argument ", next_, " is no list of integers");
    numbers[i] = number.As<Napi::Number>().Int64Value();
  }
  return numbers;
}

at::Tensor Call::tensor() {
  const auto& stored = state.store.get(handle());
  const auto wanted = shape();
  return stored.sizes() == at::IntArrayRef(wanted) ? stored : stored.reshape(wanted);
}

std::optional<at::Tensor> Call::maybeTensor() {
  TORCH_CHECK(next_ < info_.Length(), "argument ", next_ + 1, " is missing");
  if (!info_[next_].IsNull()) return tensor();
  next_ += 2;
  return std::nullopt;
}

std::int64_t Call::integer() {
  const auto argument = value();
  TORCH_CHECK(argument.IsNumber(), "argument ", next_, " is no integer");
  return argument.As<Napi::Number>().Int64Value();
}

double Call::number() {
  const auto argument = value();
  TORCH_CHECK(argument.IsNumber(), "argument ", next_, " is no number");
  return argument.As<Napi::Number>().DoubleValue();
}

bool Call::flag() {
  const auto argument = value();
  TORCH_CHECK(argument.IsBoolean(), "argument ", next_, " is neither true nor false");
  return argument.As<Napi::Boolean>().Value();
}

std::string Call::text() {
  const auto argument = value();
  TORCH_CHECK(argument.IsString(), "argument ", next_, " is no text");
  return argument.As<Napi::String>().Utf8Value();
}

Napi::Value Call::give(at::Tensor result) {
  return Napi::Number::New(info_.Env(), state.store.add(std::move(result)));
}

void accountMemory(const Napi::Env& env, State& state) {
  // what is reserved, not what is alive: it changes seldom, and each change may make V8 collect
  const auto reserved = static_cast<std::int64_t>(poolReserved());
  if (std::abs(reserved - state.accounted) < kAccounted) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, reserved - state.accounted);
  state.accounted = reserved;
}

Napi::Value guard(const Napi::CallbackInfo& info, Body body) {
  try {
    const c10::InferenceMode inference;  // TensorFlow.js keeps its own tape
    Call call(info);
    const auto result = body(call);
    accountMemory(call.env(), call.state);
    return result;
  } catch (const Napi::Error&) {
    throw;
  } catch (const c10::Error& error) {
    throw Napi::Error::New(info.Env(), error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
}

}  // namespace osvos
