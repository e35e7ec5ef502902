// The interface: plain C functions. Each returns 0, or 1 with `lanes_error` saying why. `wide`: float64, else float32.
#include <string>

#include "rows_net.h"

namespace {

thread_local std::string error;

struct Handle {
  std::unique_ptr<lanes::Net<float>> narrow;
  std::unique_ptr<lanes::Net<double>> wide;
  std::unique_ptr<lanes::RowNet<float>> narrow_rows;
  std::unique_ptr<lanes::RowNet<double>> wide_rows;
};

template <class Work>
int guarded(Work work) {
  try {
    work();
    return 0;
  } catch (const std::bad_alloc&) {
    error = "not enough memory";
  } catch (const std::exception& problem) {
    error = problem.what();
  }
  return 1;
}

// Calls work(net, number) with the net there is and a number of its type.
template <class Work>
int with_net(void* handle, Work work) {
  Handle& own = *static_cast<Handle*>(handle);
  return guarded([&] {
    if (own.narrow) work(*own.narrow, float());
    if (own.wide) work(*own.wide, double());
    if (own.narrow_rows) work(*own.narrow_rows, float());
    if (own.wide_rows) work(*own.wide_rows, double());
  });
}

}  // namespace

#define LANES_PUBLIC extern "C" __attribute__((visibility("default")))

struct LanesBatch {
  const void* inputs;
  int32_t seeds, samples;
  const int32_t* seed;
  const void* labels;
  const void* const* masks;
  const double* rates;
  double* losses;
  void* outputs;
};

template <class T>
static lanes::Batch<T> typed(const LanesBatch& b) {
  return {static_cast<const T*>(b.inputs), b.seeds, b.samples, b.seed, b.labels,
          reinterpret_cast<const T* const*>(b.masks), b.rates, b.losses, static_cast<T*>(b.outputs)};
}

LANES_PUBLIC const char* lanes_error() { return error.c_str(); }

LANES_PUBLIC int lanes_version() { return LANES_VERSION; }

// Trials that share a register.
LANES_PUBLIC int lanes_width(int wide) { return wide ? lanes::WIDTH<double> : lanes::WIDTH<float>; }

LANES_PUBLIC int lanes_create(const LanesValue* values, int value_count, const LanesTensor* tensors, int tensor_count,
                              const LanesLayer* layers, int layer_count, const LanesSettings* settings, int wide,
                              void** made) {
  return guarded([&] {
    auto handle = std::make_unique<Handle>();
    const auto fill = [&](auto& net) {
      net = std::make_unique<typename std::decay_t<decltype(net)>::element_type>(values, value_count, tensors,
                                                                                 tensor_count, layers, layer_count,
                                                                                 *settings);
    };
    const bool rows = lanes::RowNet<float>::takes(layers, layer_count);
    if (rows && wide) fill(handle->wide_rows);
    if (rows && !wide) fill(handle->narrow_rows);
    if (!rows && wide) fill(handle->wide);
    if (!rows && !wide) fill(handle->narrow);
    *made = handle.release();
  });
}

LANES_PUBLIC void lanes_free(void* handle) { delete static_cast<Handle*>(handle); }

LANES_PUBLIC int64_t lanes_bytes(void* handle) {
  int64_t bytes = 0;
  with_net(handle, [&](auto& net, auto) { bytes = int64_t(net.bytes()); });
  return bytes;
}

LANES_PUBLIC int lanes_read(void* handle, int tensor, int slot, int trial, void* to) {
  return with_net(handle, [&](auto& net, auto number) { net.read(tensor, slot, trial, static_cast<decltype(number)*>(to)); });
}

LANES_PUBLIC int lanes_write(void* handle, int tensor, int slot, int trial, const void* from) {
  return with_net(handle, [&](auto& net, auto number) {
    net.write(tensor, slot, trial, static_cast<const decltype(number)*>(from));
  });
}

LANES_PUBLIC int lanes_train(void* handle, const LanesBatch* batch) {
  return with_net(handle, [&](auto& net, auto number) { net.train(typed<decltype(number)>(*batch)); });
}

LANES_PUBLIC int lanes_evaluate(void* handle, const LanesBatch* batch) {
  return with_net(handle, [&](auto& net, auto number) { net.evaluate(typed<decltype(number)>(*batch)); });
}
