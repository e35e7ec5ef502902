"""A LightningModule and its data as a trial: the whole loop, ready."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightning  # pyright: ignore[reportMissingImports]  where it is not installed

from ..errors import TaskError
from ..loops import OwnLoop, Run, trial
from ._callbacks import callbacks_for_one_trial, is_whole
from ._lightning_callback import LightningCallback

if TYPE_CHECKING:
    from ..spec import Metric, SettingValue

QUIET = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)


@dataclass(frozen=True)
class LightningTraining:
    """What `lightning_trial` puts around a module and its data: called with a run, it trains once.

    module: called with the settings by name. data: called without anything. options: of the Trainer. names: as in
    `LightningCallback`.
    """

    module: Callable[..., Any]
    data: Callable[[], Any]
    options: Mapping[str, Any]
    names: Mapping[str, str]

    @property
    def __name__(self) -> str:
        return getattr(self.module, "__name__", type(self.module).__name__)

    def __call__(self, run: Run) -> None:
        """Fit, validate where the fit ended within an epoch, test, and finish."""
        callback = LightningCallback(run, names=self.names)
        module, data = self.module(**run.settings), self.data()
        parts = _split_data(data)
        callbacks = [*callbacks_for_one_trial(self.options.get("callbacks")), callback]
        options: dict[str, Any] = {**QUIET, **_device_options(run.device), **self.options}
        trainer = lightning.Trainer(**options | {"max_steps": run.updates, "callbacks": callbacks})
        trainer.fit(module, **parts["fit"], ckpt_path=callback.checkpoint)
        if not is_whole(run, trainer.global_step):
            return
        if callback.needs_validation:
            trainer.validate(module, **parts["validate"], verbose=False)
        callback.finish(trainer.test(module, **parts["test"], verbose=False)[0])


def lightning_trial(
    module: Callable[..., Any],
    data: Callable[[], Any],
    *,
    metric: "str | Metric | None" = None,
    higher_is_better: bool | None = None,
    updates_per_epoch: int | None = None,
    settings: "Mapping[str, SettingValue] | None" = None,
    peaks: Sequence[float] | None = None,
    version: str = "",
    cores: int = 1,
    names: Mapping[str, str] | None = None,
    **trainer: Any,
) -> OwnLoop:
    """A LightningModule and its data as a trial.

        train = lightning_trial(Classifier, make_data, metric="accuracy", updates_per_epoch=100)

    Then `lrlab compare file.py:train constant cosine --updates 2000`. The module's `configure_optimizers` returns one
    optimizer; the trial's schedule drives it, and a scheduler beside it is left out with a LabWarning. The module logs
    val_loss, val_accuracy, ... in `validation_step` and test_loss, test_accuracy, ... in `test_step`.

    module: the class, or what makes one; called with the trial's settings by name. data: called without anything; gives
    a LightningDataModule, or three loaders: of training, validation and test data.
    metric, higher_is_better, updates_per_epoch, settings, peaks, version, cores: as in `lrlab.trial`.
    names: as in `LightningCallback`. trainer: further options of the Trainer, such as precision or gradient_clip_val.
    Of callbacks, each trial gets copies; one that ends the training, as EarlyStopping does, fails the trial.

    Raises TaskError where a trial cannot be made of it, and for options that the trial itself decides.
    """
    own = sorted({"max_steps", "max_epochs", "default_root_dir"} & set(trainer))
    if own:
        raise TaskError(f"the trial itself decides {', '.join(own)} of its Trainer; leave it out")
    training = LightningTraining(module, data, dict(trainer), dict(names or {}))
    return trial(
        metric=metric,
        higher_is_better=higher_is_better,
        updates_per_epoch=updates_per_epoch,
        settings=settings,
        peaks=peaks,
        version=version,
        cores=cores,
    )(training)


def _split_data(data: Any) -> dict[str, dict[str, Any]]:
    """What fit, validate and test are called with."""
    if isinstance(data, lightning.LightningDataModule):
        return {part: {"datamodule": data} for part in ("fit", "validate", "test")}
    if not isinstance(data, list | tuple) or len(data) != 3:
        raise TaskError(
            f"data must be a LightningDataModule, or three loaders, but got {type(data).__name__}; return "
            f"(train, validation, test)"
        )
    train, validation, test = data
    return {
        "fit": {"train_dataloaders": train, "val_dataloaders": validation},
        "validate": {"dataloaders": validation},
        "test": {"dataloaders": test},
    }


def _device_options(device: str) -> dict[str, Any]:
    kind, _, index = device.partition(":")
    if kind == "cpu":
        return {"accelerator": "cpu", "devices": 1}
    return {"accelerator": kind, "devices": [int(index or 0)]}
