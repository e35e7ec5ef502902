"""A transformers model and its data as a trial: the whole loop, ready."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import transformers  # pyright: ignore[reportMissingImports]  where it is not installed

from ..errors import TaskError
from ..loops import OwnLoop, Run, trial
from ._callbacks import callbacks_for_one_trial, is_whole
from ._transformers_callback import TransformersCallback

if TYPE_CHECKING:
    from ..spec import Metric, SettingValue

QUIET = {"report_to": "none", "disable_tqdm": True}
QUIET |= {"eval_strategy": "epoch", "save_strategy": "epoch", "save_total_limit": 1}
DECIDED = {"output_dir", "max_steps", "num_train_epochs", "seed", "learning_rate", "lr_scheduler_type", "warmup_steps"}


@dataclass(frozen=True)
class TransformersTraining:
    """What `transformers_trial` puts around a model and its data: called with a run, it trains once.

    model: called with the settings by name. data: called without anything, gives training, validation and test data.
    options: of TrainingArguments. others: of the Trainer. names: as in `TransformersCallback`.
    """

    model: Callable[..., Any]
    data: Callable[[], Any]
    options: Mapping[str, Any]
    others: Mapping[str, Any]
    names: Mapping[str, str]

    @property
    def __name__(self) -> str:
        return getattr(self.model, "__name__", type(self.model).__name__)

    def __call__(self, run: Run) -> None:
        """Train, evaluate, and finish; the optimizer is the one that the Trainer makes."""
        callback = TransformersCallback(run, names=self.names)
        model, data = self.model(**run.settings), self.data()
        if not isinstance(data, list | tuple) or len(data) != 3:
            raise TaskError(
                f"data must be three data sets, but got {type(data).__name__}; return (train, validation, test)"
            )
        arguments = _make_arguments(run, self.options)
        others = {**self.others, "callbacks": [*callbacks_for_one_trial(self.others.get("callbacks")), callback]}
        trainer: Any = transformers.Trainer(
            model=model, args=arguments, train_dataset=data[0], eval_dataset=data[1], **others
        )
        trainer.create_optimizer()
        trainer.lr_scheduler = run.scheduler(trainer.optimizer)
        trainer.train(resume_from_checkpoint=callback.checkpoint)
        if is_whole(run, trainer.state.global_step):
            callback.finish(trainer.evaluate(data[2], metric_key_prefix="test"))


def transformers_trial(
    model: Callable[..., Any],
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
    arguments: Mapping[str, Any] | None = None,
    **trainer: Any,
) -> OwnLoop:
    """A transformers model and its data as a trial.

        train = transformers_trial(make_model, make_data, metric="accuracy", compute_metrics=accuracy)

    Then `lrlab compare file.py:train constant cosine --updates 2000`. The Trainer makes its optimizer as usual; the
    trial's schedule drives it. `compute_metrics=` gives accuracy and the like.

    model: called with the trial's settings by name. data: called without anything; gives three data sets: of training,
    validation and test data. metric, higher_is_better, updates_per_epoch, settings, peaks, version, cores: as in
    `lrlab.trial`. names: as in `TransformersCallback`.
    arguments: of TrainingArguments, such as per_device_train_batch_size. trainer: further ones of the Trainer, such as
    compute_metrics or data_collator. Of callbacks, each trial gets copies; one that ends the training, as
    EarlyStoppingCallback does, fails the trial.

    Raises TaskError where a trial cannot be made of it, and for arguments that the trial itself decides.
    """
    own = sorted(DECIDED & set(arguments or {}))
    if own:
        raise TaskError(f"the trial itself decides {', '.join(own)} of TrainingArguments; leave it out")
    training = TransformersTraining(model, data, dict(arguments or {}), dict(trainer), dict(names or {}))
    return trial(
        metric=metric,
        higher_is_better=higher_is_better,
        updates_per_epoch=updates_per_epoch,
        settings=settings,
        peaks=peaks,
        version=version,
        cores=cores,
    )(training)


def _make_arguments(run: Run, options: Mapping[str, Any]) -> Any:
    """The TrainingArguments of a trial, which trains on the run's device alone."""
    arguments: Any = transformers.TrainingArguments(
        output_dir=str(run.folder),
        max_steps=run.updates,
        seed=run.seed,
        learning_rate=run.peak,
        **{**QUIET, "use_cpu": run.device == "cpu", **options},
    )
    kind, _, index = run.device.partition(":")
    if kind == "cuda" and not arguments.use_cpu:
        # transformers takes cuda:0, and all cards at once where there are several, with batches as many times as large
        device = torch.device(kind, int(index or 0))
        torch.cuda.set_device(device)
        vars(arguments).update(_n_gpu=1, _setup_devices=device)
    return arguments
