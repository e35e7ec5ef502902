// SGD, RMSprop, Adam and AdamW, term for term as torch.optim has them, each lane with its own rates.
#pragma once

#include <cmath>

#include "layer.h"

namespace lanes {

enum class OptimizerKind { sgd, rmsprop, adam, adamw };

struct OptimizerSettings {
  OptimizerKind kind;
  bool nesterov;
  double beta2, eps, alpha;
  double clip;  // the largest norm of a trial's whole gradient; 0: none
};

// What an update multiplies by, per lane. down: minus the rate (Adam: over 1 - momentum^t). fresh: 1 - momentum.
// shrink: 1 - rate * decay. root: sqrt(1 - beta2^t).
template <class T>
struct Rates {
  using V = Vector<T>;
  V down, momentum, decay, fresh, shrink, root;
};

constexpr int SLOTS = 2;  // tensors of state a weight may have: momentum and square, or first and second moment

template <class V>
LANES_INLINE V square_root(V x) {
  for (size_t l = 0; l < sizeof(V) / sizeof(x[0]); l++) x[l] = std::sqrt(x[l]);
  return x;
}

// What each lane's gradient is multiplied by so that its norm is at most `clip`. squares: the sums of squares.
template <class T>
Vector<T> clip_share(Vector<T> squares, double clip) {
  Vector<T> share = T(clip) / (square_root(squares) + T(1e-6));
  return share > T(1) ? all<T>(1) : share;
}

// One update of weights first .. last - 1. share: what clipping leaves of the gradient.
template <class T>
void update(const OptimizerSettings& s, const Rates<T>& r, Vector<T> share, size_t first, size_t last,
            Vector<T>* weight, const Vector<T>* gradient, Vector<T>* const slots[SLOTS]) {
  using V = Vector<T>;
  const auto moves = r.momentum != V{};
  Vector<T>*slot0 = slots[0], *slot1 = slots[1];
  for (size_t i = first; i < last; i++) {
    V g = gradient[i] * share, w = weight[i];
    if (s.kind == OptimizerKind::adamw) {
      w *= r.shrink;
    } else {
      g += w * r.decay;
    }
    if (s.kind == OptimizerKind::sgd) {
      const V moved = slot0[i] * r.momentum + g;
      slot0[i] = moves ? moved : slot0[i];  // torch leaves it alone where the momentum is 0
      const V direction = s.nesterov ? g + moved * r.momentum : moved;
      weight[i] = w + (moves ? direction : g) * r.down;
    } else if (s.kind == OptimizerKind::rmsprop) {
      slot1[i] = slot1[i] * T(s.alpha) + g * g * T(1 - s.alpha);
      const V scaled = g / (square_root(slot1[i]) + T(s.eps));
      const V moved = slot0[i] * r.momentum + scaled;
      slot0[i] = moves ? moved : slot0[i];
      weight[i] = w + (moves ? moved : scaled) * r.down;
    } else {
      slot0[i] += (g - slot0[i]) * r.fresh;
      slot1[i] = slot1[i] * T(s.beta2) + g * g * T(1 - s.beta2);
      weight[i] = w + slot0[i] * r.down / (square_root(slot1[i]) / r.root + T(s.eps));
    }
  }
}

}  // namespace lanes
