// A vector of trials. Lane l of every vector belongs to trial l of a block, and no operation mixes lanes.
//
// GCC's and Clang's vector extensions: arithmetic, comparison and `mask ? a : b` work lane by lane, whatever the
// processor; LANES_BYTES is the width of its registers, set by the build.
#pragma once

#include <cstddef>
#include <cstdint>

#ifndef LANES_BYTES
#define LANES_BYTES 16
#endif

#define LANES_INLINE inline __attribute__((always_inline))
#define LANES_UNROLL _Pragma("GCC unroll 32")

namespace lanes {

template <class T>
struct VectorOf;

template <>
struct VectorOf<float> {
  typedef float type __attribute__((vector_size(LANES_BYTES)));
  typedef int32_t integers __attribute__((vector_size(LANES_BYTES)));
};

template <>
struct VectorOf<double> {
  typedef double type __attribute__((vector_size(LANES_BYTES)));
  typedef int64_t integers __attribute__((vector_size(LANES_BYTES)));
};

template <class T>
using Vector = typename VectorOf<T>::type;

template <class T>
using Integers = typename VectorOf<T>::integers;

// Trials in a block.
template <class T>
constexpr int WIDTH = LANES_BYTES / sizeof(T);

// Sums that a register tile holds: of 16 registers 12, of 32 registers 24; the others carry what is multiplied.
#if LANES_BYTES == 64 || defined(__aarch64__)
constexpr int TILE = 24;
#else
constexpr int TILE = 12;
#endif

// Outputs that lie side by side in memory, see `Panels`.
constexpr int PANEL = 4;

template <class T>
LANES_INLINE Vector<T> all(T number) {
  return number - Vector<T>{};
}

// Relu and its gradient let NaN pass, as torch's do.
template <class V>
LANES_INLINE V positive(V x) {
  return x < V{} ? V{} : x;
}

template <class V>
LANES_INLINE V where_positive(V x, V gradient) {
  return x <= V{} ? V{} : gradient;
}

}  // namespace lanes
