// Layers that see one pixel at a time: activations, sums, dropout; and the entry of the images.
#pragma once

#include <algorithm>
#include <cmath>

#include "layer.h"

namespace lanes {

// Calls work(sample, row, column) for every pixel.
template <class Work>
LANES_INLINE void for_each_pixel(const Value& value, Range samples, Work work) {
  for (int n = 0; n < samples.count(); n++)
    for (int y = 0; y < value.height; y++)
      for (int x = 0; x < value.width; x++) work(n, y, x);
}

// The inputs, (seed, sample, channel, row, column), to vectors: each lane has its seed's image.
template <class T>
class Entry final : public Layer<T> {
 public:
  using V = Vector<T>;
  explicit Entry(int out) : out_(out) {}
  void plan(const Plan& plan) override { value_ = plan.value(out_); }

  void forward(Pass<T>& pass, Range samples) override {
    const View<V> out = pass.data(out_, samples);
    const size_t plane = size_t(value_.pixels()), image = plane * value_.channels;
    for (int n = 0; n < samples.count(); n++) {
      const T* from[WIDTH<T>];
      for (int l = 0; l < WIDTH<T>; l++)
        from[l] = pass.inputs + (size_t(pass.seeds > 1 ? pass.seed[l] : 0) * pass.batch + samples.begin + n) * image;
      const bool alike = std::all_of(from, from + WIDTH<T>, [&](const T* other) { return other == from[0]; });
      for (int y = 0; y < value_.height; y++)
        for (int x = 0; x < value_.width; x++) {
          V* to = out.at(n, y, x);
          for (int c = 0; c < value_.channels; c++) {
            const size_t place = c * plane + size_t(y) * value_.width + x;
            V v = all<T>(from[0][place]);
            if (!alike) {
              LANES_UNROLL
              for (int l = 1; l < WIDTH<T>; l++) v[l] = from[l][place];
            }
            to[c] = v;
          }
        }
    }
  }
  void backward(Pass<T>&, Range) override {}

 private:
  int out_;
  Value value_{};
};

enum class Activation { relu, leaky_relu, tanh, sigmoid };

// out = f(in); the gradient is found from the output alone.
template <class T>
class Pointwise final : public Layer<T> {
 public:
  using V = Vector<T>;
  Pointwise(int in, int out, Activation kind, double slope, bool input_gradient, bool add)
      : in_(in), out_(out), kind_(kind), slope_(T(slope)), input_gradient_(input_gradient), add_(add) {}
  void plan(const Plan& plan) override { value_ = plan.value(out_); }

  void forward(Pass<T>& pass, Range samples) override {
    const View<V> in = pass.data(in_, samples), out = pass.data(out_, samples);
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V* from = in.at(n, y, x);
      V* to = out.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) to[c] = value(from[c]);
    });
  }

  void backward(Pass<T>& pass, Range samples) override {
    if (!input_gradient_) return;
    const View<V> out = pass.data(out_, samples), d = pass.gradient(out_, samples), din = pass.gradient(in_, samples);
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V *value = out.at(n, y, x), *g = d.at(n, y, x);
      V* to = din.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) {
        const V own = slope(value[c], g[c]);
        to[c] = add_ ? to[c] + own : own;
      }
    });
  }

 private:
  V value(V x) const {
    if (kind_ == Activation::relu) return positive(x);
    if (kind_ == Activation::leaky_relu) return x < V{} ? x * slope_ : x;
    for (int l = 0; l < WIDTH<T>; l++) x[l] = kind_ == Activation::tanh ? std::tanh(x[l]) : 1 / (1 + std::exp(-x[l]));
    return x;
  }
  V slope(V value, V gradient) const {
    if (kind_ == Activation::relu) return where_positive(value, gradient);
    if (kind_ == Activation::leaky_relu) return value <= V{} ? gradient * slope_ : gradient;
    return kind_ == Activation::tanh ? gradient * (1 - value * value) : gradient * value * (1 - value);
  }

  int in_, out_;
  Activation kind_;
  T slope_;
  bool input_gradient_, add_;
  Value value_{};
};

// out = left + right, perhaps followed by relu.
template <class T>
class Sum final : public Layer<T> {
 public:
  using V = Vector<T>;
  struct Side {
    int value;
    bool gradient, add;
  };
  Sum(Side left, Side right, int out, bool relu) : sides_{left, right}, out_(out), relu_(relu) {}
  void plan(const Plan& plan) override { value_ = plan.value(out_); }

  void forward(Pass<T>& pass, Range samples) override {
    const View<V> left = pass.data(sides_[0].value, samples), right = pass.data(sides_[1].value, samples);
    const View<V> out = pass.data(out_, samples);
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V *a = left.at(n, y, x), *b = right.at(n, y, x);
      V* to = out.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) to[c] = relu_ ? positive(a[c] + b[c]) : a[c] + b[c];
    });
  }

  void backward(Pass<T>& pass, Range samples) override {
    const View<V> out = pass.data(out_, samples), d = pass.gradient(out_, samples);
    for (const Side& side : sides_) {
      if (!side.gradient) continue;
      const View<V> din = pass.gradient(side.value, samples);
      for_each_pixel(value_, samples, [&](int n, int y, int x) {
        const V *value = out.at(n, y, x), *g = d.at(n, y, x);
        V* to = din.at(n, y, x);
        for (int c = 0; c < value_.channels; c++) {
          const V own = relu_ ? where_positive(value[c], g[c]) : g[c];
          to[c] = side.add ? to[c] + own : own;
        }
      });
    }
  }

 private:
  Side sides_[2];
  int out_;
  bool relu_;
  Value value_{};
};

// out = in * mask, with masks of each seed made elsewhere: (seed, sample, channel, row, column), or one for a channel.
template <class T>
class Dropout final : public Layer<T> {
 public:
  using V = Vector<T>;
  Dropout(int in, int out, int mask, bool per_channel, bool input_gradient, bool add)
      : in_(in), out_(out), mask_(mask), per_channel_(per_channel), input_gradient_(input_gradient), add_(add) {}
  void plan(const Plan& plan) override { value_ = plan.value(out_); }

  void forward(Pass<T>& pass, Range samples) override {
    apply(pass, samples, pass.data(in_, samples), pass.data(out_, samples), false);
  }
  void backward(Pass<T>& pass, Range samples) override {
    if (input_gradient_) apply(pass, samples, pass.gradient(out_, samples), pass.gradient(in_, samples), add_);
  }

 private:
  void apply(Pass<T>& pass, Range samples, View<V> from, View<V> to, bool add) {
    const size_t plane = per_channel_ ? 1 : value_.pixels(), image = plane * value_.channels;
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V* source = from.at(n, y, x);
      V* target = to.at(n, y, x);
      const T* row[WIDTH<T>];
      const size_t pixel = per_channel_ ? 0 : size_t(y) * value_.width + x;
      if (pass.train)
        for (int l = 0; l < WIDTH<T>; l++)
          row[l] = pass.masks[mask_] + (size_t(pass.seed[l]) * pass.batch + samples.begin + n) * image + pixel;
      for (int c = 0; c < value_.channels; c++) {
        V v = source[c];
        if (pass.train) {
          V mask;
          for (int l = 0; l < WIDTH<T>; l++) mask[l] = row[l][c * plane];
          v *= mask;
        }
        target[c] = add ? target[c] + v : v;
      }
    });
  }

  int in_, out_, mask_;
  bool per_channel_, input_gradient_, add_;
  Value value_{};
};

}  // namespace lanes
