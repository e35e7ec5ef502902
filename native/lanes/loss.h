// The loss of a batch, each trial's own, and its gradient: softmax cross-entropy, and mean squared error.
#pragma once

#include <cmath>

#include "pointwise.h"

namespace lanes {

enum class LossKind { cross_entropy, squared_error };

template <class T>
class Loss final : public Layer<T> {
 public:
  using V = Vector<T>;
  Loss(int in, LossKind kind) : in_(in), kind_(kind) {}
  void plan(const Plan& plan) override { value_ = plan.value(in_); }

  // Hands out the outputs; in training also writes the gradient and adds up the losses.
  void forward(Pass<T>& pass, Range samples) override {
    const View<V> in = pass.data(in_, samples);
    const int count = value_.channels;
    for (int n = 0; n < samples.count(); n++) {
      const V* from = in.at(n, 0, 0);
      for (int l = 0; l < WIDTH<T>; l++) {
        T* to = pass.outputs[l];
        if (to == nullptr) continue;
        to += size_t(samples.begin + n) * count;
        for (int c = 0; c < count; c++) to[c] = from[c][l];
      }
      if (!pass.train) continue;
      V* d = pass.gradient(in_, samples).at(n, 0, 0);
      kind_ == LossKind::cross_entropy ? cross_entropy(pass, samples.begin + n, from, d)
                                       : squared_error(pass, samples.begin + n, from, d);
    }
  }
  void backward(Pass<T>&, Range) override {}

 private:
  void cross_entropy(Pass<T>& pass, int sample, const V* from, V* d) {
    const int count = value_.channels;
    V most = from[0], sum{};
    for (int c = 1; c < count; c++) most = (from[c] > most) | (from[c] != from[c]) ? from[c] : most;
    for (int c = 0; c < count; c++) {
      V e = from[c] - most;
      for (int l = 0; l < WIDTH<T>; l++) e[l] = std::exp(e[l]);
      d[c] = e;
      sum += e;
    }
    const V share = T(1) / (sum * T(pass.batch));
    for (int c = 0; c < count; c++) d[c] *= share;
    for (int l = 0; l < WIDTH<T>; l++) {
      const int64_t label = static_cast<const int64_t*>(pass.labels[l])[sample];
      pass.losses[l] += std::log(sum[l]) + most[l] - from[label][l];
      d[label][l] -= T(1) / T(pass.batch);
    }
  }

  void squared_error(Pass<T>& pass, int sample, const V* from, V* d) {
    const int count = value_.channels;
    for (int l = 0; l < WIDTH<T>; l++) {
      const T* wanted = static_cast<const T*>(pass.labels[l]) + size_t(sample) * count;
      for (int c = 0; c < count; c++) {
        const T miss = from[c][l] - wanted[c];
        pass.losses[l] += miss * miss / count;
        d[c][l] = 2 * miss / (T(pass.batch) * count);
      }
    }
  }

  int in_;
  LossKind kind_;
  Value value_{};
};

}  // namespace lanes
