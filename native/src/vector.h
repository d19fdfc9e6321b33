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

/// e^x for x ≤ 0, to the last bits; below e^−86 a number that is as good as none.
inline float expOf(float x) {
  constexpr float kRound = 12582912;  // 3 · 2²²: what is added to it loses its fraction
  constexpr float kLog2High = 0.693145752f, kLog2Low = 1.42860677e-6f;
  x = x < -86.0f ? -86.0f : x;
  const float shifted = x * 1.44269504f + kRound;
  const float power = shifted - kRound;
  const float r = x - power * kLog2High - power * kLog2Low;
  // Taylor's series: |r| ≤ log(2) / 2
  constexpr float kTerms[] = {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1, 1};
  float y = 1.0f / 5040;
  for (const float term : kTerms) y = y * r + term;
  std::uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3f800000u;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return y * scale;
}

}  // namespace osvos
