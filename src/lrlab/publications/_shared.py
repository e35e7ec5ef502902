"""What the published studies have in common: arms, seeds and the remarks of a scale."""

from collections.abc import Mapping

from ..rules import parse
from ..spec import Arm, Candidate, Confirm, Optimizer
from ._publication import Decision, PublicationScale, PublishedRow

Printed = Mapping[str, tuple[float | None, ...]]

CIFAR_REMARK = (
    "CIFAR-10's images were stored as JPEG here, a lossy copy: expect accuracies a point or two below those of the "
    "original data."
)
SCALE_REMARKS: dict[PublicationScale, tuple[str, ...]] = {
    "full": (),
    "standard": (),
    "reduced": ("Accuracies at this scale are not comparable with the published ones; differences between arms are.",),
    "smoke": ("The scale smoke shows that the study runs. Its numbers say nothing about schedules.",),
}


def candidate(schedule: str, peak: float, optimizer: Optimizer | None = None) -> Candidate:
    """One way of running an arm; the schedule in the notation of the command line."""
    return Candidate(schedule=parse(schedule), peak=peak, optimizer=optimizer)


def arm(label: str, *candidates: Candidate, snapshots: tuple[int, ...] = ()) -> Arm:
    """An arm of these candidates."""
    return Arm(label=label, candidates=candidates, snapshots=snapshots)


def confirm(scale: PublicationScale) -> Confirm:
    """Ten fresh seeds, which carry 25 comparisons; two at the scale smoke, which carry none."""
    return Confirm(seeds=tuple(range(1000, 1002 if scale == "smoke" else 1010)))


def seeds_decision(scale: PublicationScale) -> Decision:
    """How often every confirmed arm is run."""
    return Decision(
        topic="Seeds",
        said="One run of each setting, as far as can be seen.",
        chosen=f"{len(confirm(scale).seeds)} seeds, which all arms share.",
        why="Without repetition no difference can be told from chance.",
    )


def rows(printed: Printed) -> tuple[PublishedRow, ...]:
    """The rows of a printed table, by label."""
    return tuple(PublishedRow(label=label, values=values) for label, values in printed.items())
