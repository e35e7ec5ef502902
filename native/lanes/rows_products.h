// Matrix products and functions of numbers where a vector holds neighbours of one row, for nets of sequences.
//
//   product   out[m][n]  =  start  +  sum over k of  left[m][k] * right[k][n]
//
// Rows of `right` and `out` are padded to whole vectors. `left` is read number by number, so it may be transposed.
#pragma once

#include <cmath>
#include <cstring>
#include <type_traits>

#include "vectors.h"

namespace lanes {

// Numbers of a row of so many, padded to whole vectors.
template <class T>
constexpr int padded(int count) {
  return (count + WIDTH<T> - 1) / WIDTH<T> * WIDTH<T>;
}

template <class T>
struct Left {
  const T* data;
  ptrdiff_t row, step;  // from a row to the next, and from k to k + 1
};

template <class T>
struct Right {
  const T* data;
  ptrdiff_t row;
};

template <class T>
LANES_INLINE Vector<T> load(const T* from) {
  return *reinterpret_cast<const Vector<T>*>(from);
}

template <class T>
LANES_INLINE void keep(T* to, Vector<T> v) {
  *reinterpret_cast<Vector<T>*>(to) = v;
}

namespace detail {

template <class T, int R, int N>
LANES_INLINE void product_tile(int depth, Left<T> left, Right<T> right, T* out, ptrdiff_t out_row, const T* start,
                               bool add) {
  using V = Vector<T>;
  V sum[R][N];
  LANES_UNROLL
  for (int n = 0; n < N; n++) {
    const V begin = start ? load(start + n * WIDTH<T>) : V{};
    LANES_UNROLL
    for (int r = 0; r < R; r++) sum[r][n] = add ? load(out + r * out_row + n * WIDTH<T>) : begin;
  }
  for (int k = 0; k < depth; k++) {
    V held[N];
    LANES_UNROLL
    for (int n = 0; n < N; n++) held[n] = load(right.data + k * right.row + n * WIDTH<T>);
    LANES_UNROLL
    for (int r = 0; r < R; r++) {
      const V one = all<T>(left.data[r * left.row + k * left.step]);
      LANES_UNROLL
      for (int n = 0; n < N; n++) sum[r][n] += one * held[n];
    }
  }
  LANES_UNROLL
  for (int r = 0; r < R; r++) {
    LANES_UNROLL
    for (int n = 0; n < N; n++) keep(out + r * out_row + n * WIDTH<T>, sum[r][n]);
  }
}

template <class T, int R, int N>
void product_some(int count, int depth, Left<T> left, Right<T> right, T* out, ptrdiff_t out_row, const T* start,
                  bool add) {
  if constexpr (R > 0) {
    if (count == R) return product_tile<T, R, N>(depth, left, right, out, out_row, start, add);
    product_some<T, R - 1, N>(count, depth, left, right, out, out_row, start, add);
  }
}

template <class T, int N>
void product_panel(int count, int depth, Left<T> left, Right<T> right, T* out, ptrdiff_t out_row, const T* start,
                   bool add) {
  constexpr int R = TILE / N < 12 ? TILE / N : 12;
  for (; count >= R; count -= R) {
    product_tile<T, R, N>(depth, left, right, out, out_row, start, add);
    left.data += R * left.row;
    out += R * out_row;
  }
  product_some<T, R - 1, N>(count, depth, left, right, out, out_row, start, add);
}

}  // namespace detail

// rows x columns numbers of `out`. start: a row that every sum begins with; nullptr: zeros. add: to what is there.
template <class T>
void product(int rows, int columns, int depth, Left<T> left, Right<T> right, T* out, ptrdiff_t out_row,
             const T* start = nullptr, bool add = false) {
  constexpr int PANEL_WIDTH = 4 * WIDTH<T>;
  for (int n = 0; n < columns; n += PANEL_WIDTH) {
    const Right<T> part = {right.data + n, right.row};
    const T* begin = start ? start + n : nullptr;
    switch ((columns - n + WIDTH<T> - 1) / WIDTH<T>) {
      case 1: detail::product_panel<T, 1>(rows, depth, left, part, out + n, out_row, begin, add); break;
      case 2: detail::product_panel<T, 2>(rows, depth, left, part, out + n, out_row, begin, add); break;
      case 3: detail::product_panel<T, 3>(rows, depth, left, part, out + n, out_row, begin, add); break;
      default: detail::product_panel<T, 4>(rows, depth, left, part, out + n, out_row, begin, add);
    }
  }
}

// e^x, to two units in the last place; 0 below the smallest normal number, infinity beyond the largest, NaN stays.
LANES_INLINE Vector<float> exponential(Vector<float> x) {
  using V = Vector<float>;
  const V low = all<float>(-87.3365f), high = all<float>(88.7f), magic = all<float>(12582912.f);  // 1.5 * 2^23
  V y = x < low ? low : x > high ? high : x;
  const V n = (y * 1.44269504f + magic) - magic;
  y = y - n * 0.693359375f + n * 2.12194440e-4f;
  V p = y * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * y + 8.3334519073e-3f;
  p = p * y + 4.1665795894e-2f;
  p = p * y + 1.6666665459e-1f;
  p = p * y + 5.0000001201e-1f;
  p = p * y * y + y + 1.f;
  const Integers<float> exponent = (__builtin_convertvector(n, Integers<float>) + 127) << 23;
  V scale;
  std::memcpy(&scale, &exponent, sizeof(scale));
  p = p * scale;
  p = x < low ? V{} : p;
  p = x > high ? all<float>(HUGE_VALF) : p;
  return x == x ? p : x;
}

LANES_INLINE Vector<double> exponential(Vector<double> x) {
  for (int l = 0; l < WIDTH<double>; l++) x[l] = std::exp(x[l]);
  return x;
}

template <class T>
LANES_INLINE T added(Vector<T> v) {
  T sum = 0;
  for (int l = 0; l < WIDTH<T>; l++) sum += v[l];
  return sum;
}

template <class T>
LANES_INLINE Integers<T> lane_numbers() {
  Integers<T> lane;
  for (int l = 0; l < WIDTH<T>; l++) lane[l] = l;
  return lane;
}

// The numbers of a vector that lie before `count`; the others are `rest`.
template <class T>
LANES_INLINE Vector<T> first_of(Vector<T> v, int count, T rest = 0) {
  using Number = std::remove_reference_t<decltype(Integers<T>()[0])>;
  return lane_numbers<T>() < Number(count) ? v : all<T>(rest);
}

// The largest of the first `count` numbers of a row; NaN where one is.
template <class T>
LANES_INLINE T largest(const T* row, int count) {
  Vector<T> most = all<T>(row[0]);
  for (int c = 0; c < count; c += WIDTH<T>) {
    const Vector<T> x = first_of<T>(load(row + c), count - c, row[0]);
    most = (x > most) | (x != x) ? x : most;
  }
  T found = most[0];
  for (int l = 1; l < WIDTH<T>; l++) found = most[l] > found || most[l] != most[l] ? most[l] : found;
  return found;
}

}  // namespace lanes
