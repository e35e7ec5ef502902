"""Models by name.

A factory is called as `factory(channels=3, classes=10, size=32, width=1.0)`: it takes images (B, channels, size, size)
and gives scores (B, classes). `width` multiplies every hidden width; 1.0 gives the counts in its docstring. Weights are
drawn as torch's layers draw them by default, from torch's global generator: the same seed gives the same weights.
Options that cannot work raise TaskError.
"""

from collections.abc import Callable

from torch import nn

from ._googlenet import googlenet
from ._plain import cnn, convnet, lenet, mlp
from ._resnet import resnet18, resnet50

MODELS: dict[str, Callable[..., nn.Module]] = {
    "cnn": cnn,
    "convnet": convnet,
    "googlenet": googlenet,
    "lenet": lenet,
    "mlp": mlp,
    "resnet18": resnet18,
    "resnet50": resnet50,
}
