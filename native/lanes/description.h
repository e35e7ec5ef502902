// A network in plain numbers, as it comes from outside: the C structs of the interface. `engine/_lanes/_abi.py` is the
// same in Python.
#pragma once

#include <cstdint>

// Goes up with every change of a struct or function, so that a library of another version is not called.
#define LANES_VERSION 2

extern "C" {

struct LanesValue {
  int32_t buffer, channel, channels, height, width;
};

struct LanesTensor {
  int32_t outputs, inputs, height, width, groups, trained;
};

// kind: see `LayerKind`. What number[] and factor[] hold is said there.
struct LanesLayer {
  int32_t kind, in, in2, out, relu;
  int32_t tensor[4];
  int32_t number[9];
  double factor[2];
};

struct LanesSettings {
  int32_t trials, batch, workers;
  int32_t optimizer, nesterov;
  double beta2, eps, alpha, clip;
  int64_t cache;  // bytes that the samples passing through the net together may take
};
}

namespace lanes {

enum LayerKind {
  ENTRY = 0,        // out
  CONVOLUTION = 1,  // in, out; tensor: weight, bias; number: kernel, stride, padding, dilation (two each), groups
  BATCH_NORM = 2,   // in, out; tensor: scale, shift, mean, variance; factor: eps, momentum
  POOLING = 3,      // in, out; number: kernel, stride, padding (two each), whether largest, whether border counts
  POINTWISE = 4,    // in, out; number: Activation; factor: slope
  SUM = 5,          // in, in2, out
  DROPOUT = 6,      // in, out; number: mask, whether per channel
  LOSS = 7,         // in; number: LossKind
  // Of nets of sequences, where a value is (positions, channels): `width` positions of an image of height 1.
  TOKENS = 8,       // out; tensor: table; number: the token without a gradient, or -1
  PLACES = 9,       // in, out; tensor: table
  LINEAR = 10,      // in, out; tensor: weight, bias
  ROW_NORM = 11,    // in, out; tensor: scale, shift; number: whether without the mean; factor: eps
  CURVE = 12,       // in, out; number: Curve
  ATTENTION = 13,   // in (of the queries), out; number: heads, width of a head, whether causal, channel of the queries,
                    // value and channel of the keys, value and channel of the values; factor: scale
};

}  // namespace lanes
