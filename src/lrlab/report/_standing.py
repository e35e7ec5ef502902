"""The answer of a study in words: what to use, against whom it is better, against whom not."""

from collections.abc import Sequence

from ..errors import shortened
from ..spec import BestSet, Claim, Recipe, Row, StudyResults, counted
from ._claim_words import UNUSED, amount_words, by_words, join_peaks, margin_words, metric_stands_still, shown_from
from ._figures import advantage_of
from ._numbers import peaks_of, rate, scale_of
from ._words import comparisons_to_carry, is_or_are, join_names, recommended_row, row_of, too_few_words

LONGEST = 100  # characters of a name in a sentence
NAMED = 5  # labels that a sentence names where it might count them
STILL = "the metric is the same for every model, while the loss is not"


def answer(results: StudyResults) -> str:
    """What to use, what it reaches, and how it stands against the others. Never more than the claims allow."""
    return " ".join(filter(None, (f"{headline(results)}.", standing(results))))


def headline(results: StudyResults) -> str:
    """What to use and what it reaches on test data; where nothing was learned, that, and where better peaks lie."""
    row, leader = recommended_row(results), row_of(results, results.leader)
    if not any(row.learned for row in results.rows):
        return nothing_learned(results)
    if row is None:
        return f"Nothing to use yet: {name_words(leader.label)}{_why_it_leads(results)} {at_chance(leader)}"
    if row.label != leader.label and results.study.tuned:
        return f"Use {_setting_words(row, results)}, not {name_words(leader.label)}: {score_words(row, results)}"
    if row.label == leader.label and not results.study.tuned and len(results.rows) > 1 and not _won(results):
        return f"No other is shown to be better than {_setting_words(row, results)}: {score_words(row, results)}"
    return f"Use {_setting_words(row, results)}: {score_words(row, results)}"


def standing(results: StudyResults) -> str:
    """Against whom it is better, with whom it is level, against whom it is undecided; first, whether it is beaten."""
    if not any(row.learned for row in results.rows):
        return ""
    others = [row.label for row in results.rows if row.label != results.leader]
    asked = claims_of_leader(results)
    if not others:
        return "It is the only schedule of this study."
    if not asked:
        return "It was compared with no other schedule."
    told = results.leader if recommended_row(results) is None else ""  # by the headline
    idle = [row for row in results.rows if not row.learned and row.label != told]
    named = [label for label in others if label in asked and row_of(results, label).learned]
    parts = [
        _beaten_words(results, [label for label in named if asked[label].verdict == label]),
        _better_words(results, [label for label in named if asked[label].verdict == results.leader], len(others)),
        _equal_words(results, [label for label in named if asked[label].within is not None]),
        _undecided_words(results, [label for label in named if not asked[label].decided], len(others)),
    ]
    return " ".join([*filter(None, parts), *(f"{name_words(row.label)} {at_chance(row)}." for row in idle)])


def remarks(results: StudyResults) -> list[str]:
    """How it was chosen, whether better peaks may lie beyond those tried, and which may be the best."""
    row = recommended_row(results)
    if row is None:
        return []
    said = _chosen_words(results, row)
    if row.at_edge:
        said.append(
            f"Peak {rate(row.peak, peaks_of(results))} is the edge of those tried: a better one may lie beyond."
        )
    if results.best is not None and len(results.best.among) > 1:
        said.append(best_sentence(results.best))
    return said


def also_asked(results: StudyResults) -> list[str]:
    """What was asked beside the leader: a sentence for each schedule the others were compared with, and a count."""
    if not any(row.learned for row in results.rows):
        return []
    groups: dict[str, list[Claim]] = {}
    for claim in results.claims:
        if results.leader not in (claim.a, claim.b):
            groups.setdefault(claim.b, []).append(claim)
    said = [_group_sentence(label, claims, results) for label, claims in groups.items()]
    return [*said, *decided_sentences(results)]


def claims_of_leader(results: StudyResults) -> dict[str, Claim]:
    """The claims that the leader is in, by the other label."""
    return {
        claim.b if claim.a == results.leader else claim.a: claim
        for claim in results.claims
        if results.leader in (claim.a, claim.b)
    }


def name_words(label: str) -> str:
    """A label as sentences hold it; one without end is shortened."""
    return shortened(label, LONGEST)


def best_sentence(best: BestSet) -> str:
    """Which may be the best.

    >>> best_sentence(BestSet(among=("a", "b"), out=("c",)))
    'The best is among a and b.'
    """
    among = best.among
    if best.out:
        return f"The best is among {_few_names(among)}."
    if len(among) > NAMED:
        return f"The best may be any of the {len(among)}."
    return f"The best may be {join_names([name_words(label) for label in among], 'or')}."


def decided_sentences(results: StudyResults) -> list[str]:
    """How many questions are answered, and which are undecided, if those are few; nothing of a single question."""
    claims = results.claims
    if len(claims) < 2:
        return []
    better = sum(bool(claim.verdict) for claim in claims)
    within = sum(claim.within is not None for claim in claims)
    parts = [f"{better} by a difference"] * (better > 0)
    parts += [f"{within} as within {_margin_of(results)}"] if within else []
    left = [f"{name_words(claim.a)} against {name_words(claim.b)}" for claim in claims if not claim.decided]
    how = f": {join_names(parts)}" if parts else ""
    open_words = f"; {join_names(left)} {is_or_are(left)} undecided" if 0 < len(left) <= 2 else ""
    return [f"{_how_many(better + within, len(claims))} answered{how}{open_words}."]


def nothing_learned(results: StudyResults) -> str:
    """Says that every arm is at chance, over which peaks, and what to try."""
    advice = {row.label: _peak_advice(row) for row in results.rows}
    shared = next(iter(advice.values())) if len(set(advice.values())) == 1 else ""
    parts = [f"{label}: {words.removeprefix('; ')}" for label, words in advice.items() if words] if not shared else []
    each = f" ({'; '.join(parts)})" if parts else ""
    diverged, collapsed, seeds = (
        sum(getattr(row, name) for row in results.rows) for name in ("diverged", "collapsed", "seeds")
    )
    how = [f"{diverged} of {counted(seeds, 'trial')} diverged"] * (diverged > 0)
    how += [f"{collapsed} of {seeds} ended at chance{_chance_words(results)}"] * (collapsed > 0)
    nothing = "Nothing" if diverged + collapsed == seeds else "Next to nothing"
    return f"{nothing} learned at {_peaks_tried(results)}{shared}{each}: {join_names(how)}"


def score_words(row: Row, results: StudyResults) -> str:
    """What a row reaches on test data: "95.6 % test accuracy", "test loss 0.21"."""
    scale = scale_of(results)
    name = scale.name if scale.name.lower().startswith("test") else f"test {scale.name}"
    if row.score is None:
        return "every seed diverged"
    score = f"{scale.bare(row.score)} {scale.shown_unit}".rstrip()
    return f"{score} {name}" if scale.factor == 100 else f"{name} {score}"


def at_chance(row: Row) -> str:
    """How the trials of a row at chance ended: "learned nothing: 6 of 6 seeds diverged; try lower ones"."""
    parts = [f"{row.diverged} of {counted(row.seeds, 'seed')} diverged"] * (row.diverged > 0)
    parts += [f"{row.collapsed} of {row.seeds} ended at chance"] * (row.collapsed > 0)
    left = row.seeds - row.diverged - row.collapsed
    words = f"learned on {left} of {counted(row.seeds, 'seed')} only" if left else "learned nothing"
    return f"{words}: {join_names(parts)}{_peak_advice(row)}"


def _setting_words(row: Row, results: StudyResults) -> str:
    """What to use: its name, or its schedule and average, and its peak or setting."""
    name = _average_words(row.label, results) or name_words(row.label)
    if row.setting.startswith(f"{row.label} at "):
        return shortened(row.setting, LONGEST)
    if row.setting:
        return f"{name.removesuffix(',')}, as {shortened(row.setting, LONGEST)}"
    return f"{name} at peak {rate(row.peak, peaks_of(results))}"


def _average_words(label: str, results: StudyResults) -> str:
    """A schedule with an average of weights in words; "" of any other arm, and of one with a name of its own."""
    arm = None if results.study.arms else results.study.arm_of(label)
    if not isinstance(arm, Recipe) or arm.average is None:
        return ""
    own = "" if arm.optimizer is None else f" and {arm.optimizer.name}"
    return f"{arm.schedule} with an average of weights, {arm.average},{own}"


def _why_it_leads(results: StudyResults) -> str:
    return ", the best on validation data," if results.study.tuned else ", the baseline,"


def _won(results: StudyResults) -> bool:
    """Whether the leader is claimed to be better than any other."""
    return any(claim.verdict == results.leader for claim in results.claims)


def _chosen_words(results: StudyResults, row: Row) -> list[str]:
    """Why it is the leader; nothing where that is beaten, for then the claims choose."""
    if row.label != results.leader:
        return []
    if not results.study.tuned:
        return [f"{name_words(results.leader)} is the baseline that the others are compared with."]
    why = ", so it need not be first in the table" if row != results.rows[0] else ""
    return [f"Chosen on validation data before any test score was seen{why}."]


def _beaten_words(results: StudyResults, better: Sequence[str]) -> str:
    """Says that the leader is beaten, and that what is used instead is out of the claims' best set, where it is."""
    leader, used = name_words(results.leader), recommended_row(results)
    why = "led on validation data" if results.study.tuned else "is the baseline"
    if not better:
        if used is None or used.label == results.leader:
            return ""
        return f"{leader} {why}, but is out of the set in which the best one lies."
    sizes = _sizes_of(results, better)
    if not results.study.tuned:
        return f"{_few_names(better)} {is_or_are(better)} better than {leader}, the baseline{sizes}."
    level = [label for label in better if _validated(results, label) == _validated(results, results.leader)]
    if level and _validated(results, results.leader) is not None:
        both = "both" if len(level) == 1 else "all"
        names = join_names([leader, *map(name_words, level)])
        why = f"On validation data {names} {both} had the same value, so none led"
        return f"{why}; {_few_names(better)} {is_or_are(better)} better{sizes}."
    return f"{leader} {why}, but {_few_names(better)} {is_or_are(better)} better{sizes}."


def _validated(results: StudyResults, label: str) -> float | None:
    """What the choice of the leader went by: an arm's validation value at what was chosen for it."""
    choice = next((choice for choice in results.choices if choice.label == label), None)
    if choice is None or choice.chosen is None:
        return None
    values = choice.losses if choice.by == "loss" else choice.scores
    return values[choice.chosen] if choice.chosen < len(values) else None


def _better_words(results: StudyResults, beaten: Sequence[str], others: int) -> str:
    if not beaten:
        return ""
    whole = len(beaten) == others and others > 1
    names = "every other schedule" if whole else _few_names(beaten, others)
    subject = "Better" if _leads_itself(results) else f"{name_words(results.leader)} is better"
    return f"{subject} than {names}{_sizes_of(results, beaten)}{''.join(_lost_at(results, beaten))}."


def _lost_at(results: StudyResults, beaten: Sequence[str]) -> list[str]:
    """Peaks at which it cannot be said of those that the leader is better than."""
    lost = [(label, claims_of_leader(results)[label].not_at) for label in beaten]
    return [
        f"; not shown of {name_words(label)} at peak {join_peaks(peaks, peaks_of(results))}"
        for label, peaks in lost
        if peaks
    ]


def _equal_words(results: StudyResults, alike: Sequence[str]) -> str:
    if not alike:
        return ""
    subject = "Within" if _leads_itself(results) else f"{name_words(results.leader)} is within"
    asked = claims_of_leader(results)
    same = [label for label in alike if asked[label].difference == asked[label].low == asked[label].high == 0]
    look = "look whether the schedule is used"
    if metric_stands_still(results):
        look = f"{STILL}; look at the metric"
    more = f" on every seed, to the last digit: {look}" if same == list(alike) else ""
    return (
        f"{subject} {_margin_of(results)} of {_few_names(alike)}, which counts as equal{more and f'; the same{more}'}."
    )


def _undecided_words(results: StudyResults, left: Sequence[str], others: int) -> str:
    """Against whom nothing can be said, and what these seeds can show; or that there are too few of them."""
    if not left:
        return ""
    asked = claims_of_leader(results)
    blind = next((asked[label] for label in left if asked[label].smallest_visible is None), None)
    names = f"all {others} others" if len(left) == others > NAMED else _few_names(left, others)
    subject = "Undecided" if _leads_itself(results) else f"{name_words(results.leader)} is undecided"
    if blind:
        return f"{subject} against {names}: {too_few_words(blind.seeds, comparisons_to_carry(results.claims))}."
    why = f"for {STILL}; look at the metric" if metric_stands_still(results) else UNUSED
    return f"{subject} against {names}: {shown_from([asked[label] for label in left], scale_of(results), why)}."


def _group_sentence(label: str, claims: Sequence[Claim], results: StudyResults) -> str:
    """Each that was compared with one schedule, by how it stands to it."""
    better = [claim.a for claim in claims if claim.verdict == claim.a]
    worse = [claim.a for claim in claims if claim.verdict == label]
    alike = [claim.a for claim in claims if claim.within is not None]
    left = [claim for claim in claims if not claim.decided]
    scale, parts = scale_of(results), list[str]()
    if better:
        sizes = by_words([advantage_of(claim, results.metric) for claim in claims if claim.a in better], scale)
        parts.append(f"{_few_names(better)} {is_or_are(better)} better{sizes}")
    if worse:
        sizes = by_words([advantage_of(claim, results.metric) for claim in claims if claim.a in worse], scale)
        parts.append(f"{_few_names(worse)} {is_or_are(worse)} worse{sizes}")
    if alike:
        parts.append(f"{_few_names(alike)} {is_or_are(alike)} within {_margin_of(results)}")
    if left:
        names = [claim.a for claim in left]
        parts.append(f"{_few_names(names)} {is_or_are(names)} undecided ({shown_from(left, scale)})")
    role = ", the baseline" if label == results.study.reference else ""
    return f"Also asked, against {name_words(label)}{role}: {'; '.join(parts)}."


def _leads_itself(results: StudyResults) -> bool:
    """Whether the leader is what to use, so that sentences need not name it."""
    used = recommended_row(results)
    return used is not None and used.label == results.leader


def _sizes_of(results: StudyResults, labels: Sequence[str]) -> str:
    """By how much the leader is better or worse than each of these, in brackets; of what diverged, nothing."""
    asked = claims_of_leader(results)
    if row_of(results, results.leader).score is None:
        return ""
    finished = [label for label in labels if row_of(results, label).score is not None]
    return by_words([advantage_of(asked[label], results.metric) for label in finished], scale_of(results))


def _few_names(labels: Sequence[str], others: int | None = None) -> str:
    """Names in a sentence; many are counted. others: of how many."""
    if len(labels) <= NAMED:
        return join_names([name_words(label) for label in labels])
    return f"{len(labels)} schedules" if others is None else f"{len(labels)} of the {others} others"


def _how_many(answered: int, asked: int) -> str:
    """How many questions are, as the start of a sentence."""
    if answered == asked:
        return f"{'Both' if asked == 2 else f'All {asked}'} questions are"
    return (
        f"{answered} of {asked} questions {'is' if answered == 1 else 'are'}"
        if answered
        else f"None of {asked} questions is"
    )


def _margin_of(results: StudyResults) -> str:
    """The margin of the claims that are within it."""
    within = next(claim.within for claim in results.claims if claim.within is not None)
    return margin_words(within, scale_of(results))


def _peaks_tried(results: StudyResults) -> str:
    """The peaks of all arms: "these peaks, 0.01 to 0.3"."""
    tried = {peak for choice in results.choices for peak in choice.peaks} or {row.peak for row in results.rows}
    low, high = min(tried), max(tried)
    lowest, highest = rate(low, tried), rate(high, tried)
    return f"peak {lowest}" if low == high else f"these peaks, {lowest} to {highest}"


def _peak_advice(row: Row) -> str:
    """What to try, after a semicolon, and why; nothing of seeds that diverged where no more is known."""
    if not row.way:
        return "" if row.diverged else "; the loss points to no better one: look at data, labels and loss"
    words = {
        "lower": "lower ones",
        "higher": "higher ones, for the loss fell all along",
        "between": "ones in between, for the loss fell all along at low ones and rose at high ones",
    }
    return f"; try {words[row.way]}"


def _chance_words(results: StudyResults) -> str:
    """What a constant prediction reaches, in brackets."""
    known = [record.chance.constant.score for record in results.confirmed if record.chance is not None]
    scale = scale_of(results)
    if not known or known[0] is None:
        return ""
    return f" ({amount_words(scale.bare(known[0]), scale, '%')} {scale.name} on validation data)"
