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

  // Where each window's pixels are, row by row; those in the padding are left out.
  void plan(const Plan& plan) override {
    in_ = plan.value(s_.in);
    out_ = plan.value(s_.out);
    const Strides in = plan.strides(s_.in, Kind::data), din = plan.strides(s_.in, Kind::gradient);
    for (int y = 0; y < out_.height; y++) {
      for (int x = 0; x < out_.width; x++) {
        const int top = y * s_.stride[0] - s_.padding[0], left = x * s_.stride[1] - s_.padding[1];
        const int first = int(in_at_.size());
        for (int v = std::max(top, 0); v < std::min(top + s_.kernel[0], in_.height); v++)
          for (int h = std::max(left, 0); h < std::min(left + s_.kernel[1], in_.width); h++) {
            in_at_.push_back(int32_t(v * in.row + h * in.pixel));
            din_at_.push_back(int32_t(v * din.row + h * din.pixel));
          }
        windows_.push_back({first, int(in_at_.size()) - first});
      }
    }
  }

  void forward(Pass<T>& pass, Range samples) override {
    const View<V> in = pass.data(s_.in, samples), out = pass.data(s_.out, samples);
    const bool largest = s_.largest, relu = s_.relu;
    const int channels = out_.channels;
    for_each_window(samples, [&](int n, int y, int x, const Window& w, auto count_known) {
      const Places<const V, count_known> from(in.at(n, 0, 0), &in_at_[w.first]);
      const int count = count_known ? count_known : w.count;
      const V share = share_of(w);
      V* to = out.at(n, y, x);
      for (int c = 0; c < channels; c++) {
        V found = from[0][c];
        for (int k = 1; k < count; k++) {
          const V other = from[k][c];
          if (largest) found = (other > found) | (other != other) ? other : found;
          else found += other;
        }
        if (!largest) found *= share;
        to[c] = relu ? positive(found) : found;
      }
    });
  }

  // The first of the largest has the gradient. It is found again: its value is the output's, or relu lets none through.
  void backward(Pass<T>& pass, Range samples) override {
    if (!s_.input_gradient) return;
    const View<V> in = pass.data(s_.in, samples), din = pass.gradient(s_.in, samples);
    const View<V> out = pass.data(s_.out, samples), d = pass.gradient(s_.out, samples);
    const bool largest = s_.largest, relu = s_.relu, add = s_.add_gradient || overlapping();
    const int channels = out_.channels;
    if (!s_.add_gradient && (overlapping() || !covering())) {
      for_each_pixel(in_, samples, [&](int n, int y, int x) { std::fill_n(din.at(n, y, x), channels, V{}); });
    }
    for_each_window(samples, [&](int n, int y, int x, const Window& w, auto count_known) {
      const Places<const V, count_known> from(in.at(n, 0, 0), &in_at_[w.first]);
      const Places<V, count_known> to(din.at(n, 0, 0), &din_at_[w.first]);
      const int count = count_known ? count_known : w.count;
      const V share = share_of(w);
      const V *value = out.at(n, y, x), *g = d.at(n, y, x);
      for (int c = 0; c < channels; c++) {
        const V best = value[c];
        V left = relu ? where_positive(best, g[c]) : g[c];
        if (!largest) left *= share;
        for (int k = 0; k < count; k++) {
          V own = left;
          if (largest) {
            const auto here = from[k][c] == best;
            own = here ? left : V{};
            left = here ? V{} : left;
          }
          to[k][c] = add ? to[k][c] + own : own;
        }
      }
    });
  }

 private:
  struct Window {
    int first, count;  // in the tables
  };

  // Pointers to a window's pixels: so many, or, for 0, any number.
  template <class P, int COUNT>
  struct Places {
    P* place[COUNT];
    Places(P* sample, const int32_t* at) {
      for (int k = 0; k < COUNT; k++) place[k] = sample + at[k];
    }
    P* operator[](int k) const { return place[k]; }
  };
  template <class P>
  struct Places<P, 0> {
    P* sample;
    const int32_t* at;
    P* operator[](int k) const { return sample + at[k]; }
  };

  // Calls work(sample, row, column, window, count): the compiler knows the count of windows of 2 x 2 and 3 x 3.
  template <class Work>
  void for_each_window(Range samples, Work work) {
    for_each_pixel(out_, samples, [&](int n, int y, int x) {
      const Window& w = windows_[size_t(y) * out_.width + x];
      if (w.count == 4) work(n, y, x, w, std::integral_constant<int, 4>());
      else if (w.count == 9) work(n, y, x, w, std::integral_constant<int, 9>());
      else work(n, y, x, w, std::integral_constant<int, 0>());
    });
  }
  V share_of(const Window& w) const {
    if (s_.largest) return V{};
    return all<T>(T(1) / T(s_.count_border ? s_.kernel[0] * s_.kernel[1] : w.count));
  }
  // Whether a pixel of the input may be in two windows, and whether every one is in a window.
  bool overlapping() const { return s_.kernel[0] > s_.stride[0] || s_.kernel[1] > s_.stride[1]; }
  bool covering() const {
    const bool gaps = s_.kernel[0] < s_.stride[0] || s_.kernel[1] < s_.stride[1];
    return !gaps && (out_.height - 1) * s_.stride[0] + s_.kernel[0] - s_.padding[0] >= in_.height &&
           (out_.width - 1) * s_.stride[1] + s_.kernel[1] - s_.padding[1] >= in_.width;
  }

  PoolingSettings s_;
  Value in_{}, out_{};
  std::vector<Window> windows_;
  std::vector<int32_t> in_at_, din_at_;
};

}  // namespace lanes
