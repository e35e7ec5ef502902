// A net of sequences: K trials, one after the other, a vector holding neighbours of one row of one trial.
//
// A sequence passes through all layers forward and backward at once, so that what one layer wrote is still in the cache
// when the next reads it: a position has few numbers, and a vector of trials for each would not fit. Threads share the
// trials; a trial's numbers depend on no other, nor on the number of threads.
#pragma once

#include <memory>

#include "net.h"
#include "rows_attention.h"
#include "rows_layers.h"

namespace lanes {

template <class T>
class RowNet final {
 public:
  using V = Vector<T>;
  RowNet(const LanesValue* values, int value_count, const LanesTensor* tensors, int tensor_count,
         const LanesLayer* layers, int layer_count, const LanesSettings& settings);

  void train(const Batch<T>& batch) { run(batch, true); }
  void evaluate(const Batch<T>& batch) { run(batch, false); }
  void read(int tensor, int slot, int trial, T* to) const;
  void write(int tensor, int slot, int trial, const T* from);
  size_t bytes() const { return bytes_; }

  // Whether a description is of a net of sequences.
  static bool takes(const LanesLayer* layers, int count) {
    return std::any_of(layers, layers + count, [](const LanesLayer& layer) { return layer.kind >= TOKENS; });
  }

 private:
  struct Tensor {
    int rows, columns;
    bool trained;
    size_t first;  // in the memory of a trial
    size_t count() const { return size_t(rows) * padded<T>(columns); }
  };
  struct Trial {
    Memory<T> trained, fixed, slots[SLOTS];
  };
  struct Thread {
    Memory<T> values, flips, gradients;
    std::vector<std::unique_ptr<RowLayer<T>>> layers;
    RowPass<T> pass;
  };

  void make_thread(const LanesLayer* layers, int count);
  std::unique_ptr<RowLayer<T>> make(const LanesLayer& layer, const RowInput* inputs) const;
  void run(const Batch<T>& batch, bool train);
  void run_trial(Thread& thread, int trial, const Batch<T>& batch, bool train);
  void update_weights(Thread& thread, int trial, const double* rates);
  const T* address(int tensor, int slot, int trial) const;

  LanesSettings settings_;
  OptimizerSettings optimizer_;
  std::vector<Value> values_;
  std::vector<Tensor> tensors_;
  std::vector<Trial> trials_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::unique_ptr<Workers> workers_;
  int length_ = 0, output_ = 0;
  size_t trained_ = 0, fixed_ = 0, bytes_ = 0;
};

template <class T>
RowNet<T>::RowNet(const LanesValue* values, int value_count, const LanesTensor* tensors, int tensor_count,
                  const LanesLayer* layers, int layer_count, const LanesSettings& settings)
    : settings_(settings),
      optimizer_{OptimizerKind(settings.optimizer), settings.nesterov != 0, settings.beta2, settings.eps,
                 settings.alpha, settings.clip} {
  for (int i = 0; i < value_count; i++)
    values_.push_back({values[i].buffer, 0, values[i].channels, 1, values[i].width});
  length_ = values_.at(0).width;
  output_ = layers[layer_count - 1].in;
  for (int i = 0; i < tensor_count; i++) {
    size_t& filled = tensors[i].trained ? trained_ : fixed_;
    const bool flat = tensors[i].inputs == 1;  // a row of numbers, such as a bias
    tensors_.push_back({flat ? 1 : tensors[i].outputs, flat ? tensors[i].outputs : tensors[i].inputs,
                        tensors[i].trained != 0, filled});
    filled += tensors_.back().count();
  }
  for (int k = 0; k < settings_.trials; k++) {
    const size_t own = trained_ / WIDTH<T>;
    trials_.push_back({Memory<T>(own), Memory<T>(fixed_ / WIDTH<T>), {Memory<T>(own), Memory<T>(own)}});
    bytes_ += (3 * trained_ + fixed_) * sizeof(T);
  }
  for (int w = 0; w < settings_.workers; w++) make_thread(layers, layer_count);
  workers_ = std::make_unique<Workers>(settings_.workers);
}

template <class T>
void RowNet<T>::make_thread(const LanesLayer* layers, int count) {
  auto thread = std::make_unique<Thread>();
  RowPass<T>& pass = thread->pass;
  size_t numbers = 0, flips = 0;
  for (const Value& v : values_) numbers += size_t(length_) * padded<T>(v.channels);
  for (const Tensor& t : tensors_) flips += size_t(t.columns) * padded<T>(t.rows);
  thread->values = Memory<T>(2 * numbers / WIDTH<T>);
  thread->flips = Memory<T>(flips / WIDTH<T>);
  thread->gradients = Memory<T>(trained_ / WIDTH<T>);
  bytes_ += (2 * numbers + flips + trained_) * sizeof(T);
  T* next = reinterpret_cast<T*>(thread->values.data());
  for (std::vector<T*>* part : {&pass.data, &pass.gradients})
    for (const Value& v : values_) {
      part->push_back(next);
      next += size_t(length_) * padded<T>(v.channels);
    }
  next = reinterpret_cast<T*>(thread->flips.data());
  T* gradients = reinterpret_cast<T*>(thread->gradients.data());
  for (const Tensor& t : tensors_) {
    pass.flipped.push_back(next);
    next += size_t(t.columns) * padded<T>(t.rows);
    pass.weight_gradients.push_back(t.trained ? gradients + t.first : nullptr);
  }
  pass.weights.resize(tensors_.size());
  pass.length = length_;
  // Every value's gradient is wanted but that of tokens; the reader that comes last sets it, the others add.
  std::vector<bool> written(values_.size());
  for (int i = count - 1; i >= 0; i--) {
    RowInput inputs[3];
    const LanesLayer& l = layers[i];
    const int ids[3] = {l.in, l.kind == ATTENTION ? l.number[4] : l.in2, l.kind == ATTENTION ? l.number[6] : -1};
    std::vector<bool> before = written;
    for (int side = 0; side < 3; side++) {
      if (ids[side] < 0) continue;
      inputs[side] = {ids[side], values_[ids[side]].channels, true, l.kind == ATTENTION ? bool(before[ids[side]]) : bool(written[ids[side]])};
      written[ids[side]] = true;
    }
    thread->layers.insert(thread->layers.begin(), make(l, inputs));
  }
  threads_.push_back(std::move(thread));
}

template <class T>
std::unique_ptr<RowLayer<T>> RowNet<T>::make(const LanesLayer& l, const RowInput* in) const {
  const int32_t *n = l.number, *t = l.tensor;
  const auto channels = [&] { return values_[l.out].channels; };
  switch (l.kind) {
    case TOKENS: return std::make_unique<Tokens<T>>(l.out, channels(), t[0], tensors_[t[0]].rows, n[0]);
    case PLACES: return std::make_unique<Places<T>>(in[0], l.out, t[0]);
    case LINEAR: return std::make_unique<RowLinear<T>>(in[0], l.out, channels(), t[0], t[1]);
    case ROW_NORM:
      return std::make_unique<RowNorm<T>>(in[0], l.out, t[0], t[1], l.factor[0], n[0] != 0, length_);
    case CURVE: return std::make_unique<RowCurve<T>>(in[0], l.out, Curve(n[0]));
    case SUM: return std::make_unique<RowSum<T>>(in[0], in[1], l.out);
    case ATTENTION:
      return std::make_unique<Attention<T>>(HeadsPlace{in[0], n[3]}, HeadsPlace{in[1], n[5]}, HeadsPlace{in[2], n[7]},
                                            l.out, n[0], n[1], n[2] != 0, l.factor[0], length_);
    case LOSS: return std::make_unique<RowLoss<T>>(in[0]);
  }
  throw std::runtime_error("a layer that no net of sequences has");
}

template <class T>
void RowNet<T>::run(const Batch<T>& batch, bool train) {
  std::vector<std::string> errors(threads_.size());
  workers_->run([&](int worker) {
    try {
      for (int k = worker; k < settings_.trials; k += settings_.workers) run_trial(*threads_[worker], k, batch, train);
    } catch (const std::exception& problem) {
      errors[worker] = problem.what();
    }
  });
  for (const std::string& error : errors)
    if (!error.empty()) throw std::runtime_error(error);
}

template <class T>
void RowNet<T>::run_trial(Thread& thread, int trial, const Batch<T>& batch, bool train) {
  RowPass<T>& pass = thread.pass;
  const size_t positions = size_t(batch.samples) * length_;
  const int64_t* tokens = reinterpret_cast<const int64_t*>(batch.inputs);
  tokens += (batch.seeds > 1 ? batch.seed[trial] : 0) * positions;
  const int64_t* labels = static_cast<const int64_t*>(batch.labels);
  for (size_t i = 0; i < tensors_.size(); i++) pass.weights[i] = address(int(i), -1, trial);
  pass.train = train;
  pass.loss = 0;
  if (train) {
    labels += trial * positions;
    pass.share = T(1) / T(std::count_if(labels, labels + positions, [](int64_t label) { return label >= 0; }));
    thread.gradients.clear();
  }
  for (auto& layer : thread.layers) layer->begin(pass);
  const int width = values_[output_].channels;
  for (int n = 0; n < batch.samples; n++) {
    pass.tokens = tokens + size_t(n) * length_;
    if (train) pass.labels = labels + size_t(n) * length_;
    for (auto& layer : thread.layers) layer->forward(pass);
    T* to = batch.outputs + (size_t(trial) * positions + size_t(n) * length_) * width;
    for (int t = 0; t < length_; t++) std::copy_n(pass.data[output_] + size_t(t) * padded<T>(width), width, to + size_t(t) * width);
    if (!train) continue;
    for (auto layer = thread.layers.rbegin(); layer != thread.layers.rend(); ++layer) (*layer)->backward(pass);
  }
  if (!train) return;
  batch.losses[trial] = pass.loss;
  update_weights(thread, trial, batch.rates);
}

template <class T>
void RowNet<T>::update_weights(Thread& thread, int trial, const double* rates) {
  Rates<T> own;
  V* const fields[] = {&own.down, &own.momentum, &own.decay, &own.fresh, &own.shrink, &own.root};
  for (int f = 0; f < 6; f++) *fields[f] = all<T>(T(rates[size_t(f) * settings_.trials + trial]));
  const size_t count = trained_ / WIDTH<T>;
  const V* gradient = thread.gradients.data();
  V share = all<T>(1);
  if (optimizer_.clip > 0) {
    V squares{};
    for (size_t i = 0; i < count; i++) squares += gradient[i] * gradient[i];
    share = clip_share<T>(all<T>(added<T>(squares)), optimizer_.clip);
  }
  Trial& mine = trials_[trial];
  V* const slots[SLOTS] = {mine.slots[0].data(), mine.slots[1].data()};
  lanes::update<T>(optimizer_, own, share, 0, count, mine.trained.data(), gradient, slots);
}

template <class T>
const T* RowNet<T>::address(int tensor, int slot, int trial) const {
  const Tensor& shape = tensors_.at(tensor);
  const Trial& own = trials_.at(trial);
  if (slot >= SLOTS || (slot >= 0 && !shape.trained)) throw std::runtime_error("a tensor without such a state");
  const Memory<T>& memory = slot >= 0 ? own.slots[slot] : shape.trained ? own.trained : own.fixed;
  return reinterpret_cast<const T*>(memory.data()) + shape.first;
}

template <class T>
void RowNet<T>::read(int tensor, int slot, int trial, T* to) const {
  const Tensor& shape = tensors_.at(tensor);
  const T* from = address(tensor, slot, trial);
  for (int r = 0; r < shape.rows; r++)
    std::copy_n(from + size_t(r) * padded<T>(shape.columns), shape.columns, to + size_t(r) * shape.columns);
}

template <class T>
void RowNet<T>::write(int tensor, int slot, int trial, const T* from) {
  const Tensor& shape = tensors_.at(tensor);
  T* to = const_cast<T*>(address(tensor, slot, trial));
  for (int r = 0; r < shape.rows; r++)
    std::copy_n(from + size_t(r) * shape.columns, shape.columns, to + size_t(r) * padded<T>(shape.columns));
}

}  // namespace lanes
