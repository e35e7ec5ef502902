"""A trial inside transformers' Trainer: its reports, its checkpoints, its time."""

import math
from collections.abc import Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from warnings import warn

import transformers  # pyright: ignore[reportMissingImports]  where it is not installed

from ..adapters import Scheduler
from ..errors import LabWarning, TaskError
from ._logged_values import find_final_values, find_values

if TYPE_CHECKING:
    from ..loops import Run

RUNTIME, PACE = "_runtime", "_samples_per_second"
TIMINGS = (RUNTIME, PACE, "_steps_per_second", "_model_preparation_time")
ONE_SET = f"eval{RUNTIME}"  # a time that an evaluation has where there is one set; of several it has the set's name


class _Measured(NamedTuple):
    """What was evaluated after so many updates, and not reported yet."""

    number: int
    update: int
    values: dict[str, float]


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
    evaluation is one report, so that evaluations by steps are epochs of `eval_steps` updates to the trial. Of several
    sets, eval_dataset={"dev": ..., "hard": ...}, all are in one report, as validation_dev_loss, validation_hard_loss,
    ...; `names` says which of them decides.
    Where `run.should_stop`, it has a checkpoint saved and the training stopped after the update; the Trainer goes on
    from there bit for bit. `save_strategy="epoch"` keeps more of a run that is killed.

    names: what `compute_metrics` calls otherwise, such as {"eval_top1": "validation_accuracy"}; of several sets, such
    as {"eval_hard_accuracy": "validation_accuracy"}.

    Raises TaskError where the Trainer's scheduler is not the trial's, or its seed or number of updates differs.
    """

    def __init__(self, run: "Run", *, names: Mapping[str, str] | None = None) -> None:
        self.run, self.names = run, dict(names or {})
        self._train_loss: dict[str, float] = {}
        self._reported, self._cut = (-1, set[str]()), False  # after how many updates, and which names
        self._held: _Measured | None = None  # of several sets each is evaluated by itself, the last one unannounced
        transformers.set_seed(run.seed)

    @property
    def checkpoint(self) -> str | None:
        """The newest whole checkpoint in `run.folder`, for `resume_from_checkpoint=`; None where it starts over."""
        whole = [file.parent for file in Path(self.run.folder).glob("checkpoint-*/trainer_state.json")]
        return str(max(whole, key=lambda folder: int(folder.name.partition("-")[2]))) if whole else None

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """End the trial with what was measured on test data: `trainer.evaluate(data, metric_key_prefix="test")`."""
        self._report_held()
        given = _without_timings(metrics) if isinstance(metrics, Mapping) else metrics
        way = 'trainer.evaluate(data, metric_key_prefix="test")'
        call = f"callback.finish({way}), or callback.finish(trainer.predict(data).metrics)"
        self.run.finish(**find_final_values(given, self.names, call=call, naming=f"write {way}"))

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
        """Report what was measured on validation data; of several sets once all are measured."""
        values = find_values(_without_timings(metrics or {}), "validation", self.names)
        update = state.global_step
        if not values or self._cut or update == 0:  # at 0 nothing was trained
            return
        if update == self._reported[0]:
            self._say_what_is_late(values.keys() - self._reported[1])
            return
        steps = state.eval_steps if args.eval_strategy == "steps" else 0
        number = math.ceil(update / steps) if steps else math.ceil(state.epoch - 1e-9)
        before = {} if self._held is None else self._held.values
        self._held = _Measured(number, update, values | before)
        if ONE_SET in metrics:
            self._report_held()

    def _report_held(self) -> None:
        if self._held is None:
            return
        (number, update, values), self._held = self._held, None
        self._reported = update, set(values)
        train_loss, self._train_loss = self._train_loss, {}
        self.run.report(epoch=number, update=update, **train_loss, **values)

    def _say_what_is_late(self, names: Set[str]) -> None:
        if names:
            warn(
                f"{', '.join(sorted(names))} came after update {self._reported[0]} was reported, and is left out; give "
                f'the Trainer all that it is to evaluate, eval_dataset={{"dev": ..., "hard": ...}}',
                LabWarning,
                stacklevel=2,
            )

    def on_step_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Report what was evaluated before this step."""
        self._report_held()

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Report what was evaluated before this epoch."""
        self._report_held()

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Report what is in the checkpoint, too: a resumed run does not evaluate it again."""
        self._report_held()

    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Report what was evaluated at the end."""
        self._report_held()

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Save and stop where the time is up."""
        if self.run.should_stop and state.global_step < self.run.updates:
            control.should_save = control.should_training_stop = self._cut = True

    def on_epoch_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Measure and save no more after a stop: what is due at the end of an epoch is done in the resumed run."""
        self._report_held()
        if self._cut:
            control.should_evaluate = control.should_save = False


def _without_timings(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Without how long it took, which the Trainer adds under the name of each set."""
    sets = [name.removesuffix(RUNTIME) for name in metrics if name.endswith(RUNTIME)]
    timed = {f"{each}{timing}" for each in sets if f"{each}{PACE}" in metrics for timing in TIMINGS}
    return {name: value for name, value in metrics.items() if name not in timed}
