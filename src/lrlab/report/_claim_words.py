"""A claim in a sentence: who beats whom, who is as good as whom, what is undecided; the same on terminal and page."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..spec import Claim, Row, StudyResults, counted
from ..stats import failure_bound
from ._figures import Advantage, advantage_of
from ._numbers import ScoreScale, peaks_of, probability, rate, scale_of
from ._words import comparisons_to_carry, join_names, row_of, student_words, too_few_words

UNUSED = "which usually means that the schedule is not used"
AS_THEY_WERE = "the interval speaks of the seeds as they were"


class _Told(NamedTuple):
    """A claim about to be told: turned, with the rows and names of first and second, and the scale of its numbers."""

    claim: Claim
    turned: Advantage
    rows: tuple[Row, Row]
    names: tuple[str, str]
    scale: ScoreScale

    @property
    def advantage(self) -> str:
        return self.scale.with_unit(self.scale.difference(self.turned.advantage), directed=True)

    @property
    def interval(self) -> str:
        whose = student_words(self.claim.seeds) if self.turned.low < self.turned.high else ""
        return f"95 % interval {self.scale.between(self.turned.low, self.turned.high)}{whose}"

    def sure(self, p: float) -> str:
        """How sure it is, in words."""
        worst = ", a diverged seed counts as the worst" * any(row.diverged for row in self.rows)
        return f"adjusted p {probability(p)}, {counted(self.claim.seeds, 'paired seed')}{worst}"


def claim_sentence(claim: Claim, results: StudyResults) -> str:
    """Who beats whom by how much, that both lie within the margin, or "undecided" with what could have been shown.

    Behind it, what seeds that failed may mean, and at which other peaks it does not hold.
    """
    turned, scale = advantage_of(claim, results.metric), scale_of(results)
    first, second = row_of(results, turned.first), row_of(results, turned.second)
    peaks = peaks_of(results)
    names = (f"{first.label} at {rate(first.peak, peaks)}", f"{second.label} at {rate(second.peak, peaks)}")
    told = _Told(claim, turned, (first, second), names, scale)
    if not (first.learned or second.learned):
        return f"{names[0]} against {names[1]}: no claim, for neither is better than chance"
    if turned.claimed:
        said = _better_words(told)
    elif claim.within is not None:
        said = _within_words(told, claim.within)
    else:
        said = _open_words(told, comparisons_to_carry(results.claims))
    return "; ".join([said, *_failure_words(told), *_peak_words(claim, peaks)])


def claimed_first(results: StudyResults) -> list[Claim]:
    """The claims: who is better, then who is as good as whom, then what is undecided."""
    return sorted(results.claims, key=lambda claim: (not claim.verdict, claim.within is None))


def margin_words(margin: float, scale: ScoreScale) -> str:
    """A margin with its unit: "2 points", "0.05 of mean error".

    margin: in the unit of the scores. scale: of these.
    """
    if scale.factor == 100:
        points = f"{margin * 100:.6g}"
        return f"{points} point{'s' * (points != '1')}"
    return scale.with_unit(f"{margin:.6g}")


def amount_words(text: str, scale: ScoreScale, unit: str) -> str:
    """A number with its unit, unit: of shares; numbers of a metric without one stand alone."""
    unit = unit if scale.factor == 100 else scale.measured_in
    return f"{text} {unit}" if unit else text


def by_words(turned: Sequence[Advantage], scale: ScoreScale) -> str:
    """By how much, in brackets: of one with its interval, of several from the least to the most.

    >>> scale = ScoreScale("accuracy", 100, 1, True)
    >>> first, second = (Advantage("a", "b", size, size - 0.01, size + 0.01, True) for size in (0.02, 0.036))
    >>> by_words([first], scale), by_words([first, second], scale), by_words([], scale)
    (' (by 2.0 points, 1.0 to 3.0)', ' (by 2.0 to 3.6 points)', '')
    """
    if not turned:
        return ""
    if len(turned) == 1:
        one = turned[0]
        by = amount_words(scale.difference(one.advantage), scale, "points")
        return f" (by {by}, {scale.between(one.low, one.high)})"
    sizes = sorted(abs(each.advantage) for each in turned)
    least, most = scale.difference(sizes[0]), scale.difference(sizes[-1])
    return f" (by {amount_words(most if least == most else f'{least} to {most}', scale, 'points')})"


def metric_stands_still(results: StudyResults) -> bool:
    """Whether the metric is one number for every trial of the confirm phase, while their losses differ."""
    tests = [record.test for record in results.confirmed]
    return len({test.score for test in tests}) == 1 and len({test.loss for test in tests}) > 1


def shown_from(claims: Sequence[Claim], scale: ScoreScale, why_same: str = UNUSED) -> str:
    """The smallest difference that the seeds of each of these claims can show.

    claims: at least one. Where one of them can show none, that. why_same: said where none differed on any seed.
    """
    fewest, most = min(claim.seeds for claim in claims), max(claim.seeds for claim in claims)
    seeds = counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    visible = [claim.smallest_visible for claim in claims if claim.smallest_visible is not None]
    if len(visible) < len(claims):
        return f"{seeds} can show none"
    if not max(visible):  # no difference on any seed
        return f"{seeds} gave the same numbers under both, {why_same}"
    from_there = amount_words(scale.difference(max(visible)), scale, "points")
    return f"{seeds} can show differences from {from_there} up"


def failed_on(label: str, failed: int, seeds: int) -> str:
    """How often an arm failed, and how often it may.

    >>> failed_on("constant", 1, 30)
    'constant failed on 1 of 30 seeds, and may fail on up to 15 %'
    """
    return f"{label} failed on {failed} of {counted(seeds, 'seed')}, and may fail on up to {bound_words(failed, seeds)}"


def bound_words(failed: int, seeds: int) -> str:
    """The largest share of failing seeds that is still likely, in per cent.

    >>> bound_words(0, 10)
    '26 %'
    """
    return f"{100 * failure_bound(failed, seeds):.0f} %"


def _better_words(told: _Told) -> str:
    (first, second), sure = told.names, told.sure(told.claim.adjusted_p)
    if told.rows[1].score is None:
        return f"{first} beats {second}, which diverged on every seed ({sure})"
    return f"{first} beats {second} by {told.advantage} ({told.interval}, {sure})"


def _within_words(told: _Told, margin: float) -> str:
    (first, second), p = told.names, told.claim.equal_p
    sure = told.sure(told.claim.adjusted_p if p is None else p)
    within = margin_words(margin, told.scale)
    return (
        f"{first} and {second} are within {within} of each other (difference {told.advantage}, {told.interval}, {sure})"
    )


def _open_words(told: _Told, asked: int) -> str:
    (first, second), claim, scale = told.names, told.claim, told.scale
    if claim.smallest_visible is None:
        return f"{first} against {second} is undecided: {too_few_words(claim.seeds, asked)}"
    idle = next((row.label for row in told.rows if not row.learned), "")
    seen = f"{idle} is at chance" if idle else shown_from([claim], scale)
    basis = f"difference {told.advantage}, {told.interval}, {told.sure(claim.adjusted_p)}"
    return f"{first} against {second} is undecided: {seen} ({basis})"


def _failure_words(told: _Told) -> list[str]:
    """What is said of arms that failed on some seeds; of one at chance the answer tells."""
    failed = {told.claim.a: told.claim.failed_a, told.claim.b: told.claim.failed_b}
    words = [
        failed_on(row.label, failed[row.label], row.seeds) for row in told.rows if row.learned and failed[row.label]
    ]
    return [*words, AS_THEY_WERE] if words else []


def _peak_words(claim: Claim, peaks: Collection[float]) -> list[str]:
    """Says that a claim is lost at other peaks of the arm that is said to be worse."""
    if not claim.not_at:
        return []
    worse = claim.b if claim.verdict == claim.a else claim.a
    return [f"at these settings only: not of {worse} at peak {join_peaks(claim.not_at, peaks)}"]


def join_peaks(peaks: Sequence[float], among: Collection[float]) -> str:
    """Peaks in a sentence, each told from all those it stands among."""
    return join_names([rate(peak, among) for peak in peaks])
