"""What a judgement says of arms that are as good as each other, and of those that may be the best, in words."""

from ..spec import JudgedPair, Judgement
from ._figures import Advantage
from ._judged_numbers import judged_scale
from ._numbers import ScoreScale, plain


def margin_words(margin: float, scale: ScoreScale) -> str:
    """A margin with its unit: "1 point of accuracy", "0.02 of loss"."""
    return scale.with_unit(plain(margin * scale.factor, 6))


def within_words(pair: JudgedPair, judgement: Judgement) -> str:
    """How near a pair is that lies within the margin: "within 1 point of accuracy of each other"."""
    return f"within {margin_words(pair.within or 0.0, judged_scale(judgement))} of each other"


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
    return f"Arms count as equal within {words}: {margin.why}."
