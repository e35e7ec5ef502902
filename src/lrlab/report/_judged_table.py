"""A judgement as a table: one line per arm, compared with the leader or the baseline."""

from ..spec import JudgedArm, Judgement
from ._judged_names import few_names
from ._judged_numbers import HeldAgainst, held_against, interval_of, judged_scale, reference_of
from ._judged_words import is_empty
from ._numbers import ScoreScale, probability
from ._words import TextTable


def judged_table(judgement: Judgement) -> TextTable:
    """One line per arm, best first, each compared with the leader or the baseline where there is one."""
    scale, reference = judged_scale(judgement), reference_of(judgement)
    held, missing = held_against(judgement), any(arm.missing for arm in judgement.arms)
    header = ["arm", scale.heading, "95 % interval", "verdict" if reference else "better than", "runs"]
    header += ["without value"] * missing
    if reference:
        whom = "leader" if judgement.questions == "leader" else "baseline"
        header += [f"against the {whom}", "its 95 % interval", "adjusted p"]
    rows = []
    for arm in judgement.arms:
        cells = [arm.label, *score_cells(arm, scale), verdict_word(arm.label, judgement), str(len(arm.values))]
        cells += [str(arm.missing)] * missing
        known = None if is_empty(arm.label, judgement) or (reference and is_empty(reference, judgement)) else scale
        rows.append((*cells, *(_held_cells(held.get(arm.label), known) if reference else ())))
    return TextTable(tuple(header), tuple(rows))


def score_cells(arm: JudgedArm, scale: ScoreScale) -> tuple[str, str]:
    """The score and its interval as a table has them."""
    interval = interval_of(arm)
    if interval is None:
        return "none", ""
    score, low, high = map(scale.bare, interval)
    return score, f"{low} to {high}"


def verdict_word(label: str, judgement: Judgement) -> str:
    """How the arm stands: in a word against the reference, or the names of all that it is better than."""
    reference = reference_of(judgement)
    if not reference:
        beaten = [pair.b if pair.a == label else pair.a for pair in judgement.pairs if pair.verdict == label]
        return few_names(beaten) if beaten else ""
    if label == reference:
        return "leader" if judgement.questions == "leader" else "baseline"
    held = held_against(judgement).get(label)
    return held.word if held else ""


def _held_cells(held: HeldAgainst | None, scale: ScoreScale | None) -> tuple[str, str, str]:
    """Difference, interval and p. scale: None where no run of the arm has a value, so that no size is shown."""
    if held is None:
        return "", "", ""
    if scale is None:
        return "", "", probability(held.pair.adjusted_p)
    return scale.difference(held.difference), scale.between(held.low, held.high), probability(held.pair.adjusted_p)
