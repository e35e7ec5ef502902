// Batch norm over samples and pixels, each trial's channels apart.
//
//   training     out = (in - mean) / sqrt(variance + eps) * scale + shift, with the batch's mean and variance
//   evaluation   the same with the running ones
//   backward     din = scale / sqrt(variance + eps) * (d - mean(d) - z mean(d z)), z the normalised input
//
// It needs the whole batch twice: before it goes forward, for mean and variance, and before it goes backward. Each thread
// sums its range, one thread joins the sums (Chan, Golub and LeVeque 1983: no large numbers are subtracted).
#pragma once

#include <cmath>

#include "pointwise.h"

namespace lanes {

struct BatchNormSettings {
  int in, out;
  int scale, shift;  // tensors, or -1
  int mean, variance;
  double eps, momentum;
  bool relu;
  bool input_gradient, add_gradient;
};

template <class T>
class BatchNorm final : public Layer<T> {
 public:
  using V = Vector<T>;
  BatchNorm(const BatchNormSettings& settings, int workers) : s_(settings), sums_(workers) {}

  void plan(const Plan& plan) override {
    value_ = plan.value(s_.in);
    for (Sums& sums : sums_) {
      for (Memory<T>* memory : {&sums.first, &sums.second, &sums.mean, &sums.squares}) *memory = Memory<T>(value_.channels);
    }
    product_ = Memory<T>(value_.channels);
    rest_ = Memory<T>(value_.channels);
    mean_ = Memory<T>(value_.channels);
    deviation_ = Memory<T>(value_.channels);
  }

  void begin(Pass<T>& pass) override {
    clear();
    if (pass.train) return;
    const V *mean = pass.tensor(s_.mean), *variance = pass.tensor(s_.variance);
    for (int c = 0; c < value_.channels; c++) set(pass, c, mean[c], variance[c]);
  }

  void sum_forward(Pass<T>& pass, Range samples) override {
    Sums& sums = sums_[pass.worker];
    const View<V> in = pass.data(s_.in, samples);
    const T count = T(samples.count()) * value_.pixels();
    V *mean = sums.mean.data(), *squares = sums.squares.data();
    sums.mean.clear();
    sums.squares.clear();
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V* from = in.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) mean[c] += from[c];
    });
    for (int c = 0; c < value_.channels; c++) mean[c] /= count;
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V* from = in.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) squares[c] += (from[c] - mean[c]) * (from[c] - mean[c]);
    });
    join(sums, sums.mean, sums.squares, count);
  }

  void join_forward(Pass<T>& pass, int workers) override {
    for (int w = 1; w < workers; w++) join(sums_[0], sums_[w].first, sums_[w].second, sums_[w].count);
    const T count = sums_[0].count;
    V *running_mean = pass.tensor(s_.mean), *running_variance = pass.tensor(s_.variance);
    for (int c = 0; c < value_.channels; c++) {
      const V mean = sums_[0].first[c], variance = sums_[0].second[c] / count;
      running_mean[c] += (mean - running_mean[c]) * T(s_.momentum);
      running_variance[c] += (sums_[0].second[c] / (count - 1) - running_variance[c]) * T(s_.momentum);
      set(pass, c, mean, variance);
    }
    clear();
  }

  void forward(Pass<T>& pass, Range samples) override {
    const View<V> in = pass.data(s_.in, samples), out = pass.data(s_.out, samples);
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V* from = in.at(n, y, x);
      V* to = out.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) {
        const V z = from[c] * product_[c] + rest_[c];
        to[c] = s_.relu ? positive(z) : z;
      }
    });
  }

  void sum_backward(Pass<T>& pass, Range samples) override {
    Sums& sums = sums_[pass.worker];
    const View<V> in = pass.data(s_.in, samples), d = pass.gradient(s_.out, samples);
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V *from = in.at(n, y, x), *g = d.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) {
        const V own = passed(c, from[c], g[c]);
        sums.first[c] += own;
        sums.second[c] += own * (from[c] - mean_[c]);
      }
    });
    sums.count += T(samples.count()) * value_.pixels();
  }

  void join_backward(Pass<T>& pass, int workers) override {
    Sums& all = sums_[0];
    for (int w = 1; w < workers; w++) {
      for (int c = 0; c < value_.channels; c++) {
        all.first[c] += sums_[w].first[c];
        all.second[c] += sums_[w].second[c];
      }
      all.count += sums_[w].count;
    }
    V *scale = pass.tensor_gradient(s_.scale), *shift = pass.tensor_gradient(s_.shift);
    for (int c = 0; c < value_.channels; c++) {
      if (scale != nullptr) scale[c] += all.second[c] * deviation_[c];
      if (shift != nullptr) shift[c] += all.first[c];
      all.first[c] /= all.count;
      all.second[c] *= deviation_[c] * deviation_[c] / all.count;
    }
  }

  void backward(Pass<T>& pass, Range samples) override {
    if (!s_.input_gradient) return;
    const View<V> in = pass.data(s_.in, samples), d = pass.gradient(s_.out, samples), din = pass.gradient(s_.in, samples);
    const Sums& all = sums_[0];
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      const V *from = in.at(n, y, x), *g = d.at(n, y, x);
      V* to = din.at(n, y, x);
      for (int c = 0; c < value_.channels; c++) {
        const V own = passed(c, from[c], g[c]);
        const V change = product_[c] * (own - all.first[c] - (from[c] - mean_[c]) * all.second[c]);
        to[c] = s_.add_gradient ? to[c] + change : change;
      }
    });
  }

 private:
  // Forward: mean and squared deviations of so many numbers. Backward: the sums of d and of d times the deviation.
  struct Sums {
    Memory<T> first, second;
    T count = 0;
    Memory<T> mean, squares;  // of the range at hand
  };

  void clear() {
    for (Sums& sums : sums_) {
      sums.first.clear();
      sums.second.clear();
      sums.count = 0;
    }
  }

  // The gradient behind relu. What relu saw is computed again, the same to the bit.
  LANES_INLINE V passed(int c, V from, V gradient) const {
    return s_.relu ? where_positive(from * product_[c] + rest_[c], gradient) : gradient;
  }

  void set(Pass<T>& pass, int c, V mean, V variance) {
    V deviation = variance + T(s_.eps);
    for (int l = 0; l < WIDTH<T>; l++) deviation[l] = 1 / std::sqrt(deviation[l]);
    mean_[c] = mean;
    deviation_[c] = deviation;
    product_[c] = s_.scale < 0 ? deviation : pass.tensor(s_.scale)[c] * deviation;
    rest_[c] = (s_.shift < 0 ? V{} : pass.tensor(s_.shift)[c]) - mean * product_[c];
  }

  void join(Sums& to, const Memory<T>& mean, const Memory<T>& squares, T count) {
    if (count == 0) return;
    const T all = to.count + count, share = count / all, weight = to.count * share;
    for (int c = 0; c < value_.channels; c++) {
      const V difference = mean[c] - to.first[c];
      to.first[c] += difference * share;
      to.second[c] += squares[c] + difference * difference * weight;
    }
    to.count = all;
  }

  BatchNormSettings s_;
  Value value_{};
  std::vector<Sums> sums_;
  Memory<T> mean_, deviation_, product_, rest_;  // out = in * product + rest
};

}  // namespace lanes
