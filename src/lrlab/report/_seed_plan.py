"""A plan of seeds in words, as a table and as HTML."""

from typing import Any

from ..spec import SeedPlan, SeedPlanRow, counted, duration
from ..stats import reach_of
from ._columns import fit_table
from ._numbers import plain
from ._templates import template_environment
from ._words import TextTable

NONE = "none"


def plan_sentences(plan: SeedPlan) -> list[str]:
    """What a plan says, the recommendation first, then what was asked about, the spread, and what would say more."""
    parts = [_recommendation(plan), *_asked_sentences(plan), *_spread_sentences(plan), *plan.notes]
    return [part for part in parts if part]


def plan_text(plan: SeedPlan, width: int | None = None) -> str:
    """Sentences and table. width: in characters that the table must fit; None: any."""
    first, *others = plan_sentences(plan)
    return "\n".join([first, "", *fit_table(plan_table(plan), width).lines, "", *others]).rstrip()


def plan_table(plan: SeedPlan) -> TextTable:
    """A row for each number of seeds."""
    columns = [
        ("seeds", lambda row: f"{row.seeds}"),
        (f"{counted(plan.questions, 'question')} answered", _answered),
    ]
    if plan.spread is not None:
        unit = f" ({plan.unit.removeprefix('of ')})" if plan.unit else ""
        columns.append((f"smallest difference{unit}", _smallest))
    if plan.arms:
        columns.append(("trainings", lambda row: f"{row.trainings:,}"))
    if any(row.seconds is not None for row in plan.rows):
        columns.append(("time", lambda row: duration(row.seconds or 0.0)))
    cells = tuple(tuple(cell(row) for _, cell in columns) for row in plan.rows)
    return TextTable(tuple(heading for heading, _ in columns), cells)


def plan_json(plan: SeedPlan) -> dict[str, Any]:
    """A plan as plain data, with its sentences."""
    return plan.to_dict() | {"text": " ".join(plan_sentences(plan))}


def plan_html(plan: SeedPlan) -> str:
    """Sentences and table as a piece of HTML that needs nothing else."""
    table = plan_table(plan)
    return template_environment().get_template("seed_plan.html").render(sentences=plan_sentences(plan), table=table)


def _recommendation(plan: SeedPlan) -> str:
    row = plan.row
    what = f"Take {row.seeds} seeds{_cost(row)}: "
    if plan.difference is None or plan.spread is None:
        alone = f"they answer {counted(plan.questions, 'question')} also where some disagree"
        shown = f", and decide differences from {_amount(row.smallest, plan)} up" if row.smallest else ""
        return f"{what}{alone}{shown}{_how_often(plan) if shown else ''}."
    wanted = f"a difference of {_amount(plan.difference, plan)}"
    if plan.needed is None:
        return (
            f"Not even {plan.most:,} seeds decide {wanted}{_how_often(plan)}; {row.seeds} seeds{_cost(row)} decide "
            f"differences from {_number(row.smallest)} up."
        )
    more = f" ({plan.needed} would do where all agree)" if plan.needed < row.seeds else ""
    return f"{what}they decide {wanted}{_how_often(plan)}, with {counted(plan.questions, 'question')} asked{more}."


def _asked_sentences(plan: SeedPlan) -> list[str]:
    """About the number of seeds that was asked about."""
    if plan.seeds is None:
        return []
    row = next(row for row in plan.rows if row.seeds == plan.seeds)
    words = reach_of(plan.seeds, plan.questions).words
    sentences = [f"{counted(plan.questions, 'question')}: {words}."] if words else []
    if row.smallest is not None:
        sentences.append(
            f"{row.seeds} seeds decide differences from {_amount(row.smallest, plan)} up{_how_often(plan)}."
        )
    return sentences


def _spread_sentences(plan: SeedPlan) -> list[str]:
    if plan.spread is None:
        return []
    low, high = plan.spread_low or plan.spread, plan.spread_high or plan.spread
    between = f" ({_number(low)} to {_number(high)})" if low < high else ""
    return [f"Spread of paired differences: {_amount(plan.spread, plan)}{between}, {_whence(plan)}."]


def _whence(plan: SeedPlan) -> str:
    return plan.source if plan.source == "as given" else f"from {plan.source}"


def _how_often(plan: SeedPlan) -> str:
    return f" in {100 * plan.power:.4g} of 100 repetitions"


def _cost(row: SeedPlanRow) -> str:
    parts = [] if row.trainings is None else [counted(row.trainings, "training")]
    parts += [] if row.seconds is None else [f"about {duration(row.seconds)}"]
    return f" ({', '.join(parts)})" if parts else ""


def _answered(row: SeedPlanRow) -> str:
    """Whether the seeds carry the questions asked."""
    return {0: "no", 1: "where all agree"}.get(row.patterns, "yes")


def _smallest(row: SeedPlanRow) -> str:
    return NONE if row.smallest is None else _number(row.smallest)


def _amount(value: float | None, plan: SeedPlan) -> str:
    """A difference with its unit: "0.5 points of accuracy"."""
    number = _number(value)
    unit = plan.unit.replace("points", "point") if number == "1" else plan.unit
    return f"{number} {unit}".strip()


def _number(value: float | None) -> str:
    return NONE if value is None else plain(value, 3)
