"""From a study's results to its answer as data."""

from ..errors import LabError
from ..spec import StudyResults, counted
from ._answer_rows import answer_axis, answer_rows
from ._notes import answer_notes
from ._numbers import ScoreScale, scale_of
from ._paste import code_to_paste
from ._standing import also_asked, headline, remarks, standing
from ._study_answer import AnswerHeadings, PastedCode, StudyAnswer
from ._words import recommended_row

LONG_NAME = 20  # characters of a label that a heading would fold


def study_answer(results: StudyResults, *, with_code: bool = True) -> StudyAnswer:
    """The answer of a study: its words, its table, and the code of what it recommends.

    with_code: False leaves the code out, which takes longest. Of a schedule that cannot be written as lines, the code
    is a comment that says why.
    """
    used = recommended_row(results)
    return StudyAnswer(
        headline=headline(results),
        standing=standing(results),
        remarks=tuple(remarks(results)),
        leader=results.leader,
        recommended=used and used.label,
        headings=_headings_of(results),
        axis=answer_axis(results),
        rows=answer_rows(results),
        basis=_basis_words(results),
        also=tuple(also_asked(results)),
        notes=tuple(answer_notes(results)),
        code=_code_or_reason(results) if with_code else PastedCode(),
    )


def _headings_of(results: StudyResults) -> AnswerHeadings:
    scale = scale_of(results)
    unit = f", {scale.difference_unit}" if scale.difference_unit else ""
    leader = results.leader if len(results.leader) <= LONG_NAME else "the leader"
    return AnswerHeadings(
        peak="setting" if any(row.setting for row in results.rows) else "peak",
        score=_score_heading(scale),
        interval="95 % interval",
        against=f"against {leader}{unit}",
        verdict="verdict",
    )


def _score_heading(scale: ScoreScale) -> str:
    """The metric above its column: "accuracy %", "RMSE, mg/dl"."""
    if scale.factor == 100:
        return f"{scale.name} %"
    return f"{scale.name}, {scale.shown_unit}" if scale.shown_unit else scale.name + scale.remark


def _basis_words(results: StudyResults) -> str:
    """What scores are means of, and what a verdict is adjusted for."""
    fewest, most = (end(row.seeds for row in results.rows) for end in (min, max))
    seeds = counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    asked = len(results.claims)
    adjusted = f"; verdicts are adjusted for {counted(asked, 'question')}" if asked > 1 else ""
    lower = "" if scale_of(results).higher_is_better else ", lower is better"
    return f"Means over {seeds} on test data{lower}{adjusted}."


def _code_or_reason(results: StudyResults) -> PastedCode:
    try:
        return code_to_paste(results)
    except LabError as error:
        return PastedCode(lrlab=f"# {error}")
