#include "store.h"

namespace osvos {

std::uint32_t Store::add(at::Tensor value) {
  if (free_.empty()) {
    slots_.push_back({std::move(value), {}});
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const auto handle = free_.back();
  free_.pop_back();
  slots_[handle].value = std::move(value);
  return handle;
}

Store::Slot& Store::slot(std::uint32_t handle) {
  TORCH_CHECK(handle < slots_.size() && slots_[handle].value.defined(), "no tensor has the handle ", handle);
  return slots_[handle];
}

const at::Tensor& Store::get(std::uint32_t handle) const {
  return const_cast<Store*>(this)->slot(handle).value;
}

void Store::replace(std::uint32_t handle, at::Tensor value) {
  slot(handle) = {std::move(value), {}};
}

void Store::changed(std::uint32_t handle) {
  slot(handle).filter.reset();
}

void Store::release(std::uint32_t handle) {
  slot(handle) = {};
  free_.push_back(handle);
}

at::Tensor Store::turned(Slot& slot, at::IntArrayRef shape) {
  auto& value = slot.value;
  const auto wanted = value.sizes() == shape ? value : value.reshape(shape);
  const auto result = wanted.permute({3, 2, 0, 1}).contiguous(at::MemoryFormat::ChannelsLast);
  if (value.sizes() == shape) value = result.permute({2, 3, 1, 0});
  return result;
}

at::Tensor Store::filter(std::uint32_t handle, at::IntArrayRef shape, at::ScalarType type) {
  auto& stored = slot(handle);
  auto& filter = stored.filter;
  if (filter.defined() && filter.scalar_type() == type && filter.permute({2, 3, 1, 0}).sizes() == shape) return filter;
  filter = turned(stored, shape).to(type);
  return filter;
}

at::Tensor Store::exactFilter(std::uint32_t handle, at::IntArrayRef shape) {
  return turned(slot(handle), shape).to(at::kFloat);
}

}  // namespace osvos
