// What a layer is, and what it sees of a network while it runs.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "memory.h"
#include "vectors.h"

namespace lanes {

// Samples begin .. end - 1 of a batch.
struct Range {
  int begin = 0, end = 0;
  int count() const { return end - begin; }
};

// What flows from layer to layer: an image of so many channels, in a buffer, perhaps as a slice of its channels.
struct Value {
  int buffer, channel, channels, height, width;
  int pixels() const { return height * width; }
};

// Vectors from one pixel, row and sample to the next. Images are [sample][row][column][channel].
struct Strides {
  ptrdiff_t pixel, row, sample;
};

template <class V>
struct View {
  V* data;  // channel 0 of the pixel (0, 0) of the range's first sample
  Strides step;
  V* at(int sample, int row, int column) const {
    return data + sample * step.sample + row * step.row + column * step.pixel;
  }
};

// A tensor of weights or statistics: `outputs` x `inputs` x `height` x `width` as torch has it.
struct TensorShape {
  int outputs, inputs, height, width, groups;
  bool trained;
  size_t count() const { return size_t(outputs) * inputs * height * width; }
};

enum class Kind { data, gradient };

// What a layer asks when it is planned. `border`: pixels of zeros around an image that a layer may read.
class Plan {
 public:
  virtual ~Plan() = default;
  virtual const Value& value(int id) const = 0;
  virtual void need_border(int value, Kind kind, int pixels) = 0;
  virtual Strides strides(int value, Kind kind) const = 0;
};

// One thread's share of an update or of an evaluation of one block of trials.
template <class T>
class Pass {
 public:
  using V = Vector<T>;
  virtual ~Pass() = default;

  int worker = 0;
  bool train = true;
  int batch = 0;  // samples of the whole update

  virtual View<V> view(int value, Kind kind, Range samples) = 0;
  virtual V* tensor(int id) = 0;           // weights or statistics of the block; nullptr for id -1
  virtual V* tensor_gradient(int id) = 0;  // this thread's; nullptr where it is frozen, or for id -1
  View<V> data(int value, Range samples) { return view(value, Kind::data, samples); }
  View<V> gradient(int value, Range samples) { return view(value, Kind::gradient, samples); }

  // Per lane: the seed's row in inputs and masks, and the labels (T for regression, int64 for classes).
  const int* seed = nullptr;
  int seeds = 0;
  const T* inputs = nullptr;                // (seeds, batch, channels, height, width)
  const void* const* labels = nullptr;      // per lane, (batch,) or (batch, outputs)
  const T* const* masks = nullptr;          // per dropout, (seeds, batch, ...)
  T* const* outputs = nullptr;              // per lane, (batch, outputs); nullptr for a lane without a trial
  double* losses = nullptr;                 // per lane: this thread's sum over samples
};

// A layer, once for all blocks and threads. What differs between threads it keeps by `Pass::worker`.
template <class T>
class Layer {
 public:
  using V = Vector<T>;
  virtual ~Layer() = default;

  virtual void ask(Plan&) {}              // for borders
  virtual void plan(const Plan&) {}       // addresses are known
  virtual void begin(Pass<T>&) {}         // before each update: what depends on weights alone
  virtual void forward(Pass<T>& pass, Range samples) = 0;
  virtual void backward(Pass<T>& pass, Range samples) = 0;
  virtual void weights(Pass<T>&, Range) {}  // the gradient of the weights, after `backward`

  // Batch norm reads the whole batch before it goes on: sums over a range, then one thread joins those of all.
  virtual void sum_forward(Pass<T>&, Range) {}
  virtual void join_forward(Pass<T>&, int /*workers*/) {}
  virtual void sum_backward(Pass<T>&, Range) {}
  virtual void join_backward(Pass<T>&, int /*workers*/) {}
};

}  // namespace lanes
