"""Networks by name: ordinary modules for small images. Each factory makes a new one with random weights."""

from ._catalogue import MODELS as MODELS
from ._googlenet import googlenet as googlenet
from ._plain import cnn as cnn
from ._plain import convnet as convnet
from ._plain import lenet as lenet
from ._plain import mlp as mlp
from ._resnet import resnet18 as resnet18
from ._resnet import resnet50 as resnet50

__all__ = ["MODELS", "cnn", "convnet", "googlenet", "lenet", "mlp", "resnet18", "resnet50"]
