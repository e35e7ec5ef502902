"""What is known of built-in data sets and models before anything is loaded."""

from typing import NamedTuple

from ._augment import Normalize


class DataSet(NamedTuple):
    """A data set of which the constants are published.

    validation: training images that are set aside. hub: its name on the Hugging Face hub.
    """

    text: str
    hub: str
    size: int
    validation: int
    augment: str
    normalize: Normalize


DATA_SETS = {
    # Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    "cifar10": DataSet(
        text="CIFAR-10's 60,000 colour photographs of ten classes, 32x32",
        hub="uoft-cs/cifar10",
        size=32,
        validation=5000,
        augment="crop+flip",
        normalize=Normalize(mean=(0.4914, 0.4822, 0.4465), std=(0.2470, 0.2435, 0.2616)),
    ),
    # LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998.
    "mnist": DataSet(
        text="MNIST's 70,000 grey handwritten digits, 28x28",
        hub="ylecun/mnist",
        size=28,
        validation=6000,
        augment="none",
        normalize=Normalize(mean=(0.1307,), std=(0.3081,)),
    ),
}

# The names are those of `lrlab.models.MODELS`, which a test holds; that room loads torch, and a list of names must not.
MODELS = {
    "cnn": "a plain CNN",
    "convnet": "a small ConvNet",
    "googlenet": "GoogLeNet",
    "lenet": "LeNet",
    "mlp": "an MLP",
    "resnet18": "ResNet-18",
    "resnet50": "ResNet-50",
}
