// Attention of a sequence to itself, all heads.
#pragma once

#include "rows_layer.h"

namespace lanes {

// Where queries, keys or values are: a value, and the channel of the first head's first.
struct HeadsPlace {
  RowInput in;
  int channel;
};

// out[t] = sum over s of softmax over s (q[t] k[s] scale) v[s], in each head; s up to t where `causal`.
template <class T>
class Attention final : public RowLayer<T> {
 public:
  using V = Vector<T>;
  Attention(HeadsPlace q, HeadsPlace k, HeadsPlace v, int out, int heads, int width, bool causal, double scale, int length)
      : places_{q, k, v}, out_(out), heads_(heads), width_(width), causal_(causal), scale_(T(scale)), length_(length),
        wide_(padded<T>(width)), long_(padded<T>(length)), out_row_(padded<T>(heads * width)) {
    const size_t head = size_t(length) * wide_, square = size_t(length) * long_;
    const size_t vectors = (size_t(heads) * square + square + 9 * head + 2 * size_t(width) * long_) / WIDTH<T>;
    memory_ = Memory<T>(vectors);
    T* next = reinterpret_cast<T*>(memory_.data());
    const auto take = [&](size_t count) { return std::exchange(next, next + count); };
    shares_ = take(size_t(heads) * square);
    slopes_ = take(square);
    for (T*& part : own_) part = take(head);
    for (T*& part : d_own_) part = take(head);
    mixed_ = take(head);
    d_mixed_ = take(head);
    for (T*& part : turned_) part = take(size_t(width) * long_);
  }

  void forward(RowPass<T>& pass) override {
    for (int h = 0; h < heads_; h++) {
      for (int i = 0; i < 3; i++) copy_in(pass.data[places_[i].in.value], i, h, own_[i]);
      turn(own_[1], turned_[0]);
      T* share = shares_ + size_t(h) * length_ * long_;
      for (int t = 0; t < length_; t += STEP) {
        const int rows = std::min(STEP, length_ - t), seen = causal_ ? t + rows : length_;
        product<T>(rows, seen, width_, {own_[0] + size_t(t) * wide_, wide_, 1}, {turned_[0], long_},
                   share + size_t(t) * long_, long_);
        for (int r = t; r < t + rows; r++) soften(share + size_t(r) * long_, causal_ ? r + 1 : length_, seen);
        product<T>(rows, width_, seen, {share + size_t(t) * long_, long_, 1}, {own_[2], wide_},
                   mixed_ + size_t(t) * wide_, wide_);
      }
      for (int t = 0; t < length_; t++)
        std::copy_n(mixed_ + size_t(t) * wide_, width_, pass.data[out_] + size_t(t) * out_row_ + h * width_);
    }
  }

  void backward(RowPass<T>& pass) override {
    for (int h = 0; h < heads_; h++) {
      for (int i = 0; i < 3; i++) copy_in(pass.data[places_[i].in.value], i, h, own_[i]);
      for (int t = 0; t < length_; t++)
        std::copy_n(pass.gradients[out_] + size_t(t) * out_row_ + h * width_, width_, d_mixed_ + size_t(t) * wide_);
      turn(own_[2], turned_[1]);
      const T* share = shares_ + size_t(h) * length_ * long_;
      for (int t = 0; t < length_; t += STEP) {
        const int rows = std::min(STEP, length_ - t), seen = causal_ ? t + rows : length_;
        product<T>(rows, seen, width_, {d_mixed_ + size_t(t) * wide_, wide_, 1}, {turned_[1], long_},
                   slopes_ + size_t(t) * long_, long_);
        for (int r = t; r < t + rows; r++) slope(share + size_t(r) * long_, slopes_ + size_t(r) * long_, seen);
        product<T>(rows, width_, seen, {slopes_ + size_t(t) * long_, long_, 1}, {own_[1], wide_},
                   d_own_[0] + size_t(t) * wide_, wide_);
      }
      for (int s = 0; s < length_; s += STEP) {
        const int rows = std::min(STEP, length_ - s), from = causal_ ? s : 0;
        const size_t corner = size_t(from) * long_ + s, start = size_t(from) * wide_, to = size_t(s) * wide_;
        product<T>(rows, width_, length_ - from, {slopes_ + corner, 1, long_}, {own_[0] + start, wide_}, d_own_[1] + to,
                   wide_);
        product<T>(rows, width_, length_ - from, {share + corner, 1, long_}, {d_mixed_ + start, wide_}, d_own_[2] + to,
                   wide_);
      }
      for (int i = 0; i < 3; i++) copy_out(pass, i, h);
    }
  }

 private:
  static constexpr int STEP = 12;  // rows of a tile

  void copy_in(const T* from, int place, int head, T* to) {
    const ptrdiff_t row = padded<T>(places_[place].in.channels);
    from += places_[place].channel + head * width_;
    for (int t = 0; t < length_; t++) std::copy_n(from + t * row, width_, to + size_t(t) * wide_);
  }
  // Parts of one value's gradient are set, all of them by this layer.
  void copy_out(RowPass<T>& pass, int place, int head) {
    const RowInput& in = places_[place].in;
    if (!in.wanted) return;
    const ptrdiff_t row = padded<T>(in.channels);
    T* to = pass.gradients[in.value] + places_[place].channel + head * width_;
    const T* from = d_own_[place];
    for (int t = 0; t < length_; t++)
      for (int c = 0; c < width_; c++) {
        T& there = to[t * row + c];
        there = in.add ? there + from[size_t(t) * wide_ + c] : from[size_t(t) * wide_ + c];
      }
  }
  void turn(const T* from, T* to) {
    for (int c = 0; c < width_; c++)
      for (int t = 0; t < length_; t++) to[size_t(c) * long_ + t] = from[size_t(t) * wide_ + c];
  }
  // The first `count` scores of a row to shares that add up to 1; the others to zero, up to a whole tile.
  void soften(T* row, int count, int seen) {
    const T most = largest<T>(row, count);
    V sum{};
    for (int s = 0; s < padded<T>(seen); s += WIDTH<T>) {
      const V e = s < count ? first_of<T>(exponential((load(row + s) - most) * scale_), count - s) : V{};
      keep<T>(row + s, e);
      sum += e;
    }
    const T part = 1 / added<T>(sum);
    for (int s = 0; s < padded<T>(seen); s += WIDTH<T>) keep<T>(row + s, load(row + s) * part);
  }
  // The gradient of a row's shares to that of its scores; what is not seen has a share of zero.
  void slope(const T* share, T* d, int seen) {
    V along{};
    for (int s = 0; s < padded<T>(seen); s += WIDTH<T>) along += first_of<T>(load(share + s) * load(d + s), seen - s);
    const T mean = added<T>(along);
    for (int s = 0; s < padded<T>(seen); s += WIDTH<T>)
      keep<T>(d + s, load(share + s) * (load(d + s) - mean) * scale_);
  }

  HeadsPlace places_[3];
  int out_, heads_, width_;
  bool causal_;
  T scale_;
  int length_, wide_, long_, out_row_;
  Memory<T> memory_;
  T *shares_, *slopes_, *own_[3], *d_own_[3], *mixed_, *d_mixed_, *turned_[2];
};

}  // namespace lanes
