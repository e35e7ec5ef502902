"""Small models. Each factory makes a new one with random weights from torch's generator."""

from torch import nn


def small_convnet(channels: int = 1, classes: int = 10, width: float = 1.0) -> nn.Module:
    """Two 3x3 convolutions of 8 and 16 channels, each followed by relu and 2x2 max pooling, and a linear layer.

    For 8x8 images: 1 to 8 to 16 channels, 64 features. 1,898 parameters with one channel and ten classes.
    width: multiplies both counts of channels.
    """
    first, second = round(8 * width), round(16 * width)
    return nn.Sequential(
        nn.Conv2d(channels, first, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * second, classes),
    )


def mlp(features: int = 64, hidden: int = 32, classes: int = 10) -> nn.Module:
    """Two hidden layers of `hidden` units with relu. 3,466 parameters with the defaults."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )


def linear(inputs: int, outputs: int, bias: bool = True) -> nn.Module:
    """One linear layer."""
    return nn.Sequential(nn.Linear(inputs, outputs, bias=bias))
