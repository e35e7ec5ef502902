"""`lrlab judge RUNS...`: verdicts on runs made anywhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import RunsError
from ._options import FiguresOption, JsonOption, page_place

if TYPE_CHECKING:
    from ..api import Judged

CLAIMS = {"better:": ">", "equal:": "="}
EXITS = {"yes": 0, "undecided": 4, "no": 5}
WORDS = {"yes": "yes", "undecided": "undecided", "no": "no, the other way"}


def judge(
    runs: Annotated[list[str], typer.Argument(help="Files or folders: CSV, JSON lines, Parquet, or a tracker's own.")],
    arm: Annotated[
        str | None,
        typer.Option(help="The column that names arms, or several: schedule,peak; default: guessed."),
    ] = None,
    seed: Annotated[str | None, typer.Option(help="The column with seeds; default: guessed.")] = None,
    metric: Annotated[str | None, typer.Option(help="The metric to judge; default: guessed.")] = None,
    value: Annotated[str | None, typer.Option(help="The column with values, of a long table.")] = None,
    step: Annotated[str | None, typer.Option(help="The column with steps or epochs.")] = None,
    higher_is_better: Annotated[
        bool | None,
        typer.Option("--higher-is-better/--lower-is-better", help="The metric's direction; default: by its name."),
    ] = None,
    baseline: Annotated[str | None, typer.Option(help="The arm to compare each other one with.")] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Compare all pairs of arms.")] = False,
    leader: Annotated[str | None, typer.Option(help="The arm that leads, if known before these runs.")] = None,
    leader_by: Annotated[str | None, typer.Option(help="The other metric that the leader is picked by.")] = None,
    at_step: Annotated[float | None, typer.Option(help="Compare the values at this step, not the final ones.")] = None,
    target: Annotated[float | None, typer.Option(help="Compare the steps until the metric reaches this.")] = None,
    area: Annotated[bool, typer.Option("--area", help="Compare the areas under the curves.")] = False,
    margin: Annotated[
        float | None,
        typer.Option(
            help="Arms within this count as equal; points, of a share. Default: one point, or 5 % of the best arm's "
            "mean, 1 % of a metric per token."
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", callback=page_place, help="The HTML report; none unless named.")
    ] = None,
    figures: FiguresOption = None,
    fail_unless: Annotated[
        list[str] | None,
        typer.Option(
            help='A claim, "better:cosine>constant" or "equal:A=B": exit code 0 if so, 4 undecided, 5 the other way.'
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Which arm is better? For runs made anywhere, paired by seed where they share seeds; trains nothing."""
    from .. import api
    from ._figures import figures_after

    claims = [_read_claim(text) for text in fail_unless or ()]
    judged = api.judge(
        runs[0] if len(runs) == 1 else runs,
        arm=arm,
        seed=seed,
        metric=metric,
        value=value,
        step=step,
        higher_is_better=higher_is_better,
        questions="pairs" if pairs else None,
        baseline=baseline,
        leader=leader,
        leader_by=leader_by,
        at_step=at_step,
        target=target,
        area=area,
        margin=margin,
    )
    checked = [judged.check(claim) for claim in claims]
    with figures_after(judged.figures, figures, as_json):
        _show_judged(judged, page, as_json)
    for claim, found in zip(claims, checked, strict=True):
        better = found != "no" or ">" in claim
        typer.echo(f"{claim}: {WORDS[found] if better else 'no, one is better'}", err=True)
    raise typer.Exit(max((EXITS[found] for found in checked), default=0))


def _read_claim(text: str) -> str:
    """The claim without its first word. Raises RunsError."""
    for word, sign in CLAIMS.items():
        if text.startswith(word) and sign in text:
            return text.removeprefix(word)
        if text.startswith(word):
            raise RunsError(f"{word} takes two arms with {sign} between them, but got {text!r}; write A{sign}B")
    raise RunsError(
        f'--fail-unless takes a claim such as "better:cosine>constant" or "equal:cosine=linear", but got {text!r}; '
        "write one"
    )


def _show_judged(judged: "Judged", page: Path | None, as_json: bool) -> None:
    """Print the answer, as text or as JSON, and write the page where it is asked for."""
    from ..report import Faults, judgement_parts
    from ._output import columns, say, say_part

    faults = Faults()
    if as_json:
        with faults.apart("the answer as JSON"):
            print(judged.to_json())
    for part in () if as_json else judgement_parts(judged.judgement, columns()):
        say_part(part, faults)
    if page is not None:
        with faults.apart(f"the page {page}"):
            judged.page(page)
            if not as_json:
                say(f"The whole report: {page}", whole=True)
    faults.end("the runs are as they were: judge them again")
