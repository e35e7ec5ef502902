// Convolution and linear layers.
//
//   forward    out[y, x, o]      = bias[o] + sum over ky, kx, i of  in[y s + ky - p, x s + kx - p, i] weight[ky, kx, i, o]
//   weights    dweight[ky, kx, i, o] = sum over y, x of  in[y s + ky - p, x s + kx - p, i] dout[y, x, o]
//   backward   din[y, x, i]      = sum over the ky, kx, o whose output pixel there is
//
// All three are `multiply` or `correlate` over tables of offsets made once: a pixel's place, and the taps around it. With
// a stride, the pixels of `din` fall into stride x stride phases, each with taps of its own. Padding is a border of
// zeros in memory. A linear layer is a convolution of an image of one pixel.
#pragma once

#include <memory>

#include "pointwise.h"
#include "products.h"

namespace lanes {

struct ConvolutionSettings {
  int in, out, weight, bias;  // bias -1: none
  int kernel[2], stride[2], padding[2], dilation[2], groups;
  bool relu;                // behind it
  bool input_gradient;      // whether anything before it is trained
  bool add_gradient;        // whether another reader of the input wrote its gradient before
};

template <class T>
class Convolution final : public Layer<T> {
 public:
  using V = Vector<T>;
  explicit Convolution(const ConvolutionSettings& settings) : s_(settings) {}

  bool linear() const { return linear_; }

  void ask(Plan& plan) override {
    const Value &in = plan.value(s_.in), &out = plan.value(s_.out);
    inputs_ = in.channels / s_.groups;
    outputs_ = out.channels / s_.groups;
    linear_ = out.pixels() == 1 && s_.kernel[0] == in.height && s_.kernel[1] == in.width && s_.groups == 1 &&
              s_.padding[0] == 0 && s_.padding[1] == 0;
    if (linear_) return;
    plan.need_border(s_.in, Kind::data, std::max(s_.padding[0], s_.padding[1]));
    if (!s_.input_gradient) return;
    int border = 0;
    for (int axis = 0; axis < 2; axis++) {
      const int size = axis == 0 ? in.height : in.width, most = (axis == 0 ? out.height : out.width) - 1;
      for (int place = 0; place < size; place++) {
        for (const Reached& tap : reached(axis, place)) border = std::max({border, -tap.place, tap.place - most});
      }
    }
    plan.need_border(s_.out, Kind::gradient, border);
  }

  void plan(const Plan& plan) override {
    in_ = plan.value(s_.in);
    out_ = plan.value(s_.out);
    const Strides in = plan.strides(s_.in, Kind::data), out = plan.strides(s_.out, Kind::data);
    const Strides din = plan.strides(s_.in, Kind::gradient), dout = plan.strides(s_.out, Kind::gradient);
    if (linear_) {
      const int rows = in_.pixels() * in_.channels;
      if (in_.pixels() > 1 && in.row != ptrdiff_t(in_.width) * in_.channels)
        throw std::runtime_error("a linear layer reads an image that a padded layer reads too");
      if (in_.pixels() > 1 && s_.input_gradient && din.row != in.row)
        throw std::runtime_error("a linear layer reads an image whose gradient has a border");
      panels_ = {rows, out_.channels};
      forward_ = {{{0}, {0}}, {{0}, rows}};
      weights_ = {{0}, {0}};
      if (s_.input_gradient) phases_ = {{{{0}, {0}}, {{0}, out_.channels}}};
      taps_of_phase_ = {{0}};
    } else {
      panels_ = {s_.kernel[0] * s_.kernel[1] * inputs_, outputs_};
      plan_forward(in, out, dout);
      if (s_.input_gradient) plan_backward(din, dout);
    }
    rows_ = rows_of(forward_.taps);
    turned_.clear();
    for (const Phase& phase : phases_) turned_.emplace_back(size_t(phase.taps.rows()) * turned_outputs() * s_.groups);
  }

  // The weights with inputs and outputs exchanged, as `backward` reads them.
  void begin(Pass<T>& pass) override {
    const V* weight = pass.tensor(s_.weight);
    for (size_t p = 0; p < phases_.size(); p++) {
      const Panels panels = {phases_[p].taps.rows(), turned_outputs()};
      for (int g = 0; g < s_.groups; g++) {
        V* to = turned_[p].data() + g * panels.count();
        const V* from = weight + g * panels_.count();
        int row = 0;
        for (const int tap : taps_of_phase_[p])
          for (int o = 0; o < panels_.outputs; o++, row++)
            for (int i = 0; i < panels.outputs; i++)
              to[panels.place(row, i)] = from[panels_.place(tap * panels.outputs + i, o)];
      }
    }
  }

  void forward(Pass<T>& pass, Range samples) override {
    const View<V> in = pass.data(s_.in, samples), out = pass.data(s_.out, samples);
    Ends<V> ends;
    ends.relu = s_.relu;
    for (int g = 0; g < s_.groups; g++) {
      ends.bias = s_.bias < 0 ? nullptr : pass.tensor(s_.bias) + g * outputs_;
      multiply<V>(forward_.pixels, forward_.taps, {in.data + g * inputs_, in.step.sample},
                  {out.data + g * outputs_, out.step.sample}, samples.count(), panels_,
                  pass.tensor(s_.weight) + g * panels_.count(), ends);
    }
  }

  void backward(Pass<T>& pass, Range samples) override {
    const View<V> d = pass.gradient(s_.out, samples);
    if (s_.relu) mask_output_gradient(pass, samples, d);
    if (!s_.input_gradient) return;
    const View<V> din = pass.gradient(s_.in, samples);
    Ends<V> ends;
    ends.add = s_.add_gradient;
    for (size_t p = 0; p < phases_.size(); p++) {
      const Panels panels = {phases_[p].taps.rows(), turned_outputs()};
      if (panels.rows == 0 && s_.add_gradient) continue;
      for (int g = 0; g < s_.groups; g++) {
        multiply<V>(phases_[p].pixels, phases_[p].taps, {d.data + g * outputs_, d.step.sample},
                    {din.data + g * inputs_, din.step.sample}, samples.count(), panels,
                    turned_[p].data() + g * panels.count(), ends);
      }
    }
  }

  void weights(Pass<T>& pass, Range samples) override {
    V *gradient = pass.tensor_gradient(s_.weight), *bias = pass.tensor_gradient(s_.bias);
    if (gradient == nullptr) {
      if (bias != nullptr) add_bias_gradient(pass.gradient(s_.out, samples), samples, bias);
      return;
    }
    const View<V> in = pass.data(s_.in, samples), d = pass.gradient(s_.out, samples);
    for (int g = 0; g < s_.groups; g++) {
      correlate<V>(weights_, rows_, {in.data + g * inputs_, in.step.sample}, {d.data + g * outputs_, d.step.sample},
                   samples.count(), panels_, gradient + g * panels_.count(), bias ? bias + g * outputs_ : nullptr);
    }
  }

 private:
  struct Phase {
    Pixels pixels;
    Taps taps;
  };
  struct Reached {
    int tap, place;  // a kernel position and the output it reaches, perhaps outside
  };

  int turned_outputs() const { return linear_ ? panels_.rows : inputs_; }

  // From an input position, along one axis.
  std::vector<Reached> reached(int axis, int place) const {
    std::vector<Reached> found;
    for (int k = 0; k < s_.kernel[axis]; k++) {
      const int position = place + s_.padding[axis] - k * s_.dilation[axis];
      const int phase = ((position % s_.stride[axis]) + s_.stride[axis]) % s_.stride[axis];
      if (phase == 0) found.push_back({k, position / s_.stride[axis]});
    }
    return found;
  }

  void plan_forward(const Strides& in, const Strides& out, const Strides& dout) {
    Taps& taps = forward_.taps;
    const bool joined = s_.dilation[1] == 1 && in.pixel == inputs_;  // a row of the kernel lies side by side
    taps.run = joined ? s_.kernel[1] * inputs_ : inputs_;
    for (int ky = 0; ky < s_.kernel[0]; ky++) {
      for (int kx = 0; kx < (joined ? 1 : s_.kernel[1]); kx++)
        taps.offset.push_back(int32_t(ky * s_.dilation[0] * in.row + kx * s_.dilation[1] * in.pixel));
    }
    for (int y = 0; y < out_.height; y++) {
      for (int x = 0; x < out_.width; x++) {
        const ptrdiff_t row = y * s_.stride[0] - s_.padding[0], column = x * s_.stride[1] - s_.padding[1];
        forward_.pixels.from.push_back(int32_t(row * in.row + column * in.pixel));
        forward_.pixels.to.push_back(int32_t(y * out.row + x * out.pixel));
        weights_.to.push_back(int32_t(y * dout.row + x * dout.pixel));
      }
    }
    weights_.from = forward_.pixels.from;
  }

  void plan_backward(const Strides& din, const Strides& dout) {
    for (int a = 0; a < s_.stride[0]; a++) {
      for (int b = 0; b < s_.stride[1]; b++) {
        Phase phase;
        std::vector<int> taps;
        for (int y = a; y < in_.height; y += s_.stride[0])
          for (int x = b; x < in_.width; x += s_.stride[1]) {
            const ptrdiff_t row = (y - a) / s_.stride[0], column = (x - b) / s_.stride[1];
            phase.pixels.from.push_back(int32_t(row * dout.row + column * dout.pixel));
            phase.pixels.to.push_back(int32_t(y * din.row + x * din.pixel));
          }
        if (phase.pixels.count() == 0) continue;
        std::vector<Reached> across = reached(1, b);
        std::reverse(across.begin(), across.end());  // from left to right in the output
        const bool joined = s_.dilation[1] == 1 && s_.stride[1] == 1 && dout.pixel == outputs_;
        phase.taps.run = joined ? s_.kernel[1] * outputs_ : outputs_;
        for (const Reached& v : reached(0, a))
          for (const Reached& h : across) {
            taps.push_back(v.tap * s_.kernel[1] + h.tap);
            if (joined && h.tap != across.front().tap) continue;
            phase.taps.offset.push_back(int32_t(v.place * dout.row + h.place * dout.pixel));
          }
        phases_.push_back(phase);
        taps_of_phase_.push_back(taps);
      }
    }
  }

  // Where the weight is frozen and the bias is not.
  void add_bias_gradient(const View<V>& d, Range samples, V* bias) {
    for_each_pixel(out_, samples, [&](int n, int y, int x) {
      const V* g = d.at(n, y, x);
      for (int c = 0; c < out_.channels; c++) bias[c] += g[c];
    });
  }

  void mask_output_gradient(Pass<T>& pass, Range samples, const View<V>& d) {
    const View<V> out = pass.data(s_.out, samples);
    for_each_pixel(out_, samples, [&](int n, int y, int x) {
      const V* value = out.at(n, y, x);
      V* g = d.at(n, y, x);
      for (int c = 0; c < out_.channels; c++) g[c] = where_positive(value[c], g[c]);
    });
  }

  ConvolutionSettings s_;
  Value in_{}, out_{};
  int inputs_ = 0, outputs_ = 0;  // of a group
  bool linear_ = false;
  Panels panels_;
  Phase forward_;
  Pixels weights_;
  std::vector<int32_t> rows_;
  std::vector<Phase> phases_;
  std::vector<std::vector<int>> taps_of_phase_;
  std::vector<Memory<T>> turned_;
};

}  // namespace lanes
