"""The margin of the verdict "within": fixed by the tuning phase, before any test score is looked at."""

from collections.abc import Iterable, Sequence
from math import sqrt

from ..measures import are_shares
from ..spec import Choice, Confirm, Margin, Metric, Record, Study, asked_margin
from ..stats import rounded_step
from ..trackers import point_of

Z = 1.96  # standard errors of a share: what a test set cannot resolve
PART = 0.05  # of a loss
POINT = 0.01


def margin_of(
    confirm: Confirm, metric: Metric, leader: Choice, tuned: Sequence[Record], confirmed: Sequence[Record]
) -> Margin | None:
    """The margin that was asked for, or the usual one. The arguments are `usual_margin`'s.

    confirmed: of whose validation scores the unit is known where nothing was tuned.
    One that was asked for is in points where the metric is a share, and has the unit of tables elsewhere.
    """
    if confirm.margin is None:
        return usual_margin(metric, leader, tuned or confirmed)
    known = tuned or confirmed
    return asked_margin(confirm.margin, _point_of(metric, known), is_share(metric, known))


def with_margin(study: Study, margin: float | None) -> Study:
    """The study, had this margin been asked for; it decides nothing that is trained."""
    return study.model_copy(update={"confirm": study.confirm.model_copy(update={"margin": margin})})


def usual_margin(metric: Metric, leader: Choice, tuned: Sequence[Record]) -> Margin | None:
    r"""The usual margin of a metric; None where the leader's validation score is 0, or is not known.

    .. math:: 1.96 \sqrt{p (1 - p) / n} \text{ of a share}, \qquad 0.05 \, |p| \text{ of all else}

    (of what is measured per token, 0.01 |p|: `Metric.usual_part`), rounded to the nearest of 1, 2, 5, 10, 20 .. times a
    power of ten, by ratio. p: the leader's mean validation score at what was chosen for it. n: the number of test
    examples: what so many cannot resolve is no difference worth knowing of. Of a share p is at least 1 / n and at most
    1 - 1 / n; where n or p is not known, it is one point. A share may be in per cent: a user's accuracy of 93.1.

    leader: how it was tuned. tuned: the records of that phase, of whose test data the number alone is looked at.
    """
    score = _chosen_value(leader, leader.scores)
    point = _point_of(metric, tuned)
    if point is None:
        return _part_of(score, metric.usual_part)
    examples = _test_examples(tuned)
    if examples is None or score is None:
        return Margin(value=point, why="a point, as the size of the test data is not known")
    if examples < 2:
        return Margin(value=point, why="a point, as one test example resolves nothing")
    unit = 100 * point
    share = min(max(score / unit, 1 / examples), 1 - 1 / examples)
    return Margin(
        value=unit * rounded_step(Z * sqrt(share * (1 - share) / examples)),
        why=f"what {examples:,} test examples resolve: 1.96 standard errors at the leader's "
        f"{100 * score / unit:.1f} % on validation data, rounded",
    )


def loss_margin(leader: Choice) -> Margin | None:
    """The margin of the test loss: 5 % of the leader's validation loss, rounded; None where that is 0 or unknown."""
    return _part_of(_chosen_value(leader, leader.losses), PART)


def is_share(metric: Metric, tuned: Iterable[Record]) -> bool:
    """Whether the scores are shares of 1, by the metric and validation data."""
    return are_shares(metric, (record.validation.score for record in tuned if record.validation is not None))


def _point_of(metric: Metric, tuned: Sequence[Record]) -> float | None:
    """One point in the unit of the scores; None where they are no shares, neither of 1 nor in per cent."""
    if is_share(metric, tuned):
        return POINT
    scores = [record.validation.score for record in tuned if record.validation is not None]
    return point_of(metric.name, [score for score in scores if score is not None])


def _chosen_value(choice: Choice, values: Sequence[float | None]) -> float | None:
    """What was measured at the chosen setting; None where nothing was tuned."""
    return values[choice.chosen] if choice.chosen is not None and choice.chosen < len(values) else None


def _part_of(value: float | None, part: float) -> Margin | None:
    if not value:
        return None
    why = f"{100 * part:g} % of the leader's {value:.3g} on validation data, rounded"
    return Margin(value=rounded_step(part * abs(value)), why=why)


def _test_examples(tuned: Iterable[Record]) -> int | None:
    """How many test examples were counted; None where no classes are."""
    counts = (record.test.class_counts for record in tuned)
    return next((int(each.true.sum()) for each in counts if each is not None), None)
