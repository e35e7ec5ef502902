// The two loops that take nearly all of the time. Convolutions and linear layers, forward and backward, are made of them.
//
//   multiply   out[pixel][o]  =  start  +  sum over taps, r of  in[pixel + tap + r] * weight[tap, r][o]
//   correlate  gradient[row][o]  +=  sum over pixels of  in[pixel + row] * d[pixel][o]
//
// Every number is a vector of trials, so nothing is shuffled: the loops are those one would write for a single trial.
// A tile of outputs stays in registers (pixels x outputs, or rows x outputs) while the inner loop runs.
#pragma once

#include <algorithm>
#include <vector>

#include "vectors.h"

namespace lanes {

// Weights [row][output] cut into panels of PANEL outputs, each [row][PANEL] without gaps; the last is as wide as is left.
struct Panels {
  int rows = 0, outputs = 0;

  size_t place(int row, int output) const {
    const int first = output / PANEL * PANEL, width = std::min(PANEL, outputs - first);
    return size_t(first) * rows + size_t(row) * width + (output - first);
  }
  size_t count() const { return size_t(rows) * outputs; }
};

// Where one sample's pixels are: offsets, in vectors, of what is read and of what is written.
struct Pixels {
  std::vector<int32_t> from, to;
  int count() const { return int(from.size()); }
};

// What is read for each pixel: `run` vectors side by side at each offset.
struct Taps {
  std::vector<int32_t> offset;
  int run = 0;
  int rows() const { return int(offset.size()) * run; }
};

template <class V>
struct Samples {
  V* data;
  ptrdiff_t stride;  // vectors from a sample to the next
};

// What a sum begins with, and what is done to it at the end.
template <class V>
struct Ends {
  const V* bias = nullptr;  // [output]; else nothing
  bool add = false;         // to what is there
  bool relu = false;
};

namespace detail {

constexpr int MOST_PIXELS = 144, UNIT = 12;  // pixels at a time; a unit is a whole number of tiles
constexpr int CACHE = 40 << 10;  // a little more than the first cache: not all of a pixel is read at once

// sum[a][c] += x(a) * y[c]. The shorter side waits in registers, the longer comes one by one.
template <class V, int A, int C, class X>
LANES_INLINE void multiply_add(X x, const V* y, V (&sum)[A][C]) {
  if constexpr (C < A) {
    V held[C];
    LANES_UNROLL
    for (int c = 0; c < C; c++) held[c] = y[c];
    LANES_UNROLL
    for (int a = 0; a < A; a++) {
      const V one = x(a);
      LANES_UNROLL
      for (int c = 0; c < C; c++) sum[a][c] += one * held[c];
    }
  } else {
    V held[A];
    LANES_UNROLL
    for (int a = 0; a < A; a++) held[a] = x(a);
    LANES_UNROLL
    for (int c = 0; c < C; c++) {
      const V one = y[c];
      LANES_UNROLL
      for (int a = 0; a < A; a++) sum[a][c] += held[a] * one;
    }
  }
}

template <class V, int P, int C>
LANES_INLINE void multiply_tile(const V* const* in, V* const* out, int first, const Taps& taps, const V* weight,
                                const Ends<V>& ends) {
  V sum[P][C];
  LANES_UNROLL
  for (int c = 0; c < C; c++) {
    const V start = ends.bias ? ends.bias[first + c] : V{};
    LANES_UNROLL
    for (int p = 0; p < P; p++) sum[p][c] = ends.add ? out[p][first + c] : start;
  }
  const int run = taps.run;
  for (const int32_t offset : taps.offset) {
    const V* row[P];
    LANES_UNROLL
    for (int p = 0; p < P; p++) row[p] = in[p] + offset;
    for (int r = 0; r < run; r++, weight += C) {
      multiply_add<V, P, C>([&](int p) { return row[p][r]; }, weight, sum);
    }
  }
  LANES_UNROLL
  for (int p = 0; p < P; p++) {
    LANES_UNROLL
    for (int c = 0; c < C; c++) out[p][first + c] = ends.relu ? positive(sum[p][c]) : sum[p][c];
  }
}

// A tile of as many pixels as are left, at most P.
template <class V, int P, int C>
void multiply_some(int count, const V* const* in, V* const* out, int first, const Taps& taps, const V* weight,
                   const Ends<V>& ends) {
  if constexpr (P > 0) {
    if (count == P) return multiply_tile<V, P, C>(in, out, first, taps, weight, ends);
    multiply_some<V, P - 1, C>(count, in, out, first, taps, weight, ends);
  }
}

template <class V, int C>
void multiply_panel(int count, const V* const* in, V* const* out, int first, const Taps& taps, const V* weight,
                    const Ends<V>& ends) {
  constexpr int P = std::min(TILE / C, 12);
  int i = 0;
  for (; i + P <= count; i += P) multiply_tile<V, P, C>(in + i, out + i, first, taps, weight, ends);
  multiply_some<V, P - 1, C>(count - i, in + i, out + i, first, taps, weight, ends);
}

template <class V, int R, int C>
LANES_INLINE void correlate_tile(int count, const V* const* in, const V* const* d, int first, const int32_t* rows,
                                 V* gradient) {
  V sum[R][C];
  ptrdiff_t row[R];
  LANES_UNROLL
  for (int r = 0; r < R; r++) {
    row[r] = rows[r];
    LANES_UNROLL
    for (int c = 0; c < C; c++) sum[r][c] = gradient[r * C + c];
  }
  for (int i = 0; i < count; i++) {
    const V* x = in[i];
    multiply_add<V, R, C>([&](int r) { return x[row[r]]; }, d[i] + first, sum);
  }
  LANES_UNROLL
  for (int r = 0; r < R; r++) {
    LANES_UNROLL
    for (int c = 0; c < C; c++) gradient[r * C + c] = sum[r][c];
  }
}

// A tile of as many rows as are left, at most R.
template <class V, int R, int C>
void correlate_some(int left, int count, const V* const* in, const V* const* d, int first, const int32_t* rows,
                    V* gradient) {
  if constexpr (R > 0) {
    if (left == R) return correlate_tile<V, R, C>(count, in, d, first, rows, gradient);
    correlate_some<V, R - 1, C>(left, count, in, d, first, rows, gradient);
  }
}

template <class V, int C>
void correlate_panel(int count, const V* const* in, const V* const* d, int first, const int32_t* rows, int row_count,
                     V* gradient) {
  constexpr int R = std::min(TILE / C, 12);
  int r = 0;
  for (; r + R <= row_count; r += R) correlate_tile<V, R, C>(count, in, d, first, rows + r, gradient + r * C);
  correlate_some<V, R - 1, C>(row_count - r, count, in, d, first, rows + r, gradient + r * C);
}

// Calls work(count, in, out) with pointers to some pixels after the other, of all samples.
template <class V, class Out, class Work>
void for_pixels(const Pixels& pixels, Samples<const V> in, Samples<Out> out, int samples, int at_once, Work work) {
  const V* from[MOST_PIXELS];
  Out* to[MOST_PIXELS];
  int waiting = 0;
  for (int n = 0; n < samples; n++) {
    for (int i = 0; i < pixels.count(); i++) {
      from[waiting] = in.data + n * in.stride + pixels.from[i];
      to[waiting] = out.data + n * out.stride + pixels.to[i];
      if (++waiting == at_once) {
        work(waiting, from, to);
        waiting = 0;
      }
    }
  }
  if (waiting > 0) work(waiting, from, to);
}

// How many pixels of so many vectors each stay near.
template <class V>
int pixels_at_once(int vectors_per_pixel) {
  const int fitting = CACHE / int(sizeof(V)) / std::max(vectors_per_pixel, 1) / UNIT * UNIT;
  return std::clamp(fitting, UNIT, MOST_PIXELS);
}

// sum[o] += over the pixels, d[o]
template <class V>
void add_pixels(int count, const V* const* d, int outputs, V* sum) {
  int o = 0;
  for (; o + PANEL <= outputs; o += PANEL) {
    V own[PANEL];
    LANES_UNROLL
    for (int c = 0; c < PANEL; c++) own[c] = sum[o + c];
    for (int i = 0; i < count; i++) {
      LANES_UNROLL
      for (int c = 0; c < PANEL; c++) own[c] += d[i][o + c];
    }
    LANES_UNROLL
    for (int c = 0; c < PANEL; c++) sum[o + c] = own[c];
  }
  for (; o < outputs; o++)
    for (int i = 0; i < count; i++) sum[o] += d[i][o];
}

}  // namespace detail

// For every sample and pixel, and every panel of outputs.
template <class V>
void multiply(const Pixels& pixels, const Taps& taps, Samples<const V> in, Samples<V> out, int samples,
              const Panels& panels, const V* weight, Ends<V> ends) {
  const auto work = [&](int count, const V* const* from, V* const* to) {
    for (int first = 0; first < panels.outputs; first += PANEL) {
      const V* panel = weight + panels.place(0, first);
      switch (std::min(PANEL, panels.outputs - first)) {
        case 1: detail::multiply_panel<V, 1>(count, from, to, first, taps, panel, ends); break;
        case 2: detail::multiply_panel<V, 2>(count, from, to, first, taps, panel, ends); break;
        case 3: detail::multiply_panel<V, 3>(count, from, to, first, taps, panel, ends); break;
        default: detail::multiply_panel<V, 4>(count, from, to, first, taps, panel, ends);
      }
    }
  };
  detail::for_pixels(pixels, in, out, samples, detail::pixels_at_once<V>(taps.run / 2), work);
}

// The rows of a weight, as offsets in vectors from a pixel.
inline std::vector<int32_t> rows_of(const Taps& taps) {
  std::vector<int32_t> rows;
  for (const int32_t offset : taps.offset)
    for (int r = 0; r < taps.run; r++) rows.push_back(offset + r);
  return rows;
}

constexpr int ROWS_AT_ONCE = 24, OUTPUTS_AT_ONCE = 32;

// For every row and panel of outputs; pixels.to are places in d. bias: the sums of d are added to it; nullptr: not asked.
template <class V>
void correlate(const Pixels& pixels, const std::vector<int32_t>& rows, Samples<const V> in, Samples<const V> d,
               int samples, const Panels& panels, V* gradient, V* bias) {
  const int near = std::min(panels.rows, ROWS_AT_ONCE) + std::min(panels.outputs, OUTPUTS_AT_ONCE);
  const auto work = [&](int count, const V* const* x, const V* const* g) {
    for (int begin = 0; begin < panels.outputs; begin += OUTPUTS_AT_ONCE) {
      const int end = std::min(panels.outputs, begin + OUTPUTS_AT_ONCE);
      for (int start = 0; start < panels.rows; start += ROWS_AT_ONCE) {
        const int left = std::min(ROWS_AT_ONCE, panels.rows - start);
        for (int first = begin; first < end; first += PANEL) {
          V* panel = gradient + panels.place(start, first);
          switch (std::min(PANEL, panels.outputs - first)) {
            case 1: detail::correlate_panel<V, 1>(count, x, g, first, rows.data() + start, left, panel); break;
            case 2: detail::correlate_panel<V, 2>(count, x, g, first, rows.data() + start, left, panel); break;
            case 3: detail::correlate_panel<V, 3>(count, x, g, first, rows.data() + start, left, panel); break;
            default: detail::correlate_panel<V, 4>(count, x, g, first, rows.data() + start, left, panel);
          }
        }
      }
    }
    if (bias != nullptr) detail::add_pixels(count, g, panels.outputs, bias);
  };
  detail::for_pixels(pixels, in, d, samples, detail::pixels_at_once<V>(near), work);
}

}  // namespace lanes
