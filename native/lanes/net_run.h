// How a net runs: an update, an evaluation, tensors in and out.
#pragma once

#include <stdexcept>

#include "net_thread.h"

namespace lanes {

template <class T>
void Net<T>::set_up(Thread& thread, int block, const Batch<T>& batch, bool train) {
  thread.train = train;
  thread.batch = batch.samples;
  thread.block = &blocks_[block];
  thread.first_slot = thread.worker * evaluation_.samples;
  thread.inputs = batch.inputs;
  thread.seeds = batch.seeds;
  thread.masks = batch.masks;
  const int outputs = values_[output_].channels;
  for (int l = 0; l < WIDTH<T>; l++) {
    const int trial = std::min(block * WIDTH<T> + l, settings_.trials - 1);  // lanes without one follow the last
    const bool real = block * WIDTH<T> + l < settings_.trials;
    thread.lane_seed[l] = batch.seed == nullptr ? 0 : batch.seed[trial];
    thread.lane_outputs[l] = real ? batch.outputs + size_t(trial) * batch.samples * outputs : nullptr;
    const size_t row = size_t(trial) * batch.samples;
    const char* labels = static_cast<const char*>(batch.labels);
    if (labels != nullptr) labels += row * (loss_ == LossKind::cross_entropy ? sizeof(int64_t) : sizeof(T) * outputs);
    thread.lane_labels[l] = labels;
    thread.lane_losses[l] = 0;
  }
  thread.seed = thread.lane_seed;
  thread.labels = thread.lane_labels;
  thread.outputs = thread.lane_outputs;
  thread.losses = thread.lane_losses;
}

template <class T>
void Net<T>::run_stage(const Stage& stage, Thread& thread, Range mine, int samples) {
  Pass<T>& pass = thread;
  for (int begin = mine.begin; begin < mine.end; begin += samples) {
    const Range few = {begin, std::min(begin + samples, mine.end)};
    for (const Step& step : stage.steps) (step.layer->*step.run)(pass, few);
  }
  for (const Step& step : stage.at_end) (step.layer->*step.run)(pass, mine);
}

template <class T>
void Net<T>::train(const Batch<T>& batch) {
  if (batch.samples > settings_.batch) throw std::runtime_error("a batch of more samples than the net was made for");
  const int count = settings_.workers;
  for (int block = 0; block < blocks(); block++) {
    const Rates<T> rates = rates_of(block, batch.rates);
    workers_->run([&](int worker) {
      Thread& thread = *threads_[worker];
      set_up(thread, block, batch, true);
      const Range mine = {batch.samples * worker / count, batch.samples * (worker + 1) / count};
      thread.gradients.clear();
      for (size_t i = worker; i < layers_.size(); i += count) layers_[i]->begin(thread);
      workers_->meet();
      for (const Stage& stage : update_) {
        run_stage(stage, thread, mine, stage.samples);
        workers_->meet();
        if (stage.joins.empty()) continue;
        if (worker == 0) {
          for (const auto& [layer, forward] : stage.joins)
            forward ? layer->join_forward(thread, count) : layer->join_backward(thread, count);
        }
        workers_->meet();
      }
      update_weights(thread, block, rates);
    });
    for (int l = 0; l < WIDTH<T> && block * WIDTH<T> + l < settings_.trials; l++) {
      double loss = 0;
      for (const auto& thread : threads_) loss += thread->lane_losses[l];
      batch.losses[block * WIDTH<T> + l] = loss / batch.samples;
    }
  }
}

template <class T>
void Net<T>::evaluate(const Batch<T>& batch) {
  const int count = settings_.workers;
  for (int block = 0; block < blocks(); block++) {
    workers_->run([&](int worker) {
      Thread& thread = *threads_[worker];
      set_up(thread, block, batch, false);
      for (size_t i = worker; i < layers_.size(); i += count) layers_[i]->begin(thread);
      workers_->meet();
      const Range mine = {int(int64_t(batch.samples) * worker / count),
                          int(int64_t(batch.samples) * (worker + 1) / count)};
      run_stage(evaluation_, thread, mine, evaluation_.samples);
    });
  }
}

// Adds up the threads' gradients and changes the weights; each thread its share of them.
template <class T>
void Net<T>::update_weights(Thread& thread, int block, const Rates<T>& rates) {
  const int count = settings_.workers;
  const size_t first = trained_ * thread.worker / count, last = trained_ * (thread.worker + 1) / count;
  V* sum = threads_[0]->gradients.data();
  for (int w = 1; w < count; w++) {
    const V* other = threads_[w]->gradients.data();
    for (size_t i = first; i < last; i++) sum[i] += other[i];
  }
  V share = all<T>(1);
  if (optimizer_.clip > 0) {
    thread.squares = V{};
    for (size_t i = first; i < last; i++) thread.squares += sum[i] * sum[i];
    workers_->meet();
    V squares{};
    for (const auto& other : threads_) squares += other->squares;
    share = clip_share<T>(squares, optimizer_.clip);
  }
  Block& own = blocks_[block];
  V* const slots[SLOTS] = {own.slots[0].data(), own.slots[1].data()};
  update<T>(optimizer_, rates, share, first, last, own.trained.data(), sum, slots);
}

template <class T>
Rates<T> Net<T>::rates_of(int block, const double* rates) const {
  Rates<T> found;
  V* const fields[] = {&found.down, &found.momentum, &found.decay, &found.fresh, &found.shrink, &found.root};
  for (int f = 0; f < 6; f++)
    for (int l = 0; l < WIDTH<T>; l++) {
      const int trial = std::min(block * WIDTH<T> + l, settings_.trials - 1);
      (*fields[f])[l] = T(rates[size_t(f) * settings_.trials + trial]);
    }
  return found;
}

template <class T>
typename Net<T>::V* Net<T>::address(int tensor, int slot, int block) {
  const Place& place = places_.at(tensor);
  Block& own = blocks_.at(block);
  if (slot < 0) return (place.trained ? own.trained : own.fixed).data() + place.first;
  if (!place.trained || slot >= SLOTS) throw std::runtime_error("a tensor without such a state");
  return own.slots[slot].data() + place.first;
}

// Calls work(place in memory, place in torch's order) for every number of a tensor.
template <class Work>
void for_each_number(const TensorShape& shape, Work work) {
  const int per_group = shape.outputs / shape.groups;
  const Panels panels = {shape.height * shape.width * shape.inputs, per_group};
  size_t there = 0;
  for (int o = 0; o < shape.outputs; o++)
    for (int i = 0; i < shape.inputs; i++)
      for (int tap = 0; tap < shape.height * shape.width; tap++, there++)
        work(size_t(o / per_group) * panels.count() + panels.place(tap * shape.inputs + i, o % per_group), there);
}

template <class T>
void Net<T>::read(int tensor, int slot, int trial, T* to) const {
  const V* from = const_cast<Net*>(this)->address(tensor, slot, trial / WIDTH<T>);
  for_each_number(shapes_.at(tensor), [&](size_t here, size_t there) { to[there] = from[here][trial % WIDTH<T>]; });
}

// The lanes without a trial follow the last one.
template <class T>
void Net<T>::write(int tensor, int slot, int trial, const T* from) {
  V* to = address(tensor, slot, trial / WIDTH<T>);
  const int last = trial == settings_.trials - 1 ? WIDTH<T> - 1 : trial % WIDTH<T>;
  for_each_number(shapes_.at(tensor), [&](size_t here, size_t there) {
    for (int l = trial % WIDTH<T>; l <= last; l++) to[here][l] = from[there];
  });
}

}  // namespace lanes
