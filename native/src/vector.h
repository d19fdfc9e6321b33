// Loops that the compiler turns into vector instructions, for whichever processor they run on.
#pragma once

#include <cstdint>
#include <cstring>

// One copy of the function for each level of the processor, chosen when it is loaded. Home folders are shared between
// machines, so the addon must not be bound to the one that compiled it.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define OSVOS_VECTOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OSVOS_VECTOR
#endif

namespace osvos {

/// The upper half of a float32, as ATen stores it.
using Bf16 = std::uint16_t;

inline float load(float x) { return x; }

inline float load(Bf16 x) {
  const std::uint32_t bits = static_cast<std::uint32_t>(x) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline void save(float& place, float x) { place = x; }

/// To nearest, ties to even; what is no number stays none.
inline void save(Bf16& place, float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  place = static_cast<Bf16>((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : rounded);
}

}  // namespace osvos
