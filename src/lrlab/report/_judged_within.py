"""What a judgement says of arms that are as good as each other, and of those that may be the best, in words."""

from collections.abc import Sequence

from ..spec import JudgedPair, Judgement
from ._figures import Advantage
from ._judged_numbers import arm_of, judged_scale
from ._numbers import ScoreScale, plain


def margin_words(margin: float, scale: ScoreScale) -> str:
    """A margin with its unit: "1 point of accuracy", "0.02 of loss"."""
    return scale.with_unit(plain(margin * scale.factor, 6))


def within_words(pair: JudgedPair, judgement: Judgement) -> str:
    """How near a pair is that lies within the margin: "within 1 point of accuracy of each other"."""
    return f"within {margin_words(pair.within or 0.0, judged_scale(judgement))} of each other"


def same_words(pair: JudgedPair, judgement: Judgement) -> str:
    """That both arms have the same values, and what that usually means; "" where they do not, or count steps."""
    if pair.difference or judged_scale(judgement).counted:
        return ""
    runs = [arm_of(judgement, label) for label in (pair.a, pair.b)]
    if pair.paired:
        same, where = pair.low == pair.high == 0, "on every seed"
    else:
        a, b = (sorted(value for value in arm.values if value is not None) for arm in runs)
        same, where = a == b, "in all runs"
    return f"the same {where}, to the last digit: look whether what tells them apart is used" if same else ""


def ahead_words(turned: Advantage, scale: ScoreScale) -> str:
    """Which arm is ahead in what was seen, where none is better."""
    if turned.advantage == 0:
        return "they are level"
    return f"the first is ahead by {scale.difference(turned.advantage)}"


def margin_line(judgement: Judgement) -> str:
    """What counts as equal, and why; "" where nothing does."""
    margin = judgement.margin
    if margin is None:
        return ""
    words = margin_words(margin.value, judged_scale(judgement))
    if not any(pair.paired for pair in judgement.pairs):
        none = "Runs that share no seeds cannot be shown to be equal; paired seeds could be"
        return "" if all(pair.verdict for pair in judgement.pairs) else f"{none}, within {words}: {margin.why}."
    only = "" if judgement.paired else ", where they are paired by seed"
    return f"Arms count as equal within {words}{only}: {margin.why}."


def could_be_equal_words(pairs: Sequence[JudgedPair], judgement: Judgement) -> str:
    """What paired seeds could show of arms that are not paired, of which nothing can be shown; "" where all are."""
    if judgement.margin is None or any(pair.paired for pair in pairs):
        return ""
    return "; paired seeds could show the arms equal"
