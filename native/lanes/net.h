// A network of K trials: what it is made of, one update, one evaluation.
//
// The layers of an update are a list of steps, forward and then backward. Where batch norm must see the whole batch the
// list is cut into stages. A few samples at a time pass through all steps of a stage, so that what one step wrote is
// still in the cache when the next reads it; a buffer that only one stage touches holds no more samples than that.
// Threads share out the samples; each has gradients of its own, which are added up in a fixed order.
#pragma once

#include <algorithm>
#include <memory>
#include <set>

#include "batch_norm.h"
#include "convolution.h"
#include "description.h"
#include "loss.h"
#include "optimizer.h"
#include "pooling.h"
#include "workers.h"

namespace lanes {

// What an update reads and writes, beside weights. Null where it is not used.
template <class T>
struct Batch {
  const T* inputs;                     // (seeds, samples, channels, height, width)
  int seeds, samples;
  const int32_t* seed;                 // per trial
  const void* labels;                  // (trials, samples) int64, or (trials, samples, outputs) T
  const T* const* masks;               // per dropout
  const double* rates;                 // (6, trials), as in `Rates`
  double* losses;                      // (trials,)
  T* outputs;                          // (trials, samples, outputs)
};

template <class T>
class Net final : public Plan {
 public:
  using V = Vector<T>;

  Net(const LanesValue* values, int value_count, const LanesTensor* tensors, int tensor_count, const LanesLayer* layers,
      int layer_count, const LanesSettings& settings);
  ~Net() override;

  void train(const Batch<T>& batch);
  void evaluate(const Batch<T>& batch);

  // One trial's tensor in torch's order. slot -1: the tensor, 0 ..: the optimizer's state for it.
  void read(int tensor, int slot, int trial, T* to) const;
  void write(int tensor, int slot, int trial, const T* from);
  size_t bytes() const { return bytes_; }

  const Value& value(int id) const override { return values_[id]; }
  void need_border(int value, Kind kind, int pixels) override;
  Strides strides(int value, Kind kind) const override;

 private:
  using Member = void (Layer<T>::*)(Pass<T>&, Range);
  using Use = std::pair<int, Kind>;  // a buffer's data or gradient
  struct Step {
    Layer<T>* layer;
    Member run;
  };
  struct Stage {
    std::vector<Step> steps;     // by a few samples
    std::vector<Step> at_end;    // by all samples of a thread
    std::vector<std::pair<Layer<T>*, bool>> joins;  // by one thread; whether forward
    std::set<Use> uses;
    int samples = 0;             // at a time
  };
  struct Store {
    int channels = 0, height = 0, width = 0, border = 0;
    bool used = false, whole = false;
    int first = 0, last = 0;  // stages of an update
    int samples = 0;
    size_t sample = 0;  // vectors
    std::vector<Memory<T>> memory;  // one, or one for each thread
    Store* home = nullptr;          // where its memory is: its own, or that of another one that is read no more

    bool same_shape(const Store& other) const {
      return channels == other.channels && height == other.height && width == other.width && border == other.border &&
             samples == other.samples;
    }
  };
  struct Place {
    bool trained;
    size_t first;
  };
  struct Block {
    Memory<T> trained, fixed, slots[SLOTS];
  };
  struct Thread;
  friend struct Thread;

  void make_layers(const LanesLayer* layers, int count);
  Layer<T>* make(const LanesLayer& layer, const bool* wants, const bool* adds);
  void schedule(const LanesLayer* layers, int count);
  bool trains(int tensor) const { return tensor >= 0 && shapes_[tensor].trained; }
  void note(Stage& stage, const LanesLayer& layer, bool backward);
  void give_memory();
  void size_stages();
  Store& store(int buffer, Kind kind) { return stores_[size_t(buffer) * 2 + (kind == Kind::gradient)]; }
  const Store& store(int buffer, Kind kind) const { return stores_[size_t(buffer) * 2 + (kind == Kind::gradient)]; }
  void set_up(Thread& thread, int block, const Batch<T>& batch, bool train);
  void run_stage(const Stage& stage, Thread& thread, Range mine, int samples);
  void update_weights(Thread& thread, int block, const Rates<T>& rates);
  Rates<T> rates_of(int block, const double* rates) const;
  V* address(int tensor, int slot, int block);
  int blocks() const { return (settings_.trials + WIDTH<T> - 1) / WIDTH<T>; }

  LanesSettings settings_;
  OptimizerSettings optimizer_;
  std::vector<Value> values_;
  std::vector<TensorShape> shapes_;
  std::vector<Place> places_;
  std::vector<Store> stores_;
  std::vector<bool> clears_;  // gradients that begin at zero, because parts of them are written at different times
  std::vector<std::unique_ptr<Layer<T>>> layers_;
  std::vector<bool> input_gradient_;  // per layer, whether its gradient is passed on
  int output_ = 0;  // the value that the net gives
  LossKind loss_ = LossKind::cross_entropy;
  std::vector<Stage> update_;
  Stage evaluation_;
  std::vector<Block> blocks_;
  size_t trained_ = 0, fixed_ = 0;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::unique_ptr<Workers> workers_;
  size_t bytes_ = 0;
};

}  // namespace lanes
