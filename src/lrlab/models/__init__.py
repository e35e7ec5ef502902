"""Networks by name: ordinary modules for small images and texts. Each factory makes a new one with random weights."""

from ._catalogue import MODELS as MODELS
from ._googlenet import googlenet as googlenet
from ._gpt import gpt as gpt
from ._plain import cnn as cnn
from ._plain import convnet as convnet
from ._plain import lenet as lenet
from ._plain import mlp as mlp
from ._resnet import resnet18 as resnet18
from ._resnet import resnet50 as resnet50
from ._text_classifier import text_classifier as text_classifier
from ._unet import unet as unet

__all__ = [
    "MODELS",
    "cnn",
    "convnet",
    "googlenet",
    "gpt",
    "lenet",
    "mlp",
    "resnet18",
    "resnet50",
    "text_classifier",
    "unet",
]
