"""The numbers of a published study's figures, part by part."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..measures import CurveName
from ..report import CurveArrays, EpochBand, bands, curve_arrays
from ..spec import records_by_label
from ._measured import MeasuredPublication, PartResults

MANY = 8  # arms beyond which a figure is divided
PANELS: tuple[tuple[str, CurveName, bool], ...] = (
    ("Training loss", "train_loss", False),
    ("Validation loss", "validation_loss", False),
    ("Test loss (watched)", "test_loss", False),
    ("Training accuracy (%)", "train_score", True),
    ("Validation accuracy (%)", "validation_score", True),
    ("Test accuracy (%, watched)", "test_score", True),
    ("Training F1 (%)", "train_f1", True),
    ("Test F1 (%, watched)", "test_f1", True),
)


class ArmGroup(NamedTuple):
    """Arms that are drawn together: all of a part, or those of one strategy where there are many."""

    name: str
    labels: tuple[str, ...]


class Panel(NamedTuple):
    """A measure against epochs, a band for each arm. share: shown times 100."""

    title: str
    share: bool
    bands: tuple[EpochBand, ...]


def groups(results: MeasuredPublication, part: PartResults) -> tuple[ArmGroup, ...]:
    """The arms by what stands before the slash, arms without one beside each; all as one where there are few.

    Last, where the best of several strategies are asked, these beside their benchmarks.
    """
    labels = part.study.labels
    if len(labels) <= MANY:
        return (ArmGroup("", labels),)
    alone = tuple(label for label in labels if "/" not in label)
    strategies = dict.fromkeys(label.partition("/")[0] for label in labels if "/" in label)
    arm_groups = [
        ArmGroup(name, (*alone, *(label for label in labels if label.startswith(f"{name}/")))) for name in strategies
    ]
    for best in results.bests:
        chosen = tuple(row.chosen for row in best.rows if row.chosen)
        if best.part == part.study.name and chosen:
            arm_groups.append(ArmGroup("best of each", (*best.benchmarks, *chosen)))
    return tuple(arm_groups)


def curves_of(part: PartResults, group: ArmGroup) -> tuple[CurveArrays, ...]:
    """The rates of the group's arms."""
    return tuple(curve_arrays(curve) for curve in part.curves if curve.label in group.labels)


def panels_of(part: PartResults, group: ArmGroup) -> tuple[Panel, ...]:
    """Every measure that was taken, against epochs."""
    of_part = records_by_label(part.study, part.confirmed)
    records = {label: of_part[label] for label in of_part if label in group.labels}
    panels = (Panel(title, share, bands(records, measure)) for title, measure, share in PANELS)
    return tuple(panel for panel in panels if any(len(band.epochs) for band in panel.bands))


def confusions(part: PartResults) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Shares of each true class by predicted class, (C, C): of each arm where there are few, else of the baseline."""
    records = records_by_label(part.study, part.confirmed)
    labels = list(records) if len(records) <= MANY else [part.study.reference]
    for label in labels:
        counts = [record.test.confusion for record in records[label]]
        if counts and all(isinstance(count, tuple) for count in counts):
            count_CC = np.array(counts, dtype=np.float64).sum(axis=0)
            yield label, count_CC / np.maximum(count_CC.sum(axis=1, keepdims=True), 1)
