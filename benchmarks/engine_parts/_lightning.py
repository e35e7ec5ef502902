"""(l) What one would pick instead: a Lightning Trainer under an Optuna study of the rate, one trial after the other."""

import logging
import warnings
from importlib.util import find_spec

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torch.utils.data import DataLoader, Dataset

from ._cases import CASES, Case, arrays, make_model
from ._frame import Budget, Loop, Measurement, launch
from ._watch import Watch

TRIALS = 2
ENOUGH = 10**6  # epochs: the clock stops it long before


def lightning(name: str, case: Case, *, workers: int) -> Loop:
    """A study of TRIALS trials; `workers` of the DataLoader."""
    absent = [library for library in ("lightning", "optuna") if find_spec(library) is None]

    def run(budget: Budget) -> Measurement:
        arguments = {"case": case.name, "workers": workers}
        return launch(f"{__name__}:train", arguments, budget, threads=2, parts=TRIALS)

    what = f"Lightning Trainer under an Optuna study, DataLoader of {workers} workers, transforms on tensors"
    return Loop(name, what, case, run, missing=f"not installed: {' and '.join(absent)}" if absent else "")


def train(watch: Watch, *, case: str, folder: str, process: int, workers: int) -> None:
    """The study. Set-up of trials and trainers is off the clock, and so is the start of the workers."""
    import optuna

    _quiet()
    chosen = CASES[case]
    splits = [Images(chosen, *arrays(chosen, folder, split), augmented=split == "train") for split in ("train", "test")]
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=process), direction="minimize")
    study.optimize(lambda trial: _trial(trial, watch, chosen, splits, workers), n_trials=TRIALS)


def _trial(trial, watch: Watch, case: Case, splits: list["Images"], workers: int) -> float:
    import lightning.pytorch as pl

    options = {"batch_size": case.batch, "num_workers": workers, "persistent_workers": workers > 0}
    training = DataLoader(splits[0], shuffle=True, drop_last=True, **options)
    tests = DataLoader(splits[1], **options)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=ENOUGH,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[_stopper(watch)],
    )
    network = _network(case, trial.suggest_float("rate", case.rate / 2, case.rate * 2, log=True), splits[0])
    watch.begin()
    trainer.fit(network, training)
    watch.evaluate(lambda: trainer.validate(network, tests, verbose=False))
    return trainer.callback_metrics["loss"].item()


def _network(case: Case, rate: float, images: "Images"):
    """The LightningModule of one trial."""
    import lightning.pytorch as pl

    class Network(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = make_model(case, images.images.permute(0, 2, 3, 1).numpy())

        def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
            return F.cross_entropy(self.model(batch[0]), batch[1])

        def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
            self.log("loss", F.cross_entropy(self.model(batch[0]), batch[1]))

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=rate, momentum=0.9)

    return Network()


def _stopper(watch: Watch):
    """Stops a trainer when the time is up."""
    import lightning.pytorch as pl

    class Stopper(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, _: pl.LightningModule, outputs, *__) -> None:
            if watch.over(outputs["loss"]):
                trainer.should_stop = True

    return Stopper()


def _quiet() -> None:
    import lightning.pytorch  # noqa: F401  importing it sets the level of its loggers
    import optuna

    warnings.filterwarnings("ignore")
    for library in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(library).setLevel(logging.ERROR)
    optuna.logging.set_verbosity(optuna.logging.WARNING)


class Images(Dataset):
    """uint8 images (N, C, H, W) in memory, cropped, mirrored and normalised one at a time."""

    def __init__(self, case: Case, images, labels, *, augmented: bool) -> None:
        self.case, self.augmented = case, augmented
        self.images, self.labels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels)
        self.mean, self.std = (torch.tensor(values).view(-1, 1, 1) for values in (case.source.mean, case.source.std))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self.images[index]
        if self.augmented and self.case.crop:
            size, room = image.shape[-1], 2 * self.case.crop
            top, left = torch.randint(room + 1, (2,)).tolist()
            image = F.pad(image, (self.case.crop,) * 4)[:, top : top + size, left : left + size]
        if self.augmented and self.case.flip and torch.rand(1) < 0.5:
            image = image.flip(-1)
        return (image.float() / self.case.source.top - self.mean) / self.std, self.labels[index]
