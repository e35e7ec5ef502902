// Max and average pooling.
#pragma once

#include <algorithm>

#include "pointwise.h"

namespace lanes {

struct PoolingSettings {
  int in, out;
  int kernel[2], stride[2], padding[2];
  bool largest;       // else the mean
  bool count_border;  // whether the mean counts pixels of the padding
  bool relu;          // behind it
  bool input_gradient, add_gradient;
};

template <class T>
class Pooling final : public Layer<T> {
 public:
  using V = Vector<T>;
  explicit Pooling(const PoolingSettings& settings) : s_(settings) {}
  void plan(const Plan& plan) override {
    in_ = plan.value(s_.in);
    out_ = plan.value(s_.out);
  }

  void forward(Pass<T>& pass, Range samples) override {
    const View<V> in = pass.data(s_.in, samples), out = pass.data(s_.out, samples);
    for_each_pixel(out_, samples, [&](int n, int y, int x) {
      const Window w = window(y, x);
      V* to = out.at(n, y, x);
      const V* first = in.at(n, w.top, w.left);
      for (int c = 0; c < out_.channels; c++) to[c] = first[c];
      for (int v = w.top; v < w.bottom; v++)
        for (int h = w.left; h < w.right; h++) {
          if (v == w.top && h == w.left) continue;
          const V* from = in.at(n, v, h);
          if (s_.largest) {
            for (int c = 0; c < out_.channels; c++) to[c] = (from[c] > to[c]) | (from[c] != from[c]) ? from[c] : to[c];
          } else {
            for (int c = 0; c < out_.channels; c++) to[c] += from[c];
          }
        }
      if (!s_.largest)
        for (int c = 0; c < out_.channels; c++) to[c] *= share(w);
      if (s_.relu)
        for (int c = 0; c < out_.channels; c++) to[c] = positive(to[c]);
    });
  }

  // The first of the largest has the gradient. It is found again: its value is the output's, or relu lets none through.
  void backward(Pass<T>& pass, Range samples) override {
    if (!s_.input_gradient) return;
    const View<V> in = pass.data(s_.in, samples), din = pass.gradient(s_.in, samples);
    const View<V> out = pass.data(s_.out, samples), d = pass.gradient(s_.out, samples);
    if (!s_.add_gradient && !covered()) {
      for_each_pixel(in_, samples, [&](int n, int y, int x) {
        V* to = din.at(n, y, x);
        for (int c = 0; c < in_.channels; c++) to[c] = V{};
      });
    }
    const bool write = covered() && !s_.add_gradient;
    V left[AT_ONCE];  // what no pixel of the window has taken yet
    for_each_pixel(out_, samples, [&](int n, int y, int x) {
      const Window w = window(y, x);
      for (int start = 0; start < out_.channels; start += AT_ONCE) {
        const int count = std::min(AT_ONCE, out_.channels - start);
        const V *value = out.at(n, y, x) + start, *g = d.at(n, y, x) + start;
        for (int c = 0; c < count; c++) left[c] = s_.relu ? where_positive(value[c], g[c]) : g[c];
        if (!s_.largest)
          for (int c = 0; c < count; c++) left[c] *= share(w);
        for (int v = w.top; v < w.bottom; v++)
          for (int h = w.left; h < w.right; h++) {
            const V* from = in.at(n, v, h) + start;
            V* to = din.at(n, v, h) + start;
            for (int c = 0; c < count; c++) {
              V own = left[c];
              if (s_.largest) {
                const auto here = from[c] == value[c];
                own = here ? left[c] : V{};
                left[c] = here ? V{} : left[c];
              }
              to[c] = write ? own : to[c] + own;
            }
          }
      }
    });
  }

 private:
  static constexpr int AT_ONCE = 64;  // channels

  struct Window {
    int top, bottom, left, right;
  };

  Window window(int y, int x) const {
    const int top = y * s_.stride[0] - s_.padding[0], left = x * s_.stride[1] - s_.padding[1];
    return {std::max(top, 0), std::min(top + s_.kernel[0], in_.height), std::max(left, 0),
            std::min(left + s_.kernel[1], in_.width)};
  }
  T share(const Window& w) const {
    const int count = s_.count_border ? s_.kernel[0] * s_.kernel[1] : (w.bottom - w.top) * (w.right - w.left);
    return T(1) / T(count);
  }
  // Whether every pixel of the input is in exactly one window.
  bool covered() const {
    return s_.kernel[0] == s_.stride[0] && s_.kernel[1] == s_.stride[1] && s_.padding[0] == 0 && s_.padding[1] == 0 &&
           out_.height * s_.stride[0] == in_.height && out_.width * s_.stride[1] == in_.width;
  }

  PoolingSettings s_;
  Value in_{}, out_{};
};

}  // namespace lanes
