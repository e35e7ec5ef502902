"""Scikit-learn's 1797 digits in three parts: inputs of shape (n, 64) between 0 and 1, labels of shape (n,)."""

import numpy as np
from sklearn.datasets import load_digits

UPDATES_PER_EPOCH = 37  # of 32 examples each, the last few left out


def digits():
    inputs, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    inputs, labels = (inputs[order] / 16).astype("float32"), labels[order]
    return [(inputs[part], labels[part]) for part in (slice(1200), slice(1200, 1500), slice(1500, None))]
