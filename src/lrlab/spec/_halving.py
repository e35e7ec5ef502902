"""Halving: settings that are behind at a rung are trained no further; and what was measured of a trial there."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ..errors import LabError
from ..schedules import Horizon, Span
from ..stats import failure_bound
from ._counts import counted
from ._epochs import Epoch
from ._lists import require_at_least
from ._noun import AskedNoun, Noun, Real, Whole
from ._record import Metric, Record

USUAL_RUNGS = ("17%", "33%", "50%")  # of the budget: 7 peaks become 5, 3 and 2, at half the updates
AUTO = (True, "auto")  # what stands for the usual fields
HYPERBAND = "hyperband"  # for these with a race that begins at each rung, and one that stops none


def _read_rung(value: Any) -> Any:
    """A whole number stands for so many epochs."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value} epochs"
    try:
        return str(Span.parse(value))
    except LabError as error:
        raise ValueError(str(error)) from error


def _check_rungs(rungs: tuple[str, ...]) -> tuple[str, ...]:
    spans = [Span.parse(rung) for rung in rungs]
    if len({span.unit for span in spans}) > 1:
        raise ValueError(f"rungs are of one unit, but got {list(rungs)}; write all in epochs, or all in per cent")
    amounts = [span.amount for span in spans]
    if amounts != sorted(set(amounts)):
        better = [str(Span(amount, spans[0].unit)) for amount in sorted(set(amounts))]
        raise ValueError(f"rungs come one after the other, but got {list(rungs)}; write {better}")
    if spans and spans[-1].unit == "%" and amounts[-1] >= 100:
        raise ValueError(f"a rung lies before the end, but got {rungs[-1]}; write 50% or less, or leave it out")
    return rungs


class Halving(AskedNoun):
    """Races within a schedule: at each rung the settings that are behind on validation data stop for good.

    Each schedule or arm has a race of its own, so that all get the same updates, and one that pays late is
    compared only with itself. Trials keep their whole horizon: a rung cuts none short but those that stop there.

    rungs: epochs' ends, as spans of a trial's budget, or as numbers of epochs; the nearest end counts.
    eta: of n settings round(n / eta^r) go on after rung r, at least `least`. brackets: settings are dealt out over so
    many races, of which race b begins at rung b: 1 is successive halving; one more than there are rungs is Hyperband,
    whose last race stops none.
    pilot: so many of the tuning seeds are run whole, at every setting. They tell which share of final winners each rung
    would have thrown away; a rung at which it exceeds `tolerated` is off. 0: that is not asked.

    Sources: Jamieson & Talwalkar 2016 (successive halving), Li et al. 2018 (Hyperband).
    """

    rungs: Annotated[
        tuple[Annotated[str, BeforeValidator(_read_rung)], ...], require_at_least(1), AfterValidator(_check_rungs)
    ] = USUAL_RUNGS
    eta: Real = Field(default=1.5, gt=1, le=100)
    least: Whole = Field(default=1, ge=1)
    brackets: Whole = Field(default=1, ge=1, le=20)
    pilot: Whole = Field(default=1, ge=0)
    tolerated: Real = Field(default=0.05, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, data: Any) -> Any:
        """`auto` stands for the usual fields, `hyperband` for those with all races, a list for its rungs."""
        if data is False:
            raise ValueError("halving is auto, hyperband, rungs or fields, but got False; leave it out")
        if isinstance(data, str) and data.strip().lower() == HYPERBAND:
            return {"brackets": len(USUAL_RUNGS) + 1}
        if data in AUTO if isinstance(data, bool | str) else False:
            return {}
        return data if isinstance(data, Mapping | Halving) else {"rungs": data if isinstance(data, list) else [data]}

    @model_validator(mode="after")
    def _check_brackets(self) -> "Halving":
        if self.brackets > len(self.rungs) + 1:
            raise ValueError(
                f"brackets are at most one more than the {len(self.rungs)} rungs, but got {self.brackets}; "
                f"write {len(self.rungs) + 1} for Hyperband"
            )
        return self

    def kept(self, settings: int, rung: int, bracket: int = 0) -> int:
        """How many of so many settings of a bracket go on after a rung, counted from 0.

        >>> [Halving().kept(7, rung) for rung in range(3)]
        [5, 3, 2]
        """
        cuts = rung + 1 - bracket
        if cuts < 1:
            return settings
        return min(max(int(settings / self.eta**cuts + 0.5), self.least, 1), settings)


def rung_epoch(rung: str, horizon: Horizon, evaluate_every: int = 1) -> int:
    """The epoch, counted from 1, at whose end a rung lies: the nearest that is validated.

    0 where no rung lies before the end.

    >>> [rung_epoch(rung, Horizon(updates=90, updates_per_epoch=15)) for rung in ("17%", "2 epochs", "6 epochs")]
    [1, 2, 0]
    """
    step = horizon.updates_per_epoch * evaluate_every
    last = (horizon.updates - 1) // step
    length = Span.parse(rung).length(horizon)
    return 0 if length >= horizon.updates else min(max(int(length / step + 0.5), 1), last) * evaluate_every


class Standing(Noun):
    """What was measured of a trial that is under way: up to a rung, or of one that stopped there.

    trial: its key. updates, updates_per_epoch: of its whole horizon. diverged_at: the update at which it diverged.
    """

    trial: str
    metric: Metric
    updates: int = Field(ge=1)
    updates_per_epoch: int = Field(ge=1)
    epochs: tuple[Epoch, ...]
    diverged_at: int | None = None

    @classmethod
    def of_record(cls, record: Record) -> "Standing":
        """The standing of a trial that has ended."""
        return cls(
            trial=record.trial.key,
            metric=record.metric,
            updates=record.updates,
            updates_per_epoch=record.updates_per_epoch,
            epochs=tuple(record.epochs),
            diverged_at=record.diverged_at,
        )

    @property
    def horizon(self) -> Horizon:
        """The trial's whole horizon."""
        return Horizon(updates=self.updates, updates_per_epoch=self.updates_per_epoch)

    def diverged_by(self, epoch: int) -> bool:
        """Whether it diverged before this epoch, counted from 1, was measured."""
        return self.diverged_at is not None and epoch >= len(self.epochs)


class RungCheck(Noun):
    """What a pilot says of a rung: of so many races run whole, how many lost their winner there.

    rung: as the study has it. epoch: the end of which. races, lost: counts. on: whether settings stop there.
    """

    rung: str
    epoch: int
    races: int
    lost: int
    on: bool

    @property
    def share(self) -> float | None:
        """The share of winners thrown away; None where nothing was asked."""
        return self.lost / self.races if self.races else None


def halving_words(halving: Halving, checks: Sequence[RungCheck]) -> str:
    """What halving does here, and which share of winners it would have thrown away, in one sentence.

    checks: of its rungs; none where the pilot has no say.
    """
    if not checks:
        asked = "no rung lies before the end" if halving.pilot else "which winners that throws away was not asked"
        return f"halving at {', '.join(halving.rungs)} of each trial: {asked}."
    pilot, races = counted(halving.pilot, "seed"), checks[0].races
    lost = ", ".join(f"{check.lost} at epoch {check.epoch}" for check in checks)
    text = f"halving: of {counted(races, 'race')} run whole on {pilot} the winner would have been thrown away in {lost}"
    if races and not any(check.lost for check in checks):
        text += f" (up to {100 * failure_bound(0, races):.0f} % are still possible)"
    off = [str(check.epoch) for check in checks if not check.on]
    most = f"{100 * halving.tolerated:g} % are tolerated"
    if len(off) == len(checks):
        return f"{text}; {most}, so that it is off, and all trials are trained to their end."
    return f"{text}; {most}, so that none stops at epoch {', '.join(off)}." if off else f"{text}."
