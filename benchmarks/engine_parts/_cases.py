"""The cases: a model, its data, and how it is trained; and the data as files that every process reads."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

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
}


@dataclass(frozen=True)
class Case:
    """One thing to train: SGD with momentum 0.9 at a constant rate, cross-entropy, batches without the last short one.

    `model` is a name of `lrlab.models`, or a task's, whose model it is then; where `data` says the same, they are that
    task's own, as its model takes them. `loss`: "classes", "pixels" (cross-entropy of each) or "numbers" (squares).
    `task` is lrlab's name for all of it.
    `crop` is the padding in pixels before a random crop, `flip` a mirroring with probability 1/2. `channels_last` says
    which layout the independent loop takes: the faster of the two where this was measured. `tests`: so many test
    examples are looked at, and the time scaled to all. `stack`: the trials of the stack of torch's shown beside
    calibration's; 0: none. `lanes`: the processes of 16 trials each in lanes; 1, of two threads, where two do not fit
    into common memory; 0: lanes do not take the model. `optimizer`: "sgd" with momentum 0.9, or "adamw".
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
    loss: str = "classes"

    @property
    def own(self) -> bool:
        """Whether model and data are a task's own."""
        return self.data == self.model

    @property
    def task(self) -> str:
        if self.own or "/" in self.model:
            return self.model
        return f"{self.data}/{self.model}" + (f"(width={self.width:g})" if self.width != 1 else "")

    @property
    def source(self) -> Source:
        return SOURCES[self.data]


def own_case(name: str, task: str, **fields: Any) -> Case:
    """A built-in task with its own data: batches of 32, AdamW, unless said otherwise."""
    return Case(name, task, task, **{"batch": 32, "rate": 0.001, "optimizer": "adamw", **fields})


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
    *(own_case(f"char GPT, batch {batch}", "text/char-gpt", batch=batch, stack=8) for batch in (16, 32, 64)),
    own_case("text classes", "text/classify", lanes=0),
    own_case("digits U-Net", "digits/segment", lanes=0, loss="pixels"),
    own_case("diabetes MLP", "diabetes/mlp", optimizer="sgd", rate=0.01, loss="numbers"),
    own_case("diabetes linear", "diabetes/linear", optimizer="sgd", rate=0.01, loss="numbers"),
    own_case("noisy quadratic", "quadratic/noisy", optimizer="sgd", rate=0.01, loss="numbers"),
    own_case("logistic regression", "logistic", optimizer="sgd", rate=0.01),
]
CASES = {case.name: case for case in [MAIN, *OTHERS]}


def write_data(name: str, folder: Path) -> None:
    """NAME_SPLIT_images.npy, uint8 (N, H, W, C), and NAME_SPLIT_labels.npy, int64 (N,), for train and test.

    Of a task's own data inputs and labels as its model takes them.
    """
    for split, (images, labels) in _read(name).items():
        np.save(folder / f"{_stem(name)}_{split}_images.npy", images)
        np.save(folder / f"{_stem(name)}_{split}_labels.npy", labels)


def arrays(case: Case, folder: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, H, W, C) and labels (N,) that `write_data` left in a folder."""
    start = f"{_stem(case.data)}_{split}"
    return np.load(Path(folder) / f"{start}_images.npy"), np.load(Path(folder) / f"{start}_labels.npy")


def _stem(name: str) -> str:
    return name.replace("/", "-")


def examples(case: Case, folder: str) -> int:
    return len(np.load(Path(folder) / f"{_stem(case.data)}_train_labels.npy", mmap_mode="r"))


def make_model(case: Case, images: np.ndarray) -> nn.Module:
    """A new model for images (N, H, W, C), with random weights from torch's generator."""
    if case.own or "/" in case.model:
        return get(case.model).model()
    return MODELS[case.model](channels=images.shape[3], classes=10, size=images.shape[1], width=case.width)


def _read(name: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    if name not in SOURCES:
        task = get(name)
        splits = [(split, own) for split, own in task.splits() if split != "validation"]
        return {split: (task.prepare(own.inputs).numpy(), own.labels.numpy()) for split, own in splits}
    columns = SOURCES[name].columns
    if columns is None:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        images = images.reshape(-1, 8, 8, 1).astype(np.uint8)
        labels = labels.astype(np.int64)
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
    return images.reshape(*images.shape[:3], -1), table[label].to_numpy().astype(np.int64)
