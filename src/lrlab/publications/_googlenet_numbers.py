"""The numbers that the document behind `googlenet-schedules` prints."""

from typing import NamedTuple

from ._shared import Printed

NAME = "googlenet-schedules"

# Accuracy, precision, recall, F1.
SUMMARY: Printed = {
    "standard": (0.78, 0.78, 0.78, 0.78),
    "cyclic": (0.81, 0.82, 0.81, 0.82),
    "warmup": (0.84, 0.84, 0.84, 0.84),
    "annealing": (0.78, 0.78, 0.78, 0.78),
    "one_cycle": (0.85, 0.85, 0.85, 0.85),
    "uneven_cyclic": (0.83, 0.83, 0.83, 0.83),
}


class ClassLine(NamedTuple):
    """A line of a printed classification report of an arm's test data.

    label: a class, "macro average" or "weighted average". support: test examples.
    """

    arm: str
    label: str
    precision: float
    recall: float
    f1: float
    support: int


STANDARD_REPORT = (
    ClassLine("standard", "airplane", 0.78, 0.83, 0.81, 1000),
    ClassLine("standard", "automobile", 0.85, 0.91, 0.88, 1000),
    ClassLine("standard", "bird", 0.77, 0.66, 0.71, 1000),
    ClassLine("standard", "cat", 0.60, 0.59, 0.60, 1000),
    ClassLine("standard", "deer", 0.71, 0.81, 0.76, 1000),
    ClassLine("standard", "dog", 0.69, 0.67, 0.68, 1000),
    ClassLine("standard", "frog", 0.81, 0.84, 0.83, 1000),
    ClassLine("standard", "horse", 0.84, 0.79, 0.82, 1000),
    ClassLine("standard", "ship", 0.88, 0.85, 0.87, 1000),
    ClassLine("standard", "truck", 0.85, 0.83, 0.84, 1000),
    ClassLine("standard", "macro average", 0.78, 0.78, 0.78, 10000),
    ClassLine("standard", "weighted average", 0.78, 0.78, 0.78, 10000),
)

PUBLISHED_REPORTS: dict[str, tuple[ClassLine, ...]] = {NAME: STANDARD_REPORT}
