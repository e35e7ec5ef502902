"""The cases: a model, its data, and how it is trained; and the data as files that every process reads."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import nn

from lrlab.models import MODELS
from lrlab.tasks import get


class Source(NamedTuple):
    """A data set: its parquet columns (none: scikit-learn's), its largest value, mean and spread on the scale 0..1."""

    columns: tuple[str, str] | None
    top: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


SOURCES = {
    "cifar10": Source(("img", "label"), 255, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "mnist": Source(("image", "label"), 255, (0.1307,), (0.3081,)),
    "digits": Source(None, 16, (0.0,), (1.0,)),
    "text": Source(None, 1, (0.0,), (1.0,)),  # of `text/char-gpt`: tokens, and the next one of each as labels
}


@dataclass(frozen=True)
class Case:
    """One thing to train: SGD with momentum 0.9 at a constant rate, cross-entropy, batches without the last short one.

    `model` is a name of `lrlab.models`, or a task's, whose model it is then.
    `task` is lrlab's name for all of it.
    `crop` is the padding in pixels before a random crop, `flip` a mirroring with probability 1/2. `channels_last` says
    which layout the independent loop takes: the faster of the two where this was measured. `tests`: so many test
    examples are looked at, and the time scaled to all. `stack`: the trials of the stack of torch's shown beside
    calibration's; 0: none. `lanes`: the processes of 16 trials each in lanes; 1, of two threads, where two do not fit
    into common memory. `optimizer`: "sgd" with momentum 0.9, or "adamw".
    """

    name: str
    model: str
    data: str
    batch: int = 128
    crop: int = 0
    flip: bool = False
    width: float = 1.0
    rate: float = 0.01
    channels_last: bool = False
    tests: int = 10_000
    stack: int = 16
    lanes: int = 2
    optimizer: str = "sgd"

    @property
    def tokens(self) -> bool:
        """Whether inputs are tokens, and every one has a label."""
        return self.data == "text"

    @property
    def task(self) -> str:
        if "/" in self.model:
            return self.model
        return f"{self.data}/{self.model}" + (f"(width={self.width:g})" if self.width != 1 else "")

    @property
    def source(self) -> Source:
        return SOURCES[self.data]


MAIN = Case("ConvNet", "convnet", "cifar10", crop=4, flip=True, rate=0.02)
OTHERS = [
    Case("LeNet", "lenet", "cifar10", crop=4, flip=True),
    Case("CNN", "cnn", "cifar10", crop=4, flip=True, channels_last=True),
    Case("MLP", "mlp", "mnist"),
    Case(
        "ResNet-18, width 1/4",
        "resnet18",
        "cifar10",
        crop=4,
        flip=True,
        width=0.25,
        channels_last=True,
        tests=1000,
        stack=0,
    ),
    Case(
        "GoogLeNet, width 1/4",
        "googlenet",
        "cifar10",
        crop=4,
        flip=True,
        width=0.25,
        channels_last=True,
        tests=1000,
        stack=0,
        lanes=1,
    ),
    Case("digits ConvNet", "digits/convnet", "digits", batch=32),
    Case("digits MLP", "digits/mlp", "digits", batch=32),
    *(
        Case(f"char GPT, batch {batch}", "text/char-gpt", "text", batch=batch, rate=0.001, optimizer="adamw", stack=8)
        for batch in (16, 32, 64)
    ),
]
CASES = {case.name: case for case in [MAIN, *OTHERS]}


def write_data(name: str, folder: Path) -> None:
    """NAME_SPLIT_images.npy, uint8 (N, H, W, C), and NAME_SPLIT_labels.npy, int64 (N,), for train and test."""
    for split, (images, labels) in _read(name).items():
        np.save(folder / f"{name}_{split}_images.npy", images)
        np.save(folder / f"{name}_{split}_labels.npy", labels.astype(np.int64))


def arrays(case: Case, folder: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, H, W, C) and labels (N,) that `write_data` left in a folder."""
    start = f"{case.data}_{split}"
    return np.load(Path(folder) / f"{start}_images.npy"), np.load(Path(folder) / f"{start}_labels.npy")


def examples(case: Case, folder: str) -> int:
    return len(np.load(Path(folder) / f"{case.data}_train_labels.npy", mmap_mode="r"))


def make_model(case: Case, images: np.ndarray) -> nn.Module:
    """A new model for images (N, H, W, C), with random weights from torch's generator."""
    if "/" in case.model:
        return get(case.model).model()
    return MODELS[case.model](channels=images.shape[3], classes=10, size=images.shape[1], width=case.width)


def _read(name: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    columns = SOURCES[name].columns
    if name == "text":
        task = get("text/char-gpt")
        return {
            split: (own.inputs.numpy(), own.labels.numpy()) for split, own in task.splits() if split != "validation"
        }
    if columns is None:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        images = images.reshape(-1, 8, 8, 1).astype(np.uint8)
        return {"train": (images[:1000], labels[:1000]), "test": (images[1000:], labels[1000:])}
    if "LRLAB_DATA" not in os.environ:
        raise SystemExit(f"say where the data is: LRLAB_DATA=FOLDER, with {name}/train.parquet and test.parquet in it")
    folder = Path(os.environ["LRLAB_DATA"]) / name
    return {split: _decode(folder / f"{split}.parquet", *columns) for split in ("train", "test")}


def _decode(path: Path, image: str, label: str) -> tuple[np.ndarray, np.ndarray]:
    import polars
    from PIL import Image

    table = polars.read_parquet(path)
    pictures = [np.asarray(Image.open(io.BytesIO(cell["bytes"]))) for cell in table[image]]
    images = np.stack(pictures)
    return images.reshape(*images.shape[:3], -1), table[label].to_numpy()
