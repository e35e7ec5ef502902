"""What `plan` gives: numbers of seeds, which show themselves."""

import json
from functools import cached_property

from ..report import plan_html, plan_json, plan_sentences, plan_text
from ..spec import SeedPlan, SeedPlanRow


class Planned:
    """How many seeds to take, what each number of them answers, and what it costs. In a notebook it shows the table.

    seed_plan: all of it as plain data.
    """

    def __init__(self, seed_plan: SeedPlan) -> None:
        self.seed_plan = seed_plan

    @property
    def seeds(self) -> int:
        """How many seeds to take."""
        return self.seed_plan.recommended

    @property
    def needed(self) -> int | None:
        """The fewest seeds that decide the wanted difference; None where that is not known, or more than anyone has."""
        return self.seed_plan.needed

    @property
    def rows(self) -> tuple[SeedPlanRow, ...]:
        """The table: what each number of seeds answers and costs."""
        return self.seed_plan.rows

    @cached_property
    def answer(self) -> str:
        """The recommendation in one sentence."""
        return plan_sentences(self.seed_plan)[0]

    def to_json(self) -> str:
        """The plan, with its sentences, as JSON."""
        return json.dumps(plan_json(self.seed_plan), indent=2)

    def __str__(self) -> str:
        return plan_text(self.seed_plan)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return plan_html(self.seed_plan)
