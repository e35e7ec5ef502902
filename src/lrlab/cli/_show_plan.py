"""Print a plan of seeds."""

from ..api import Planned
from ..report import plan_sentences, plan_text
from ._output import columns, say


def show_plan(planned: Planned, as_json: bool) -> None:
    """Print the recommendation, the table and what else there is to say; or all of it as JSON."""
    if as_json:
        print(planned.to_json())
        return
    first, rest = plan_sentences(planned.seed_plan)[0], plan_text(planned.seed_plan, columns()).partition("\n")[2]
    say(first, style="bold")
    say(rest)
