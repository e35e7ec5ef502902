"""The answer of a study in a few sentences, the best set before all: the same on terminal and page."""

from collections.abc import Sequence

from ..spec import BestSet, Claim, Row, StudyResults, counted
from ._claim_words import margin_words
from ._numbers import rate, scale_of, score_of
from ._words import join_names, row_of, too_few_words

NAMED = 4  # labels that a sentence names where it might count them


def answer(results: StudyResults) -> str:
    """The set in which the best one lies, the leader with its score on test data, how it stands, what is decided.

    Never more than the claims allow. Where nothing was learned it says so, and where better peaks lie.
    """
    if not any(row.learned for row in results.rows):
        return nothing_learned(results)
    idle = [
        f"{row.label} {_at_chance(row)}." for row in results.rows if not row.learned and row.label != results.leader
    ]
    best = [] if results.best is None else [best_sentence(results.best, _beats_all(results.best, results.claims))]
    return " ".join([*best, _leader_sentence(results), _leader_standing(results), *decided_sentences(results), *idle])


def best_sentence(best: BestSet, beats_all: bool = True) -> str:
    """Which may be the best, and which are out.

    beats_all: whether claims say that one which stands alone is better than each other one. Without them no other is
    better, but one may be as good.

    >>> best_sentence(BestSet(among=("a", "b"), out=("c",))), best_sentence(BestSet(among=("a",), out=("b", "c")))
    ('The best is among a and b; c is out.', 'a is the best.')
    """
    among, out = best.among, best.out
    if len(among) == 1:
        return f"{among[0]} is the best." if beats_all else f"No other is better than {among[0]}."
    if not out:
        names = join_names(among, "or") if len(among) <= NAMED else f"any of the {len(among)}"
        return f"The best may be {names}."
    return f"The best is among {join_names(among)}; {join_names(out)} {'is' if len(out) == 1 else 'are'} out."


def _beats_all(best: BestSet, claims: Sequence[Claim]) -> bool:
    """Whether the first of the set is claimed better than each that is out."""
    won = {claim.b if claim.verdict == claim.a else claim.a for claim in claims if claim.verdict == best.among[0]}
    return set(best.out) <= won


def decided_sentences(results: StudyResults) -> list[str]:
    """How many questions are answered, and which are open, if those are few; nothing of a single question."""
    claims = results.claims
    if len(claims) < 2:
        return []
    better = sum(bool(claim.verdict) for claim in claims)
    within = sum(claim.within is not None for claim in claims)
    parts = [f"{better} by a difference"] * (better > 0)
    parts += [f"{within} as within {_margin_of(results)}"] if within else []
    left = [f"{claim.a} against {claim.b}" for claim in claims if not claim.decided]
    how = f": {join_names(parts)}" if parts else ""
    is_open = f"; {join_names(left)} {'is' if len(left) == 1 else 'are'} open" if 0 < len(left) <= 2 else ""
    return [f"{_how_many(better + within, len(claims))} answered{how}{is_open}."]


def nothing_learned(results: StudyResults) -> str:
    """The sentence that every arm is at chance, and where better peaks lie."""
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
    return f"{nothing} learned at these peaks{shared}{each}: {join_names(how)}."


def _how_many(answered: int, asked: int) -> str:
    """How many questions are, as the start of a sentence."""
    if answered == asked:
        return f"All {asked} questions are"
    return (
        f"{answered} of {asked} questions {'is' if answered == 1 else 'are'}"
        if answered
        else f"None of {asked} questions is"
    )


def _margin_of(results: StudyResults) -> str:
    """The margin of the claims that are within it."""
    within = next(claim.within for claim in results.claims if claim.within is not None)
    return margin_words(within, scale_of(results))


def _leader_sentence(results: StudyResults) -> str:
    """The leader, and its score on test data."""
    row, scale = row_of(results, results.leader), scale_of(results)
    notes = [", the edge of the peaks tried"] * row.at_edge
    why = "the best on validation data" if results.study.tuned else "the baseline"
    notes += [f", {why}"] * (row != results.rows[0] or not results.study.tuned)
    name = f"{row.label}, as {row.setting}" if row.setting else f"{row.label} at peak {rate(row.peak)}"
    head = f"{name}{''.join(notes)}{',' * bool(notes or row.setting)}"
    interval = score_of(row)
    if not row.learned or interval is None:
        return f"{head} {_at_chance(row)}."
    score, low, high = map(scale.bare, interval)
    said = f"{score} % {scale.name}" if scale.factor == 100 else f"{scale.name} {score}"
    return f"{head} reaches {said} on test data (95 % interval {low} to {high}, {counted(row.seeds, 'seed')})."


def _at_chance(row: Row) -> str:
    """How the trials of a row at chance ended: "learned nothing: 6 of 6 seeds diverged; try lower ones"."""
    parts = [f"{row.diverged} of {counted(row.seeds, 'seed')} diverged"] * (row.diverged > 0)
    parts += [f"{row.collapsed} of {row.seeds} ended at chance"] * (row.collapsed > 0)
    left = row.seeds - row.diverged - row.collapsed
    words = f"learned on {left} of {counted(row.seeds, 'seed')} only" if left else "learned nothing"
    return f"{words}: {join_names(parts)}{_peak_advice(row)}"


def _peak_advice(row: Row) -> str:
    """Where better peaks lie, after a semicolon; nothing where that is not known."""
    words = {"lower": "lower ones", "higher": "higher ones", "between": "ones in between"}
    return f"; try {words[row.way]}" if row.way else ""


def _chance_words(results: StudyResults) -> str:
    """What a constant prediction reaches, in brackets."""
    known = [record.chance.constant.score for record in results.confirmed if record.chance is not None]
    scale = scale_of(results)
    if not known or known[0] is None:
        return ""
    return f" ({scale.bare(known[0])}{' %' * (scale.factor == 100)} {scale.name} on validation data)"


def _leader_standing(results: StudyResults) -> str:
    """The leader against every other schedule, one short sentence."""
    others = [row.label for row in results.rows if row.label != results.leader]
    asked = {
        claim.b if claim.a == results.leader else claim.a: claim
        for claim in results.claims
        if results.leader in (claim.a, claim.b)
    }
    if not others:
        return "It is the only schedule of this study."
    if not asked:
        return "It was compared with no other schedule."
    named = [label for label in others if label in asked]
    beaten = [label for label in named if asked[label].verdict == results.leader]
    if beaten == others:
        return f"It beats {others[0] if len(others) == 1 else f'every other schedule: {join_names(others)}'}."
    better = [label for label in named if asked[label].verdict == label]
    alike = [label for label in named if asked[label].within is not None]
    parts = [f"is beaten by {join_names(better)}"] if better else []
    parts += [f"beats {_named_or_out(beaten, results)}"] if beaten else []
    parts += [f"is within {_margin_of(results)} of {join_names(alike)}"] if alike else []
    left = [label for label in named if not asked[label].decided]
    if left:
        parts.append(_open_standing(results, left, asked))
    return f"It {_join_parts(parts, ', but ' if left or better else ', and ')}."


def _named_or_out(beaten: list[str], results: StudyResults) -> str:
    """Those that are beaten; not named again where they are just those that are out."""
    out = set() if results.best is None else set(results.best.out)
    return "all that are out" if len(beaten) > 1 and set(beaten) == out else join_names(beaten)


def _open_standing(results: StudyResults, left: list[str], asked: dict[str, Claim]) -> str:
    """Of whom the leader is not separated, and why that could not be where seeds were too few."""
    blind = next((asked[label] for label in left if asked[label].smallest_visible is None), None)
    why = f": {too_few_words(blind.seeds, len(results.claims))}" if blind else ""
    return f"is not separated from {join_names(left)}{why}"


def _join_parts(parts: list[str], last: str) -> str:
    return last.join(filter(None, (", ".join(parts[:-1]), parts[-1])))
