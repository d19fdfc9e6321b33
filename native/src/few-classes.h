// Softmax over few classes that lie side by side: rows too short for vectors, so many rows are worked on at once.
#pragma once

#include <cstdint>

namespace osvos {

/// Rows of more classes are left to ATen.
constexpr std::int64_t kFewClasses = 16;

/// x [rows, classes] → its softmax in y, and in `logs` the logarithm of each row's sum of exponentials where it is given.
void softmaxOfFew(const float* x, float* y, float* logs, std::int64_t rows, std::int64_t classes);

}  // namespace osvos
