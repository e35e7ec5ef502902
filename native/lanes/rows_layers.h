// The layers of a net of sequences, but for attention.
#pragma once

#include "loss.h"
#include "rows_layer.h"

namespace lanes {

// Rows of a table, one for each token.
template <class T>
class Tokens final : public RowLayer<T> {
 public:
  Tokens(int out, int channels, int table, int entries, int without)
      : out_(out), width_(padded<T>(channels)), table_(table), entries_(entries), without_(without) {}

  void forward(RowPass<T>& pass) override {
    for (int t = 0; t < pass.length; t++) {
      if (pass.tokens[t] < 0 || pass.tokens[t] >= entries_) throw std::runtime_error("a token beyond the table");
      std::copy_n(pass.weights[table_] + pass.tokens[t] * width_, width_, pass.data[out_] + size_t(t) * width_);
    }
  }
  void backward(RowPass<T>& pass) override {
    if (pass.weight_gradients[table_] == nullptr) return;
    for (int t = 0; t < pass.length; t++) {
      if (pass.tokens[t] == without_) continue;
      T* to = pass.weight_gradients[table_] + pass.tokens[t] * width_;
      const T* d = pass.gradients[out_] + size_t(t) * width_;
      for (int c = 0; c < width_; c += WIDTH<T>) keep<T>(to + c, load(to + c) + load(d + c));
    }
  }

 private:
  int out_, width_, table_, entries_, without_;
};

// out = in + table, a row for each position.
template <class T>
class Places final : public RowLayer<T> {
 public:
  Places(RowInput in, int out, int table) : in_(in), out_(out), width_(padded<T>(in.channels)), table_(table) {}

  void forward(RowPass<T>& pass) override {
    const T *in = pass.data[in_.value], *table = pass.weights[table_];
    T* out = pass.data[out_];
    for (int i = 0; i < pass.length * width_; i += WIDTH<T>) keep<T>(out + i, load(in + i) + load(table + i));
  }
  void backward(RowPass<T>& pass) override {
    const T* d = pass.gradients[out_];
    T *din = in_.wanted ? pass.gradients[in_.value] : nullptr, *dtable = pass.weight_gradients[table_];
    for (int i = 0; i < pass.length * width_; i += WIDTH<T>) {
      if (din) keep<T>(din + i, in_.add ? load(din + i) + load(d + i) : load(d + i));
      if (dtable) keep<T>(dtable + i, load(dtable + i) + load(d + i));
    }
  }

 private:
  RowInput in_;
  int out_, width_, table_;
};

// out = in W' + b.
template <class T>
class RowLinear final : public RowLayer<T> {
 public:
  RowLinear(RowInput in, int out, int outputs, int weight, int bias)
      : in_(in), out_(out), outputs_(outputs), weight_(weight), bias_(bias), wide_(padded<T>(in.channels)),
        out_wide_(padded<T>(outputs)) {}

  void begin(RowPass<T>& pass) override {
    const T* from = pass.weights[weight_];
    T* to = pass.flipped[weight_];
    constexpr int SIDE = 16;
    for (int o = 0; o < outputs_; o += SIDE)
      for (int i = 0; i < in_.channels; i += SIDE)
        for (int a = i; a < std::min(i + SIDE, in_.channels); a++)
          for (int b = o; b < std::min(o + SIDE, outputs_); b++) to[size_t(a) * out_wide_ + b] = from[size_t(b) * wide_ + a];
  }
  void forward(RowPass<T>& pass) override {
    product<T>(pass.length, outputs_, in_.channels, {pass.data[in_.value], wide_, 1}, {pass.flipped[weight_], out_wide_},
               pass.data[out_], out_wide_, bias_ < 0 ? nullptr : pass.weights[bias_]);
  }
  void backward(RowPass<T>& pass) override {
    const T* d = pass.gradients[out_];
    if (in_.wanted)
      product<T>(pass.length, in_.channels, outputs_, {d, out_wide_, 1}, {pass.weights[weight_], wide_},
                 pass.gradients[in_.value], wide_, nullptr, in_.add);
    if (T* to = pass.weight_gradients[weight_])
      product<T>(outputs_, in_.channels, pass.length, {d, 1, out_wide_}, {pass.data[in_.value], wide_}, to, wide_, nullptr,
                 true);
    if (T* to = bias_ < 0 ? nullptr : pass.weight_gradients[bias_])
      for (int c = 0; c < out_wide_; c += WIDTH<T>) {
        Vector<T> sum = load(to + c);
        for (int t = 0; t < pass.length; t++) sum += load(d + size_t(t) * out_wide_ + c);
        keep<T>(to + c, first_of<T>(sum, outputs_ - c));
      }
  }

 private:
  RowInput in_;
  int out_, outputs_, weight_, bias_;
  ptrdiff_t wide_, out_wide_;
};

// out = (in - mean) / sqrt(variance + eps) * scale + shift over the channels; without the mean where `rms`.
template <class T>
class RowNorm final : public RowLayer<T> {
 public:
  using V = Vector<T>;
  RowNorm(RowInput in, int out, int scale, int shift, double eps, bool rms, int length)
      : in_(in), out_(out), scale_(scale), shift_(shift), width_(padded<T>(in.channels)), eps_(T(eps)), rms_(rms),
        mean_(length), root_(length) {}

  void forward(RowPass<T>& pass) override {
    const int count = in_.channels;
    for (int t = 0; t < pass.length; t++) {
      const T* x = pass.data[in_.value] + size_t(t) * width_;
      T* y = pass.data[out_] + size_t(t) * width_;
      V sum{}, squares{};
      if (!rms_)
        for (int c = 0; c < count; c += WIDTH<T>) sum += first_of<T>(load(x + c), count - c);
      const T mean = added<T>(sum) / count;
      for (int c = 0; c < count; c += WIDTH<T>) {
        const V far = first_of<T>(load(x + c) - mean, count - c);
        squares += far * far;
      }
      mean_[t] = mean;
      root_[t] = 1 / std::sqrt(added<T>(squares) / count + eps_);
      for (int c = 0; c < width_; c += WIDTH<T>) {
        const V v = (load(x + c) - mean) * root_[t];
        keep<T>(y + c, scaled(pass, scale_, v, c) + (shift_ < 0 ? V{} : load(pass.weights[shift_] + c)));
      }
    }
  }

  void backward(RowPass<T>& pass) override {
    const int count = in_.channels;
    T* dscale = scale_ < 0 ? nullptr : pass.weight_gradients[scale_];
    T* dshift = shift_ < 0 ? nullptr : pass.weight_gradients[shift_];
    for (int t = 0; t < pass.length; t++) {
      const T *x = pass.data[in_.value] + size_t(t) * width_, *d = pass.gradients[out_] + size_t(t) * width_;
      V sum{}, along{};
      for (int c = 0; c < width_; c += WIDTH<T>) {
        const V g = first_of<T>(load(d + c), count - c), v = first_of<T>((load(x + c) - mean_[t]) * root_[t], count - c);
        if (dscale) keep<T>(dscale + c, load(dscale + c) + g * v);
        if (dshift) keep<T>(dshift + c, load(dshift + c) + g);
        const V own = scaled(pass, scale_, g, c);
        sum += own;
        along += own * v;
      }
      if (!in_.wanted) continue;
      const T mean = rms_ ? T(0) : added<T>(sum) / count, slope = added<T>(along) / count;
      T* to = pass.gradients[in_.value] + size_t(t) * width_;
      for (int c = 0; c < width_; c += WIDTH<T>) {
        const V v = (load(x + c) - mean_[t]) * root_[t];
        const V own = first_of<T>((scaled(pass, scale_, load(d + c), c) - mean - v * slope) * root_[t], count - c);
        keep<T>(to + c, in_.add ? load(to + c) + own : own);
      }
    }
  }

 private:
  static V scaled(const RowPass<T>& pass, int scale, V v, int c) {
    return scale < 0 ? v : v * load(pass.weights[scale] + c);
  }

  RowInput in_;
  int out_, scale_, shift_, width_;
  T eps_;
  bool rms_;
  std::vector<T> mean_, root_;
};

enum class Curve { relu, tanh, sigmoid, gelu, gelu_tanh, silu };

// out = f(in), number by number; f and its slope are found together. Beyond the channels there stays zero.
template <class T>
class RowCurve final : public RowLayer<T> {
 public:
  using V = Vector<T>;
  RowCurve(RowInput in, int out, Curve kind) : in_(in), out_(out), kind_(kind), width_(padded<T>(in.channels)) {}

  void forward(RowPass<T>& pass) override {
    with_kind([&](auto kind) {
      const T* in = pass.data[in_.value];
      T* out = pass.data[out_];
      for (int t = 0; t < pass.length; t++, in += width_, out += width_)
        for (int c = 0; c < width_; c += WIDTH<T>)
          keep<T>(out + c, first_of<T>(find<kind.value>(load(in + c)).value, in_.channels - c));
    });
  }
  void backward(RowPass<T>& pass) override {
    if (!in_.wanted) return;
    with_kind([&](auto kind) {
      const T *in = pass.data[in_.value], *d = pass.gradients[out_];
      T* to = pass.gradients[in_.value];
      for (int i = 0; i < pass.length * width_; i += WIDTH<T>) {
        const V own = load(d + i) * find<kind.value>(load(in + i)).slope;
        keep<T>(to + i, in_.add ? load(to + i) + own : own);
      }
    });
  }

 private:
  static LANES_INLINE V sigmoid(V x) { return T(1) / (T(1) + exponential(-x)); }

  struct Found {
    V value, slope;
  };

  template <class Work>
  void with_kind(Work work) const {
    switch (kind_) {
      case Curve::relu: return work(std::integral_constant<Curve, Curve::relu>());
      case Curve::tanh: return work(std::integral_constant<Curve, Curve::tanh>());
      case Curve::sigmoid: return work(std::integral_constant<Curve, Curve::sigmoid>());
      case Curve::gelu: return work(std::integral_constant<Curve, Curve::gelu>());
      case Curve::gelu_tanh: return work(std::integral_constant<Curve, Curve::gelu_tanh>());
      case Curve::silu: return work(std::integral_constant<Curve, Curve::silu>());
    }
  }

  template <Curve kind>
  static LANES_INLINE Found find(V x) {
    if constexpr (kind == Curve::relu) return {positive(x), where_positive(x, all<T>(1))};
    if constexpr (kind == Curve::tanh) {
      const V value = T(2) * sigmoid(T(2) * x) - T(1);
      return {value, T(1) - value * value};
    }
    if constexpr (kind == Curve::sigmoid) {
      const V value = sigmoid(x);
      return {value, value * (T(1) - value)};
    }
    if constexpr (kind == Curve::silu) {
      const V s = sigmoid(x);
      return {x * s, s * (T(1) + x * (T(1) - s))};
    }
    if constexpr (kind == Curve::gelu_tanh) {  // x / 2 (1 + tanh(u)) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
      constexpr T twice = T(1.5957691216057308), cubic = T(0.044715);
      const V s = sigmoid(twice * (x + cubic * x * x * x)), value = x * s;
      return {value, s + value * (T(1) - s) * twice * (T(1) + T(3) * cubic * x * x)};
    }
    V half;
    for (int l = 0; l < WIDTH<T>; l++) half[l] = std::erf(x[l] * T(0.7071067811865476));
    half = T(0.5) * (T(1) + half);
    return {x * half, half + x * T(0.3989422804014327) * exponential(T(-0.5) * x * x)};
  }

  RowInput in_;
  int out_;
  Curve kind_;
  int width_;
};

// out = left + right.
template <class T>
class RowSum final : public RowLayer<T> {
 public:
  RowSum(RowInput left, RowInput right, int out) : sides_{left, right}, out_(out), width_(padded<T>(left.channels)) {}

  void forward(RowPass<T>& pass) override {
    const T *left = pass.data[sides_[0].value], *right = pass.data[sides_[1].value];
    T* out = pass.data[out_];
    for (int i = 0; i < pass.length * width_; i += WIDTH<T>) keep<T>(out + i, load(left + i) + load(right + i));
  }
  void backward(RowPass<T>& pass) override {
    const T* d = pass.gradients[out_];
    for (const RowInput& side : sides_) {
      if (!side.wanted) continue;
      T* to = pass.gradients[side.value];
      for (int i = 0; i < pass.length * width_; i += WIDTH<T>)
        keep<T>(to + i, side.add ? load(to + i) + load(d + i) : load(d + i));
    }
  }

 private:
  RowInput sides_[2];
  int out_, width_;
};

// Softmax cross-entropy of every position; a label below zero does not count.
template <class T>
class RowLoss final : public RowLayer<T> {
 public:
  using V = Vector<T>;
  explicit RowLoss(RowInput in) : in_(in), width_(padded<T>(in.channels)) {}

  void forward(RowPass<T>& pass) override {
    if (!pass.train) return;
    const int count = in_.channels;
    for (int t = 0; t < pass.length; t++) {
      const T* x = pass.data[in_.value] + size_t(t) * width_;
      T* d = pass.gradients[in_.value] + size_t(t) * width_;
      const int64_t label = pass.labels[t];
      if (label < 0) {
        std::fill_n(d, width_, T(0));
        continue;
      }
      if (label >= count) throw std::runtime_error("a label beyond the outputs");
      const T most = largest<T>(x, count);
      V sum{};
      for (int c = 0; c < width_; c += WIDTH<T>) {
        const V e = first_of<T>(exponential(load(x + c) - most), count - c);
        keep<T>(d + c, e);
        sum += e;
      }
      const T whole = added<T>(sum), part = pass.share / whole;
      for (int c = 0; c < width_; c += WIDTH<T>) keep<T>(d + c, load(d + c) * part);
      pass.loss += double(pass.share) * (std::log(whole) + most - x[label]);
      d[label] -= pass.share;
    }
  }
  void backward(RowPass<T>&) override {}

 private:
  RowInput in_;
  int width_;
};

}  // namespace lanes
