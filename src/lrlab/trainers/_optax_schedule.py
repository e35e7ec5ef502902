"""A schedule as optax takes it: a function from the count of updates to the rate, safe to trace."""

from typing import TYPE_CHECKING, final

from ..errors import ScheduleError
from ..schedules import Schedule
from ._missing import missing_library
from ._rate_table import RateTable, make_rate_table

if TYPE_CHECKING:
    from jax import Array
    from jax.typing import ArrayLike

INSTEAD = (
    "give optax a schedule, or let the loop set the rate: optax.inject_hyperparams(optax.sgd)(learning_rate=peak), and "
    'before update t state.hyperparams["learning_rate"] = run.rate(t)'
)


@final
class OptaxSchedule:
    """What `optax_schedule` returns: call it with optax's count of updates.

    schedule, peak, updates, updates_per_epoch: as they were given. Equal to itself alone, so `jax.jit` may close over
    it or take it as a static argument.
    """

    def __init__(self, table: RateTable) -> None:
        try:
            import jax.numpy as jnp
        except ModuleNotFoundError as error:
            raise missing_library("lrlab.optax_schedule", error) from error
        self._table, self._values = table, jnp.asarray(table.values)

    @property
    def schedule(self) -> Schedule:
        """The schedule, not bound."""
        return self._table.bound.schedule

    @property
    def peak(self) -> float:
        """The rate where the schedule is 1."""
        return self._table.bound.peak

    @property
    def updates(self) -> int:
        """The horizon T."""
        return self._table.bound.horizon.updates

    @property
    def updates_per_epoch(self) -> int:
        """The updates that make an epoch; T where none were given."""
        return self._table.bound.horizon.updates_per_epoch

    def __call__(self, count: "ArrayLike") -> "Array":
        """The rate used by update `count` (an integer, or an array of them, traced or not); same shape as count."""
        import jax.numpy as jnp

        place = jnp.asarray(count)
        if not jnp.issubdtype(place.dtype, jnp.integer):
            raise ScheduleError(
                f"updates are counted by whole numbers, but got {place.dtype}; write count.astype(jnp.int32)"
            )
        return self._values[jnp.clip(place, 0, len(self._values) - 1)]

    def __repr__(self) -> str:
        return f"optax_schedule({str(self.schedule)!r}, peak={self.peak:g}, updates={self.updates})"


def optax_schedule(
    schedule: Schedule | str, peak: float, updates: int, *, updates_per_epoch: int | None = None
) -> OptaxSchedule:
    """A schedule for optax: `optax.adamw(lrlab.optax_schedule("warmup(span=5%)+cosine", 1e-3, 10_000))`.

    rate(count) = peak * shape(count), count = 0 .. T-1, computed here in float64 for every update and looked up there:
    each rate is the float32 nearest to the schedule's (float64 where `jax_enable_x64` is set). It can be traced: under
    `jax.jit`, `jax.vmap`, in `optax.inject_hyperparams`, `optax.join_schedules`, `optax.MultiSteps` (which counts
    updates, not batches).

    schedule: a schedule or its text. peak: the rate where the schedule is 1. updates: T. updates_per_epoch: of the
    updates, how many make an epoch; needed where the schedule counts epochs.

    First update: as the schedule's; optax counts from 0, too. Last update: T - 1, as the schedule's.
    After: the value that the schedule has at T is held, as `Scheduler` holds it; a count below 0 gets that of 0.

    Raises ScheduleError or UnknownName for what is not a schedule, and for rules: they watch the run. Warns
    (LabWarning) where the schedule moves the momentum, which the rate alone does not do.
    """
    table = make_rate_table(schedule, peak, updates, updates_per_epoch, instead=INSTEAD)
    table.say_momentum_is_left("optax")
    return OptaxSchedule(table)
