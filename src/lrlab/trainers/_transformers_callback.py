"""A trial inside transformers' Trainer: its reports, its checkpoints, its time."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers  # pyright: ignore[reportMissingImports]  where it is not installed

from ..adapters import Scheduler
from ..errors import TaskError
from ._logged_values import find_values

if TYPE_CHECKING:
    from ..loops import Run

TIMINGS = ("runtime", "samples_per_second", "steps_per_second", "model_preparation_time")


class TransformersCallback(transformers.TrainerCallback):
    """What joins transformers' Trainer to a trial; the schedule comes with the optimizer.

        callback = TransformersCallback(run)
        model = ...
        optimizer = torch.optim.AdamW(model.parameters(), lr=run.peak)
        arguments = TrainingArguments(run.folder, max_steps=run.updates, seed=run.seed, eval_strategy="epoch", ...)
        trainer = Trainer(model, arguments, callbacks=[callback], optimizers=(optimizer, run.scheduler(optimizer)), ...)
        trainer.train(resume_from_checkpoint=callback.checkpoint)

    Build it before the model: it seeds all generators by `run.seed`. It records the rate of each update, as the
    optimizer saw it; batches whose gradients are accumulated are one update. What the Trainer evaluates is reported:
    eval_loss, eval_accuracy, ... are validation_loss, validation_accuracy, ..., with the train_loss it logged last; one
    evaluation is one report, so that evaluations by steps are epochs of `eval_steps` updates to the trial.
    Where `run.should_stop`, it has a checkpoint saved and the training stopped after the update; the Trainer goes on
    from there bit for bit. `save_strategy="epoch"` keeps more of a run that is killed.

    names: what `compute_metrics` calls otherwise, such as {"eval_top1": "validation_accuracy"}.

    Raises TaskError where the Trainer's scheduler is not the trial's, or its seed or number of updates differs.
    """

    def __init__(self, run: "Run", *, names: Mapping[str, str] | None = None) -> None:
        self.run, self.names = run, dict(names or {})
        self._train_loss: dict[str, float] = {}
        self._measured, self._cut = -1, False
        transformers.set_seed(run.seed)

    @property
    def checkpoint(self) -> str | None:
        """The newest whole checkpoint in `run.folder`, for `resume_from_checkpoint=`; None where it starts over."""
        whole = [file.parent for file in Path(self.run.folder).glob("checkpoint-*/trainer_state.json")]
        return str(max(whole, key=lambda folder: int(folder.name.partition("-")[2]))) if whole else None

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """End the trial with what was measured on test data: `trainer.evaluate(data, metric_key_prefix="test")`."""
        self.run.finish(**_without_timings(find_values(metrics, "test", self.names)))

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Refuse a Trainer that does something else than the trial asks for."""
        run = self.run
        scheduler = others.get("lr_scheduler")
        scheduler = getattr(scheduler, "scheduler", scheduler)  # accelerate's wrapper
        if not isinstance(scheduler, Scheduler) or str(scheduler.schedule) != run.schedule:
            raise TaskError(
                f"the Trainer's scheduler is {type(scheduler).__name__}, but the trial asks for {run.schedule}; write "
                f"Trainer(..., optimizers=(optimizer, run.scheduler(optimizer)))"
            )
        if state.max_steps != run.updates:
            raise TaskError(
                f"the Trainer makes {state.max_steps} updates, but the trial asks for {run.updates}; write "
                f"TrainingArguments(..., max_steps=run.updates)"
            )
        if args.seed != run.seed:
            raise TaskError(
                f"the Trainer draws by seed {args.seed}, but the trial has seed {run.seed}; write "
                f"TrainingArguments(..., seed=run.seed)"
            )

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        """Keep the loss on training data until the next report."""
        if "loss" in (logs or {}):
            self._train_loss = {"train_loss": float(logs["loss"])}

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **others: Any) -> None:
        """Report what was measured on validation data."""
        values = _without_timings(find_values(metrics or {}, "validation", self.names))
        if not values or self._cut or state.global_step in (0, self._measured):  # at 0 nothing was trained
            return
        self._measured = state.global_step
        steps = state.eval_steps if args.eval_strategy == "steps" else 0
        number = math.ceil(state.global_step / steps) if steps else math.ceil(state.epoch - 1e-9)
        self.run.report(epoch=number, update=state.global_step, **self._train_loss, **values)
        self._train_loss = {}

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Save and stop where the time is up."""
        if self.run.should_stop and state.global_step < self.run.updates:
            control.should_save = control.should_training_stop = self._cut = True

    def on_epoch_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Measure and save no more after a stop: what is due at the end of an epoch is done in the resumed run."""
        if self._cut:
            control.should_evaluate = control.should_save = False


def _without_timings(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if name.partition("_")[2] not in TIMINGS}
