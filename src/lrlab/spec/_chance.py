"""Chance: what validation data give where nothing was learned."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import Literal

from pydantic import Field

from ._noun import Noun

Way = Literal["", "lower", "higher", "between"]  # where better peaks may lie; "": not known

STANDARD_ERRORS = 3.0  # binomial ones: how far above chance a share has to lie
PART_OF_LOSS = 0.02  # how far below chance a loss has to lie, as a share of it,
PER_EXAMPLE = 4.0  # and in addition this over the number of examples: what a fit of noise gains
FALL = 1e-6  # of the loss before training, as a share of it: less is rounding, and no step downhill
ROUNDED_UP = 1 + 1e-6  # means of float32 end a hair above a whole
RISE = 0.005  # of the validation loss, as a share of it: more than that is no small step downhill


class Level(Noun):
    """Loss and score of a prediction that rests on no input; None: not finite, or not to be had."""

    loss: float | None = None
    score: float | None = None


class Chance(Noun):
    r"""What a trial's validation data give without learning.

    constant: the best constant prediction: the shares of the classes, of which the largest wins, the mean or median of
    the labels, or what is fitted to the training labels under a loss of a user's own; not known where all inputs or all
    labels are the same. untrained: the trial's initial weights.
    examples: n, those of the validation data.

    A trial has learned where its score or its loss is clearly better than both levels:

    .. math:: |score - level| > 3 \sqrt{p (1 - p) / n}, \qquad loss < level - (0.02 + 4 / n) \, |level|

    p is the level, at least 1/n and at most 1 - 1/n. Where score and levels lie in [0, 100], not all of them in [0, 1],
    they are taken for per cent: p is a hundredth of the level, and the margin a hundred times as wide. Other scores are
    held to the loss's margin; shares and per cent of which less is better, which may be neither, to the larger of both.
    """

    constant: Level
    untrained: Level
    examples: int = Field(ge=1)

    def passed(self, loss: float, score: float, higher_is_better: bool) -> bool:
        """Whether a loss and a score show that something was learned; True where no level is known."""
        if loss < self._passing_loss:
            return True
        losses = [level.loss for level in (self.constant, self.untrained) if level.loss is not None]
        scores = [level.score for level in (self.constant, self.untrained) if level.score is not None]
        sign = 1 if higher_is_better else -1
        whole = _whole_unit((score, *scores))
        by_loss = [loss < level - self._loss_margin(level) for level in losses]
        by_score = [sign * (score - level) > self._score_margin(level, whole, higher_is_better) for level in scores]
        return not (by_loss or by_score) or any(better and all(better) for better in (by_loss, by_score))

    def way(self, losses: Iterable[float | None]) -> Way:
        """Where better peaks lie for a trial at chance. losses: its validation losses by epoch; None: not measured.

        A rate too low takes small steps downhill. One too high throws the loss up, if only once: from there networks
        fall back to a constant prediction. A loss that did neither says nothing of rates.
        """
        course = [loss for loss in (self.untrained.loss, *losses) if loss is not None]
        if self.untrained.loss is None or len(course) < 2:
            return ""
        rises = any(after > before + RISE * abs(before) for before, after in pairwise(course))
        return "lower" if rises else "higher" if course[-1] < course[0] - FALL * abs(course[0]) else ""

    @cached_property
    def _passing_loss(self) -> float:
        """What is less is clearly better than both levels, for thousands of trials; where none is known, nothing is."""
        losses = [level.loss for level in (self.constant, self.untrained) if level.loss is not None]
        return min((level - self._loss_margin(level) for level in losses), default=-inf)

    def _loss_margin(self, level: float) -> float:
        return (PART_OF_LOSS + PER_EXAMPLE / self.examples) * abs(level)

    def _score_margin(self, level: float, whole: float | None, higher_is_better: bool) -> float:
        if whole is None:
            return self._loss_margin(level)
        share = min(max(level / whole, 1 / self.examples), 1 - 1 / self.examples)
        by_chance = whole * STANDARD_ERRORS * (share * (1 - share) / self.examples) ** 0.5
        return by_chance if higher_is_better else max(by_chance, self._loss_margin(level))


def _whole_unit(scores: Sequence[float]) -> float | None:
    """What all would be in the unit of these scores: 1 of shares, 100 of per cent; None where they are neither."""
    lowest, highest = min(scores), max(scores)
    return next((whole for whole in (1.0, 100.0) if lowest >= 0 and highest <= whole * ROUNDED_UP), None)


def way_between(ways: Sequence[Way]) -> tuple[Way, int]:
    """Where better peaks lie than those that were tried, lowest first, and the one of them that lies nearest.

    A peak that is too high makes all above it too high, whatever they seem. Nearest: a position; of "between", that of
    the peak below.

    >>> way_between(["higher", "higher"]), way_between(["higher", "lower", "higher"]), way_between(["lower", "higher"])
    (('higher', 1), ('between', 0), ('lower', 0))
    """
    first = next((place for place, way in enumerate(ways) if way == "lower"), len(ways))
    below = [place for place, way in enumerate(ways[:first]) if way == "higher"]
    if first < len(ways):
        return ("between", below[-1]) if below else ("lower", 0)
    return ("higher", len(ways) - 1) if below else ("", 0)
