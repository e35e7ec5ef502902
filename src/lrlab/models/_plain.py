"""Layers one after another: convnet, lenet, cnn, mlp."""

from torch import nn

from ._blocks import conv_bn_relu
from ._options import check_options, scaled


def convnet(channels: int = 3, classes: int = 10, size: int = 32, width: float = 1.0) -> nn.Module:
    """Two unpadded 3x3 convolutions of 4 and 8 channels and two linear layers: the network of the study `initial-rate`.

    Layers: conv 4, relu, max pool 2, conv 8, relu, max pool 2, linear (288 features of 32x32) to 32, relu, linear.
    On 3x32x32 with 10 classes: 9,986 parameters, 155,408 multiply-adds an image. Images from 10x10 on.
    channels: of an image. classes: scores it is given. size: its side in pixels. width: multiplies every hidden width.
    Weights: torch's defaults. Raises TaskError for options that cannot work.
    Source: "Analysis of Learning Rates" (2023); the pattern is that of LeCun et al. (1998).
    """
    check_options("convnet", 10, channels=channels, classes=classes, size=size, width=width)
    first, second, hidden = scaled(width, 4, 8, 32)
    side = ((size - 2) // 2 - 2) // 2
    return nn.Sequential(
        nn.Conv2d(channels, first, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * side * side, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )


def lenet(channels: int = 3, classes: int = 10, size: int = 32, width: float = 1.0) -> nn.Module:
    """LeNet-5 with relu and max pooling in place of tanh and trained averages, and every channel joined to every other.

    Layers: conv 5x5 6, relu, max pool 2, conv 5x5 16, relu, max pool 2, linear to 120, relu, to 84, relu, linear.
    Images below 32x32 are padded by 2 in the first convolution, as the original padded 28x28 digits to 32x32.
    On 3x32x32 with 10 classes: 62,006 parameters, 651,720 multiply-adds an image. On 1x28x28, as on 1x32x32:
    61,706 parameters, 416,520 multiply-adds. Images from 12x12 on.
    channels: of an image. classes: scores it is given. size: its side in pixels. width: multiplies every hidden width.
    Weights: torch's defaults. Raises TaskError for options that cannot work.
    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
    """
    check_options("lenet", 12, channels=channels, classes=classes, size=size, width=width)
    first, second, third, fourth = scaled(width, 6, 16, 120, 84)
    border = 2 if size < 32 else 0
    side = ((size + 2 * border - 4) // 2 - 4) // 2
    return nn.Sequential(
        nn.Conv2d(channels, first, 5, padding=border),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * side * side, third),
        nn.ReLU(),
        nn.Linear(third, fourth),
        nn.ReLU(),
        nn.Linear(fourth, classes),
    )


def cnn(channels: int = 3, classes: int = 10, size: int = 32, width: float = 1.0) -> nn.Module:
    """Three blocks of 3x3 convolution, batch norm, relu and max pooling with 16, 24 and 48 channels; dropout; linear.

    Each block halves the image: 28x28 leaves 3x3. Convolutions are padded and have no bias; dropout is 1/4, before the
    linear layer. On 1x28x28 with 10 classes: 18,474 parameters, 1,302,624 multiply-adds an image; on 3x32x32:
    22,122 parameters, 1,998,336 multiply-adds. Images from 8x8 on.
    channels: of an image. classes: scores it is given. size: its side in pixels. width: multiplies every hidden width.
    Weights: torch's defaults. Raises TaskError for options that cannot work.
    Source: the plain pattern of Simonyan and Zisserman (2015), one convolution a block, with the batch norm of Ioffe
    and Szegedy (2015) and the dropout of Srivastava et al. (2014).
    """
    check_options("cnn", 8, channels=channels, classes=classes, size=size, width=width)
    layers, inputs = [], channels
    for outputs in scaled(width, 16, 24, 48):
        layers += [*conv_bn_relu(inputs, outputs, 3), nn.MaxPool2d(2)]
        inputs = outputs
    side = size // 2 // 2 // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.25), nn.Linear(inputs * side * side, classes))


def mlp(channels: int = 3, classes: int = 10, size: int = 32, width: float = 1.0) -> nn.Module:
    """Two hidden layers of 128 and 64 units with relu; 784-128-64-10 on 28x28 digits.

    On 1x28x28 with 10 classes: 109,386 parameters, 109,184 multiply-adds an image. Images of any size.
    channels: of an image. classes: scores it is given. size: its side in pixels. width: multiplies every hidden width.
    Weights: torch's defaults. Raises TaskError for options that cannot work.
    Source: the multilayer perceptron of Rumelhart, Hinton and Williams (1986), with relu (Glorot et al., 2011).
    """
    check_options("mlp", 1, channels=channels, classes=classes, size=size, width=width)
    first, second = scaled(width, 128, 64)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * size * size, first),
        nn.ReLU(),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Linear(second, classes),
    )
