"""A trial inside Keras's `fit`: its reports, the rates its updates had, and a rule's rates set."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import keras  # pyright: ignore[reportMissingImports]  where it is not installed
import numpy as np

from ..errors import TaskError
from ..rules import Rule, parse
from ._keras_schedule import KerasSchedule
from ._logged_values import find_final_values, find_values

if TYPE_CHECKING:
    from ..loops import Run


class KerasCallback(keras.callbacks.Callback):
    """What joins Keras's `fit` to a trial; the schedule comes with the optimizer.

        callback = KerasCallback(run)
        model = ...
        model.compile(keras.optimizers.SGD(callback.schedule()), ...)
        model.fit(..., epochs=run.updates // run.updates_per_epoch, callbacks=[callback])
        callback.finish(model.evaluate(..., return_dict=True))

    Build it before the model: it seeds all generators by `run.seed`. After each epoch it reports what `fit` logged:
    loss, accuracy, val_loss, val_accuracy are train_loss, train_accuracy, validation_loss, validation_accuracy. It
    records the rate of each update: what the optimizer's schedule gives for it, or what its variable was. Where the
    trial follows a rule, `schedule()` is the peak, and the rate is set before each update. `fit` stops at the end of
    an epoch where `run.should_stop`. With `keras.callbacks.BackupAndRestore(run.folder, delete_checkpoint=False)`
    after it in the list, a resumed trial goes on bit for bit.

    names: what the model calls otherwise, such as {"val_top1": "validation_accuracy"}.

    Raises TaskError where `fit` makes another number of updates than the trial asks for.
    """

    def __init__(self, run: "Run", *, names: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.run, self.names = run, dict(names or {})
        self.watches = isinstance(parse(run.schedule), Rule)
        self._made = 0
        keras.utils.set_random_seed(run.seed)

    def schedule(self, batches_per_update: int = 1) -> Any:
        """What the optimizer is given as its learning rate: the trial's schedule, or the peak where a rule drives it.

        batches_per_update: the optimizer's `gradient_accumulation_steps`.
        """
        run = self.run
        if self.watches:
            return run.peak
        return KerasSchedule(
            run.schedule,
            run.peak,
            run.updates,
            updates_per_epoch=run.updates_per_epoch,
            batches_per_update=batches_per_update,
        )

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """End the trial with what was measured on test data: `model.evaluate(..., return_dict=True)`."""
        named = {f"test_{name}": metrics[name] for name in metrics} if isinstance(metrics, Mapping) else metrics
        call = "callback.finish(model.evaluate(..., return_dict=True))"
        self.run.finish(**find_final_values(named, self.names, call=call, naming=f"write {call}"))

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse a `fit` of another length."""
        epochs, steps = (self.params or {}).get("epochs"), (self.params or {}).get("steps")
        planned = epochs * steps // self._batches_per_update if epochs and steps else self.run.updates
        if planned != self.run.updates:
            raise TaskError(
                f"fit makes {planned} updates ({epochs} epochs of {steps} batches), but the trial asks for "
                f"{self.run.updates}; write epochs=run.updates // run.updates_per_epoch, and updates_per_epoch= at "
                f"@lrlab.trial"
            )
        if self.watches and self._fitted.steps_per_execution > 1:
            raise TaskError(
                f"{self.run.schedule} sets the rate before each update, but compile(steps_per_execution="
                f"{self._fitted.steps_per_execution}) makes several at once; leave it out"
            )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Seed all generators again, by seed and epoch: so a resumed trial draws as one that was never stopped."""
        self._seed_generators(epoch)
        self._made = self._count_updates()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set a rule's rate, and note what a variable is: it may be another for each update."""
        if self.watches:
            self._hold_variables()
            self._optimizer.learning_rate = self.run.rate(self._count_updates())
        if not self._is_scheduled and (self.watches or keras.backend.backend() != "jax"):
            self.run.record_rate(self._count_updates(), float(self._optimizer.learning_rate))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Report the epoch, and stop where the time is up."""
        for update, rate in self._rates_since(self._made):
            self.run.record_rate(update, rate)
        self._made = self._count_updates()
        logged = {name if name.startswith("val_") else f"train_{name}": value for name, value in (logs or {}).items()}
        values = find_values(logged, "train", self.names) | find_values(logged, "validation", self.names)
        self.run.report(epoch=epoch + 1, update=self._made, **values)
        if self.run.should_stop:
            self._fitted.stop_training = True

    def _seed_generators(self, epoch: int) -> None:
        """Python's, numpy's and the backend's own, and those of the model's layers: no checkpoint has them all."""
        states = [variable for variable in self._fitted.variables if variable.name == "seed_generator_state"]
        drawn = np.random.SeedSequence([self.run.seed, epoch]).generate_state(1 + 2 * len(states))
        first, *seeds = (drawn % 2**31).tolist()  # torch takes no larger one
        keras.utils.set_random_seed(first)
        for index, state in enumerate(states):
            state.assign(seeds[2 * index : 2 * index + 2])

    def _rates_since(self, first: int) -> Iterator[tuple[int, float]]:
        """The updates of the epoch that ended, from this one on, and their rates, where these were not noted yet."""
        optimizer, per_update = self._optimizer, self._batches_per_update
        for update in range(first, self._count_updates()):
            if self._is_scheduled:
                # Keras shows its schedule the number of the batch that completes the update
                yield update, float(optimizer._learning_rate((update + 1) * per_update - 1))
            elif keras.backend.backend() == "jax" and not self.watches:
                yield update, float(optimizer.learning_rate)  # compiled steps do not see a change within an epoch

    def _hold_variables(self) -> None:
        """Make the optimizer's variables what they are by now: JAX keeps them elsewhere between the steps."""
        if keras.backend.backend() == "jax":
            self._fitted.jax_state_sync()

    def _count_updates(self) -> int:
        """How many updates were made; known between two steps only where `_hold_variables` was called."""
        return int(self._optimizer.iterations)

    @property
    def _fitted(self) -> Any:
        """The model, which Keras gives a callback before anything else is called."""
        return self.model

    @property
    def _optimizer(self) -> Any:
        return getattr(self._fitted.optimizer, "inner_optimizer", self._fitted.optimizer)

    @property
    def _is_scheduled(self) -> bool:
        return isinstance(self._optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule)

    @property
    def _batches_per_update(self) -> int:
        return self._optimizer.gradient_accumulation_steps or 1
