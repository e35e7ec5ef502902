// Max and average pooling.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

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
    std::vector<const V*> from(s_.kernel[0] * s_.kernel[1]);
    for_each_pixel(out_, samples, [&](int n, int y, int x) {
      const Window w = window(y, x);
      const int count = gather(in, n, w, from);
      const V share = share_of(w);
      V* to = out.at(n, y, x);
      for (int c = 0; c < out_.channels; c++) {
        V found = from[0][c];
        if (s_.largest) {
          for (int k = 1; k < count; k++) {
            const V other = from[k][c];
            found = (other > found) | (other != other) ? other : found;
          }
        } else {
          for (int k = 1; k < count; k++) found += from[k][c];
          found *= share;
        }
        to[c] = s_.relu ? positive(found) : found;
      }
    });
  }

  // The first of the largest has the gradient. It is found again: its value is the output's, or relu lets none through.
  void backward(Pass<T>& pass, Range samples) override {
    if (!s_.input_gradient) return;
    const View<V> in = pass.data(s_.in, samples), din = pass.gradient(s_.in, samples);
    const View<V> out = pass.data(s_.out, samples), d = pass.gradient(s_.out, samples);
    const bool add = s_.add_gradient || !covered();
    if (add && !s_.add_gradient) {
      for_each_pixel(in_, samples, [&](int n, int y, int x) { std::fill_n(din.at(n, y, x), in_.channels, V{}); });
    }
    std::vector<const V*> from(s_.kernel[0] * s_.kernel[1]);
    std::vector<V*> to(from.size());
    for_each_pixel(out_, samples, [&](int n, int y, int x) {
      const Window w = window(y, x);
      const int count = gather(din, n, w, to);
      if (s_.largest) gather(in, n, w, from);
      const V share = share_of(w);
      const V *value = out.at(n, y, x), *g = d.at(n, y, x);
      for (int c = 0; c < out_.channels; c++) {
        const V best = value[c];
        V left = s_.relu ? where_positive(best, g[c]) : g[c];
        if (s_.largest) {
          for (int k = 0; k < count; k++) {
            const auto here = from[k][c] == best;
            const V own = here ? left : V{};
            left = here ? V{} : left;
            to[k][c] = add ? to[k][c] + own : own;
          }
        } else {
          left *= share;
          for (int k = 0; k < count; k++) to[k][c] = add ? to[k][c] + left : left;
        }
      }
    });
  }

 private:
  struct Window {
    int top, bottom, left, right;
  };

  Window window(int y, int x) const {
    const int top = y * s_.stride[0] - s_.padding[0], left = x * s_.stride[1] - s_.padding[1];
    return {std::max(top, 0), std::min(top + s_.kernel[0], in_.height), std::max(left, 0),
            std::min(left + s_.kernel[1], in_.width)};
  }
  V share_of(const Window& w) const {
    if (s_.largest) return V{};
    const int count = s_.count_border ? s_.kernel[0] * s_.kernel[1] : (w.bottom - w.top) * (w.right - w.left);
    return all<T>(T(1) / T(count));
  }
  // Pointers to the window's pixels, row by row; how many there are.
  template <class P>
  int gather(const View<std::remove_const_t<std::remove_pointer_t<P>>>& view, int n, const Window& w,
             std::vector<P>& pixels) const {
    int count = 0;
    for (int v = w.top; v < w.bottom; v++)
      for (int h = w.left; h < w.right; h++) pixels[count++] = view.at(n, v, h);
    return count;
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
