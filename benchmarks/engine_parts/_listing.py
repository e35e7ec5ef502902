"""(a) What the published listing does: images transformed one by one in two workers, one trial at a time."""

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torch.utils.data import DataLoader, Dataset

from ._cases import CASES, Case, arrays, make_model
from ._frame import Budget, Loop, Measurement, launch
from ._watch import Watch


def listing(name: str, case: Case, *, updates: int = 0) -> Loop:
    """`updates`: a fixed number from the start of the workers on, once, instead of a slice after a warm-up."""

    def run(budget: Budget) -> Measurement:
        return launch(f"{__name__}:train", {"case": case.name}, budget, threads=2, updates=updates)

    what = "the published listing: DataLoader of two workers, PIL" + ", a whole epoch" * bool(updates)
    return Loop(name, what, case, run, once=bool(updates))


def train(watch: Watch, *, case: str, folder: str, process: int) -> None:  # noqa: ARG001  one process
    chosen = CASES[case]
    images, labels = arrays(chosen, folder, "train")
    loader = DataLoader(Pictures(chosen, images, labels), chosen.batch, shuffle=True, num_workers=2, drop_last=True)
    model, criterion = make_model(chosen, images), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=chosen.rate, momentum=0.9)
    running = 0.0
    watch.begin()
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        running += loss.item()
        if watch.over(loss):
            break
    tests = DataLoader(Pictures(chosen, *arrays(chosen, folder, "test"), augmented=False), chosen.batch, num_workers=2)
    watch.evaluate(lambda: _mean_loss(model, tests))


@torch.no_grad()
def _mean_loss(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    return sum(F.cross_entropy(model(inputs), targets).item() for inputs, targets in loader) / len(loader)


class Pictures(Dataset):
    """Images (N, H, W, C) as pictures, padded, cropped, mirrored, made a tensor and normalised one at a time."""

    def __init__(self, case: Case, images: np.ndarray, labels: np.ndarray, *, augmented: bool = True) -> None:
        self.case, self.images, self.labels, self.augmented = case, images, labels, augmented

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[index])
        if self.augmented:
            picture = self._mirrored(self._cropped(picture))
        return self._normalised(self._tensor(picture)), int(self.labels[index])

    def _cropped(self, picture: Image.Image) -> Image.Image:
        width, height = picture.size
        picture = ImageOps.expand(picture, self.case.crop, fill=0)
        top, left = (int(torch.randint(2 * self.case.crop + 1, (1,))) for _ in range(2))
        return picture.crop((left, top, left + width, top + height))

    def _mirrored(self, picture: Image.Image) -> Image.Image:
        mirror = self.case.flip and torch.rand(1) < 0.5
        return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirror else picture

    def _tensor(self, picture: Image.Image) -> Tensor:
        pixels = torch.from_numpy(np.array(picture))
        return pixels.permute(2, 0, 1).contiguous().to(torch.float32).div(255)

    def _normalised(self, pixels: Tensor) -> Tensor:
        mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (self.case.source.mean, self.case.source.std))
        return pixels.clone().sub_(mean).div_(std)
