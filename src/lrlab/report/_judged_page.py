"""A judgement as one HTML file that needs nothing else."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from ..spec import JudgedArm, JudgedPair, Judgement, counted
from ._drawing import FIRST, page_drawing
from ._files import whole_file
from ._judged_figures import judged_figures
from ._judged_numbers import HeldAgainst, held_against, interval_of, judged_metric, judged_scale, reference_of
from ._judged_table import score_cells, verdict_word
from ._judged_within import margin_words
from ._judged_words import (
    FEW,
    few_names,
    is_empty,
    judged_pair_sentence,
    judgement_details,
    judgement_headline,
    name_in_text,
    reading_lines,
    what_words,
)
from ._numbers import ScoreScale, plain
from ._strips import WIDTH, Strip, strips_of
from ._styles import label_styles
from ._templates import template_environment


class ArmLine(NamedTuple):
    """A line of the page's table. kind: "first", "better", "worse" or ""; more: a remark behind the verdict."""

    label: str
    score: str
    interval: str
    strip: Strip | None
    runs: str
    difference: str
    between: str
    word: str
    more: str
    kind: str


def write_judgement_page(judgement: Judgement, path: Path | str) -> None:
    """Write the page: answer, table, figures with their numbers, how the runs were read. One file, whole or not at all.

    It holds its own script and style, and asks no network. The same judgement gives the same bytes. A LabError where it
    cannot be written.
    """
    with whole_file(Path(path)) as draft:
        draft.write_text(judgement_page(judgement), encoding="utf-8")


def judgement_mark(judgement: Judgement) -> str:
    """What the page says of itself, unseen: of these files, this metric and this question, whatever the answer is."""
    asked = judgement.model_dump_json(include={"metric", "what", "questions", "baseline", "sources"})
    return f"judgement-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


def judgement_page(judgement: Judgement) -> str:
    """The page as text."""
    figures, reference = judged_figures(judgement), reference_of(judgement)
    labels = [arm.label for arm in judgement.arms]
    return (
        template_environment()
        .get_template("judgement.html")
        .render(
            mark=judgement_mark(judgement),
            title=_page_title(judgement),
            headline=judgement_headline(judgement),
            details=judgement_details(judgement),
            heading=judged_scale(judgement).heading,
            reference=name_in_text(reference),
            verdicts=f"verdict ({_method_name(judgement)}{counted(judgement.family, 'question')})"
            if reference
            else "better than",
            **{"from": _from_words(judgement)},
            **_table_parts(judgement),
            claims=[(bool(pair.verdict), judged_pair_sentence(pair, judgement)) for pair in decided_first(judgement)],
            styles=label_styles(labels),
            figures=figures,
            labels=labels,
            first=labels[:FIRST],
            links=[
                ("table", "Arms"),
                *((figure.name, figure.title) for figure in figures),
                ("read", "How it was judged"),
            ],
            drawing=page_drawing(figures, labels, labels[:FIRST]),
            read=reading_lines(judgement),
            sources=judgement.sources[FEW:] and judgement.sources,
        )
    )


def decided_first(judgement: Judgement) -> list[JudgedPair]:
    """The pairs, those with a verdict first, then those within the margin, then those that are undecided."""
    return sorted(judgement.pairs, key=lambda pair: (not pair.verdict, pair.within is None))


def _method_name(judgement: Judgement) -> str:
    return "" if judgement.adjusted_by == "flips" else "Holm, "


def _page_title(judgement: Judgement) -> str:
    arms = few_names([arm.label for arm in judgement.arms], "arms")
    return f"{judgement.metric.title or 'Runs'} of {arms}"


def _from_words(judgement: Judgement) -> str:
    """What was judged, of how many runs, from which files."""
    direction = "higher" if judged_metric(judgement).higher_is_better else "lower"
    runs = counted(sum(len(arm.values) for arm in judgement.arms), "run")
    files = [few_names(judgement.sources, "files")] if judgement.sources else []
    return " · ".join([f"{what_words(judgement)}, {direction} is better", runs, *files])


def _table_parts(judgement: Judgement) -> dict[str, Any]:
    """The lines of the table and the axis of their strips."""
    scale, held = judged_scale(judgement), held_against(judgement)
    intervals = {arm.label: interval for arm in judgement.arms if (interval := interval_of(arm))}
    ticks, strips = strips_of(intervals)
    return {
        "missing": any(arm.missing for arm in judgement.arms),
        "width": WIDTH,
        "ticks": [(tick.x, plain(tick.value * scale.factor, 6)) for tick in ticks],
        "arms": [
            _arm_line(arm, judgement, scale, held.get(arm.label), strips.get(arm.label)) for arm in judgement.arms
        ],
    }


def _arm_line(
    arm: JudgedArm, judgement: Judgement, scale: ScoreScale, held: HeldAgainst | None, strip: Strip | None
) -> ArmLine:
    score, interval = score_cells(arm, scale)
    word = verdict_word(arm.label, judgement)
    there, reference = len(arm.values) - arm.missing, reference_of(judgement)
    sized = held and not is_empty(arm.label, judgement) and not is_empty(reference, judgement)
    return ArmLine(
        label=arm.label,
        score=score,
        interval=interval,
        strip=strip,
        runs=f"{there} of {len(arm.values)}" if arm.missing else str(there),
        difference=scale.difference(held.difference) if held and sized else "",
        between=scale.between(held.low, held.high) if held and sized else "",
        word=word,
        more=_shows_words(held, scale) if held else "",
        kind="first" if arm.label == reference else word if word in ("better", "worse") else "",
    )


def _shows_words(held: HeldAgainst, scale: ScoreScale) -> str:
    """What so many runs can show, of what is undecided."""
    if held.word == "equal":
        return f"within {margin_words(held.pair.within or 0.0, scale)}"
    if held.word != "undecided":
        return ""
    visible = held.pair.smallest_visible
    if not visible:
        return "too few runs" if visible is None else "the same values"
    return f"shows ≥ {scale.difference(visible)}"
