// How a net is made from its description: which gradients flow, the steps in stages, the memory.
#pragma once

#include "net_thread.h"

namespace lanes {

// Sets the gradient of a value to zero.
template <class T>
class Clear final : public Layer<T> {
 public:
  explicit Clear(int value) : id_(value) {}
  void plan(const Plan& plan) override { value_ = plan.value(id_); }
  void forward(Pass<T>& pass, Range samples) override {
    const auto d = pass.gradient(id_, samples);
    for_each_pixel(value_, samples, [&](int n, int y, int x) {
      for (int c = 0; c < value_.channels; c++) d.at(n, y, x)[c] = Vector<T>{};
    });
  }
  void backward(Pass<T>&, Range) override {}

 private:
  int id_;
  Value value_{};
};

template <class T>
Net<T>::Net(const LanesValue* values, int value_count, const LanesTensor* tensors, int tensor_count,
            const LanesLayer* layers, int layer_count, const LanesSettings& settings)
    : settings_(settings),
      optimizer_{OptimizerKind(settings.optimizer), settings.nesterov != 0, settings.beta2, settings.eps,
                 settings.alpha, settings.clip} {
  int buffers = 0;
  for (int i = 0; i < value_count; i++) {
    const LanesValue& v = values[i];
    values_.push_back({v.buffer, v.channel, v.channels, v.height, v.width});
    buffers = std::max(buffers, v.buffer + 1);
  }
  stores_.resize(size_t(buffers) * 2);
  clears_.resize(buffers);
  for (const Value& v : values_) {
    for (const Kind kind : {Kind::data, Kind::gradient}) {
      Store& own = store(v.buffer, kind);
      own.channels = std::max(own.channels, v.channel + v.channels);
      own.height = v.height;
      own.width = v.width;
    }
  }
  for (int i = 0; i < tensor_count; i++) {
    const LanesTensor& t = tensors[i];
    shapes_.push_back({t.outputs, t.inputs, t.height, t.width, t.groups, t.trained != 0});
    size_t& filled = t.trained ? trained_ : fixed_;
    places_.push_back({t.trained != 0, filled});
    filled += shapes_.back().count();
  }
  for (int b = 0; b < blocks(); b++) {
    blocks_.push_back({Memory<T>(trained_), Memory<T>(fixed_), {Memory<T>(trained_), Memory<T>(trained_)}});
    bytes_ += (3 * trained_ + fixed_) * sizeof(V);
  }
  make_layers(layers, layer_count);
  schedule(layers, layer_count);
  for (auto& layer : layers_) layer->ask(*this);
  size_stages();
  give_memory();
  for (auto& layer : layers_) layer->plan(*this);
  for (int w = 0; w < settings_.workers; w++) {
    threads_.push_back(std::make_unique<Thread>());
    threads_.back()->worker = w;
    threads_.back()->net = this;
    threads_.back()->gradients = Memory<T>(trained_);
    bytes_ += trained_ * sizeof(V);
  }
  workers_ = std::make_unique<Workers>(settings_.workers);
}

template <class T>
Net<T>::~Net() = default;

// Which layers pass a gradient on, and whether it is added to what another reader of the value left there.
template <class T>
void Net<T>::make_layers(const LanesLayer* layers, int count) {
  std::vector<std::vector<bool>> wants(stores_.size() / 2), written(stores_.size() / 2);
  for (size_t b = 0; b < wants.size(); b++) {
    wants[b].resize(stores_[2 * b].channels);
    written[b].resize(stores_[2 * b].channels);
  }
  const auto channels = [&](int id, std::vector<std::vector<bool>>& marks, auto work) {
    const Value& v = values_[id];
    for (int c = v.channel; c < v.channel + v.channels; c++) work(marks[v.buffer], c);
  };
  const auto any = [&](int id, std::vector<std::vector<bool>>& marks) {
    int found = 0;
    channels(id, marks, [&](std::vector<bool>& mark, int c) { found += mark[c]; });
    return found;
  };
  std::vector<bool> has_weights(count);
  for (int i = 0; i < count; i++) {
    const LanesLayer& l = layers[i];
    if (l.kind == ENTRY || l.kind == LOSS) continue;
    bool own = any(l.in, wants) > 0 || (l.kind == SUM && any(l.in2, wants) > 0);
    const int tensors = l.kind == CONVOLUTION || l.kind == BATCH_NORM ? 2 : 0;
    for (int t = 0; t < tensors; t++) own = own || trains(l.tensor[t]);
    channels(l.out, wants, [&](std::vector<bool>& mark, int c) { mark[c] = own; });
  }
  struct Flags {
    bool wants[2], adds[2];
  };
  std::vector<Flags> flags(count);
  for (int round = 0; round < 2; round++) {  // a second time where gradients have to begin at zero
    for (auto& mark : written) std::fill(mark.begin(), mark.end(), false);
    bool again = false;
    for (int i = count - 1; i >= 0; i--) {
      const LanesLayer& l = layers[i];
      for (int side = 0; side < (l.kind == SUM ? 2 : 1); side++) {
        const int id = side == 0 ? l.in : l.in2;
        flags[i].wants[side] = l.kind != ENTRY && any(id, wants) > 0;
        if (!flags[i].wants[side]) continue;
        const int buffer = values_[id].buffer, before = any(id, written);
        if (before != 0 && before != values_[id].channels && !clears_[buffer]) clears_[buffer] = again = true;
        flags[i].adds[side] = clears_[buffer] || before > 0;
        channels(id, written, [](std::vector<bool>& mark, int c) { mark[c] = true; });
      }
    }
    if (!again) break;
  }
  for (int i = 0; i < count; i++) {
    input_gradient_.push_back(flags[i].wants[0] || (layers[i].kind == SUM && flags[i].wants[1]));
    layers_.emplace_back(make(layers[i], flags[i].wants, flags[i].adds));
  }
}

template <class T>
Layer<T>* Net<T>::make(const LanesLayer& l, const bool* wants, const bool* adds) {
  const int32_t* n = l.number;
  const bool relu = l.relu != 0;
  switch (l.kind) {
    case ENTRY: return new Entry<T>(l.out);
    case CONVOLUTION:
      return new Convolution<T>({l.in, l.out, l.tensor[0], l.tensor[1], {n[0], n[1]}, {n[2], n[3]}, {n[4], n[5]},
                                 {n[6], n[7]}, n[8], relu, wants[0], adds[0]});
    case BATCH_NORM:
      return new BatchNorm<T>({l.in, l.out, l.tensor[0], l.tensor[1], l.tensor[2], l.tensor[3], l.factor[0],
                               l.factor[1], relu, wants[0], adds[0]}, settings_.workers);
    case POOLING:
      return new Pooling<T>({l.in, l.out, {n[0], n[1]}, {n[2], n[3]}, {n[4], n[5]}, n[6] != 0, n[7] != 0, relu,
                             wants[0], adds[0]});
    case POINTWISE: return new Pointwise<T>(l.in, l.out, Activation(n[0]), l.factor[0], wants[0], adds[0]);
    case SUM: return new Sum<T>({l.in, wants[0], adds[0]}, {l.in2, wants[1], adds[1]}, l.out, relu);
    case DROPOUT: return new Dropout<T>(l.in, l.out, n[0], n[1] != 0, wants[0], adds[0]);
    case LOSS:
      output_ = l.in;
      loss_ = LossKind(n[0]);
      return new Loss<T>(output_, loss_);
  }
  throw std::runtime_error("a layer of no known kind");
}

// The steps of an update in stages, and those of an evaluation.
template <class T>
void Net<T>::schedule(const LanesLayer* layers, int count) {
  update_.emplace_back();
  const auto cut = [&](Layer<T>* layer, bool forward) {
    update_.back().joins.push_back({layer, forward});
    update_.emplace_back();
  };
  for (int i = 0; i < count; i++) {
    Layer<T>* layer = layers_[i].get();
    if (layers[i].kind == BATCH_NORM) {
      update_.back().steps.push_back({layer, &Layer<T>::sum_forward});
      update_.back().uses.insert({values_[layers[i].in].buffer, Kind::data});
      cut(layer, true);
    }
    update_.back().steps.push_back({layer, &Layer<T>::forward});
    note(update_.back(), layers[i], false);
    evaluation_.steps.push_back({layer, &Layer<T>::forward});
  }
  for (size_t b = 0; b < clears_.size(); b++) {
    if (!clears_[b]) continue;
    int whole = 0;  // the value that is the whole buffer
    for (size_t v = 0; v < values_.size(); v++)
      if (values_[v].buffer == int(b) && values_[v].channels == stores_[2 * b].channels) whole = int(v);
    layers_.push_back(std::make_unique<Clear<T>>(whole));
    update_.back().steps.push_back({layers_.back().get(), &Layer<T>::forward});
    update_.back().uses.insert({int(b), Kind::gradient});
  }
  for (int i = count - 1; i >= 0; i--) {
    Layer<T>* layer = layers_[i].get();
    const LanesLayer& l = layers[i];
    const bool weights = (l.kind == CONVOLUTION || l.kind == BATCH_NORM) && (trains(l.tensor[0]) || trains(l.tensor[1]));
    if (l.kind == ENTRY || l.kind == LOSS || (!input_gradient_[i] && !weights)) continue;
    if (l.kind == BATCH_NORM) {
      update_.back().steps.push_back({layer, &Layer<T>::sum_backward});
      update_.back().uses.insert({values_[l.in].buffer, Kind::data});
      update_.back().uses.insert({values_[l.out].buffer, Kind::gradient});
      cut(layer, false);
    }
    Stage& stage = update_.back();
    stage.steps.push_back({layer, &Layer<T>::backward});
    note(stage, l, true);
    if (l.kind != CONVOLUTION || !weights) continue;
    const Value &in = values_[l.in], &out = values_[l.out];
    const bool linear = out.pixels() == 1 && in.pixels() == l.number[0] * l.number[1];
    (linear ? stage.at_end : stage.steps).push_back({layer, &Layer<T>::weights});
    stage.uses.insert({in.buffer, Kind::data});
    if (linear) store(in.buffer, Kind::data).whole = store(out.buffer, Kind::gradient).whole = true;
  }
}

template <class T>
void Net<T>::note(Stage& stage, const LanesLayer& l, bool backward) {
  const auto use = [&](int id, Kind kind) { stage.uses.insert({values_[id].buffer, kind}); };
  if (!backward) {
    if (l.kind != ENTRY) use(l.in, Kind::data);
    if (l.kind == SUM) use(l.in2, Kind::data);
    if (l.kind != LOSS) use(l.out, Kind::data);
    if (l.kind == LOSS) use(l.in, Kind::gradient);
    return;
  }
  use(l.out, Kind::gradient);
  use(l.in, Kind::gradient);
  if (l.kind == SUM) use(l.in2, Kind::gradient);
  if (l.kind == BATCH_NORM || l.kind == POOLING) use(l.in, Kind::data);
  if (l.kind == POOLING || l.kind == POINTWISE || l.relu) use(l.out, Kind::data);
}

template <class T>
void Net<T>::need_border(int id, Kind kind, int pixels) {
  Store& own = store(values_[id].buffer, kind);
  own.border = std::max(own.border, pixels);
}

template <class T>
Strides Net<T>::strides(int id, Kind kind) const {
  const Store& own = store(values_[id].buffer, kind);
  return {own.channels, ptrdiff_t(own.width + 2 * own.border) * own.channels, ptrdiff_t(own.sample)};
}

// How many samples pass through a stage together: as many as the cache holds, four at least, as layers of one pixel
// multiply four samples at a time.
template <class T>
void Net<T>::size_stages() {
  for (Store& own : stores_) {
    const size_t line = 64 / sizeof(V) > 0 ? 64 / sizeof(V) : 1;
    size_t lines = (size_t(own.height + 2 * own.border) * (own.width + 2 * own.border) * own.channels + line - 1) / line;
    own.sample = (lines + (lines % 2 == 0)) * line;  // an odd number of lines: samples do not fall into one cache set
  }
  for (int number = 0; number < int(update_.size()); number++) {
    Stage& stage = update_[number];
    size_t bytes = 1;
    for (const Use& use : stage.uses) {
      Store& own = store(use.first, use.second);
      if (!own.used) own.first = number;
      own.used = true;
      own.last = number;
      bytes += own.sample * sizeof(V);
    }
    stage.samples = std::min<int64_t>(settings_.batch, std::max<int64_t>(4, settings_.cache / int64_t(bytes)));
  }
  evaluation_.samples = std::max(1, settings_.batch / settings_.workers);
  for (Stage& stage : update_) {
    evaluation_.samples = std::min(evaluation_.samples, stage.samples);
    for (const Use& use : stage.uses) {
      Store& own = store(use.first, use.second);
      own.whole = own.whole || own.last > own.first;
      own.samples = own.whole ? std::max(settings_.batch, settings_.workers) : stage.samples;  // evaluation: one each
    }
  }
}

// A gradient of the whole batch moves in where another buffer of its shape, and of its border of zeros, is read no more.
// Data do not: an evaluation needs all of them in one stage.
template <class T>
void Net<T>::give_memory() {
  std::vector<Store*> gradients, homes;
  for (size_t s = 0; s < stores_.size(); s++) {
    Store& own = stores_[s];
    if (!own.used) continue;
    own.home = &own;
    if (own.whole) (s % 2 == size_t(Kind::gradient) ? gradients : homes).push_back(&own);
  }
  std::stable_sort(gradients.begin(), gradients.end(), [](Store* a, Store* b) { return a->first < b->first; });
  for (Store* own : gradients) {
    const auto free = std::find_if(homes.begin(), homes.end(), [&](Store* home) {
      return home->last < own->first && home->same_shape(*own);
    });
    if (free == homes.end()) {
      homes.push_back(own);
      continue;
    }
    own->home = *free;
    (*free)->last = own->last;
  }
  for (Store& own : stores_) {
    if (own.home != &own) continue;
    const int copies = own.whole ? 1 : settings_.workers;
    for (int copy = 0; copy < copies; copy++) {
      own.memory.emplace_back(own.sample * own.samples + 1);
      bytes_ += own.sample * own.samples * sizeof(V);
    }
  }
}

}  // namespace lanes
