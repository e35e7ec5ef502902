// What a layer of a net of sequences is, and what it sees of one trial's sequence.
#pragma once

#include <vector>

#include "memory.h"
#include "rows_products.h"

namespace lanes {

// One trial's numbers while a sequence of it passes through.
template <class T>
struct RowPass {
  bool train = true;
  int length = 0;                       // positions of a sequence
  std::vector<T*> data, gradients;      // per value, [position][channel padded]
  std::vector<const T*> weights;        // per tensor, [output][input padded]
  std::vector<T*> flipped;              // per tensor of a linear layer, [input][output padded]
  std::vector<T*> weight_gradients;     // per tensor; nullptr where it is frozen
  const int64_t* tokens = nullptr;      // of the sequence
  const int64_t* labels = nullptr;
  T share = 1;                          // of a position in the mean loss
  double loss = 0;
};

template <class T>
class RowLayer {
 public:
  virtual ~RowLayer() = default;
  virtual void begin(RowPass<T>&) {}  // before a trial's update or evaluation
  virtual void forward(RowPass<T>& pass) = 0;
  virtual void backward(RowPass<T>& pass) = 0;
};

// A value that is read: its number, its channels, whether its gradient is wanted, and added to what is there.
struct RowInput {
  int value = -1, channels = 0;
  bool wanted = false, add = false;
};

}  // namespace lanes
