"""A schedule as Keras 3 takes it: saved with the model, right on every backend."""

from typing import Any

import keras  # pyright: ignore[reportMissingImports]  where it is not installed

from ..errors import ScheduleError
from ..rules import from_dict
from ..schedules import Schedule
from ._rate_table import make_rate_table

INSTEAD = "give the optimizer learning_rate=run.peak, and fit callbacks=[KerasCallback(run)], which sets each rate"


@keras.saving.register_keras_serializable(package="lrlab")
class KerasSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule for Keras: `keras.optimizers.SGD(KerasSchedule("warmup(span=5%)+cosine", 0.1, updates=1000))`.

    rate(t) = peak * shape(t), t = 0 .. T-1, computed once in float64 for every update and looked up: each rate is the
    nearest one in Keras's `floatx`, on every backend, in compiled steps as well.

    schedule: a schedule, its text, or what `get_config` made of it. peak: the rate where the schedule is 1. updates: T.
    updates_per_epoch: needed where the schedule counts epochs. batches_per_update: the optimizer's
    `gradient_accumulation_steps`: Keras shows its schedules the number of the batch, not that of the update.

    First update: as the schedule's; Keras counts from 0, too. Last update: T - 1, as the schedule's.
    After: the value that the schedule has at T is held, as `Scheduler` holds it.

    It is saved with the model, by its fields. To load such a model, name `lrlab.trainers.KerasSchedule` first, so that
    Keras knows it. Raises ScheduleError or UnknownName for what is not a schedule, and for rules: they watch the run.
    """

    def __init__(
        self,
        schedule: Schedule | str | dict[str, Any],
        peak: float,
        updates: int,
        *,
        updates_per_epoch: int | None = None,
        batches_per_update: int = 1,
    ) -> None:
        if isinstance(batches_per_update, bool) or not isinstance(batches_per_update, int) or batches_per_update < 1:
            raise ScheduleError(
                f"`batches_per_update` must be a whole number, at least 1, but got {batches_per_update!r}; give the "
                f"optimizer's gradient_accumulation_steps, or leave both out"
            )
        read = from_dict(schedule) if isinstance(schedule, dict) else schedule
        table = make_rate_table(read, peak, updates, updates_per_epoch, instead=INSTEAD)  # type: ignore[arg-type]
        table.say_momentum_is_left("Keras")
        self.schedule, self.peak = table.bound.schedule, table.bound.peak
        self.updates, self.updates_per_epoch = table.bound.horizon.updates, updates_per_epoch
        self.batches_per_update = batches_per_update
        self._last = len(table.values) - 1
        self._values = keras.ops.convert_to_tensor(table.values, dtype=keras.config.floatx())

    def __call__(self, step: Any) -> Any:
        """The rate used by the update that batch `step` is part of, a scalar; both are the backend's own."""
        update = keras.ops.floor_divide(keras.ops.cast(step, "int32"), self.batches_per_update)
        return keras.ops.take(self._values, keras.ops.clip(update, 0, self._last))

    def get_config(self) -> dict[str, Any]:
        """The fields, as JSON takes them; `from_config` is the inverse."""
        return {
            "schedule": self.schedule.to_dict(),
            "peak": self.peak,
            "updates": self.updates,
            "updates_per_epoch": self.updates_per_epoch,
            "batches_per_update": self.batches_per_update,
        }
