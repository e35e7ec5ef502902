// One thread of a net: its place among the samples, its gradients, the lanes' own rows of a batch.
#pragma once

#include "net.h"

namespace lanes {

template <class T>
struct Net<T>::Thread final : Pass<T> {
  using V = Vector<T>;
  Net* net = nullptr;
  Block* block = nullptr;
  int first_slot = 0;  // in evaluation: where this thread's samples are in a whole buffer
  Memory<T> gradients;
  V squares{};
  int lane_seed[WIDTH<T>];
  const void* lane_labels[WIDTH<T>];
  T* lane_outputs[WIDTH<T>];
  double lane_losses[WIDTH<T>];

  View<V> view(int id, Kind kind, Range samples) override {
    const Value& value = net->values_[id];
    Store& store = net->store(value.buffer, kind);
    const int slot = !store.whole ? 0 : this->train ? samples.begin : first_slot;
    V* data = store.home->memory[store.whole ? 0 : this->worker].data() + size_t(slot) * store.sample;
    const Strides step = net->strides(id, kind);
    return {data + store.border * (step.row + step.pixel) + value.channel, step};
  }
  V* tensor(int id) override {
    if (id < 0) return nullptr;
    const Place& place = net->places_[id];
    return (place.trained ? block->trained : block->fixed).data() + place.first;
  }
  V* tensor_gradient(int id) override {
    return id < 0 || !net->places_[id].trained ? nullptr : gradients.data() + net->places_[id].first;
  }
};

}  // namespace lanes
