"""A judgement in words: the answer, its pairs, and how the runs were read."""

import re
from collections.abc import Sequence

from ..spec import JudgedArm, JudgedPair, Judgement, counted
from ._figures import Advantage
from ._judged_names import FEW, few_names, name_in_text
from ._judged_numbers import (
    arm_of,
    held_against,
    judged_metric,
    judged_scale,
    reference_of,
    turned_pair,
)
from ._judged_undecided import blind_words, idle_arms, idle_words, is_blind, needed_words
from ._judged_within import ahead_words, could_be_equal_words, margin_line, same_words, within_words
from ._numbers import ScoreScale, probability
from ._words import capitalized, is_or_are, join_names, student_words


def judgement_answer(judgement: Judgement) -> str:
    """What is better than what, by how much, how sure, and what is undecided; never more than the verdicts allow."""
    return " ".join([judgement_headline(judgement), *judgement_details(judgement)])


def judgement_headline(judgement: Judgement) -> str:
    """The answer in one sentence."""
    if len(judgement.pairs) == 1:
        return _pair_headline(judgement.pairs[0], judgement)
    if judgement.questions == "leader":
        return _leader_headline(judgement)
    if judgement.questions == "baseline":
        return _baseline_headline(judgement)
    return _pairs_headline(judgement)


def judgement_details(judgement: Judgement) -> list[str]:
    """How large and how sure, what is undecided and what would decide it, which runs are without a value."""
    reference = reference_of(judgement)
    pairs = [pair for pair in judgement.pairs if not reference or reference in (pair.a, pair.b)]
    decided, equal = [pair for pair in pairs if pair.verdict], [pair for pair in pairs if pair.within]
    undecided = [pair for pair in pairs if not pair.verdict and not pair.within]
    parts = [
        _best_words(judgement),
        _effects_words(decided, judgement),
        _equal_words(equal, judgement),
        _undecided_words(undecided, judgement),
    ]
    parts.append(_missing_words([arm for arm in judgement.arms if arm.missing]))
    return [part for part in parts if part]


def judged_pair_sentence(pair: JudgedPair, judgement: Judgement) -> str:
    """Which is better by how much, or undecided with what these runs can show and how many more would decide."""
    turned, scale = turned_pair(pair, judgement), judged_scale(judgement)
    first, second = name_in_text(turned.first), name_in_text(turned.second)
    size = scale.with_unit(scale.difference(turned.advantage), directed=True)
    sure = f"{_interval_words(pair, turned, scale)}, {_sure_words(pair)}"
    if is_empty(turned.second, judgement):
        none = f"of which no run has a value ({_sure_words(pair)})"
        if turned.claimed:
            return f"{first} is better than {second}, {none}"
        if idle := idle_words(pair, judgement):
            return f"{first} against {second}, {none}, is undecided; {idle}"
        shows = f"; {blind_words(pair, judgement)}" if is_blind(pair, judgement) else ""
        needed = f"; about {needed_words(pair)} would decide it" if pair.needed else ""
        return f"{first} against {second}, {none}, is undecided{shows}{needed}"
    if turned.claimed:
        return f"{first} is better than {second} by {size} ({sure})"
    if pair.within:
        within, ahead = within_words(pair, judgement), ahead_words(turned, scale)
        if same := same_words(pair, judgement):
            ahead = f"they are {same}"
        return (
            f"{first} and {second} lie {within}: {ahead} ({sure}, p of lying within {probability(pair.equal_p or 0)})"
        )
    ahead = f"the first is ahead by {size}" if turned.advantage else "they are level"
    return f"{first} against {second} is undecided: {ahead} ({sure}); {_power_words(pair, judgement)}"


def reading_lines(judgement: Judgement) -> list[str]:
    """What was judged, how it was paired, how many questions share the error rate; all other notes; the files."""
    runs = sum(len(arm.values) for arm in judgement.arms)
    direction = "higher" if judged_metric(judgement).higher_is_better else "lower"
    lines = [
        f"Judged: {what_words(judgement)}, {direction} is better, of {counted(runs, 'run')} in "
        f"{counted(len(judgement.arms), 'arm')}.",
        judgement.pairing,
        f"p-values are adjusted {_method_words(judgement)} for {counted(judgement.family, 'question')}: the chance "
        f"of any false verdict is at most 5 %.",
        margin_line(judgement),
    ]
    if judgement.questions == "leader" and judgement.chosen_by:
        lines.append(f"The leader was picked by {name_in_text(judgement.chosen_by)}.")
    sources = [f"Read from {few_names(judgement.sources)}."] if judgement.sources else []
    notes = [_as_sentence(note, judgement) for note in judgement.notes]
    return [line for line in [*lines, *notes, *sources] if line]


def _method_words(judgement: Judgement) -> str:
    return "by flips of whole seeds" if judgement.adjusted_by == "flips" else "by Holm's method"


def _as_sentence(note: str, judgement: Judgement) -> str:
    """A note with a full stop, and a capital unless it begins with the name of an arm or of the metric."""
    names = (*(arm.label for arm in judgement.arms), judgement.metric.name)
    named = any(name and re.match(rf"{re.escape(name)}(?!\w)", note) for name in names)
    begun = note if named else capitalized(note)
    return f"{begun}{'' if begun.endswith(('.', '!', '?')) or not begun else '.'}"


def what_words(judgement: Judgement) -> str:
    """What each run counts with: "final value of loss", "steps to 0.9 (accuracy)"."""
    metric = name_in_text(judgement.metric.title) or "the metric"
    if judged_metric(judgement) is judgement.metric:
        return f"{judgement.what} of {metric}"
    return judgement.what if judgement.metric.name == judgement.what else f"{judgement.what} ({metric})"


def _pair_headline(pair: JudgedPair, judgement: Judgement) -> str:
    turned, scale = turned_pair(pair, judgement), judged_scale(judgement)
    first, second = name_in_text(turned.first), name_in_text(turned.second)
    size = scale.with_unit(scale.difference(turned.advantage), directed=True)
    if is_empty(turned.second, judgement):
        none = f"{second}, of which no run has a value"
        if turned.claimed:
            return f"{first} is better than {none}."
        if idle := idle_words(pair, judgement):
            return f"Undecided: {first} is ahead of {none}; {idle}."
        return f"Undecided: {first} is ahead of {none}, but these runs cannot tell that from chance."
    if turned.claimed:
        score, other = _score_words(judgement, turned.first), _bare_score(judgement, turned.second)
        by = scale.with_unit(scale.difference(turned.advantage))
        return f"{first} is better than {second} by {by}: {score} against {other}."
    if same := same_words(pair, judgement):
        return f"{'Undecided: ' * (not pair.within)}{first} and {second} are {same}."
    if pair.within:
        return f"{first} and {second} lie {within_words(pair, judgement)}: neither is better by more."
    if turned.advantage == 0:
        return f"Undecided: {first} and {second} are level."
    if idle := idle_words(pair, judgement):
        return f"Undecided: {first} is ahead of {second} by {size}, but {idle}."
    return f"Undecided: {first} is ahead of {second} by {size}, which these runs cannot tell from chance."


def _leader_headline(judgement: Judgement) -> str:
    """The leader with its score and what it beats; first of all what beats it."""
    held, leader = held_against(judgement), name_in_text(judgement.leader)
    beaten, better = ([label for label, each in held.items() if each.word == word] for word in ("worse", "better"))
    score = _score_words(judgement, judgement.leader)
    if better:
        return f"{few_names(better, 'arms')} {is_or_are(better)} better than {leader}, which was picked to lead."
    if held and len(beaten) == len(held):
        return f"{leader} is better than every other arm: {score}."
    if beaten:
        return f"{leader} leads with {score} and is better than {few_names(beaten)}."
    equal = [label for label, each in held.items() if each.word == "equal"]
    if equal:
        return f"{leader} leads with {score}, but {few_names(equal)} {_lies_or_lie(equal)} within the margin of it."
    return f"Undecided: {leader} leads with {score}, but is not shown to be better than any other arm."


def _baseline_headline(judgement: Judgement) -> str:
    baseline = name_in_text(judgement.baseline)
    better = [label for label, each in held_against(judgement).items() if each.word == "better"]
    if better:
        return f"{few_names(better)} {is_or_are(better)} better than {baseline}."
    worse = [label for label, each in held_against(judgement).items() if each.word == "worse"]
    if len(worse) == len(judgement.pairs):
        return f"Every arm is worse than {baseline}."
    return f"No arm is shown to be better than {baseline}."


def _pairs_headline(judgement: Judgement) -> str:
    """Which arm is better than all others, if one is; else how many pairs are decided."""
    decided = [pair for pair in judgement.pairs if pair.verdict]
    for arm in judgement.arms:
        if sum(pair.verdict == arm.label for pair in decided) == len(judgement.arms) - 1:
            score = _score_words(judgement, arm.label)
            return f"{name_in_text(arm.label)} is better than every other arm: {score}."
    if not decided:
        return f"Undecided: none of {len(judgement.pairs)} pairs is told apart."
    return f"{len(decided)} of {len(judgement.pairs)} pairs are told apart; no arm is better than all others."


def _lies_or_lie(names: Sequence[str]) -> str:
    return "lies" if len(names) == 1 else "lie"


def _score_words(judgement: Judgement, label: str) -> str:
    """The score of an arm with its unit: "95.6 % accuracy", "loss 0.21", "1,200 steps to 0.9"."""
    scale, score = judged_scale(judgement), _bare_score(judgement, label)
    metric = name_in_text(scale.name)
    return f"{score} {metric}" if scale.factor == 100 or scale.counted else f"{metric} {score}"


def _bare_score(judgement: Judgement, label: str) -> str:
    scale, arm = judged_scale(judgement), arm_of(judgement, label)
    if arm.score is None:
        return "no value"
    return f"{scale.bare(arm.score)} {scale.shown_unit}".rstrip()


def is_empty(label: str, judgement: Judgement) -> bool:
    """Whether no run of an arm has a value: a difference from it is then that from the worst that is there."""
    return arm_of(judgement, label).score is None


def _interval_words(pair: JudgedPair, turned: Advantage, scale: ScoreScale) -> str:
    """The interval; of so few seeds that the test rejects no difference, whose it is instead."""
    whose = student_words(pair.runs_a) if pair.paired and pair.low < pair.high else ""
    return f"95 % interval {scale.between(turned.low, turned.high)}{whose}"


def _sure_words(pair: JudgedPair) -> str:
    """The adjusted p, and of how many runs."""
    runs = (
        counted(pair.runs_a, "paired seed") if pair.paired else f"{pair.runs_a} against {pair.runs_b} runs, not paired"
    )
    return f"adjusted p {probability(pair.adjusted_p)}, {runs}"


def _effects_words(decided: Sequence[JudgedPair], judgement: Judgement) -> str:
    """How large the differences are that were found; of one pair, how sure."""
    if len(judgement.pairs) == 1:
        pair, turned = judgement.pairs[0], turned_pair(judgement.pairs[0], judgement)
        if is_empty(turned.second, judgement):
            return f"{capitalized(_sure_words(pair))}."
        return f"{_interval_words(pair, turned, judged_scale(judgement))}, {_sure_words(pair)}."
    if not decided:
        return ""
    scale, turned = judged_scale(judgement), [turned_pair(pair, judgement) for pair in decided]
    turned = [each for each in turned if not is_empty(each.second, judgement)]
    sure = f"every adjusted p {_at_most(max(pair.adjusted_p for pair in decided))}."
    if not turned:
        return capitalized(sure)
    if len(turned) > FEW:
        sizes = sorted(each.advantage for each in turned)
        return f"The differences are {scale.between(sizes[0], sizes[-1])} {scale.unit}; {sure}"
    found = [
        f"{name_in_text(each.first)} over {name_in_text(each.second)} by {scale.difference(each.advantage)} "
        f"({scale.between(each.low, each.high)})"
        for each in turned
    ]
    return f"In {scale.unit.removeprefix('of ')}: {'; '.join(found)}; {sure}"


def _best_words(judgement: Judgement) -> str:
    """Which arms may be the best, of three or more, where that is more than the headline says."""
    best = judgement.best
    if best is None or len(judgement.arms) < 3 or judgement.questions == "baseline" or not best.out:
        return ""
    if len(best.among) == 1:  # the headline says so
        return ""
    return f"The best is among {few_names(best.among, 'arms')}."


def _equal_words(equal: Sequence[JudgedPair], judgement: Judgement) -> str:
    """Which pairs lie within the margin; of one pair alone the headline says it."""
    if not equal or len(judgement.pairs) == 1:
        return ""
    same = _same_sentence(equal, judgement)
    return f"{_within_sentence(equal, judgement)}{same and f' {same}'}"


def _within_sentence(equal: Sequence[JudgedPair], judgement: Judgement) -> str:
    within = within_words(equal[0], judgement)
    if len(equal) > FEW:
        return f"{counted(len(equal), 'pair')} of {len(judgement.pairs)} lie {within}."
    reference = reference_of(judgement)
    names = join_names([_name_pair(pair, judgement) for pair in equal])
    if reference:
        lie = _lies_or_lie([pair.a for pair in equal])
        return f"{names} {lie} {within.replace('each other', name_in_text(reference))}."
    return f"{capitalized(within)}: {names}."


def _same_sentence(pairs: Sequence[JudgedPair], judgement: Judgement) -> str:
    """Which pairs of several have the same values."""
    told = {pair: words for pair in pairs if (words := same_words(pair, judgement))}
    if not told:
        return ""
    same = [turned_pair(pair, judgement) for pair in told]
    names = [f"{name_in_text(each.first)} and {name_in_text(each.second)}" for each in same[:FEW]]
    names += [f"{len(same) - FEW} other pairs"] * (len(same) > FEW)
    return f"{'; '.join(names)} are {next(iter(told.values()))}."


def _at_most(p: float) -> str:
    return probability(p) if p < 0.001 else f"at most {probability(p)}"


def _undecided_words(undecided: Sequence[JudgedPair], judgement: Judgement) -> str:
    """What is undecided and how many runs would decide it."""
    if not undecided:
        return ""
    said = "" if len(undecided) == len(judgement.pairs) else f"{_names_of_pairs(undecided, judgement)}. "
    if len(judgement.pairs) > 1:  # of one pair the headline says it
        said += "".join(f"{words}. " for words in idle_arms(undecided, judgement))  # a name keeps its letters
        said += f"{_same_sentence(undecided, judgement)} ".lstrip()
    undecided = [pair for pair in undecided if not (idle_words(pair, judgement) or same_words(pair, judgement))]
    if not undecided:
        return said.strip()
    blind = next((pair for pair in undecided if is_blind(pair, judgement)), None)
    said += f"{capitalized(blind_words(blind, judgement))}. " if blind else ""
    known = sorted((pair for pair in undecided if pair.needed), key=lambda pair: pair.needed or 0)
    if not known:
        them = "it" if len(undecided) == 1 else "them"
        equal = could_be_equal_words(undecided, judgement)
        none = f"No number of runs that anyone would make decides {them}{equal}."
        return said.strip() if blind else f"{said}{none}"
    return f"{said}{_enough_words(known, len(undecided), judgement)}"


def _enough_words(known: Sequence[JudgedPair], undecided: int, judgement: Judgement) -> str:
    """How many runs would decide. known: the pairs of which that is known, the fewest first, of so many undecided."""
    alone, whole = undecided == 1, len(known) == undecided
    first, last = known[0], known[-1]
    at_once = whole and first.needed == last.needed
    which = "it" if alone else "all of them" if at_once else f"{_name_pair(first, judgement)}, the first of them"
    words = f"About {needed_words(first)} would decide {which}"
    if last.needed != first.needed:
        words += f", {needed_words(last)} {'all' if whole else 'the last that can be'}"
    return f"{words}, if the true difference{' is the one' if alone else 's are those'} seen."


def _names_of_pairs(undecided: Sequence[JudgedPair], judgement: Judgement) -> str:
    """What is undecided: by the names of those that the reference is compared with, or by pairs."""
    if len(undecided) > FEW:
        return f"Undecided: {len(undecided)} of {counted(len(judgement.pairs), 'pair')}"
    names = join_names([_name_pair(pair, judgement) for pair in undecided])
    return f"Undecided against {names}" if reference_of(judgement) else f"Undecided: {names}"


def _name_pair(pair: JudgedPair, judgement: Judgement) -> str:
    """The pair by its names; by the other one alone where all are compared with the same."""
    reference = reference_of(judgement)
    if reference:
        return name_in_text(pair.b if pair.a == reference else pair.a)
    turned = turned_pair(pair, judgement)
    return f"{name_in_text(turned.first)} against {name_in_text(turned.second)}"


def _power_words(pair: JudgedPair, judgement: Judgement) -> str:
    """What these runs can show, and how many would decide."""
    scale, blind, idle = judged_scale(judgement), is_blind(pair, judgement), idle_words(pair, judgement)
    if idle:
        return idle
    if same := same_words(pair, judgement):
        return same
    if blind:
        shows = blind_words(pair, judgement)
    else:
        visible = scale.difference(pair.smallest_visible or 0.0)
        shows = f"so many can show {scale.with_unit(visible)} or more"
    if pair.needed:
        return f"{shows}; about {needed_words(pair)} would decide it"
    return shows if blind or not pair.difference else f"{shows}; more would be needed than anyone would make"


def _missing_words(arms: Sequence[JudgedArm]) -> str:
    """Which runs are without a value, and how they count."""
    if not arms:
        return ""
    counts = [f"{arm.missing} of {counted(len(arm.values), 'run')} of {name_in_text(arm.label)}" for arm in arms[:FEW]]
    counts += [f"some of {len(arms) - FEW} other arms"] * (len(arms) > FEW)
    one = sum(arm.missing for arm in arms) == 1
    return f"{join_names(counts)} {'is' if one else 'are'} without a value and count{'s' * one} as the worst there is."
